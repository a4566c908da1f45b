"""What a model costs to hold and to ask, computed from its arguments before anything is built.

A few kilobytes can ask for a network that no machine holds or that never answers. The bounds here
are far above the models that people train and far below a machine's memory. No Keras here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from zoo.series_specs import EchoStateBackboneSpec, ForecasterSpec, SequenceClassifierSpec
from zoo.specs import (
    CELL_GATES,
    BackboneSpec,
    ConvolutionalBackboneSpec,
    RecurrentBackboneSpec,
    TextClassifierSpec,
    TextPreprocessorSpec,
    TransformerBackboneSpec,
    count_parameters,
    holds_keys,
)
from zoo.translation_specs import BahdanauBackboneSpec, Seq2SeqLMSpec, Seq2SeqPreprocessorSpec

__all__ = [
    "MAX_ACTIVATIONS",
    "MAX_MULTIPLY_ADDS",
    "MAX_PARAMETERS",
    "Cost",
    "rows_at_once",
    "series_cost",
    "text_activations",
    "text_cost",
    "translation_activations",
    "translation_cost",
]

# 512 MB of float32: 50,000 words of 512 numbers under four bidirectional LSTM layers of 512 units
# are two fifths of it.
MAX_PARAMETERS = 1 << 27
# Numbers of one input, another 512 MB. 2,000 tokens take a tenth of it in those LSTM layers, and
# three fifths of it in a Transformer of 8 heads.
MAX_ACTIVATIONS = 1 << 27
# For one input; those LSTM layers take a sixth of it for 2,000 tokens.
MAX_MULTIPLY_ADDS = 1 << 38
# Numbers of all inputs that a pipeline computes at once.
_BUDGET = 4 * MAX_ACTIVATIONS
# A step of a recurrent layer takes Keras some hundred microseconds however small the layer is.
_LEAST_STEP = 1 << 18
# What a pipeline keeps of every sentence unless told otherwise.
_BEAMS = 5
# Steps of a numeric series whose multiplications are counted; its length is the user's.
_SERIES_STEPS = 1_000


@dataclass(frozen=True)
class Cost:
    """What a model takes.

    Attributes:
        parameters: numbers that it is made of.
        activations: most numbers held at once while the longest input it reads is answered.
        multiply_adds: multiplications for that.
        cause: the arguments that decide, for messages.

    Example:
        >>> Cost(parameters=1 << 30, activations=1, multiply_adds=1, cause="units").excess()
        'Expected: at most 134,217,728 parameters. Received: 1,073,741,824'
    """

    parameters: int
    activations: int
    multiply_adds: int
    cause: str

    def excess(self) -> str | None:
        """Return which bound the model exceeds, or None."""
        longest = f"for the longest input, with {self.cause}"
        for what, value, most in (
            ("parameters", self.parameters, MAX_PARAMETERS),
            (f"activations {longest}", self.activations, MAX_ACTIVATIONS),
            (f"multiplications {longest}", self.multiply_adds, MAX_MULTIPLY_ADDS),
        ):
            if value > most:
                return f"Expected: at most {most:,} {what}. Received: {value:,}"
        return None


def rows_at_once(batch_size: int, threads: int, activations: int) -> tuple[int, int]:
    """Return how many inputs may be computed at once, as a batch's size and a number of threads.

    Args:
        batch_size: the most in a batch.
        threads: the most batches side by side.
        activations: numbers held for one input.

    Example:
        >>> rows_at_once(8, 2, 1_000_000), rows_at_once(8, 2, 1 << 27)
        ((8, 2), (4, 1))
    """
    most = max(1, _BUDGET // max(1, activations))
    batch_size = min(batch_size, most)
    return batch_size, min(threads, max(1, most // batch_size))


@singledispatch
def text_activations(backbone: BackboneSpec, steps: int) -> int:
    """Return how many numbers are held at once while a text goes through a backbone.

    Args:
        backbone: arguments of the backbone.
        steps: number of tokens.
    """
    raise NotImplementedError(type(backbone).__name__)


@text_activations.register
def _(backbone: RecurrentBackboneSpec, steps: int) -> int:
    directions = 2 if backbone.bidirectional else 1
    outputs = directions * backbone.units
    inputs = max(backbone.embedded_features, outputs if backbone.num_layers > 1 else 0)
    gates = CELL_GATES[backbone.cell] * outputs
    return steps * (inputs + gates + outputs + backbone.features)


@text_activations.register
def _(backbone: ConvolutionalBackboneSpec, steps: int) -> int:
    # The filters' outputs one by one, side by side, and by time.
    return steps * (2 * backbone.embedding_dim + 3 * backbone.features)


@text_activations.register
def _(backbone: TransformerBackboneSpec, steps: int) -> int:
    size = backbone.embedding_dim
    # The scores and their softmax; the table of positions is made of sines and cosines.
    attention = 2 * backbone.num_heads * steps * steps
    return attention + steps * (4 * size + 6 * size + 2 * backbone.intermediate_dim)


def _matrices(shapes: Mapping[str, tuple[int, ...]]) -> int:
    """Return how many multiplications a step takes through all layers above the embeddings."""
    return sum(
        count_parameters({name: shape})
        for name, shape in shapes.items()
        if len(shape) > 1 and not holds_keys(name) and "/embeddings" not in name
    )


def text_cost(
    shapes: Mapping[str, tuple[int, ...]],
    backbone: BackboneSpec,
    head: TextClassifierSpec,
    preprocessor: TextPreprocessorSpec,
) -> Cost:
    """Return what a text classifier takes.

    Args:
        shapes: the shape of every weight by name.
        backbone: arguments of the backbone.
        head: arguments of the classifier.
        preprocessor: arguments of the preprocessor, which say how long a text may be.
    """
    steps = preprocessor.head_length + preprocessor.tail_length
    step = _matrices(backbone.layer_shapes())
    if isinstance(backbone, RecurrentBackboneSpec):
        directions = 2 if backbone.bidirectional else 1
        step = max(step, _LEAST_STEP * backbone.num_layers * directions)
    multiply_adds = steps * step
    if isinstance(backbone, TransformerBackboneSpec):
        multiply_adds += 2 * backbone.num_layers * steps * steps * backbone.embedding_dim
    return Cost(
        parameters=count_parameters(dict(shapes)),
        activations=text_activations(backbone, steps) + head.num_classes,
        multiply_adds=multiply_adds,
        cause=f"head_length and tail_length of {steps:,} tokens together",
    )


def translation_activations(
    backbone: BahdanauBackboneSpec, source_length: int, num_beams: int = _BEAMS
) -> int:
    """Return how many numbers are held at once while a sentence is translated.

    Args:
        backbone: arguments of the network.
        source_length: number of tokens of the sentence.
        num_beams: sequences that the search keeps.
    """
    features = backbone.features
    encoder = source_length * (max(backbone.embedding_dim, features) + 4 * features)
    # Every sequence has the encoder's states, their keys, and the comparison with its own state.
    attention = source_length * (features + 2 * backbone.attention_units)
    return max(encoder, num_beams * (attention + 4 * backbone.vocabulary_size))


def translation_cost(
    shapes: Mapping[str, tuple[int, ...]],
    backbone: BahdanauBackboneSpec,
    head: Seq2SeqLMSpec,
    preprocessor: Seq2SeqPreprocessorSpec,
) -> Cost:
    """Return what a translator takes.

    Args:
        shapes: the shape of every weight by name.
        backbone: arguments of the network.
        head: arguments of the task, of no matter here.
        preprocessor: arguments of the preprocessor, which say how long sentences may be.
    """
    source, target = preprocessor.source_length, preprocessor.target_length
    layers = backbone.layer_shapes()
    encoder = _matrices({name: shape for name, shape in layers.items() if "encoder_" in name})
    decoder = _matrices(layers) - encoder + backbone.vocabulary_size * backbone.embedding_dim
    attention = source * (backbone.features + backbone.attention_units)
    return Cost(
        parameters=count_parameters(dict(shapes)),
        activations=translation_activations(backbone, source),
        multiply_adds=source * max(encoder, 2 * _LEAST_STEP * backbone.encoder_layers)
        + target * _BEAMS * (decoder + attention),
        cause=f"source_length {source:,} and target_length {target:,}",
    )


def series_cost(
    shapes: Mapping[str, tuple[int, ...]],
    backbone: EchoStateBackboneSpec,
    head: ForecasterSpec | SequenceClassifierSpec,
    preprocessor: Any = None,
) -> Cost:
    """Return what a model of numeric series takes.

    Args:
        shapes: the shape of every weight by name.
        backbone: arguments of the reservoir.
        head: arguments of the task.
        preprocessor: None: such models have none.
    """
    # Keras gathers what every unit hears; the features are of float64.
    activations = 2 * backbone.units * backbone.connections + 2 * head.readout_shape(backbone)[0]
    return Cost(
        parameters=count_parameters(dict(shapes)),
        activations=activations,
        multiply_adds=_SERIES_STEPS * _matrices(shapes),
        cause=f"{backbone.units:,} units",
    )
