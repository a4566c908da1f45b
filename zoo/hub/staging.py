"""What goes up to the Hub: a checkpoint, its card, and the copies that other readers need."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from pathlib import Path

from zoo import checkpoint, registry
from zoo.boards.event_folder import EVENTS, own_events, read_events
from zoo.cards.pictures import picture_contents
from zoo.errors import CheckpointError
from zoo.formats import CONFIG, WEIGHTS
from zoo.schema import Metric, ModelInfo

__all__ = ["Staged", "check_figures", "stage"]

_LARGEST = 1e30  # of a figure that was measured
# What the record and the weights show in TensorBoard, and so under "Training metrics" on the Hub.
_RECORD_EVENTS = f"runs/record/{EVENTS}0000000000.0.0"


@dataclass(frozen=True)
class Staged:
    """A checkpoint as it goes up.

    Attributes:
        info: its record.
        files: the content of every file by its name in the repository.
    """

    info: ModelInfo
    files: dict[str, bytes]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(map(len, self.files.values()))


def stage(
    source: str | Path, repo_id: str | None = None, tensorboard: str | Path | None = None
) -> Staged:
    """Verify a checkpoint and make all that its repository holds beside it.

    Only files of the checkpoint, of its run and of the zoo's own list of pictures are read, as
    `zoo.cards.pictures` says; no text of the record names one.

    The same checkpoint gives the same bytes, under the same versions of Keras and KerasHub.

    Args:
        source: an entry's name or a checkpoint directory.
        repo_id: the repository that the card names, `user/repo`.
        tensorboard: a folder of TensorBoard's event files; by default what training has left
            beside the checkpoint, in `<source>.run/tensorboard`, if it is there, but for pictures
            of validation texts, which may not be for everyone to read.

    Raises:
        UnknownModelError: there is no such entry or directory.
        CheckpointError: the checkpoint is damaged, its figures do not stand, or its card is not
            finished.
        DataError: `tensorboard` is not a folder of event files, or the data of the card's snippet
            is not at hand.

    Example:
        >>> sorted(stage("esn-lorenz").files)[:3]
        ['README.md', 'config.json', 'metadata.json']
    """
    from zoo.boards.run import record_events
    from zoo.cards.card import render_card
    from zoo.cards.check import check_card
    from zoo.hub.onnx_files import onnx_files
    from zoo.hub.stock import stock_files

    path = registry.resolve(source)
    info, contents = checkpoint.read_contents(path)
    loaded = checkpoint.parse(path, info, contents)
    check_figures(info)
    pictures = {f"pictures/{name}": data for name, data in picture_contents(loaded).items()}
    places = {place.rpartition("/")[2]: place for place in pictures}
    card = render_card(source, repo_id, places)
    check_card(card, info)
    files = {
        **contents,
        **stock_files(loaded, contents[CONFIG]),
        **{file.name: file.content for file in onnx_files(loaded)},
        **(own_events(path) if tensorboard is None else read_events(Path(tensorboard))),
        _RECORD_EVENTS: record_events(loaded),
        **pictures,
        "README.md": card.encode("utf-8"),
    }
    return Staged(info, dict(sorted(files.items())))


def check_figures(info: ModelInfo) -> None:
    """Refuse a record whose metrics are missing, or cannot have been measured on its weights.

    A checkpoint that was trained further has neither metrics nor a training record: that is what
    `zoo.save` writes, and it may be published as it is, with a card that says so.

    Args:
        info: the record.

    Raises:
        CheckpointError: the metrics are missing though the training is recorded, or the other way
            round; a figure is outside its own interval, or not that of the seed trained with; or
            the metrics are those of a bundled entry with other weights.

    Example:
        >>> check_figures(registry.info("lstm-imdb"))
    """
    dataset = info.dataset or info.sources
    parts = {"metrics": info.metrics, "training": info.training, "dataset": dataset}
    missing = [name for name, part in parts.items() if not part]
    if len(missing) == len(parts):
        return
    if missing:
        raise CheckpointError(
            f"Expected a record with metrics, training and dataset, of {info.name}, or with none "
            f"of them. Received: no {' and no '.join(missing)}. Train it by a recipe and score it "
            "with: python -m training.evaluate"
        )
    for metric in info.metrics:
        wrong = _wrong(metric, info)
        if wrong is not None:
            raise CheckpointError(
                f"The {metric.name} of {info.name} does not stand. {wrong}. Measure it again with: "
                "python -m training.evaluate"
            )
    for name in registry.list_models():
        entry = registry.info(name)
        if entry.metrics == info.metrics and entry.files[WEIGHTS] != info.files[WEIGHTS]:
            raise CheckpointError(
                f"The metrics of {info.name} were not measured on its weights. Expected: figures "
                f"of its own. Received: those of {name}, whose weights are others. Remove them, "
                "or measure anew with: python -m training.evaluate"
            )


def _wrong(metric: Metric, info: ModelInfo) -> str | None:
    """Return what shows that a figure was not measured as the record says, or None."""
    low, high = metric.confidence_interval
    if not low <= metric.value <= high:
        return f"Expected: a value from {low} to {high}, its interval. Received: {metric.value}"
    if metric.num_examples < 1:
        return f"Expected: examples that it was measured on. Received: {metric.num_examples}"
    if metric.seeds is None or info.training is None:
        return None
    values = metric.seeds.values
    if not values or not all(abs(value) <= _LARGEST for value in values.values()):
        received = ", ".join(map(str, values.values())) or "none"
        return f"Expected: a value of every seed, up to {_LARGEST:g}. Received: {received[:80]}"
    own = values.get(str(info.training.seed), metric.value)
    if own != metric.value:
        return f"Expected: the value of seed {info.training.seed}, {own}. Received: {metric.value}"
    mean = statistics.fmean(values.values())
    if not math.isclose(mean, metric.seeds.mean, rel_tol=1e-3, abs_tol=1e-9):
        return f"Expected: a mean over the seeds of {mean:.6g}. Received: {metric.seeds.mean}"
    return None
