"""Linear readouts in closed form: ridge regression on sums that are gathered batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

import numpy as np

from zoo.errors import InputError

__all__ = ["RidgeRegression"]

# Up to here a factorisation takes less than a second of one core.
_SMALL = 2_500


@cache
def _libraries() -> Any:
    """Return what knows the libraries of linear algebra in this process."""
    import scipy.linalg  # noqa: F401  only libraries that are loaded are known
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _few_threads(features: int) -> AbstractContextManager[Any]:
    """Return a context in which linear algebra with so many features has no more threads than pay.

    Threads that wait for one another over small matrices cost many times what they gain, most of
    all where others want the processor too.
    """
    if features > _SMALL:
        return nullcontext()
    limits: AbstractContextManager[Any] = _libraries().limit(limits=1, user_api="blas")
    return limits


class RidgeRegression:
    """Ridge regression with a bias that is not penalised, in float64.

    Only the sums of products of features and targets are kept, so that memory does not depend on
    how many steps were added.

    Args:
        features: number of features.
        targets: number of targets.

    Attributes:
        count: number of rows added so far.

    Example:
        >>> regression = RidgeRegression(features=1, targets=1)
        >>> regression.add(np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [3.0], [5.0]]))
        >>> kernel, bias = regression.solve(0.0)
        >>> float(kernel[0, 0].round(6)), float(bias[0].round(6))
        (2.0, 1.0)

    Reference:
        [Hoerl & Kennard, 1970](https://doi.org/10.1080/00401706.1970.10488634)
    """

    def __init__(self, features: int, targets: int) -> None:
        self.count = 0
        # A constant feature comes last. Only one triangle of the symmetric matrix is gathered.
        self._gram = np.zeros((features + 1, features + 1), order="F")
        self._products = np.zeros((features + 1, targets))

    def add(self, features: np.ndarray, targets: np.ndarray) -> None:
        """Add a batch.

        Args:
            features: float array of shape (rows, features).
            targets: float array of shape (rows, targets).
        """
        from scipy.linalg.blas import dsyrk

        rows = np.empty((len(features), self._gram.shape[0]))
        rows[:, :-1] = features
        rows[:, -1] = 1.0
        # Transposed, the rows are in the order that BLAS wants: nothing is copied.
        with _few_threads(self.features):
            self._gram = dsyrk(1.0, rows.T, beta=1.0, c=self._gram, overwrite_c=True)
            self._products += rows.T @ targets
        self.count += len(rows)

    @property
    def features(self) -> int:
        """Number of features."""
        return len(self._gram) - 1

    def without(self, part: RidgeRegression) -> RidgeRegression:
        """Return the regression on all rows but those of `part`, which were added to both.

        Args:
            part: a regression of the same features and targets.
        """
        rest = RidgeRegression(self.features, self._products.shape[1])
        rest.count = self.count - part.count
        rest._gram = self._gram - part._gram
        rest._products = self._products - part._products
        return rest

    def solve(self, ridge: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the kernel and the bias that minimise squared error plus penalty.

        Args:
            ridge: weight of the squared kernel, beside the squared errors summed over the rows.

        Returns:
            float64 arrays of shape (features, targets) and (targets,).

        Raises:
            InputError: nothing was added, or the sums cannot be solved with so small a ridge.
        """
        from scipy.linalg import LinAlgError, cho_factor, cho_solve

        self._check_count()
        gram = self._gram.copy(order="F")
        gram[np.diag_indices(len(gram) - 1)] += ridge
        try:
            with _few_threads(self.features):
                weights = cho_solve(
                    cho_factor(gram, lower=False, overwrite_a=True, check_finite=False),
                    self._products,
                    check_finite=False,
                )
        except LinAlgError:
            weights = np.full(self._products.shape, np.nan)
        if not np.isfinite(weights).all():
            raise self._unsolvable(ridge)
        return weights[:-1], weights[-1]

    def solutions(self, ridges: Sequence[float]) -> list[tuple[np.ndarray, np.ndarray] | None]:
        """Return what `solve` gives for each of several penalties, from one factorisation.

        The eigenvalues of the centred sums serve every penalty. They cost as much as some twenty
        of the factorisations of `solve`, which is therefore better for large sums and few ridges.

        Args:
            ridges: weights of the squared kernel.

        Returns:
            Kernel and bias for each ridge, or None where the sums cannot be solved with it.

        Raises:
            InputError: nothing was added.

        Reference:
            [Hastie et al., 2009](https://doi.org/10.1007/978-0-387-84858-7), section 3.4.1
        """
        from scipy.linalg import LinAlgError, eigh

        self._check_count()
        mean, target_mean = self._gram[:-1, -1] / self.count, self._products[-1] / self.count
        try:
            with _few_threads(self.features):
                values, vectors = eigh(
                    self._gram[:-1, :-1] - self.count * np.outer(mean, mean),
                    lower=False,
                    overwrite_a=True,
                    check_finite=False,
                    driver="evd",
                )
        except LinAlgError:
            return [None] * len(ridges)
        # None is negative but by rounding.
        values = np.maximum(values, 0.0)
        products = vectors.T @ (self._products[:-1] - np.outer(mean, self._products[-1]))
        found: list[tuple[np.ndarray, np.ndarray] | None] = []
        for ridge in ridges:
            if not values[0] + ridge > 0:
                found.append(None)
                continue
            kernel = vectors @ (products / (values + ridge)[:, None])
            finite = np.isfinite(kernel).all()
            found.append((kernel, target_mean - mean @ kernel) if finite else None)
        return found

    def _check_count(self) -> None:
        if self.count == 0:
            raise InputError("Expected at least one step to fit the readout to. Received: none")

    def _unsolvable(self, ridge: float) -> InputError:
        return InputError(
            f"Expected a ridge that makes {self.count} steps of {self.features} features "
            f"solvable, such as {max(1e-8, 100 * ridge):.0e}. Received: {ridge:.3g}"
        )
