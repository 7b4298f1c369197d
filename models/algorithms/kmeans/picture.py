"""K-means in marks: points in the colours of their clusters, the borders between regions, where the centroids move."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.algorithms.kmeans.state import KMeansState, state_of
from models.algorithms.kmeans.voronoi import borders
from models.core.formula import Shown
from models.core.marks import Arrow, Field, Mark, Points, Segments, Trail
from models.core.moment import Moment, Pin
from models.core.problem import Rows
from models.words.numbers import number

BORDERS_BEYOND = 20.0  # borders without an end are drawn so many times the data's span
MOST_LINKS = 2_000  # membership lines drawn; with more points an even choice of them


def marks(moment: Moment, problem: Rows, show_classes: bool) -> Iterator[Mark]:
    """What the plane shows of K-means at a moment. Points are grey until they belong to a cluster."""
    state = state_of(moment)
    clusters = np.arange(len(state.centroids))
    starts, ends = _borders(state.centroids, problem)
    yield Segments(key="borders", starts=starts, ends=ends, thin=True, emphasis="focus")
    labels, rows = state.labels.astype(np.int64), np.arange(problem.n)
    is_assigning = moment.phase in ("assign", "closing")
    if state.is_assigned:
        # The regions are coloured from a raster; their borders are known exactly, and stay when it is switched off.
        yield Field(key="regions", group_role="cluster", contour=False)
        if is_assigning:
            linked = np.arange(0, problem.n, -(-problem.n // MOST_LINKS))
            yield Segments(
                key="memberships",
                role="muted",
                emphasis="muted",
                pulse=True,
                starts=problem.features[linked],
                ends=state.centroids[labels[linked]],
                groups=labels[linked],
                thin=True,
            )
    if problem.n:
        yield Points(key="members", role="muted", rows=rows, symbol="data", groups=labels, keeps_shape=show_classes)
    if is_assigning and _had_clusters(moment, state) and state.changed_count > 0:
        yield Points(key="changed", role="accent", rows=np.flatnonzero(state.changed), pulse=True)
    if moment.phase == "refill":
        taken = np.array([moment.values["row"]])
        yield Points(key="taken", role="accent", emphasis="focus", rows=taken, pulse=True)
    yield Trail(key="trails", source="centroids", group_role="cluster")
    if moment.phase in ("refill", "move"):
        for c in clusters[(state.previous != state.centroids).any(axis=1)].tolist():
            way = state.centroids[c] - state.previous[c]
            yield Arrow(key=f"move:{c}", role=f"cluster:{c}", at=state.previous[c], direction=way, pulse=True)
    yield Points(
        key="centroids",
        at=state.centroids,
        symbol="cross",
        groups=clusters,
        labels=tuple(str(c + 1) for c in clusters),
        glide=True,
        handle="centroid",
    )


def _had_clusters(moment: Moment, state: KMeansState) -> bool:
    """Whether the points belonged to clusters before this assignment: who had none has not changed sides."""
    return moment.phase == "closing" or state.rounds > 1


def pinned_marks(shown: Shown, problem: Rows) -> Iterator[Mark]:
    """Lines from a pinned point or place to every centroid, with their lengths; nothing where nothing is pinned."""
    pin = shown.pin
    row = pinned_row(pin, problem)
    if pin.place is not None:
        place = problem.scale_point(np.asarray(pin.place))
        yield Points(key="pinned place", role="accent", at=place[None, :], symbol="dot")
    elif row is not None:
        place = problem.features[row]
    else:
        return
    centroids = state_of(shown.moment).centroids
    distances = np.sqrt(((place - centroids) ** 2).sum(axis=1))
    clusters = np.arange(len(distances))
    is_nearest = clusters == distances.argmin()
    for key, chosen in (("pinned links", ~is_nearest), ("pinned nearest", is_nearest)):
        if chosen.any():
            yield Segments(
                key=key,
                starts=np.repeat(place[None, :], int(chosen.sum()), axis=0),
                ends=centroids[chosen],
                groups=clusters[chosen],
                labels=tuple(number(distance) for distance in distances[chosen]),
                emphasis="focus" if key == "pinned nearest" else "normal",
                thin=True,
            )


def pinned_row(pin: Pin, problem: Rows) -> int | None:
    """The training row that is pinned, or None."""
    found = np.flatnonzero(problem.rows == pin.row) if pin.row is not None else np.zeros(0, dtype=np.int64)
    return int(found[0]) if len(found) else None


def _borders(centroids: np.ndarray, problem: Rows) -> tuple[np.ndarray, np.ndarray]:
    """The Voronoi diagram of the shown plane as straight pieces between whole rows, (m, d) each."""
    outside = np.setdiff1d(np.arange(problem.d), problem.axes)
    heights = ((problem.held[outside] - centroids[:, outside]) ** 2).sum(axis=1)
    sites = problem.to_plane(centroids)
    spans = []
    for site, axis in zip(sites.T, problem.axes, strict=True):
        column = problem.features[:, axis]
        spans.append(max(site.max(), column.max()) - min(site.min(), column.min()))
    reach = BORDERS_BEYOND * float(np.hypot(*spans))
    starts, ends = borders(sites, heights, reach)
    return problem.from_plane(starts), problem.from_plane(ends)
