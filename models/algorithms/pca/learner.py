"""Principal component analysis: the directions along which the points spread most, found by turning an axis into place.

K. Pearson: On lines and planes of closest fit, 1901; H. Hotelling: Analysis of a complex of statistical variables,
1933. Each axis is found by the power method (R. von Mises, H. Pollaczek-Geiringer, 1929): multiply by the covariance,
scale back to length one, again. Iterations: subtract the mean; covariance; one for each turn of an axis; projection.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from models.algorithms.pca import formulas as pca_numbers
from models.algorithms.pca import kernels as pca_kernels
from models.algorithms.pca.rival_lines import regression_lines, spread_in_plane
from models.arithmetic import draws
from models.core.findings import Finding
from models.core.formula import Formula, Shown, Tensor
from models.core.learner import Advance, Edit, Learner, Moment, Outcome, Phase, Pin
from models.core.marks import Bars, Mark, Path, Points, Segments
from models.core.params import declare
from models.core.problem import Rows
from models.core.readiness import TOO_FEW
from models.core.state import ArrayForm, State
from models.words.numbers import number
from models.words.text import Said, Text

MOST_TURNS = 100  # of one axis; then the exact axis is taken
MOST_SHADOWS = 2_000  # shadows drawn; with more points an even choice of them
SLOW_TURNS = 8  # turns shown at full length; later ones, and those too small to see, pass quickly
MOST_ADVISED_COLUMNS = 64  # beyond, looking for flat directions in advance costs too much

MOST_BARS = 8
ANSWER_BEYOND = 1.6  # the answer is drawn so many deviations long, beyond the axis that may lie on it
MOST_TERMS = 3  # points whose terms stand in an entry of the covariance

START, CENTERED, TURNING, PROJECTED = 0, 1, 2, 3  # how far a state has come


@dataclass(frozen=True, eq=False)
class PCAState(State):
    """What is known so far. `stage`: START, CENTERED, TURNING (the covariance is known) or PROJECTED.

    found: how many components are finished; the rows of `components` after them are zero. axis: the current guess
    for the next one or, while is_settled is 1, the one finished last. before: the axis before its last turn.
    """

    mean: np.ndarray  # (d,)
    covariance: np.ndarray  # (d, d)
    components: np.ndarray  # (k, d)
    variances: np.ndarray  # (k,)
    axis: np.ndarray  # (d,)
    before: np.ndarray  # (d,)
    stage: int
    found: int
    is_settled: int
    turns: int


class PCA(Learner[PCAState, Rows]):
    """Axes of largest variance, one after the other.

    Each axis starts 60 to 80 degrees away from the answer (the angle and the side are drawn from the seed), so that
    every start is visibly wrong and none is at a right angle to the answer, where the power method would stand still;
    where only one direction is left, it starts there. It is kept at right angles to the axes found before, and has
    settled when a turn is below 1e-10 radians (or below what rounding moves it by); after 100 turns the exact axis
    is taken instead. Where no variance is left, the axis stays as it is, with variance 0.
    The sign of an axis makes its largest entry positive; variances divide by n - 1: both as in scikit-learn.
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
    phases: ClassVar[dict[str, Phase]] = {
        "start": Phase(
            Text("start", "시작"),
            Text(
                "In which direction do the points spread most? The first guess is a wrong one.",
                "점들이 어느 방향으로 가장 넓게 퍼져 있을까요? 첫 축은 일부러 틀린 방향에 놓았습니다.",
            ),
        ),
        "center": Phase(
            Text("subtract the mean", "평균 빼기"),
            Text(
                "The mean is subtracted: from now on every direction is measured from the middle of the data.",
                "평균을 뺍니다. 이제 모든 방향을 데이터의 한가운데에서 잽니다.",
            ),
        ),
        "covariance": Phase(
            Text("covariance", "공분산"),
            Text(
                "The covariance says how widely the points spread and which way they lean. Variance in all: {total:.4g}.",
                "공분산은 점들이 얼마나 퍼져 있고 어느 쪽으로 기울었는지 나타냅니다. 전체 분산: {total:.4g}.",
            ),
        ),
        "aim": Phase(
            Text("next axis", "다음 축"),
            Text(
                "Component {component} starts at a right angle to the axes already found.",
                "주성분 {component:은/는} 이미 찾은 축과 수직인 방향에서 시작합니다.",
            ),
        ),
        "turn": Phase(
            Text("turn", "축 돌리기"),
            Text(
                "Multiplying by the covariance turns the axis by {angle:.2f}°; it keeps {share:.1%} of the variance.",
                "공분산을 곱하면 축이 {angle:.2f}° 돌아갑니다. 이 축에 남는 분산: {share:.1%}.",
            ),
        ),
        "snap": Phase(
            Text("exact axis", "정확한 축"),
            Text(
                "After {turns} turns the axis still moves: the two directions are nearly equal. "
                "The exact axis is taken; it keeps {share:.1%} of the variance.",
                "{turns}번 돌려도 축이 멈추지 않습니다. 두 방향의 분산이 거의 같기 때문입니다. "
                "정확한 축을 계산해 씁니다. 이 축에 남는 분산: {share:.1%}.",
            ),
        ),
        "project": Phase(
            Text("projection", "투영"),
            Text(
                "Each point casts its shadow at a right angle. Variance kept: {share:.1%}.",
                "점마다 축에 수직으로 그림자를 드리웁니다. 남는 분산: {share:.1%}.",
            ),
        ),
        "edited": Phase(
            Text("turned by hand", "직접 돌림"),
            Text(
                "The axis was turned by hand; the next turns start from here.",
                "축을 직접 돌렸습니다. 다음부터는 여기에서 이어서 돌립니다.",
            ),
        ),
    }

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
        _, covariance = _moments(problem)
        axis = _start_axis(covariance, np.zeros((0, d)), seed)
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
            mean, _ = _moments(problem)
            yield Moment("center", state.replace(stage=CENTERED, mean=mean))
        elif state.stage == CENTERED:
            _, covariance = _moments(problem)
            state = state.replace(stage=TURNING, covariance=covariance)
            yield Moment("covariance", state, {"total": float(np.trace(state.covariance))})
        elif state.is_settled and state.found == len(state.components):
            yield Moment("project", state.replace(stage=PROJECTED), {"share": _kept(state)})
        else:
            yield from self._turn(state, seed)

    def _turn(self, state: PCAState, seed: int) -> Iterator[Moment]:
        if state.is_settled:
            state = _aimed(state, seed)
            yield Moment("aim", state, {"component": state.found + 1})
        state, is_still = _turned(state, 1)
        angle = 2.0 * math.asin(min(1.0, float(np.linalg.norm(state.axis - state.before)) / 2.0))
        values = {"angle": math.degrees(angle), "share": _share(state, state.axis)}
        yield Moment("turn", _finished(state) if is_still else state, values)
        if not is_still and state.turns >= MOST_TURNS:
            state = _snapped(state)
            yield Moment("snap", state, {"turns": state.turns, "share": _share(state, state.axis)})

    def advance(self, state: PCAState, problem: Rows, seed: int, iteration: int, count: int) -> Advance:
        done = 0
        while done < count and state.stage != PROJECTED:
            if state.stage != TURNING or (state.is_settled and state.found == len(state.components)):
                *_, last = self.iterate(state, problem, seed, iteration + done)
                state, done = last.state, done + 1  # type: ignore[assignment]
                continue
            state = _aimed(state, seed) if state.is_settled else state
            before = state.turns
            state, is_still = _turned(state, min(count - done, MOST_TURNS - before))
            done += state.turns - before
            if is_still:
                state = _finished(state)
            elif state.turns >= MOST_TURNS:
                state = _snapped(state)
        return Advance(state, done)

    def outcome(self, state: PCAState, problem: Rows) -> Outcome | None:
        if state.stage != PROJECTED:
            return None
        return Outcome("finished", Said(_FINISHED, {"k": len(state.components), "share": _kept(state)}))

    def predict(self, state: PCAState, x: np.ndarray) -> np.ndarray:
        return (np.asarray(x, dtype=np.float64) - state.mean) @ _directions(state).T

    def metrics(self, state: PCAState, problem: Rows) -> dict[str, float]:
        if state.stage < TURNING:
            return {}
        share = _kept(state)
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
        state: PCAState = moment.state  # type: ignore[assignment]
        middle, is_by_hand = _middle(state, problem), moment.phase == "edited"
        if state.stage >= TURNING:
            yield Path(key="spread", role="muted", vertices=_spread(state, problem), closed=True)
        if self.compare_regression:
            yield from regression_lines(problem, middle, state.axis)
        elif state.stage == PROJECTED or is_by_hand:
            yield from _shadows(middle, _so_far(state), problem)
        if self.show_answer:
            answer = _answer(state, problem)
            way = math.sqrt(_variance_along(_informed(state, problem), answer)) * answer
            yield _through("answer", middle, ANSWER_BEYOND * way, dashed=True)
        for c in range(state.found - state.is_settled):
            reach = _reach(state, problem, state.components[c])
            yield _through(f"component:{c}", middle, reach * state.components[c], role="ink")
        if moment.phase in ("turn", "snap"):
            reach = _reach(state, problem, state.before)
            ghost = {"role": "accent", "emphasis": "ghost", "dashed": True, "pulse": True}
            yield _through("before", middle, reach * state.before, **ghost)
        reach = _reach(state, problem, state.axis)
        yield _through("axis", middle, reach * state.axis, role="accent", glide=True)
        tip = (middle + reach * state.axis)[None, :]
        yield Points(key="tip", role="accent", at=tip, symbol="dot", glide=True, handle="axis")
        if state.stage > START:
            yield Points(key="mean", at=middle[None, :], symbol="cross")
        if state.stage >= TURNING or is_by_hand:
            yield self._bars(_informed(state, problem), problem)

    def pinned_marks(self, shown: Shown, problem: Rows) -> Iterable[Mark]:
        """The line from a pinned point to its shadow on the axes so far, with its length."""
        row = _pinned_row(shown.pin, problem)
        if row is None:
            return
        state: PCAState = shown.moment.state  # type: ignore[assignment]
        middle, axes = _middle(state, problem), _so_far(state)
        foot = middle + (problem.features[row] - middle) @ axes.T @ axes
        distance = float(np.linalg.norm(problem.features[row] - foot))
        yield Segments(
            key="pinned residual",
            role="accent",
            starts=problem.features[row][None, :],
            ends=foot[None, :],
            labels=(number(distance),),
            thin=True,
            emphasis="focus",
        )

    @property
    def seeks_plane(self) -> bool:
        return self.n_components == 2

    def plane_in_space(self, state: PCAState) -> tuple[np.ndarray, np.ndarray, bool, float | None] | None:
        """Where the axes lie in the space of the columns, for those who draw three of them: the mean (d,), the axes so
        far as rows (k, d) with zeros for those to come, whether the points have been projected, and the share of the
        variance kept, None before it is known. None altogether before the mean is known."""
        if state.stage == START:
            return None
        kept = _kept(state) if state.stage >= TURNING else None
        return state.mean, _directions(state), state.stage == PROJECTED, kept

    def place(self, iteration: int, moment: Moment, problem: Rows) -> Said:
        state: PCAState = moment.state  # type: ignore[assignment]
        if state.stage == TURNING and moment.phase != "covariance":
            values = {"component": state.found + 1 - state.is_settled, "turns": state.turns}
            return Said(
                Text("component {component}, power step {turns}", "주성분 {component}, 거듭제곱법 {turns}회"), values
            )
        values = {"found": state.found, "k": len(state.components)}
        return Said(Text("components found: {found}/{k}", "찾은 주성분 {found}/{k}"), values)

    def dwell(self, iteration: int, moment: Moment, problem: Rows) -> float:
        if moment.phase == "turn":
            is_visible = moment.values["angle"] >= 0.01 and moment.state.turns <= SLOW_TURNS  # type: ignore[attr-defined]
            return 1.0 if is_visible else 0.2
        return {"center": 1.5, "covariance": 1.5, "project": 2.0, "snap": 2.0}.get(moment.phase, 1.0)

    # -- in numbers --------------------------------------------------------------------------------------------------

    def formulas(self, shown: Shown, problem: Rows) -> Iterable[Formula]:
        state: PCAState = shown.moment.state  # type: ignore[assignment]
        phase, features = shown.moment.phase, problem.features
        known = _informed(state, problem)
        row = _pinned_row(shown.pin, problem) or 0
        number = int(problem.rows[row]) + 1
        covariance, axes = known.covariance, _so_far(state)
        if phase == "center":
            yield from pca_numbers.mean(features, known.mean, row, number)
        elif phase == "covariance":
            rows = _rows_of_terms(row, problem)
            yield from pca_numbers.covariance(features, known.mean, covariance, rows, problem.feature_names)
        elif phase == "aim":
            yield pca_numbers.aim(state.axis, state.components[state.found - 1])
        elif phase == "turn":
            before = state.components[: state.found - state.is_settled]
            yield from pca_numbers.turn(covariance, before, state.before, state.axis)
            yield pca_numbers.along(covariance, state.axis)
        elif phase == "snap":
            yield pca_numbers.exact(covariance, state.axis)
            yield pca_numbers.along(covariance, state.axis)
        elif phase == "project":
            yield from pca_numbers.shadow(features[row], known.mean, axes, number, is_main=True)
            yield from pca_numbers.kept(_variances(known, axes), covariance)
        elif phase == "edited":
            yield from pca_numbers.kept(_variances(known, axes), covariance, is_main=True)
            yield from pca_numbers.shadow(features[row], known.mean, axes, number)
        else:
            yield pca_numbers.guess(features, known.mean, state.axis)
        if self.show_answer:
            yield pca_numbers.answer(covariance, _variance_along(known, _answer(state, problem)))
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
            return Said(_ONE_PLACE, {"n": problem.n})
        return None

    def advice(self, problem: Rows) -> Finding | None:
        k = self._k(problem)
        if self.n_components > k and problem.n:
            said = Said(_FEWER_AXES, {"asked": self.n_components, "n": problem.n, "d": problem.d, "k": k})
            return Finding("few_axes", said)
        if problem.n < 2 or problem.d > MOST_ADVISED_COLUMNS:
            return None
        _, covariance = _moments(problem)
        if not np.isfinite(covariance).all():
            return None
        spread = int((np.linalg.eigvalsh(covariance) > pca_kernels.NOTHING * np.trace(covariance)).sum())
        is_flat = 0 < spread < min(problem.n - 1, problem.d)
        return Finding("flat", Said(_FLAT, {"d": problem.d, "spread": spread})) if is_flat else None

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
        axes = list(problem.axes)
        axis = np.zeros(problem.d)
        axis[axes] = (problem.scale_point(np.asarray(edit.value)) - _middle(state, problem))[axes]
        found = state.found - state.is_settled
        components, variances = state.components.copy(), state.variances.copy()
        components[found:], variances[found:] = 0.0, 0.0
        axis -= components.T @ (components @ axis)
        length = float(np.linalg.norm(axis))
        if length == 0.0:
            return state
        stage = min(state.stage, TURNING)
        return state.replace(
            components=components, variances=variances, axis=axis / length, before=axis / length, stage=stage,
            found=found, is_settled=0, turns=0,
        )  # fmt: skip

    def _k(self, problem: Rows) -> int:
        return min(self.n_components, problem.n, problem.d)

    def _bars(self, state: PCAState, problem: Rows) -> Bars:
        """What each axis keeps, what none of them does and, when it is asked for, the most that one axis could."""
        shares = _shares(state)
        current, rest = state.found - state.is_settled, max(0.0, 1.0 - float(shares.sum()))
        rows: list[tuple[str | Text, float, str]] = [
            (f"PC{c + 1}", float(share), "accent" if c == current else "ink")
            for c, share in enumerate(shares[:MOST_BARS])
        ]
        if self.show_answer:
            rows.append((_ANSWER, _share(state, _answer(state, problem)), "ink"))
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


