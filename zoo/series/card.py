"""What the cards of tasks of numeric series have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.common.escape import Markdown
from zoo.errors import CheckpointError, shown
from zoo.formats import Checkpoint

__all__ = ["series_context"]


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
    return {
        "backbone": source.backbone,
        "trained": source.tensors["readout/kernel"].size + source.tensors["readout/bias"].size,
        "meaning": Markdown(meanings[main.name]),
    }
