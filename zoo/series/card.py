"""What the cards of tasks of numeric series have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.common.escape import Markdown
from zoo.errors import CheckpointError, shown
from zoo.formats import Checkpoint

__all__ = ["series_context", "series_tags"]


def series_context(source: Checkpoint, meanings: Mapping[str, str]) -> dict[str, Any]:
    """Return what the template of their cards shows beside the snippet.

    Args:
        source: a verified checkpoint.
        meanings: what a figure means, by its name.

    Raises:
        CheckpointError: the zoo cannot say what the first metric of the record means.
    """
    info = source.info
    main = info.metrics[0]
    if main.name not in meanings:
        raise CheckpointError(
            f"Expected a record whose first metric is one of {', '.join(meanings)}, for the card "
            f"of {info.name}. Received: {shown(main.name)}. Measure it again with: "
            "python -m training.evaluate"
        )
    backbone, parameters = source.backbone, f"{info.parameters:,} parameters"
    if backbone.closed_form:
        trained = sum(source.tensors[f"readout/{part}"].size for part in ("kernel", "bias"))
        parameters = f"{info.parameters:,} numbers, {trained:,} of them trained"
    return {
        "backbone": backbone,
        "network": f"{backbone.described or info.architecture}, {parameters}",
        "meaning": Markdown(meanings[main.name]),
    }


def series_tags(source: Checkpoint) -> tuple[str, ...]:
    """Return the tags that the Hub shows of a model of numeric series.

    Args:
        source: a verified checkpoint.
    """
    info, backbone = source.info, source.backbone
    recurrent = ["rnn"] if backbone.recurrent else []
    return (info.architecture, *recurrent, *backbone.hub_tags, "keras", "onnx", info.task)
