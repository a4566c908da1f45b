"""Why a classifier of texts answers as it does: what every token adds to its score."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.errors import InputError, shown
from zoo.insight.integrated import integrated, log_odds_of
from zoo.text.attribution import Attribution
from zoo.text.encoding import START, UNKNOWN, TextEncoder, check_text

__all__ = ["METHODS", "encode_with_spans", "explain"]

METHODS = ("integrated_gradients", "gradient_x_input")


def explain(
    model: Any, text: str, *, method: str = "integrated_gradients", label: str | None = None
) -> Attribution:
    """Return what every token adds to the log-odds of a label.

    That is the gradient of the log-odds with respect to the tokens' vectors, integrated on the
    straight line from the vectors of unknown words, or times the vectors.

    Args:
        model: a text classifier.
        text: the text.
        method: `"integrated_gradients"` or `"gradient_x_input"`.
        label: the label to explain; by default the one that the model chooses.

    Raises:
        InputError: there is no text or no word in it, the method or the label does not exist, or
            the model has no preprocessor.

    Reference:
        [Sundararajan et al., 2017](https://arxiv.org/abs/1703.01365) (integrated gradients),
        [Shrikumar et al., 2017](https://arxiv.org/abs/1605.01713) (gradient times input)
    """
    if method not in METHODS:
        raise InputError(
            f"Expected a method out of {', '.join(map(repr, METHODS))}. Received: {shown(method)}"
        )
    text = check_text(text)
    if getattr(model, "preprocessor", None) is None or not hasattr(model, "info"):
        raise InputError(
            "Expected a text classifier with its preprocessor and labels, as zoo.load returns "
            "it. "
            f"Received: {type(model).__name__}"
        )
    return _attribute(model, text, method, label)


def _attribute(model: Any, text: str, method: str, label: str | None) -> Attribution:
    import keras
    from keras import ops

    from zoo.insight.derivative import compiled_gradient

    ids, spans, omitted = encode_with_spans(TextEncoder.of(model.preprocessor), text)
    labels = model.info.labels
    if label is not None and label not in labels:
        raise InputError(
            f"Expected a label out of {shown(list(labels), 200)}. Received: {shown(label)}"
        )
    backbone = model.backbone
    embed = keras.Model(backbone.input["token_ids"], backbone.embedded)
    body = keras.Model([backbone.embedded, backbone.input["padding_mask"]], backbone.output)

    def embedded(token_ids: np.ndarray) -> np.ndarray:
        vectors = embed(ops.convert_to_tensor(token_ids[None]), training=False)
        return np.asarray(ops.convert_to_numpy(vectors), np.float32)

    def logits(x: Any) -> Any:
        inside = ops.ones(ops.shape(x)[:2], dtype="bool")
        states = body([x, inside], training=False)
        return model.logits(model.pooler(states, inside))

    end = embedded(ids)
    start = embedded(np.where(ids == START, START, UNKNOWN).astype(np.int32))
    both = np.asarray(
        ops.convert_to_numpy(logits(ops.convert_to_tensor(np.concatenate([end, start])))),
        np.float64,
    )
    index = int(both[0].argmax()) if label is None else labels.index(label)
    log_odds, baseline = (log_odds_of(row, index) for row in both)

    def score(x: Any) -> Any:
        values = logits(x)
        others = ops.concatenate([values[:, :index], values[:, index + 1 :]], axis=1)
        return ops.sum(values[:, index] - ops.logsumexp(others, axis=1))

    compiled = compiled_gradient(score, model.weights)

    def gradient(x: np.ndarray) -> np.ndarray:
        result = compiled(ops.convert_to_tensor(x))
        return np.asarray(ops.convert_to_numpy(result), np.float64)

    if method == "gradient_x_input":
        scores = (gradient(end)[0] * end[0]).sum(axis=-1)
    else:
        scores = integrated(gradient, start, end, log_odds - baseline).sum(axis=-1)
    return Attribution(
        text=text,
        spans=spans,
        omitted=omitted,
        scores=scores[ids != START],
        label=labels[index],
        probability=float(1 / (1 + np.exp(-log_odds))),
        log_odds=log_odds,
        baseline=baseline,
        method=method,
        unit=model.preprocessor.unit,
    )


def encode_with_spans(
    encode: TextEncoder, text: str
) -> tuple[np.ndarray, list[tuple[int, int]], tuple[int, int] | None]:
    """Return the ids that the network reads, where they stand in the text, and what it skips.

    Args:
        encode: what turns texts into token ids.
        text: the text.

    Returns:
        int32 ids, the start token first; first character and the one after the last of every
        other token; the same of what is left out of a long text, or None.

    Raises:
        InputError: there is no word in the text.
    """
    ids, spans, omitted = encode.with_spans(text)
    if not (ids != START).any():
        raise InputError(
            "Expected a text with at least one word, such as 'A moving film.'. "
            f"Received: {shown(text)}"
        )
    return ids, spans, omitted
