"""Least squares: the normal equations and their solution, and how steep the mean squared error can be.

The normal equations square the condition of the columns. Where their standardised form is well conditioned that costs
less than three of the sixteen digits, and they are solved as they stand. Where it is not, the same solution comes from
an orthogonal factorisation of the standardised columns, which does not square it (G. H. Golub: Numerical methods for
solving linear least squares problems, 1965). Digits against exact arithmetic (tests/.../test_least_squares.py): Longley's
data 13, polynomials of degree 10 as in NIST's Filip 6 or more.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from models.arithmetic.columns import STEP, turned
from models.arithmetic.lanes import WIDTH, fma, load, splat, store, total, where_less
from models.core.problem import Rows
from models.families.one_layer.kernels import BLOCK, SPACE, numbers_of_rows, rows_in_block

EPS = float(np.finfo(np.float64).eps)
WELL = 1e-3  # shares of variance: directions of the standardised columns that all have more are well conditioned
WELL_ON_DEVICE = 1e-2  # in single precision


@njit(nogil=True, cache=True)
def fill_products(columns: np.ndarray, n: int, means: np.ndarray, together: np.ndarray) -> None:
    """Fill the means (k,) of columns (k, m) that hold n rows, and the sums of products of deviations from them (k, k).

    Block by block: the deviations of a block stay in the nearest cache for all the pairs of columns.
    """
    k = columns.shape[0]
    for j in range(k):
        total_of_column = 0.0
        for first in range(0, n, BLOCK):
            rows, lanes = rows_in_block(n, first), splat(0.0)
            for s in range(first, first + rows, WIDTH):
                lanes = lanes + load(columns, j, s)
            total_of_column += total(lanes)
        means[j] = total_of_column / n
    together[:] = 0.0
    away = np.empty((k, SPACE))
    for first in range(0, n, BLOCK):
        rows = rows_in_block(n, first)
        for j in range(k):
            for s in range(0, rows, WIDTH):
                deviation = load(columns, j, first + s) - means[j]
                store(away, j, s, where_less(numbers_of_rows(first + s), n, deviation, 0.0))
        for j in range(k):
            for i in range(j + 1):
                one, two = splat(0.0), splat(0.0)
                for s in range(0, rows, STEP):
                    one = fma(load(away, j, s), load(away, i, s), one)
                    two = fma(load(away, j, s + WIDTH), load(away, i, s + WIDTH), two)
                together[j, i] += total(one + two)
    for j in range(k):
        for i in range(j):
            together[i, j] = together[j, i]


class Normal(NamedTuple):
    """The normal equations together . coef = with_target and their solution.

    means (d + 1,): of the columns and, last, of the target. rank: how many independent columns there are; where it is
    less than d, many solutions are equally good, and this is the one with the smallest weights on standardised columns.
    """

    means: np.ndarray
    together: np.ndarray
    with_target: np.ndarray
    coef: np.ndarray
    intercept: float
    rank: int


def normal_equations(x: np.ndarray, y: np.ndarray, grain: np.ndarray | None = None) -> Normal:
    """The normal equations of rows x (n, d) and targets y (n,), and their solution.

    grain (d,): by how much the numbers of a column may be off, where that is more than their own rounding. A column that
    varies by no more is constant and has the weight 0; columns are independent where they differ by more.
    """
    d = x.shape[1]
    means, products = np.empty(d + 1), np.empty((d + 1, d + 1))
    fill_products(turned(np.column_stack([x, y])), len(y), means, products)
    together, with_target = products[:d, :d].copy(), products[d, :d].copy()
    grain = np.maximum(grain_of(x), 0.0 if grain is None else grain)
    size = np.sqrt(np.diag(together))
    varies = size > 10 * np.sqrt(len(y)) * grain
    unit = np.where(varies, size, 1.0)
    shares, turn = _eigen(together, unit, varies)
    if shares.min(initial=1.0) > WELL:
        coef = turn @ ((turn.T @ (with_target / unit)) / shares) / unit
        return Normal(means, together, with_target, coef, float(means[d] - coef @ means[:d]), d)
    coef = np.zeros(d)
    coef[varies], rank = _factorised(x[:, varies], y, unit[varies], grain[varies])
    return Normal(means, together, with_target, coef, float(means[d] - coef @ means[:d]), rank)


def _eigen(together: np.ndarray, unit: np.ndarray, varies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues (d,), rising, and eigenvectors of the standardised products; a constant column has the value 0."""
    shares, turn = np.linalg.eigh(np.where(np.outer(varies, varies), together / np.outer(unit, unit), 0.0))
    return shares, turn


