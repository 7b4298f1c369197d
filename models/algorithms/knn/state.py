"""The state of K-nearest neighbours, and the search over its rows that goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from models.core.state import State


class Searcher(Protocol):
    """What finds candidates among the training rows for many places at once. Its distances may be rounded: `tie` is the
    share of a distance and `doubt` the length by which two of them must differ to be told apart."""

    tie: float

    def doubt(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """For places x (m, d): (m,)."""
        ...

    def query(self, x: NDArray[np.float64], width: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The `width` nearest rows of each place x (m, d), nearest first: (distances, rows), (m, width) both."""
        ...


class Search:
    """Where a searcher is kept once it has been made. A problem has one, and every state of a run hands it on."""

    def __init__(self, searcher: Searcher | None = None) -> None:
        self.searcher = searcher


@dataclass(frozen=True, eq=False)
class KNNState(State):
    """The training rows, kept as they are, and what has been found for the new point so far, nearest first.

    votes[c]: how many of the found neighbours (or what sum of their weights) belong to class c. Where the targets are
    numbers it has one entry: the mean of the found neighbours' values, 0 before there are any.

    `search` is no part of the state: it is neither stored nor compared, and no result depends on it.
    """

    features: np.ndarray  # (n, d), the problem's own array
    targets: np.ndarray  # (n,) int64, or float64 for numbers
    found: np.ndarray  # (m,) int64, rows
    distances: np.ndarray  # (m,)
    votes: np.ndarray  # (c,), (1,) for numbers
    finished: int

    def __post_init__(self) -> None:
        super().__post_init__()
        self.search_by(Search())

    @property
    def search(self) -> Search:
        kept: Search = self.__dict__["_search"]
        return kept

    def search_by(self, search: Search) -> Self:
        """This state itself, its rows searched by what is kept there."""
        self.__dict__["_search"] = search
        return self

    def replace(self, **changes: Any) -> Self:
        new = super().replace(**changes)
        return new.search_by(self.search) if new.features is self.features else new

    @property
    def is_regression(self) -> bool:
        return bool(self.targets.dtype.kind == "f")

    def nbytes(self) -> int:
        """Bytes of this state alone: the training rows are shared by all states of a run."""
        return 784 + self.found.nbytes + self.distances.nbytes + self.votes.nbytes
