"""K-means in numbers: the distances from one place to every centroid, the mean of one cluster, the inertia."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.algorithms.kmeans.kernels import assign
from models.algorithms.kmeans.picture import pinned_row
from models.algorithms.kmeans.state import KMeansState, state_of
from models.core.formula import Formula, Shown
from models.core.moment import Pin
from models.core.problem import Rows
from models.words.latex_matrices import column, entries, squared_distance
from models.words.latex_matrices import shown as written
from models.words.text import Text

MOST_LISTED = 6  # distances or clusters written in one line

_POINT_DISTANCE = Text("point {row} to centroid {cluster}{units}", "점 {row}에서 중심점 {cluster}까지{units}")
_PLACE_DISTANCE = Text("the chosen place to centroid {cluster}{units}", "고른 자리에서 중심점 {cluster}까지{units}")
_SCALED = Text(" (standardised)", " (표준화한 단위)")
_POINT_NEAREST = Text("point {row} is nearest to centroid {cluster}", "점 {row}에 가장 가까운 중심점: {cluster}")
_PLACE_NEAREST = Text("the chosen place is nearest to centroid {cluster}", "고른 자리에 가장 가까운 중심점: {cluster}")
_MEAN = Text("centroid {cluster}: the mean of its points ({count})", "중심점 {cluster}: 속한 점 {count}개의 평균")
_WAY = Text("how far centroid {cluster} has moved{units}", "중심점 {cluster}의 이동 거리{units}")
_INERTIA = Text(
    "inertia, centroid by centroid: squared distances of the points that are nearest to it",
    "군집 내 제곱합(inertia): 가장 가까운 중심점까지 거리의 제곱을 중심점마다 더한 값",
)
_FARTHEST = Text(
    "point {row} lies farthest from its centroid {old}, and goes to the empty cluster {cluster}",
    "점 {row:이/가} 자기 중심점 {old}에서 가장 멀어 빈 군집 {cluster:으로/로} 갑니다",
)


def told(shown: Shown, problem: Rows) -> Iterator[Formula]:
    """The formulas of a moment: distances, a mean, or whom an empty cluster takes; then the inertia."""
    state, phase, is_scaled = state_of(shown.moment), shown.moment.phase, problem.scaler.kind != "none"
    if phase == "move":
        cluster = _cluster_concerned(state, shown.pin, problem)
        members = problem.features[state.labels == cluster]
        yield from mean(members, state.centroids[cluster], state.previous[cluster], cluster, is_scaled)
    elif phase == "refill":
        # Its old cluster had other points, so nothing has moved that cluster's centroid since the round began.
        row, old = int(shown.moment.values["row"]), int(shown.moment.values["old"]) - 1
        assert isinstance(shown.before, KMeansState)
        own, cluster = shown.before.centroids[old], int(state.labels[row])
        yield farthest(problem.features[row], own, int(problem.rows[row]) + 1, old, cluster)
    else:
        place, at = _place_concerned(state, shown.pin, problem)
        yield from distances(place, state.centroids, None if at is None else int(problem.rows[at]) + 1, is_scaled)
    if state.is_assigned:
        yield inertia(problem.features, state.centroids)


def concerned(shown: Shown, problem: Rows) -> np.ndarray:
    """The training rows that they are about."""
    state = state_of(shown.moment)
    if shown.moment.phase == "move":
        return np.flatnonzero(state.labels == _cluster_concerned(state, shown.pin, problem))
    if shown.moment.phase == "refill":
        return np.array([shown.moment.values["row"]], dtype=np.int64)
    _, row = _place_concerned(state, shown.pin, problem)
    return np.array([] if row is None else [row], dtype=np.int64)


def _place_concerned(state: KMeansState, pin: Pin, problem: Rows) -> tuple[np.ndarray, int | None]:
    """Where distances are measured from, (d,), and its training row: the pinned place (no row), the pinned row, the
    first point that changed sides, the first point."""
    if pin.place is not None:
        return problem.scale_point(np.asarray(pin.place)), None
    row = pinned_row(pin, problem)
    if row is None:
        row = int(state.changed.argmax())
    return problem.features[row], row


def _cluster_concerned(state: KMeansState, pin: Pin, problem: Rows) -> int:
    """The cluster of the pinned row, or the one whose centroid has moved farthest (the first of equals)."""
    row = pinned_row(pin, problem)
    if row is not None:
        return int(state.labels[row])
    ways = ((state.centroids - state.previous) ** 2).sum(axis=1)
    is_empty = np.bincount(state.labels, minlength=len(ways)) == 0
    return int(np.where(is_empty, -1.0, ways).argmax())


# -- formulas ----------------------------------------------------------------------------------------------------------


def units_said(is_scaled: bool) -> Text | str:
    """What stands behind a length in the learner's units."""
    return _SCALED if is_scaled else ""


