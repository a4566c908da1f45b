"""What a checkpoint's record and weights show in TensorBoard; no Keras here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from tensorboard.plugins.projector.metadata import PROJECTOR_FILENAME

from zoo.common.escape import Markdown, code, link, markdown
from zoo.fitting.events import TIMELESS_NAME, EventWriter
from zoo.fitting.names import arguments, plain, weight_name
from zoo.formats import Checkpoint
from zoo.schema import ModelInfo, short, short_spread
from zoo.specs import holds_keys

__all__ = ["OWN_FILES", "Board", "hyperparameters", "summarize", "write_record"]

# Every file that a run of a checkpoint may consist of.
OWN_FILES = frozenset(
    {TIMELESS_NAME, PROJECTOR_FILENAME}
    | {
        f"{side}_embedding{end}"
        for side in ("token", "source")
        for end in (".tsv", ".metadata.tsv")
    }
)
_LARGEST = float(np.finfo(np.float32).max)  # what a curve of TensorBoard's holds
_LONGEST = 100 * 365 * 24 * 3_600.0  # seconds


class Board(EventWriter):
    """A writer whose clock runs by the record, for the minutes that the training took.

    Args:
        folder: the run's directory.
        info: the checkpoint's record.
        ended: when the training ended, in seconds since 1970; where nobody knows, it begins at 0.

    Attributes:
        epoch: the epoch that it is now, 0 before the first.
        end: the epoch whose weights were kept, at which stands what was not measured in epochs.
    """

    def __init__(self, folder: Path, info: ModelInfo, ended: float | None = None) -> None:
        training = info.training
        self.epoch, self.end = 0, training.best_epoch if training else 0
        # A record may claim any time; a date holds only so much.
        time = min(max(60 * training.minutes, 0.0), _LONGEST) if training else 0.0
        seconds = time / max(1, training.epochs) if training else 0.0
        start = 0.0 if ended is None else max(0.0, ended - time)
        super().__init__(folder, clock=lambda: start + self.epoch * seconds)


def write_record(board: Board, loaded: Checkpoint, *, course: bool = True) -> None:
    """Write hyperparameters, curves, test figures, a summary, and histograms of the weights.

    Args:
        board: where to.
        loaded: a verified checkpoint.
        course: whether the hyperparameters and the curves of the training are written, which the
            training's own run holds too.
    """
    info = loaded.info
    # Under the names that training has for them, so that the two compare.
    chosen = info.training.validation if info.training else {}
    figures = {f"best/{name}": value for name, value in chosen.items()}
    figures |= {f"{metric.split}/{metric.name}": metric.value for metric in info.metrics}
    figures = {tag: value for tag, value in figures.items() if abs(value) <= _LARGEST}
    if course:
        board.add_hparams(hyperparameters(loaded), list(figures))
    else:
        figures = {tag: value for tag, value in figures.items() if not tag.startswith("best/")}
    if course and info.training and info.training.history:
        for item in info.training.history:
            board.epoch = item.epoch
            curves = {"epoch/train_loss": item.loss}
            curves |= {f"epoch/validation_{name}": v for name, v in item.validation.items()}
            for tag, value in curves.items():
                if abs(value) <= _LARGEST:  # else a gap
                    board.add_scalar(tag, value, item.epoch)
    board.epoch = info.training.epochs if info.training else 0
    for tag, value in figures.items():
        board.add_scalar(tag, value, board.end)
    board.add_text("summary", summarize(info), board.end)
    for name, tensor in sorted(loaded.tensors.items()):
        if not holds_keys(name):
            # In the precision of training: sums of half precision overflow.
            board.add_histogram(
                f"weights/{weight_name(name)}", tensor.astype(np.float64), board.end
            )
    if course:
        board.add_session_end(succeeded=True)


def hyperparameters(loaded: Checkpoint) -> dict[str, bool | int | float | str]:
    """Return the arguments of a checkpoint's network, and what its record says of its training.

    Args:
        loaded: a verified checkpoint.

    Example:
        >>> from zoo import registry
        >>> hyperparameters(registry.read("lstm-imdb"))["units"]
        128
    """
    info = loaded.info
    settings: dict[str, Any] = {}
    if info.base_model:
        settings["base"] = info.base_model.name
    settings["architecture"] = info.architecture
    if info.training:
        settings |= info.training.settings or {}
        settings |= {"epochs": info.training.epochs, "seed": info.training.seed}
    settings |= arguments(loaded.backbone, loaded.head, loaded.preprocessor)
    if info.dataset:
        settings["dataset"] = info.dataset.name
    return plain(settings)


def summarize(info: ModelInfo) -> str:
    """Return the record as a page of Markdown.

    Args:
        info: the record.

    Example:
        >>> import zoo
        >>> summarize(zoo.info("lstm-imdb")).splitlines()[0]
        '# lstm-imdb'
    """
    lines = [f"# {info.name}", "", markdown(info.description), "", "| | |", "| --- | --- |"]
    rows: list[tuple[str, object]] = [
        ("task", info.task),
        ("architecture", info.architecture),
        ("parameters", f"{info.parameters:,}"),
        ("labels", ", ".join(info.labels)),
    ]
    if info.dataset:
        rows.append(("data set", link(info.dataset.title, info.dataset.url)))
    if info.base_model:
        rows.append(("derived from", info.base_model.name))
    for metric in info.metrics:
        low, high = map(short, metric.confidence_interval)
        figure = f"{short(metric.value)} [{low}, {high}], {metric.num_examples:,} examples"
        if metric.seeds:
            figure += f"; over {len(metric.seeds.values)} seeds {short_spread(metric.seeds)}"
        rows.append((f"{metric.split} {metric.name}", figure))
    if info.training:
        run = info.training
        rows += [
            ("trained by", code(run.command)),
            ("epochs", f"{run.epochs}, the weights of epoch {run.best_epoch} kept"),
            ("time", f"{run.minutes} min on {run.hardware}, {run.backend}"),
            ("method", run.method),
        ]
    if info.licenses:
        rows += [("licence", info.licenses.weights), ("data terms", info.licenses.data)]
    rows += [
        (
            "paper",
            Markdown(f"{markdown(paper.authors)} ({paper.year}): {link(paper.title, paper.url)}"),
        )
        for paper in info.papers
    ]
    lines += [f"| {markdown(name)} | {markdown(value)} |" for name, value in rows if value]
    return "\n".join(lines) + "\n"
