"""Taggers of words over the zoo's networks: fit, predict and tag on sentences of words."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
import keras_hub
import numpy as np

from zoo.checkpoint.recorded import RecordedTask
from zoo.common.wrapped_errors import own_errors
from zoo.errors import InputError, shown
from zoo.layers.crf import CRF
from zoo.layers.initializers import GlorotUniform
from zoo.networks.tagging.backbone import TaggingBackbone
from zoo.specs import make_spec
from zoo.tasks.token_classification.keras_reader import ModelReader, tagger_of
from zoo.tasks.token_classification.preprocessor import (
    TaggingTokenClassifierPreprocessor,
    check_documents,
)
from zoo.tasks.token_classification.specs import TokenClassifierSpec
from zoo.text.tags import iobes_names, repair, tags_of, to_iobes
from zoo.text.tokenizer import load_vocabularies

__all__ = ["TaggingTokenClassifier", "TaggingTokenClassifierPreprocessor"]

_ROWS = 16  # documents that are read at once


@keras.saving.register_keras_serializable(package="zoo")
class TaggingTokenClassifier(RecordedTask, keras_hub.models.Task):
    """A tagger: sentences of words in, the entities among them out.

    A call gives the emissions: the score of every tag of every place, IOBES tags of every type of
    entity in the order of `tag_names`. `tag` gives the likeliest tags of whole sentences, as IOB2;
    `predict` the probability of each.

    Args:
        backbone: a `TaggingBackbone`.
        num_classes: number of types of entities.
        preprocessor: a `TaggingTokenClassifierPreprocessor`, or None to feed what it returns.
        dropout: share of a word's vector dropped in training.

    Raises:
        InputError: an argument is out of bounds; by `tag`, `predict` and `fit`, for what are no
            sentences of words, and for tags that do not fit them.

    Example:
        >>> import zoo
        >>> model = zoo.load("bilstm-crf-conll2003")
        >>> model.tag([[["EU", "rejects", "German", "call", "."]]])
        [[['B-ORG', 'O', 'B-MISC', 'O', 'O']]]

    Reference:
        [Huang et al., 2015](https://arxiv.org/abs/1508.01991),
        [Lample et al., 2016](https://aclanthology.org/N16-1030/)
    """

    task = "token-classification"
    backbone_cls = TaggingBackbone
    preprocessor_cls = TaggingTokenClassifierPreprocessor

    def __init__(
        self,
        backbone: TaggingBackbone,
        num_classes: int,
        preprocessor: TaggingTokenClassifierPreprocessor | None = None,
        dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        self.spec = make_spec(TokenClassifierSpec, num_classes=num_classes, dropout=dropout)
        self.backbone = backbone
        self.preprocessor = preprocessor
        # The head computes in float32 also when the policy is a mixed one: sums over all chains
        # of tags need more digits than bfloat16 has.
        policy = backbone.dtype_policy
        policy = "float32" if policy.compute_dtype != policy.variable_dtype else policy
        self.dropout = keras.layers.Dropout(dropout, dtype=policy, name="dropout")
        self.logits = keras.layers.Dense(
            self.spec.num_tags, kernel_initializer=GlorotUniform(), dtype=policy, name="logits"
        )
        # The types have no names here: those are in the record.
        types = [str(number) for number in range(num_classes)]
        self.crf = CRF(iobes_names(types), dtype=policy, name="crf")
        inputs = backbone.input
        super().__init__(inputs=inputs, outputs=self.emissions_of(backbone(inputs)), **kwargs)

    def emissions_of(self, states: Any) -> Any:
        """Return the score of every tag at every place.

        Args:
            states: what the backbone gives.
        """
        return self.crf(self.logits(self.dropout(states)))

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the types of entities; numbers for a model without a record."""
        named = () if self.info is None else self.info.labels
        return named or tuple(str(number) for number in range(self.spec.num_classes))

    @property
    def tag_names(self) -> list[str]:
        """Names of the tags in the order of the emissions."""
        return iobes_names(self.labels)

    def compile(
        self, optimizer: Any = "auto", loss: Any = "auto", *, metrics: Any = None, **kwargs: Any
    ) -> None:
        """Configure training; the defaults suit a recurrent network.

        Args:
            optimizer: `"auto"` is AdamW with a rate of 1e-3 and gradients clipped to norm 1.
            loss: `"auto"` is the negative log-likelihood of the tags under the CRF, in nats a
                word.
            metrics: as for `keras.Model.compile`, of tags chosen one by one.
            **kwargs: as for `keras.Model.compile`.
        """
        if isinstance(optimizer, str) and optimizer == "auto":
            optimizer = keras.optimizers.AdamW(1e-3, global_clipnorm=1.0)
        if isinstance(loss, str) and loss == "auto":
            loss = self.crf.loss
        super().compile(optimizer=optimizer, loss=loss, metrics=metrics, **kwargs)

    def get_compile_config(self) -> Any:
        """Return how it is compiled; the loss of its own CRF goes by its name."""
        config = super().get_compile_config()
        loss = config.get("loss") if config else None
        if isinstance(loss, dict) and loss.get("class_name") == "CRFLoss":
            config["loss"] = "auto"
        return config

    def compile_from_config(self, config: Any) -> None:
        """Compile as `get_compile_config` says; called by `keras.saving.load_model`."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_classes": self.spec.num_classes,
            "dropout": self.spec.dropout,
        }

    def load_assets(self, dir_path: str) -> None:
        """Read the vocabularies; called by `keras.saving.load_model` with `assets`."""
        super().load_assets(dir_path)
        load_vocabularies(self, dir_path)

    def preprocess_samples(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Return what the backbone reads of documents; what it reads already stays as it is."""
        if isinstance(x, dict):
            return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        return super().preprocess_samples(x, y, sample_weight)

    def fit(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, **kwargs: Any
    ) -> Any:
        """Train on documents of words and their tags; see `keras.Model.fit`.

        Args:
            x: documents, each a list of sentences, each a list of words; or a data set of what the
                backbone reads and the numbers of tags, -1 for no tag.
            y: the IOB2 tags of every word of them.
            batch_size: documents a step.
            **kwargs: as for `keras.Model.fit`; `validation_data` is a pair of documents and tags.

        Raises:
            InputError: something is no sentence of words, or tags do not fit.
        """
        if self._reads(x) and y is not None:
            x, y = _Batches(self, x, y, batch_size or _ROWS, kwargs.pop("shuffle", True)), None
            batch_size = None
        held = kwargs.get("validation_data")
        if isinstance(held, tuple | list) and len(held) == 2 and self._reads(held[0]):
            kwargs["validation_data"] = _Batches(self, held[0], held[1], _ROWS, False)
        with own_errors():
            return keras.Model.fit(self, x=x, y=y, batch_size=batch_size, **kwargs)

    def evaluate(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, **kwargs: Any
    ) -> Any:
        """Return the loss on documents of words and their tags; see `keras.Model.evaluate`.

        Args:
            x: documents as for `fit`.
            y: the IOB2 tags of every word of them.
            batch_size: documents a step.
            **kwargs: as for `keras.Model.evaluate`.

        Raises:
            InputError: something is no sentence of words, or tags do not fit.
        """
        if self._reads(x) and y is not None:
            x, y = _Batches(self, x, y, batch_size or _ROWS, False), None
            batch_size = None
        with own_errors():
            return keras.Model.evaluate(self, x=x, y=y, batch_size=batch_size, **kwargs)

    def predict(self, x: Any = None, batch_size: int | None = None, **kwargs: Any) -> Any:
        """Return how likely every tag of every word is.

        Args:
            x: documents, each a list of sentences, each a list of words; or one sentence.
            batch_size: documents read at once.
            **kwargs: as for `keras.Model.predict`.

        Returns:
            Of every document a list of its sentences, each a float32 array of shape (words, tags),
            in the order of `tag_names`. For what the backbone reads, the emissions as an array.

        Raises:
            InputError: something is no sentence of words.
        """
        if not self._reads(x):
            with own_errors():
                return keras.Model.predict(self, x, batch_size=batch_size, **kwargs)
        reader = ModelReader(self)
        return [
            [
                reader.chain.marginals(scores[None], [len(scores)])[0].astype(np.float32)
                if len(scores)
                else scores
                for scores in document
            ]
            for document in reader(check_documents(x, empty=True), batch_size or _ROWS)
        ]

    def tag(self, x: Any, batch_size: int | None = None) -> list[list[list[str]]]:
        """Return the IOB2 tags of every word.

        Args:
            x: documents, each a list of sentences, each a list of words; or one sentence.
            batch_size: documents read at once.

        Raises:
            InputError: something is no sentence of words.
        """
        documents = check_documents(x, empty=True)
        found = tagger_of(self).find(documents, batch_size or _ROWS)
        return [
            [tags_of(one.spans, len(words)) for one, words in zip(names, document, strict=True)]
            for names, document in zip(found, documents, strict=True)
        ]

    def tag_texts(self, texts: Any, batch_size: int | None = None) -> list[Any]:
        """Return the names in raw texts, as a pipeline does.

        Args:
            texts: a text, or what yields texts.
            batch_size: texts read at once.

        Returns:
            For one text a list of entities in their order, for several a list of such lists; an
            entity has its `entity_group`, `score`, `word`, `start` and `end`.

        Raises:
            InputError: there is no text, or something that is no text.
        """
        return tagger_of(self).find_names(texts, batch_size or _ROWS)

    def _reads(self, x: Any) -> bool:
        # Of arrays those of texts too, which are told of as what they are.
        texts = getattr(getattr(x, "dtype", None), "kind", "") in ("U", "S", "O")
        return self.preprocessor is not None and (
            isinstance(x, list | tuple | str | bytes) or texts
        )


class _Batches(keras.utils.PyDataset):
    """Documents and their tags, batch by batch."""

    def __init__(self, model: Any, x: Any, y: Any, batch_size: int, shuffle: bool) -> None:
        super().__init__()
        documents = check_documents(x)
        self.model, self.size, self.shuffle = model, batch_size, shuffle
        tags = _checked_tags(documents, y, model.tag_names)
        self.rows = [
            (
                [documents[n][s][a:b] for s, a, b in piece.parts],
                np.concatenate([[*tags[n][s][a:b], -1] for s, a, b in piece.parts]),
            )
            for n, piece in model.preprocessor.pieces(documents)
        ]
        self.order = np.arange(len(self.rows))
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self.rows) // self.size)

    def __getitem__(self, index: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        chosen = [self.rows[row] for row in self.order[index * self.size :][: self.size]]
        features = self.model.preprocessor([sentences for sentences, _ in chosen])
        targets = np.full(features["token_ids"].shape, -1, np.int32)
        for row, (_, tags) in enumerate(chosen):
            targets[row, : len(tags)] = tags
        return features, targets

    def on_epoch_end(self) -> None:
        if self.shuffle:
            np.random.shuffle(self.order)


def _checked_tags(
    documents: list[list[list[str]]], y: Any, names: Sequence[str]
) -> list[list[list[int]]]:
    """Return the numbers of IOB2 tags, in the order of a model's."""
    numbers = {name: number for number, name in enumerate(names)}
    if isinstance(y, list | tuple) and y and all(isinstance(tag, str) for tag in y):
        y = [[y]]
    found = []
    if len(y) != len(documents):
        raise InputError(f"Expected tags of {len(documents)} documents. Received: {len(y)}")
    for document, given in zip(documents, y, strict=True):
        if [len(words) for words in document] != [len(tags) for tags in given]:
            raise InputError(
                "Expected a tag for every word of every sentence. Received: "
                f"{[len(tags) for tags in given][:5]} tags of sentences of "
                f"{[len(words) for words in document][:5]} words"
            )
        tags = [to_iobes(repair(one)[0]) for one in given]
        for one, own in zip(tags, given, strict=True):
            unknown = [tag for tag, inside in zip(own, one, strict=True) if inside not in numbers]
            if unknown:
                kinds = ", ".join(name[2:] for name in names if name.startswith("B-"))
                raise InputError(
                    f"Expected IOB2 tags of the model's types, {kinds}. Received: "
                    f"{shown(unknown[0])}"
                )
        found.append([[numbers[tag] for tag in one] for one in tags])
    return found
