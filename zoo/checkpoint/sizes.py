"""What a checkpoint's record and configuration imply, before any other file is read.

A model that costs too much to hold or to ask is refused here, and so is a file that is larger
than the model needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.checkpoint.configuration import parse_config
from zoo.checkpoint.weights import weights_limit
from zoo.errors import CheckpointError
from zoo.formats import CONFIG, RECORD, WEIGHTS, Format
from zoo.schema import ModelInfo
from zoo.text.vocabularies import vocabulary_limit

__all__ = ["Plan", "check_plan", "check_sizes", "reading_order"]


@dataclass(frozen=True)
class Plan:
    """What a checkpoint is to hold.

    Attributes:
        backbone: arguments of the backbone.
        head: arguments of the task's head.
        preprocessor: arguments of the preprocessor; None where the task has none.
        shapes: the shape of every weight by name.
        vocabularies: number of tokens by the vocabulary's file.
    """

    backbone: Any
    head: Any
    preprocessor: Any
    shapes: dict[str, tuple[int, ...]]
    vocabularies: dict[str, int]


def reading_order(info: ModelInfo) -> list[str]:
    """Return the files of a record in the order in which they are to be read.

    The configuration comes first: it says how large the others may be. The weights come last.

    Args:
        info: the record, which lists the files of its task.

    Example:
        >>> import zoo
        >>> reading_order(zoo.info("lstm-imdb"))[0]
        'config.json'
    """
    between = sorted(info.files.keys() - {CONFIG, WEIGHTS})
    return [CONFIG, *between, WEIGHTS]


def check_plan(info: ModelInfo, config: bytes, path: Path, form: Format) -> Plan:
    """Read the configuration, and refuse a model that costs too much or that the record belies.

    Args:
        info: the record.
        config: content of `config.json`.
        path: the directory to name in errors.
        form: what a checkpoint of the record's task consists of.

    Raises:
        CheckpointError: the configuration is not one, is not the record's, asks for too much, or
            for a network that the task cannot take.
    """
    backbone, head, preprocessor = parse_config(config, path / CONFIG, info.task, form)
    wrong = form.check_backbone(backbone)
    if wrong is not None:
        raise CheckpointError(f"{path / CONFIG}: {wrong}")
    shapes = form.shapes(backbone, head)
    cost = form.cost(shapes, backbone, head, preprocessor)
    excess = cost.excess()
    if excess is not None:
        raise CheckpointError(
            f"{path / CONFIG} asks for a larger model than the zoo computes. {excess}. Choose a "
            "smaller one, or shorter inputs"
        )
    if info.parameters != cost.parameters:
        raise CheckpointError(
            f"{path / RECORD} and the configuration disagree. Expected: {cost.parameters} "
            f"parameters. Received: {info.parameters}"
        )
    wrong = form.check_labels(info, head)
    if wrong is not None:
        raise CheckpointError(f"{path / RECORD}: {wrong}")
    vocabularies = {
        name: getattr(backbone, argument.replace("tokenizer", "vocabulary_size"))
        for argument, name in form.tokenizers.items()
    }
    return Plan(backbone, head, preprocessor, shapes, vocabularies)


def check_sizes(info: ModelInfo, plan: Plan, path: Path) -> None:
    """Refuse files larger than the model needs, before they are fetched or read.

    Args:
        info: the record, which lists the sizes.
        plan: what the checkpoint is to hold.
        path: the directory to name in errors.

    Raises:
        CheckpointError: a size is out of bounds.
    """
    limits = {name: vocabulary_limit(tokens) for name, tokens in plan.vocabularies.items()}
    for name, limit in {**limits, WEIGHTS: weights_limit(plan.shapes)}.items():
        if info.files[name].size > limit:
            raise CheckpointError(
                f"{path} lists a file larger than its model needs. Expected: at most {limit} "
                f"bytes of {name}. Received: {info.files[name].size}"
            )
