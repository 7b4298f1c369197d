"""The arithmetic of the perceptron: look at a sample, correct the lines, count; and the loop over samples.

One sample waits for the one before: whether that was a mistake decides with which weights this one is weighed. So
there is nothing to do side by side, and what counts is how little stands between two samples. Three things follow.

What belongs to the end of an epoch (counters, the search for a cycle, a new order) is not asked for at every sample: a
run is cut into stretches that end where an epoch ends, and the inner loop knows of samples alone.

One line over one or two columns, which is what a plane shows, has a loop of its own. Its three numbers stay in
registers, and while the processor does not know yet whether a sample is a mistake, the next sample's sum is worked out
for both cases, the line as it is and the line corrected; of the two one is taken. Otherwise every guess that goes wrong
(with classes that no line separates, every second one) would throw away the work that had been begun.

Sums are added in the same order everywhere: the bias, then column after column. So a point that lies on a line, give
or take a last bit, is on the same side for the run, for the counts and for the picture.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from models.algorithms.perceptron.state import (
    CORRECTIONS,
    CYCLE,
    EPOCH,
    IN_EPOCH,
    LAST_EPOCH,
    POSITION,
    ROW,
    SAVED_EPOCH,
)
from models.arithmetic import draws
from models.arithmetic.blocks import read_only
from models.arithmetic.columns import rows_of

# -- what the kernels take: numba compiles them anew for another kind of array or number in a record -------------------


class Lines(NamedTuple):
    """Weights (c, d) and biases (c,), changed in place."""

    weights: np.ndarray
    bias: np.ndarray


class Samples(NamedTuple):
    """Rows x (n, d) and their classes (n,)."""

    x: np.ndarray
    classes: np.ndarray


class Order(NamedTuple):
    """In which order an epoch takes the samples: rows (n,), drawn anew for each epoch where `is_new`, by the seed and
    the number of samples looked at before."""

    rows: np.ndarray
    is_new: bool
    seed: int
    iteration: int


class Progress(NamedTuple):
    """How far the run has come, changed in place: counters (8,), and saved (c, d + 1), the lines at the end of an earlier
    epoch; and how many epochs there may be."""

    counters: np.ndarray
    saved: np.ndarray
    max_epochs: int


@njit(nogil=True, cache=True)
def weighted_sum(weights, bias, line, x, row):
    total = bias[line]
    for j in range(x.shape[1]):
        total += weights[line, j] * x[row, j]
    return total


# -- one sample after the other --------------------------------------------------------------------------------------


@njit(nogil=True, cache=True)
def look(weights, bias, x, row, answer, learning_rate, step):
    """Fill `step` (c,) with learning rate * (target - output) of each line; whether any line is wrong."""
    lines = weights.shape[0]
    wrong = False
    for line in range(lines):
        output = 1.0 if weighted_sum(weights, bias, line, x, row) >= 0.0 else 0.0
        target = 1.0 if (lines == 1 and answer == 1) or (lines > 1 and answer == line) else 0.0
        step[line] = learning_rate * (target - output)
        wrong = wrong or target != output
    return wrong


@njit(nogil=True, cache=True)
def update(weights, bias, x, row, step):
    """Add step * sample to the weights and step to the bias, line by line; to a line that is right, nothing: that
    costs less than to guess which lines are."""
    for line in range(weights.shape[0]):
        for j in range(x.shape[1]):
            weights[line, j] += step[line] * x[row, j]
        bias[line] += step[line]


@njit(nogil=True, cache=True)
def all_lines(lines, samples, rows, learning_rate, step, corrected):
    """Look at the samples `rows` (k,) and correct the lines at every mistake. `corrected` (k,) is filled with 1 where
    there was one, else 0, and `step` as the last sample left it; how many mistakes there were."""
    weights, bias, x, classes = lines.weights, lines.bias, samples.x, samples.classes
    mistakes = 0
    for i in range(len(rows)):
        row = rows[i]
        wrong = look(weights, bias, x, row, classes[row], learning_rate, step)
        if wrong:
            update(weights, bias, x, row, step)
            mistakes += 1
        corrected[i] = 1.0 if wrong else 0.0
    return mistakes


@njit(nogil=True, cache=True)
def one_line(lines, samples, rows, learning_rate, step, corrected):
    """`all_lines` for one line over one or two columns: the same numbers, without a wait between samples."""
    weights, bias, x, classes = lines.weights, lines.bias, samples.x, samples.classes
    last = x.shape[1] - 1
    has_two = last == 1
    b, w, v = bias[0], weights[0, 0], weights[0, 1] if has_two else 0.0
    row = rows[0]
    xw, xv = x[row, 0], x[row, last] if has_two else 0.0
    total = b + w * xw + v * xv
    mistakes, wrong, turn = 0, False, 0.0
    for i in range(len(rows)):
        is_one = classes[row] == 1
        turn = learning_rate if is_one else -learning_rate
        b_turned, w_turned, v_turned = b + turn, w + turn * xw, v + turn * xv
        row = rows[min(i + 1, len(rows) - 1)]
        xw, xv = x[row, 0], x[row, last] if has_two else 0.0
        next_kept, next_turned = b + w * xw + v * xv, b_turned + w_turned * xw + v_turned * xv
        wrong = (total >= 0.0) != is_one
        b, w, v = (b_turned, w_turned, v_turned) if wrong else (b, w, v)
        total = next_turned if wrong else next_kept
        mistakes += wrong
        corrected[i] = wrong
    bias[0], weights[0, 0] = b, w
    if has_two:
        weights[0, 1] = v
    step[0] = turn if wrong else 0.0
    return mistakes


# -- epochs ----------------------------------------------------------------------------------------------------------


@njit(nogil=True, cache=True)
def count_samples(
    lines: Lines, progress: Progress, row: int, looked_at: int, mistakes: int, n: int, same_order: bool
) -> None:
    """Book samples of one epoch, the last of them `row`; at the end of the epoch look whether the weights are those of
    an earlier epoch's end.

    The earlier end moves on to epochs 1, 2, 4, 8 ... (Brent, 1980), so one saved copy finds a cycle of any length.
    """
    weights, bias, counters, saved = lines.weights, lines.bias, progress.counters, progress.saved
    counters[ROW] = row
    counters[POSITION] += looked_at
    counters[IN_EPOCH] += mistakes
    counters[CORRECTIONS] += mistakes
    if counters[POSITION] < n:
        return
    counters[POSITION] = 0
    counters[EPOCH] += 1
    counters[LAST_EPOCH] = counters[IN_EPOCH]
    counters[IN_EPOCH] = 0
    if not same_order or counters[CYCLE] > 0 or counters[LAST_EPOCH] == 0:
        return
    d = weights.shape[1]
    same = counters[SAVED_EPOCH] > 0
    for line in range(weights.shape[0]):
        for j in range(d + 1):
            now = weights[line, j] if j < d else bias[line]
            same = same and abs(now - saved[line, j]) <= 1e-9 * (1.0 + abs(now))
    if same:
        counters[CYCLE] = counters[EPOCH] - counters[SAVED_EPOCH]
    elif counters[EPOCH] >= 2 * counters[SAVED_EPOCH]:
        for line in range(weights.shape[0]):
            for j in range(d + 1):
                saved[line, j] = weights[line, j] if j < d else bias[line]
        counters[SAVED_EPOCH] = counters[EPOCH]


@njit(nogil=True, cache=True)
def epoch_decides(progress: Progress) -> bool:
    """Whether an epoch has just ended that ends the run: without a mistake, or the last one allowed."""
    counters = progress.counters
    return counters[POSITION] == 0 and (counters[LAST_EPOCH] == 0 or counters[EPOCH] >= progress.max_epochs)


@njit(nogil=True, cache=True)
def many_samples(
    lines: Lines,
    samples: Samples,
    order: Order,
    progress: Progress,
    learning_rate: float,
    step: np.ndarray,
    corrected: np.ndarray,
) -> int:
    """As many samples as `corrected` has places, all arrays changed in place; how many were done before an end."""
    n, done, counters = len(order.rows), 0, progress.counters
    is_simple = lines.weights.shape[0] == 1 and lines.weights.shape[1] <= 2
    while done < len(corrected):
        at = counters[POSITION]
        if order.is_new and at == 0:
            draws.shuffle(order.seed, order.iteration + done, draws.ORDER, order.rows)
        stretch = min(len(corrected) - done, n - at)
        rows, told = order.rows[at : at + stretch], corrected[done : done + stretch]
        if is_simple:
            mistakes = one_line(lines, samples, rows, learning_rate, step, told)
        else:
            mistakes = all_lines(lines, samples, rows, learning_rate, step, told)
        count_samples(lines, progress, rows[-1], stretch, mistakes, n, not order.is_new)
        done += stretch
        if epoch_decides(progress):
            break
    return done


# -- all rows at once ------------------------------------------------------------------------------------------------


@njit(nogil=True, cache=True)
def fill_sums(weights: np.ndarray, bias: np.ndarray, x: np.ndarray, sums: np.ndarray) -> None:
    """Fill `sums` (n, c) with the weighted sums of rows x (n, d)."""
    for row in range(x.shape[0]):
        for line in range(weights.shape[0]):
            sums[row, line] = weighted_sum(weights, bias, line, x, row)


@njit(nogil=True, cache=True)
def winner(weights, bias, x, row):
    """The class that the lines put a row in: the step for one line, the largest sum for more."""
    best, largest = 0, weighted_sum(weights, bias, 0, x, row)
    if weights.shape[0] == 1:
        return 1 if largest >= 0.0 else 0
    for line in range(1, weights.shape[0]):
        total = weighted_sum(weights, bias, line, x, row)
        if total > largest:
            best, largest = line, total
    return best


@njit(nogil=True, cache=True)
def fill_votes(weights: np.ndarray, bias: np.ndarray, x: np.ndarray, votes: np.ndarray) -> None:
    """Fill `votes` (n, classes), all zeros before, with a 1 at the class of each row of x (n, d)."""
    for row in range(x.shape[0]):
        votes[row, winner(weights, bias, x, row)] = 1.0


@njit(nogil=True, cache=True)
def count_mistakes(weights: np.ndarray, bias: np.ndarray, x: np.ndarray, classes: np.ndarray) -> int:
    """How many rows of x (n, d) the lines put in the wrong class."""
    mistakes = 0
    if weights.shape[0] == 1:
        for row in range(x.shape[0]):
            mistakes += (weighted_sum(weights, bias, 0, x, row) >= 0.0) != (classes[row] == 1)
        return mistakes
    for row in range(x.shape[0]):
        mistakes += winner(weights, bias, x, row) != classes[row]
    return mistakes


@njit(nogil=True, cache=True)
def compare(
    weights: np.ndarray,
    bias: np.ndarray,
    weights_after: np.ndarray,
    bias_after: np.ndarray,
    x: np.ndarray,
    classes: np.ndarray,
) -> tuple[int, int]:
    """(rows that these lines put right and those before did not, rows that only those before put right)."""
    fixed, broken = 0, 0
    for row in range(x.shape[0]):
        was = winner(weights, bias, x, row) == classes[row]
        now = winner(weights_after, bias_after, x, row) == classes[row]
        fixed += now and not was
        broken += was and not now
    return fixed, broken


@njit(nogil=True, cache=True)
def all_mistakes(
    weights: np.ndarray, bias: np.ndarray, x: np.ndarray, classes: np.ndarray, mistakes: np.ndarray
) -> None:
    """Fill `mistakes` (m,) with the rows that lines (m, c, d) with biases (m, c) put in the wrong class."""
    for m in range(weights.shape[0]):
        mistakes[m] = count_mistakes(weights[m], bias[m], x, classes)


def all_sums(weights: np.ndarray, bias: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The weighted sums of rows x (n, d) by lines (c, d) with biases (c,): (n, c)."""
    sums = np.empty((len(x), len(bias)))
    fill_sums(read_only(weights), read_only(bias), rows_of(x), sums)
    return sums
