"""How kernels walk over many rows: in blocks that fit into the nearest cache, and in parts that threads share.

A block is turned into columns, one for each feature; a loop over a column does four or eight rows with each
instruction, where a loop over a row of two or three features would do one number at a time.

Loops run over slices (`rows = features[start:end]`) and not from `start` on: the compiler then knows that no index is
negative, and without that it leaves them as they are.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BLOCK = 480  # rows; not a power of two, or the columns of a block would fall on the same places of the cache
PART = 32 * BLOCK  # rows, whose sums are kept apart until all parts are done (models/arithmetic/side_by_side.py)


def parts_of(n: int) -> int:
    """How many parts n rows make."""
    return -(-n // PART)


def read_only(array: np.ndarray) -> np.ndarray:
    """The same numbers, read-only: kernels are compiled for that kind of array once."""
    view = array.view()
    view.setflags(write=False)
    return view


@njit(cache=True, nogil=True)
def turn(rows: Floats, columns: Floats) -> None:
    """Write the rows (m, d) of a block as columns (d, BLOCK)."""
    for j in range(rows.shape[1]):
        column = columns[j]
        for i in range(rows.shape[0]):
            column[i] = rows[i, j]


# With "reassoc" the compiler may keep several sums side by side in place of one that waits for every addition. It fixes
# their order when it compiles: on one machine the same numbers always give the same bits.


@njit(cache=True, nogil=True, fastmath={"reassoc"})
def total(numbers: Floats) -> float:
    """The sum of the numbers (m,)."""
    found = 0.0
    for i in range(numbers.shape[0]):
        found += numbers[i]
    return found


@njit(cache=True, nogil=True, fastmath={"reassoc"})
def dot(one: Floats, other: Floats) -> float:
    """The sum of the products of two columns (m,)."""
    found = 0.0
    for i in range(one.shape[0]):
        found += one[i] * other[i]
    return found