_FINISHED = Text(
    "Finished. Variance kept by the axes found ({k}): {share:.1%}.",
    "끝났습니다. 찾은 주성분 {k}개에 남는 분산: {share:.1%}.",
)
_ANSWER = Text("answer", "정답")
_REST = Text("residual", "잔차")
_ONE_PLACE = Text(
    "All {n} points lie at the same place, so no direction has any variance: draw points that differ.",
    "점 {n}개가 모두 같은 자리에 있어 어느 방향으로도 분산이 없습니다. 서로 다른 점을 그리세요.",
)
_FEWER_AXES = Text(
    "{asked} components were asked for, but {n} points in {d} columns have at most {k}: {k} are found.",
    "주성분을 {asked}개 찾으라고 했지만, 열 {d}개에 점이 {n}개면 {k}개까지만 있습니다. {k}개를 찾습니다.",
)
_FLAT = Text(
    "The points spread in only {spread} of {d} directions; any further axis keeps no variance.",
    "점들이 {d}개 방향 중 {spread}개로만 퍼져 있습니다. 그 밖의 축에는 분산이 남지 않습니다.",
)


# -- mathematics -----------------------------------------------------------------------------------------------------


def _moments(problem: Rows) -> tuple[np.ndarray, np.ndarray]:
    """The mean (d,) and the covariance (d, d), divided by n - 1, of the training rows.

    Made where the data lies. The turns that follow work on these d x d numbers alone and stay on the host.
    """
    if problem.path == "torch":
        mean, scatter = _moments_on_device(problem.tensor("features"))
    else:
        mean, scatter = pca_kernels.moments(problem.features)
    return mean, (scatter + scatter.T) / (2.0 * max(problem.n - 1, 1))


