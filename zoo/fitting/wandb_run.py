"""Weights & Biases beside TensorBoard: the same curves, histograms and pictures."""

from __future__ import annotations

import importlib.util
import io
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from zoo.common.user_warnings import warn_user
from zoo.errors import InputError, OutputError
from zoo.files import write_atomically

__all__ = ["WandbRun", "check_wandb", "wandb_run"]

PROJECT = "rnn-zoo"
# Tags that are written at steps of the optimiser; all others are written after epochs.
STEP_TAGS = ("step/", "gradient_norm/")
_ID = "wandb-id.txt"
_ANONYMOUS = "zoo"  # where wandb would put the machine's name, or the path of the script


def check_wandb() -> None:
    """Refuse to begin without the package.

    Raises:
        InputError: wandb is not installed.
    """
    if importlib.util.find_spec("wandb") is None:
        raise InputError(
            "Expected the package wandb, to log to Weights & Biases. Received: none installed. "
            "Install it by: pip install 'rnn-zoo[wandb]'"
        )


class WandbRun:
    """A run of Weights & Biases that an `EventWriter` mirrors what it writes to.

    When logging fails while a network is trained, that is told once in a warning and the training
    goes on.

    Args:
        run: what `wandb.init` returned.
        texts: whether it gets the pictures that show validation texts word by word.
    """

    def __init__(self, run: Any, texts: bool = False) -> None:
        self.run, self.texts = run, texts
        self._row: dict[str, Any] = {}
        self._at: tuple[str, int] | None = None
        self._defined: set[str] = set()

    def _add(self, tag: str, value: Any, step: int) -> None:
        axis = "trained/step" if tag.startswith(STEP_TAGS) else "trained/epoch"
        if self._at != (axis, step):
            self.flush()
            self._at, self._row = (axis, step), {axis: step}
        if tag not in self._defined:
            self._defined.add(tag)
            self._tried(lambda run: run.define_metric(tag, axis))
        self._row[tag] = value

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        """Add one point of a curve.

        Args:
            tag: name of the curve.
            value: its value.
            step: where on the axis.
        """
        self._add(tag, value, step)

    def add_histogram(self, tag: str, values: np.ndarray, step: int) -> None:
        """Add how values are distributed.

        Args:
            tag: name of the histograms.
            values: array of any shape.
            step: where on the axis.
        """
        import wandb

        counted = np.histogram(np.asarray(values, np.float64), bins=64)
        self._add(tag, wandb.Histogram(np_histogram=counted), step)

    def add_image(self, tag: str, png: bytes, step: int, *, shareable: bool = False) -> None:
        """Add a picture, unless it may show texts and those are not wanted.

        Args:
            tag: name of the pictures.
            png: content of a PNG file.
            step: where on the slider.
            shareable: whether it shows no texts or series.
        """
        if not (shareable or self.texts):
            return
        import PIL.Image
        import wandb

        self._add(tag, wandb.Image(PIL.Image.open(io.BytesIO(png))), step)

    def flush(self) -> None:
        """Log what was added."""
        row, self._row, self._at = self._row, {}, None
        if len(row) > 1:
            self._tried(lambda run: run.log(row))

    def summarise(self, values: Mapping[str, Any]) -> None:
        """Set what the table of runs shows.

        Args:
            values: numbers and words by name.
        """
        self.flush()
        self._tried(lambda run: run.summary.update(dict(values)))

    def _tried(self, action: Callable[[Any], Any]) -> None:
        if self.run is None:
            return
        try:
            action(self.run)
        except Exception as error:  # of whatever kind: hours of training do not end for a curve
            self.run = None
            warn_user(
                f"Weights & Biases takes no more: {error}. Training goes on without it; "
                "TensorBoard's events hold everything",
            )


def _settings() -> Any:
    """Return settings by which wandb adds nothing of the machine, the paths and the command."""
    import wandb

    wanted: dict[str, Any] = {
        "console": "off",
        "disable_git": True,
        "disable_code": True,
        "disable_job_creation": True,
        "x_disable_machine_info": True,
        "x_disable_meta": True,
        "x_disable_stats": True,
        "x_save_requirements": False,
        "host": _ANONYMOUS,
        "program": _ANONYMOUS,
        "init_timeout": float(os.environ.get("WANDB_INIT_TIMEOUT", 30)),
    }
    # Older versions have not all of them.
    known = wandb.Settings.model_fields
    return wandb.Settings(**{name: value for name, value in wanted.items() if name in known})


@contextmanager
def wandb_run(
    folder: str | Path, *, name: str, job: str, config: Mapping[str, Any], texts: bool = False
) -> Iterator[WandbRun]:
    """Begin a run, or go on with the one of a folder, and end it.

    Weights & Biases gets what is logged and the configuration, as TensorBoard does, with the
    versions of Python and wandb and the times. It does not get what wandb would add by itself: the
    machine's name and parts, the command, paths, the source code, the packages, what is printed.

    Project, entity, mode and key are those of the environment, as everywhere: `WANDB_PROJECT`
    (`rnn-zoo` by default), `WANDB_ENTITY`, `WANDB_MODE`, `WANDB_API_KEY`.

    Args:
        folder: where wandb's files lie, and the run's id, by which it goes on later.
        name: what the run is called.
        job: what kind of run it is: `"train"` or `"finetune"`.
        config: the hyperparameters.
        texts: whether pictures go too that show validation texts word by word.

    Raises:
        InputError: wandb is not installed.
        OutputError: no run can be begun, for want of a key or a network, or the folder cannot be
            written.

    Example:
        >>> with wandb_run("mine.run", name="mine", job="train", config={}) as run:
        ...     run.add_scalar("step/loss", 0.5, step=1)  # doctest: +SKIP
    """
    check_wandb()
    # Of wandb's own failures it would send stack traces, with their paths.
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
    import wandb

    file = Path(folder) / _ID
    known = file.read_text().strip() if file.exists() else ""
    identifier = known if known.isalnum() else secrets.token_hex(4)
    write_atomically(file, f"{identifier}\n".encode())
    try:
        begun = wandb.init(
            dir=str(folder),
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            name=name,
            id=identifier,
            resume="allow",
            job_type=job,
            config=dict(config),
            settings=_settings(),
        )
    except (wandb.Error, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].split(". ")[0]
        raise OutputError(
            f"No run of Weights & Biases could be begun: {reason}. Log in by `wandb login`, set "
            "WANDB_MODE=offline to keep it on this machine, or leave it out"
        ) from error
    run = WandbRun(begun, texts)
    code = 1
    try:
        yield run
        code = 0
    finally:
        run.flush()
        begun.finish(exit_code=code)
