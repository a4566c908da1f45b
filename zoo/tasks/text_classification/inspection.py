"""What goes on inside a recurrent classifier of texts while it reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.errors import InputError
from zoo.fitting.building import tensor_variables
from zoo.insight.trace import LayerTrace, Trace
from zoo.networks.recurrent.spec import RecurrentBackboneSpec
from zoo.networks.recurrent.trace import run_layers
from zoo.tasks.text_classification.attribution import encode_with_spans
from zoo.text.encoding import START, TextEncoder, check_text

__all__ = ["inspect", "trace_layers"]


def inspect(model: Any, text: str) -> Trace:
    """Return the hidden states and the gates of a recurrent network while it reads a text.

    Args:
        model: a text classifier over a recurrent backbone, from `zoo.load`.
        text: the text.

    Raises:
        InputError: the network is not recurrent, or there is no text.
    """
    spec = getattr(getattr(model, "backbone", None), "spec", None)
    if not isinstance(spec, RecurrentBackboneSpec) or model.preprocessor is None:
        raise InputError(
            "Expected a text classifier over a recurrent backbone with its preprocessor, such as "
            f"zoo.load('lstm-imdb'). Received: {type(model).__name__}"
        )
    text = check_text(text)
    ids, spans, _ = encode_with_spans(TextEncoder.of(model.preprocessor), text)
    read = iter(spans)
    tokens = ["(start)" if token == START else text[slice(*next(read))] for token in ids.tolist()]
    return Trace(tokens, trace_layers(model, ids))


def trace_layers(model: Any, ids: np.ndarray) -> list[LayerTrace]:
    """Return what the recurrent layers of a text classifier compute on token ids.

    Args:
        model: a text classifier over a recurrent backbone.
        ids: int array of shape (tokens,).
    """
    import keras

    backbone, spec = model.backbone, model.backbone.spec
    embed = keras.Model(backbone.input["token_ids"], backbone.embedded)
    vectors = embed(keras.ops.convert_to_tensor(ids[None]), training=False)
    x = np.asarray(keras.ops.convert_to_numpy(vectors), np.float64)[0]
    weights = {
        name: np.asarray(keras.ops.convert_to_numpy(variable), np.float64)
        for name, variable in tensor_variables(model).items()
    }
    return run_layers(spec, weights, x)
