"""How exported classifiers of texts are asked, checked and described."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from zoo.common.escape import quoted
from zoo.datasets import dataset_named
from zoo.formats import Checkpoint
from zoo.graphs.pooling import pooled_sizes
from zoo.interfaces import Compared, Exporting, WebPage
from zoo.networks.recurrent.graph import state_sizes
from zoo.networks.recurrent.spec import NgramRecurrentBackboneSpec, RecurrentBackboneSpec
from zoo.tasks.text_classification.board import texts_of
from zoo.tasks.text_classification.pooling_graph import state_size
from zoo.text.doubts import UNKNOWN_CHARACTERS, UNKNOWN_WORDS, told_alone
from zoo.text.encoding import START, UNKNOWN, TextEncoder, pad, parse_tokenizer
from zoo.text.examples import TextDataset

__all__ = ["EXPORTING"]

# Texts of a data set that are compared, and the ends of the pieces in which a stream reads them.
_TEXTS = 48
_PIECES = (1, 4, 24)

_EXAMPLE = """\
tokenizer = Tokenizer.from_file("tokenizer.json")
tokenizer.encode_special_tokens = True  # "[PAD]" in a text is text
texts = [{texts}]
rows = [tokenizer.encode(text).ids for text in texts]
rows = [ids if len(ids) <= {most} else {cut} for ids in rows]
lengths = np.array([len(ids) for ids in rows], np.int32)
token_ids = np.zeros((len(rows), lengths.max()), np.int32)
for row, ids in zip(token_ids, rows):
    row[: len(ids)] = ids
probabilities = model(token_ids=token_ids, lengths=lengths)["probabilities"]
labels = json.loads(Path("labels.json").read_text("utf-8"))
for text, row in zip(texts, np.asarray(probabilities)):
    print(labels[row.argmax()], row.max(), text)"""

_STREAM = """

# The same {unit} by {unit}, as {unit}s come in: the state goes from step to step.
state = np.zeros((1, {size}), np.float32)
for token in rows[0]:
    answer = stream(token_ids=np.array([[token]], np.int32), state=state)
    state = np.asarray(answer["next_state"])
print(np.asarray(answer["probabilities"]))"""


class _Model:
    """What a Keras model answers."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def of_texts(self, texts: Sequence[str]) -> np.ndarray:
        return _answers(self._model, texts)[0]

    def of_ids(self, token_ids: np.ndarray) -> np.ndarray:
        inputs = {"token_ids": token_ids, "padding_mask": np.ones(token_ids.shape, bool)}
        return np.asarray(self._model(inputs, training=False))


