"""K-nearest neighbours in marks: the question mark, its neighbours and how far they reach, and their votes or values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.algorithms.knn.state import KNNState
from models.algorithms.knn.words import MEAN, WEIGHTED_MEAN
from models.core.marks import Bars, Ellipse, Field, Mark, Points, Segments
from models.core.problem import Rows
from models.words.numbers import fixed, number
from models.words.text import Text

MOST_LINKS = 2_000  # links drawn from the new point
MOST_LABELS = 40  # with more neighbours the distances would cover each other
MOST_BARS = 10  # neighbours whose values are listed in the corner of the plane

_VALUES = Text("Values of the neighbours", "이웃의 목표값")
_NEAREST_VALUES = Text("Values of the nearest neighbours", "가장 가까운 이웃의 목표값")


def marks_of(state: KNNState, phase: str, at: NDArray[np.float64], votes: Bars | None, problem: Rows) -> Iterator[Mark]:
    """What the plane shows of a state: `at` is where the new point stands (`query_place`), `votes` the bars of what its
    neighbours say, once there are any."""
    yield Field(key="surface")
    if len(state.found):
        linked = state.found[:MOST_LINKS]
        groups = None if state.is_regression else state.targets[linked]
        yield _reach(at, float(state.distances[-1]), problem)
        yield Segments(
            key="links",
            role="accent",
            starts=np.repeat(at[None, :], len(linked), axis=0),
            ends=problem.places[linked],
            groups=groups,
            group_role="class",
            thin=True,
            labels=tuple(_short(distance) for distance in state.distances) if len(linked) <= MOST_LABELS else (),
        )
        yield Points(key="found", role="accent", rows=state.found)
        if phase == "find":
            yield Points(key="newest", role="accent", emphasis="focus", rows=state.found[-1:], pulse=True)
        if problem.shows_target:
            yield _level(at, float(state.votes[0]), float(state.distances[-1]), bool(state.finished), problem)
        if votes is not None:
            yield votes
    labels = (number(state.votes[0]),) if state.is_regression and state.finished else ()
    yield Points(key="query", role="accent", at=at[None, :], symbol="query", handle="query", snaps=True, labels=labels)


def query_place(
    state: KNNState, row: NDArray[np.float64], query: tuple[float, ...] | None, problem: Rows
) -> NDArray[np.float64]:
    """Where the new point, asked at `query` and so at `row` (d,), stands: (d,), or (d + 1,) where the plane shows the
    target. Its height is then the answer once it is known; before, where it was put by hand, or the median of the
    targets."""
    if not problem.shows_target:
        return row
    if state.finished:
        height = float(state.votes[0])
    else:
        height = query[1] if query is not None and len(query) == 2 else float(np.median(state.targets))
    return np.append(row, height)


def vote_bars(state: KNNState, most: float, is_weighted: bool, problem: Rows) -> Bars:
    """The votes of the neighbours found so far, class by class; `most` fills a bar."""
    return Bars(
        key="votes",
        title=Text("Votes", "표"),
        labels=tuple(problem.class_text(c) for c in range(problem.n_classes)),
        values=state.votes,
        most=most,
        roles=tuple(f"class:{c}" for c in range(problem.n_classes)),
        number_format=".2f" if is_weighted else "g",
    )


def value_bars(state: KNNState, is_weighted: bool) -> Bars:
    """The values of the nearest neighbours found so far, and the mean of all of them."""
    values = state.targets[state.found]
    shown = np.append(values[:MOST_BARS], state.votes[0])
    names = [Text(f"neighbour {i + 1}", f"이웃 {i + 1}") for i in range(len(shown) - 1)]
    return Bars(
        key="values",
        title=_VALUES if len(values) <= MOST_BARS else _NEAREST_VALUES,
        labels=(*names, WEIGHTED_MEAN if is_weighted else MEAN),
        values=shown,
        most=float(np.abs(values).max()) or 1.0,
        roles=(*["muted"] * (len(shown) - 1), "accent"),
        number_format=".4g",
    )


def _reach(at: NDArray[np.float64], radius: float, problem: Rows) -> Mark:
    """All that is as near as the last neighbour: a circle, or between two lines where the plane shows the target."""
    if not problem.shows_target:
        return Ellipse(key="reach", role="accent", center=at, radius=radius, dashed=True, glide=True)
    across, up = np.zeros_like(at), np.zeros_like(at)
    across[problem.axes[0]], up[-1] = radius, max(1.0, abs(float(at[-1])))
    starts = np.stack([at - across, at + across])
    return Segments(key="reach", role="accent", starts=starts, ends=starts + up, extend=True, dashed=True, thin=True)


def _level(at: NDArray[np.float64], height: float, radius: float, is_answer: bool, problem: Rows) -> Segments:
    """The mean of the neighbours' values, as far as the neighbours reach; a strong line once it is the answer."""
    across = np.zeros_like(at)
    across[problem.axes[0]] = radius
    middle = np.append(at[:-1], height)
    return Segments(
        key="mean", role="accent", starts=(middle - across)[None, :], ends=(middle + across)[None, :],
        dashed=not is_answer, thin=not is_answer,
    )  # fmt: skip


def _short(distance: float) -> str:
    """A distance as it stands beside its line: in won nobody reads hundredths."""
    return fixed(distance, 2 if distance < 1000 else 0)
