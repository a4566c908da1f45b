"""Single cells of a language model that follow something in the text that it reads.

    python -m benchmarks.following_cells lstm-shakespeare --output docs

What is followed is known of every token: how long the line is by now, the word, the sentence, the
speech; whether it is within a speaker's name, or within quotation marks. Of every cell of every
layer (of an LSTM its cell state, else its state) it is measured how far its value tells that, by
itself and in one direction: for numbers the rank correlation, for yes and no twice the area under
the ROC curve minus one. The cell is chosen on the first half of the test part, and what is told is
its figure on the second half. Beside it stands the same of the network with its weights shuffled,
each tensor within itself: what the best of so many cells comes to that has learnt nothing.

With --output, a passage of the second half is drawn in the colours of the cells found, those that
tell more than shuffled weights do.

Reference: Karpathy et al., 2016 (https://arxiv.org/abs/1506.02078)
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image
from scipy.stats import rankdata

from zoo import registry
from zoo.cli.errors import one_line_errors
from zoo.common.figures import png
from zoo.datasets import load_dataset
from zoo.errors import InputError
from zoo.formats import Checkpoint
from zoo.networks.recurrent.graph import state_sizes
from zoo.networks.recurrent.steps import GivenByRows, RecurrentSteps
from zoo.pipelines import make_pipeline
from zoo.tasks.text_generation.explaining import spans_of
from zoo.text.coloured import Piece, draw_coloured
from zoo.text.language import END

_TOKENS, _SHOWN = 20_000, 260
# What is drawn tells so much more than the best cell of shuffled weights.
_CLEARLY = 0.2
_WIDTH = 4.4  # inches
# Share of a passage from which more of what comes and goes shows it no better.
_ENOUGH = 0.15
# What is, or begins anew, at fewer tokens than that is not looked for.
_FEW = 100
_NAME = re.compile(r"(?:^|(?<=\n\n))[A-Z][^\n:]{0,40}:(?=\n)")

app = typer.Typer(add_completion=False)


def _since(tokens: Sequence[str], begins: Callable[[str], bool]) -> np.ndarray:
    """Return of every token how many there have been since one that begins anew."""
    counts = accumulate(tokens, lambda n, token: 0 if begins(token) else n + 1, initial=-1)
    return np.array([*counts][1:], np.float64)


def signals(text: str, tokens: Sequence[str], spans: Sequence[tuple[int, int]]) -> dict:
    """Return what may be followed in a text, by what it is: a number or a truth for every token.

    Args:
        text: the text.
        tokens: its tokens.
        spans: where they stand in it.

    Returns:
        Arrays of shape (tokens,), bool or float64.
    """
    characters = all(len(token) == 1 for token in tokens)
    found: dict[str, np.ndarray] = {
        "length of the line": _since(tokens, lambda token: token == "\n"),
        "length of the sentence": _since(tokens, lambda token: token in ".!?"),
    }
    if characters:
        found["length of the word"] = _since(tokens, lambda token: not token.isalpha())
    quotes = np.cumsum([token == '"' for token in tokens])
    found["within quotation marks"] = quotes % 2 == 1
    named = np.zeros(len(text) + 1, bool)
    lines = np.zeros(len(text) + 1)
    for match in _NAME.finditer(text):
        named[match.start() : match.end()] = True
        lines[match.end()] = 1
    if lines.any():
        ends = np.array([end - 1 for _, end in spans])
        found["within a speaker's name"] = named[ends]
        begins = np.maximum.accumulate(np.where(lines[ends + 1] > 0, np.arange(len(ends)), -1))
        # How far into the speech: unknown before the first.
        found["length of the speech"] = np.where(begins < 0, 0, np.arange(len(ends)) - begins)
    return {
        what: values
        for what, values in found.items()
        # What hardly ever begins anew tells how long the text is, and nothing else.
        if min((values > 0).sum(), (values == 0).sum()) >= _FEW
    }


def figures(cells: np.ndarray, signal: np.ndarray) -> np.ndarray:
    """Return of every cell how far it tells a signal, from -1 to 1.

    Args:
        cells: float array of shape (tokens, cells).
        signal: bool or float array of shape (tokens,).
    """
    ranks = rankdata(cells, axis=0)
    if signal.dtype == bool:
        yes, no = signal.sum(), (~signal).sum()
        area = (ranks[signal].sum(axis=0) - yes * (yes + 1) / 2) / (yes * no)
        told: np.ndarray = 2 * area - 1
        return told
    ranks -= ranks.mean(axis=0)
    wanted = rankdata(signal)
    wanted -= wanted.mean()
    spread = np.sqrt((ranks**2).sum(axis=0) * (wanted**2).sum())
    correlation: np.ndarray = wanted @ ranks / np.maximum(spread, 1e-12)
    return correlation


def cells_of(source: Checkpoint, ids: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Return the values of all cells after every token, and what the cells are called.

    Args:
        source: a verified checkpoint of a language model.
        ids: token ids, int32 of shape (tokens,).
    """
    spec, tensors = source.backbone, source.tensors
    steps = RecurrentSteps(spec, tensors)
    given = GivenByRows(tensors["token_embedding/embeddings"], steps.kernel, steps.bias)
    places, names, start = [], [], 0
    for layer, sizes in enumerate(state_sizes(spec)):
        # Of an LSTM the cell state stands after the state.
        first = start + sum(sizes[:-1])
        places += range(first, first + spec.units)
        names += [f"layer {layer + 1}, cell {unit}" for unit in range(spec.units)]
        start += sum(sizes)
    before, after = np.zeros(steps.size, np.float32), np.empty(steps.size, np.float32)
    found = np.empty((len(ids), len(places)), np.float32)
    for row, token in enumerate([END, *ids.tolist()], -1):
        steps(given(token), before, after)
        if row >= 0:
            found[row] = after[places]
        before, after = after, before
    return found, names


