"""Where an encoder-decoder looked: tokens of both sides, weights between them, and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import BPE

from zoo.common.escape import terminal
from zoo.common.notebook import line, picture
from zoo.common.optional import tells_what_is_missing
from zoo.errors import check_kind
from zoo.files import output_path, write_atomically
from zoo.text.coloured import Piece, coloured_text
from zoo.text.subwords import END
from zoo.text.units import unit_tokens

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.text import Text

__all__ = ["Alignment", "draw_alignment", "plot_alignment", "shown_tokens"]


@dataclass(frozen=True)
class Alignment:
    """Where an encoder-decoder looked while it wrote one answer.

    Attributes:
        source: the source's tokens as they read, the last one the end.
        target: the answer's tokens, the last one the end unless it was cut.
        weights: float32 array of shape (target tokens, source tokens); every row sums to 1.
    """

    source: list[str]
    target: list[str]
    weights: np.ndarray

    def __repr__(self) -> str:
        return line(self, " ".join(self.source), " ".join(self.target))

    def _repr_html_(self) -> str:
        return picture(draw_alignment(self))

    def as_json(self) -> dict[str, Any]:
        """Return the alignment as JSON holds it."""
        return {"source": self.source, "target": self.target, "weights": self.weights.tolist()}

    def as_rows(self) -> list[tuple[str, ...]]:
        """Return what was written token by token: the token, where it looked most, and how much."""
        most = self.weights.argmax(axis=1)
        return [
            (target, self.source[at], f"{float(weights[at]):.2f}")
            for target, at, weights in zip(self.target, most, self.weights, strict=True)
        ]

    def as_text(self, colours: int) -> Text:
        """Return the source once a token that was written, coloured by how much it looked there.

        Args:
            colours: how many colours the terminal has.
        """
        from rich.text import Text

        width = max(map(len, self.target), default=0)
        lines = []
        for target, weights in zip(self.target, self.weights.tolist(), strict=True):
            pieces = [Piece(f"{target:<{width}} ")]
            for token, weight in zip(self.source, weights, strict=True):
                pieces += [Piece(" "), Piece(token, weight)]
            lines.append(coloured_text(pieces, colours))
        return Text("\n").join(lines)

    def draw(self) -> Figure:
        """Draw the weights as a matrix."""
        return draw_alignment(self)

    def write(self, path: str | Path) -> Path:
        """Write the weights as a matrix into a `.png` file.

        Args:
            path: the file to write.

        Raises:
            InputError: its name does not end in .png.
        """
        return plot_alignment(self, path)

    @classmethod
    def of(
        cls,
        source_tokenizer: Tokenizer,
        target_tokenizer: Tokenizer,
        source_ids: Sequence[int] | np.ndarray,
        target_ids: Sequence[int] | np.ndarray,
        weights: np.ndarray,
    ) -> Alignment:
        """Make an alignment of token ids.

        Args:
            source_tokenizer: the source's tokenizer.
            target_tokenizer: the target's tokenizer.
            source_ids: the ids that were read.
            target_ids: the ids that were written.
            weights: array of shape (target ids, source ids).
        """
        return cls(
            shown_tokens(source_tokenizer, source_ids),
            shown_tokens(target_tokenizer, target_ids),
            np.asarray(weights, np.float32),
        )


def shown_tokens(tokenizer: Tokenizer, ids: Sequence[int] | np.ndarray) -> list[str]:
    """Return tokens as they read; a part that goes on within a word starts with a middle dot.

    Args:
        tokenizer: a tokenizer of subwords, characters or words.
        ids: their ids.
    """
    units = unit_tokens(tokenizer) if not isinstance(tokenizer.model, BPE) else None
    shown = []
    for token in map(int, ids):
        if token == END:
            shown.append("(end)")
            continue
        if units is not None:
            shown.append("(space)" if units.get(token) == " " else units.get(token, ""))
            continue
        text = tokenizer.decode([token], skip_special_tokens=False)
        shown.append(text[1:] if text.startswith(" ") and len(text) > 1 else f"\u00b7{text}")
    return shown


@tells_what_is_missing
def draw_alignment(alignment: Alignment) -> Figure:
    """Draw the weights of one answer as a matrix: a row for every token that was written.

    Args:
        alignment: what `model.attention` or a pipeline's `attention` returned for a sentence.

    Example:
        >>> weights = np.array([[0.9, 0.1], [0.2, 0.8]])
        >>> figure = draw_alignment(Alignment(["Hund", "(end)"], ["dog", "(end)"], weights))

    Reference:
        [Bahdanau et al., 2015](https://arxiv.org/abs/1409.0473), figure 3
    """
    from matplotlib.figure import Figure

    check_kind(alignment, Alignment, "model.attention")
    rows, columns = alignment.weights.shape
    size = (1.6 + 0.34 * min(max(columns, 6), 80), 1.2 + 0.3 * min(max(rows, 6), 80))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(alignment.weights, cmap="Greys", vmin=0.0, vmax=1.0, aspect="auto")
    # No dollar sign may be read as the start of a formula.
    for axis, tokens in ((axes.xaxis, alignment.source), (axes.yaxis, alignment.target)):
        names = [terminal(token).replace("$", r"\$") for token in tokens]
        axis.set_ticks(range(len(tokens)), names)
    axes.tick_params(axis="x", rotation=90)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_title("Attention: where it looked")
    axes.set_xlabel("source")
    axes.set_ylabel("target")
    figure.colorbar(image, ax=axes, label="attention weight", shrink=0.8)
    return figure


@tells_what_is_missing
def plot_alignment(alignment: Alignment, path: str | Path) -> Path:
    """Write what `draw_alignment` draws as a PNG picture.

    Args:
        alignment: what `model.attention` or a pipeline's `attention` returned for a sentence.
        path: the file to write.

    Raises:
        InputError: the file's name does not end in .png.
        OutputError: the file cannot be written.

    Example:
        >>> import zoo
        >>> translate = zoo.pipeline("bahdanau-multi30k-de-en")
        >>> plot_alignment(translate.attention("Ein Hund.")[0], "dog.png")  # doctest: +SKIP
    """
    from zoo.common.figures import png

    path = output_path(path, "dog.png", (".png",))
    write_atomically(path, png(draw_alignment(alignment)))
    return path
