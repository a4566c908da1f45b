"""What a checkpoint holds, as values: the files, what bounds their contents, and what was read.

No task is named here: each says in a `Format` what its checkpoints consist of. No Keras here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from zoo.common.costs import Cost
from zoo.errors import InputError, shown
from zoo.schema import ModelInfo
from zoo.specs import make_spec

__all__ = [
    "CONFIG",
    "PUBLISHED_COPIES",
    "RECORD",
    "TOKENIZER",
    "WEIGHTS",
    "Checkpoint",
    "Format",
    "Shapes",
    "no_labels",
    "one_label_a_class",
]

RECORD = "zoo.json"
CONFIG = "config.json"
WEIGHTS = "model.safetensors"
TOKENIZER = "assets/tokenizer/tokenizer.json"

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


def no_labels(info: ModelInfo, head: Any) -> str | None:
    """Return what is wrong with the labels of a record of a task without classes, or None.

    Args:
        info: the record.
        head: arguments of the task's head.
    """
    return f"expected no labels. Received: {shown(info.labels)}" if info.labels else None


def one_label_a_class(info: ModelInfo, head: Any) -> str | None:
    """Return what is wrong with the labels of a record of a classifier, or None.

    Args:
        info: the record.
        head: arguments of the task's head, its `num_classes` among them.
    """
    if len(info.labels) == head.num_classes and len(set(info.labels)) == len(info.labels):
        return None
    return f"expected {head.num_classes} different labels. Received: {shown(info.labels)}"


@dataclass(frozen=True)
class Format:
    """What a checkpoint of one task consists of: the allow-list that it is read by.

    Attributes:
        suffix: end of the task's class names, after the family's name.
        module: module of the task's classes.
        modules: the same by the family's name, for families whose tasks lie in another.
        backbones: what bounds the arguments of the backbones, by the family's name; their classes
            lie in the module `backbone` beside it.
        head: what bounds the task's arguments.
        heads: the same by the family's name, for families whose tasks take others.
        shapes: returns the name and shape of every weight, of backbone and head.
        cost: returns what a model takes, of the shapes, backbone, head and preprocessor.
        preprocessor: what bounds the preprocessor's arguments; None where there is none.
        tokenizer_class: name and module of the tokenizers' class; None where there is none.
        tokenizers: file of the vocabulary by the preprocessor's argument that reads it.
        vocabulary: returns all that such a file holds but its tokens, one of `zoo.text.forms`, for
            a preprocessor's arguments.
        vocabularies: the same by the file, for files that hold another.
        check_labels: returns what is wrong with a record's labels for a head, or None.
        check_backbone: returns why the task cannot take a network of these arguments, though its
            family's are taken; or None.
        former: what `config.json` called modules until 0.1.0, each with what it calls them now.
    """

    suffix: str
    module: str
    backbones: Mapping[str, type[msgspec.Struct]]
    head: type[msgspec.Struct]
    shapes: Callable[[Any, Any], Shapes]
    cost: Callable[[Any, Any, Any, Any], Cost]
    preprocessor: type[msgspec.Struct] | None = None
    tokenizer_class: tuple[str, str] | None = None
    tokenizers: Mapping[str, str] = field(default_factory=dict)
    vocabulary: Callable[[Any], dict[str, Any]] = lambda preprocessor: {}
    vocabularies: Mapping[str, Callable[[Any], dict[str, Any]]] = field(default_factory=dict)
    check_labels: Callable[[ModelInfo, Any], str | None] = no_labels
    check_backbone: Callable[[Any], str | None] = lambda backbone: None
    former: Mapping[str, str] = field(default_factory=dict)
    heads: Mapping[str, type[msgspec.Struct]] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)

    @property
    def assets(self) -> tuple[str, ...]:
        """The files of vocabularies."""
        return tuple(self.tokenizers.values())

    @property
    def files(self) -> frozenset[str]:
        """Every file of such a checkpoint but its record."""
        return frozenset({CONFIG, *self.assets, WEIGHTS})

    def vocabulary_of(self, name: str, preprocessor: Any) -> dict[str, Any]:
        """Return all that the file of a vocabulary holds but its tokens.

        Args:
            name: the file, one of `assets`.
            preprocessor: arguments of the preprocessor.
        """
        return self.vocabularies.get(name, self.vocabulary)(preprocessor)

    def backbone_module(self, family: str) -> str:
        """Return the module of a family's backbone.

        Args:
            family: one of `backbones`.
        """
        return f"{self.backbones[family].__module__.rpartition('.')[0]}.backbone"

    def module_of(self, family: str) -> str:
        """Return the module of the task's classes over a family's backbone.

        Args:
            family: one of `backbones`.
        """
        return self.modules.get(family, self.module)

    def head_of(self, family: str) -> type[msgspec.Struct]:
        """Return what bounds the arguments of the task over a family's backbone.

        Args:
            family: one of `backbones`.
        """
        return self.heads.get(family, self.head)

    def class_of(self, part: str, backbone: Any) -> tuple[str, str]:
        """Return the name and the module of the class of a model's part.

        Args:
            part: `"backbone"`, `"task"` or `"preprocessor"`.
            backbone: arguments of the backbone, whose kind decides.
        """
        family = next(name for name, kind in self.backbones.items() if kind is type(backbone))
        return {
            "backbone": (f"{family}Backbone", self.backbone_module(family)),
            "task": (f"{family}{self.suffix}", self.module_of(family)),
            "preprocessor": (f"{family}{self.suffix}Preprocessor", self.module_of(family)),
        }[part]


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that was read and verified as a whole; it holds no open file.

    Attributes:
        path: the directory it came from.
        info: its record.
        backbone: arguments of the backbone.
        head: arguments of the task's head.
        preprocessor: arguments of the preprocessor; None where the task has none.
        assets: content of the vocabularies' files by name.
        tensors: the weights by name, in the dtype they are stored in.
        graphs: ONNX graphs to answer with in place of those that the task writes of the weights,
            by their file's name in a repository.
    """

    path: Path
    info: ModelInfo
    backbone: Any
    head: Any
    preprocessor: Any
    assets: dict[str, bytes]
    tensors: dict[str, np.ndarray]
    graphs: Mapping[str, bytes] = field(default_factory=dict)

    def graph(self, name: str, write: Callable[[Checkpoint], bytes]) -> bytes:
        """Return the ONNX graph to answer with: one of `graphs`, or what the task writes.

        Args:
            name: its file's name in a repository.
            write: writes it of the weights.
        """
        return self.graphs[name] if name in self.graphs else write(self)

    def with_network(self, given: Mapping[str, Any]) -> Checkpoint:
        """Return the checkpoint with other arguments of the network, on which no weight depends.

        Its figures are no longer said to be those of the record.

        Args:
            given: the arguments by name, out of those that the network's `at_load` names.

        Raises:
            InputError: the network has no such argument, or it is out of bounds.
        """
        spec, free = self.backbone, self.backbone.at_load
        if unknown := sorted(given.keys() - set(free)):
            raise InputError(
                f"Expected arguments of {self.info.name} that may be chosen when it is loaded: "
                f"{', '.join(free) or 'none'}. Received: {shown(unknown[0])}"
            )
        backbone = make_spec(type(spec), **{**msgspec.structs.asdict(spec), **given})
        if backbone == spec:
            return self
        info = msgspec.structs.replace(self.info, metrics=())
        return dataclasses.replace(self, backbone=backbone, info=info)

    @property
    def tokenizer(self) -> bytes:
        """Content of the tokenizer's file; of a translator the target's."""
        return self.assets[TOKENIZER]
