"""The loss over two directions in parameter space, with the path of the run: what the loss surface pane shows."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from contourpy import contour_generator

from lab.panes import LossPicture
from models.core.explain import Shown
from models.core.inside import HasLossSurface, HasNetwork
from models.core.learner import Learner, Moment
from models.core.problem import Problem
from models.core.state import State
from models.core.text import Text

MOST_PATH = 200
SIDE, SLICE_SIDE, LEAST_SIDE = 56, 25, 13  # levels computed along an edge: two parameters, a slice, the fewest
_ENOUGH = 32  # fewer along an edge are filled up between by cubics
_WORK = 24e6  # parameters times rows times vectors that one picture may cost: about 20 ms for a network
_LEAST_ROWS = 200  # training rows, evenly taken, that levels are computed from where the work leaves no more
_CONTOURS = 10
_NEAREST_CONTOUR = 0.003  # of the way from the least to the greatest level
_MARGIN = 1.25
_FARTHEST = 8.0  # times the size of the start's picture: a run that diverges leaves it
_NEAR = 10.0  # a minimum farther than this from the run is not waited for, unless the loss is a quadratic

DIRECTIONS = (Text("direction 1", "방향 1"), Text("direction 2", "방향 2"))


@dataclasses.dataclass(frozen=True, eq=False)
class _Plane:
    """Two directions u and v (p,), and where a vector (p,) lies along them: names (2,) of the axes."""

    u: np.ndarray
    v: np.ndarray
    base: np.ndarray
    names: tuple[Text, Text]
    is_exact: bool
    pair: tuple[int, int] | None = None

    def along(self, vectors: np.ndarray) -> np.ndarray:
        """(m, p) -> (m, 2): the nearest points of the plane through `base`, by least squares."""
        if self.pair is not None:
            return vectors[:, list(self.pair)]
        basis = np.stack([self.u, self.v], axis=1)
        return np.linalg.lstsq(basis, (vectors - self.base).T, rcond=None)[0].T


@dataclasses.dataclass(frozen=True, eq=False)
class _Levels:
    key: tuple
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
    a large network on many rows has a coarser grid of levels, and at last fewer rows to compute them from.
    """

    def __init__(self) -> None:
        self._plane: tuple[tuple, _Plane] | None = None
        self._minimum: tuple[tuple, np.ndarray | None, np.ndarray, bool] | None = None
        self._levels: _Levels | None = None
        self._thinned: tuple[Problem, Problem] | None = None
        self._last: tuple[tuple, LossPicture] | None = None

    def picture(
        self,
        learner: Learner,
        shown: Shown,
        problem: Problem,
        history: Callable[[int], list[State]],
        directions: int,
    ) -> LossPicture | None:
        """The picture of a shown moment, or None for a learner without a loss surface or with non-finite values.

        history(most) gives earlier settled states, oldest first. directions: the seed of random directions.
        Levels lie on both edges of the extent: levels[0, 0] is the loss at (a0, b0), levels[-1, -1] at (a1, b1).
        """
        if not isinstance(learner, HasLossSurface):
            return None
        state, fresh = shown.moment.state, (learner, shown.moment.state, shown.before, problem, directions)
        if self._last is not None and all(a is b for a, b in zip(self._last[0], fresh, strict=True)):
            return self._last[1]
        with np.errstate(all="ignore"):
            here = np.asarray(learner.parameters(state), dtype=np.float64)
            if not np.isfinite(here).all() or len(here) < 2:
                return None
            past = [learner.parameters(s) for s in (*history(MOST_PATH), shown.before)]
            vectors = np.array([*(p for p in past if p.shape == here.shape and np.isfinite(p).all()), here])
            picture = self._composed(learner, state, problem, vectors, directions)
        self._last = (fresh, picture)
        return picture

    def _composed(
        self, learner: Any, state: State, problem: Problem, vectors: np.ndarray, directions: int
    ) -> LossPicture:
        here = vectors[-1]
        plane = self._plane_for(learner, state, problem, vectors[0], directions)
        path = plane.along(vectors)
        origin = here - path[-1, 0] * plane.u - path[-1, 1] * plane.v
        if plane.pair is not None:
            origin[list(plane.pair)] = 0.0
        counted = self._counted(problem, len(here))

        def losses(points: np.ndarray) -> np.ndarray:
            vectors = origin + points[:, :1] * plane.u + points[:, 1:] * plane.v
            if plane.pair is None:
                vectors = vectors.astype(np.float32)  # a slice through many parameters: a network is much faster so
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
            loss=float(learner.losses(state, problem, here[None, :])[0]),
            names=plane.names,
            is_exact=plane.is_exact,
        )

    # -- where to look ---------------------------------------------------------------------------------------------

    def _plane_for(self, learner: Any, state: State, problem: Problem, start: np.ndarray, directions: int) -> _Plane:
        pair = learner.free_pair(state)
        key = (problem, directions, start.tobytes(), None if pair is None else (pair[0][0], pair[1][0]))
        if self._plane is not None and _same(self._plane[0], key):
            return self._plane[1]
        if pair is not None:
            (i, across), (j, up) = pair
            axes = np.eye(len(start))[[i, j]]
            plane = _Plane(axes[0], axes[1], np.zeros(len(start)), (across, up), len(start) == 2, (i, j))
        else:
            u, v = random_directions(start, layer_sizes(learner, state, problem, len(start)), directions)
            plane = _Plane(u, v, start, DIRECTIONS, False)
        self._plane = (key, plane)
        return plane

    def _extent(
        self,
        learner: Any,
        problem: Problem,
        plane: _Plane,
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
        problem: Problem,
        plane: _Plane,
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
        problem: Problem,
        plane: _Plane,
        origin: np.ndarray,
        extent: tuple[float, float, float, float],
        losses: Callable[[np.ndarray], np.ndarray],
    ) -> _Levels:
        key = (learner, problem, plane, extent, origin.tobytes())
        if self._levels is None or not _same(self._levels.key, key):
            rows = self._counted(problem, len(origin)).n
            most = SIDE if plane.pair is not None else SLICE_SIDE
            side = int(min(max(math.sqrt(_WORK / (max(rows, 1) * len(origin))), LEAST_SIDE), most))
            a, b = np.linspace(*extent[:2], side), np.linspace(*extent[2:], side)
            levels = losses(np.stack(np.meshgrid(a, b), axis=-1).reshape(-1, 2)).reshape(side, side)
            if side < _ENOUGH and np.isfinite(levels).all():
                levels = filled_up(levels, math.ceil(_ENOUGH / (side - 1)) + 1)
                a, b = np.linspace(*extent[:2], len(levels)), np.linspace(*extent[2:], len(levels))
            levels[~np.isfinite(levels)] = np.nan
            heights = contour_heights(levels)
            self._levels = _Levels(key, levels, heights, _lines(a, b, levels, heights))
        return self._levels

    def _counted(self, problem: Problem, parameters: int) -> Problem:
        """The problem that levels are computed from: all rows, or some of very many, evenly taken."""
        most = max(int(_WORK / (LEAST_SIDE**2 * parameters)), _LEAST_ROWS)
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


