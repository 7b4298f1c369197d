"""Linear regression in marks: the line on the target plane with its residuals, candidates, squares and question mark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from models.algorithms.linear_regression.least_squares import goals, normal_of
from models.algorithms.linear_regression.state import LinearRegressionState, state_of
from models.algorithms.linear_regression.words import equation
from models.arithmetic.blocks import read_only
from models.core.marks import Arrow, Emphasis, Field, Mark, Note, Path, Points, Segments
from models.core.moment import Moment
from models.core.problem import Rows
from models.words.numbers import brief, number
from models.words.text import Text

MOST_STICKS, MOST_LABELS, MOST_SQUARES = 500, 12, 40
MOST_SPANS_APART = 4.0  # beyond, the plane's axes are not drawn to one scale
FAR_OUT = 100.0  # in spans: out of every view that shows the data
LARGEST_STEP = 20.0  # in spans of the targets: a longer arrow says no more
LETTERS = ("A", "B", "C", "D")

_OUTSIDE_NOTE = Text("outside the data", "범위 밖")
_EQUATION = Text("{line} · loss {mse}", "{line} · 손실 {mse}")
_ONLY_LOSS = Text("loss {mse}", "손실 {mse}")
_AREA = Text("{area}", "{area}")
_LETTER = Text("{letter}", "{letter}")


# -- places ----------------------------------------------------------------------------------------------------------


def span(values: np.ndarray) -> float:
    """How far values reach, or 1 where all are the same."""
    reach = float(np.ptp(values))
    return reach if reach > 0 else 1.0


def ends_of_line(coef: np.ndarray, intercept: float, problem: Rows) -> np.ndarray:
    """Two places of the line on the target plane, (2, d + 1), a little outside the data; other columns are held."""
    axis = problem.axes[0]
    across = problem.features[:, axis]
    rows = np.repeat(problem.held[None, :], 2, axis=0)
    rows[:, axis] = across.min() - 0.04 * span(across), across.max() + 0.04 * span(across)
    return np.column_stack([rows, rows @ coef + intercept])


def through(
    state: LinearRegressionState, side: int, place: tuple[float, ...], problem: Rows
) -> tuple[np.ndarray, np.ndarray]:
    """The weights and intercept of the line through a hand's place (x, y) and the line's other end, which stays. A hand
    that comes too near to that end is held off: no line is upright."""
    axis = problem.axes[0]
    ends = ends_of_line(state.coef, state.intercept[0], problem)
    x, y = problem.scale_plane(np.array([place], dtype=np.float64))[0]
    stays = ends[1 - side]
    least = 0.05 * abs(ends[1, axis] - ends[0, axis])
    away = x - stays[axis]
    if abs(away) < least:
        away = least if side == 1 else -least
    coef = state.coef.copy()
    coef[axis] = (y - stays[-1]) / away
    return coef, np.array([stays[-1] - stays[:-1] @ coef])


def asked_row(query: tuple[float, ...] | None, problem: Rows) -> np.ndarray:
    """The place to predict at as a whole row (d,) in the learner's units: what was asked for, or three quarters along
    the data."""
    if query is not None and len(query) == problem.d:
        return problem.scaler.transform(np.array(query)[None, :])[0]
    features, scaler, axis = problem.features, problem.scaler, problem.axes[0]

    def beside() -> np.ndarray:
        row = np.median(features, axis=0)
        shown = features[:, axis] * scaler.scale[axis] + scaler.mean[axis]
        reach = span(shown)
        place = np.round(shown.min() + 0.75 * reach, 1 - int(np.floor(np.log10(reach))))
        row[axis] = (place - scaler.mean[axis]) / scaler.scale[axis]
        return read_only(row)

    return problem.keep("asked row", beside)


def asked(learner: Any, state: LinearRegressionState, problem: Rows) -> tuple[str, float, bool]:
    """The place as it is written (what the plane shows of it), the prediction there, and whether it lies outside
    the training rows."""
    row, features = learner.query_row(problem), problem.features
    low, high = problem.keep("reach", lambda: (features.min(axis=0), features.max(axis=0)))
    slack = 1e-9 * np.maximum(1.0, np.abs(high - low))
    is_outside = bool(((row < low - slack) | (row > high + slack)).any())
    place = problem.scaler.inverse(row[None, :])[0]
    axes = problem.axes[:1] if problem.shows_target else problem.axes
    shown = ", ".join(number(place[axis]) for axis in axes)
    predicted = float(learner.predict(state, row[None, :])[0])
    return shown if len(axes) == 1 else f"({shown})", predicted, is_outside


def equation_of(state: LinearRegressionState, problem: Rows) -> str:
    """The line of a state, in original units, as it is written."""
    return equation(state.coef, float(state.intercept[0]), problem)


def _stepped(state: LinearRegressionState, learning_rate: float) -> tuple[np.ndarray, float]:
    """Weights and intercept one step against the state's gradient on."""
    step = learning_rate * state.gradient
    return state.coef - step[:-1], state.intercept[0] - step[-1]


