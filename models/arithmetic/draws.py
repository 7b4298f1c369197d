"""The random stream: numbers drawn by counter, so that any iteration can be drawn again without those before it.

Every number is a function of (seed, iteration, purpose, index) alone. The mixing function is the finaliser of
SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014) applied to the four keys
in turn. All draws are made on the CPU, so that every device starts from, and shuffles into, the same numbers.
Callable from Python and from kernels alike.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

START = 1  # initial weights, initial centroids, the first axis
ORDER = 2  # the order of the samples in an epoch
EXTRA = 3  # a second start draw where one algorithm needs two


@njit(cache=True, nogil=True)
def _mix(z: np.uint64) -> np.uint64:
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True)
def bits(seed: int, iteration: int, purpose: int, index: int) -> np.uint64:
    """64 random bits for these four whole numbers."""
    z = _mix(np.uint64(seed))
    z = _mix(z ^ np.uint64(iteration))
    z = _mix(z ^ np.uint64(purpose))
    return _mix(z ^ np.uint64(index))


@njit(cache=True, nogil=True)
def uniform(seed: int, iteration: int, purpose: int, index: int) -> float:
    """A number in [0, 1), one of 2**53."""
    return np.float64(bits(seed, iteration, purpose, index) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def uniforms(seed: int, iteration: int, purpose: int, numbers: np.ndarray) -> None:
    """Fill `numbers` (n,) with those of index 0 .. n-1, in place."""
    for index in range(len(numbers)):
        numbers[index] = uniform(seed, iteration, purpose, index)


@njit(cache=True, nogil=True)
def normal(seed: int, iteration: int, purpose: int, index: int) -> float:
    """A standard normal number (Box and Muller, 1958), from two uniform ones."""
    u = 1.0 - uniform(seed, iteration, purpose, 2 * index)
    v = uniform(seed, iteration, purpose, 2 * index + 1)
    return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)


@njit(cache=True, nogil=True)
def shuffle(seed: int, iteration: int, purpose: int, order: np.ndarray) -> None:
    """Fill `order` (n,) with 0 .. n-1 in a random order, in place (Fisher and Yates)."""
    n = order.shape[0]
    for i in range(n):
        order[i] = i
    for i in range(n - 1, 0, -1):
        j = int(uniform(seed, iteration, purpose, i) * (i + 1))
        order[i], order[j] = order[j], order[i]
