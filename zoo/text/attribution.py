"""Why a model answers as it does: what every token adds to a classifier's score."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from zoo.common.notebook import line
from zoo.errors import InputError, shown
from zoo.text.encoding import START, UNKNOWN, TextEncoder, check_texts

if TYPE_CHECKING:
    from zoo.interfaces import Model
    from zoo.pairs.alignment import Alignment
    from zoo.tasks.text_classification.model import SequenceTextClassifier
    from zoo.tasks.translation.model import BahdanauSeq2SeqLM

__all__ = ["METHODS", "Attribution", "encode_with_spans", "explain"]

METHODS = ("integrated_gradients", "gradient_x_input")
# Points on the path of integrated gradients: doubled from the first until the sum is right.
_FIRST_POINTS, _MOST_POINTS, _BATCH = 32, 1024, 32
# How far the attributions' sum may be from the difference of the scores, as a share of it.
_TOLERANCE = 0.005


@dataclass(frozen=True)
class Attribution:
    """What every token of a text adds to the score of a label.

    Attributes:
        text: the text.
        spans: where every token that was read stands in it: first character, and the one after
            the last.
        omitted: where the middle of a long text stands, which is not read; None of a short one.
        scores: float64 array of shape (tokens,): what each adds to the log-odds of the label.
        label: the label that is explained.
        probability: what the model gives it.
        log_odds: the logarithm of `probability / (1 - probability)`.
        baseline: the log-odds of the label for as many unknown words. Integrated gradients sum
            to `log_odds - baseline`.
        method: how the scores were computed.

    Example:
        >>> import zoo
        >>> attribution = zoo.explain(zoo.load("lstm-imdb"), "A moving film.")
        >>> attribution.tokens
        ['A', 'moving', 'film', '.']
    """

    text: str
    spans: list[tuple[int, int]]
    omitted: tuple[int, int] | None
    scores: np.ndarray
    label: str
    probability: float
    log_odds: float
    baseline: float
    method: str

    @property
    def tokens(self) -> list[str]:
        """The tokens as they stand in the text."""
        return [self.text[start:end] for start, end in self.spans]

    def __repr__(self) -> str:
        return line(
            self,
            self.text,
            label=self.label,
            probability=round(self.probability, 4),
            method=self.method,
            tokens=len(self.spans),
        )

    def _repr_html_(self) -> str:
        from zoo.text.attribution_views import attribution_fragment

        return attribution_fragment(self)


@overload
def explain(
    model: SequenceTextClassifier, text: str, *, method: str = ..., label: str | None = ...
) -> Attribution: ...


@overload
def explain(model: BahdanauSeq2SeqLM, text: str) -> Alignment: ...


@overload
def explain(model: Model, text: str, *, method: str = ..., label: str | None = ...) -> Any: ...


def explain(
    model: Any, text: str, *, method: str = "integrated_gradients", label: str | None = None
) -> Attribution | Alignment:
    """Return why a model answers as it does.

    For a text classifier that is what every token adds to the log-odds of a label: the gradient
    of the log-odds with respect to the tokens' vectors, integrated on the straight line from the
    vectors of unknown words, or times the vectors. For a translator it is where it looked.

    Args:
        model: a text classifier or a translator, from `zoo.load`.
        text: the text.
        method: `"integrated_gradients"`, whose sum is the difference between the text's log-odds
            and those of unknown words, or `"gradient_x_input"`, which is cheaper.
        label: the label to explain; by default the one that the model chooses.

    Returns:
        An `Attribution`, or the `Alignment` of a translator.

    Raises:
        InputError: the model is neither, there is no text or no word in it, or the method or the
            label does not exist.

    Example:
        >>> import zoo
        >>> zoo.explain(zoo.load("lstm-imdb"), "A moving film.").label
        'positive'

    Reference:
        [Sundararajan et al., 2017](https://arxiv.org/abs/1703.01365) (integrated gradients),
        [Shrikumar et al., 2017](https://arxiv.org/abs/1605.01713) (gradient times input)
    """
    if method not in METHODS:
        raise InputError(
            f"Expected a method out of {', '.join(map(repr, METHODS))}. Received: {shown(method)}"
        )
    if not isinstance(text, str | bytes):
        raise InputError(
            f"Expected one text, such as 'A moving film.'. Received: {type(text).__name__}"
        )
    (text,) = check_texts(text)
    task = getattr(model, "task", None)
    if task == "translation":
        if label is not None:
            raise InputError(f"Expected no label for a translator. Received: {shown(label)}")
        alignment: Alignment = model.attention([text])[0]
        return alignment
    if task != "text-classification" or model.preprocessor is None:
        raise InputError(
            "Expected a text classifier or a translator with its preprocessor, as zoo.load "
            f"returns them. Received: {type(model).__name__}"
        )
    return _attribute(model, text, method, label)


def _attribute(model: Any, text: str, method: str, label: str | None) -> Attribution:
    import keras
    from keras import ops

    from zoo.text.gradients import compiled_gradient

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
        scores = _integrate(gradient, start, end, log_odds - baseline)
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


def log_odds_of(logits: np.ndarray, index: int) -> float:
    """Return the log-odds of a class against all others.

    Args:
        logits: float array of shape (classes,).
        index: the class.

    Example:
        >>> log_odds_of(np.array([1.0, 3.0]), 1)
        2.0
    """
    others = np.delete(logits, index)
    return float(logits[index] - np.logaddexp.reduce(others))


def _integrate(
    gradient: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    end: np.ndarray,
    difference: float,
) -> np.ndarray:
    """Return integrated gradients, summed over the vectors' dimensions, shape (time,)."""
    points = _FIRST_POINTS
    while True:
        nodes, weights = np.polynomial.legendre.leggauss(points)
        places = ((nodes + 1) / 2).astype(np.float32)
        total = np.zeros(end.shape[1:], np.float64)
        for first in range(0, points, _BATCH):
            part = slice(first, first + _BATCH)
            path = start + places[part, None, None] * (end - start)
            total += np.einsum("p,ptf->tf", weights[part] / 2, gradient(path))
        scores: np.ndarray = (total * (end[0] - start[0])).sum(axis=-1)
        error = abs(scores.sum() - difference)
        # Scores are computed in float32: a difference of nothing cannot be met by a share of it.
        if error <= max(_TOLERANCE * abs(difference), 1e-4):
            return scores
        if points >= _MOST_POINTS:
            warnings.warn(
                f"The attributions sum to {scores.sum():.4f}, the difference of the log-odds is "
                f"{difference:.4f}: the score is not smooth enough for {points} points",
                stacklevel=4,
            )
            return scores
        points *= 2
