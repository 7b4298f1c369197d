"""Epochs that an accelerator goes through before the host hears of it: in which order they take the rows, and how many
of them there may be."""

from __future__ import annotations

import numpy as np
import torch
from numba import njit

from models.algorithms.mlp.epochs import count_batch, epoch_order
from models.algorithms.mlp.state import BATCH, EPOCH, PATIENCE, SINCE
from models.arithmetic.device_loop import OnHost

MOST_EPOCHS = 32
_ORDER_NUMBERS = 2**16  # about as many places of shuffled epochs stand on the device at a time


@njit(nogil=True, cache=True)
def batches_until_an_end(
    counters: np.ndarray, losses: np.ndarray, tol: float, max_epochs: int, batches: int, most_epochs: int
) -> int:
    """How many mini-batches go by, at least, before the run can be at its end; at most `most_epochs` epochs of them.

    At the end of the e-th epoch from now `is_flat` compares losses[e] of now with the best of those after it. Losses to
    come can only lower that best: where the known ones already lie `tol` below, no look at the new ones is needed.
    """
    epochs = 1
    while epochs < most_epochs and counters[EPOCH] + epochs < max_epochs:
        if tol > 0.0 and counters[EPOCH] + epochs - counters[SINCE] > PATIENCE:
            if epochs >= PATIENCE:
                break
            best = losses[epochs + 1]
            for known in range(epochs + 2, PATIENCE + 1):
                best = min(best, losses[known])
            if not losses[epochs] - best >= tol:
                break
        epochs += 1
    return epochs * batches - counters[BATCH]


@njit(nogil=True, cache=True)
def book(counters: np.ndarray, losses: np.ndarray, found: np.ndarray, n: int, batch_size: int) -> None:
    """`count_batch` for each of the mini-batches whose losses were found."""
    batches = (n + batch_size - 1) // batch_size
    for value in found:
        count_batch(counters, losses, value, min(batch_size, n - counters[BATCH] * batch_size), n, batches)


class Orders:
    """The order of the rows in some epochs, one after the other, each cut into mini-batches of whole size: the places
    that are left over at its end hold n, the number of the row of zeros."""

    def __init__(self, n: int, batch_size: int, device: torch.device) -> None:
        self.batches = -(-n // batch_size)
        self._n, whole = n, self.batches * batch_size
        self._epochs = max(1, min(MOST_EPOCHS, _ORDER_NUMBERS // whole))
        self._held = (0, 0, 0)  # seed, first iteration of the first epoch, epochs
        self._ahead: dict[tuple[int, int], np.ndarray] = {}
        self.table = torch.full((self._epochs * self.batches, batch_size), n, dtype=torch.int64, device=device)
        self._on_host = OnHost(self.table.view(self._epochs, whole), filled_with=n)

    def bring(self, seed: int, first: int, wanted: int) -> tuple[int, int]:
        """See that the epoch which begins with iteration `first` is on the device, and if it has to be brought, up to
        `wanted` epochs with it: its number there, and how many there are from it on."""
        held_seed, held_first, held = self._held
        epoch, rest = divmod(first - held_first, self.batches)
        if seed == held_seed and rest == 0 and 0 <= epoch < held:
            return epoch, held - epoch
        count, self._held = min(wanted, self._epochs), (0, 0, 0)
        for number in range(count):
            self._on_host.host[number, : self._n] = self._drawn(seed, first + number * self.batches)
        self._ahead.clear()
        self._on_host.send(count)
        self._held = (seed, first, count)
        return 0, count

    def draw_ahead(self, seed: int, mini_batches: int) -> None:
        """Draw the epochs after those on the device, as many as so many mini-batches need."""
        _, first, held = self._held
        for number in range(min(-(-mini_batches // self.batches), self._epochs)):
            begin = first + (held + number) * self.batches
            self._ahead[seed, begin] = self._drawn(seed, begin)

    def of_place(self, place: int) -> np.ndarray:
        """The order (n,) of the epoch to which the mini-batch at this place of the table belongs."""
        return self._on_host.host[place // self.batches, : self._n]

    def _drawn(self, seed: int, first: int) -> np.ndarray:
        order = self._ahead.get((seed, first))
        if order is None:
            order = np.empty(self._n, dtype=np.int64)
            epoch_order(seed, first, np.zeros(4, dtype=np.int64), order)
        return order