def _factorised(x: np.ndarray, y: np.ndarray, unit: np.ndarray, grain: np.ndarray) -> tuple[np.ndarray, int]:
    """The weights (d,) of least squares and the rank, by way of R of the factorisation QR and its singular values."""
    n, d = x.shape
    columns = np.column_stack([x, y])
    columns -= columns.mean(axis=0)
    columns -= columns.mean(axis=0)  # what the rounding of the first means has left
    columns[:, :d] /= unit
    triangle = np.asarray(np.linalg.qr(columns, mode="r"))
    turn, values, back = np.linalg.svd(triangle[:d, :d], full_matrices=False)
    # Columns that are dependent to the rounding of their numbers still have singular values of about this size.
    rounding = max(EPS * max(n, d), 4.0 * float(np.linalg.norm(np.sqrt(n) * grain / unit)))
    kept = values > rounding * values.max(initial=0.0)
    coef = back[kept].T @ ((turn[:, kept].T @ triangle[:d, d]) / values[kept])
    return coef / unit, int(kept.sum())


def normal_equations_on_device(x: Any, y: Any) -> Normal | None:
    """The same from tensors x (n, d) and y (n,), where the columns are well conditioned; else None."""
    d = x.shape[1]
    middle = x.mean(dim=0)
    away, above = x - middle, y - y.mean()
    found = (middle, y.mean()[None], away.T @ away, away.T @ above)
    middles, height, together, with_target = (part.cpu().numpy().astype(np.float64) for part in found)
    unit = np.sqrt(np.diag(together))
    if not (unit > 10 * float(np.finfo(str(x.dtype).rpartition(".")[2]).eps) * np.sqrt(len(y)) * np.abs(middles)).all():
        return None
    shares, turn = _eigen(together, unit, np.ones(d, dtype=np.bool_))
    if shares.min() <= WELL_ON_DEVICE:
        return None
    coef = turn @ ((turn.T @ (with_target / unit)) / shares) / unit
    return Normal(np.append(middles, height), together, with_target, coef, float(height[0] - coef @ middles), d)


def grain_of(x: np.ndarray) -> np.ndarray:
    """How far rounding may have put the numbers of each column of x (n, d) off, (d,)."""
    return EPS * np.abs(x).max(axis=0)


def normal_of(problem: Rows) -> Normal:
    """The normal equations of a problem's training rows, in the learner's units; solved once for the whole run."""
    x, y, grain = problem.features, goals(problem), _grain(problem)
    return problem.keep("normal equations", lambda: normal_equations(x, y, grain))


def _grain(problem: Rows) -> np.ndarray:
    """The rounding of the columns as they are in the data, in the learner's units."""
    return grain_of(problem.scaler.inverse(problem.features)) / problem.scaler.scale


def steepest(problem: Rows) -> float:
    """lambda, the largest eigenvalue of the second derivatives of the mean squared error, 2/n [x 1]^T [x 1]. With a
    learning rate above 2 / lambda the steps along its direction grow."""
    normal, n = normal_of(problem), problem.n
    means = np.append(normal.means[:-1], 1.0)
    curvature = np.outer(means, means)
    curvature[:-1, :-1] += normal.together / n
    return float(np.linalg.eigvalsh(2.0 * curvature)[-1])


class Spread(NamedTuple):
    """The root mean square of each column and, last, of the ones beside the intercept (d + 1,), and the deviation of
    the targets: positive, 1 where a column or the targets are all zero."""

    sizes: np.ndarray
    target: float


def spread_of(problem: Rows) -> Spread:
    x, y = problem.features, goals(problem)
    return problem.keep("spread", lambda: _spread(x, y))


def _spread(x: np.ndarray, y: np.ndarray) -> Spread:
    deviation, largest = float(y.std()), float(np.abs(y).max())
    is_spread = deviation > 10 * EPS * largest
    sizes = np.sqrt((x**2).mean(axis=0))
    return Spread(np.append(np.where(sizes > 0, sizes, 1.0), 1.0), deviation if is_spread else largest or 1.0)


def goals(problem: Rows) -> np.ndarray:
    """The targets (n,) as numbers."""
    targets = problem.targets
    assert targets is not None
    return targets if targets.dtype == np.float64 else targets.astype(np.float64)


def in_original_units(coef: np.ndarray, intercept: float, problem: Rows) -> tuple[np.ndarray, float]:
    """Weights (d,) and intercept of the learner's units, for columns in original ones."""
    original = coef / problem.scaler.scale
    return original, float(intercept - original @ problem.scaler.mean)


def constant_column(problem: Rows) -> int | None:
    """The first column that is the same everywhere but for rounding, or None."""
    same = problem.features.std(axis=0) <= 10 * _grain(problem)
    return int(np.flatnonzero(same)[0]) if same.any() else None
