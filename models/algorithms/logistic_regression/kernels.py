"""The arithmetic of logistic regression: one function for each phase of a step, and the loop over steps.

A step goes through the rows once, block by block (models/families/one_layer/kernels.py), eight rows side by side. All that
costs time in it is one exponential for each row and unit, taken for eight rows at once (models/arithmetic/fast_math.py). The
loss needs a logarithm as well and has no part in the step: it is worked out for the last step of a call alone, which
is the one whose loss is kept.

Sums are turned into probabilities so that nothing overflows: only exp of numbers below 0 is ever taken.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from models.arithmetic.columns import Columns, columns_of
from models.arithmetic.fast_math import exp, log
from models.arithmetic.lanes import (
    WIDTH,
    absolute,
    fma,
    load,
    load_flat,
    splat,
    store,
    store_flat,
    total,
    where_equal,
    where_less,
)
from models.core.problem import Rows
from models.families.one_layer.kernels import (
    BLOCK,
    SPACE,
    add_products,
    all_sums,
    fill_sums,
    last_two,
    numbers_of_rows,
    rows_in_block,
    step_against,
    total_of,
)


class Rule(NamedTuple):
    """How a step is made, and below what every entry of the gradient is level ground."""

    learning_rate: float
    l2: float
    tol: float


@njit(nogil=True, cache=True)
def sigmoid(z):
    """1 / (1 + e^-z), from the exponential of -|z|."""
    small = exp(0.0 - absolute(z))
    return where_less(z, 0.0, small, 1.0) / (1.0 + small)


@njit(nogil=True, cache=True)
def softmax_parts(sums, s):
    """Turn the weighted sums (c, SPACE) of eight rows into e^(z - the largest), in place; 1 / the sum of these. A part
    times this is a probability."""
    units = sums.shape[0]
    largest = load(sums, 0, s)
    for unit in range(1, units):
        z = load(sums, unit, s)
        largest = where_less(largest, z, z, largest)
    parts = splat(0.0)
    for unit in range(units):
        part = exp(load(sums, unit, s) - largest)
        store(sums, unit, s, part)
        parts = parts + part
    return 1.0 / parts


@njit(nogil=True, cache=True)
def fill_probabilities(weights: np.ndarray, bias: np.ndarray, x: np.ndarray, probabilities: np.ndarray) -> None:
    """Fill `probabilities` (c, m) for all of columns x (d, m), m in whole steps."""
    units, d = weights.shape
    sums = np.empty((units, SPACE))
    for first in range(0, x.shape[1], BLOCK):
        rows = rows_in_block(x.shape[1], first)
        for unit in range(units):
            fill_sums(weights, bias, unit, x, d, first, rows, sums[unit])
        for s in range(0, rows, WIDTH):
            if units == 1:
                store(sums, 0, s, sigmoid(load(sums, 0, s)))
            else:
                share = softmax_parts(sums, s)
                for unit in range(units):
                    store(sums, unit, s, load(sums, unit, s) * share)
        for unit in range(units):
            for s in range(0, rows, WIDTH):
                store(probabilities, unit, first + s, load(sums, unit, s))


@njit(nogil=True, cache=True)
def loss_of_rows(sums, s, answer):
    """-ln of the probability that each of eight rows' own class gets, from the sums, so that it is never infinite."""
    units = sums.shape[0]
    if units == 1:
        z = load(sums, 0, s)
        against = where_equal(answer, 1.0, 0.0 - z, z)
        small = exp(0.0 - absolute(z))
        more = 1.0 + small  # ln(1 + small), what 1 + small has lost of small added again
        rest = log(more) + (small - (more - 1.0)) / more
        return where_less(against, 0.0, 0.0, against) + rest
    largest, own = load(sums, 0, s), load(sums, 0, s)
    for unit in range(1, units):
        z = load(sums, unit, s)
        largest = where_less(largest, z, z, largest)
        own = where_equal(answer, float(unit), z, own)
    parts = splat(0.0)
    for unit in range(units):
        parts = parts + exp(load(sums, unit, s) - largest)
    # A sum that is not a number would be lost in `log`; it makes parts - parts not a number, which is else 0.
    return log(parts) + (parts - parts) + (largest - own)


