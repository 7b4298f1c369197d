"""The two loops that a layer of units is made of, over many rows: weighted sums, and errors times inputs.

Rows are gone through in blocks of BLOCK: what one loop leaves behind lies in the nearest cache when the next takes it
up, and every number of the data comes from memory once in a step of learning. Within a block the loops run along
columns (models/arithmetic/columns.py), two columns and sixteen rows at a time: two columns, since a sum then is fetched and
put back half as often; sixteen rows, so that there are four sums under way, none of which waits for the one before.
One unit can do better: its error is known as soon as the last two columns are added, and their products can be taken
on the spot, so that with one or two columns there is a single loop, which fetches every number once and puts none back.
The kernels of linear and of logistic regression have that loop, each with its own error in the middle.

In what order numbers are added depends on nothing but how many rows there are, so it is the same on every call.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.arithmetic.columns import STEP
from models.arithmetic.lanes import WIDTH, fma, load, load_flat, splat, store_flat, total

BLOCK = 512  # rows, a multiple of STEP
SPACE = BLOCK + STEP  # numbers for work between two units: whole pages apart they would get in each other's way
_EIGHT = np.arange(WIDTH, dtype=np.float64)


@njit(nogil=True, cache=True)
def rows_in_block(n, first):
    """How many of n rows the block from row `first` on has, in whole steps."""
    return min(BLOCK, (n - first + STEP - 1) // STEP * STEP)


@njit(nogil=True, cache=True)
def numbers_of_rows(row):
    """The numbers of eight rows from `row` on, to tell those behind the last one."""
    return load_flat(_EIGHT, 0) + float(row)


@njit(nogil=True, cache=True)
def last_two(d):
    """The first of the last two of d columns; with an odd d it stands alone."""
    return (d - 1) // 2 * 2


@njit(nogil=True, cache=True)
def fill_sums(weights, bias, unit, x, columns, first, rows, sums):
    """Fill `sums` (rows,) with bias + w . x of one unit over the first `columns` columns of a block of x (d, m);
    weights (c, d), bias (c,)."""
    for j in range(0, columns, 2):
        k = min(j + 1, columns - 1)
        w, v = splat(weights[unit, j]), splat(weights[unit, k] if k > j else 0.0)
        if j == 0:
            b = splat(bias[unit])
            for s in range(0, rows, WIDTH):
                store_flat(sums, s, fma(v, load(x, k, first + s), fma(w, load(x, j, first + s), b)))
        else:
            for s in range(0, rows, WIDTH):
                z = fma(w, load(x, j, first + s), load_flat(sums, s))
                store_flat(sums, s, fma(v, load(x, k, first + s), z))


@njit(nogil=True, cache=True)
def add_products(errors, x, columns, first, rows, unit, gradient):
    """Add the sums over a block of error * x_j to gradient[unit, j] for the first `columns` columns.

    errors (rows,): zero for rows behind the last one. gradient (c, d + 1).
    """
    for j in range(0, columns, 2):
        k = min(j + 1, columns - 1)
        one, two, other_one, other_two = splat(0.0), splat(0.0), splat(0.0), splat(0.0)
        for s in range(0, rows, STEP):
            here, there = load_flat(errors, s), load_flat(errors, s + WIDTH)
            one = fma(here, load(x, j, first + s), one)
            two = fma(there, load(x, j, first + s + WIDTH), two)
            other_one = fma(here, load(x, k, first + s), other_one)
            other_two = fma(there, load(x, k, first + s + WIDTH), other_two)
        gradient[unit, j] += total(one + two)
        if k > j:
            gradient[unit, k] += total(other_one + other_two)


@njit(nogil=True, cache=True)
def total_of(errors, rows):
    """The sum of errors (rows,)."""
    one, two = splat(0.0), splat(0.0)
    for s in range(0, rows, STEP):
        one, two = one + load_flat(errors, s), two + load_flat(errors, s + WIDTH)
    return total(one + two)


@njit(nogil=True, cache=True)
def step_against(weights, bias, gradient, learning_rate):
    """One step against the gradient (c, d + 1), in place."""
    for unit in range(weights.shape[0]):
        for j in range(weights.shape[1]):
            weights[unit, j] -= learning_rate * gradient[unit, j]
        bias[unit] -= learning_rate * gradient[unit, -1]


@njit(nogil=True, cache=True)
def fill_all_sums(weights, bias, x, sums):
    """Fill `sums` (c, m) with the weighted sums of all units for all of columns x (d, m)."""
    for unit in range(weights.shape[0]):
        for first in range(0, x.shape[1], BLOCK):
            rows = rows_in_block(x.shape[1], first)
            fill_sums(weights, bias, unit, x, x.shape[0], first, rows, sums[unit, first : first + rows])


def all_sums(weights: np.ndarray, bias: np.ndarray, x: np.ndarray, n: int) -> np.ndarray:
    """The weighted sums of the n rows in columns x (d, m), for weights (c, d) and biases (c,): (n, c)."""
    sums = np.empty((len(bias), x.shape[1]))
    fill_all_sums(weights.copy(), bias.copy(), x, sums)
    return sums[:, :n].T
