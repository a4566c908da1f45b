"""Learning in closed form: a readout solved for in seconds, its penalty chosen in validation."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zoo.fitting.names import arguments, plain
from zoo.learning.fitted import Fitted
from zoo.learning.learner import Learner, Learnt, Run
from zoo.learning.ridge_report import write_fit
from zoo.schema import DataSource, Metric

__all__ = ["ClosedForm"]


@dataclass(kw_only=True)
class ClosedForm(Learner):
    """A readout that is solved for; it is done as a whole or not at all.

    Attributes, beside those of `Learner`:
        solve: fits the readout and returns the fit, with `tensors`, `ridge`, `scores` and
            `validation`; given who is told of the progress.
        backbone: arguments of the network.
        head: arguments of the task.
        backend: what computes.
        packages: names of the packages that the result depends on; None for all that a record
            names.
        pictures: returns what else TensorBoard shows of a fit, pictures by tag.
    """

    solve: Callable[[Callable[[str, int, int], None] | None], Any]
    backbone: Any
    head: Any
    backend: str = "numpy"
    packages: tuple[str, ...] | None = ("python", "numpy", "scipy")
    pictures: Callable[[Any], Mapping[str, Any]] | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    method: str = ""
    sources: Sequence[DataSource] = ()
    held: Any = None
    solved: Any = field(default=None, init=False)

    def fit(self, run: Run) -> Learnt:
        """Solve for the readout."""
        start = time.perf_counter()
        self.solved = fit = self.solve(run.progress)
        return Learnt(
            fitted=Fitted(fit.tensors, self.backbone, self.head),
            backend=self.backend,
            seconds=time.perf_counter() - start,
            validation={name: float(f"{value:.6g}") for name, value in fit.validation.items()},
            settings={**self.config, "ridge": fit.ridge},
            packages=self.packages,
            notes=f"ridge {fit.ridge:.0e}\n",
        )

    def show(self, run: Run, metrics: Sequence[Metric], pictures: Mapping[str, Any]) -> None:
        """Write how the penalty was chosen, the weights, the scores and their pictures."""
        scores = {metric.name: metric.value for metric in metrics}
        own = self.pictures(self.solved) if self.pictures is not None else {}
        settings = {**arguments(self.backbone, self.head), **self.config}
        hparams = plain({**run.hparams, **settings})
        logs = run.path / "tensorboard"
        write_fit(logs, self.solved, hparams, scores, own, pictures, run.mirror)
        if run.mirror is not None:
            run.mirror.summarise(scores)
