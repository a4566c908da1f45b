"""Write a TensorBoard run of a checkpoint."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from zoo import registry
from zoo.boards.record import OWN_FILES, Board, write_record
from zoo.common.optional import tells_what_is_missing
from zoo.errors import InputError, shown
from zoo.files import new_directory, output_path
from zoo.fitting.events import TIMELESS_NAME
from zoo.formats import Checkpoint

__all__ = ["record_events", "write_tensorboard"]


@tells_what_is_missing
def write_tensorboard(
    name: str | Path,
    folder: str | Path,
    *,
    source: str | None = None,
    revision: str | None = None,
    course: bool = True,
) -> Path:
    """Write what a checkpoint tells of itself as a run that TensorBoard shows.

    From the record: the losses and scores of every epoch where it holds them, what the test
    measured, the hyperparameters, and a summary. From the weights: histograms, the vectors of the
    most frequent words for the Projector, and on fixed examples what every word adds to a
    classifier's answer, its gates and its gradient against the distance in time, where a
    translator or a speller looks, or the states and forecasts of a reservoir.

    Args:
        name: an entry's name, a checkpoint directory, or `"hf://user/repo"`.
        folder: the directory of the run, which is made; an older run of this function is replaced.
        source: `"hub"` for the published copy of an entry; None for the bundled one.
        revision: branch, tag or commit on the Hub, as for `zoo.load`.
        course: whether the hyperparameters and the curves of the training are written too; False
            beside the run that the training itself has left, which holds them, so that
            TensorBoard does not take the two for two trainings.

    Returns:
        The directory.

    Raises:
        UnknownModelError: there is no such entry or directory, or it is not published.
        CheckpointError: the checkpoint is damaged or tampered with.
        HubError: the Hub cannot be reached, or does not have it.
        InputError: `folder` holds something else.
        OutputError: the place cannot be written or is full. What was there stays.

    Example:
        >>> import zoo
        >>> zoo.write_tensorboard("lstm-imdb", "boards/lstm-imdb")  # doctest: +SKIP
        PosixPath('boards/lstm-imdb')
    """
    from zoo.boards.examples import write_examples

    folder = output_path(folder, "boards/lstm-imdb")
    _check_folder(folder)
    loaded = registry.read(name, source=source, revision=revision)
    with new_directory(folder) as staging:
        board = Board(staging, loaded.info, _written(loaded.path))
        write_record(board, loaded, course=course)
        write_examples(board, loaded)
        board.close()
        _check_folder(folder)  # what was put there meanwhile stays too
    return folder


def _written(checkpoint: Path) -> float | None:
    """Return when a checkpoint was written, as nearly as its directory tells."""
    try:
        return (checkpoint / "zoo.json").stat().st_mtime
    except OSError:
        return None


def _check_folder(folder: Path) -> None:
    """Refuse a folder that holds anything but a run of this function, which is replaced."""
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not (folder / TIMELESS_NAME).is_file():
        raise InputError(
            "Expected a folder that does not exist yet, or one that was made by this function. "
            f"Received: {folder}. Choose another"
        )
    foreign = sorted(path.name for path in folder.iterdir() if not _is_own(path))
    if foreign:
        raise InputError(
            "Expected a folder with nothing but a run that was made by this function, which is "
            f"replaced. Received: {folder}, which also holds {shown(', '.join(foreign[:3]))}. "
            "Move that elsewhere or choose another folder"
        )


def _is_own(path: Path) -> bool:
    return path.name in OWN_FILES and path.is_file() and not path.is_symlink()


def record_events(loaded: Checkpoint) -> bytes:
    """Return the event file of a checkpoint's record and weights, without pictures.

    The same checkpoint gives the same bytes, everywhere and at any time.

    Args:
        loaded: a verified checkpoint.

    Example:
        >>> len(record_events(registry.read("lstm-imdb"))) < 100_000
        True
    """
    with tempfile.TemporaryDirectory() as folder:
        board = Board(Path(folder), loaded.info)
        write_record(board, loaded)
        board.close()
        return (Path(folder) / TIMELESS_NAME).read_bytes()
