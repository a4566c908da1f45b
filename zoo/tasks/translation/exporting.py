"""How exported translators are asked, checked and described."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from zoo.common.escape import quoted
from zoo.datasets import dataset_named
from zoo.formats import Checkpoint
from zoo.interfaces import Compared, Exporting, WebPage
from zoo.pairs.examples import PairDataset
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.pairs.pipeline import BEAMS
from zoo.tasks.translation.examples import sentences_of
from zoo.tasks.translation.pipeline import LENGTH_PENALTY
from zoo.text.doubts import SHORT_SUBWORDS, SPLIT_WORDS, told_alone
from zoo.text.encoding import PAD, START, pad
from zoo.text.subwords import END, SubwordEncoder, parse_subword_tokenizer

__all__ = ["EXPORTING"]

_SENTENCES = 24
_STEPS = 12

_EXAMPLE = """\
tokenizer = Tokenizer.from_file("source_tokenizer.json")
tokenizer.encode_special_tokens = True  # "[PAD]" in a sentence is text
sentence = {sentence}
ids = np.array([[*tokenizer.encode(sentence).ids[:{most}], 3]], np.int32)
read = encoder(token_ids=ids, lengths=np.array([ids.shape[1]], np.int32))
fixed = {{"values": read["values"], "keys": read["keys"], "mask": ids != 0}}
token, state, fed, written = 2, read["state"], np.zeros((1, {dim}), np.float32), []
while token != 3 and len(written) < {length}:
    answer = decoder_step(token_ids=np.array([token], np.int32), state=state, fed=fed, **fixed)
    state, fed = answer["next_state"], answer["output"]
    token = int(np.asarray(answer["log_probabilities"]).argmax())
    written.append(token)