def _moments_on_device(features) -> tuple[np.ndarray, np.ndarray]:
    """What `pca_kernels.moments` does, of a tensor (n, d); the device is read once."""
    mean = features.mean(dim=0, keepdim=True)
    centered = features - mean
    both = mean.new_empty((1 + features.shape[1], features.shape[1]))
    both[:1], both[1:] = mean, centered.T @ centered
    both = both.cpu().numpy().astype(np.float64)
    return both[0].copy(), both[1:]


def _leading(covariance: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The exact direction of largest variance at right angles to the `known` axes, (d,), its sign fixed."""
    if not np.isfinite(covariance).all():
        return np.eye(len(covariance))[0]
    rest = np.eye(len(covariance)) - known.T @ known
    # The known directions are put below all others, which have no negative variance.
    left = rest @ covariance @ rest - (np.trace(covariance) + 1.0) * known.T @ known
    return _with_fixed_sign(np.linalg.eigh((left + left.T) / 2.0).eigenvectors[:, -1])


def _with_fixed_sign(axis: np.ndarray) -> np.ndarray:
    """The axis or its opposite, so that the largest entry (the first of entries as good as equal) is positive."""
    size = np.abs(axis)
    largest = int(np.argmax(size >= size.max() * (1 - 1e-9)))
    return np.ascontiguousarray(axis if axis[largest] > 0 else -axis)


def _start_axis(covariance: np.ndarray, known: np.ndarray, seed: int) -> np.ndarray:
    """A first guess 60 to 80 degrees away from the answer, towards a side drawn from the seed, (d,)."""
    number, d = known.shape
    answer = _leading(covariance, known)
    side = np.array([draws.normal(seed, number, draws.START, j) for j in range(d)])
    for axis in (*known, answer, *known, answer):
        side -= (axis @ side) * axis
    length = float(np.linalg.norm(side))
    if number + 1 >= d or length < 1e-9:
        return answer
    angle = math.radians(60.0 + 20.0 * draws.uniform(seed, number, draws.EXTRA, 0))
    return math.cos(angle) * answer + math.sin(angle) * side / length


def _variance_along(state: PCAState, axis: np.ndarray) -> float:
    return max(0.0, float(axis @ state.covariance @ axis))


def _share(state: PCAState, axis: np.ndarray) -> float:
    """The share of the whole variance that lies along an axis."""
    return _variance_along(state, axis) / (float(np.trace(state.covariance)) or 1.0)


def _kept(state: PCAState) -> float:
    """The share of the variance that the finished components and the current guess keep together."""
    return min(1.0, float(_shares(state).sum()))


def _shares(state: PCAState) -> np.ndarray:
    """The share of the variance for each component, (k,): finished, the current guess, zeros."""
    shares = state.variances / (float(np.trace(state.covariance)) or 1.0)
    if not state.is_settled:
        shares[state.found] = _share(state, state.axis)
    return shares


def _directions(state: PCAState) -> np.ndarray:
    """The finished components and the current guess as rows (k, d), then zeros."""
    directions = state.components.copy()
    if not state.is_settled:
        directions[state.found] = state.axis
    return directions


def _so_far(state: PCAState) -> np.ndarray:
    """The finished components and, unless it is one of them, the current guess as rows (c, d)."""
    return _directions(state)[: state.found + (not state.is_settled)]


def _variances(state: PCAState, axes: np.ndarray) -> np.ndarray:
    """The variance along each of the axes (c, d)."""
    return np.array([_variance_along(state, axis) for axis in axes])


def _informed(state: PCAState, problem: Rows) -> PCAState:
    """The state with its mean and covariance, also before the run has come to them."""
    if state.stage >= TURNING:
        return state
    mean, covariance = _moments(problem)
    return state.replace(mean=mean, covariance=covariance)


def _answer(state: PCAState, problem: Rows) -> np.ndarray:
    """The axis that the current component is looking for, or has found: exact, (d,)."""
    known = state.components[: state.found - state.is_settled].copy()
    return _leading(_informed(state, problem).covariance, known)


def _pinned_row(pin: Pin, problem: Rows) -> int | None:
    """The training row that is pinned, or None."""
    found = np.flatnonzero(problem.rows == pin.row) if pin.row is not None else ()
    return int(found[0]) if len(found) else None


def _rows_of_terms(first: int, problem: Rows) -> np.ndarray:
    """The rows whose terms are written out in a sum over all points: `first`, then from the top."""
    others = [row for row in range(min(problem.n, MOST_TERMS + 1)) if row != first]
    return np.array([first, *others][: min(problem.n, MOST_TERMS)], dtype=np.int64)


def _aimed(state: PCAState, seed: int) -> PCAState:
    """The state with a first guess for the next component."""
    axis = _start_axis(state.covariance, state.components[: state.found].copy(), seed)
    return state.replace(axis=axis, before=axis.copy(), is_settled=0, turns=0)


def _turned(state: PCAState, count: int) -> tuple[PCAState, bool]:
    """The state after up to `count` turns, and whether the last of them was too small to go on."""
    known = state.components[: state.found].copy()
    axis, before, done, is_still = pca_kernels.turns(state.covariance.copy(), known, state.axis.copy(), count)
    return state.replace(axis=axis, before=before, turns=state.turns + done), is_still


def _snapped(state: PCAState) -> PCAState:
    """The state with the exact axis, on the side of the guess, taken among the finished components."""
    exact = _leading(state.covariance, state.components[: state.found])
    return _finished(state.replace(axis=exact if exact @ state.axis >= 0 else -exact, before=state.axis))


def _finished(state: PCAState) -> PCAState:
    """The state with its axis taken among the finished components."""
    components, variances = state.components.copy(), state.variances.copy()
    components[state.found] = _with_fixed_sign(state.axis)
    variances[state.found] = _variance_along(state, state.axis)
    return state.replace(components=components, variances=variances, found=state.found + 1, is_settled=1)


# -- drawing ---------------------------------------------------------------------------------------------------------


def _middle(state: PCAState, problem: Rows) -> np.ndarray:
    """Where the axes cross: the mean, also before it has been subtracted."""
    return state.mean if state.stage > START else _moments(problem)[0]


def _reach(state: PCAState, problem: Rows, axis: np.ndarray) -> float:
    """Half the drawn length of an axis: one deviation along it or, before the covariance, a typical one."""
    if state.stage >= TURNING:
        return math.sqrt(_variance_along(state, axis))
    return math.sqrt(float(np.diag(_moments(problem)[1]).mean()))


def _through(key: str, middle: np.ndarray, way: np.ndarray, **look: Any) -> Segments:
    return Segments(key=key, starts=(middle - way)[None, :], ends=(middle + way)[None, :], **look)


def _spread(state: PCAState, problem: Rows) -> np.ndarray:
    """The ellipse of one deviation in the two shown columns, as whole rows (64, d)."""
    axes = list(problem.axes)
    values, vectors = np.linalg.eigh(state.covariance[np.ix_(axes, axes)])
    turn = np.linspace(0.0, 2.0 * np.pi, 64, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    rows = np.repeat(state.mean[None, :], len(circle), axis=0)
    rows[:, axes] += circle * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    return rows


def _shadows(mean: np.ndarray, axes: np.ndarray, problem: Rows) -> Iterator[Mark]:
    points = problem.features[:: -(-problem.n // MOST_SHADOWS)]
    shadows = mean + (points - mean) @ axes.T @ axes
    yield Segments(key="sticks", role="muted", starts=points, ends=shadows, thin=True)
    yield Points(key="shadows", role="accent", at=shadows, symbol="dot")
