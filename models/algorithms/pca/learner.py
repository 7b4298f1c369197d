"""Principal component analysis: the directions along which the points spread most, found by turning an axis into place.

K. Pearson: On lines and planes of closest fit, 1901; H. Hotelling: Analysis of a complex of statistical variables,
1933. Each axis is found by the power method (R. von Mises, H. Pollaczek-Geiringer, 1929): multiply by the covariance,
scale back to length one, again. Iterations: subtract the mean; covariance; one for each turn of an axis; projection.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Literal

import numpy as np

from models.algorithms.pca import axes as pca_axes
from models.algorithms.pca import formulas as pca_numbers
from models.algorithms.pca import kernels as pca_kernels
from models.algorithms.pca import picture, words
from models.algorithms.pca.rival_lines import regression_lines, spread_in_plane
from models.algorithms.pca.state import (
    CENTERED,
    PROJECTED,
    START,
    TURNING,
    PCAState,
    directions,
    kept,
    share_of_axis,
    so_far,
    variance_along,
    variance_of_axis,
    variances_so_far,
)
from models.core.findings import Finding
from models.core.formula import Formula, Shown, Tensor
from models.core.learner import Advance, Edit, Learner, Moment, Outcome, Phase, Pin
from models.core.marks import Mark
from models.core.params import declare
from models.core.problem import Rows
from models.core.readiness import TOO_FEW, beyond_squares
from models.core.state import ArrayForm, State
from models.words.sentences import filled
from models.words.text import Said, Text

MOST_TURNS = 100  # of one axis; then the exact axis is taken
TO_BE_SEEN = 1e-6  # radians by which the exact axis lies beside the turned one for this to be a moment of its own
SLOW_TURNS = 8  # turns shown at full length; later ones, and those too small to see, pass quickly
MOST_ADVISED_COLUMNS = 64  # beyond, looking for flat directions in advance costs too much
MOST_TERMS = 3  # points whose terms stand in an entry of the covariance


class PCA(Learner[PCAState, Rows]):
    """Axes of largest variance, one after the other.

    Each axis starts 60 to 80 degrees away from the answer (the angle and the side are drawn from the seed), so that
    every start is visibly wrong and none is at a right angle to the answer, where the power method would stand still;
    where only one direction is left, it starts there. It is kept at right angles to the axes found before, and has
    settled when a turn is below 1e-10 radians (or below what rounding moves it by), when no variance is left to turn
    it, or after 100 turns. Then the exact axis is taken (axes.py): in silence where the turns have as good as reached
    it, else as a moment of its own. Of directions with equal variances that one is exact to which the turned axis is
    nearest.
    The sign of an axis makes its largest entry positive, as in scikit-learn, and the first of entries that are equal to
    rounding; variances divide by n - 1, as there.
    """

    id: ClassVar[str] = "pca"
    title: ClassVar[Text] = Text("Principal component analysis (PCA)", "주성분 분석(PCA)")
    task: ClassVar[Literal["transformer"]] = "transformer"
    state_type: ClassVar[type[State]] = PCAState
    verb: ClassVar[Text] = Text("find axes", "축 찾기")
    goal: ClassVar[str] = "explained_variance_ratio"
    metric_names: ClassVar[dict[str, Text]] = {
        "explained_variance_ratio": Text("explained variance ratio", "설명된 분산 비율"),
        "explained_variance": Text("explained variance", "설명된 분산"),
    }
    phases: ClassVar[dict[str, Phase]] = words.PHASES

    n_components: int = declare(
        1,
        label=Text("Number of components", "주성분 수"),
        help=Text(
            "How many axes are kept: the number of columns after the projection.",
            "남기는 축의 수입니다. 투영한 뒤의 열 수가 됩니다.",
        ),
        minimum=1,
        maximum=64,
    )
    show_answer: bool = declare(
        False,
        label=Text("Show the answer", "정답 축 보기"),
        help=Text(
            "Draws the axis that keeps most as a dashed line. Turn the axis by hand first, then look.",
            "분산이 가장 많이 남는 축을 점선으로 그립니다. 먼저 축을 직접 돌려 보고 나서 확인하세요.",
        ),
        change="restart",
    )
    compare_regression: bool = declare(
        False,
        label=Text("Compare with regression", "회귀선과 비교"),
        help=Text(
            "Draws both regression lines of the two shown columns, and for some points the three errors: "
            "upright, level, and at a right angle to the axis.",
            "평면에 보이는 두 열의 회귀선 둘을 그리고, 몇몇 점에서 세 가지 오차(세로, 가로, 축에 수직)를 함께 그립니다.",
        ),
        change="restart",
    )

    # -- mathematics -------------------------------------------------------------------------------------------------

    def start(self, problem: Rows, seed: int) -> PCAState:
        k, d = self._k(problem), problem.d
        axis = pca_axes.start_axis(pca_axes.exact_axes(problem, k), np.zeros((0, d)), seed)
        return PCAState(
            mean=np.zeros(d),
            covariance=np.zeros((d, d)),
            components=np.zeros((k, d)),
            variances=np.zeros(k),
            axis=axis,
            before=axis.copy(),
            stage=START,
            found=0,
            is_settled=0,
            turns=0,
        )

    def iterate(self, state: PCAState, problem: Rows, seed: int, iteration: int) -> Iterator[Moment]:
        if state.stage == START:
            mean, _ = pca_axes.moments(problem)
            yield Moment("center", state.replace(stage=CENTERED, mean=mean))
        elif state.stage == CENTERED:
            _, covariance = pca_axes.moments(problem)
            state = state.replace(stage=TURNING, covariance=covariance)
            yield Moment("covariance", state, {"total": float(np.trace(state.covariance))})
        elif state.is_settled and state.found == len(state.components):
            yield Moment("project", state.replace(stage=PROJECTED), {"share": kept(state)})
        else:
            yield from self._turn(state, problem, seed)

    def _turn(self, state: PCAState, problem: Rows, seed: int) -> Iterator[Moment]:
        if state.is_settled:
            state = self._aimed(state, problem, seed)
            yield Moment("aim", state, {"component": state.found + 1})
        state, is_still = _turned(state, 1)
        angle = 2.0 * math.asin(min(1.0, pca_axes.length(state.axis - state.before) / 2.0))
        values = {"angle": math.degrees(angle), "share": share_of_axis(state)}
        if not is_still and state.turns < MOST_TURNS:
            yield Moment("turn", state, values)
            return
        settled, is_near = self._settled(state, problem)
        if is_still and is_near:
            yield Moment("turn", settled.replace(before=state.before), values)
            return
        yield Moment("turn", state, values)
        why = _why(is_still, settled)
        yield Moment("snap", settled, {"turns": state.turns, "why": why, "share": share_of_axis(settled)})

    def advance(self, state: PCAState, problem: Rows, seed: int, iteration: int, count: int) -> Advance:
        done = 0
        while done < count and state.stage != PROJECTED:
            if state.stage != TURNING or (state.is_settled and state.found == len(state.components)):
                *_, last = self.iterate(state, problem, seed, iteration + done)
                state, done = _known(last.state), done + 1
                continue
            state = self._aimed(state, problem, seed) if state.is_settled else state
            turns = state.turns
            state, is_still = _turned(state, min(count - done, MOST_TURNS - turns))
            done += state.turns - turns
            if is_still or state.turns >= MOST_TURNS:
                settled, is_near = self._settled(state, problem)
                state = settled.replace(before=state.before) if is_still and is_near else settled
        return Advance(state, done)

    def _aimed(self, state: PCAState, problem: Rows, seed: int) -> PCAState:
        """The state with a first guess for the next component."""
        exact = pca_axes.exact_axes(problem, len(state.components))
        axis = pca_axes.start_axis(exact, state.components[: state.found].copy(), seed)
        return state.replace(axis=axis, before=axis.copy(), is_settled=0, turns=0)

    def _settled(self, state: PCAState, problem: Rows) -> tuple[PCAState, bool]:
        """The state with the exact axis, on the side of the turned one (its `before`), among the finished components;
        and whether nobody sees the difference between the two."""
        exact = pca_axes.exact_axes(problem, len(state.components))
        axis, deviation = pca_axes.exact_axis(exact, state.known, state.axis)
        axis = axis if axis @ state.axis >= 0 else -axis
        components, variances = state.components.copy(), state.variances.copy()
        components[state.found] = pca_axes.with_fixed_sign(axis)
        variances[state.found] = deviation * deviation
        settled = state.replace(
            axis=axis, before=state.axis, components=components, variances=variances, found=state.found + 1,
            is_settled=1,
        )  # fmt: skip
        return settled, pca_axes.length(axis - state.axis) < TO_BE_SEEN

    def outcome(self, state: PCAState, problem: Rows) -> Outcome | None:
        if state.stage != PROJECTED:
            return None
        return Outcome("finished", Said(words.FINISHED, {"k": len(state.components), "share": kept(state)}))

    def predict(self, state: PCAState, x: np.ndarray) -> np.ndarray:
        return (np.asarray(x, dtype=np.float64) - state.mean) @ directions(state).T

    def metrics(self, state: PCAState, problem: Rows) -> dict[str, float]:
        if state.stage < TURNING:
            return {}
        share = kept(state)
        return {"explained_variance_ratio": share, "explained_variance": share * float(np.trace(state.covariance))}

    def report(self, state: PCAState, problem: Rows) -> dict[str, Any]:
        total = float(np.trace(state.covariance))
        learned = {
            "components": state.components[: state.found].tolist(),
            "explained_variance": state.variances[: state.found].tolist(),
            "explained_variance_ratio": (state.variances[: state.found] / (total or 1.0)).tolist(),
        }
        mean = problem.scaler.inverse(state.mean[None, :])[0].tolist()
        if problem.scaler.kind == "none":
            return {"parameters": {"mean": mean, **learned}}
        return {"parameters": {"mean": mean}, "parameters_scaled": {"mean": state.mean.tolist(), **learned}}

    # -- what people see ---------------------------------------------------------------------------------------------

    def marks(self, moment: Moment, problem: Rows) -> Iterable[Mark]:
        state = _known(moment.state)
        middle, is_by_hand = picture.middle_of(state, problem), moment.phase == "edited"
        if state.stage >= TURNING:
            yield picture.ellipse(state, problem)
        if self.compare_regression:
            yield from regression_lines(problem, middle, state.axis)
        elif state.stage == PROJECTED or is_by_hand:
            yield from picture.shadows(middle, so_far(state), problem)
        answer = self._answer(state, problem) if self.show_answer else None
        known = pca_axes.informed(state, problem)
        if answer is not None:
            yield picture.answer_line(middle, answer, variance_along(known, answer))
        yield from picture.axes_of(state, moment.phase, problem)
        if state.stage >= TURNING or is_by_hand:
            best = None if answer is None else variance_along(known, answer) / known.total
            yield picture.bars(known, best)

    def pinned_marks(self, shown: Shown, problem: Rows) -> Iterable[Mark]:
        """The line from a pinned point to its shadow on the axes so far, with its length."""
        row = _pinned_row(shown.pin, problem)
        return () if row is None else (picture.residual_of(row, _known(shown.moment.state), problem),)

    @property
    def seeks_plane(self) -> bool:
        return self.n_components == 2

    def plane_in_space(self, state: PCAState) -> tuple[np.ndarray, np.ndarray, bool, float | None] | None:
        """Where the axes lie in the space of the columns, for those who draw three of them: the mean (d,), the axes so
        far as rows (k, d) with zeros for those to come, whether the points have been projected, and the share of the
        variance kept, None before it is known. None altogether before the mean is known."""
        if state.stage == START:
            return None
        share = kept(state) if state.stage >= TURNING else None
        return state.mean, directions(state), state.stage == PROJECTED, share

    def place(self, iteration: int, moment: Moment, problem: Rows) -> Said:
        state = _known(moment.state)
        if state.stage == TURNING and moment.phase != "covariance":
            values = {"component": state.found + 1 - state.is_settled, "turns": state.turns}
            return Said(words.STEP_PLACE, values)
        return Said(words.FOUND_PLACE, {"found": state.found, "k": len(state.components)})

    def dwell(self, iteration: int, moment: Moment, problem: Rows) -> float:
        if moment.phase == "turn":
            is_visible = moment.values["angle"] >= 0.01 and _known(moment.state).turns <= SLOW_TURNS
            return 1.0 if is_visible else 0.2
        return {"center": 1.5, "covariance": 1.5, "project": 2.0, "snap": 2.0}.get(moment.phase, 1.0)

    # -- in numbers --------------------------------------------------------------------------------------------------

    def formulas(self, shown: Shown, problem: Rows) -> Iterable[Formula]:
        state = _known(shown.moment.state)
        phase, features = shown.moment.phase, problem.features
        known = pca_axes.informed(state, problem)
        row = _pinned_row(shown.pin, problem) or 0
        number = int(problem.rows[row]) + 1
        covariance, axes = known.covariance, so_far(state)
        if phase == "center":
            yield from pca_numbers.mean(features, known.mean, row, number)
        elif phase == "covariance":
            rows = _rows_of_terms(row, problem)
            yield from pca_numbers.covariance(features, known.mean, covariance, rows, problem.feature_names)
        elif phase == "aim":
            yield pca_numbers.aim(state.axis, state.components[state.found - 1])
        elif phase == "turn":
            yield from pca_numbers.turn(covariance, state.known, state.before, state.axis)
            yield pca_numbers.along(covariance, variance_of_axis(state))
        elif phase == "snap":
            yield pca_numbers.exact(covariance, state.axis, variance_of_axis(state))
            yield pca_numbers.along(covariance, variance_of_axis(state))
        elif phase == "project":
            yield from pca_numbers.shadow(features[row], known.mean, axes, number, is_main=True)
            yield from pca_numbers.kept(variances_so_far(known), covariance)
        elif phase == "edited":
            yield from pca_numbers.kept(variances_so_far(known), covariance, is_main=True)
            yield from pca_numbers.shadow(features[row], known.mean, axes, number)
        else:
            yield pca_numbers.guess(features, known.mean, state.axis)
        if self.show_answer:
            yield pca_numbers.answer(covariance, variance_along(known, self._answer(state, problem)))
        if self.compare_regression:
            units = problem.plane_scaling[1]
            spread, axis = spread_in_plane(problem) * np.outer(units, units), problem.to_plane(state.axis[None, :])[0]
            across, up = (problem.feature_names[i] for i in problem.axes)
            yield from pca_numbers.slopes(spread, axis * units, across, up)

    def concerned(self, shown: Shown, problem: Rows) -> np.ndarray:
        row = _pinned_row(shown.pin, problem) or 0
        if shown.moment.phase == "covariance":
            return _rows_of_terms(row, problem)
        is_about_one = shown.moment.phase in ("center", "project", "edited")
        return np.array([row] if is_about_one else [], dtype=np.int64)

    def tensors(self, state: PCAState) -> Iterable[Tensor]:
        if state.stage > START:
            yield Tensor("mean", state.mean)
        if state.found:
            yield Tensor("components", state.components[: state.found])
            yield Tensor("explained_variance", state.variances[: state.found])

    # -- what may go wrong, and what a person may change -------------------------------------------------------------

    def unready(self, problem: Rows) -> Said | None:
        if problem.n < 2:
            return Said(TOO_FEW, {"algorithm": self.title, "least": 2, "n": problem.n})
        if not any(column.min() < column.max() for column in problem.features.T):
            return Said(words.ONE_PLACE, {"n": problem.n})
        return beyond_squares(problem)

    def advice(self, problem: Rows) -> Finding | None:
        k = self._k(problem)
        if self.n_components > k and problem.n:
            said = Said(words.FEWER_AXES, {"asked": self.n_components, "n": problem.n, "d": problem.d, "k": k})
            return Finding("few_axes", said)
        if problem.n < 2 or problem.d > MOST_ADVISED_COLUMNS or beyond_squares(problem) is not None:
            return None
        exact = pca_axes.exact_axes(problem, k)
        spread = int((exact.deviations > exact.rounding).sum())
        is_flat = 0 < spread < min(problem.n - 1, problem.d)
        return Finding("flat", Said(words.FLAT, {"d": problem.d, "spread": spread})) if is_flat else None

    def has_handle(self, edit: Edit, problem: Rows) -> bool:
        return edit.handle in ("axis", "axis:0") and len(edit.value) == 2

    def state_forms(self, problem: Rows, distinct_rows: int) -> Mapping[str, ArrayForm]:
        k, d = self._k(problem), problem.d
        return {
            "mean": ArrayForm("float64", (d,)),
            "covariance": ArrayForm("float64", (d, d)),
            "components": ArrayForm("float64", (k, d)),
            "variances": ArrayForm("float64", (k,)),
            "axis": ArrayForm("float64", (d,)),
            "before": ArrayForm("float64", (d,)),
            "stage": ArrayForm("int64", (), range(START, PROJECTED + 1)),
            "found": ArrayForm("int64", (), range(k + 1)),
            "is_settled": ArrayForm("int64", (), range(2)),
            "turns": ArrayForm("int64"),
        }

    def edit(self, state: PCAState, edit: Edit, problem: Rows) -> PCAState:
        if not self.has_handle(edit, problem):
            raise ValueError(f"{self.id} has no handle {edit.handle!r}")
        shown = list(problem.axes)
        axis = np.zeros(problem.d)
        axis[shown] = (problem.scale_point(np.asarray(edit.value)) - picture.middle_of(state, problem))[shown]
        found = state.found - state.is_settled
        components, variances = state.components.copy(), state.variances.copy()
        components[found:], variances[found:] = 0.0, 0.0
        drawn = pca_axes.length(axis)
        if drawn == 0.0:
            return state
        axis = pca_axes.beside(axis / drawn, components)
        left = pca_axes.length(axis)
        if left < pca_axes.SHORT:  # it points along the axes found before: what is left of it is rounding
            return state
        axis = pca_axes.beside(axis / left, components)
        axis /= pca_axes.length(axis)
        stage = min(state.stage, TURNING)
        return state.replace(
            components=components, variances=variances, axis=axis, before=axis.copy(), stage=stage,
            found=found, is_settled=0, turns=0,
        )  # fmt: skip

    def _k(self, problem: Rows) -> int:
        return min(self.n_components, problem.n, problem.d)

    def _answer(self, state: PCAState, problem: Rows) -> np.ndarray:
        """The axis that the current component is looking for, or has found: exact, (d,)."""
        exact = pca_axes.exact_axes(problem, len(state.components))
        return pca_axes.with_fixed_sign(pca_axes.exact_axis(exact, state.known, state.axis)[0])


def _known(state: State) -> PCAState:
    assert isinstance(state, PCAState)
    return state


def _turned(state: PCAState, count: int) -> tuple[PCAState, bool]:
    """The state after up to `count` turns, and whether the last of them was too small to go on."""
    # By a power of two, which rounds nothing, the whole variance comes to about 1: its squares then hold.
    exponent = math.frexp(float(np.trace(state.covariance)))[1]
    covariance = np.ldexp(state.covariance, -exponent)
    axis, before, done, is_still = pca_kernels.turns(covariance, state.known, state.axis.copy(), count)
    return state.replace(axis=axis, before=before, turns=state.turns + done), is_still


def _why(is_still: bool, settled: PCAState) -> Text:
    """Why the turns did not come to the exact axis."""
    if not is_still:
        return filled(words.STILL_MOVES, turns=settled.turns)
    return words.TOO_LITTLE if variance_of_axis(settled) <= pca_kernels.NOTHING * settled.total else words.STUCK


def _pinned_row(pin: Pin, problem: Rows) -> int | None:
    """The training row that is pinned, or None."""
    if pin.row is None:
        return None
    found = np.flatnonzero(problem.rows == pin.row)
    return int(found[0]) if len(found) else None


def _rows_of_terms(first: int, problem: Rows) -> np.ndarray:
    """The rows whose terms are written out in a sum over all points: `first`, then from the top."""
    others = [row for row in range(min(problem.n, MOST_TERMS + 1)) if row != first]
    return np.array([first, *others][: min(problem.n, MOST_TERMS)], dtype=np.int64)
