"""The arithmetic of K-nearest neighbours: squared distances, the order of neighbours, votes and means.

One rule orders neighbours wherever they are asked for: by (squared distance, row). The square is the same sum, column
after column, for one place and for many, so that what is watched and what the surface shows agree to the bit.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@njit(cache=True, nogil=True)
def squares_to(features: Floats, query: Floats) -> Floats:
    """Squared Euclidean distances from one place (d,) to all rows (n, d): (n,)."""
    n, d = features.shape
    squares = np.empty(n)
    for i in range(n):
        squared = 0.0
        for j in range(d):
            difference = features[i, j] - query[j]
            squared += difference * difference
        squares[i] = squared
    return squares


@njit(cache=True, nogil=True)
def next_nearest(squares: Floats, found: Whole, more: int) -> Whole:
    """The `more` rows that follow those `found` (nearest first) in the order of (squared distance, row)."""
    rows = np.empty(more, dtype=np.int64)
    last = found[-1] if found.shape[0] > 0 else -1
    for m in range(more):
        nearest = -1
        for i in range(squares.shape[0]):
            is_left = last < 0 or squares[i] > squares[last] or (squares[i] == squares[last] and i > last)
            if is_left and (nearest < 0 or squares[i] < squares[nearest]):
                nearest = i
        rows[m] = last = nearest
    return rows


@njit(cache=True, nogil=True)
def settle(features: Floats, x: Floats, places: Whole, candidates: Whole, distances: Floats, rows: Whole) -> None:
    """Fill `distances` and `rows` (m, k) at these `places`, rows of x (m, d), with the first k of the candidates
    (len(places), w), w >= k, by (squared distance, row). They come in any order; the nearer first costs least."""
    k, w = rows.shape[1], candidates.shape[1]
    squares = np.empty(k)
    for p in range(places.shape[0]):
        i, size = places[p], 0
        for m in range(w):
            row = candidates[p, m]
            squared = 0.0
            for j in range(features.shape[1]):
                difference = features[row, j] - x[i, j]
                squared += difference * difference
            if size == k and (squared > squares[k - 1] or (squared == squares[k - 1] and row > rows[i, k - 1])):
                continue
            size = min(size + 1, k)
            at = size - 1
            while at > 0 and (squares[at - 1] > squared or (squares[at - 1] == squared and rows[i, at - 1] > row)):
                squares[at] = squares[at - 1]
                rows[i, at] = rows[i, at - 1]
                at -= 1
            squares[at] = squared
            rows[i, at] = row
        for m in range(k):
            distances[i, m] = np.sqrt(squares[m])


@njit(cache=True, nogil=True)
def settle_among_all(features: Floats, x: Floats, places: Whole, few: int, distances: Floats, rows: Whole) -> None:
    """What `settle` does, with every row a candidate. Up to `few` neighbours are kept in order while the rows go by;
    for more of them all rows are sorted."""
    n, d = features.shape
    k = rows.shape[1]
    squares = np.empty(n)
    for p in range(places.shape[0]):
        i = places[p]
        size = 0
        for row in range(n):
            squared = 0.0
            for j in range(d):
                difference = features[row, j] - x[i, j]
                squared += difference * difference
            if k > few:
                squares[row] = squared
                continue
            if size == k and squared >= squares[k - 1]:
                continue
            size = min(size + 1, k)
            at = size - 1
            while at > 0 and squares[at - 1] > squared:
                squares[at] = squares[at - 1]
                rows[i, at] = rows[i, at - 1]
                at -= 1
            squares[at] = squared
            rows[i, at] = row
        if k > few:
            order = np.argsort(squares, kind="mergesort")  # a stable one: equals stay in the order of their rows
            for m in range(k):
                rows[i, m] = order[m]
                distances[i, m] = np.sqrt(squares[order[m]])
        else:
            for m in range(k):
                distances[i, m] = np.sqrt(squares[m])


@njit(cache=True, nogil=True)
def votes_of(distances: Floats, classes: Whole, is_weighted: bool, is_shared: bool, votes: Floats) -> None:
    """What each class gets from each row of neighbours (m, k), given nearest first, into `votes` (m, c); as shares of
    all votes where is_shared. Neighbours at distance 0 count alone under weights; infinitely far ones count alike."""
    for i in range(distances.shape[0]):
        for c in range(votes.shape[1]):
            votes[i, c] = 0.0
        total, nearest = 0.0, distances[i, 0]
        for j in range(distances.shape[1]):
            vote = 1.0
            if is_weighted and nearest == 0.0:
                vote = 1.0 if distances[i, j] == 0.0 else 0.0
            elif is_weighted and nearest < np.inf:
                vote = 1.0 / distances[i, j]
            votes[i, classes[i, j]] += vote
        for c in range(votes.shape[1]):
            total += votes[i, c]
        if is_shared:
            for c in range(votes.shape[1]):
                votes[i, c] /= total


@njit(cache=True, nogil=True)
def means_of(distances: Floats, values: Floats, is_weighted: bool, means: Floats) -> None:
    """Mean value for each row of neighbours (m, k), into `means` (m,); weighted as votes are, by shares of the nearest
    neighbour's weight: their sums hold where sums of 1/distance would not."""
    for i in range(distances.shape[0]):
        total, weights, nearest = 0.0, 0.0, distances[i, 0]
        for j in range(distances.shape[1]):
            weight = 1.0
            if is_weighted and nearest == 0.0:
                weight = 1.0 if distances[i, j] == 0.0 else 0.0
            elif is_weighted and nearest < np.inf:
                weight = nearest / distances[i, j]
            total += weight * values[i, j]
            weights += weight
        means[i] = total / weights
