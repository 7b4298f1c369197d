"""Finding neighbours: those of one place step by step, and those of many places at once, in one and the same order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from models.algorithms.knn.kernels import next_nearest, settle, settle_among_all, squares_to
from models.algorithms.knn.state import KNNState, Search, Searcher
from models.arithmetic import side_by_side
from models.arithmetic.blocks import read_only
from models.core.problem import Rows

MOST_TREE_COLUMNS = 16  # beyond, a k-d tree visits nearly every point
FEWEST_PLACES = 2_000  # asked about at once: with fewer, threads cost more than they save
MOST_OF_ALL = 0.5  # share of all rows; where more are wanted, looking at every row is as fast as a search
MOST_WALKS = 30  # neighbours each found by a walk over all points; more by sorting them once
SAME = 1e-12  # distances closer than this share of themselves differ by rounding alone


# -- one place ---------------------------------------------------------------------------------------------------------


def squares_from(query: NDArray[np.float64], problem: Rows) -> NDArray[np.float64]:
    """Squared distances from the new point (d,) to all training rows, (n,). On every numeric path the host's: that is
    one walk over the rows, and all paths then agree to the bit."""
    return squares_to(read_only(problem.features), read_only(query))


def following(squares: NDArray[np.float64], found: NDArray[np.int64], more: int) -> NDArray[np.int64]:
    """The `more` rows that follow those `found` (nearest first) in the order of (squared distance, row)."""
    if more <= MOST_WALKS:
        return next_nearest(squares, found.copy(), more)
    return np.argsort(squares, kind="stable")[len(found) : len(found) + more]


class Tied(NamedTuple):
    """Rows as near as the neighbour found last, `rows` (m,) in rising order, of which `room` were found; is_exact:
    whether their distances are the same number, and not only to rounding."""

    rows: NDArray[np.int64]
    room: int
    is_exact: bool


def tied_with_last(squares: NDArray[np.float64], found: NDArray[np.int64]) -> Tied | None:
    """Which rows are as near as the last of those `found` (m,), m >= 1; None where all of these were found."""
    last = float(squares[found[-1]])
    rows = np.flatnonzero(np.abs(squares - last) <= 2.0 * SAME * last)
    room = int(np.isin(rows, found).sum())
    if room == len(rows):
        return None
    return Tied(rows, room, bool((squares[rows] == last).all()))


def may_answer_otherwise(tied: Tied, state: KNNState, is_weighted: bool) -> bool:
    """Whether with others of the tied rows among the neighbours the answer can be another one."""
    answers, last = state.targets[tied.rows], float(state.distances[-1])
    counts_nothing = is_weighted and state.distances[0] == 0.0 < last
    if counts_nothing or (answers == answers[0]).all():
        return False
    if state.is_regression:
        return True
    vote = 1.0 / last if is_weighted and last > 0.0 else 1.0
    there = np.bincount(answers, minlength=len(state.votes))
    inside = np.bincount(state.targets[tied.rows[np.isin(tied.rows, state.found)]], minlength=len(state.votes))
    chosen = winner(state.votes)
    return any(
        winner(_votes_best_for(c, state.votes, inside, there, vote, tied.room)) == c
        for c in range(len(state.votes))
        if c != chosen
    )


def _votes_best_for(
    c: int, votes: NDArray[np.float64], inside: NDArray[np.int64], there: NDArray[np.int64], vote: float, room: int
) -> NDArray[np.float64]:
    """The votes (c,) if of the tied rows, `there` of each class and `inside` of them counted so far, as many of class c
    counted as can be, and of the others those that help no class to the front."""
    left = there.copy()
    best = votes - inside * vote
    best[inside == 0] = votes[inside == 0]  # without rounding
    taken = min(room, int(left[c]))
    best[c] += taken * vote
    left[c] = 0
    wins_ties = np.where(np.arange(len(votes)) < c, 0.5 * vote, 0.0)
    for _ in range(room - taken):
        weakest = int(np.where(left > 0, best + wins_ties, np.inf).argmin())
        best[weakest] += vote
        left[weakest] -= 1
    return best


def shares_of(votes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Votes (c,) as shares of all votes, with the bits of the surface's."""
    total = 0.0
    for vote in votes.tolist():
        total += vote
    return votes / total


