"""How exported encoder-decoders are asked, checked and described."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from zoo.common.escape import quoted
from zoo.formats import Checkpoint
from zoo.interfaces import Compared, Exporting, WebPage
from zoo.pairs.pipeline import BEAMS
from zoo.text.encoding import PAD, START, pad
from zoo.text.subwords import END

__all__ = ["pair_exporting"]

_TEXTS = 24
_STEPS = 12

_EXAMPLE = """\
tokenizer = Tokenizer.from_file("source_tokenizer.json")
tokenizer.encode_special_tokens = True  # "[PAD]" in a {noun} is text
{noun} = {text}
{read}
ids = np.array([[*ids[:{most}], 3]], np.int32)
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


def _compared(
    source: Checkpoint,
    graphs: Mapping[str, Any],
    asked: Any,
    sequences: Sequence[np.ndarray],
) -> Iterator[Compared]:
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


def _answers(model: Any, texts: Sequence[str]) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        # Of any text as the answer: how likely each is as that to the next.
        return [model.score(list(texts), [*texts[1:], texts[0]])]


def pair_exporting(
    *,
    noun: str,
    texts: Callable[[Checkpoint], Sequence[str]],
    encode: Callable[[Checkpoint, Sequence[str]], list[np.ndarray]],
    read: str,
    before: Callable[[Checkpoint], str],
    settings: Callable[[Checkpoint], Mapping[str, Any]],
    penalty: float,
    script: str,
    point: Callable[[Any], float],
) -> Exporting:
    """Return how exported encoder-decoders of a task are asked, checked and described.

    Args:
        noun: what a text is called.
        texts: returns texts for a checkpoint, where no data is at hand.
        encode: returns texts as token ids, the end token last.
        read: a line of Python that makes `ids` of such a text, with `tokenizer` at hand.
        before: what is done to a text before the network, in Markdown.
        settings: returns what a page must know to read a text, with `messages` among it.
        penalty: power of the length that answers are compared over.
        script: the JavaScript module of its page, a file of the package.
        point: as `Exporting` has it.
    """

    def inputs(source: Checkpoint, data: Any) -> Sequence[str]:
        return texts(source) if data is None else data.sources[:_TEXTS]

    def compare(
        source: Checkpoint, graphs: Mapping[str, Any], asked: Any, given: Sequence[str]
    ) -> Iterator[Compared]:
        return _compared(source, graphs, asked, encode(source, list(given)))

    def after(source: Checkpoint) -> str:
        return (
            "The decoder starts from the encoder's `state`, the start token 2 and zeros for `fed`, "
            "and is asked for one token after another: of `log_probabilities` the largest (greedy "
            f"search) or those of several beams at once (`zoo.pipeline` keeps {BEAMS}). The end "
            f"token 3 ends it, or its {source.preprocessor.target_length - 1} tokens. "
            "`tokenizer.json` turns the ids into text."
        )

    def example(source: Checkpoint, names: Collection[str]) -> str:
        spec = source.preprocessor
        return _EXAMPLE.format(
            noun=noun,
            text=quoted(texts(source)[0]),
            read=read,
            most=spec.source_length - 1,
            dim=source.backbone.embedding_dim,
            length=spec.target_length - 1,
        )

    def page(source: Checkpoint, given: Sequence[str]) -> dict[str, Any]:
        return {
            "reading": {"start": START, "end": END, **settings(source)},
            "fed": source.backbone.embedding_dim,
            "most": source.preprocessor.target_length - 1,
            "beams": BEAMS,
            "penalty": penalty,
            "examples": texts(source),
        }

    return Exporting(
        inputs=inputs,
        model=_Model,
        pipeline=_Pipeline,
        compare=compare,
        functions=_functions,
        answers=_answers,
        before=before,
        after=after,
        example=example,
        raw=lambda source: f"print(model.generate([{quoted(texts(source)[0])}]))",
        coarse=0.3,
        point=point,
        web=WebPage(
            graphs=("encoder", "decoder_step"),
            scripts={
                "model.js": script,
                "writer.js": "pairs/writer.js",
                "search.js": "pairs/web.js",
                "text.js": "text/web.js",
            },
            settings=page,
        ),
    )
