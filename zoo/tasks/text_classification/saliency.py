"""Integrated gradients of the same texts again and again, while a network is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.insight.derivative import compiled_gradient
from zoo.insight.integrated import log_odds_of
from zoo.tasks.text_classification.attribution import encode_with_spans
from zoo.text.attribution import Attribution
from zoo.text.encoding import PAD, START, UNKNOWN, TextEncoder, pad

__all__ = ["Saliency"]

# Points on the path, where `zoo.explain` takes as many as its tolerance asks for.
_POINTS = 16


class Saliency:
    """Computes what `zoo.explain` does of all texts at once, compiled once.

    Args:
        model: a text classifier.
        encode: what turns texts into token ids.
        texts: the texts.

    Call with the names of the classes for the attributions of the label that the model chooses,
    of the weights as they are.

    Reference:
        [Sundararajan et al., 2017](https://arxiv.org/abs/1703.01365)
    """

    def __init__(self, model: Any, encode: TextEncoder, texts: Sequence[str]) -> None:
        import keras
        from keras import ops

        self.texts = list(texts)
        self.encoded = [encode_with_spans(encode, text) for text in texts]
        backbone = model.backbone
        self._embed = keras.Model(backbone.input["token_ids"], backbone.embedded)
        body = keras.Model([backbone.embedded, backbone.input["padding_mask"]], backbone.output)
        self.token_ids = pad([ids for ids, _, _ in self.encoded])

        def logits(x: Any, inside: Any) -> Any:
            return model.logits(model.pooler(body([x, inside], training=False), inside))

        def log_odds(x: Any, inside: Any, chosen: Any) -> Any:
            values = logits(x, inside)
            own = ops.sum(values * chosen, axis=-1)
            return ops.sum(own - ops.logsumexp(values - 1e9 * chosen, axis=-1))

        self._logits = logits
        self._gradient = compiled_gradient(log_odds, model.weights)

    def __call__(self, labels: Sequence[str]) -> list[Attribution]:
        from keras import ops

        ids, count = self.token_ids, len(self.texts)
        unknown = np.where((ids == START) | (ids == PAD), ids, UNKNOWN).astype(np.int32)
        start, end = (
            np.asarray(
                ops.convert_to_numpy(self._embed(ops.convert_to_tensor(part), training=False)),
                np.float32,
            )
            for part in (unknown, ids)
        )
        inside = ops.convert_to_tensor(np.concatenate([ids, ids]) != PAD)
        values = ops.convert_to_numpy(
            self._logits(ops.convert_to_tensor(np.concatenate([end, start])), inside)
        )
        values = np.asarray(values, np.float64)
        chosen = values[:count].argmax(axis=1)
        odds = [log_odds_of(*pair) for pair in zip(values, np.tile(chosen, 2), strict=True)]
        nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
        places = ((nodes + 1) / 2).astype(np.float32)
        path = start + places[:, None, None, None] * (end - start)
        rows = (_POINTS * count, *end.shape[1:])
        one_hot = np.eye(len(labels), dtype=np.float32)[chosen]
        gradient = self._gradient(
            ops.convert_to_tensor(path.reshape(rows)),
            ops.convert_to_tensor(np.tile(ids != PAD, (_POINTS, 1))),
            ops.convert_to_tensor(np.tile(one_hot, (_POINTS, 1))),
        )
        gradient = np.asarray(ops.convert_to_numpy(gradient), np.float64).reshape(path.shape)
        mean = np.einsum("p,pbtf->btf", weights / 2, gradient)
        scores = (mean * (end - start)).sum(axis=-1)
        return [
            Attribution(
                text=text,
                spans=spans,
                omitted=omitted,
                scores=scores[row, : len(own)][own != START],
                label=labels[chosen[row]],
                probability=float(1 / (1 + np.exp(-odds[row]))),
                log_odds=odds[row],
                baseline=odds[count + row],
                method="integrated_gradients",
            )
            for row, (text, (own, spans, omitted)) in enumerate(
                zip(self.texts, self.encoded, strict=True)
            )
        ]
