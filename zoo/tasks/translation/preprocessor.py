"""KerasHub preprocessing for translation, around the encoders the pipelines use."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Iterable
from typing import Any

import keras
import keras_hub
import numpy as np

from zoo.errors import InputError, shown
from zoo.formats import TOKENIZER, Checkpoint
from zoo.networks.bahdanau.backbone import BahdanauBackbone
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.tasks.translation.specs import Seq2SeqPreprocessorSpec
from zoo.text.doubts import Doubts, SubwordDoubts
from zoo.text.encoding import PAD, START, pad
from zoo.text.subwords import END, SubwordEncoder, decode, parse_subword_tokenizer
from zoo.text.tokenizer import LibraryTokenizer, inside_tf_graph, to_texts

__all__ = ["BahdanauSeq2SeqLMPreprocessor", "SubwordTokenizer", "pair_batches"]


@keras.saving.register_keras_serializable(package="zoo")
class SubwordTokenizer(LibraryTokenizer):
    """A KerasHub tokenizer over a subword vocabulary of the Hugging Face tokenizers library.

    Args:
        data: content of a `tokenizer.json`; without it, `load_assets` must be called.
        vocabulary_size: most ids the vocabulary may have.

    Call with a sentence, and it returns the list of its token ids, without start and end; with
    several, a list of lists.

    Raises:
        CheckpointError: the file is malformed or has too many ids.

    Example:
        >>> import zoo
        >>> zoo.load("bahdanau-multi30k-de-en").preprocessor.tokenizer(["A man is riding a bike."])
    """

    backbone_cls = BahdanauBackbone
    parse = staticmethod(parse_subword_tokenizer)

    def __init__(
        self, data: bytes | None = None, vocabulary_size: int = 1_000_000, **kwargs: Any
    ) -> None:
        super().__init__(data, vocabulary_size, **kwargs)
        self.end_token_id = END

    def encode(self, texts: list[str]) -> list[np.ndarray]:
        """Return the token ids of sentences, int32 arrays, none of them cut."""
        return [ids[:-1] for ids in SubwordEncoder(self.hf_tokenizer)(texts)]

    def decode(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Return the sentences of token ids, up to the end token of each."""
        return decode(self.hf_tokenizer, sequences)