def shuffled(source: Checkpoint, seed: int = 0) -> Checkpoint:
    """Return a checkpoint whose weights stand elsewhere in their tensors.

    Args:
        source: the checkpoint.
        seed: where they stand follows from it.
    """
    generator = np.random.default_rng(seed)
    tensors = {
        name: generator.permutation(values.ravel()).reshape(values.shape)
        for name, values in sorted(source.tensors.items())
    }
    return replace(source, tensors=tensors)


def _drawn(text: str, spans: Sequence[tuple[int, int]], values: np.ndarray) -> list[Piece]:
    """Return a passage in the colours of a cell: blue above its median, orange below."""
    centred = values - np.median(values)
    shares = np.clip(centred / max(float(np.percentile(np.abs(centred), 95)), 1e-9), -1, 1)
    pieces, place = [], spans[0][0]
    for (start, end), share in zip(spans, shares.tolist(), strict=True):
        if start > place:
            pieces.append(Piece(text[place:start]))
        pieces.append(Piece(text[start:end], share, "cell"))
        place = end
    return pieces


def passage(tokens: Sequence[str], followed: Sequence[np.ndarray], start: int) -> slice:
    """Return what is drawn: the first passage in which most of what is followed comes and goes.

    Args:
        tokens: the tokens of a text.
        followed: what is followed, numbers or yes and no, of every token.
        start: where passages may begin; each begins where a line does.
    """
    begins = [at + 1 for at in range(start, len(tokens)) if tokens[at] == "\n"]
    whole = [begin for begin in begins if begin + _SHOWN <= len(tokens)] or begins[:1] or [start]

    def shown(begin: int) -> float:
        parts = [one[begin : begin + _SHOWN] for one in followed]
        return sum(
            min(part.mean(), 1 - part.mean(), _ENOUGH) if part.dtype == bool else np.ptp(part) > 0
            for part in parts
        )

    begin = max(whole, key=shown)
    return slice(begin, begin + _SHOWN)


@app.command()
def main(
    name: Annotated[str, typer.Argument(help="An entry or a checkpoint directory.")],
    output: Annotated[Path | None, typer.Option(help="Folder for the picture.")] = None,
) -> None:
    """Print which cells follow what, and draw them."""
    with one_line_errors():
        source = registry.read(name)
        if source.info.task != "text-generation" or source.info.dataset is None:
            raise InputError(
                "Expected a language model that was trained on a data set of the zoo, such as "
                f"lstm-shakespeare. Received: {name}"
            )
        encoder = make_pipeline(source).encoder
        text = load_dataset(source.info.dataset.name, "test").texts[0]
        spans = spans_of(text, encoder.unit)[:_TOKENS]
        text = text[: spans[-1][1]]
        tokens, ids = [text[start:end] for start, end in spans], encoder.encode(text)
        half = len(ids) // 2
        followed = signals(text, tokens, spans)
        part = passage(tokens, [*followed.values()], half)
        cells, names = cells_of(source, ids)
        others, _ = cells_of(shuffled(source), ids)
        print("| what | cell | first half | second half | shuffled weights |")
        print("| --- | --- | --- | --- | --- |")
        drawn: dict[int, bytes] = {}
        for what, signal in followed.items():
            told = []
            for values in (cells, others):
                best = int(np.abs(chosen := figures(values[:half], signal[:half])).argmax())
                kept = figures(values[half:, [best]], signal[half:])[0]
                told.append((best, chosen[best], kept))
            (best, chosen_by, kept), (_, _, by_chance) = told
            # Of a cell that falls where the other rises the sign says nothing.
            sign = np.sign(chosen_by)
            print(
                f"| {what} | {names[best]} | {abs(chosen_by):.2f} | {sign * kept:.2f} "
                f"| {abs(by_chance):.2f} |"
            )
            if abs(kept) > abs(by_chance) + _CLEARLY and best not in drawn:
                figure = draw_coloured(
                    _drawn(text, spans[part], sign * cells[part, best]),
                    f"{what.capitalize()}, {sign * kept:.2f}",
                    f"{names[best]}; blue: above its median here, orange: below",
                    _WIDTH,
                )
                drawn[best] = png(figure)
        if output is not None and drawn:
            place = output / f"{source.info.name}-cells.png"
            place.write_bytes(tiled([*drawn.values()]))
            print(f"Wrote {place}")


def tiled(pictures: Sequence[bytes]) -> bytes:
    """Return pictures of one width as one, two beside each other, all PNG files.

    Args:
        pictures: the pictures, from the left to the right and downwards.
    """
    opened = [Image.open(io.BytesIO(one)).convert("RGB") for one in pictures]
    pairs = [opened[start : start + 2] for start in range(0, len(opened), 2)]
    heights = [max(one.height for one in pair) for pair in pairs]
    whole = Image.new("RGB", (len(pairs[0]) * opened[0].width, sum(heights)), "white")
    for y, pair in zip(accumulate(heights, initial=0), pairs, strict=False):
        for column, one in enumerate(pair):
            whole.paste(one, (column * one.width, y))
    content = io.BytesIO()
    whole.save(content, "PNG", optimize=True)
    return content.getvalue()


if __name__ == "__main__":
    app()
