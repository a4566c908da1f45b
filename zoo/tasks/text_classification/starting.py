"""A text classifier that begins from a language model, with its words and layers; no Keras here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from zoo.common.starting import Starting
from zoo.formats import TOKENIZER, Checkpoint
from zoo.interfaces import UserData
from zoo.networks.recurrent.spec import RecurrentBackboneSpec
from zoo.specs import make_spec
from zoo.tables.labelled import labels_of
from zoo.tasks.text_classification.specs import TextClassifierSpec, TextPreprocessorSpec
from zoo.text.language import encoder_of
from zoo.text.taking_over import TakenOver, is_language, take_over

__all__ = ["STARTING", "begin"]

_TABLE = "token_embedding/embeddings"
# Tokens that are read of the start and of the end of a text.
_LENGTHS = {"words": (300, 300), "characters": (1_000, 500)}
# As the paper joins them.
_POOLING, _DROPOUT = ("last", "max", "mean"), 0.3


def takes(source: Checkpoint) -> bool:
    """Return whether a checkpoint is a language model over a recurrent network.

    Args:
        source: a checkpoint of another task.
    """
    vocabulary = getattr(source.preprocessor, "vocabulary", None)
    return (
        type(source.backbone) is RecurrentBackboneSpec
        and vocabulary is not None
        and is_language(vocabulary)
    )


def meant(given: UserData) -> str | None:
    """Return what shows that data is for a classifier: where its labels stand.

    Args:
        given: the data, with the options that say how it is read.
    """
    return labels_of(given.train, given.options)


STARTING = Starting(taken="a language model", takes=takes, meant=meant)


def begin(
    source: Checkpoint, texts: Sequence[str], labels: Sequence[str]
) -> tuple[Checkpoint, TakenOver]:
    """Return a classifier whose body is that of a language model; its head is new.

    The layers are the language model's, and so are the vectors of the words that it knows. Its
    states are pooled as the last, the largest and the mean, with the words' vectors beside them:
    states that were learnt to tell the next word say less of those that were read.

    Args:
        source: the language model.
        texts: those to learn from, whose words its vocabulary is extended by.
        labels: names of the classes.

    Returns:
        The classifier, and what it took over of the vocabulary.

    Reference:
        [Howard & Ruder, 2018](https://aclanthology.org/P18-1031/)
    """
    taken = take_over(encoder_of(source), source.tensors[_TABLE], texts)
    head_length, tail_length = _LENGTHS[taken.unit]
    arguments: dict[str, Any] = msgspec.structs.asdict(source.backbone)
    backbone = make_spec(
        RecurrentBackboneSpec,
        **{**arguments, "vocabulary_size": len(taken.table), "skip": True},
    )
    head = make_spec(
        TextClassifierSpec, num_classes=len(labels), pooling=_POOLING, dropout=_DROPOUT
    )
    # The weights of the layers; the head's are drawn when the model is loaded with its classes.
    tensors = {name: source.tensors[name] for name in backbone.layer_shapes()}
    info = msgspec.structs.replace(source.info, task="text-classification", labels=(), metrics=())
    begun = Checkpoint(
        path=source.path,
        info=info,
        backbone=backbone,
        head=head,
        preprocessor=make_spec(
            TextPreprocessorSpec,
            head_length=head_length,
            tail_length=tail_length,
            unit=taken.unit,
        ),
        assets={TOKENIZER: taken.tokenizer},
        tensors={**tensors, _TABLE: taken.table},
    )
    return begun, taken
