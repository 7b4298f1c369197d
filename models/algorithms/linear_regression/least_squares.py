"""Least squares: the normal equations and their solution, and how steep the mean squared error can be."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from models.arithmetic.columns import STEP, turned
from models.arithmetic.lanes import WIDTH, fma, load, splat, store, total, where_less
from models.core.problem import Rows
from models.families.one_layer.kernels import BLOCK, SPACE, numbers_of_rows, rows_in_block

SAME = 1e-11  # directions of the standardised columns with less variance than this say nothing new


@njit(nogil=True, cache=True)
def fill_products(columns, n, means, together):
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


def normal_equations(x: np.ndarray, y: np.ndarray, path: str = "kernel") -> Normal:
    """The normal equations of rows x (n, d) and targets y (n,), arrays for path "kernel", tensors for "torch"."""
    d = x.shape[1]
    means, together, with_target = np.empty(d + 1), np.empty((d, d)), np.empty(d)
    if path == "torch":
        middle = x.mean(dim=0)
        away = x - middle
        for host, found in ((means[:d], middle), (means[d:], y.mean()[None]), (together, away.T @ away),
                            (with_target, away.T @ (y - y.mean()))):  # fmt: skip
            host[...] = found.cpu().numpy()
        least = 1e-12 if str(x.dtype).endswith("64") else 1e-6
    else:
        all_together = np.empty((d + 1, d + 1))
        fill_products(turned(np.column_stack([x, y])), len(y), means, all_together)
        together, with_target = all_together[:d, :d].copy(), all_together[d, :d].copy()
        least = 1e-12
    size = np.sqrt(np.diag(together))
    varies = size > least * np.sqrt(len(y)) * np.abs(means[:d])
    unit = np.where(varies, size, 1.0)
    alike = np.where(np.outer(varies, varies), together / np.outer(unit, unit), 0.0)
    shares, turn = np.linalg.eigh(alike)
    kept = shares > max(SAME, least) * max(1.0, float(shares.max(initial=0.0)))
    inverse = (turn[:, kept] / shares[kept]) @ turn[:, kept].T
    coef = np.where(varies, inverse @ np.where(varies, with_target / unit, 0.0), 0.0) / unit
    return Normal(means, together, with_target, coef, float(means[d] - coef @ means[:d]), int(kept.sum()))


def normal_of(problem: Rows) -> Normal:
    """The normal equations of a problem's training rows, in the learner's units; solved once for the whole run."""
    x, y = problem.features, goals(problem)
    return problem.keep("normal equations", lambda: normal_equations(x, y))


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
    sizes = np.sqrt((x**2).mean(axis=0))
    return Spread(
        np.append(np.where(sizes > 0, sizes, 1.0), 1.0), deviation if deviation > 1e-12 * largest else largest or 1.0
    )


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
    """The first column that is the same everywhere, or None."""
    same = np.ptp(problem.features, axis=0) <= 1e-12 * np.abs(problem.features).max(axis=0)
    return int(np.flatnonzero(same)[0]) if same.any() else None
