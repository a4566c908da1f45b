"""What training shows in TensorBoard beside the curves of its loss: which reports, and when."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from zoo.common.user_warnings import warn_user
from zoo.errors import OutputError
from zoo.fitting.events import HParams
from zoo.fitting.loop import TrainingResult
from zoo.fitting.names import weight_name
from zoo.specs import holds_keys

__all__ = ["EpochReport", "Reports", "WeightReport"]

# A report is written after every epoch where that takes no more than this share of the epoch.
_SHARE = 0.03

EpochReport = Callable[[Any, int], None]


class Reports:
    """All that a run shows of itself: hyperparameters, reports of epochs, and embeddings.

    A report that takes long beside an epoch is written after the epochs 1, 2, 4, 8 and so on, and
    after the last one. One that fails is left out from then on, with a warning: the run goes on.

    Args:
        model: the model that is trained.
        hparams: the hyperparameters of the run by name.
        metrics: names of the validation scores.
        every: reports of every epoch, by name: called with the writer and the epoch's number.
        paced: reports that may take long.
        words: for the Projector, the words of rows of a table by the table's path, such as
            `"token_embedding/embeddings"`.
    """

    def __init__(
        self,
        model: Any,
        hparams: HParams,
        metrics: Sequence[str],
        *,
        every: Mapping[str, EpochReport] | None = None,
        paced: Mapping[str, EpochReport] | None = None,
        words: Mapping[str, Mapping[int, str]] | None = None,
    ) -> None:
        self.model, self.hparams, self.words = model, hparams, words or {}
        self.metrics = metrics
        self.every, self.paced = dict(every or {}), dict(paced or {})
        self._seconds: dict[str, float] = {}
        self._since = time.monotonic()

    def begin(self, writer: Any) -> None:
        """Write the hyperparameters.

        Args:
            writer: an `EventWriter`, or what has its methods.
        """
        writer.add_hparams(self.hparams, [f"best/{name}" for name in self.metrics])
        self._since = time.monotonic()

    def epoch(self, writer: Any, result: TrainingResult, epoch: int, *, last: bool) -> None:
        """Write the reports of an epoch.

        Args:
            writer: an `EventWriter`, or what has its methods.
            result: what the run came to so far.
            epoch: the epoch's number, from 1.
            last: whether no other follows.
        """
        length = time.monotonic() - self._since
        for name in self.metrics:
            writer.add_scalar(f"best/{name}", result.best[name], epoch)
        for name, report in list(self.every.items()):
            self._write(name, report, writer, epoch)
        for name, report in list(self.paced.items()):
            cheap = self._seconds.get(name, np.inf) < _SHARE * length
            if cheap or last or epoch & (epoch - 1) == 0:
                self._write(name, report, writer, epoch)
        self._since = time.monotonic()

    def _write(self, name: str, report: EpochReport, writer: Any, epoch: int) -> None:
        started = time.monotonic()
        try:
            report(writer, epoch)
        except OutputError:
            raise
        except Exception as error:  # whatever a picture may stumble over, training is worth more
            self.every.pop(name, None)
            self.paced.pop(name, None)
            warn_user(
                f"The report {name} failed in epoch {epoch} and is left out of TensorBoard from "
                f"now on: {type(error).__name__}: {error}",
            )
        self._seconds[name] = time.monotonic() - started

    def end(self, writer: Any, result: TrainingResult) -> None:
        """Write the embeddings of the best weights, and that the run has ended.

        Args:
            writer: an `EventWriter`, or what has its methods.
            result: what the run came to.
        """
        values = {variable.path: variable for variable in self.model.weights}
        trained = [variable.path for variable in self.model.trainable_variables]
        values |= dict(zip(trained, result.weights, strict=True))
        for path, words in self.words.items():
            vectors = np.asarray(keras.ops.convert_to_numpy(values[path]), np.float32)
            writer.add_embedding(path.split("/")[0], vectors[list(words)], list(words.values()))
        writer.add_session_end(succeeded=True)

    def fail(self, writer: Any) -> None:
        """Write that the run cannot go on.

        Args:
            writer: an `EventWriter`, or what has its methods.
        """
        writer.add_session_end(succeeded=False)


class WeightReport:
    """Logs how the numbers of every weight are distributed.

    Args:
        model: the model that is trained.
    """

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self, writer: Any, epoch: int) -> None:
        for variable in self.model.weights:
            if not holds_keys(variable.path):
                values = keras.ops.convert_to_numpy(variable)
                writer.add_histogram(f"weights/{weight_name(variable.path)}", values, epoch)
