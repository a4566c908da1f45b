"""What a reservoir is made of: its arguments with their bounds, and its weights drawn from a seed.

Nothing here imports Keras. The draws come from the raw 64-bit stream of NumPy's Philox generator,
which NumPy keeps as it is for ever, and the spectral radius from eigenvalues found to machine
precision, so that a seed gives the same float32 weights on every machine and with every backend.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta

from zoo.common.undrawn import undrawn
from zoo.specs import ArgumentSpec

__all__ = [
    "EchoStateSpec",
    "ReservoirSpec",
    "draw_reservoir",
    "spectral_radius",
    "start_reservoir",
]

# Up to here all eigenvalues are computed; above, the largest by Arnoldi's iteration, which takes
# a twentieth of the time.
DENSE_LIMIT = 400

_STREAMS = {"columns": 0, "values": 1, "input": 2, "bias": 3, "feedback": 4, "start": 5}

Scaling = Annotated[float, Meta(ge=0.0, le=1e6)]


class ReservoirSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Arguments of a reservoir of leaky units.

    At every step the state x becomes (1 - a) x + a tanh(W x + W_in u + b), where u is the input.

    Args:
        units: number of units, of all reservoirs together.
        reservoirs: number of separate reservoirs of like size side by side, a committee.
        spectral_radius: largest absolute eigenvalue of W, of every reservoir.
        leak_rate: a; 1 is a unit without leakage.
        density: share of the units of its reservoir that a unit hears; each hears as many.
        input_scaling: input weights are uniform between its negative and it.
        bias_scaling: the same for the biases.
        seed: of all draws.
    """

    units: Annotated[int, Meta(ge=1, le=100_000)]
    reservoirs: Annotated[int, Meta(ge=1, le=100_000)] = 1
    spectral_radius: Annotated[float, Meta(ge=0.0, le=1e3)] = 0.9
    leak_rate: Annotated[float, Meta(gt=0.0, le=1.0)] = 1.0
    density: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.1
    input_scaling: Scaling = 1.0
    bias_scaling: Scaling = 0.0
    seed: Annotated[int, Meta(ge=0, lt=1 << 62)] = 0

    def __post_init__(self) -> None:
        if self.units % self.reservoirs:
            raise ValueError(
                f"Expected units that are a multiple of reservoirs, {self.reservoirs}, "
                f"got {self.units}"
            )

    @property
    def size(self) -> int:
        """Number of units of one reservoir."""
        return self.units // self.reservoirs

    @property
    def connections(self) -> int:
        """Number of units that a unit hears."""
        return max(1, round(self.density * self.size))


class EchoStateSpec(ReservoirSpec, frozen=True, kw_only=True):
    """Arguments of `EchoState`: a reservoir that may hear its outputs.

    With feedback, W_fb y is added inside the tanh, where y is the output one step before.

    Args:
        feedback_size: number of outputs that are fed back.
        feedback_scaling: weights of what is fed back are uniform between its negative and it.

    The others are those of `ReservoirSpec`.
    """

    feedback_size: Annotated[int, Meta(ge=0, le=10_000)] = 0
    feedback_scaling: Scaling = 0.0


def draw_reservoir(spec: ReservoirSpec, input_size: int) -> dict[str, np.ndarray]:
    """Draw the weights of a reservoir.

    Args:
        spec: its arguments.
        input_size: number of input channels.

    Returns:
        `recurrent_columns`, int32 of shape (units, connections): which units each hears, in
        ascending order; and, in float32, `recurrent_values` of that shape, `input_kernel` of
        shape (input_size, units) and `bias` of shape (units,); with feedback, `feedback_kernel`
        of shape (feedback_size, units) too.

    Example:
        >>> weights = draw_reservoir(EchoStateSpec(units=50, density=0.2, seed=7), input_size=1)
        >>> weights["recurrent_values"].shape
        (50, 10)

    Reference:
        [Jaeger, 2001](https://www.ai.rug.nl/minds/uploads/EchoStatesTechRep.pdf),
        [Lukosevicius, 2012](https://doi.org/10.1007/978-3-642-35289-8_36)
    """
    size, count = spec.size, spec.connections
    columns = _draw_columns(spec, count)
    values = _uniform(spec.seed, "values", (spec.units, count))
    if spec.spectral_radius == 0:
        values[:] = 0
    for start in range(0, spec.units, size):
        rows = slice(start, start + size)
        # float32 from here on: what is scaled is what will be used.
        local = values[rows].astype(np.float32).astype(np.float64)
        if spec.spectral_radius > 0:
            # Every unit hears another or itself, so that there are cycles, and the radius is not 0.
            radius = spectral_radius(local, columns[rows])
            # Eigenvalues differ in their last digits from one machine to another; rounded, the
            # scale does not.
            local *= float(f"{spec.spectral_radius / radius:.9e}")
        values[rows] = local
    offsets = np.repeat(np.arange(0, spec.units, size), size)[:, None]
    drawn = {
        "recurrent_columns": (columns + offsets).astype(np.int32),
        "recurrent_values": values.astype(np.float32),
        "input_kernel": _scaled(spec.input_scaling, spec.seed, "input", (input_size, spec.units)),
        "bias": _scaled(spec.bias_scaling, spec.seed, "bias", (spec.units,)),
    }
    if isinstance(spec, EchoStateSpec) and spec.feedback_size:
        shape = (spec.feedback_size, spec.units)
        drawn["feedback_kernel"] = _scaled(spec.feedback_scaling, spec.seed, "feedback", shape)
    return drawn


