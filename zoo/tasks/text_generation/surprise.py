"""How likely a language model held every token of a text, and what it expected instead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.common.notebook import line

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.text import Text

__all__ = ["Expected", "Surprise"]

# What was expected in a token's place: tokens and their probabilities, the likeliest first.
Expected = list[tuple[str, float]]


@dataclass(frozen=True)
class Surprise:
    """How likely a language model held every token of a text, after all tokens before it.

    Attributes:
        text: the text.
        spans: where every token stands in it: first character, and the one after the last.
        log_probabilities: float64 array of shape (tokens,), in nats.
        unknown: boolean array of shape (tokens,): which of them the vocabulary does not hold. What
            is told of such a one is told of any token that is unknown.
        likeliest: int array of shape (tokens, expected): ids of the tokens that were likeliest in
            the place of each, the likeliest first.
        likeliest_log_probabilities: their log-probabilities, float array of that shape.
        names: what tokens are called, by their ids.
        unit: what a token is, `"words"` or `"characters"`.
        size: tokens of the vocabulary.

    Example:
        >>> import tempfile, pathlib, zoo
        >>> from zoo.tasks.text_generation.testing import make_language_model
        >>> pipe = zoo.pipeline(make_language_model(pathlib.Path(tempfile.mkdtemp()) / "tiny"))
        >>> surprise = zoo.explain(pipe, "the cat saw")
        >>> surprise.tokens, surprise.counted
        (['the', 'cat', 'saw'], 3)
        >>> surprise.nats == -pipe.log_likelihood("the cat saw")[0]
        True
    """

    text: str
    spans: list[tuple[int, int]]
    log_probabilities: np.ndarray
    unknown: np.ndarray
    likeliest: np.ndarray
    likeliest_log_probabilities: np.ndarray
    names: Sequence[str]
    unit: str
    size: int

    @property
    def tokens(self) -> list[str]:
        """The tokens as they stand in the text."""
        return [self.text[start:end] for start, end in self.spans]

    @property
    def counted(self) -> int:
        """How many tokens are summed over: of characters all but the first."""
        return len(self.spans) - self._first

    @property
    def nats(self) -> float:
        """How surprising the text is: minus the sum of the log-probabilities."""
        # Not minus the sum, which of no token is -0.0.
        return 0.0 - float(self.log_probabilities[self._first :].sum())

    @property
    def bits(self) -> float:
        """The same in bits."""
        return self.nats / math.log(2)

    @property
    def perplexity(self) -> float:
        """Of how many equally likely tokens one would be as surprising, in the mean.

        It is infinite where that is more than a number holds, and 1 where nothing is counted.
        """
        try:
            return math.exp(self.nats / self.counted) if self.counted else 1.0
        except OverflowError:
            return math.inf

    def expected(self, place: int) -> Expected:
        """Return what was likeliest in the place of a token.

        Args:
            place: the token's number, from 0.
        """
        ids, scores = self.likeliest[place].tolist(), self.likeliest_log_probabilities[place]
        return [(self.names[index], float(p)) for index, p in zip(ids, np.exp(scores), strict=True)]

    @property
    def _first(self) -> int:
        return 1 if self.unit == "characters" and self.spans else 0

    def __repr__(self) -> str:
        return line(
            self,
            self.text,
            unit=self.unit,
            tokens=len(self.spans),
            bits=round(self.bits, 2),
            perplexity=round(self.perplexity, 2),
        )

    def _repr_html_(self) -> str:
        from zoo.tasks.text_generation.surprise_views import surprise_fragment

        return surprise_fragment(self)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON holds it, but for the text."""
        rates = {"perplexity": self.perplexity if math.isfinite(self.perplexity) else None}
        if self.unit == "characters":
            mean = self.nats / self.counted if self.counted else None
            rates = {
                "nats_per_character": mean,
                "bits_per_character": None if mean is None else mean / math.log(2),
            }
        return {
            "unit": self.unit,
            "counted": self.counted,
            "nats": self.nats,
            "bits": self.bits,
            **rates,
            "tokens": [
                {
                    "token": token,
                    "known": not strange,
                    "probability": math.exp(score),
                    "log_probability": score,
                    "expected": [
                        {"token": name, "probability": p} for name, p in self.expected(place)
                    ],
                }
                for place, (token, strange, score) in enumerate(
                    zip(
                        self.tokens,
                        self.unknown.tolist(),
                        self.log_probabilities.tolist(),
                        strict=True,
                    )
                )
            ],
        }

    def as_rows(self) -> list[tuple[str, ...]]:
        """Return what the text comes to, and of every token how it was expected.

        That is its log-probability in nats, the token, the token that was likeliest in its place,
        and how probable that was.
        """
        from zoo.tasks.text_generation.surprise_views import summary

        rows: list[tuple[str, ...]] = [(summary(self),)]
        for place, (token, score) in enumerate(
            zip(self.tokens, self.log_probabilities.tolist(), strict=True)
        ):
            (name, probability), *_ = self.expected(place)
            rows.append((f"{score:.4f}", token, name, f"{probability:.4f}"))
        return rows

    def as_text(self, colours: int) -> Text:
        """Return what the text comes to, and below it the text in colours.

        Args:
            colours: how many the terminal has.
        """
        from zoo.tasks.text_generation.surprise_views import surprise_text

        return surprise_text(self, colours)

    def draw(self) -> Figure:
        """Draw the text, its tokens the more orange the less they were expected."""
        from zoo.tasks.text_generation.surprise_views import draw_surprise

        return draw_surprise(self)

    def write(self, path: str | Path) -> Path:
        """Write the text in colours into a `.png` file, or into a page that tells more of it.

        Args:
            path: the file to write, `.png` or `.html`.
        """
        from zoo.tasks.text_generation.surprise_views import write_surprise

        return write_surprise(self, path)
