"""The loss over two directions in parameter space, with the path of the run: what the loss surface pane shows."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from contourpy import contour_generator

from lab.composing.beside import Asked
from lab.composing.panes_of.loss_minimum import minimum_near
from lab.composing.panes_of.loss_plane import Plane, layer_sizes, random_directions
from lab.protocol.pane_records import LossPicture
from models.core.abilities import HasLossSurface
from models.core.formula import Shown
from models.core.learner import Learner
from models.core.problem import Rows
from models.core.state import State
from models.words.text import Text

MOST_PATH = 200
SIDE, SLICE_SIDE, LEAST_SIDE = 56, 25, 13  # levels computed along an edge: two parameters, a slice, the fewest
MOST_BY_HAND = 40_000  # parameters: a state with more is not written into a project as one edit
_ENOUGH = 32  # fewer along an edge are filled up between by cubics
_WORK = 24e6  # parameters times rows times vectors that one picture of two parameters may cost: about 20 ms
_LEAST_ROWS = 200  # training rows, evenly taken, that levels are computed from where the work leaves no more
# A slice through a network is computed in float32, layer by layer. Measured on one thread, in nanoseconds: a row of a
# vector costs 100 + 0.03 p, and making a vector of p parameters and adding up their squares 1.5 p.
_PER_ROW_NS, _PER_ROW_AND_PARAMETER_NS, _PER_PARAMETER_NS = 100.0, 0.03, 1.5
_SLICE_NS, _WIDE_SLICE_NS = 8e6, 25e6  # that a slice may cost; through a wide network, whose least costs more
_WIDE_SIDES, _WIDE_ROWS = (13, 11, 9, 7), 64
_NUMBERS_AT_ONCE = 1 << 20  # of all vectors computed together: 4 MB, near the processor
_CONTOURS = 10
_NEAREST_CONTOUR = 0.003  # of the way from the least to the greatest level
_MARGIN = 1.25
_FARTHEST = 8.0  # times the size of the start's picture: a run that diverges leaves it
_NEAR = 10.0  # a minimum farther than this from the run is not waited for, unless the loss is a quadratic

DIRECTIONS = (Text("direction 1", "방향 1"), Text("direction 2", "방향 2"))


@dataclasses.dataclass(frozen=True, eq=False)
class _Levels:
    key: tuple
    origin: np.ndarray
    levels: np.ndarray
    contours: np.ndarray
    lines: tuple[tuple[np.ndarray, ...], ...]


class LossSurfaces:
    """Makes the loss pictures of one run. Levels are kept while the values that the picture holds stay the same.

    With two free parameters these are the axes, and the others are held at the shown state. Otherwise two random
    directions are, each layer's part as long as that layer's parameters at the start of the run (filter
    normalisation: Li et al., Visualizing the Loss Landscape of Neural Nets, 2018; by layers, since ours are small).
    The slice then goes through the shown state, and the path is projected onto it by least squares.

    What a picture may cost is bounded by the number of rows and parameters alone, so that it is the same every time:
    a large network on many rows has a coarser grid of levels, and at last fewer rows to compute them from; the picture
    says how many (`LossPicture.rows`).
    """

    def __init__(self) -> None:
        self._plane: tuple[tuple, Plane] | None = None
        self._places: WeakKeyDictionary[State, np.ndarray | None] = WeakKeyDictionary()  # along the plane; None: unfit
        self._minimum: tuple[tuple, np.ndarray | None, np.ndarray, bool] | None = None
        self._levels: _Levels | None = None
        self._loss: tuple[tuple, np.ndarray, float] | None = None
        self._thinned: tuple[Rows, Rows] | None = None
        self._last: tuple[tuple, LossPicture] | None = None

    def fits(self, learner: Learner, problem: Rows) -> bool:
        return isinstance(learner, HasLossSurface)

    def record(self, asked: Asked) -> LossPicture | None:
        return self.picture(asked.learner, asked.shown, asked.problem, asked.history, asked.watch.directions)

    def picture(
        self,
        learner: Learner,
        shown: Shown,
        problem: Rows,
        history: Callable[[int], list[State]],
        directions: int,
    ) -> LossPicture | None:
        """The picture of a shown moment, or None for a learner without a loss surface or with non-finite values.

        history(most) gives earlier settled states, oldest first. directions: the seed of random directions.
        Levels lie on both edges of the extent: levels[0, 0] is the loss at (a0, b0), levels[-1, -1] at (a1, b1).
        """
        if not isinstance(learner, HasLossSurface):
            return None
        given = learner.parameters(shown.moment.state)
        # The moments of an iteration share their parameters until the update, and with them the whole picture.
        fresh = (learner, given, shown.before, problem, directions, shown.iteration)
        if self._last is not None and _same(self._last[0], fresh):
            return self._last[1]
        with np.errstate(all="ignore"):
            here = np.asarray(given, dtype=np.float64)
            if not np.isfinite(here).all() or len(here) < 2:
                return None
            picture = self._composed(learner, shown, problem, here, history(MOST_PATH), directions)
        self._last = (fresh, picture)
        return picture

    def _composed(
        self, learner: Any, shown: Shown, problem: Rows, here: np.ndarray, past: list[State], directions: int
    ) -> LossPicture:
        state = shown.moment.state
        past = [*past, shown.before]
        plane = self._plane_for(learner, state, problem, _first_of(learner, past, here), directions)
        path = self._path(learner, plane, past, here)
        origin = plane.origin(here)
        counted = self._counted(problem, plane)

        def losses(points: np.ndarray) -> np.ndarray:
            if plane.pair is None:  # a slice through many parameters: a network is much faster in float32
                return _sliced(learner, state, counted, plane, origin, points)
            vectors = origin + points[:, :1] * plane.u + points[:, 1:] * plane.v
            return np.asarray(learner.losses(state, counted, vectors), dtype=np.float64)

        extent = self._extent(learner, problem, plane, origin, path, losses)
        levels = self._levels_over(learner, problem, plane, origin, extent, losses)
        moved = np.concatenate([[True], (path[1:] != path[:-1]).any(axis=1)])
        return LossPicture(
            origin=origin,
            u=plane.u,
            v=plane.v,
            extent=extent,
            levels=levels.levels,
            contours=levels.contours,
            lines=levels.lines,
            path=np.ascontiguousarray(path[moved]),
            here=path[-1],
            loss=self._loss_at(learner, state, problem, here),
            names=plane.names,
            is_exact=plane.is_exact,
            rows=None if counted is problem else counted.n,
            can_be_put=len(here) <= MOST_BY_HAND,
        )

    def _path(self, learner: Any, plane: Plane, past: list[State], here: np.ndarray) -> np.ndarray:
        """Where the run has been along the plane (t, 2), the shown parameters last; each state is placed once."""
        path = []
        for state in past:
            if state not in self._places:
                vector = learner.parameters(state)
                is_fit = vector.shape == here.shape and bool(np.isfinite(vector).all())
                self._places[state] = plane.along(np.asarray(vector, dtype=np.float64)) if is_fit else None
            if self._places[state] is not None:
                path.append(self._places[state])
        return np.array([*path, plane.along(here)])

    def _loss_at(self, learner: Any, state: State, problem: Rows, here: np.ndarray) -> float:
        key = (learner, problem)
        if self._loss is None or not _same(self._loss[0], key) or not _equal(self._loss[1], here):
            self._loss = (key, here, float(learner.losses(state, problem, here[None, :])[0]))
        return self._loss[2]

    # -- where to look ---------------------------------------------------------------------------------------------

    def _plane_for(self, learner: Any, state: State, problem: Rows, start: np.ndarray, directions: int) -> Plane:
        pair = learner.free_pair(state)
        key = (problem, directions, None if pair is None else (pair[0][0], pair[1][0]))
        if self._plane is not None and _same(self._plane[0], key) and _equal(self._plane[1].base, start):
            return self._plane[1]
        if pair is not None:
            (i, across), (j, up) = pair
            axes = np.eye(len(start))[[i, j]]
            plane = Plane(axes[0], axes[1], start, (across, up), len(start) == 2, (i, j))
        else:
            u, v = random_directions(start, layer_sizes(learner, state, problem, len(start)), directions)
            plane = Plane(u, v, start, DIRECTIONS, False)
        self._plane, self._places = (key, plane), WeakKeyDictionary()
        return plane

    def _extent(
        self,
        learner: Any,
        problem: Rows,
        plane: Plane,
        origin: np.ndarray,
        path: np.ndarray,
        losses: Callable[[np.ndarray], np.ndarray],
    ) -> tuple[float, float, float, float]:
        """(a0, a1, b0, b1): holds the run so far and the minimum, in steps, so that it seldom changes."""
        wanted, least = [path[0]], np.full(2, 1.0)
        if plane.pair is not None:
            minimum, curvature, is_quadratic = self._minimum_of(learner, problem, plane, origin, path[0], losses)
            if minimum is not None and (is_quadratic or np.abs(minimum - path).min(axis=0).max() <= _NEAR):
                wanted += [minimum, minimum + 0.5 * (minimum - path[0])]  # a run overshoots
            if minimum is not None and is_quadratic:
                # The start's own contour tells how far its scale reaches along an axis that the start is right on.
                fall = losses(path[:1])[0] - losses(minimum[None, :])[0]
                reach = np.sqrt(2.0 * max(fall, 0.0) * np.abs(np.diag(np.linalg.pinv(curvature))))
                far = np.abs(np.array(wanted) - path[0]).max(axis=0)
                least = np.maximum(0.15 * reach, 0.02 * far.max())
                least = np.where(least > 0.0, least, np.maximum(0.5 * np.abs(path[0]), 1e-3))
        first = np.array(wanted)
        size = np.maximum((first.max(axis=0) - first.min(axis=0)) / 2.0, least)
        middle = (first.max(axis=0) + first.min(axis=0)) / 2.0
        seen = path[(np.abs(path - middle) <= _FARTHEST * size).all(axis=1)]
        box = [_stepped(np.append(first[:, k], seen[:, k]), float(least[k])) for k in (0, 1)]
        return (*box[0], *box[1])

    def _minimum_of(
        self,
        learner: Any,
        problem: Rows,
        plane: Plane,
        origin: np.ndarray,
        start: np.ndarray,
        losses: Callable[[np.ndarray], np.ndarray],
    ) -> tuple[np.ndarray | None, np.ndarray, bool]:
        key = (learner, problem, plane, origin.tobytes(), start.tobytes())
        if self._minimum is None or not _same(self._minimum[0], key):
            self._minimum = (key, *minimum_near(losses, start))
        return self._minimum[1:]

    # -- the levels --------------------------------------------------------------------------------------------------

    def _levels_over(
        self,
        learner: Any,
        problem: Rows,
        plane: Plane,
        origin: np.ndarray,
        extent: tuple[float, float, float, float],
        losses: Callable[[np.ndarray], np.ndarray],
    ) -> _Levels:
        key = (learner, problem, plane, extent)
        if self._levels is None or not _same(self._levels.key, key) or not _equal(self._levels.origin, origin):
            side, _ = _measures(problem.n, plane)
            a, b = np.linspace(*extent[:2], side), np.linspace(*extent[2:], side)
            levels = losses(np.stack(np.meshgrid(a, b), axis=-1).reshape(-1, 2)).reshape(side, side)
            if side < _ENOUGH and np.isfinite(levels).all():
                levels = filled_up(levels, math.ceil(_ENOUGH / (side - 1)) + 1)
                a, b = np.linspace(*extent[:2], len(levels)), np.linspace(*extent[2:], len(levels))
            levels[~np.isfinite(levels)] = np.nan
            heights = contour_heights(levels)
            self._levels = _Levels(key, origin, levels, heights, _lines(a, b, levels, heights))
        return self._levels

    def _counted(self, problem: Rows, plane: Plane) -> Rows:
        """The problem that levels are computed from: all rows, or some of very many, evenly taken."""
        _, most = _measures(problem.n, plane)
        if problem.n <= most:
            return problem
        if self._thinned is None or self._thinned[0] is not problem or self._thinned[1].n != most:
            some = np.arange(most) * problem.n // most
            targets = None if problem.targets is None else problem.targets[some]
            fewer = dataclasses.replace(
                problem,
                features=np.ascontiguousarray(problem.features[some]),
                targets=targets,
                rows=problem.rows[some],
                _tensors={},
            )
            self._thinned = (problem, fewer)
        return self._thinned[1]


def _measures(n: int, plane: Plane) -> tuple[int, int]:
    """(levels along an edge, rows that they are computed from) of a picture with n training rows: as fine as the time
    allows; a coarser grid before fewer rows, and for wide networks less of both."""
    p, n = len(plane.u), max(n, 1)
    if plane.pair is not None:
        side = int(min(max(math.sqrt(_WORK / (n * p)), LEAST_SIDE), SIDE))
        return side, min(n, max(int(_WORK / (LEAST_SIDE**2 * p)), _LEAST_ROWS))
    per_row, per_vector = _PER_ROW_NS + _PER_ROW_AND_PARAMETER_NS * p, _PER_PARAMETER_NS * p
    side = int(min(math.sqrt(_SLICE_NS / (n * per_row + per_vector)), SLICE_SIDE))
    if side >= LEAST_SIDE:
        return side, n
    rows = int((_SLICE_NS / LEAST_SIDE**2 - per_vector) / per_row)
    if rows >= _LEAST_ROWS:
        return LEAST_SIDE, rows
    for side in _WIDE_SIDES:
        rows = min(n, _LEAST_ROWS, int((_WIDE_SLICE_NS / side**2 - per_vector) / per_row))
        if rows >= min(n, _WIDE_ROWS):
            return side, rows
    return _WIDE_SIDES[-1], min(n, _WIDE_ROWS)


def _sliced(
    learner: Any, state: State, problem: Rows, plane: Plane, origin: np.ndarray, places: np.ndarray
) -> np.ndarray:
    """The losses (m,) at places (m, 2) of a slice, in float32, a few vectors at a time."""
    few, base = max(1, _NUMBERS_AT_ONCE // len(origin)), origin.astype(np.float32)
    found, room = np.empty(len(places)), np.empty((2, min(few, len(places)), len(origin)), dtype=np.float32)
    for first in range(0, len(places), few):
        some = slice(first, first + few)
        found[some] = learner.losses(state, problem, plane.vectors32(base, places[some], room))
    return found


def _first_of(learner: Any, past: list[State], here: np.ndarray) -> np.ndarray:
    """The parameters of the oldest state that has as many as the shown one, all of them finite."""
    for state in past:
        vector = learner.parameters(state)
        if vector.shape == here.shape and np.isfinite(vector).all():
            return np.asarray(vector, dtype=np.float64)
    return here


def contour_heights(levels: np.ndarray) -> np.ndarray:
    """Levels at which lines are drawn, rising, in equal factors above the least one, as round as their distances
    allow: (k,)."""
    finite = levels[np.isfinite(levels)]
    if not len(finite):
        return np.zeros(0)
    low, high = float(finite.min()), float(finite.max())
    if not high > low:
        return np.zeros(0)
    heights = low + (high - low) * np.geomspace(_NEAREST_CONTOUR, 0.85, _CONTOURS)
    gaps = np.diff(heights, prepend=low)
    apart = zip(heights, gaps, strict=True)  # not all are, where the levels differ by rounding alone
    rounded = {round(float(h), 1 - math.floor(math.log10(gap))) for h, gap in apart if gap > 0.0}
    return np.array(sorted(h for h in rounded if low < h < high))


def filled_up(levels: np.ndarray, factor: int) -> np.ndarray:
    """Levels (m, m), m >= 4, with factor - 1 more between every two, by cubics through the four nearest; none higher
    or lower than those given."""
    count = len(levels)
    at = np.linspace(0.0, count - 1.0, (count - 1) * factor + 1)
    first = np.clip(np.floor(at).astype(int) - 1, 0, count - 4)
    weights = np.zeros((len(at), count))
    for k in range(4):
        others = [j for j in range(4) if j != k]
        share = np.prod([(at - first - j) / (k - j) for j in others], axis=0)
        weights[np.arange(len(at)), first + k] = share
    return np.clip(weights @ levels @ weights.T, levels.min(), levels.max())


def _lines(a: np.ndarray, b: np.ndarray, levels: np.ndarray, heights: np.ndarray) -> tuple[tuple[np.ndarray, ...], ...]:
    if not len(heights):
        return ()
    generator = contour_generator(a, b, np.ma.masked_invalid(levels))
    return tuple(tuple(line for line in generator.lines(float(h)) if len(line) > 1) for h in heights)


def _stepped(values: np.ndarray, least: float) -> tuple[float, float]:
    """An interval that holds all values with a margin: its size grows by steps of a half power of two, and its
    middle lies on a grid of eighths of it, so that it stays where it is while values move about within it."""
    low, high = float(values.min()), float(values.max())
    half = max((high - low) / 2.0, least) * _MARGIN
    while True:
        half = 2.0 ** (math.ceil(2.0 * math.log2(half) - 1e-9) / 2.0)
        middle = round((low + high) / 2.0 / (half / 4.0)) * (half / 4.0)
        if middle - half <= low and high <= middle + half:
            return middle - half, middle + half
        half *= 1.1


def _same(one: tuple, other: tuple) -> bool:
    return len(one) == len(other) and all(
        a is b or (isinstance(a, (bytes, int, tuple, type(None))) and a == b) for a, b in zip(one, other, strict=True)
    )


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    return one is other or np.array_equal(one, other)