def start_reservoir(spec: EchoStateSpec, input_size: int) -> dict[str, np.ndarray]:
    """Return the weights that a layer starts with: drawn, or zeros within `left_undrawn`.

    Args:
        spec: the reservoir's arguments.
        input_size: number of input channels.
    """
    if not undrawn(large=True):
        return draw_reservoir(spec, input_size)
    shapes = {
        "recurrent_values": (spec.units, spec.connections),
        "input_kernel": (input_size, spec.units),
        "bias": (spec.units,),
    }
    if spec.feedback_size:
        shapes["feedback_kernel"] = (spec.feedback_size, spec.units)
    weights = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    columns = np.zeros((spec.units, spec.connections), np.int32)
    return {"recurrent_columns": columns, **weights}


def spectral_radius(values: np.ndarray, columns: np.ndarray) -> float:
    """Return the largest absolute eigenvalue of a sparse square matrix, to machine precision.

    Args:
        values: float64 array of shape (units, connections), the entries of every row.
        columns: integer array of that shape, the column of each.

    Example:
        >>> spectral_radius(np.array([[2.0], [3.0]]), np.array([[0], [1]]))
        3.0
    """
    units, count = values.shape
    if units > DENSE_LIMIT and count < units:
        radius = _arnoldi(values, columns)
        if radius is not None:
            return radius
    dense = np.zeros((units, units))
    np.add.at(dense, (np.arange(units)[:, None], columns), values)
    return float(np.abs(np.linalg.eigvals(dense)).max())


def _arnoldi(values: np.ndarray, columns: np.ndarray) -> float | None:
    """Return the spectral radius by Arnoldi's iteration, or None where it did not converge."""
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import ArpackError, eigs

    units, count = values.shape
    rows = np.arange(0, units * count + 1, count, dtype=np.int32)
    matrix = csr_array((values.ravel(), columns.ravel(), rows), shape=(units, units))
    # The largest eigenvalues of a random matrix lie close together on a circle: several are asked
    # for, out of a large space, from a start that is always the same, and each is checked.
    start = _uniform(0, "start", (units,))
    try:
        found, vectors = eigs(matrix, k=12, ncv=80, v0=start, which="LM", tol=0, maxiter=2_000)
    except ArpackError:
        return None
    residuals = np.linalg.norm(matrix @ vectors - vectors * found, axis=0)
    radius = float(np.abs(found).max())
    return radius if residuals.max() <= 1e-9 * radius else None


def _draw_columns(spec: ReservoirSpec, count: int) -> np.ndarray:
    """Draw `count` different columns within its own reservoir for every unit (Floyd's method)."""
    size = spec.size
    if count == size:
        return np.tile(np.arange(size), (spec.units, 1))
    raw = _raw(spec.seed, "columns", (spec.units, count))
    chosen = np.full((spec.units, count), -1)
    for index, last in enumerate(range(size - count, size)):
        drawn = (raw[:, index] % np.uint64(last + 1)).astype(np.int64)
        taken = (chosen[:, :index] == drawn[:, None]).any(axis=1)
        chosen[:, index] = np.where(taken, last, drawn)
    return np.sort(chosen, axis=1)


def _raw(seed: int, stream: str, shape: tuple[int, ...]) -> np.ndarray:
    generator = np.random.Philox(key=np.array([seed, _STREAMS[stream]], np.uint64))
    return generator.random_raw(int(np.prod(shape))).reshape(shape)


def _uniform(seed: int, stream: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return uniform draws between -1 and 1, of 53 bits each."""
    return (_raw(seed, stream, shape) >> np.uint64(11)) * 2.0**-52 - 1.0


def _scaled(scaling: float, seed: int, stream: str, shape: tuple[int, ...]) -> np.ndarray:
    return (scaling * _uniform(seed, stream, shape)).astype(np.float32)
