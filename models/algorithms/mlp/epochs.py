"""How far training has come: mini-batches booked, epochs in their order, and whether the last one has been."""

from __future__ import annotations

import numpy as np
from numba import njit

from models.algorithms.mlp.state import BATCH, EPOCH, PATIENCE, SINCE, STEPS
from models.arithmetic import draws


@njit(nogil=True, cache=True)
def count_batch(counters: np.ndarray, losses: np.ndarray, batch_loss: float, batch: int, n: int, batches: int) -> None:
    """Book one mini-batch: losses[-1] grows to the mean loss of the running epoch; at its end the row moves up."""
    counters[STEPS] += 1
    counters[BATCH] += 1
    running = len(losses) - 1
    losses[running] += batch_loss * batch / n
    if counters[BATCH] == batches:
        counters[BATCH] = 0
        counters[EPOCH] += 1
        for epoch in range(running):
            losses[epoch] = losses[epoch + 1]
        losses[running] = 0.0


@njit(nogil=True, cache=True)
def is_flat(counters: np.ndarray, losses: np.ndarray, tol: float) -> bool:
    """Whether the mean loss fell by less than `tol` over the last PATIENCE epochs, at their best; never with tol 0."""
    if tol <= 0.0 or counters[BATCH] != 0 or counters[EPOCH] - counters[SINCE] <= PATIENCE:
        return False
    best = losses[1]
    for epoch in range(2, PATIENCE + 1):
        best = min(best, losses[epoch])
    return losses[0] - best < tol


@njit(nogil=True, cache=True)
def has_ended(counters: np.ndarray, losses: np.ndarray, tol: float, max_epochs: int) -> bool:
    """Whether the epoch that has just ended is the last one."""
    return counters[BATCH] == 0 and (counters[EPOCH] >= max_epochs or is_flat(counters, losses, tol))


@njit(nogil=True, cache=True)
def epoch_order(seed: int, iteration: int, counters: np.ndarray, order: np.ndarray) -> None:
    """Fill `order` (n,) with the order of the running epoch, drawn by the number of its first iteration."""
    draws.shuffle(seed, iteration - counters[BATCH], draws.ORDER, order)
