"""Names in a text with what made them, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.common.notebook import line

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.text import Text

__all__ = ["Entities", "ExplainedEntity", "Influence"]

# First character, the one after the last, and what it adds to the log-odds.
Influence = tuple[int, int, float]


@dataclass(frozen=True)
class ExplainedEntity:
    """A name in a text, and what made it one.

    Attributes:
        kind: its type.
        score: the probability that just these words are an entity of this type.
        word: how it stands in the text.
        start: its first character.
        end: the one after its last.
        log_odds: the logarithm of `score / (1 - score)`.
        words: what every word of the sentence around it adds to the log-odds, the word itself
            included: by how much they fall where it is unknown.
        letters: the same of its letters, where its words are not known by themselves.
        known: what it adds that its words are known by themselves.
    """

    kind: str
    score: float
    word: str
    start: int
    end: int
    log_odds: float
    words: tuple[Influence, ...] = ()
    letters: tuple[Influence, ...] = ()
    known: tuple[Influence, ...] = ()

    @property
    def explained(self) -> bool:
        """Whether it is told what made it."""
        return bool(self.words)

    @property
    def neighbours(self) -> list[Influence]:
        """What the other words of the sentence add, the strongest first."""
        others = [one for one in self.words if one[1] <= self.start or one[0] >= self.end]
        return sorted(others, key=lambda one: -abs(one[2]))


@dataclass(frozen=True)
class Entities:
    """The names in a text, and what made each of them one.

    Attributes:
        text: the text.
        entities: the names in their order.
        labels: the types that the model knows.

    Example:
        >>> import zoo
        >>> pipe = zoo.pipeline("bilstm-crf-conll2003")  # doctest: +SKIP
        >>> zoo.explain(pipe, "Ann left Paris.").entities[0].kind  # doctest: +SKIP
        'PER'
    """

    text: str
    entities: list[ExplainedEntity]
    labels: tuple[str, ...]

    def __repr__(self) -> str:
        return line(self, self.text, entities=len(self.entities))

    def _repr_html_(self) -> str:
        from zoo.tasks.token_classification.entity_views import entities_fragment

        return entities_fragment(self)

    def _told(self, influences: tuple[Influence, ...]) -> list[dict[str, Any]]:
        return [
            {"start": start, "end": end, "text": self.text[start:end], "adds": value}
            for start, end, value in influences
        ]

    def as_json(self) -> dict[str, Any]:
        """Return the names as JSON holds them, but for the text."""
        return {
            "entities": [
                {
                    "entity_group": one.kind,
                    "score": one.score,
                    "word": one.word,
                    "start": one.start,
                    "end": one.end,
                    "log_odds": one.log_odds,
                    "words": self._told(one.words),
                    "letters": self._told(one.letters),
                    "known": self._told(one.known),
                }
                for one in self.entities
            ]
        }

    def as_rows(self) -> list[tuple[str, ...]]:
        """Return the names, each with what made it: words first, then letters."""
        rows: list[tuple[str, ...]] = []
        for one in self.entities:
            rows.append((one.kind, f"{one.score:.4f}", one.word))
            for what, influences in (("word", one.words), ("letter", one.letters)):
                rows += [
                    (what, f"{value:+.4f}", self.text[start:end])
                    for start, end, value in influences
                ]
        return rows or [("-", "", "no name in the text")]

    def as_text(self, colours: int) -> Text:
        """Return the text with its names in colour, and below it what made each.

        Args:
            colours: how many the terminal has.
        """
        from zoo.tasks.token_classification.entity_views import entities_text

        return entities_text(self, colours)

    def draw(self) -> Figure:
        """Draw the text with its names in colour, and below it what made each."""
        from zoo.tasks.token_classification.entity_views import draw_entities

        return draw_entities(self)

    def write(self, path: str | Path) -> Path:
        """Write the text with its names in colour into a `.png` or `.html` file.

        Args:
            path: the file to write.
        """
        from zoo.tasks.token_classification.entity_views import write_entities

        return write_entities(self, path)