# -- the picture -----------------------------------------------------------------------------------------------------


class Picture:
    """What the plane shows of linear regression at a moment."""

    def __init__(self, learner: Any, moment: Moment, problem: Rows) -> None:
        self.learner, self.moment, self.problem = learner, moment, problem
        self.state = state_of(moment)
        self.y = goals(problem)
        self.values = learner.predict(self.state, problem.features)
        with np.errstate(all="ignore"):
            self.residuals = self.y - self.values

    def marks(self) -> Iterator[Mark]:
        """Everything that the plane shows."""
        moment, state, problem = self.moment, self.state, self.problem
        if not (np.isfinite(state.coef).all() and np.isfinite(state.intercept).all()):
            return
        if not problem.shows_target:
            yield Field(key="surface")
            yield from self._query_in_space()
            return
        yield from self._lines()
        yield from self._residuals()
        if moment.phase in ("means", "normal equations"):
            yield from _cross_of_means(problem)
        yield from self._query_on_line()
        yield _line_note(equation_of(state, problem), float(np.square(self.residuals).mean()), problem)
        ends = ends_of_line(state.coef, state.intercept[0], problem)
        if moment.phase == "gradient":
            way = ends_of_line(*_stepped(state, self.learner.learning_rate), problem) - ends
            for side, end in enumerate(ends):
                if np.abs(way[side]).max() <= LARGEST_STEP * span(goals(problem)):
                    yield Arrow(key=f"step:{side}", role="accent", at=end, direction=way[side], pulse=True)
        yield Points(key="hold", role="accent", at=ends, symbol="ring", handle="line", glide=True)

    def _lines(self) -> Iterator[Mark]:
        moment, state, problem = self.moment, self.state, self.problem
        lines = self.learner.candidate_lines(problem)
        if len(lines):
            ends = np.stack([_ends_of(slope, intercept, problem) for slope, intercept in lines])
            yield Segments(
                key="candidates",
                starts=ends[:, 0],
                ends=ends[:, 1],
                extend=True,
                dashed=True,
                thin=True,
                groups=np.arange(len(lines)),
            )
            for i, letter in enumerate(LETTERS[: len(lines)]):
                # Left of the data, where lines of different intercepts lie apart.
                at = ends[i, 0] - 0.12 * (ends[i, 1] - ends[i, 0])
                look: Emphasis = "focus" if letter == self.learner.candidate else "normal"
                yield Note(
                    key=f"candidate:{letter}", role=f"cluster:{i}", at=at, text=_LETTER, values={"letter": letter},
                    emphasis=look, stays_in_view=True,
                )  # fmt: skip
        if self.learner.closed_form_ghost:
            best = normal_of(problem)
            ends = ends_of_line(best.coef, best.intercept, problem)
            yield _line("ghost", ends, role="ink", emphasis="ghost", dashed=True)
        if moment.phase == "update":
            ends = ends_of_line(*_stepped(state, -self.learner.learning_rate), problem)
            yield _line("old line", ends, role="accent", emphasis="ghost", pulse=True)
        yield _line("line", ends_of_line(state.coef, state.intercept[0], problem), role="accent", glide=True)

    def _residuals(self) -> Iterator[Mark]:
        moment, problem, y, values = self.moment, self.problem, self.y, self.values
        if problem.n <= MOST_STICKS:
            tells = moment.phase in ("start", "residuals", "solve", "edited") and problem.n <= MOST_LABELS
            tells = tells and not self.learner.squares
            yield Segments(
                key="residuals",
                role="ink",
                starts=np.column_stack([problem.features, y]),
                ends=np.column_stack([problem.features, values]),
                thin=True,
                glide=True,
                emphasis="focus" if moment.phase == "residuals" else "normal",
                labels=tuple(brief(e, with_plus=True) for e in self.residuals) if tells else (),
            )
        if moment.phase == "predict" and problem.n <= MOST_STICKS:
            at = np.column_stack([problem.features, values])
            yield Points(key="predictions", role="accent", at=at, symbol="dot", pulse=True)
        if self.learner.squares and problem.n <= MOST_SQUARES:
            slope = float(self.state.coef[problem.axes[0]])
            for i in range(problem.n):
                yield from _square(i, problem.features[i], float(y[i]), float(values[i]), slope, problem)

    def _query_on_line(self) -> Iterator[Mark]:
        row, y = self.learner.query_row(self.problem), self.y
        place, predicted, is_outside = asked(self.learner, self.state, self.problem)
        at, foot, up = (np.append(row, height) for height in (predicted, y.min(), y.min() + span(y)))
        yield Segments(
            key="asked", role="muted", starts=foot[None, :], ends=up[None, :], extend=True, dashed=True, thin=True
        )
        answer = f"{place} → {brief(predicted)}"
        yield Points(
            key="query",
            role="accent",
            at=at[None, :],
            symbol="query",
            handle="query",
            snaps=True,
            labels=(answer,),
            glide=True,
        )
        if is_outside:
            # On the dashed line, at the end of the data's height that lies farther from the question mark.
            end = np.append(row, y.min() if abs(predicted - y.min()) > abs(predicted - y.max()) else y.max())
            yield Note(key="outside", role="ink", at=end, text=_OUTSIDE_NOTE, emphasis="focus", stays_in_view=True)

    def _query_in_space(self) -> Iterator[Mark]:
        row, problem = self.learner.query_row(self.problem), self.problem
        _, predicted, is_outside = asked(self.learner, self.state, problem)
        answer = (f"→ {brief(predicted)}",)
        yield Points(
            key="query", role="accent", at=row[None, :], symbol="query", handle="query", snaps=True, labels=answer
        )
        if is_outside:
            beside, up = row.copy(), problem.axes[1]
            beside[up] -= 0.12 * span(problem.features[:, up])
            yield Note(key="outside", role="ink", at=beside, text=_OUTSIDE_NOTE, emphasis="focus", stays_in_view=True)


