"""What a model costs to hold and to ask, computed from its arguments before anything is built.

A few kilobytes can ask for a network that no machine holds or that never answers. The bounds here
are far above the models that people train and far below a machine's memory. No Keras here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zoo.specs import count_parameters, holds_keys

__all__ = [
    "LEAST_STEP",
    "MAX_ACTIVATIONS",
    "MAX_MULTIPLY_ADDS",
    "MAX_PARAMETERS",
    "Cost",
    "matrices",
    "rows_at_once",
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
LEAST_STEP = 1 << 18


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


def matrices(shapes: Mapping[str, tuple[int, ...]]) -> int:
    """Return how many multiplications a step takes through all layers above the embeddings."""
    return sum(
        count_parameters({name: shape})
        for name, shape in shapes.items()
        if len(shape) > 1 and not holds_keys(name) and "/embeddings" not in name
    )