def distances(place: np.ndarray, centroids: np.ndarray, row: int | None, is_scaled: bool) -> Iterator[Formula]:
    """The distance from a place (d,) to every centroid (k, d), and which is the least, the first of equals.

    row: the number by which people know the point that lies there, or None for a place between the points.
    """
    said = {"units": units_said(is_scaled)} | ({} if row is None else {"row": row})
    squares = ((place - centroids) ** 2).sum(axis=1)
    d = len(place)
    for c, squared in enumerate(squares.tolist()):
        mu = rf"\mu_{{{c + 1}}}"
        yield Formula(
            key=f"distance {c + 1}",
            said=_PLACE_DISTANCE if row is None else _POINT_DISTANCE,
            said_values=said | {"cluster": c + 1},
            symbols=rf"d_{{{c + 1}}} = \lVert x - {mu} \rVert",
            numbers=rf"d_{{{c + 1}}} = \sqrt{{{squared_distance('x', 'm', d)}}} = \sqrt{{<squared>}} = <distance>",
            values=entries("x", place)
            | entries("m", centroids[c])
            | {"squared": squared, "distance": float(np.sqrt(squared))},
        )
    nearest = int(squares.argmin())
    listed = [c for c in written(len(squares), MOST_LISTED) if c is not None]
    listed = sorted({*listed, nearest})
    dots = r",\, \ldots" if len(listed) < len(squares) else ""
    names = r",\, ".join(f"<d{c + 1}>" for c in listed) + dots
    yield Formula(
        key="nearest",
        said=_PLACE_NEAREST if row is None else _POINT_NEAREST,
        said_values={"cluster": nearest + 1} | ({} if row is None else {"row": row}),
        symbols=r"c(x) = \arg\min_c \lVert x - \mu_c \rVert",
        numbers=rf"\min({names}) = <least>, \quad c(x) = <cluster>",
        values={f"d{c + 1}": float(np.sqrt(squares[c])) for c in listed}
        | {"least": float(np.sqrt(squares[nearest])), "cluster": float(nearest + 1)},
        is_main=True,
    )


def mean(
    members: np.ndarray, centroid: np.ndarray, previous: np.ndarray, cluster: int, is_scaled: bool
) -> Iterator[Formula]:
    """The mean of a cluster's points (m, d), m >= 1, where its centroid now stands, and how far that is from before."""
    d, c = len(centroid), cluster + 1
    yield Formula(
        key="mean",
        said=_MEAN,
        said_values={"cluster": c, "count": len(members)},
        symbols=rf"\mu_{{{c}}} = \frac{{1}}{{n_{{{c}}}}} \sum_{{i \in S_{{{c}}}}} x_i",
        numbers=rf"\mu_{{{c}}} = \frac{{1}}{{<count>}} {column('sum', d)} = {column('mean', d)}",
        values=entries("sum", members.sum(axis=0)) | entries("mean", centroid) | {"count": float(len(members))},
        is_main=True,
    )
    yield Formula(
        key="way",
        said=_WAY,
        said_values={"cluster": c, "units": units_said(is_scaled)},
        symbols=rf"\lVert \mu_{{{c}}}^{{\prime}} - \mu_{{{c}}} \rVert",
        numbers=rf"\sqrt{{{squared_distance('new', 'old', d)}}} = <way>",
        values=entries("new", centroid)
        | entries("old", previous)
        | {"way": float(np.sqrt(((centroid - previous) ** 2).sum()))},
    )


def farthest(point: np.ndarray, centroid: np.ndarray, row: int, old: int, cluster: int) -> Formula:
    """The point (d,) that an empty cluster takes: the one farthest from its own centroid (d,)."""
    squared = float(((point - centroid) ** 2).sum())
    return Formula(
        key="farthest",
        said=_FARTHEST,
        said_values={"row": row, "old": old + 1, "cluster": cluster + 1},
        symbols=r"\max_i \lVert x_i - \mu_{c(i)} \rVert",
        numbers=rf"\sqrt{{{squared_distance('x', 'm', len(point))}}} = \sqrt{{<squared>}} = <distance>",
        values=entries("x", point) | entries("m", centroid) | {"squared": squared, "distance": float(np.sqrt(squared))},
        is_main=True,
    )


def inertia(features: np.ndarray, centroids: np.ndarray) -> Formula:
    """The sum of squared distances of points (n, d) to their nearest centroids (k, d), by centroid."""
    labels, _ = assign(features, centroids)
    squares = ((features - centroids[labels]) ** 2).sum(axis=1)
    parts = np.bincount(labels, weights=squares, minlength=len(centroids))
    listed = written(len(parts), MOST_LISTED)
    terms = " + ".join(r"\cdots" if c is None else f"<j{c + 1}>" for c in listed)
    return Formula(
        key="inertia",
        said=_INERTIA,
        symbols=r"J = \sum_i \min_c \lVert x_i - \mu_c \rVert^2",
        numbers=rf"J = {terms} = <inertia>" if len(parts) > 1 else "J = <inertia>",
        values=({f"j{c + 1}": float(parts[c]) for c in listed if c is not None} if len(parts) > 1 else {})
        | {"inertia": float(squares.sum())},
    )
