"""KerasHub preprocessing of pairs of texts, around the encoders the pipelines use."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, Self

import keras
import keras_hub
import msgspec
import numpy as np

from zoo.errors import InputError, shown
from zoo.formats import TOKENIZER, Checkpoint
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.text.doubts import OF_PAIRS, Doubts
from zoo.text.encoding import PAD, START, pad
from zoo.text.subwords import END
from zoo.text.tokenizer import LibraryTokenizer, inside_tf_graph, to_texts

__all__ = ["PairPreprocessor", "PairTokenizer", "TextEncoder", "pair_batches"]


class TextEncoder(Protocol):
    """What turns texts into token ids that end with the end token."""

    def __call__(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return an int32 array of token ids for every text."""

    def with_cuts(self, texts: Sequence[str]) -> tuple[list[np.ndarray], np.ndarray]:
        """Return what calling the encoder does, and which texts are longer, as bool array."""


class PairTokenizer(LibraryTokenizer):
    """Base of the KerasHub tokenizers of either side.

    Subclasses say how their file is checked, in `parse`, how texts are read, in `encoder`, and how
    ids become text, in `decode`.

    Args:
        data: content of a `tokenizer.json`; without it, `load_assets` must be called.
        vocabulary_size: most ids the vocabulary may have.

    Raises:
        CheckpointError: the file is malformed or has too many ids.
    """

    def __init__(
        self, data: bytes | None = None, vocabulary_size: int = 1_000_000, **kwargs: Any
    ) -> None:
        super().__init__(data, vocabulary_size, **kwargs)
        self.end_token_id = END

    def encoder(self, length: int | None = None, *, target: bool = False) -> TextEncoder:
        """Return what turns texts into token ids.

        Args:
            length: most tokens of a text, the end token included; None cuts none.
            target: whether the texts are answers, of which nothing is left out.
        """
        raise NotImplementedError

    def encode(self, texts: list[str]) -> list[np.ndarray]:
        """Return the token ids of texts, int32 arrays, none of them cut."""
        return [ids[:-1] for ids in self.encoder()(texts)]


class PairPreprocessor(keras_hub.models.Seq2SeqLMPreprocessor):
    """Base of the preprocessors: pairs of raw texts to padded ids, targets, weights, and back.

    Subclasses name their tokenizers' class and say what is doubtful about texts, in `doubts`.

    Args:
        tokenizer: the target's tokenizer.
        source_tokenizer: the source's.
        source_length: most tokens of a source that are read, the end token included.
        target_length: most tokens of an answer, the start and end tokens included.

    Call with `{"encoder_text", "decoder_text"}`; returns `(x, y, sample_weight)` for teacher
    forcing, as KerasHub's preprocessors do, in arrays of shape (batch, time), or (time,) for a
    single pair. All have the full length, so that compiled backends see one shape.

    Attributes:
        source: what the texts are called that are read, such as `"sentence"`.
        target: what those are called that are written, such as `"translation"`.

    Raises:
        InputError: there is no text, something is not one, or the two sides differ in number.
    """

    source: ClassVar[str]
    target: ClassVar[str]

    def __init__(
        self,
        tokenizer: PairTokenizer,
        source_tokenizer: PairTokenizer,
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
        """Most tokens of a source that are read, the end token included."""
        return int(self.encoder_sequence_length)

    @property
    def target_length(self) -> int:
        """Most tokens of an answer, the start and end tokens included."""
        return int(self.decoder_sequence_length)

    @classmethod
    def from_checkpoint(cls, loaded: Checkpoint) -> Self:
        """Make the preprocessor that a checkpoint describes.

        Args:
            loaded: a verified checkpoint.
        """
        backbone, kind = loaded.backbone, cls.tokenizer_cls
        return cls(
            kind(loaded.assets[TOKENIZER], backbone.vocabulary_size, name="tokenizer"),
            kind(
                loaded.assets[SOURCE_TOKENIZER],
                backbone.source_vocabulary_size,
                name="source_tokenizer",
                config_file="source_tokenizer.json",
            ),
            **msgspec.structs.asdict(loaded.preprocessor),
            name="preprocessor",
        )

    @property
    def assets(self) -> dict[str, bytes]:
        """Content of the vocabularies' files, as a checkpoint holds them."""
        return {
            SOURCE_TOKENIZER: self.source_tokenizer.content(),
            TOKENIZER: self.tokenizer.content(),
        }

    def build(self, input_shape: Any) -> None:
        """Do nothing: texts are packed here, not by KerasHub's packer."""
        self.built = True

    def source_ids(self, x: Any) -> np.ndarray:
        """Return the token ids of texts, int32 (texts, source_length), padded."""
        self.source_tokenizer.content()
        encode = self.source_tokenizer.encoder(self.source_length)
        return pad(encode(to_texts(x)[0]), length=self.source_length)

    def target_ids(self, x: Any, length: int | None = None) -> np.ndarray:
        """Return start, token ids and end of answers, int32 (texts, length), padded."""
        self.tokenizer.content()
        length = self.target_length if length is None else length
        encode = self.tokenizer.encoder(length - 1, target=True)
        sequences = encode(to_texts(x)[0])
        return pad([np.concatenate([[START], ids]) for ids in sequences], length=length)

    def doubts(self, texts: list[str]) -> Doubts:
        """Return which texts an answer says little about."""
        raise NotImplementedError

    def pair_doubts(self, sources: list[str], targets: list[str]) -> Doubts:
        """Return what is not read or learnt of texts and given answers as it stands."""
        return self.doubts(sources).only(*OF_PAIRS)

    def _pair_ids(self, sources: Any, targets: Any) -> tuple[np.ndarray, np.ndarray]:
        source, target = self.source_ids(sources), self.target_ids(targets, self.target_length + 1)
        if len(source) != len(target):
            raise InputError(
                f"Expected one {self.target} a {self.source}: {len(source)}. "
                f"Received: {len(target)}"
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
        """Return what `generate` reads for texts, or for texts and a start to go on from.

        Args:
            x: texts, or `{"encoder_text": texts, "decoder_text": starts}`.
            sequence_length: most tokens of an answer, start and end included.
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
        """Return the texts of what was generated, or the text of a single one."""
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
    def from_config(cls, config: dict[str, Any]) -> Self:
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
        pairs: arrays of texts, `"encoder_text"` and `"decoder_text"`.
        batch_size: pairs of a batch.
        shuffle: whether every epoch has a new order.
    """
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices(pairs)
    if shuffle:
        count = len(pairs["encoder_text"])
        data = data.shuffle(count, seed=int(np.random.randint(1 << 31)))
    return data.batch(batch_size)
