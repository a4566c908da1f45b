"""What every token of a text adds to the score of a label."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.common.notebook import line

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.text import Text

__all__ = ["Attribution"]


@dataclass(frozen=True)
class Attribution:
    """What every token of a text adds to the score of a label.

    Attributes:
        text: the text.
        spans: where every token that was read stands in it: first character, and the one after
            the last.
        omitted: where the middle of a long text stands, which is not read; None of a short one.
        scores: float64 array of shape (tokens,): what each adds to the log-odds of the label.
        label: the label that is explained.
        probability: what the model gives it.
        log_odds: the logarithm of `probability / (1 - probability)`.
        baseline: the log-odds of the label for as many unknown tokens. Integrated gradients sum
            to `log_odds - baseline`.
        method: how the scores were computed.
        unit: what a token is, `"words"` or `"characters"`.

    Example:
        >>> import zoo
        >>> attribution = zoo.explain(zoo.load("lstm-imdb"), "A moving film.")
        >>> attribution.tokens
        ['A', 'moving', 'film', '.']
    """

    text: str
    spans: list[tuple[int, int]]
    omitted: tuple[int, int] | None
    scores: np.ndarray
    label: str
    probability: float
    log_odds: float
    baseline: float
    method: str
    unit: str = "words"

    @property
    def tokens(self) -> list[str]:
        """The tokens as they stand in the text."""
        return [self.text[start:end] for start, end in self.spans]

    def __repr__(self) -> str:
        return line(
            self,
            self.text,
            label=self.label,
            probability=round(self.probability, 4),
            method=self.method,
            tokens=len(self.spans),
        )

    def _repr_html_(self) -> str:
        from zoo.text.attribution_views import attribution_fragment

        return attribution_fragment(self)

    def as_json(self) -> dict[str, Any]:
        """Return the attribution as JSON holds it, but for the text."""
        tokens = zip(self.tokens, self.scores.tolist(), strict=True)
        return {
            "label": self.label,
            "probability": self.probability,
            "log_odds": self.log_odds,
            "baseline": self.baseline,
            "method": self.method,
            "tokens": [{"token": token, "score": score} for token, score in tokens],
        }

    def as_rows(self) -> list[tuple[str, ...]]:
        """Return the label and its probability, and score and token of every token."""
        tokens = zip(self.tokens, self.scores.tolist(), strict=True)
        scores = [(f"{score:+.4f}", token) for token, score in tokens]
        return [(self.label, f"{self.probability:.4f}"), *scores]

    def as_text(self, colours: int) -> Text:
        """Return the label, and below it the text in colours.

        Args:
            colours: how many the terminal has.
        """
        from zoo.text.attribution_views import titled_text

        return titled_text(self, colours)

    def draw(self) -> Figure:
        """Draw the text with coloured tokens."""
        from zoo.text.attribution_views import draw_attribution

        return draw_attribution(self)

    def write(self, path: str | Path) -> Path:
        """Write the text with coloured tokens into a `.png` or `.html` file.

        Args:
            path: the file to write.
        """
        from zoo.text.attribution_views import plot_attribution

        return plot_attribution(self, path)
