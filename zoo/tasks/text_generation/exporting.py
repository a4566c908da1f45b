"""How exported language models are asked, checked and described."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from zoo.common.escape import quoted
from zoo.formats import Checkpoint
from zoo.interfaces import Compared, Exporting, WebPage
from zoo.networks.recurrent.graph import state_size
from zoo.tasks.text_generation.examples import JOINED, prompts_of
from zoo.tasks.text_generation.reading import reader
from zoo.text.corpora import TextCorpus
from zoo.text.language import END, UNKNOWN, encoder_of

__all__ = ["EXPORTING"]

# Texts that are compared, by their characters, and the ends of the pieces in which they are read.
_TEXTS, _CHARACTERS = 12, 600
_PIECES = (1, 3, 40, 120)
_TOKENS = {
    "words": "one for what stands between white space, and 2 for the end of a line",
    "characters": "one for every character, 2 for a line feed",
}
# What a page and the examples write, at most, and how.
_MOST, _TEMPERATURE, _TOP_K = {"words": 60, "characters": 300}, 0.8, 40

_EXAMPLE = """\
tokenizer = Tokenizer.from_file("tokenizer.json")
tokenizer.encode_special_tokens = True  # "[PAD]" in a text is text
fed, written = [2, *tokenizer.encode({prompt}).ids], []  # the end of a line before the text
state = np.zeros((1, {size}), np.float32)
random = np.random.default_rng(1)
while len(written) < {most}:
    answer = model(token_ids=np.array([fed], np.int32), state=state)
    state = np.asarray(answer["next_state"])
    scores = np.asarray(answer["log_probabilities"])[0, -1].astype(np.float64)
    shares = np.exp(scores / {temperature})
    # Neither padding nor what is unknown, nor what no token stands for.
    shares[:2] = shares[tokenizer.get_vocab_size() :] = 0
    fed = [int(random.choice(len(shares), p=shares / shares.sum()))]
    written += fed
print({joined})"""


class _Model:
    """What a Keras model computes."""

    def __init__(self, model: Any) -> None:
        from keras import ops

        self._read = reader(model)
        self._array = ops.convert_to_numpy

    def __call__(self, token_ids: np.ndarray, state: np.ndarray) -> dict[str, np.ndarray]:
        found = self._read(token_ids=token_ids, state=state)
        return {name: np.asarray(self._array(value)) for name, value in found.items()}


class _Pipeline:
    """What a pipeline computes."""

    def __init__(self, pipeline: Any) -> None:
        self._read = pipeline.read

    def __call__(self, token_ids: np.ndarray, state: np.ndarray) -> dict[str, np.ndarray]:
        scores, after = self._read(token_ids, state)
        return {"log_probabilities": scores, "next_state": after}


def _prompts(source: Checkpoint) -> tuple[str, ...]:
    return prompts_of(source.info, source.preprocessor.unit)


def _inputs(source: Checkpoint, data: TextCorpus | None) -> Sequence[str]:
    if data is None:
        return _prompts(source)
    pieces = (
        text[start : start + _CHARACTERS]
        for text in data.texts
        for start in range(0, len(text), _CHARACTERS)
    )
    return [piece for piece, _ in zip(pieces, range(_TEXTS), strict=False)]


def _compare(
    source: Checkpoint, graphs: Mapping[str, Any], asked: Any, texts: Sequence[str]
) -> Iterator[Compared]:
    size, encode = state_size(source.backbone), encoder_of(source).encode
    rows = [np.concatenate([[END], encode(text)]).astype(np.int32) for text in texts]
    shortest = min(map(len, rows))
    # Each alone, and all of them side by side as far as they go.
    for token_ids in (*(row[None] for row in rows), np.stack([row[:shortest] for row in rows])):
        state, start = np.zeros((len(token_ids), size), np.float32), 0
        for end in sorted({min(end, token_ids.shape[1]) for end in _PIECES}):
            piece = np.ascontiguousarray(token_ids[:, start:end])
            found, expected = graphs["model"](token_ids=piece, state=state), asked(piece, state)
            for name, value in expected.items():
                # Logarithms of what hardly can be are large, and exact to so many digits.
                unit = np.maximum(1.0, np.abs(value))
                yield name, np.asarray(found[name]) / unit, value / unit
            # What follows goes on from what was found, as it is used.
            state, start = np.asarray(found["next_state"]), end


def _answers(model: Any, texts: Sequence[str]) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of words that it does not know
        found = [model.log_likelihood(text) for text in texts]
    # Of a token, for texts of any length; of a single character none counts.
    return [np.array([nats / max(1, tokens) for nats, tokens in found])]


def _before(source: Checkpoint) -> str:
    return (
        "`tokenizer.json`, read by the Hugging Face library `tokenizers`, turns a text into token "
        f"ids: {_TOKENS[source.preprocessor.unit]}; what it does not know is 1. Set "
        "`encode_special_tokens`, or a text that spells a special token out becomes one. A text "
        "follows the end of a line: 2 stands before its first token. It may be of any length, and "
        "is read at once or piece by piece: `state` is zeros before it, and `next_state` of a "
        "piece is `state` of the piece that follows. The rows of a batch have as many tokens "
        "each, none of them padding."
    )


def _after(source: Checkpoint) -> str:
    return (
        "`log_probabilities` that stand at a token are those of the token that follows it. To "
        "score a text, take at every token that of the next one. To go on with it, choose the next "
        "token by those at its last one, the largest or one drawn by its probability, and give it "
        "back with `next_state`; 0 and 1, which are padding and what is unknown, are not to be "
        "written. No token ends a text."
    )


def _example(source: Checkpoint, names: Collection[str]) -> str:
    unit = source.preprocessor.unit
    return _EXAMPLE.format(
        prompt=quoted(_prompts(source)[0]),
        size=state_size(source.backbone),
        most=_MOST[unit],
        temperature=_TEMPERATURE,
        joined=JOINED[unit],
    )


def _settings(source: Checkpoint, texts: Sequence[str]) -> dict[str, Any]:
    spec = source.preprocessor
    return {
        "running": {
            "unit": spec.unit,
            "lowercase": spec.lowercase,
            "unknown": UNKNOWN,
            "end": END,
        },
        "size": state_size(source.backbone),
        "temperature": _TEMPERATURE,
        "top_k": _TOP_K,
        "count": _MOST[spec.unit],
        "seed": 1,
        "examples": _prompts(source),
    }


EXPORTING = Exporting(
    inputs=_inputs,
    model=_Model,
    pipeline=_Pipeline,
    compare=_compare,
    functions=lambda model: {"model": reader(model)},
    answers=_answers,
    before=_before,
    after=_after,
    example=_example,
    raw=lambda source: f"print(model.generate([{quoted(_prompts(source)[0])}], max_length=40)[0])",
    coarse=0.3,
    # A hundredth of a nat of a character is as much as a point of a perplexity.
    point=lambda source: -1.0 if source.preprocessor.unit == "words" else -0.01,
    web=WebPage(
        graphs=("model",),
        scripts={"model.js": "tasks/text_generation/web.js", "text.js": "text/web.js"},
        settings=_settings,
    ),
)