# -- pieces of the picture -------------------------------------------------------------------------------------------


def _ends_of(slope: float, intercept: float, problem: Rows) -> np.ndarray:
    """`ends_of_line` of a line in original units, for data with one feature."""
    across = problem.features[:, 0]
    x = np.array([across.min(), across.max() if across.max() > across.min() else across.min() + 1.0])
    return np.column_stack([x, slope * (x * problem.scaler.scale[0] + problem.scaler.mean[0]) + intercept])


def _line(key: str, ends: np.ndarray, **look_of: Any) -> Segments:
    return Segments(key=key, starts=ends[:1], ends=ends[1:], extend=True, **look_of)


def _square(i: int, row: np.ndarray, y: float, predicted: float, slope: float, problem: Rows) -> Iterator[Mark]:
    """The square on a residual, on the side where the line runs away from it; in few points with its area."""
    axis = problem.axes[0]
    scale = float(problem.scaler.scale[axis])
    across, up = span(problem.features[:, axis]) * scale, span(goals(problem))
    # Where the plane's axes are not drawn to one scale, as wide as it looks square on a plane that the data fills.
    per_unit = 1.0 if 1 / MOST_SPANS_APART <= across / up <= MOST_SPANS_APART else across / up
    side = (-1.0 if (y - predicted) * slope > 0 else 1.0) * abs(y - predicted) * per_unit / scale
    corners = np.repeat(np.append(row, 0.0)[None, :], 4, axis=0)
    corners[:, -1] = y, predicted, predicted, y
    corners[2:, axis] += side
    yield Path(
        key=f"square:{i}", role="accent", vertices=corners, closed=True, filled=True, emphasis="muted", glide=True
    )
    if problem.n <= MOST_LABELS and abs(y - predicted) > 0.04 * up:
        # Beside the square, on the side away from the line: on top of it a small square would be hidden.
        beside = corners[2:].mean(axis=0)
        beside[axis] += np.sign(side) * 0.045 * across / scale
        area = brief((y - predicted) ** 2)
        yield Note(key=f"area:{i}", role="ink", at=beside, text=_AREA, values={"area": area})


def _cross_of_means(problem: Rows) -> Iterator[Mark]:
    """The means as dashed lines that cross in the point through which the best line goes."""
    middle = problem.places.mean(axis=0)
    for key, axis, length in (("mean up", problem.axes[0], 1.0), ("mean across", -1, span(goals(problem)))):
        # The line of one column's mean runs along the other one.
        along = np.zeros_like(middle)
        along[-1 if axis != -1 else problem.axes[0]] = length
        yield Segments(
            key=key, starts=middle[None, :], ends=(middle + along)[None, :], extend=True, dashed=True, thin=True
        )
    yield Points(key="mean", role="accent", at=middle[None, :], symbol="cross")


def _line_note(line: str, mse: float, problem: Rows) -> Note:
    """The equation and its loss, in the corner on the left of the view that data of this direction leaves empty."""
    axis = problem.axes[0]
    across, y = problem.features[:, axis], goals(problem)
    rises = float(((across - across.mean()) * (y - y.mean())).sum()) >= 0
    far = np.array([-1.0, 1.0 if rises else -1.0]) * FAR_OUT
    at = np.append(problem.held, y.mean() + far[1] * span(y))
    at[axis] = across.mean() + far[0] * span(across)
    # With several columns the equation is long, and the narration has it.
    text, values = (_EQUATION if problem.d == 1 else _ONLY_LOSS), {"line": line, "mse": brief(mse)}
    return Note(key="equation", role="accent", at=at, text=text, values=values, emphasis="focus", stays_in_view=True)
