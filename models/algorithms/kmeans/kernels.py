"""The arithmetic of K-means on the CPU: rounds, inertia, and the draws of k-means++.

A block of rows is turned into columns (models/arithmetic/blocks.py). Then every centroid in turn is held against the whole
block: `is_nearer` chooses between two numbers instead of jumping, and nothing in the loop waits for the row before, so
that the compiler does four or eight rows with each instruction. Squared distances suffice: no root is taken.

The sums of a cluster have four lanes: row 0, 4, 8 .. of a block go to the first, and so on. An addition then need not
wait for the one before it, as it would where the points of a cluster come one after the other. Sums of parts are added
in the order of the parts, whoever has worked on them. So the same rows always give the same bits: assigned and summed
in one go by `rounds`, or first assigned and then moved as the moments show it.

Plain loops stand where numpy has a word for it (`a[:] = b`, `sum(axis=0)`): each such word takes the compiler a second.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.arithmetic import draws, side_by_side
from models.arithmetic.blocks import BLOCK, PART, parts_of, read_only, total, turn

LANES = 4
NONE = np.int64(0)  # a plain 0 in a kernel would have what it calls compiled once more, for that number alone


def assign(features: np.ndarray, centroids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest centroid (k, d) of each row (n, d), the first of equals: labels (n,) int32, and how many each has, (k,).

    Here and below features are C-contiguous float64; arrays given are left as they are.
    """
    n = len(features)
    before, labels = np.full(n, -1, dtype=np.int32), np.empty(n, dtype=np.int32)
    room = sums, counts, changes = _room_for_parts(features, len(centroids))
    side_by_side.work(_assign, n, len(sums), read_only(features), centroids.copy(), before, labels, *room)
    return labels, counts.sum(axis=0)


