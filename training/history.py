"""Take the course of a training from its run into a record: `python -m training.history NAME`.

Training writes it by itself. This is for a checkpoint whose run was made before it did, as long
as the run's folder is there.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from zoo import checkpoint, registry
from zoo.cli.errors import one_line_errors, run_script
from zoo.errors import InputError
from zoo.fitting.history import history_of
from zoo.fitting.state import load_progress
from zoo.schema import EpochScores, ModelInfo, TrainingRecord

__all__ = ["add_history", "read_history"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def read_history(run: str | Path) -> tuple[EpochScores, ...]:
    """Return the history of a run: from its state, or else from its TensorBoard events.

    Args:
        run: the folder `<output>.run` that training leaves beside a checkpoint.

    Raises:
        InputError: it holds neither, or an epoch is missing.

    Example:
        >>> len(read_history("runs/lstm-imdb-seed-1.run"))  # doctest: +SKIP
        6
    """
    progress = load_progress(Path(run) / "state.npz")
    if progress is not None and progress.history:
        return _checked(history_of(progress.history), run)
    return _checked(history_of(_from_events(Path(run) / "tensorboard")), run)


def _checked(history: tuple[EpochScores, ...], run: str | Path) -> tuple[EpochScores, ...]:
    numbers = [epoch.epoch for epoch in history]
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        raise InputError(
            "Expected a run with its state or its TensorBoard events, of every epoch from the "
            f"first. Received: {run}, with the epochs {numbers or 'none'}"
        )
    return history


def _from_events(folder: Path) -> list[dict[str, float]]:
    """Return the scalars `epoch/...` by epoch; of a run that was taken up the last ones count."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.util import tensor_util

    found: dict[int, dict[str, tuple[float, float]]] = {}
    for file in sorted(folder.glob("events.out.tfevents.*")):
        for event in EventFileLoader(str(file)).Load():
            for value in event.summary.value:
                kind, _, tag = value.tag.partition("/")
                name = tag.removeprefix("train_").removeprefix("validation_")
                if kind != "epoch" or not value.HasField("tensor"):
                    continue
                scores = found.setdefault(event.step, {})
                if event.wall_time >= scores.get(name, (-math.inf, 0.0))[0]:
                    number = float(tensor_util.make_ndarray(value.tensor))
                    scores[name] = (event.wall_time, number)
    return [
        {"epoch": step, **{name: number for name, (_, number) in found[step].items()}}
        for step in sorted(found)
        if "loss" in found[step]
    ]


def add_history(path: str | Path, run: str | Path) -> ModelInfo:
    """Write the history of a run into the record of the checkpoint that it made.

    Args:
        path: a checkpoint directory.
        run: the run's folder.

    Returns:
        The new record.

    Raises:
        InputError: the run is not the one that made the checkpoint, or holds no history.
        OutputError: the record cannot be written. The old one stays.
    """
    info = checkpoint.read_info(Path(path))
    training = info.training
    if training is None:
        raise InputError(f"Expected a checkpoint with a training record. Received: {path}")
    history = read_history(run)
    wrong = _other_run(Path(run), training, history)
    if wrong is not None:
        raise InputError(f"Expected the run that made {path}. Received: {run}, {wrong}")
    training = msgspec.structs.replace(training, history=history)
    info = msgspec.structs.replace(info, training=training)
    checkpoint.replace_info(path, info)
    return info


def _other_run(run: Path, training: TrainingRecord, history: tuple[EpochScores, ...]) -> str | None:
    """Return what shows that a run is not the one of a record, or None."""
    if len(history) != training.epochs:
        return f"of {len(history)} epochs and not of {training.epochs}"
    progress = load_progress(run / "state.npz")
    if progress is not None:
        recipe = str(progress.identity.get("recipe"))
        if re.search(rf"\bseed={training.seed}\b", recipe) is None:
            return f"of another seed than {training.seed}"
    chosen = history[training.best_epoch - 1].validation
    for name, value in training.validation.items():
        # The record's is that of the weights as they are stored, in half precision.
        if not math.isclose(value, chosen.get(name, math.inf), rel_tol=2e-3):
            return f"whose epoch {training.best_epoch} came to {chosen}, not to {name} {value}"
    return None


@app.command()
def main(
    name: Annotated[str, typer.Argument(help="Entry, such as lstm-imdb.")],
    run: Annotated[
        Path, typer.Option(help="Folder of the run, such as runs/lstm-imdb-seed-1.run.")
    ],
    checkpoint_dir: Annotated[
        Path | None, typer.Option("--checkpoint", help="Directory; default: the bundled one.")
    ] = None,
) -> None:
    """Write the losses and scores of every epoch of a run into the record of its checkpoint.

    Then `python -m training.pictures NAME` draws them and `python -m training.card NAME` shows
    the picture.

    Examples:

        python -m training.history lstm-imdb --run runs/lstm-imdb-seed-1.run
    """
    with one_line_errors():
        path = checkpoint_dir or registry.resolve(name)
        info = add_history(path, run)
        assert info.training is not None and isinstance(info.training.history, tuple)
        print(f"Wrote {len(info.training.history)} epochs into {path / checkpoint.RECORD}")


if __name__ == "__main__":
    run_script(app, "training.history")
