"""How far back in time a network's gradient reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.common.counts import whole
from zoo.common.figures import png
from zoo.common.optional import tells_what_is_missing
from zoo.errors import InputError, shown
from zoo.files import output_path, write_atomically
from zoo.insight.derivative import compiled_gradient, gradient_of
from zoo.text.encoding import PAD, TextEncoder, check_texts, pad

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zoo.interfaces import Model
    from zoo.text.backbone import TextBackbone

__all__ = [
    "GradientFlow",
    "draw_gradient_flow",
    "gradient_flow",
    "gradient_norms",
    "plot_gradient_flow",
]


@tells_what_is_missing
def gradient_flow(
    model: Model,
    texts: str | Sequence[str] | np.ndarray,
    *,
    distance: int = 200,
    probes: int = 8,
    seed: int = 0,
) -> np.ndarray:
    """Measure how strongly the last state depends on each of the words before it.

    For every text the derivative of the backbone's last state with respect to the embedded word
    `d` steps earlier is taken, and its Frobenius norm estimated with random directions. Where the
    norms fall off exponentially the gradient vanishes and the network cannot learn from words
    that far back; where they grow it explodes.

    Args:
        model: a text classifier of the zoo; of a bidirectional one the side that reads forwards
            is what reaches back.
        texts: a text, or a list or array of texts; long ones show more.
        distance: largest distance, in words.
        probes: random directions; more make the norms smoother, and as many as the state has
            numbers make them exact.
        seed: seed of the directions.

    Returns:
        float64 array of shape (texts, distance + 1): the norm at every distance from 0, NaN where
        a text has no word.

    Raises:
        InputError: there is no text, something is not a text, or `distance` or `probes` is less
            than 1.

    Example:
        >>> import zoo
        >>> flow = zoo.gradient_flow(zoo.load("lstm-imdb"), ["A moving film."], distance=4)
        >>> flow.shape
        (1, 5)

    Reference:
        [Bengio et al., 1994](https://doi.org/10.1109/72.279181),
        [Pascanu et al., 2013](https://arxiv.org/abs/1211.5063)
    """
    for name, value in (("distance", distance), ("probes", probes)):
        if (whole(value) or 0) < 1:
            raise InputError(f"Expected {name} of at least 1. Received: {shown(value)}")
    preprocessor = getattr(model, "preprocessor", None)
    if preprocessor is None and hasattr(model, "backbone"):
        raise InputError(
            "Expected a model with its preprocessor, as zoo.load returns it. Received: one without"
        )
    if not hasattr(preprocessor, "encoder") or not hasattr(model, "backbone"):
        raise InputError(
            "Expected a model that reads the words of one text, as zoo.load('lstm-imdb') returns "
            f"it. Received: {type(model).__name__}"
        )
    sequences = TextEncoder.of(preprocessor)(check_texts(texts))
    return gradient_norms(model.backbone, sequences, distance, probes, seed)


def gradient_norms(
    backbone: TextBackbone,
    sequences: Sequence[np.ndarray],
    distance: int,
    probes: int = 8,
    seed: int = 0,
) -> np.ndarray:
    """Do what `gradient_flow` does for a backbone and token ids.

    Args:
        backbone: a backbone of the zoo.
        sequences: token ids of the texts.
        distance: largest distance, in words.
        probes: random directions.
        seed: seed of the directions.

    Returns:
        float64 array of shape (texts, distance + 1).
    """
    generator = np.random.default_rng(seed)
    return np.concatenate(
        [GradientFlow(backbone, [ids], distance, probes, generator)() for ids in sequences]
    )


class GradientFlow:
    """Measures what `gradient_norms` does again and again, while the backbone is trained.

    Args:
        backbone: a backbone of the zoo.
        sequences: token ids of the texts, which are computed at once.
        distance: largest distance, in words.
        probes: random directions.
        generator: of the directions.
        compiled: whether the gradient is compiled: it takes a while once, and is fast then.

    Call for an array of shape (texts, distance + 1), of the weights as they are.
    """

    def __init__(
        self,
        backbone: Any,
        sequences: Sequence[np.ndarray],
        distance: int,
        probes: int,
        generator: np.random.Generator,
        compiled: bool = False,
    ) -> None:
        import keras
        from keras import ops

        features = backbone.output.shape[-1]
        if probes >= features:
            probes, chosen = (
                features,
                np.tile(np.sqrt(features) * np.eye(features), (len(sequences), 1)),
            )
        else:
            # For directions of independent signs the mean square of the products is, in
            # expectation, the squared norm.
            chosen = generator.choice([-1.0, 1.0], (len(sequences) * probes, features))
        self.lengths = [len(ids) for ids in sequences]
        self.distance, self.probes = distance, probes
        token_ids = pad([ids for ids in sequences for _ in range(probes)])
        self.token_ids = ops.convert_to_tensor(token_ids)
        inputs = backbone.input
        self.embed = keras.Model(inputs["token_ids"], backbone.embedded)
        body = keras.Model([backbone.embedded, inputs["padding_mask"]], backbone.output)
        padding_mask = ops.convert_to_tensor(token_ids != PAD)
        last = np.repeat(self.lengths, probes)[:, None, None] - 1
        last = np.broadcast_to(last, (len(token_ids), 1, features)).astype(np.int32)

        def last_state(x: Any) -> Any:
            states = body([x, padding_mask], training=False)
            ends = ops.take_along_axis(states, ops.convert_to_tensor(last), axis=1)[:, 0]
            return ops.sum(ends * ops.cast(ops.convert_to_tensor(chosen), ends.dtype))

        self.gradient = (
            compiled_gradient(last_state, backbone.weights)
            if compiled
            else lambda x: gradient_of(last_state, x)
        )

    def __call__(self) -> np.ndarray:
        from keras import ops

        embedded = ops.convert_to_numpy(self.embed(self.token_ids, training=False))
        gradient = self.gradient(ops.convert_to_tensor(embedded))
        squares = np.sum(np.asarray(ops.convert_to_numpy(gradient), np.float64) ** 2, axis=2)
        rows = np.full((len(self.lengths), self.distance + 1), np.nan)
        for row, length, own in zip(
            rows, self.lengths, np.split(squares, len(self.lengths)), strict=True
        ):
            norms = np.sqrt(own.mean(axis=0))[:length][::-1][: self.distance + 1]
            row[: len(norms)] = norms
        return rows


@tells_what_is_missing
def draw_gradient_flow(flows: Mapping[str, np.ndarray]) -> Figure:
    """Draw the gradient norms of one or more networks against the distance in time.

    Args:
        flows: arrays from `gradient_flow` by the name to show. Each is drawn as its texts' median,
            relative to the last word, in a band from their first to their third quartile.

    Raises:
        InputError: there is nothing to draw.

    Example:
        >>> import zoo
        >>> flow = zoo.gradient_flow(zoo.load("lstm-imdb"), ["A moving film."], distance=4)
        >>> figure = zoo.draw_gradient_flow({"lstm-imdb": flow})
    """
    from matplotlib.figure import Figure

    if not isinstance(flows, Mapping) or not flows:
        raise InputError(f'Expected flows such as {{"lstm-imdb": array}}. Received: {shown(flows)}')
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for name, flow in flows.items():
        relative = flow / np.where(flow[:, :1] > 0, flow[:, :1], 1.0)
        used = ~np.isnan(relative).all(axis=0)
        steps = np.flatnonzero(used)
        # Where a gradient is exactly zero the logarithm has no place for it.
        low, middle, high = np.maximum(
            np.nanpercentile(relative[:, used], [25, 50, 75], axis=0), 1e-30
        )
        (line,) = axes.plot(steps, middle, label=name)
        axes.fill_between(steps, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    axes.set_yscale("log")
    axes.set_ylim(bottom=max(axes.get_ylim()[0], 1e-12))
    axes.set_xlabel("distance in time (words before the last)")
    axes.set_ylabel("gradient of the last state,\nrelative to the last word's")
    axes.set_title("How far back the gradient reaches")
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


@tells_what_is_missing
def plot_gradient_flow(flows: Mapping[str, np.ndarray], path: str | Path) -> Path:
    """Write what `draw_gradient_flow` draws as a PNG picture.

    Args:
        flows: arrays from `gradient_flow` by the name to show.
        path: the file to write.

    Raises:
        InputError: there is nothing to draw.
        OutputError: the file cannot be written.

    Example:
        >>> import zoo
        >>> flow = zoo.gradient_flow(zoo.load("lstm-imdb"), ["A moving film."], distance=4)
        >>> zoo.plot_gradient_flow({"lstm-imdb": flow}, "flow.png")  # doctest: +SKIP
    """
    path = output_path(path, "flow.png", (".png",))
    write_atomically(path, png(draw_gradient_flow(flows)))
    return path