def winner(votes: NDArray[np.float64]) -> int:
    """The class with the largest share of the votes (c,); of equals the one with the smallest number."""
    return int(np.argmax(shares_of(votes)))


def can_be_reached(query: NDArray[np.float64], problem: Rows) -> bool:
    """Whether every distance between the new point (d,) and the training rows can be computed."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(squares_from(query, problem)).all())


# -- many places -------------------------------------------------------------------------------------------------------


class Tree:
    """Candidates by a k-d tree, on the CPU.

    Cells are halved in the middle of their longer side and not at the median of their points: such a tree is built in
    half the time and, where the places that are asked about lie away from the points, as most of a plane does, it
    answers in half the time too.
    """

    tie = 1e-9

    def __init__(self, features: NDArray[np.float64]) -> None:
        self._tree = cKDTree(features, balanced_tree=False, compact_nodes=False)

    def doubt(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.zeros(len(x))

    def query(self, x: NDArray[np.float64], width: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        workers = side_by_side.threads() if len(x) >= FEWEST_PLACES else 1
        distances, rows = self._tree.query(x, k=width, workers=workers)
        return distances.reshape(len(x), width), rows.reshape(len(x), width).astype(np.int64)


def search_of(problem: Rows) -> Search:
    """Where the searcher of a problem's rows is kept: a tree is made when it is first asked, on first use."""
    features = problem.features
    if problem.path != "torch":
        return problem.keep("nearest rows", Search)
    device, dtype = problem.device, problem.float_type()

    def on_device() -> Search:
        from models.algorithms.knn.device import OnDevice

        return Search(OnDevice(features, device, dtype))

    return problem.keep("nearest rows", on_device)


def searcher_of(state: KNNState) -> Searcher | None:
    """What searches the rows of a state; None where looking at every row is as good."""
    search = state.search
    if search.searcher is None and state.features.shape[1] <= MOST_TREE_COLUMNS:
        search.searcher = Tree(state.features)
    return search.searcher


def nearest(state: KNNState, x: NDArray[np.float64], k: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The k nearest of the state's rows for each row of x (m, d), by (distance, row): (distances, rows), (m, k) both.

    A searcher is asked for one more than k. Where the last two are as good as equal more are asked for, until all that
    are tied are among them; of the candidates our own rule chooses. Where a fair share of all rows is wanted anyway,
    and for places that no searcher can tell apart, every row is a candidate.
    """
    distances, rows = np.empty((len(x), k)), np.empty((len(x), k), dtype=np.int64)
    features, x, left = read_only(state.features), read_only(x), np.arange(len(x))
    n = len(features)
    searcher = searcher_of(state) if MOST_OF_ALL * n > k + 1 else None
    if searcher is not None:
        for width in (k + 1, 4 * k + 16):
            if width >= n:
                break
            near, candidates = searcher.query(x[left], width)
            is_clear = _is_clear(near, k, searcher.tie, searcher.doubt(x[left]))
            settle(features, x, left[is_clear], candidates[is_clear], distances, rows)
            left = left[~is_clear]
            if len(left) == 0:
                return distances, rows
    settle_among_all(features, x, left, MOST_WALKS, distances, rows)
    return distances, rows


def _is_clear(near: NDArray[np.float64], k: int, tie: float, doubt: NDArray[np.float64]) -> NDArray[np.bool_]:
    """For distances (m, width), width > k, nearest first: whether what was left out is farther than the k-th for sure."""
    with np.errstate(invalid="ignore"):
        gap = near[:, -1] - near[:, k - 1]
    clear: NDArray[np.bool_] = np.isfinite(gap) & (gap > tie * near[:, k - 1] + doubt)
    return clear