@njit(nogil=True, cache=True)
def whole_loss(weights, bias, columns, l2, sums):
    """Mean cross-entropy and the L2 penalty at weights (c, d) and biases (c,); sums (c, SPACE) is for work."""
    x, answers, n = columns
    losses = 0.0
    for first in range(0, n, BLOCK):
        rows = rows_in_block(n, first)
        for unit in range(weights.shape[0]):
            fill_sums(weights, bias, unit, x, weights.shape[1], first, rows, sums[unit])
        block = splat(0.0)
        for s in range(0, rows, WIDTH):
            lost = loss_of_rows(sums, s, load_flat(answers, first + s))
            block = block + where_less(numbers_of_rows(first + s), n, lost, 0.0)
        losses += total(block)
    squares = 0.0
    for unit in range(weights.shape[0]):
        for j in range(weights.shape[1]):
            squares += weights[unit, j] * weights[unit, j]
    return losses / n + 0.5 * l2 * squares


@njit(nogil=True, cache=True)
def one_units_errors(weights, bias, columns, first, rows, errors, gradient):
    """Add the last two columns to the sums in `errors` (BLOCK,), turn these into errors p - y, in place, and add up
    errors times inputs for the two columns and errors for the bias in `gradient` (1, d + 1).

    With one or two columns nothing stands in `errors` before, and nothing is left there.
    """
    x, answers, n = columns
    d = x.shape[0]
    j = last_two(d)
    k, is_short = d - 1, d <= 2
    w, v, b = splat(weights[0, j]), splat(weights[0, k] if k > j else 0.0), splat(bias[0])
    total_error, products, others = splat(0.0), splat(0.0), splat(0.0)
    for s in range(0, rows, WIDTH):
        here = first + s
        xj, xk = load(x, j, here), load(x, k, here)
        z = fma(v, xk, fma(w, xj, b if is_short else load_flat(errors, s)))
        error = sigmoid(z) - load_flat(answers, here)
        if here + WIDTH > n:  # the last rows: nothing stands behind the n-th one
            error = where_less(numbers_of_rows(here), n, error, 0.0)
        total_error, products, others = total_error + error, fma(error, xj, products), fma(error, xk, others)
        if not is_short:
            store_flat(errors, s, error)
    gradient[0, j] += total(products)
    if k > j:
        gradient[0, k] += total(others)
    gradient[0, d] += total(total_error)


@njit(nogil=True, cache=True)
def many_units_errors(sums, answers, n, first, rows):
    """Turn weighted sums (c, SPACE) into errors p - y, in place: y is 1 for a row's own class. Nothing stands behind
    the n-th row."""
    for s in range(0, rows, WIDTH):
        share = softmax_parts(sums, s)
        own = load_flat(answers, first + s)
        for unit in range(sums.shape[0]):
            error = fma(load(sums, unit, s), share, where_equal(own, float(unit), -1.0, 0.0))
            if first + s + WIDTH > n:
                error = where_less(numbers_of_rows(first + s), n, error, 0.0)
            store(sums, unit, s, error)


