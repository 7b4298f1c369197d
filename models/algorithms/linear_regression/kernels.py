"""The arithmetic of linear regression: one function for each phase of a step, and the loop over steps.

A step goes through the rows once, block by block (models/families/one_layer/kernels.py): predictions, residuals, and their
products with the inputs, while the block is in the nearest cache. So with many rows a step takes as long as memory
needs to bring them. A loss is fit for nothing but to be looked at, yet it costs one multiplication more where the
residual is at hand: every step has it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.algorithms.linear_regression.state import LEAST, LOSS, STEPS
from models.arithmetic.columns import STEP
from models.arithmetic.lanes import WIDTH, fma, load, load_flat, splat, store_flat, total, where_less
from models.families.one_layer.kernels import (
    BLOCK,
    add_products,
    fill_sums,
    last_two,
    numbers_of_rows,
    rows_in_block,
    step_against,
)

GROWTH = 1e4  # a loss that has grown so many times over its least value is on its way to infinity


@njit(nogil=True, cache=True)
def finish_residuals(weights, bias, x, y, n, first, rows, residuals, gradient):
    """Add the last two columns to the sums in `residuals` (BLOCK,), turn these into residuals y - y_hat, in place, and
    add up e x_j for the two columns and e for the bias in `gradient`; the sum of the squared residuals.

    With one or two columns nothing stands in `residuals` before, and nothing is left there.
    """
    d = x.shape[0]
    j = last_two(d)
    k, is_short = d - 1, d <= 2
    w, v, b = splat(weights[0, j]), splat(weights[0, k] if k > j else 0.0), splat(bias[0])
    squares, sums, products, others = splat(0.0), splat(0.0), splat(0.0), splat(0.0)
    squares2, sums2, products2, others2 = splat(0.0), splat(0.0), splat(0.0), splat(0.0)
    for s in range(0, rows, STEP):
        here, there = first + s, first + s + WIDTH
        z, z2 = (b, b) if is_short else (load_flat(residuals, s), load_flat(residuals, s + WIDTH))
        xj, xk, xj2, xk2 = load(x, j, here), load(x, k, here), load(x, j, there), load(x, k, there)
        e = load_flat(y, here) - fma(v, xk, fma(w, xj, z))
        e2 = load_flat(y, there) - fma(v, xk2, fma(w, xj2, z2))
        if there + WIDTH > n:  # the last rows: nothing stands behind the n-th one
            e, e2 = where_less(numbers_of_rows(here), n, e, 0.0), where_less(numbers_of_rows(there), n, e2, 0.0)
        squares, sums, products, others = fma(e, e, squares), sums + e, fma(e, xj, products), fma(e, xk, others)
        squares2, sums2 = fma(e2, e2, squares2), sums2 + e2
        products2, others2 = fma(e2, xj2, products2), fma(e2, xk2, others2)
        if not is_short:
            store_flat(residuals, s, e)
            store_flat(residuals, s + WIDTH, e2)
    gradient[0, j] += total(products + products2)
    if k > j:
        gradient[0, k] += total(others + others2)
    gradient[0, d] += total(sums + sums2)
    return total(squares + squares2)


@njit(nogil=True, cache=True)
def mean_squared_error(weights, bias, x, y, n, gradient, residuals):
    """The loss at weights (1, d) and bias (1,); fills `gradient` (1, d + 1) with its derivatives, the bias last:
    -2/n sum(e x_j), and -2/n sum(e). x (d, m) and y (m,) hold n rows; residuals (BLOCK,) is for work."""
    gradient[:] = 0.0
    squares, before_last = 0.0, last_two(x.shape[0])
    for first in range(0, n, BLOCK):
        rows = rows_in_block(n, first)
        fill_sums(weights, bias, 0, x, before_last, first, rows, residuals)
        squares += finish_residuals(weights, bias, x, y, n, first, rows, residuals, gradient)
        add_products(residuals, x, before_last, first, rows, 0, gradient)
    for j in range(gradient.shape[1]):
        gradient[0, j] *= -2.0 / n
    return squares / n


@njit(nogil=True, cache=True)
def count_step(losses, counters, loss):
    losses[LOSS] = loss
    losses[LEAST] = loss if counters[STEPS] == 0 else min(losses[LEAST], loss)
    counters[STEPS] += 1


@njit(nogil=True, cache=True)
def is_level(gradient: np.ndarray, bounds: np.ndarray) -> bool:
    """Whether the loss is as good as level in the direction of every parameter."""
    for j in range(gradient.shape[0]):
        if not abs(gradient[j]) <= bounds[j]:
            return False
    return True


@njit(nogil=True, cache=True)
def is_growing(losses: np.ndarray, spread: float) -> bool:
    """Whether the loss has left its least value, and the targets' own variance, far behind."""
    return losses[LOSS] > GROWTH * losses[LEAST] and losses[LOSS] > spread * spread


@njit(nogil=True, cache=True)
def many_steps(
    weights: np.ndarray, bias: np.ndarray, gradient: np.ndarray, losses: np.ndarray, counters: np.ndarray,
    x: np.ndarray, y: np.ndarray, n: int, learning_rate: float, bounds: np.ndarray, spread: float, max_iter: int, count: int,
) -> int:  # fmt: skip
    """Up to `count` steps of gradient descent, arrays changed in place; how many were done before an end."""
    residuals = np.empty(BLOCK)
    for step in range(count):
        loss = mean_squared_error(weights, bias, x, y, n, gradient, residuals)
        step_against(weights, bias, gradient, learning_rate)
        count_step(losses, counters, loss)
        if is_level(gradient[0], bounds) or is_growing(losses, spread) or counters[STEPS] >= max_iter:
            return step + 1
    return count
