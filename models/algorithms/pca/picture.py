"""Principal component analysis in marks: axes through the mean, the ellipse of one deviation, shadows, what is kept."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.algorithms.pca.axes import moments
from models.algorithms.pca.state import (
    START,
    TURNING,
    PCAState,
    shares,
    so_far,
    variance_along,
    variance_of_axis,
)
from models.core.marks import Bars, Mark, Path, Points, Segments
from models.core.problem import Rows
from models.words.numbers import number
from models.words.text import Text

MOST_SHADOWS = 2_000  # shadows drawn; with more points an even choice of them
MOST_BARS = 8
ANSWER_BEYOND = 1.6  # the answer is drawn so many deviations long, beyond the axis that may lie on it

_ANSWER = Text("answer", "정답")
_REST = Text("residual", "잔차")


def middle_of(state: PCAState, problem: Rows) -> NDArray[np.float64]:
    """Where the axes cross: the mean, also before it has been subtracted."""
    return state.mean if state.stage > START else moments(problem)[0]


def axes_of(state: PCAState, phase: str, problem: Rows) -> Iterator[Mark]:
    """The components found before, the axis with its tip and, after a turn, where it stood before; the mean."""
    middle, before = middle_of(state, problem), state.known
    for c in range(len(before)):
        yield _through(f"component:{c}", middle, math.sqrt(state.variances[c]) * before[c], role="ink")
    if phase in ("turn", "snap"):
        reach = _reach(state, problem, variance_along(state, state.before))
        ghost = {"role": "accent", "emphasis": "ghost", "dashed": True, "pulse": True}
        yield _through("before", middle, reach * state.before, **ghost)
    way = _reach(state, problem, variance_of_axis(state)) * state.axis
    yield _through("axis", middle, way, role="accent", glide=True)
    yield Points(key="tip", role="accent", at=(middle + way)[None, :], symbol="dot", glide=True, handle="axis")
    if state.stage > START:
        yield Points(key="mean", at=middle[None, :], symbol="cross")


def answer_line(middle: NDArray[np.float64], axis: NDArray[np.float64], variance: float) -> Segments:
    """The exact axis (d,), dashed, beyond the one that may lie on it."""
    return _through("answer", middle, ANSWER_BEYOND * (math.sqrt(variance) * axis), dashed=True)


def bars(state: PCAState, best: float | None) -> Bars:
    """What each axis keeps, what none of them does and, where it is given, the most that one axis could."""
    found = shares(state)
    current, rest = state.found - state.is_settled, max(0.0, 1.0 - float(found.sum()))
    rows: list[tuple[str | Text, float, str]] = [
        (f"PC{c + 1}", float(share), "accent" if c == current else "ink") for c, share in enumerate(found[:MOST_BARS])
    ]
    if best is not None:
        rows.append((_ANSWER, best, "ink"))
    rows.append((_REST, rest, "muted"))
    labels, values, roles = zip(*rows, strict=True)
    return Bars(
        key="kept",
        title=Text("Variance kept", "남는 분산"),
        labels=labels,
        values=np.array(values),
        most=1.0,
        roles=roles,
        number_format=".1%",
    )


def ellipse(state: PCAState, problem: Rows) -> Path:
    """The ellipse of one deviation in the two shown columns, as whole rows (64, d)."""
    axes = list(problem.axes)
    values, vectors = np.linalg.eigh(state.covariance[np.ix_(axes, axes)])
    turn = np.linspace(0.0, 2.0 * np.pi, 64, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    rows = np.repeat(state.mean[None, :], len(circle), axis=0)
    rows[:, axes] += circle * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    return Path(key="spread", role="muted", vertices=rows, closed=True)


def shadows(mean: NDArray[np.float64], axes: NDArray[np.float64], problem: Rows) -> Iterator[Mark]:
    """The points' shadows on the axes (c, d), and the lines to them."""
    points = problem.features[:: -(-problem.n // MOST_SHADOWS)]
    feet = mean + (points - mean) @ axes.T @ axes
    yield Segments(key="sticks", role="muted", starts=points, ends=feet, thin=True)
    yield Points(key="shadows", role="accent", at=feet, symbol="dot")


def residual_of(row: int, state: PCAState, problem: Rows) -> Segments:
    """The line from a training row to its shadow on the axes so far, with its length."""
    middle, axes = middle_of(state, problem), so_far(state)
    foot = middle + (problem.features[row] - middle) @ axes.T @ axes
    distance = math.hypot(*(problem.features[row] - foot).tolist())
    return Segments(
        key="pinned residual",
        role="accent",
        starts=problem.features[row][None, :],
        ends=foot[None, :],
        labels=(number(distance),),
        thin=True,
        emphasis="focus",
    )


def _reach(state: PCAState, problem: Rows, variance: float) -> float:
    """Half the drawn length of an axis: one deviation along it or, before the covariance, a typical one."""
    if state.stage >= TURNING:
        return math.sqrt(variance)
    return math.sqrt(float(np.diag(moments(problem)[1]).mean()))


def _through(key: str, middle: NDArray[np.float64], way: NDArray[np.float64], **look: Any) -> Segments:
    return Segments(key=key, starts=(middle - way)[None, :], ends=(middle + way)[None, :], **look)