def means(features: np.ndarray, labels: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """The mean position of each cluster's rows, (k, d); an empty cluster's centroid stays."""
    sums, counts, _ = _room_for_parts(features, len(centroids))
    side_by_side.work(_add_up, len(features), len(sums), read_only(features), labels.copy(), sums, counts)
    moved = np.empty(centroids.shape)
    _divide(sums, counts, centroids.copy(), moved)
    return moved


def inertia(features: np.ndarray, centroids: np.ndarray) -> float:
    """The sum of squared distances from the rows to their nearest centroids."""
    n, totals = len(features), np.zeros(parts_of(len(features)))
    side_by_side.work(_least_squares, n, len(totals), read_only(features), centroids.copy(), totals)
    return float(totals.sum())


def rounds(
    features: np.ndarray, centroids: np.ndarray, labels: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Up to `count` rounds from these centroids (k, d) and labels (n,); stops after one in which no label is new.

    Returns (centroids, where they were before they last moved, labels, labels before the last round, and for each
    round done how many labels were new).
    """
    n, features, centroids = len(features), read_only(features), centroids.copy()
    previous, two = centroids.copy(), (labels.copy(), np.empty_like(labels))  # labels are written in turn
    room, changes = _room_for_parts(features, len(centroids)), np.zeros(count, dtype=np.int64)
    if n < side_by_side.FEWEST_ROWS:
        done = _rounds(features, centroids, previous, *two, *room, changes)
    else:
        for done in range(1, count + 1):
            before, now = two[(done - 1) % 2], two[done % 2]
            side_by_side.work(_assign, n, parts_of(n), features, centroids, before, now, *room)
            changes[done - 1] = _move(features, centroids, previous, before, now, *room)
            if changes[done - 1] == 0:
                break
    return centroids, previous, two[done % 2], two[(done - 1) % 2], changes[:done]


def take_farthest(
    features: np.ndarray, centroids: np.ndarray, labels: np.ndarray, counts: np.ndarray, cluster: int
) -> tuple[int, float]:
    """An empty cluster takes the point farthest from its own centroid: centroids, labels, counts change in place.

    Returns (row, distance), or (-1, 0) when no point of a larger cluster lies away from its centroid.
    """
    return _take_farthest(read_only(features), centroids, labels, counts, cluster)


def distinct_rows(features: np.ndarray, order: np.ndarray, count: int) -> np.ndarray:
    """The first `count` rows, in this order, that differ from each other; fewer if there are no more."""
    return _distinct_rows(read_only(features), order, count)


def plus_plus_rows(features: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Rows drawn one by one, (count,), each with a chance that grows with the squared distance to those drawn before.

    Of several draws the one stays that leaves the points nearest to the drawn rows: the greedy form of D. Arthur,
    S. Vassilvitskii: k-means++: The Advantages of Careful Seeding, 2007, with 2 + log(count) draws, as scikit-learn
    has it. There must be `count` distinct rows.
    """
    n, parts, features = len(features), parts_of(len(features)), read_only(features)
    least, totals = np.full(n, np.inf), np.empty(parts)  # squared distances to the drawn rows; their sums by part
    left = np.empty((parts, 2 + int(np.log(count))))
    rows = np.empty(count, dtype=np.int64)
    rows[0] = int(draws.uniform(seed, 0, draws.EXTRA, 0) * n)
    side_by_side.work(_come_nearer, n, parts, features, features[rows[0]], least, totals)
    for c in range(1, count):
        tried = _draw(least, totals, left.shape[1], seed, c)
        side_by_side.work(_try, n, parts, features, features[tried], least, left)
        rows[c] = tried[left.sum(axis=0).argmin()]
        side_by_side.work(_come_nearer, n, parts, features, features[rows[c]], least, totals)
    return rows


def _room_for_parts(features: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Room for what each part leaves: sums (parts, k, d), counts (parts, k), how many labels are new (parts,)."""
    parts = parts_of(len(features))
    return np.empty((parts, k, features.shape[1])), np.empty((parts, k), np.int64), np.empty(parts, np.int64)


# -- one block -------------------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True)
def _nearest(columns, m, centroids, squared, least, nearest):
    """For the first m rows of a block: the number of the nearest centroid, and its squared distance in `least`."""
    d = columns.shape[0]
    for i in range(m):
        least[i], nearest[i] = np.inf, 0
    for c in range(centroids.shape[0]):
        if d == 2:  # the plane: a distance need not go through memory
            x, y, a, b = columns[0], columns[1], centroids[c, 0], centroids[c, 1]
            for i in range(m):
                across, up = x[i] - a, y[i] - b
                distance = across * across + up * up
                is_nearer = distance < least[i]
                least[i] = distance if is_nearer else least[i]
                nearest[i] = c if is_nearer else nearest[i]
        else:
            _squared(columns, m, centroids[c], squared)
            for i in range(m):
                is_nearer = squared[i] < least[i]
                least[i] = squared[i] if is_nearer else least[i]
                nearest[i] = c if is_nearer else nearest[i]


@njit(cache=True, nogil=True)
def _squared(columns, m, place, squared):
    """Squared distances from the first m rows of a block to a place (d,)."""
    for j in range(columns.shape[0]):
        column, at = columns[j], place[j]
        if j == 0:
            for i in range(m):
                squared[i] = (column[i] - at) * (column[i] - at)
        else:
            for i in range(m):
                squared[i] += (column[i] - at) * (column[i] - at)


@njit(cache=True, nogil=True)
def _add(rows, nearest, sums, counts):
    """Add the rows (m, d) of a block to the lanes of their clusters: sums (k, LANES, d), counts (k, LANES)."""
    m, d = rows.shape
    if d == 2:
        for i in range(m):
            c, lane = nearest[i], i & (LANES - 1)
            # Both are read before either is written, so that the two travel as one.
            across, up = sums[c, lane, 0] + rows[i, 0], sums[c, lane, 1] + rows[i, 1]
            sums[c, lane, 0], sums[c, lane, 1] = across, up
            counts[c, lane] += 1
    else:
        for i in range(m):
            c, lane = nearest[i], i & (LANES - 1)
            for j in range(d):
                sums[c, lane, j] += rows[i, j]
            counts[c, lane] += 1


# -- parts: rows first * PART .. last * PART - 1 ------------------------------------------------------------------------


@njit(cache=True, nogil=True)
def _assign(features, centroids, before, labels, sums, counts, changes, first, last):
    """Label the rows of these parts, count the labels that differ from those `before`, and add the rows up."""
    n, d = features.shape
    k = centroids.shape[0]
    columns, squared, least = np.empty((d, BLOCK)), np.empty(BLOCK), np.empty(BLOCK)
    nearest = np.empty(BLOCK, dtype=np.int64)
    lane_sums, lane_counts = np.zeros((k, LANES, d)), np.zeros((k, LANES), dtype=np.int64)
    for part in range(first, last):
        changed = 0
        for start in range(part * PART, min(n, (part + 1) * PART), BLOCK):
            m = min(BLOCK, n - start)
            rows, old, new = features[start : start + m], before[start : start + m], labels[start : start + m]
            turn(rows, columns)
            _nearest(columns, m, centroids, squared, least, nearest)
            for i in range(m):
                new[i] = nearest[i]
            for i in range(m):
                changed += old[i] != new[i]
            _add(rows, nearest, lane_sums, lane_counts)
        changes[part] = changed
        _close_lanes(lane_sums, lane_counts, sums[part], counts[part])


@njit(cache=True, nogil=True)
def _add_up(features, labels, sums, counts, first, last):
    """Add the rows of these parts up under labels that they have already: the same additions as in `_assign`."""
    n, d = features.shape
    k = sums.shape[1]
    lane_sums, lane_counts = np.zeros((k, LANES, d)), np.zeros((k, LANES), dtype=np.int64)
    for part in range(first, last):
        for start in range(part * PART, min(n, (part + 1) * PART), BLOCK):
            end = min(n, start + BLOCK)
            _add(features[start:end], labels[start:end], lane_sums, lane_counts)
        _close_lanes(lane_sums, lane_counts, sums[part], counts[part])


@njit(cache=True, nogil=True)
def _close_lanes(lane_sums, lane_counts, sums, counts):
    """The lanes of a part added up; then they are empty again."""
    k, _, d = lane_sums.shape
    for c in range(k):
        counts[c] = (lane_counts[c, 0] + lane_counts[c, 1]) + (lane_counts[c, 2] + lane_counts[c, 3])
        for j in range(d):
            one, two = lane_sums[c, 0, j] + lane_sums[c, 1, j], lane_sums[c, 2, j] + lane_sums[c, 3, j]
            sums[c, j] = one + two
        for lane in range(LANES):
            lane_counts[c, lane] = 0
            for j in range(d):
                lane_sums[c, lane, j] = 0.0


@njit(cache=True, nogil=True)
def _least_squares(features, centroids, totals, first, last):
    """The inertia of each of these parts: every row at its nearest centroid."""
    n, d = features.shape
    columns, squared, least = np.empty((d, BLOCK)), np.empty(BLOCK), np.empty(BLOCK)
    nearest = np.empty(BLOCK, dtype=np.int64)
    for part in range(first, last):
        totals[part] = 0.0
        for start in range(part * PART, min(n, (part + 1) * PART), BLOCK):
            m = min(BLOCK, n - start)
            turn(features[start : start + m], columns)
            _nearest(columns, m, centroids, squared, least, nearest)
            totals[part] += total(least[:m])


# -- rounds ------------------------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True)
def _rounds(features, centroids, previous, even, odd, sums, counts, changes_by_part, changes):
    """As many rounds as `changes` has room for, in place; returns how many were done. Labels stand in `even` before the
    first round and then in the two arrays in turn."""
    for r in range(changes.shape[0]):
        before, now = (even, odd) if r % 2 == 0 else (odd, even)
        _assign(features, centroids, before, now, sums, counts, changes_by_part, NONE, sums.shape[0])
        changes[r] = _move(features, centroids, previous, before, now, sums, counts, changes_by_part)
        if changes[r] == 0:
            return r + 1
    return changes.shape[0]


@njit(cache=True, nogil=True)
def _move(features, centroids, previous, before, labels, sums, counts, changes_by_part):
    """The end of a round whose rows have been assigned: fill empty clusters, move the centroids, in place. Returns how
    many labels differ from those `before` the round."""
    parts, k, d = sums.shape
    changed, is_refilled, members = 0, False, np.zeros(k, dtype=np.int64)
    for part in range(parts):
        changed += changes_by_part[part]
        for c in range(k):
            members[c] += counts[part, c]
    for c in range(k):
        if members[c] == 0:
            row, _ = _take_farthest(features, centroids, labels, members, c)
            if row < 0:
                break
            is_refilled = True
    if is_refilled:
        changed = 0
        for i in range(labels.shape[0]):
            changed += labels[i] != before[i]
        _add_up(features, labels, sums, counts, NONE, parts)
    for c in range(k):
        for j in range(d):
            previous[c, j] = centroids[c, j]
    _divide(sums, counts, previous, centroids)
    return changed


@njit(cache=True, nogil=True)
def _divide(sums, counts, centroids, moved):
    """The sums of the parts, added in their order and divided by how many rows there are, into `moved`."""
    parts, k, d = sums.shape
    for c in range(k):
        members = 0
        for part in range(parts):
            members += counts[part, c]
        for j in range(d):
            along = 0.0
            for part in range(parts):
                along += sums[part, c, j]
            moved[c, j] = along / members if members > 0 else centroids[c, j]


@njit(cache=True, nogil=True)
def _take_farthest(features, centroids, labels, counts, cluster):
    n, d = features.shape
    farthest, most = -1, 0.0
    for i in range(n):
        if counts[labels[i]] < 2:
            continue
        squared = 0.0
        for j in range(d):
            difference = features[i, j] - centroids[labels[i], j]
            squared += difference * difference
        if squared > most:
            farthest, most = i, squared
    if farthest >= 0:
        counts[labels[farthest]] -= 1
        counts[cluster] = 1
        labels[farthest] = cluster
        for j in range(d):
            centroids[cluster, j] = features[farthest, j]
    return farthest, np.sqrt(most)


# -- where centroids start -----------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True)
def _distinct_rows(features, order, count):
    rows = np.empty(count, dtype=np.int64)
    found = 0
    for i in order:
        is_new = True
        for r in range(found):
            is_same = True
            for j in range(features.shape[1]):
                if features[rows[r], j] != features[i, j]:
                    is_same = False
                    break
            if is_same:
                is_new = False
                break
        if is_new:
            rows[found] = i
            found += 1
            if found == count:
                break
    return rows[:found]


@njit(cache=True, nogil=True)
def _draw(least, totals, trials, seed, number):
    """Rows (trials,), each drawn with a chance that grows with its entry of `least` (n,); `totals` are its parts' sums."""
    n, parts = least.shape[0], totals.shape[0]
    whole = 0.0
    for part in range(parts):
        whole += totals[part]
    rows = np.zeros(trials, dtype=np.int64)
    for trial in range(trials):
        goal = draws.uniform(seed, number, draws.EXTRA, trial) * whole
        passed, part = 0.0, 0
        while part < parts - 1 and passed + totals[part] <= goal:
            passed += totals[part]
            part += 1
        # Rounding may let the goal lie beyond the last row of its part, or of all: the last row with a chance stays.
        for i in range(part * PART, n):
            passed += least[i]
            if least[i] > 0.0:
                rows[trial] = i
                if passed > goal:
                    break
    return rows


@njit(cache=True, nogil=True)
def _try(features, places, least, left, first, last):
    """For each of these parts and each place (t, d): what the sum of `least` would be if the place were drawn."""
    n, d = features.shape
    columns, squared = np.empty((d, BLOCK)), np.empty(BLOCK)
    for part in range(first, last):
        for t in range(places.shape[0]):
            left[part, t] = 0.0
        for start in range(part * PART, min(n, (part + 1) * PART), BLOCK):
            m = min(BLOCK, n - start)
            known = least[start : start + m]
            turn(features[start : start + m], columns)
            for t in range(places.shape[0]):
                _squared(columns, m, places[t], squared)
                for i in range(m):
                    squared[i] = squared[i] if squared[i] < known[i] else known[i]
                left[part, t] += total(squared[:m])


@njit(cache=True, nogil=True)
def _come_nearer(features, place, least, totals, first, last):
    """A place (d,) has been drawn: lower `least`, in place, where it is nearer, and sum it up by part."""
    n, d = features.shape
    columns, squared = np.empty((d, BLOCK)), np.empty(BLOCK)
    for part in range(first, last):
        totals[part] = 0.0
        for start in range(part * PART, min(n, (part + 1) * PART), BLOCK):
            m = min(BLOCK, n - start)
            known = least[start : start + m]
            turn(features[start : start + m], columns)
            _squared(columns, m, place, squared)
            for i in range(m):
                known[i] = squared[i] if squared[i] < known[i] else known[i]
            totals[part] += total(known)
