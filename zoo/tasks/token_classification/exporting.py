"""How exported taggers are asked, checked and described."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from zoo.common.escape import quoted
from zoo.formats import Checkpoint
from zoo.interfaces import Compared, Exporting, WebPage
from zoo.tasks.token_classification.by_hand import example
from zoo.tasks.token_classification.emissions import features_of
from zoo.tasks.token_classification.examples import texts_of
from zoo.tasks.token_classification.graph import CHAIN
from zoo.tasks.token_classification.words import (
    ENDINGS,
    STARTERS,
    TITLES,
    WRAPPED,
    sentence_places,
)
from zoo.text.tagged import TaggedDataset
from zoo.text.tags import iobes_names
from zoo.text.word_features import document_pieces, padded_rows

__all__ = ["EXPORTING"]

# Documents of a data set that are compared, and how many of them at once.
_DOCUMENTS, _ROWS = 16, 4


class _Model:
    """What a Keras model says of the words of documents."""

    def __init__(self, model: Any) -> None:
        from keras import ops

        self._function = _functions(model)["model"]
        self._tensor, self._array = ops.convert_to_tensor, ops.convert_to_numpy

    def __call__(self, feed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        found = self._function(**{name: self._tensor(value) for name, value in feed.items()})
        return {name: np.asarray(self._array(value)) for name, value in found.items()}


class _Pipeline:
    """What a pipeline says of the words of documents."""

    def __init__(self, pipeline: Any) -> None:
        self._reader = pipeline.reader

    def __call__(self, feed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        chain = {name: getattr(self._reader.chain, name) for name in CHAIN}
        return {"emissions": self._reader.run(feed), **chain}


def _inputs(source: Checkpoint, data: TaggedDataset | None) -> Sequence[str]:
    """Return texts; of words that are cut already they are cut anew."""
    if data is None:
        return texts_of(source.info)
    return [
        "\n\n".join(" ".join(words) for words in document) for document in data.words[:_DOCUMENTS]
    ]


def _rows(source: Checkpoint, texts: Sequence[str]) -> list[dict[str, np.ndarray]]:
    """Return what is read of texts, as much as is read together."""
    features, most = features_of(source), source.preprocessor.document_length
    documents = [
        [[text[a:b] for a, b in sentence] for sentence in sentence_places(text)] for text in texts
    ]
    return [
        features.document([document[n][a:b] for n, a, b in piece.parts])
        for document in documents
        for piece in document_pieces([len(one) for one in document], most)[:1]
    ]


def _compare(
    source: Checkpoint, graphs: Mapping[str, Any], asked: Any, texts: Sequence[str]
) -> Iterator[Compared]:
    rows = _rows(source, texts)
    for start in range(0, len(rows), _ROWS):
        some = rows[start : start + _ROWS]
        lengths = np.array([len(row["token_ids"]) for row in some], np.int32)
        feed = padded_rows(some, int(lengths.max()))
        inside = feed.pop("padding_mask")[..., None]
        feed["lengths"] = lengths
        found, expected = graphs["model"](**feed), asked(feed)
        for name, value in expected.items():
            given = np.asarray(found[name])
            if name == "emissions":
                # A format of one size gives as many places as that has, the last of them padding.
                given, value = given[:, : value.shape[1]] * inside, value * inside
            else:
                given = given[: len(value)]  # one that takes row by row gives them as often
            # Scores are exact to so many digits.
            unit = np.maximum(1.0, np.abs(value))
            yield name, given / unit, value / unit


def _functions(model: Any) -> dict[str, Any]:
    from keras import ops

    from zoo.tasks.token_classification.keras_reader import chain_of

    def whole(
        token_ids: Any, letters: Any, shapes: Any, affixes: Any, groups: Any, lengths: Any
    ) -> dict[str, Any]:
        steps = ops.arange(ops.shape(token_ids)[1], dtype="int32")
        inside = ops.expand_dims(steps, 0) < ops.expand_dims(lengths, 1)
        # Whatever stands in the padding, it is no word of the document.
        inputs = {
            "token_ids": ops.where(inside, token_ids, 0),
            "letters": letters,
            "shapes": shapes,
            "affixes": affixes,
            "groups": ops.where(inside, groups, -1 - steps),
            "padding_mask": inside,
        }
        return {"emissions": model(inputs, training=False), **chain}

    scores = chain_of(model)
    chain = {name: ops.convert_to_tensor(getattr(scores, name), "float32") for name in CHAIN}
    return {"model": whole}


def _answers(model: Any, texts: Sequence[str]) -> list[Any]:
    """Return the probabilities of all tags of the words of texts, one after the other."""
    from zoo.tasks.token_classification.keras_reader import tagger_of

    cut = [sentence_places(text) for text in texts]
    words = [
        [text[a:b] for a, b in one] for text, found in zip(texts, cut, strict=True) for one in found
    ]
    return [np.concatenate(tagger_of(model).marginals(words))]


def _before(source: Checkpoint) -> str:
    return (
        "A text is cut into sentences and words. A document is a row of places: the words of its "
        f"sentences, and one with the id 2 after every sentence, at most "
        f"{source.preprocessor.document_length} of them. A word is looked up in "
        "`tokenizer.json` in lower case, with its digits as 0; its letters in "
        "`letter_tokenizer.json`, with 2 before the first and after the last, of more than 22 the "
        "first and the last 11; its first 2, 3 and 4 letters and its last, in lower case, as `^lo` "
        "and `$on`, in `affix_tokenizer.json`. What a vocabulary lacks is 1, what is not there 0. "
        "`shapes` is the number of its capitals, digits and marks, as `shape_of` of "
        "`zoo.text.word_features` counts them, and `groups` the first place of the document with "
        "the same word in lower case. The rows of a batch are padded at the end with 0, and "
        "`lengths` says how many places of each are its own."
    )


def _after(source: Checkpoint) -> str:
    return (
        "`emissions` are scores of the tags `O`, then `B-`, `I-`, `E-` and `S-` of the first label "
        "of `labels.json`, then of the second, and so on: that an entity of it begins, goes on, "
        "ends, or is this word alone. "
        "The tags of a sentence are the path of the highest sum of its emissions, "
        "of `transitions` from tag to tag, of `start` for its first and of `end` for its last; "
        "places of ends of sentences have no tag. What the scheme forbids has a very low score, so "
        "that `B-` and `I-` are followed by `I-` or `E-` of the same type alone."
    )


def _example(source: Checkpoint, names: Collection[str]) -> str:
    return (
        example(
            'Tokenizer.from_file(f"{name}.json").get_vocab()',
            "answer = model(**feed)",
        )
        + f"\nnames = {iobes_names(source.info.labels)}\nprint([names[tag] for tag in path])"
    )


def _settings(source: Checkpoint, texts: Sequence[str]) -> dict[str, Any]:
    return {
        "most": source.preprocessor.document_length,
        "names": iobes_names(source.info.labels),
        "cutting": {
            "titles": TITLES,
            "endings": ENDINGS,
            "starters": STARTERS,
            "wrapped": WRAPPED,
        },
        "empty": "The text holds no word; there are no names in it.",
        "examples": list(texts_of(source.info)),
    }


EXPORTING = Exporting(
    inputs=_inputs,
    model=_Model,
    pipeline=_Pipeline,
    compare=_compare,
    functions=_functions,
    answers=_answers,
    before=_before,
    after=_after,
    example=_example,
    raw=lambda source: f"print(model.tag_texts([{quoted(texts_of(source.info)[0])}]))",
    longest=lambda source: source.preprocessor.document_length,
    coarse=0.3,
    web=WebPage(
        graphs=("model",),
        scripts={"model.js": "tasks/token_classification/web.js"},
        settings=_settings,
    ),
)