print(Tokenizer.from_file("tokenizer.json").decode(written).strip())"""


class _Model:
    """What a Keras model computes, step by step."""

    def __init__(self, model: Any) -> None:
        from keras import ops

        self._graphs = _functions(model)
        self._array = ops.convert_to_numpy

    def __call__(self, name: str, feed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        found = self._graphs[name](**feed)
        return {key: np.asarray(self._array(value)) for key, value in found.items()}


class _Pipeline:
    """What a pipeline computes, step by step."""

    def __init__(self, pipeline: Any) -> None:
        self._graphs = {"encoder": pipeline._encoder, "decoder_step": pipeline._step}

    def __call__(self, name: str, feed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        session = self._graphs[name]
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(names, dict(feed)), strict=True))


def _inputs(source: Checkpoint, data: PairDataset | None) -> Sequence[str]:
    if data is not None:
        return data.sources[:_SENTENCES]
    return _sentences(source)


def _sentences(source: Checkpoint) -> tuple[str, ...]:
    info = source.info
    return sentences_of(dataset_named(info.dataset.name) if info.dataset else None)


def _compare(
    source: Checkpoint, graphs: Mapping[str, Any], asked: Any, sentences: Sequence[str]
) -> Iterator[Compared]:
    tokenizer = parse_subword_tokenizer(
        source.assets[SOURCE_TOKENIZER], source.backbone.source_vocabulary_size
    )
    sequences = SubwordEncoder(tokenizer, source.preprocessor.source_length)(list(sentences))
    for start in range(0, len(sequences), 8):
        rows = sequences[start : start + 8]
        feed = {"token_ids": pad(rows), "lengths": np.array([len(ids) for ids in rows], np.int32)}
        found, expected = graphs["encoder"](**feed), asked("encoder", feed)
        inside = (feed["token_ids"] != PAD)[:, :, None]
        for name, value in expected.items():
            given = np.asarray(found[name])
            # What the encoder leaves in the padding is of no matter: the decoder's mask is there.
            if value.ndim == 3:
                given, value = given * inside, value * inside
            yield name, given, value
        fixed = {
            "values": np.asarray(found["values"]),
            "keys": np.asarray(found["keys"]),
            "mask": feed["token_ids"] != PAD,
        }
        state = np.asarray(found["state"])
        fed = np.zeros((len(rows), source.backbone.embedding_dim), np.float32)
        tokens = np.full(len(rows), START, np.int32)
        for _ in range(_STEPS):  # what is written goes on from what was found, as it is used
            feed = {"token_ids": tokens, "state": state, "fed": fed, **fixed}
            found, expected = graphs["decoder_step"](**feed), asked("decoder_step", feed)
            for name, value in expected.items():
                # Logarithms of what hardly can be are large, and exact to so many digits.
                unit = np.maximum(1.0, np.abs(value))
                yield name, np.asarray(found[name]) / unit, value / unit
            state, fed = np.asarray(found["next_state"]), np.asarray(found["output"])
            tokens = expected["log_probabilities"].argmax(axis=1).astype(np.int32)


def _functions(model: Any) -> dict[str, Any]:
    from keras import ops

    backbone = model.backbone

    def encoder(token_ids: Any, lengths: Any) -> dict[str, Any]:
        steps = ops.arange(ops.shape(token_ids)[1], dtype="int32")
        inside = ops.expand_dims(steps, 0) < ops.expand_dims(lengths, 1)
        values, state = backbone.encode(token_ids, inside)
        return {"values": values, "keys": backbone.decoder.attention.keys(values), "state": state}

    def decoder_step(
        token_ids: Any, state: Any, fed: Any, values: Any, keys: Any, mask: Any
    ) -> dict[str, Any]:
        state, output, weights = backbone.decode_step(token_ids, state, fed, values, keys, mask)
        logits = backbone.token_embedding(output, reverse=True)
        return {
            "log_probabilities": ops.log_softmax(logits, axis=-1),
            "next_state": state,
            "output": output,
            "weights": weights,
        }

    return {"encoder": encoder, "decoder_step": decoder_step}


def _answers(model: Any, sentences: Sequence[str]) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        # Of any sentence of the target: how likely each is as a translation of the next.
        return [model.score(list(sentences), [*sentences[1:], sentences[0]])]


def _before(source: Checkpoint) -> str:
    spec = source.preprocessor
    return (
        "`source_tokenizer.json`, read by the Hugging Face library `tokenizers`, turns a sentence "
        "into token ids, and the end token 3 follows them; set `encode_special_tokens`, or a "
        "sentence that spells a special token out becomes one. Of a sentence of more than "
        f"{spec.source_length} tokens the first {spec.source_length - 1} and the end token are "
        "kept. The rows of a batch are padded at the end with 0 to the longest, and `lengths` says "
        "how many tokens of each are its own."
    )


def _after(source: Checkpoint) -> str:
    return (
        "The decoder starts from the encoder's `state`, the start token 2 and zeros for `fed`, and "
        "is asked for one token after another: of `log_probabilities` the largest (greedy search) "
        "or those of several beams at once (`zoo.pipeline` keeps five). The end token 3 ends a "
        f"sentence, or its {source.preprocessor.target_length - 1} tokens. `tokenizer.json` turns "
        "the ids into text."
    )


def _example(source: Checkpoint, names: Collection[str]) -> str:
    spec = source.preprocessor
    return _EXAMPLE.format(
        sentence=quoted(_sentences(source)[0]),
        most=spec.source_length - 1,
        dim=source.backbone.embedding_dim,
        length=spec.target_length - 1,
    )


def _settings(source: Checkpoint, sentences: Sequence[str]) -> dict[str, Any]:
    spec = source.preprocessor
    kinds = ("empty sentence", "long sentence", "strange words", "lost number")
    messages = told_alone(spec.source_length, *kinds)
    return {
        "sentences": {
            "start": START,
            "end": END,
            "length": spec.source_length,
            "short": SHORT_SUBWORDS,
            "split": SPLIT_WORDS,
            "messages": messages,
        },
        "fed": source.backbone.embedding_dim,
        "most": spec.target_length - 1,
        "beams": BEAMS,
        "penalty": LENGTH_PENALTY,
        "examples": _sentences(source),
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
    raw=lambda source: f"print(model.generate([{quoted(_sentences(source)[0])}]))",
    coarse=0.3,
    point=lambda source: 1.0,
    web=WebPage(
        graphs=("encoder", "decoder_step"),
        scripts={
            "model.js": "tasks/translation/web.js",
            "search.js": "pairs/web.js",
            "text.js": "text/web.js",
        },
        settings=_settings,
    ),
)
