"""Rows turned into columns: what the kernels of one layer of units read.

A row of two or three numbers is too short to be worked on as a vector, a column of many rows is not: eight rows then
go through a kernel side by side (models/arithmetic/lanes.py). Columns are filled up with zeros to whole steps of sixteen
rows, so that no kernel needs a second loop for the rows that are left over; it leaves them out of its sums instead.
Columns that lay a whole number of memory pages apart would all claim the same few lines of the nearest cache: one more
step keeps them off that.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from models.arithmetic.blocks import read_only
from models.core.problem import Rows

STEP = 16  # rows that a kernel takes in one go: two registers of eight, so that no sum waits for the one before
_PAGE = 512  # numbers
_TILE = 64  # rows that are turned at a time: they are still at hand when the next column asks for them


class Columns(NamedTuple):
    """x (d, m): the features of n rows column by column, zeros behind the n-th row; m is n in whole steps, or more.
    answers (m,) float64: values, or the numbers of classes."""

    x: np.ndarray
    answers: np.ndarray
    n: int


@njit(nogil=True, cache=True)
def turn(rows: np.ndarray, columns: np.ndarray) -> None:
    """Fill `columns` (d, m) with rows (n, d), m >= n, and zeros."""
    n, d = rows.shape
    for first in range(0, n, _TILE):
        last = min(n, first + _TILE)
        for j in range(d):
            for i in range(first, last):
                columns[j, i] = rows[i, j]
    columns[:, n:] = 0.0


def rows_of(x: np.ndarray) -> np.ndarray:
    """Rows (n, d) as a problem's own are: float64, one after the other in memory, read-only."""
    return read_only(np.ascontiguousarray(x, dtype=np.float64))


def turned(x: np.ndarray) -> np.ndarray:
    """Rows x (n, d) as columns (d, m), m >= n."""
    rows = rows_of(x)
    n, d = rows.shape
    length = -(-n // STEP) * STEP
    columns = np.empty((d, length if length % _PAGE else length + STEP))
    turn(rows, columns)
    return read_only(columns)


def columns_of(problem: Rows) -> Columns:
    """The training rows of a problem with their answers, by column; turned once for the whole run."""
    features, targets = problem.features, problem.targets
    return problem.keep("columns", lambda: _columns(features, targets))


def _columns(features: np.ndarray, targets: np.ndarray | None) -> Columns:
    x = turned(features)
    answers = np.zeros(x.shape[1])
    if targets is not None:
        answers[: len(targets)] = targets
    return Columns(x, read_only(answers), len(features))