class _Pipeline:
    """What a pipeline answers."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    def of_texts(self, texts: Sequence[str]) -> np.ndarray:
        probabilities: np.ndarray = self._pipeline.score(texts)[0]
        return probabilities

    def of_ids(self, token_ids: np.ndarray) -> np.ndarray:
        probabilities: np.ndarray = self._pipeline.score_ids(list(token_ids))
        return probabilities


def _inputs(source: Checkpoint, data: TextDataset | None) -> Sequence[str]:
    if data is not None:
        return data.texts[:_TEXTS]
    info = source.info
    return texts_of(info, dataset_named(info.dataset.name) if info.dataset else None)


def _compare(
    source: Checkpoint, graphs: Mapping[str, Any], asked: Any, texts: Sequence[str]
) -> Iterator[Compared]:
    tokenizer = parse_tokenizer(source.tokenizer, source.backbone.vocabulary_size)
    lengths = source.preprocessor.head_length, source.preprocessor.tail_length
    sequences = TextEncoder(tokenizer, *lengths)(texts)
    expected = asked.of_texts(texts)
    for start in range(0, len(texts), 8):
        rows = sequences[start : start + 8]
        found = graphs["model"](
            token_ids=pad(rows), lengths=np.array([len(ids) for ids in rows], np.int32)
        )
        yield "probabilities", found["probabilities"], expected[start : start + 8]
    if "stream" in graphs:
        token_ids = pad([ids for ids in sequences if len(ids) >= min(map(len, sequences))][:8])
        token_ids = token_ids[:, : min(max(_PIECES), *(len(ids) for ids in sequences[:8]))]
        size = _state_size(source)
        state, start = np.zeros((len(token_ids), size), np.float32), 0
        for end in sorted({min(end, token_ids.shape[1]) for end in _PIECES}):
            piece = np.ascontiguousarray(token_ids[:, start:end])
            found = graphs["stream"](token_ids=piece, state=state)
            yield "probabilities so far", found["probabilities"], asked.of_ids(token_ids[:, :end])
            state, start = np.asarray(found["next_state"]), end


def _state_size(source: Checkpoint) -> int:
    return state_size(source.backbone, source.head.pooling)


def _functions(model: Any) -> dict[str, Any]:
    from keras import ops

    def whole(token_ids: Any, lengths: Any) -> dict[str, Any]:
        steps = ops.arange(ops.shape(token_ids)[1], dtype="int32")
        inside = ops.expand_dims(steps, 0) < ops.expand_dims(lengths, 1)
        inputs = {"token_ids": token_ids, "padding_mask": inside}
        return {"probabilities": model(inputs, training=False)}

    spec = model.backbone.spec
    # The rows of n-grams that end before a piece are no input of Keras' layer.
    ngrams = isinstance(spec, NgramRecurrentBackboneSpec)
    if not isinstance(spec, RecurrentBackboneSpec) or spec.bidirectional or ngrams:
        return {"model": whole}
    return {"model": whole, "stream": _stream(model)}


def _stream(model: Any) -> Any:
    """Return what reads a piece of every text and goes on from a state, as the graph of a stream.

    The state's parts stand in the order of `zoo.tasks.text_classification.pooling_graph`.
    """
    from keras import ops

    backbone, spec, pooling = model.backbone, model.backbone.spec, model.spec.pooling
    sizes = pooled_sizes(pooling, spec.features)

    def stream(token_ids: Any, state: Any) -> dict[str, Any]:
        parts, after, start = [], [], 0
        for size in [size for layer in state_sizes(spec) for size in layer] + [*sizes.values()]:
            parts.append(state[:, start : start + size])
            start += size
        embedded = sequence = backbone.token_embedding(token_ids)
        for index, layer in enumerate(state_sizes(spec)):
            first, parts = parts[: len(layer)], parts[len(layer) :]
            recurrent = backbone.get_layer(f"recurrent_{index}")
            _, sequence, last = recurrent.inner_loop(sequence, first, None, training=False)
            after += last
        if spec.skip:
            sequence = ops.concatenate([sequence, embedded], axis=-1)
        before, kinds = dict(zip(sizes, parts, strict=True)), {}
        if "count" in before:
            steps = ops.ones_like(before["count"]) * ops.cast(ops.shape(sequence)[1], "float32")
            kinds["count"] = before["count"] + steps
        if "sum" in before:
            kinds["sum"] = before["sum"] + ops.sum(sequence, axis=1)
            kinds["mean"] = kinds["sum"] / kinds["count"]
            kinds["sqrtn"] = kinds["sum"] / ops.sqrt(kinds["count"])
        if "max" in before:
            highest = ops.max(sequence, axis=1)
            earlier = ops.maximum(before["max"], highest)
            kinds["max"] = ops.where(before["count"] > 0, earlier, highest)
        if "last" in before:
            kinds["last"] = sequence[:, -1]
        pooled = ops.concatenate([kinds[kind] for kind in pooling], axis=-1)
        after += [kinds[name] for name in sizes]
        return {
            "probabilities": model.softmax(model.logits(pooled)),
            "next_state": ops.concatenate(after, axis=-1),
        }

    return stream


def _answers(model: Any, texts: Sequence[str]) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of texts that are long, or strange to it
        return [model.predict(list(texts), verbose=0)]


def _before(source: Checkpoint) -> str:
    spec = source.preprocessor
    most = spec.head_length + spec.tail_length
    kept = f"its first {spec.head_length}"
    kept += f" and its last {spec.tail_length}" if spec.tail_length else ""
    return (
        "`tokenizer.json`, read by the Hugging Face library `tokenizers`, turns a text into token "
        f"ids, the start token 2 first; {spec.unit} that are not in it are 1. Set "
        "`encode_special_tokens`, or a text that spells a special token out becomes one. Of a text "
        f"of more than {most} tokens {kept} are kept. The rows of a batch are padded at the end "
        "with 0 to the longest, and `lengths` says how many tokens of each are its own."
    )


def _after(source: Checkpoint) -> str:
    return (
        "None: `probabilities` sum to 1. Their order is that of `labels.json`; the largest is "
        "the answer."
    )


def _example(source: Checkpoint, names: Collection[str]) -> str:
    spec, info = source.preprocessor, source.info
    dataset = dataset_named(info.dataset.name) if info.dataset else None
    tail = f" + ids[-{spec.tail_length}:]" if spec.tail_length else ""
    code = _EXAMPLE.format(
        texts=", ".join(map(quoted, texts_of(info, dataset)[:2])),
        most=spec.head_length + spec.tail_length,
        cut=f"ids[:{spec.head_length}]{tail}",
    )
    if "stream" in names:
        code += _STREAM.format(size=_state_size(source), unit=spec.unit[:-1])
    return code


def _raw(source: Checkpoint) -> str:
    info = source.info
    dataset = dataset_named(info.dataset.name) if info.dataset else None
    texts = ", ".join(map(quoted, texts_of(info, dataset)[:2]))
    return f"probabilities = model.predict([{texts}], verbose=0)\nprint(probabilities)"


def _settings(source: Checkpoint, texts: Sequence[str]) -> dict[str, Any]:
    spec, info = source.preprocessor, source.info
    limit = spec.head_length + spec.tail_length - 1
    strange = f"unknown {spec.unit}"
    cut = "long text" if spec.tail_length else "cut text"
    messages = told_alone(limit, "empty text", strange, cut)
    return {
        "words": {
            "start": START,
            "unknown": UNKNOWN,
            "head": spec.head_length,
            "tail": spec.tail_length,
            "unit": spec.unit[:-1],
            "share": UNKNOWN_CHARACTERS if spec.unit == "characters" else UNKNOWN_WORDS,
            "messages": {
                "empty text": messages["empty text"],
                "unknown words": messages[strange],
                "long text": messages[cut],
            },
        },
        "examples": texts_of(info, dataset_named(info.dataset.name) if info.dataset else None),
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
    raw=_raw,
    longest=lambda source: source.preprocessor.head_length + source.preprocessor.tail_length,
    web=WebPage(
        graphs=("model",),
        scripts={
            "model.js": "tasks/text_classification/web.js",
            "classes.js": "classes/web.js",
            "text.js": "text/web.js",
        },
        settings=_settings,
    ),
)
