"""How forecasts of a data set are scored."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ForecastProtocol"]


@dataclass(frozen=True, kw_only=True)
class ForecastProtocol:
    """How forecasts of a data set are scored.

    Attributes:
        horizon: steps of every free-running forecast.
        first: step of the series from which the first one starts; before it the model reads.
        stride: steps between two starts.
        lyapunov_steps: steps in which neighbouring trajectories part by a factor of e. Where it
            is given, the figure is the time for which a forecast is valid; otherwise it is the
            error of the last step.
        threshold: error, in deviations of the series, at which a forecast is valid no more.
        horizons: of networks that forecast many steps at once, all numbers of steps over whose
            mean errors they are scored, `horizon` among them; none for `horizon` alone.
        season: steps after which the series is expected to repeat itself, for comparison; None
            where nobody knows.
    """

    horizon: int
    first: int = 1_000
    stride: int = 100
    lyapunov_steps: float | None = None
    threshold: float = 0.4
    horizons: tuple[int, ...] = ()
    season: int | None = None

    @property
    def metric(self) -> str:
        """Name of the figure."""
        return f"nrmse_{self.horizon}" if self.lyapunov_steps is None else "valid_time"
