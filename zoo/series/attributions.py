"""What attributions of all kinds of series share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.files import output_path, write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["DrawnAttribution"]


class DrawnAttribution:
    """An attribution of numbers over time, which is shown as a picture.

    Attributes:
        label: what is explained.
        value: what the model says of it.
        unit: what `score` is.
        score: what the scores explain.
        baseline: the same of what scores are counted from.
        method: how the scores were computed.
    """

    label: str
    value: float
    unit: str
    score: float
    baseline: float
    method: str

    def explained(self) -> dict[str, Any]:
        """Return what is explained as JSON holds it."""
        return {
            "label": self.label,
            "value": self.value,
            self.unit.replace("-", "_").replace(" ", "_"): self.score,
            "baseline": self.baseline,
            "method": self.method,
        }

    def as_text(self, colours: int) -> None:
        """Return None: numbers over time are drawn.

        Args:
            colours: how many the terminal has.
        """

    def draw(self) -> Figure:
        """Draw the series, coloured by what every number adds."""
        raise NotImplementedError

    def write(self, path: str | Path) -> Path:
        """Write what `draw` draws into a `.png` file.

        Args:
            path: the file to write.

        Raises:
            InputError: its name does not end in .png.
        """
        from zoo.common.figures import png

        path = output_path(path, "saliency.png", (".png",))
        write_atomically(path, png(self.draw()))
        return path