def random_directions(vector: np.ndarray, sizes: tuple[int, ...], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two random directions (p,), in each layer as long as the vector is there; a layer of zeros counts as length 1.

    sizes: how many of the p parameters each layer has, in order.
    """
    drawn = np.random.default_rng(seed).normal(size=(2, len(vector)))
    first = 0
    for size in sizes:
        layer = slice(first, first + size)
        length = float(np.linalg.norm(vector[layer])) or 1.0
        drawn[:, layer] *= length / np.linalg.norm(drawn[:, layer], axis=1, keepdims=True)
        first += size
    return drawn[0], drawn[1]


def layer_sizes(learner: Any, state: State, problem: Problem, count: int) -> tuple[int, ...]:
    """How many parameters each layer of a network has; one layer of all `count` where there is no network."""
    if isinstance(learner, HasNetwork):
        wiring = learner.wiring(Moment("start", state), problem)
        sizes = tuple(w.size + b.size for w, b in zip(wiring.weights, wiring.biases, strict=True))
        if sum(sizes) == count:
            return sizes
    return (count,)


def minimum_near(
    losses: Callable[[np.ndarray], np.ndarray], start: np.ndarray, steps: int = 12
) -> tuple[np.ndarray | None, np.ndarray, bool]:
    """The minimum of a function of two numbers, by Newton's method with differences: the point (2,) or None where it
    is not convex or has none within reach; the second derivatives there (2, 2); whether one step was enough.

    losses: (m, 2) -> (m,).
    """
    at, curvature = np.array(start, dtype=np.float64), np.eye(2)
    width = _widths(losses, at)
    for step in range(steps):
        middle, slope, curvature = _derivatives(losses, at, width)
        if not np.isfinite(curvature).all() or not np.isfinite(slope).all():
            return None, np.eye(2), False
        own = np.linalg.eigvalsh(curvature * np.outer(width, width))
        if own[0] <= 1e-9 * max(own[1], 1e-300):
            return None, np.eye(2), False
        move = -np.linalg.solve(curvature, slope)
        tries = at + move * 0.5 ** np.arange(8)[:, None]
        found = losses(tries)
        best = int(np.nanargmin(found)) if np.isfinite(found).any() else 0
        promised = -0.5 * float(slope @ -move)
        at_minimum = tries[best]
        if step == 0 and best == 0 and abs(middle + promised - found[0]) <= 1e-6 * max(abs(promised), 1e-300):
            return at_minimum, curvature, True
        if not found[best] < middle or abs(promised) <= 1e-9 * max(abs(middle), 1e-12):
            return (at_minimum if found[best] <= middle else at), curvature, False
        at = at_minimum
    return None, np.eye(2), False


def _widths(losses: Callable[[np.ndarray], np.ndarray], at: np.ndarray) -> np.ndarray:
    """How far to go along each axis so that differences say something: the least power of ten that bends the loss by
    a thousandth."""
    powers = 10.0 ** np.arange(-4, 7)
    widths = np.ones(2)
    middle = float(losses(at[None, :])[0])
    for axis in (0, 1):
        aside = np.zeros((len(powers), 2))
        aside[:, axis] = powers
        bend = np.abs(losses(at + aside) + losses(at - aside) - 2.0 * middle)
        enough = np.flatnonzero(bend >= 1e-3 * max(abs(middle), 1e-12))
        widths[axis] = powers[enough[0]] if len(enough) else 1.0
    return widths


def _derivatives(
    losses: Callable[[np.ndarray], np.ndarray], at: np.ndarray, width: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Value, first and second derivatives of a function of two numbers, by central differences."""
    across, up = np.array([width[0], 0.0]), np.array([0.0, width[1]])
    asides = np.array([0 * up, across, -across, up, -up, across + up, across - up, up - across, -across - up])
    f = losses(at + asides)
    slope = np.array([(f[1] - f[2]) / (2 * width[0]), (f[3] - f[4]) / (2 * width[1])])
    mixed = (f[5] - f[6] - f[7] + f[8]) / (4 * width[0] * width[1])
    bends = (f[1] + f[2] - 2 * f[0]) / width[0] ** 2, (f[3] + f[4] - 2 * f[0]) / width[1] ** 2
    return float(f[0]), slope, np.array([[bends[0], mixed], [mixed, bends[1]]])


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
    rounded = {round(float(h), 1 - math.floor(math.log10(gap))) for h, gap in zip(heights, gaps, strict=True)}
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