@njit(nogil=True, cache=True)
def fill_gradient(
    weights: np.ndarray, bias: np.ndarray, columns: Columns, l2: float, gradient: np.ndarray, sums: np.ndarray
) -> None:
    """Fill `gradient` (c, d + 1): the mean of (p - y) x for each weight, plus l2 times the weight, and, last, the mean
    of p - y for the bias; sums (c, SPACE) is for work."""
    x, answers, n = columns
    units, d = weights.shape
    gradient[:] = 0.0
    before_last = last_two(d)
    for first in range(0, n, BLOCK):
        rows = rows_in_block(n, first)
        if units == 1:
            fill_sums(weights, bias, 0, x, before_last, first, rows, sums[0])
            one_units_errors(weights, bias, columns, first, rows, sums[0], gradient)
            add_products(sums[0], x, before_last, first, rows, 0, gradient)
            continue
        for unit in range(units):
            fill_sums(weights, bias, unit, x, d, first, rows, sums[unit])
        many_units_errors(sums, answers, n, first, rows)
        for unit in range(units):
            add_products(sums[unit], x, d, first, rows, unit, gradient)
            gradient[unit, d] += total_of(sums[unit], rows)
    for unit in range(units):
        for j in range(d):
            gradient[unit, j] = gradient[unit, j] / n + l2 * weights[unit, j]
        gradient[unit, d] /= n


@njit(nogil=True, cache=True)
def is_flat(gradient: np.ndarray, tol: float) -> bool:
    """Whether every entry of the gradient is below tol."""
    for unit in range(gradient.shape[0]):
        for j in range(gradient.shape[1]):
            if not abs(gradient[unit, j]) < tol:
                return False
    return True


@njit(nogil=True, cache=True)
def many_steps(
    weights: np.ndarray, bias: np.ndarray, gradient: np.ndarray, columns: Columns, rule: Rule, left: int, count: int
) -> tuple[int, float]:
    """Up to `count` steps, arrays changed in place; (steps done, loss before the last). Ends on flat ground or when
    the `left` iterations that are allowed are done."""
    sums = np.empty((weights.shape[0], SPACE))
    for i in range(count):
        fill_gradient(weights, bias, columns, rule.l2, gradient, sums)
        is_end = is_flat(gradient, rule.tol) or i + 1 >= left
        if is_end or i + 1 == count:
            loss = whole_loss(weights, bias, columns, rule.l2, sums)
            step_against(weights, bias, gradient, rule.learning_rate)
            return i + 1, loss
        step_against(weights, bias, gradient, rule.learning_rate)
    return 0, 0.0


@njit(nogil=True, cache=True)
def all_losses(weights: np.ndarray, bias: np.ndarray, columns: Columns, l2: float, losses: np.ndarray) -> None:
    """Fill `losses` (m,) for weights (m, c, d) and biases (m, c)."""
    sums = np.empty((weights.shape[1], SPACE))
    for m in range(weights.shape[0]):
        losses[m] = whole_loss(weights[m], bias[m], columns, l2, sums)


@njit(nogil=True, cache=True)
def fill_losses(weights: np.ndarray, bias: np.ndarray, columns: Columns, losses: np.ndarray) -> None:
    """Fill `losses` (n,) with the loss of each row."""
    x, answers, n = columns
    sums, eight = np.empty((weights.shape[0], SPACE)), np.empty(WIDTH)
    for first in range(0, n, BLOCK):
        rows = rows_in_block(n, first)
        for unit in range(weights.shape[0]):
            fill_sums(weights, bias, unit, x, weights.shape[1], first, rows, sums[unit])
        for s in range(0, rows, WIDTH):
            store_flat(eight, 0, loss_of_rows(sums, s, load_flat(answers, first + s)))
            for i in range(first + s, min(n, first + s + WIDTH)):
                losses[i] = eight[i - first - s]


# -- asked from Python -------------------------------------------------------------------------------------------------


def training_sums(weights: np.ndarray, bias: np.ndarray, problem: Rows) -> np.ndarray:
    """The weighted sums of the training rows: (n, c)."""
    return all_sums(weights, bias, columns_of(problem).x, problem.n)


def probabilities_of(weights: np.ndarray, bias: np.ndarray, x: np.ndarray, n: int) -> np.ndarray:
    """The probabilities of the n rows in columns x (d, m): (n, c)."""
    probabilities = np.empty((len(bias), x.shape[1]))
    fill_probabilities(weights.copy(), bias.copy(), x, probabilities)
    return np.ascontiguousarray(probabilities[:, :n].T)