@keras.saving.register_keras_serializable(package="zoo")
class BahdanauSeq2SeqLMPreprocessor(keras_hub.models.Seq2SeqLMPreprocessor):
    """Raw sentence pairs to padded token ids, targets and weights, and ids back to sentences.

    Args:
        tokenizer: the target's `SubwordTokenizer`.
        source_tokenizer: the source's.
        source_length: most tokens of a source sentence that are read, the end token included.
        target_length: most tokens of a translation, the start and end tokens included.

    Call with `{"encoder_text", "decoder_text"}`; returns `(x, y, sample_weight)` for teacher
    forcing, as KerasHub's preprocessors do, in arrays of shape (batch, time), or (time,) for a
    single pair. All have the full length, so that compiled backends see one shape.

    Raises:
        InputError: there is no sentence, something is not one, or the two sides differ in number.

    Example:
        >>> import zoo
        >>> preprocessor = zoo.load("bahdanau-multi30k-de-en").preprocessor
        >>> x, y, weight = preprocessor(
        ...     {"encoder_text": ["Ein Hund."], "decoder_text": ["A dog."]}
        ... )
    """

    backbone_cls = BahdanauBackbone
    tokenizer_cls = SubwordTokenizer

    def __init__(
        self,
        tokenizer: SubwordTokenizer,
        source_tokenizer: SubwordTokenizer,
        source_length: int,
        target_length: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            tokenizer,
            encoder_sequence_length=source_length,
            decoder_sequence_length=target_length,
            **kwargs,
        )
        self.source_tokenizer = source_tokenizer

    @property
    def source_length(self) -> int:
        """Most tokens of a source sentence that are read, the end token included."""
        return int(self.encoder_sequence_length)

    @property
    def target_length(self) -> int:
        """Most tokens of a translation, the start and end tokens included."""
        return int(self.decoder_sequence_length)

    @classmethod
    def from_checkpoint(cls, loaded: Checkpoint) -> BahdanauSeq2SeqLMPreprocessor:
        """Make the preprocessor that a checkpoint describes.

        Args:
            loaded: a verified checkpoint.
        """
        spec, backbone = loaded.preprocessor, loaded.backbone
        return cls(
            SubwordTokenizer(loaded.assets[TOKENIZER], backbone.vocabulary_size, name="tokenizer"),
            SubwordTokenizer(
                loaded.assets[SOURCE_TOKENIZER],
                backbone.source_vocabulary_size,
                name="source_tokenizer",
                config_file="source_tokenizer.json",
            ),
            spec.source_length,
            spec.target_length,
            name="preprocessor",
        )

    @property
    def spec(self) -> Seq2SeqPreprocessorSpec:
        """The preprocessor's arguments, as a checkpoint holds them."""
        return Seq2SeqPreprocessorSpec(
            source_length=self.source_length, target_length=self.target_length
        )

    @property
    def assets(self) -> dict[str, bytes]:
        """Content of the vocabularies' files, as a checkpoint holds them."""
        return {
            SOURCE_TOKENIZER: self.source_tokenizer.content(),
            TOKENIZER: self.tokenizer.content(),
        }

    def build(self, input_shape: Any) -> None:
        """Do nothing: sentences are packed here, not by KerasHub's packer."""
        self.built = True

    def source_ids(self, x: Any) -> np.ndarray:
        """Return the token ids of sentences, int32 (sentences, source_length), padded."""
        tokenizer = self.source_tokenizer
        tokenizer.content()
        encode = SubwordEncoder(tokenizer.hf_tokenizer, self.source_length)
        return pad(encode(to_texts(x)[0]), length=self.source_length)

    def target_ids(self, x: Any, length: int | None = None) -> np.ndarray:
        """Return start, token ids and end of translations, int32 (sentences, length), padded."""
        self.tokenizer.content()
        length = self.target_length if length is None else length
        encode = SubwordEncoder(self.tokenizer.hf_tokenizer, length - 1)
        sequences = encode(to_texts(x)[0])
        return pad([np.concatenate([[START], ids]) for ids in sequences], length=length)

    def doubts(self, sentences: list[str]) -> Doubts:
        """Return which sentences a translation says little about."""
        tokenizer = self.source_tokenizer
        tokenizer.content()
        encode = SubwordEncoder(tokenizer.hf_tokenizer, self.source_length)
        return SubwordDoubts(tokenizer.hf_tokenizer)(
            *encode.with_cuts(sentences), self.source_length
        )

    def _pair_ids(self, sources: Any, targets: Any) -> tuple[np.ndarray, np.ndarray]:
        source, target = self.source_ids(sources), self.target_ids(targets, self.target_length + 1)
        if len(source) != len(target):
            raise InputError(
                f"Expected one translation a sentence: {len(source)}. Received: {len(target)}"
            )
        return source, target

    def call(self, x: Any, y: Any = None, sample_weight: Any = None, **_: Any) -> Any:
        if not isinstance(x, dict) or set(x) != {"encoder_text", "decoder_text"}:
            raise InputError(
                'Expected pairs as {"encoder_text": [...], "decoder_text": [...]}. '
                f"Received: {shown(list(x) if isinstance(x, dict) else type(x).__name__)}"
            )
        pair = (x["encoder_text"], x["decoder_text"])
        if inside_tf_graph():
            import tensorflow as tf

            # The tokenizer is not a TensorFlow operation: tf.data calls back into Python for it.
            flat = [tf.reshape(side, [-1]) for side in pair]
            source, target = tf.numpy_function(self._pair_ids, flat, [tf.int32, tf.int32])
            source.set_shape((None, self.source_length))
            target.set_shape((None, self.target_length + 1))
            single = pair[0].shape.rank == 0
        else:
            source, target = self._pair_ids(*pair)
            single = to_texts(pair[0])[1]
        if single:
            source, target = source[0], target[0]
        features = {
            "encoder_token_ids": source,
            "encoder_padding_mask": source != PAD,
            "decoder_token_ids": target[..., :-1],
            "decoder_padding_mask": target[..., :-1] != PAD,
        }
        labels = target[..., 1:]
        weight = labels != PAD if sample_weight is None else sample_weight
        return keras.utils.pack_x_y_sample_weight(features, labels, weight)

    def generate_preprocess(
        self, x: Any, *, sequence_length: int | None = None, **_: Any
    ) -> dict[str, np.ndarray]:
        """Return what `generate` reads for sentences, or for sentences and a start to go on from.

        Args:
            x: sentences, or `{"encoder_text": sentences, "decoder_text": starts}`.
            sequence_length: most tokens of a translation, start and end included.
        """
        prompts = None
        if isinstance(x, dict):
            x, prompts = x["encoder_text"], x.get("decoder_text")
        source, single = self.source_ids(x), to_texts(x)[1]
        length = self.target_length if sequence_length is None else sequence_length
        target = np.full((len(source), length), PAD, np.int32)
        target[:, 0] = START
        if prompts is not None:
            given = self.target_ids(prompts, length + 1)[:, :length]
            target = np.where(given == END, PAD, given)
        if single:
            source, target = source[0], target[0]
        return {
            "encoder_token_ids": source,
            "encoder_padding_mask": source != PAD,
            "decoder_token_ids": target,
            "decoder_padding_mask": target != PAD,
        }

    def generate_postprocess(self, x: dict[str, Any]) -> Any:
        """Return the sentences of what was generated, or the sentence of a single one."""
        ids = np.array(keras.ops.convert_to_numpy(x["decoder_token_ids"]))
        mask = np.array(keras.ops.convert_to_numpy(x["decoder_padding_mask"]))
        return self.tokenizer.detokenize(np.where(mask, ids, PAD))

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for name in ("encoder_sequence_length", "decoder_sequence_length"):
            config.pop(name, None)
        return {
            **config,
            "source_tokenizer": keras.saving.serialize_keras_object(self.source_tokenizer),
            "source_length": self.source_length,
            "target_length": self.target_length,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> BahdanauSeq2SeqLMPreprocessor:
        source = config.get("source_tokenizer")
        if isinstance(source, dict):
            config = {
                **config,
                "source_tokenizer": keras.saving.deserialize_keras_object(source),
            }
        return super().from_config(config)


def pair_batches(pairs: dict[str, np.ndarray], batch_size: int, shuffle: bool) -> Any:
    """Return a `tf.data` dataset of batches of pairs.

    Args:
        pairs: arrays of sentences, `"encoder_text"` and `"decoder_text"`.
        batch_size: pairs of a batch.
        shuffle: whether every epoch has a new order.
    """
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices(pairs)
    if shuffle:
        count = len(pairs["encoder_text"])
        data = data.shuffle(count, seed=int(np.random.randint(1 << 31)))
    return data.batch(batch_size)
