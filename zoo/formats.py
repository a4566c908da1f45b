"""The tasks that a checkpoint may be of, and what each consists of; no Keras here.

This is the allow-list: a checkpoint names its classes, and only those below are loaded. A new
task is one more `TaskFormat`, and a new family of networks one more backbone of a task's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from zoo.costs import Cost, series_cost, text_cost, translation_cost
from zoo.errors import shown
from zoo.schema import ModelInfo
from zoo.series_specs import (
    EchoStateBackboneSpec,
    ForecasterSpec,
    SequenceClassifierSpec,
    series_tensor_shapes,
)
from zoo.specs import (
    ConvolutionalBackboneSpec,
    NgramRecurrentBackboneSpec,
    RecurrentBackboneSpec,
    TextClassifierSpec,
    TextPreprocessorSpec,
    TransformerBackboneSpec,
    tensor_shapes,
)
from zoo.translation_specs import (
    BahdanauBackboneSpec,
    Seq2SeqLMSpec,
    Seq2SeqPreprocessorSpec,
    translation_tensor_shapes,
)

__all__ = [
    "CONFIG",
    "PUBLISHED_COPIES",
    "RECORD",
    "SOURCE_TOKENIZER",
    "TASKS",
    "TOKENIZER",
    "WEIGHTS",
    "TaskFormat",
    "format_of",
]

RECORD = "zoo.json"
CONFIG = "config.json"
WEIGHTS = "model.safetensors"
TOKENIZER = "assets/tokenizer/tokenizer.json"
SOURCE_TOKENIZER = "assets/source_tokenizer/tokenizer.json"

# What else a repository on the Hub holds beside a checkpoint, and so a copy of it on disk: the
# card and what other readers need, made when publishing, and what git and the Hub's client keep.
# The zoo reads none of it. A name stands for all below it.
PUBLISHED_COPIES = frozenset(
    {
        ".cache",
        ".git",
        ".gitattributes",
        ".gitignore",
        "LICENSE",
        "README.md",
        "metadata.json",
        "model.weights.h5",
        "onnx",
        "pictures",
        "runs",
        "task.json",
        "task.weights.h5",
    }
)

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class TaskFormat:
    """What a checkpoint of one task consists of.

    Attributes:
        name: the Hugging Face name of the task.
        suffix: end of the task's class names, after the family's name.
        module: module of the task's classes.
        backbones: the families of networks, each with its module and what bounds its arguments.
        head: what bounds the task's arguments.
        preprocessor: what bounds the preprocessor's arguments; None where there is none.
        tokenizer_class: name and module of the tokenizers' class; None where there is none.
        tokenizers: file of the vocabulary by the preprocessor's argument that reads it.
        shapes: returns the name and shape of every weight, of backbone and head.
        cost: returns what a model takes, of the shapes, backbone, head and preprocessor.
        former: what `config.json` called modules until 0.1.0, each with what it calls them now.
        check_labels: returns what is wrong with a record's labels for a head, or None.
    """

    name: str
    suffix: str
    module: str
    backbones: Mapping[str, tuple[str, type[msgspec.Struct]]]
    head: type[msgspec.Struct]
    preprocessor: type[msgspec.Struct] | None
    tokenizer_class: tuple[str, str] | None
    tokenizers: Mapping[str, str]
    shapes: Callable[[Any, Any], Shapes]
    cost: Callable[[Any, Any, Any, Any], Cost]
    former: Mapping[str, str]
    check_labels: Callable[[ModelInfo, Any], str | None] = field(default=lambda info, head: None)

    @property
    def assets(self) -> tuple[str, ...]:
        """The files of vocabularies."""
        return tuple(self.tokenizers.values())

    @property
    def files(self) -> frozenset[str]:
        """Every file of such a checkpoint but its record."""
        return frozenset({CONFIG, *self.assets, WEIGHTS})

    def class_of(self, part: str, backbone: Any) -> tuple[str, str]:
        """Return the name and the module of the class of a model's part.

        Args:
            part: `"backbone"`, `"task"` or `"preprocessor"`.
            backbone: arguments of the backbone, whose kind decides.

        Example:
            >>> from zoo.specs import RecurrentBackboneSpec
            >>> spec = RecurrentBackboneSpec(
            ...     vocabulary_size=9, embedding_dim=2, cell="gru", units=3
            ... )
            >>> TASKS["text-classification"].class_of("task", spec)
            ('RecurrentTextClassifier', 'zoo.tasks.text_classification.model')
        """
        family, module = next(
            (family, module)
            for family, (module, kind) in self.backbones.items()
            if kind is type(backbone)
        )
        return {
            "backbone": (f"{family}Backbone", module),
            "task": (f"{family}{self.suffix}", self.module),
            "preprocessor": (f"{family}{self.suffix}Preprocessor", self.module),
        }[part]


def _one_label_a_class(
    info: ModelInfo, head: TextClassifierSpec | SequenceClassifierSpec
) -> str | None:
    if len(info.labels) == head.num_classes and len(set(info.labels)) == len(info.labels):
        return None
    return f"expected {head.num_classes} different labels. Received: {shown(info.labels)}"


def _no_labels(info: ModelInfo, head: Any) -> str | None:
    return f"expected no labels. Received: {shown(info.labels)}" if info.labels else None


TASKS: dict[str, TaskFormat] = {
    task.name: task
    for task in (
        TaskFormat(
            name="text-classification",
            suffix="TextClassifier",
            module="zoo.tasks.text_classification.model",
            backbones={
                "Recurrent": ("zoo.networks.recurrent.backbone", RecurrentBackboneSpec),
                "Convolutional": ("zoo.networks.convolutional.backbone", ConvolutionalBackboneSpec),
                "Transformer": ("zoo.networks.transformer.backbone", TransformerBackboneSpec),
                "NgramRecurrent": ("zoo.networks.recurrent.backbone", NgramRecurrentBackboneSpec),
            },
            head=TextClassifierSpec,
            preprocessor=TextPreprocessorSpec,
            tokenizer_class=("WordTokenizer", "zoo.tasks.text_classification.preprocessor"),
            tokenizers={"tokenizer": TOKENIZER},
            shapes=tensor_shapes,
            cost=text_cost,
            former={
                "zoo.tasks.text_classifier": "zoo.tasks.text_classification.model",
                "zoo.tasks.preprocessing": "zoo.tasks.text_classification.preprocessor",
                "zoo.architectures.recurrent": "zoo.networks.recurrent.backbone",
                "zoo.architectures.convolutional": "zoo.networks.convolutional.backbone",
                "zoo.architectures.transformer": "zoo.networks.transformer.backbone",
            },
            check_labels=_one_label_a_class,
        ),
        TaskFormat(
            name="translation",
            suffix="Seq2SeqLM",
            module="zoo.tasks.translation.model",
            backbones={"Bahdanau": ("zoo.networks.bahdanau.backbone", BahdanauBackboneSpec)},
            head=Seq2SeqLMSpec,
            preprocessor=Seq2SeqPreprocessorSpec,
            tokenizer_class=("SubwordTokenizer", "zoo.tasks.translation.preprocessor"),
            tokenizers={"source_tokenizer": SOURCE_TOKENIZER, "tokenizer": TOKENIZER},
            shapes=translation_tensor_shapes,
            cost=translation_cost,
            former={
                "zoo.tasks.seq2seq_lm": "zoo.tasks.translation.model",
                "zoo.tasks.seq2seq_preprocessing": "zoo.tasks.translation.preprocessor",
                "zoo.architectures.bahdanau": "zoo.networks.bahdanau.backbone",
            },
            check_labels=_no_labels,
        ),
        TaskFormat(
            name="time-series-forecasting",
            suffix="Forecaster",
            module="zoo.tasks.time_series_forecasting.model",
            backbones={"EchoState": ("zoo.networks.echo_state.backbone", EchoStateBackboneSpec)},
            head=ForecasterSpec,
            preprocessor=None,
            tokenizer_class=None,
            tokenizers={},
            shapes=series_tensor_shapes,
            cost=series_cost,
            former={
                "zoo.tasks.forecaster": "zoo.tasks.time_series_forecasting.model",
                "zoo.architectures.echo_state": "zoo.networks.echo_state.backbone",
            },
            check_labels=_no_labels,
        ),
        TaskFormat(
            name="time-series-classification",
            suffix="SequenceClassifier",
            module="zoo.tasks.time_series_classification.model",
            backbones={"EchoState": ("zoo.networks.echo_state.backbone", EchoStateBackboneSpec)},
            head=SequenceClassifierSpec,
            preprocessor=None,
            tokenizer_class=None,
            tokenizers={},
            shapes=series_tensor_shapes,
            cost=series_cost,
            former={
                "zoo.tasks.sequence_classifier": "zoo.tasks.time_series_classification.model",
                "zoo.architectures.echo_state": "zoo.networks.echo_state.backbone",
            },
            check_labels=_one_label_a_class,
        ),
    )
}


def format_of(task: str) -> TaskFormat | None:
    """Return what a checkpoint of a task consists of, or None if the zoo has no such task.

    Args:
        task: the Hugging Face name of the task.

    Example:
        >>> format_of("translation").suffix
        'Seq2SeqLM'
    """
    return TASKS.get(task)
