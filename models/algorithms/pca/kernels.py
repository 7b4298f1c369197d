"""The arithmetic of principal component analysis on the CPU: means and covariances, and one turn of an axis.

The data is walked over once. Each block of rows is turned into columns (models/arithmetic/blocks.py) and its own mean taken
off while it lies in the nearest cache; what it then scatters is joined to that of the blocks before it by the rule of
T. Chan, G. Golub, R. LeVeque: Algorithms for computing the sample variance, 1983. Nothing has to be read again, as it
would be if the mean had to come first. All is seen from the first row, so that data far from the origin keeps its
digits.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.arithmetic import side_by_side
from models.arithmetic.blocks import BLOCK, PART, dot, parts_of, read_only, total, turn

Floats = NDArray[np.float64]

FEW_COLUMNS = 32  # up to which loops over columns are faster than matrix products
ROWS_AT_ONCE = 4096  # of a matrix product: what is centred stays in a cache
STILL = 1e-10  # an axis that turns by less (radians) has settled
ROUNDING = 1e-14  # rounding of one turn, as a share of the whole variance
NOTHING = 1e-12  # a variance below this share of the whole counts as none


def moments(features: Floats) -> tuple[Floats, Floats]:
    """The mean (d,) of the rows (n, d), n >= 1, and the sum of (x - mean)(x - mean)^T over them, (d, d)."""
    n, d = features.shape
    whole, origin = (0, np.zeros(d), np.zeros((d, d))), features[0]
    if d > FEW_COLUMNS:
        for first in range(0, n, ROWS_AT_ONCE):
            some = features[first : first + ROWS_AT_ONCE] - origin
            mean = some.mean(axis=0)
            some -= mean
            whole = _joined(*whole, len(some), mean, some.T @ some)
    else:
        means, scatters = np.zeros((parts_of(n), d)), np.zeros((parts_of(n), d, d))
        side_by_side.work(_moments, n, len(means), read_only(features), means, scatters)
        for part in range(len(means)):
            whole = _joined(*whole, min(PART, n - part * PART), means[part], scatters[part])
    _, mean, scatter = whole
    return origin + mean, scatter


def _joined(
    n: int, mean: Floats, scatter: Floats, m: int, other_mean: Floats, other_scatter: Floats
) -> tuple[int, Floats, Floats]:
    """The moments of n rows and m others together: (n + m, mean, scatter)."""
    way, share = other_mean - mean, m / (n + m)
    return n + m, mean + share * way, scatter + other_scatter + n * share * np.outer(way, way)


@njit(cache=True, nogil=True)
def _moments(features: Floats, means: Floats, scatters: Floats, first: int, last: int) -> None:
    """The moments of the rows of each of these parts, first * PART .. last * PART - 1, seen from the first row of all.

    They are written to `means` (parts, d) and `scatters` (parts, d, d), which hold zeros before.
    """
    n, d = features.shape
    columns, mean = np.empty((d, BLOCK)), np.empty(d)
    for part in range(first, last):
        known, whole, scatter = 0, means[part], scatters[part]
        for start in range(part * PART, min(n, (part + 1) * PART), BLOCK):
            m = min(BLOCK, n - start)
            turn(features[start : start + m], columns)
            for j in range(d):
                column, origin = columns[j, :m], features[0, j]
                for i in range(m):
                    column[i] -= origin
                middle = total(column) / m
                for i in range(m):
                    column[i] -= middle
                mean[j] = middle
            share = m / (known + m)
            for j in range(d):
                for k in range(j + 1):
                    across = known * share * (mean[j] - whole[j]) * (mean[k] - whole[k])
                    scatter[j, k] += dot(columns[j, :m], columns[k, :m]) + across
            for j in range(d):
                whole[j] += share * (mean[j] - whole[j])
            known += m
        for j in range(d):
            for k in range(j):
                scatter[k, j] = scatter[j, k]


@njit(cache=True, nogil=True)
def turns(covariance: Floats, known: Floats, axis: Floats, count: int) -> tuple[Floats, Floats, int, bool]:
    """Up to `count` turns of an axis (d,) at right angles to the `known` ones (c, d).

    Returns (axis, axis before its last turn, turns made, whether the last was too small to go on). Where the covariance
    leaves as good as nothing of an axis, it stays: what is left is rounding. The covariance's entries are of a size at
    which their fourth powers can be held.
    """
    d, whole = axis.shape[0], 0.0
    for j in range(d):
        whole += covariance[j, j]
    before = axis
    for done in range(count):
        before = axis
        axis, stretch = _multiplied(covariance, known, before)
        if stretch <= NOTHING * whole:
            return before.copy(), before, done + 1, True
        way = 0.0
        for j in range(d):
            way += (axis[j] - before[j]) ** 2
        angle = 2.0 * np.arcsin(min(1.0, np.sqrt(way) / 2.0))
        if angle < max(STILL, ROUNDING * whole / stretch):
            return axis, before, done + 1, True
    return axis, before, count, False


@njit(cache=True, nogil=True)
def _multiplied(covariance: Floats, known: Floats, axis: Floats) -> tuple[Floats, float]:
    """One turn: covariance times axis, at right angles to the `known` axes (c, d), at length one.

    Returns (new axis, factor by which the covariance stretched it). What is known is taken out twice, since the
    first time leaves rounding behind. An axis that the covariance maps to nothing stays.
    """
    d = axis.shape[0]
    turned = np.zeros(d)
    for i in range(d):
        for j in range(d):
            turned[i] += covariance[i, j] * axis[j]
    stretch = 0.0
    for again in range(2):
        for c in range(known.shape[0]):
            share = 0.0
            for j in range(d):
                share += known[c, j] * turned[j]
            for j in range(d):
                turned[j] -= share * known[c, j]
        length = 0.0
        for j in range(d):
            length += turned[j] * turned[j]
        length = np.sqrt(length)
        if again == 0:
            stretch = length
        if length == 0.0:
            return axis.copy(), 0.0
        for j in range(d):
            turned[j] /= length
    return turned, stretch
