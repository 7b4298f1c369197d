"""Least squares: the normal equations and their solution, and how steep the mean squared error can be."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from models.core.problem import Problem

SAME = 1e-11  # directions of the standardised columns with less variance than this say nothing new


@njit(nogil=True, cache=True)
def products(x, y, means, together, with_target):
    """Fill the means (d + 1,), the target's last, and the sums of products of deviations from them: S_jk (d, d) in
    `together`, S_jy (d,) in `with_target`."""
    n, d = x.shape
    means[:] = 0.0
    for i in range(n):
        for j in range(d):
            means[j] += x[i, j]
        means[d] += y[i]
    means /= n
    together[:] = 0.0
    with_target[:] = 0.0
    for i in range(n):
        for j in range(d):
            away = x[i, j] - means[j]
            for k in range(j + 1):
                together[j, k] += away * (x[i, k] - means[k])
            with_target[j] += away * (y[i] - means[d])
    for j in range(d):
        for k in range(j):
            together[k, j] = together[j, k]


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
        products(read_only(x), read_only(y), means, together, with_target)
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


def steepest(problem: Problem) -> float:
    """lambda, the largest eigenvalue of the second derivatives of the mean squared error, 2/n [x 1]^T [x 1]. With a
    learning rate above 2 / lambda the steps along its direction grow."""
    rows = np.column_stack([problem.features, np.ones(problem.n)])
    return float(np.linalg.eigvalsh(2.0 / problem.n * rows.T @ rows)[-1])


def goals(problem: Problem) -> np.ndarray:
    """The targets (n,) as numbers."""
    targets = problem.targets
    assert targets is not None
    return targets if targets.dtype == np.float64 else targets.astype(np.float64)


def in_original_units(coef: np.ndarray, intercept: float, problem: Problem) -> tuple[np.ndarray, float]:
    """Weights (d,) and intercept of the learner's units, for columns in original ones."""
    original = coef / problem.scaler.scale
    return original, float(intercept - original @ problem.scaler.mean)


def read_only(array: np.ndarray) -> np.ndarray:
    """The same numbers, read-only: kernels are compiled for that kind of array once."""
    view = array.view()
    view.setflags(write=False)
    return view
