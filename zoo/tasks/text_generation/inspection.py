"""What goes on inside a language model while it reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.fitting.building import tensor_variables
from zoo.insight.trace import Trace
from zoo.networks.recurrent.trace import run_layers
from zoo.tasks.text_generation.explaining import language_of, spans_of
from zoo.text.encoding import check_text
from zoo.text.language import END

__all__ = ["inspect"]


def inspect(model: Any, text: str) -> Trace:
    """Return the hidden states and the gates of a language model while it reads a text.

    The first step is that of the line end before the text, from which its first token is told.

    Args:
        model: a language model from `zoo.load`, with its preprocessor.
        text: the text.

    Raises:
        InputError: there is no text, or the model has no preprocessor.

    Example:
        >>> import tempfile, pathlib, zoo
        >>> from zoo.tasks.text_generation.testing import make_language_model
        >>> model = zoo.load(make_language_model(pathlib.Path(tempfile.mkdtemp()) / "tiny"))
        >>> trace = zoo.inspect(model, "the cat saw")
        >>> trace.tokens, trace.layers[0].states.shape
        (['(start)', 'the', 'cat', 'saw'], (4, 6))

    Reference:
        [Karpathy et al., 2016](https://arxiv.org/abs/1506.02078)
    """
    from keras import ops

    encoder, text = language_of(model), check_text(text)
    ids = np.concatenate([[END], encoder.encode(text)])
    weights = {
        name: np.asarray(ops.convert_to_numpy(variable), np.float64)
        for name, variable in tensor_variables(model).items()
    }
    table = weights["token_embedding/embeddings"]
    spans = spans_of(text, encoder.unit)
    tokens = ["(start)", *(text[start:end] for start, end in spans)]
    return Trace(tokens, run_layers(model.backbone.spec, weights, table[ids]))
