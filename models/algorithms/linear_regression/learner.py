"""Linear regression: the line (or plane) whose squared residuals are smallest on average.

The prediction is y_hat = w . x + b; a residual is e = y - y_hat; the loss is the mean squared error, the mean of e^2
over all training rows. Two ways lead to its minimum. Gradient descent goes there in steps over the full batch:
dL/dw_j = -2/n sum(e x_j), dL/db = -2/n sum(e), each parameter minus the learning rate times its derivative. The closed
form (A.-M. Legendre, 1805; C. F. Gauss, 1809) solves the normal equations: with one feature the slope is S_xy / S_xx
and the line goes through the two means.

Targets stay in original units. With one feature the line stands on the target plane, where its residuals are sticks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Literal

import numpy as np

from models.algorithms.linear_regression import words
from models.algorithms.linear_regression.formulas import Writer
from models.algorithms.linear_regression.kernels import is_growing, is_level, many_steps
from models.algorithms.linear_regression.least_squares import (
    goals,
    in_original_units,
    normal_equations,
    normal_equations_on_device,
    normal_of,
    spread_of,
    steepest,
)
from models.algorithms.linear_regression.picture import LETTERS, Picture, asked, asked_row, equation_of, through
from models.algorithms.linear_regression.readiness import advice_for, lack_of
from models.algorithms.linear_regression.state import LOSS, SOLVED, LinearRegressionState, forms, state_of
from models.arithmetic.columns import columns_of
from models.core.abilities import Flow, Wiring
from models.core.findings import Finding
from models.core.formula import Formula, Shown, Tensor
from models.core.learner import Advance, Edit, Learner, Moment, Outcome, Phase
from models.core.marks import Mark
from models.core.params import declare
from models.core.problem import Rows
from models.core.state import ArrayForm, State
from models.families.one_layer.parameters import edited, has_handle, pinned_row, tensors_of, vector_of
from models.words.numbers import brief, number
from models.words.text import Said, Text


class LinearRegression(Learner[LinearRegressionState, Rows]):
    """The line, or with more columns the plane, of least squares; one step over all rows is one iteration.

    Gradient descent stops when no column, and not the intercept either, could lower the loss any more: every
    derivative is below tol times the deviation of the targets times the root mean square of its column. The closed
    form is one iteration of four moments.
    """

    id: ClassVar[str] = "linear_regression"
    title: ClassVar[Text] = Text("Linear regression", "선형 회귀")
    task: ClassVar = "regressor"
    state_type: ClassVar[type[State]] = LinearRegressionState
    default_scaling: ClassVar[Literal["none", "standard"]] = "standard"
    goal: ClassVar[str] = "mse"
    rate_setting: ClassVar[str | None] = "learning_rate"
    descends: ClassVar[bool] = True
    metric_names: ClassVar[dict[str, Text]] = {
        "mse": Text("mean squared error (target's unit, squared)", "평균 제곱 오차(목표값 단위의 제곱)"),
    }
    phases: ClassVar[dict[str, Phase]] = words.PHASES

    method: Literal["gradient_descent", "closed_form"] = declare(
        "gradient_descent",
        label=Text("Method", "방법"),
        help=Text(
            "Step by step downhill, or the answer in one calculation.",
            "조금씩 내려가거나, 식을 풀어 답을 한 번에 구합니다.",
        ),
        choices={
            "gradient_descent": Text("gradient descent", "경사 하강법"),
            "closed_form": Text("closed form (normal equations)", "정규 방정식"),
        },
    )
    learning_rate: float = declare(
        0.1,
        label=Text("Learning rate", "학습률"),
        help=Text("How far one step goes against the gradient.", "한 번에 그레이디언트의 반대쪽으로 가는 보폭입니다."),
        change="live",
        minimum=1e-6,
        maximum=1000.0,
        logarithmic=True,
        only_if=("method", ("gradient_descent",)),
    )
    max_iter: int = declare(
        10_000,
        folded=True,
        label=Text("Most steps", "최대 반복 수"),
        help=Text("Stops after this many steps.", "이만큼 반복하면 멈춥니다."),
        minimum=1,
        maximum=1_000_000,
        only_if=("method", ("gradient_descent",)),
    )
    tol: float = declare(
        2e-3,
        folded=True,
        label=Text("Settled below", "수렴 기준"),
        help=Text(
            "Stops when the gradient is smaller than this, measured by the spread of the data.",
            "데이터의 흩어진 정도에 견주어 그레이디언트가 이보다 작아지면 멈춥니다.",
        ),
        minimum=0.0,
        maximum=1.0,
        only_if=("method", ("gradient_descent",)),
    )
    start_coef: tuple[float, ...] | None = declare(
        None,
        is_start=True,
        label=Text("Start slope (weights)", "시작 기울기(가중치)"),
        help=Text("One number for each column, in original units.", "열마다 수 하나씩, 원래 단위로 적습니다."),
        length=(1, 1000),
        none_text=Text("0, a flat line", "0, 평평한 직선"),
    )
    start_intercept: float | None = declare(
        None,
        is_start=True,
        label=Text("Start intercept", "시작 절편"),
        help=Text("Where the line starts, in original units.", "직선이 시작하는 높이를 원래 단위로 적습니다."),
        none_text=Text("0, or the nearest target where 0 is far away", "0, 또는 0이 멀면 가장 가까운 목표값"),
    )
    candidates: tuple[float, ...] | None = declare(
        None,
        label=Text("Candidate lines", "후보 직선"),
        help=Text(
            "Slope and intercept of up to four lines to choose from, one after the other, in original units.",
            "고를 수 있는 직선을 넷까지, 기울기와 절편을 차례로 원래 단위로 적습니다.",
        ),
        change="restart",
        length=(2, 2 * len(LETTERS)),
        none_text=Text("none", "없음"),
    )
    candidate: Literal["none", "A", "B", "C", "D"] = declare(
        "none",
        label=Text("Chosen candidate", "고른 후보"),
        help=Text("The line starts as this candidate.", "직선이 이 후보에서 시작합니다."),
        change="restart",
        choices={"none": Text("none", "없음")} | {letter: Text(letter, letter) for letter in LETTERS},
    )
    query: tuple[float, ...] | None = declare(
        None,
        label=Text("Predict at (?)", "예측할 위치(?)"),
        help=Text(
            "The place to predict at, in original units, one number for each column. In the plane, drag the question "
            "mark.",
            "예측할 위치를 열마다 하나씩 원래 단위로 적습니다. 평면에서는 물음표를 끌어 옮깁니다.",
        ),
        change="restart",
        length=(1, 1000),
        none_text=Text("three quarters along the data", "데이터 범위의 4분의 3 지점"),
    )
    squares: bool = declare(
        False,
        label=Text("Squares of the residuals", "잔차의 제곱"),
        help=Text(
            "Draws the square on every residual: their mean area is the loss.",
            "잔차마다 정사각형을 그립니다. 넓이의 평균이 손실입니다.",
        ),
        change="restart",
    )
    closed_form_ghost: bool = declare(
        False,
        label=Text("Show the best line", "가장 좋은 직선 보기"),
        help=Text("Draws the closed form's line to compare with.", "견주어 볼 정규 방정식의 직선을 그립니다."),
        change="restart",
    )

    # -- mathematics -------------------------------------------------------------------------------------------------

    def start(self, problem: Rows, seed: int) -> LinearRegressionState:
        coef, intercept = self._start_line(problem)
        return LinearRegressionState.at(coef * problem.scaler.scale, intercept + float(coef @ problem.scaler.mean))

    def _start_line(self, problem: Rows) -> tuple[np.ndarray, float]:
        """Weights (d,) and intercept in original units: the chosen candidate, or what is given, or a flat line."""
        chosen = self.candidate_lines(problem)
        letter = LETTERS.index(self.candidate) if self.candidate != "none" else len(LETTERS)
        if letter < len(chosen):
            return chosen[letter, :1].copy(), float(chosen[letter, 1])
        if self.start_coef is not None:
            return np.array(self.start_coef, dtype=np.float64), self.start_intercept or 0.0
        if self.start_intercept is not None:
            return np.zeros(problem.d), self.start_intercept
        y = goals(problem)
        low, high = float(y.min()), float(y.max())
        is_near = low - (high - low) <= 0.0 <= high + (high - low)
        return np.zeros(problem.d), 0.0 if is_near else min(low, high, key=abs)

    def candidate_lines(self, problem: Rows) -> np.ndarray:
        """(k, 2) slope and intercept of each candidate, in original units."""
        if self.candidates is None or problem.d != 1 or len(self.candidates) % 2:
            return np.zeros((0, 2))
        return np.array(self.candidates, dtype=np.float64).reshape(-1, 2)

    def query_row(self, problem: Rows) -> np.ndarray:
        """The place to predict at as a whole row (d,) in the learner's units."""
        return asked_row(self.query, problem)

    def iterate(self, state: LinearRegressionState, problem: Rows, seed: int, iteration: int) -> Iterator[Moment]:
        after = self._after(state, problem, seed, iteration)
        if self.method == "closed_form":
            yield from self._solving(state, after, problem)
            return
        line, n = equation_of(state, problem), problem.n
        yield Moment("predict", state, {"line": line, "n": n})
        judged = state.replace(losses=after.losses)
        yield Moment("residuals", judged, {"mse": brief(after.losses[LOSS])})
        yield Moment(
            "gradient", judged.replace(gradient=after.gradient), {"gradient": words.gradient_in_words(after.gradient)}
        )
        before, now = float(after.losses[LOSS]), self._mse(after, problem)
        said = {"rate": number(self.learning_rate), "line": equation_of(after, problem)}
        compared = {
            "falls": words.FALLS if now <= before else words.GROWS,
            "before": brief(before),
            "after": brief(now),
        }
        yield Moment("update", after, said | compared)

    def _after(self, state: LinearRegressionState, problem: Rows, seed: int, iteration: int) -> LinearRegressionState:
        after = self.advance(state, problem, seed, iteration, 1).state
        assert isinstance(after, LinearRegressionState)
        return after

    def _solving(self, state: LinearRegressionState, after: LinearRegressionState, problem: Rows) -> Iterator[Moment]:
        # As a person would set them up, from the columns as they are in the data.
        normal, line = (
            normal_equations(problem.scaler.inverse(problem.features), goals(problem)),
            equation_of(after, problem),
        )
        yield Moment("means", state, {"means": words.means_in_words(normal, problem)})
        yield Moment("normal equations", state, {"sums": words.sums_in_words(normal, problem)})
        solution = {"solution": words.solution_in_words(normal, problem, line), "note": words.warning(normal, problem)}
        yield Moment("solve", after, solution)
        yield Moment("ask", after, words.asked_in_words(line, *asked(self, after, problem), problem))

    def advance(self, state: LinearRegressionState, problem: Rows, seed: int, iteration: int, count: int) -> Advance:
        if count <= 0 or (state.is_solved and self.method == "closed_form"):
            return Advance(state, 0)
        if self.method == "closed_form":
            return Advance(self._solve(state, problem), 1)
        coef, intercept, gradient = state.coef.copy(), state.intercept.copy(), state.gradient.copy()
        losses, counters = state.losses.copy(), state.counters.copy()
        counters[SOLVED] = 0
        bounds, spread = self._bounds(problem)
        settings = (self.learning_rate, bounds, spread, self.max_iter, count)
        if problem.path == "torch":
            from models.algorithms.linear_regression.device import many_steps_torch

            done = many_steps_torch(coef, intercept, gradient, losses, counters, problem, *settings)
        else:
            unit, slopes = coef[None, :], gradient[None, :]
            x, y, n = columns_of(problem)
            done = many_steps(unit, intercept, slopes, losses, counters, x, y, n, *settings)
        return Advance(LinearRegressionState(coef, intercept, gradient, losses, counters), done)

    def _solve(self, state: LinearRegressionState, problem: Rows) -> LinearRegressionState:
        normal = None
        if problem.path == "torch":
            y = problem.tensor("targets").to(problem.float_type())
            normal = normal_equations_on_device(problem.tensor("features"), y)
        if normal is None:
            normal = normal_of(problem)
        return state.replace(
            coef=normal.coef,
            intercept=np.array([normal.intercept]),
            gradient=np.zeros(problem.d + 1),
            counters=np.array([0, 1], dtype=np.int64),
        )

    def _bounds(self, problem: Rows) -> tuple[np.ndarray, float]:
        """How small each derivative must become (d + 1,), and the targets' deviation, which this is measured by."""
        spread = spread_of(problem)
        return self.tol * spread.target * spread.sizes, spread.target

    def outcome(self, state: LinearRegressionState, problem: Rows) -> Outcome | None:
        if state.is_solved:
            answer = words.answer_in_words(*asked(self, state, problem), problem)
            return Outcome("finished", Said(words.SOLVED, {"line": equation_of(state, problem), "answer": answer}))
        if state.steps == 0:
            return None
        bounds, spread = self._bounds(problem)
        if is_level(state.gradient, bounds):
            return Outcome("converged", Said(words.LEVEL, self._end(state, problem)))
        if is_growing(state.losses, spread):
            limit = 2.0 / steepest(problem)
            values = {"rate": number(self.learning_rate), "limit": number(limit, words.COEFFICIENT)}
            return Outcome("diverged", Said(words.GROWN if self.learning_rate > limit else words.GROWN_BELOW, values))
        if state.steps >= self.max_iter:
            return Outcome("gave_up", Said(words.GAVE_UP, self._end(state, problem)))
        return None

    def _end(self, state: LinearRegressionState, problem: Rows) -> dict[str, Any]:
        normal = normal_of(problem)
        best = words.equation(normal.coef, normal.intercept, problem)
        return {"steps": state.steps, "line": equation_of(state, problem), "best": best}

    def predict(self, state: LinearRegressionState, x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(x, dtype=np.float64) @ state.coef + state.intercept[0]

    def metrics(self, state: LinearRegressionState, problem: Rows) -> dict[str, float]:
        return {"mse": self._mse(state, problem)}

    def _mse(self, state: LinearRegressionState, problem: Rows) -> float:
        with np.errstate(all="ignore"):
            residuals = goals(problem) - self.predict(state, problem.features)
            return float(residuals @ residuals) / problem.n

    def report(self, state: LinearRegressionState, problem: Rows) -> dict[str, Any]:
        """coef (d,) and intercept: the prediction is coef . x + intercept."""
        coef, intercept = in_original_units(state.coef, float(state.intercept[0]), problem)
        row = self.query_row(problem)
        place = problem.scaler.inverse(row[None, :])[0]
        report: dict[str, Any] = {
            "parameters": {"coef": coef.tolist(), "intercept": intercept},
            "method": self.method,
            "n_iter": state.steps,
            "query": place.tolist(),
            "prediction": float(self.predict(state, row[None, :])[0]),
        }
        if problem.scaler.kind != "none":
            report["parameters_scaled"] = {"coef": state.coef.tolist(), "intercept": float(state.intercept[0])}
        return report

    # -- seeing inside -----------------------------------------------------------------------------------------------

    def wiring(self, moment: Moment, problem: Rows) -> Wiring:
        state = state_of(moment)
        flows: dict[str, Flow] = {
            "predict": "forward", "residuals": "loss", "gradient": "backward", "update": "update",
        }  # fmt: skip
        has_gradient = state.steps > 0 or moment.phase == "gradient"
        return Wiring(
            input_names=problem.feature_names,
            output_names=(problem.target_name,),
            weights=(state.coef[:, None],),
            biases=(state.intercept,),
            activations=("identity",),
            gradients=(state.gradient[:, None],) if has_gradient else None,
            rows=np.arange(problem.n) if moment.phase in flows else None,
            flow=flows.get(moment.phase, ""),
        )

    def output_deltas(
        self, state: LinearRegressionState, problem: Rows, x: np.ndarray, targets: np.ndarray
    ) -> np.ndarray:
        """The squared error, (y - t)^2: twice the residual."""
        return 2.0 * (self.sums(state, x)[-1] - np.asarray(targets)[:, None])

    def sums(self, state: LinearRegressionState, x: np.ndarray) -> tuple[np.ndarray, ...]:
        x = np.asarray(x)
        return ((x @ state.coef.astype(x.dtype) + x.dtype.type(state.intercept[0]))[:, None],)

    def parameters(self, state: LinearRegressionState) -> np.ndarray:
        return vector_of(state.coef[None, :], state.intercept)

    def losses(self, state: LinearRegressionState, problem: Rows, vectors: np.ndarray) -> np.ndarray:
        """The mean squared error is its least value plus a square form about it: exact, and one pass over the rows."""
        normal = normal_of(problem)
        best = state.replace(coef=normal.coef, intercept=np.array([normal.intercept]))
        with np.errstate(all="ignore"):
            away = np.asarray(vectors, dtype=np.float64) - self.parameters(best)
            coef, height = away[:, :-1], away[:, -1] + away[:, :-1] @ normal.means[:-1]
            return self._mse(best, problem) + ((coef @ normal.together) * coef).sum(axis=1) / problem.n + height**2

    def free_pair(self, state: LinearRegressionState) -> tuple[tuple[int, Text], tuple[int, Text]] | None:
        return ((0, words.SLOPE_AXIS), (1, words.INTERCEPT_AXIS)) if len(state.coef) == 1 else None

    def tensors(self, state: LinearRegressionState) -> Iterable[Tensor]:
        return tensors_of(state.coef[None, :], state.intercept)

    def concerned(self, shown: Shown, problem: Rows) -> np.ndarray:
        if shown.moment.phase in ("start", "edited", "predict", "residuals", "gradient"):
            return np.array([pinned_row(shown.pin, problem) or 0])
        return np.zeros(0, dtype=np.int64)

    def formulas(self, shown: Shown, problem: Rows) -> Iterable[Formula]:
        writer = Writer(self, shown, problem)
        yield from {
            "residuals": writer.loss,
            "gradient": writer.gradient,
            "update": writer.update,
            "means": writer.means,
            "normal equations": writer.normal_equations,
            "solve": writer.solution,
            "ask": writer.answer,
        }.get(shown.moment.phase, writer.forward)()

    # -- what people see ---------------------------------------------------------------------------------------------

    def marks(self, moment: Moment, problem: Rows) -> Iterable[Mark]:
        return Picture(self, moment, problem).marks()

    def place(self, iteration: int, moment: Moment, problem: Rows) -> Said:
        if self.method == "closed_form":
            return Said(words.AT_ONCE, {})
        return Said(words.STEP, {"step": iteration}) if iteration else Said(words.NOT_STARTED, {})

    def dwell(self, iteration: int, moment: Moment, problem: Rows) -> float:
        """The first step in four moments of 1.2 s, then two steps a second; from step 40 on ever faster, so that all
        the rest takes no more than 20 s however long it is."""
        if self.method == "closed_form":
            return 2.5
        if iteration <= 2:
            return 1.2 / max(1, iteration)
        return 0.125 * min(1.0, (40 / iteration) ** 2)

    # -- what may go wrong, and what a person may change -----------------------------------------------------------------

    def unready(self, problem: Rows) -> Said | None:
        return lack_of(self, problem)

    def advice(self, problem: Rows) -> Finding | None:
        return advice_for(self, problem)

    def has_handle(self, edit: Edit, problem: Rows) -> bool:
        is_end = edit.handle in ("line:0", "line:1") and problem.shows_target and len(edit.value) == 2
        return is_end or has_handle(edit, 1, problem.d)

    def state_forms(self, problem: Rows, distinct_rows: int) -> Mapping[str, ArrayForm]:
        return forms(problem.d)

    def edit(self, state: LinearRegressionState, edit: Edit, problem: Rows) -> LinearRegressionState:
        """Handles: "line:0" and "line:1", the line's two ends, carry the place (x, y); and those of
        models/core/abilities.py, "weight:1:0:input" and "parameters"."""
        name, _, end = edit.handle.partition(":")
        if name == "line" and end in ("0", "1") and problem.shows_target and len(edit.value) == 2:
            coef, intercept = through(state, int(end), edit.value, problem)
        else:
            coef, intercept = edited(state.coef[None, :], state.intercept, edit)
        if not (np.isfinite(coef).all() and np.isfinite(intercept).all()):
            raise ValueError(f"{edit.value} is no place for a line")
        return LinearRegressionState.at(
            np.ascontiguousarray(coef).reshape(-1), float(np.asarray(intercept).reshape(()))
        )
