"""Both regressions beside a principal axis, as marks: three lines through the mean, three ways to measure an error."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.core.marks import Mark, Note, Segments
from models.core.problem import Rows
from models.words.text import Text

UP_ROLE, ACROSS_ROLE, AXIS_ROLE = "cluster:1", "cluster:6", "accent"
MOST_STICKS = 6  # points whose three errors are drawn: more of them hide each other
LABEL_AT = 2.1  # deviations from the mean

_UP = Text("{up} on {across}: {slope:.2f}", "{across:으로/로} {up} 예측: {slope:.2f}")
_ACROSS = Text("{across} on {up}: {slope:.2f}", "{up:으로/로} {across} 예측: {slope:.2f}")
_AXIS = Text("axis: {slope:.2f}", "축: {slope:.2f}")


def spread_in_plane(problem: Rows) -> np.ndarray:
    """The covariance (2, 2) of the two shown columns, in the learner's units, divided by n - 1."""
    return np.atleast_2d(np.cov(problem.to_plane(problem.features).T))


def regression_lines(problem: Rows, middle: np.ndarray, axis: np.ndarray) -> Iterator[Mark]:
    """The line that predicts up from across (errors upright), the one that predicts across from up (errors level),
    with their slopes in original units, and for some points their errors, also those from the axis (d,).

    A line that nothing can be read from (a column without spread) is left out.
    """
    spread = spread_in_plane(problem)
    (xx, xy), (_, yy) = spread.tolist()
    mean = problem.to_plane(middle[None, :])[0]
    points = problem.to_plane(problem.features)
    chosen = points[_outermost(points, spread)]
    names = dict(zip(("across", "up"), (problem.feature_names[i] for i in problem.axes), strict=True))

    def sticks(key: str, role: str, feet: np.ndarray) -> Segments:
        starts, ends = problem.from_plane(chosen), problem.from_plane(feet)
        return Segments(key=f"{key} sticks", role=role, starts=starts, ends=ends, thin=True, emphasis="focus")

    def label(key: str, role: str, text: Text, way: np.ndarray) -> Iterator[Mark]:
        """At the end of `way` from the mean; an upright line has no slope to write there."""
        if abs(way[0]) > 1e-9 * abs(way[1]):
            rise, run = (way * problem.plane_scaling[1])[::-1].tolist()
            at = problem.from_plane((mean + way)[None, :])[0]
            yield Note(key=f"{key} slope", role=role, at=at, text=text, values=names | {"slope": rise / run})

    ways = (("up", UP_ROLE, _UP, (xx, xy), xx, 0), ("across", ACROSS_ROLE, _ACROSS, (xy, yy), yy, 1))
    for key, role, text, way, own, column in ways:
        if own <= 0.0:
            continue
        along = np.array(way) / own
        yield sticks(key, role, mean + (chosen - mean)[:, [column]] * along)
        ends = problem.from_plane(np.stack([mean - np.sqrt(own) * along, mean + np.sqrt(own) * along]))
        yield Segments(key=f"{key} line", role=role, starts=ends[:1], ends=ends[1:], extend=True, dashed=True)
        # At opposite ends: the slopes of steep lines would stand on top of each other.
        yield from label(key, role, text, (LABEL_AT if key == "up" else -LABEL_AT) * np.sqrt(own) * along)
    flat = problem.to_plane(axis[None, :])[0]
    length = float(np.hypot(*flat))
    if length > 0.0:
        flat = flat / length if flat[0] > 0 else -flat / length
        way = np.sqrt(np.trace(spread)) * flat
        ends = problem.from_plane(np.stack([mean - way, mean + way]))
        yield Segments(key="axis line", role=AXIS_ROLE, starts=ends[:1], ends=ends[1:], extend=True, dashed=True)
        yield sticks("axis", AXIS_ROLE, mean + ((chosen - mean) @ flat)[:, None] * flat)
        yield from label("axis", AXIS_ROLE, _AXIS, LABEL_AT * np.sqrt(max(0.0, flat @ spread @ flat)) * flat)


def _outermost(points: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """The few rows (m,) farthest to either side of the points' long direction: their errors are long enough to see."""
    side = (points - points.mean(axis=0)) @ np.linalg.eigh(spread).eigenvectors[:, 0]
    order = np.argsort(side, kind="stable")
    few = min(MOST_STICKS, len(order))
    return np.concatenate([order[: few // 2], order[len(order) - (few - few // 2) :]])
