"""Linear regression: the line (or plane) whose squared residuals are smallest on average.

The prediction is y_hat = w . x + b; a residual is e = y - y_hat; the loss is the mean squared error, the mean of e^2
over all training rows. Two ways lead to its minimum. Gradient descent goes there in steps over the full batch:
dL/dw_j = -2/n sum(e x_j), dL/db = -2/n sum(e), each parameter minus the learning rate times its derivative. The closed
form (A.-M. Legendre, 1805; C. F. Gauss, 1809) solves the normal equations: with one feature the slope is S_xy / S_xx
and the line goes through the two means.

Targets stay in original units. With one feature the line stands on the target plane, where its residuals are sticks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numba import njit

from models.core.explain import Formula, Shown, Tensor
from models.core.inside import Wiring
from models.core.learner import Advance, Edit, Learner, Moment, Outcome, Phase
from models.core.least_squares import Normal, goals, in_original_units, normal_equations, read_only, steepest
from models.core.linear_numbers import Writer
from models.core.marks import Arrow, Field, Mark, Note, Path, Points, Segments
from models.core.one_layer import edited, pinned_row, tensors_of, vector_of
from models.core.params import declare
from models.core.problem import Problem
from models.core.readiness import lacks_answers, ruling_column
from models.core.state import State
from models.core.text import Said, Text

# Places in the kernels' `losses` and `counters`.
LOSS, LEAST = range(2)
STEPS, SOLVED = range(2)
GROWTH = 1e4  # a loss that has grown so many times over its least value is on its way to infinity
MOST_STICKS, MOST_LABELS, MOST_SQUARES = 500, 12, 40
MOST_SPANS_APART = 4.0  # beyond, the plane's axes are not drawn to one scale
LETTERS = ("A", "B", "C", "D")


@dataclass(frozen=True, eq=False)
class LinearRegressionState(State):
    """The plane y = coef . x + intercept, in the learner's units, targets in original ones.

    gradient (d + 1,): of the loss at the last step, by the weights and, last, by the intercept, before the update.
    losses (2,): the loss at the last step before its update, and the least one so far. counters (2,) int64: steps of
    gradient descent since the start or the last change by hand, and whether the normal equations are solved.
    """

    coef: np.ndarray  # (d,)
    intercept: np.ndarray  # (1,)
    gradient: np.ndarray  # (d + 1,)
    losses: np.ndarray  # (2,)
    counters: np.ndarray  # (2,) int64

    @property
    def steps(self) -> int:
        return int(self.counters[STEPS])

    @property
    def is_solved(self) -> bool:
        return bool(self.counters[SOLVED])


# -- the arithmetic: one function for each phase ---------------------------------------------------------------------


@njit(nogil=True, cache=True)
def predicted(coef, intercept, x, values):
    """Fill `values` (n,) with the predictions for rows x (n, d)."""
    for i in range(x.shape[0]):
        value = intercept[0]
        for j in range(x.shape[1]):
            value += coef[j] * x[i, j]
        values[i] = value


@njit(nogil=True, cache=True)
def squared_error(values, y, residuals):
    """Fill `residuals` (n,) with y - values; the mean of their squares."""
    total = 0.0
    for i in range(y.shape[0]):
        residuals[i] = y[i] - values[i]
        total += residuals[i] * residuals[i]
    return total / y.shape[0]


@njit(nogil=True, cache=True)
def slopes(x, residuals, gradient):
    """Fill `gradient` (d + 1,) with the derivatives of the mean squared error: -2/n sum(e x_j), and -2/n sum(e)."""
    n, d = x.shape
    gradient[:] = 0.0
    for i in range(n):
        for j in range(d):
            gradient[j] += residuals[i] * x[i, j]
        gradient[d] += residuals[i]
    for j in range(d + 1):
        gradient[j] *= -2.0 / n


@njit(nogil=True, cache=True)
def update(coef, intercept, gradient, learning_rate):
    """One step against the gradient, in place."""
    for j in range(coef.shape[0]):
        coef[j] -= learning_rate * gradient[j]
    intercept[0] -= learning_rate * gradient[coef.shape[0]]


@njit(nogil=True, cache=True)
def count_step(losses, counters, loss):
    losses[LOSS] = loss
    losses[LEAST] = loss if counters[STEPS] == 0 else min(losses[LEAST], loss)
    counters[STEPS] += 1


@njit(nogil=True, cache=True)
def is_level(gradient, bounds):
    """Whether the loss is as good as level in the direction of every parameter."""
    for j in range(gradient.shape[0]):
        if not abs(gradient[j]) <= bounds[j]:
            return False
    return True


@njit(nogil=True, cache=True)
def is_growing(losses, spread):
    """Whether the loss has left its least value, and the targets' own variance, far behind."""
    return losses[LOSS] > GROWTH * losses[LEAST] and losses[LOSS] > spread * spread


@njit(nogil=True, cache=True)
def many_steps(coef, intercept, gradient, losses, counters, x, y, learning_rate, bounds, spread, max_iter, count):
    """Up to `count` steps of gradient descent, all arrays changed in place; how many were done before an end."""
    values, residuals = np.empty(x.shape[0]), np.empty(x.shape[0])
    for step in range(count):
        predicted(coef, intercept, x, values)
        loss = squared_error(values, y, residuals)
        slopes(x, residuals, gradient)
        update(coef, intercept, gradient, learning_rate)
        count_step(losses, counters, loss)
        if is_level(gradient, bounds) or is_growing(losses, spread) or counters[STEPS] >= max_iter:
            return step + 1
    return count


def many_steps_torch(
    coef, intercept, gradient, losses, counters, problem, learning_rate, bounds, spread, max_iter, count
):
    """`many_steps` with rows and parameters on the problem's device; the host hears the loss and the gradient."""
    import torch

    x, y = problem.tensor("features"), problem.tensor("targets").to(problem.float_type())
    x = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
    parameters = torch.tensor(np.append(coef, intercept), dtype=x.dtype, device=x.device)
    done = 0
    while done < count:
        residuals = y - x @ parameters
        slope = (-2.0 / len(y)) * (residuals @ x)
        parameters -= learning_rate * slope
        heard = torch.cat([slope, (residuals @ residuals)[None] / len(y)]).cpu().numpy().astype(np.float64)
        gradient[:] = heard[:-1]
        count_step(losses, counters, float(heard[-1]))
        done += 1
        if is_level(gradient, bounds) or is_growing(losses, spread) or counters[STEPS] >= max_iter:
            break
    host = parameters.cpu().numpy().astype(np.float64)
    coef[:], intercept[0] = host[:-1], host[-1]
    return done


# -- words -----------------------------------------------------------------------------------------------------------

_NOT_STARTED = Text("before the first step", "첫 반복 전")
_STEP = Text("step {step}", "반복 {step}")
_AT_ONCE = Text("closed form", "정규 방정식")
_SLOPES_1 = Text("slope {slope}, intercept {intercept}", "기울기 {slope}, 절편 {intercept}")
_SLOPES_D = Text("its length is {length}", "크기 {length}")
_FALLS = Text("The loss falls", "손실이 줄었습니다")
_GROWS = Text("The step was too long and the loss grows", "보폭이 너무 커서 손실이 커졌습니다")
_MEANS_1 = Text("{name} {mean}", "{name} {mean}")
_MEANS_D = Text("the means of all {d} columns", "열 {d}개의 평균")
_SUMS_1 = Text(
    "How far {name} varies: {sxx} (squared distances from the mean, added up). How far it varies together with "
    "{target}: {sxy} (products of the two distances, added up)",
    "{name:이/가} 흩어진 정도는 {sxx}(평균과의 차이를 제곱해 더한 값), {target:과/와} 함께 변하는 정도는 {sxy}(두 차이를 "
    "곱해 더한 값)입니다",
)
_SUMS_D = Text(
    "{d} equations for {d} weights, one for each column: the gradient of the loss is to be zero",
    "가중치 {d}개에 방정식 {d}개를 세웁니다. 그레이디언트(손실의 기울기)가 0이 되는 곳을 찾는 식입니다",
)
_SOLVED_1 = Text(
    "Varying together divided by how far {name} varies: slope {sxy} / {sxx} = {slope}. Intercept: mean of {target} − "
    "slope × mean of {name} = {intercept}",
    "함께 변하는 정도를 {name:이/가} 흩어진 정도로 나눕니다: 기울기 {sxy} / {sxx} = {slope}. 절편은 {target} 평균 − 기울기 × "
    "{name} 평균 = {intercept}",
)
_SOLVED_D = Text("The equations are solved: {line}", "방정식을 풀었습니다. {line}")
_CONSTANT = Text(
    " {name} is the same everywhere, so nothing can be learned from it: its weight is 0.",
    " {name:은/는} 값이 모두 같아 아무것도 알 수 없습니다. 가중치는 0입니다.",
)
_ALIKE = Text(
    " Some columns say the same, so many weights are equally good; these are the smallest.",
    " 같은 내용을 말하는 열이 있어 똑같이 좋은 가중치가 많습니다. 그 가운데 가장 작은 가중치입니다.",
)
_OUTSIDE = Text(
    " This lies outside the data: nobody knows whether the line still holds there.",
    " 데이터의 범위 밖이므로 그곳에서도 직선이 맞는지는 알 수 없습니다.",
)
_OUTSIDE_NOTE = Text("outside the data", "범위 밖")
_EQUATION = Text("{line} · loss {mse}", "{line} · 손실 {mse}")
_ONLY_LOSS = Text("loss {mse}", "손실 {mse}")
_AREA = Text("{area}", "{area}")
_LETTER = Text("{letter}", "{letter}")

_LEVEL = Text(
    "Converged after {steps} steps: {line}. The closed form gives {best}.",
    "{steps}번 만에 수렴했습니다. {line}. 정규 방정식의 답은 {best}입니다.",
)
_GAVE_UP = Text(
    "Stopped after {steps} steps, the most allowed, at {line}. The closed form gives {best}.",
    "최대 반복 수 {steps}에 이르러 멈췄습니다. 지금은 {line}, 정규 방정식의 답은 {best}입니다.",
)
_GROWN = Text(
    "The loss grows with every step (diverged): the learning rate {rate} is above the limit 2/λ = {limit}. "
    "Lower the learning rate.",
    "반복할수록 손실이 커집니다(발산). 학습률 {rate:이/가} 한계 2/λ = {limit}보다 큽니다. 학습률을 낮추세요.",
)
_GROWN_BELOW = Text(
    "The loss grows with every step (diverged). Lower the learning rate.",
    "반복할수록 손실이 커집니다(발산). 학습률을 낮추세요.",
)
_SOLVED = Text("Solved in one go: {line}.{answer}", "한 번에 풀었습니다. {line}.{answer}")
_SOLVED_ANSWER = Text(" At {name} = {x}: {y}.", " {name} = {x}일 때 {y}.")
_SOLVED_OUTSIDE = Text(" At {name} = {x}: {y}, outside the data.", " {name} = {x}일 때 {y}(데이터의 범위 밖).")

_NOT_NUMBERS = Text(
    "{algorithm} predicts numbers, but the target {target} holds classes: choose a column with numbers.",
    "{algorithm:은/는} 수를 예측하지만 목표값 {target:은/는} 클래스입니다. 수가 든 열을 고르세요.",
)
_START_LENGTH = Text(
    "Start weights: this data needs {wanted} of them, one for each column, but {given} are given.",
    "시작 가중치: 열마다 하나씩 {wanted}개가 필요하지만 {given}개가 주어졌습니다.",
)
_QUERY_LENGTH = Text(
    "The place to predict at has {given} numbers: give one for each column, {d}.",
    "예측할 위치에 수가 {given}개 있습니다. 열마다 하나씩 {d}개를 적으세요.",
)
_CANDIDATES = Text(
    "Candidate lines are pairs of slope and intercept for data with one feature; {given} numbers for {d} features do "
    "not fit.",
    "후보 직선은 특성이 하나인 데이터에서 기울기와 절편을 짝지어 적습니다. 수 {given}개, 특성 {d}개는 맞지 않습니다.",
)
_RANGES = Text(
    "{wide} varies over {times:.0f} times as far as {narrow}, so one learning rate does not suit both: set the "
    "scaling to standardised.",
    "{wide:은/는} {narrow}보다 범위가 {times:.0f}배 넓어 학습률 하나가 둘 다에 맞지 않습니다. 표준화를 고르세요.",
)
_CONSTANT_COLUMN = Text(
    "{name} is the same everywhere, so nothing can be learned from it: its weight changes nothing.",
    "{name:은/는} 값이 모두 같아 아무것도 배울 수 없습니다. 가중치가 얼마여도 예측값은 같습니다.",
)
_ALIKE_COLUMNS = Text(
    "Some columns say the same (one follows from the others): many weights are equally good, and the run finds one of "
    "them.",
    "같은 내용을 말하는 열이 있습니다(다른 열에서 계산됩니다). 똑같이 좋은 가중치가 많아 그 가운데 하나를 찾습니다.",
)

_SLOPE_AXIS = Text("slope", "기울기")
_INTERCEPT_AXIS = Text("intercept", "절편")


def _fill(template: Text, **values: Any) -> Text:
    """A template with its values as a Text that can stand inside another one (braces in names are kept)."""
    en, ko = (template.say(lang, values).replace("{", "{{").replace("}", "}}") for lang in ("en", "ko"))
    return Text(en, ko)


class LinearRegression(Learner):
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
    handle_settings: ClassVar[dict[str, str]] = {"query": "query"}  # dragging this handle changes this setting
    goal: ClassVar[str] = "mse"
    metric_names: ClassVar[dict[str, Text]] = {
        "mse": Text("mean squared error (target's unit, squared)", "평균 제곱 오차(목표값 단위의 제곱)"),
    }
    phases: ClassVar[dict[str, Phase]] = {
        "start": Phase(
            Text("start", "시작"),
            Text(
                "Before learning, the predictions are wrong. A residual says how far a point is above or below its "
                "prediction: the sticks, where a line is drawn.",
                "학습하기 전이라 예측이 틀립니다. 잔차는 점이 예측값에서 위아래로 떨어진 정도이며, 직선을 그린 평면에서는 "
                "세로 막대로 보입니다.",
            ),
        ),
        "predict": Phase(
            Text("forward pass", "순전파"),
            Text(
                "Forward pass: {line} predicts a value for each of the {n} points.",
                "순전파: {line}, 이 식으로 점 {n}개의 값을 예측합니다.",
            ),
        ),
        "residuals": Phase(
            Text("loss", "손실"),
            Text(
                "Loss: a residual is the target minus the prediction. Squared and averaged over all points: {mse}.",
                "손실: 목표값에서 예측값을 뺀 것이 잔차입니다. 잔차의 제곱을 평균하면 {mse}입니다.",
            ),
        ),
        "gradient": Phase(
            Text("gradient", "그레이디언트"),
            Text(
                "The gradient says where the loss rises: {gradient}. The step goes the other way.",
                "그레이디언트(손실의 기울기)는 손실이 커지는 쪽을 가리킵니다: {gradient}. 그 반대쪽으로 움직입니다.",
            ),
        ),
        "update": Phase(
            Text("update", "갱신"),
            Text(
                "Update with learning rate {rate}: {line}. {falls}: {before} → {after}.",
                "학습률 {rate:으로/로} 갱신: {line}. {falls}: {before} → {after}.",
            ),
        ),
        "means": Phase(
            Text("means", "평균"),
            Text("The best line goes through the means: {means}.", "가장 좋은 직선은 평균을 지납니다. 평균: {means}."),
        ),
        "normal equations": Phase(Text("normal equations", "정규 방정식"), Text("{sums}.", "{sums}.")),
        "solve": Phase(Text("solve", "풀이"), Text("{solution}.{note}", "{solution}.{note}")),
        "ask": Phase(
            Text("predict", "예측"),
            Text(
                "{line}. At {name} = {place} it predicts {value}.{note}",
                "{line}. {name} = {place}일 때 예측값은 {value}입니다.{note}",
            ),
        ),
        "edited": Phase(
            Text("set by hand", "직접 옮김"),
            Text(
                "Set by hand. The closer the predictions come to the points, the smaller the mean of the squared "
                "residuals.",
                "직접 옮겼습니다. 예측이 점들에 가까울수록 잔차의 제곱 평균이 작아집니다.",
            ),
        ),
    }

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
        label=Text("Most steps", "최대 반복 수"),
        help=Text("Stops after this many steps.", "이만큼 반복하면 멈춥니다."),
        minimum=1,
        maximum=1_000_000,
        only_if=("method", ("gradient_descent",)),
    )
    tol: float = declare(
        2e-3,
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
        label=Text("Start slope (weights)", "시작 기울기(가중치)"),
        help=Text("One number for each column, in original units.", "열마다 수 하나씩, 원래 단위로 적습니다."),
        length=(1, 1000),
        none_text=Text("0, a flat line", "0, 평평한 직선"),
    )
    start_intercept: float | None = declare(
        None,
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

    def start(self, problem: Problem, seed: int) -> LinearRegressionState:
        coef, intercept = self._start_line(problem)
        return LinearRegressionState(
            coef=coef * problem.scaler.scale,
            intercept=np.array([intercept + coef @ problem.scaler.mean]),
            gradient=np.zeros(problem.d + 1),
            losses=np.zeros(2),
            counters=np.zeros(2, dtype=np.int64),
        )

    def _start_line(self, problem: Problem) -> tuple[np.ndarray, float]:
        """Weights (d,) and intercept in original units: the chosen candidate, or what is given, or a flat line."""
        chosen = self._candidate_lines(problem)
        number = LETTERS.index(self.candidate) if self.candidate != "none" else len(LETTERS)
        if number < len(chosen):
            return chosen[number, :1].copy(), float(chosen[number, 1])
        if self.start_coef is not None:
            return np.array(self.start_coef, dtype=np.float64), self.start_intercept or 0.0
        if self.start_intercept is not None:
            return np.zeros(problem.d), self.start_intercept
        y = goals(problem)
        low, high = float(y.min()), float(y.max())
        is_near = low - (high - low) <= 0.0 <= high + (high - low)
        return np.zeros(problem.d), 0.0 if is_near else min(low, high, key=abs)

    def _candidate_lines(self, problem: Problem) -> np.ndarray:
        """(k, 2) slope and intercept of each candidate, in original units."""
        if self.candidates is None or problem.d != 1 or len(self.candidates) % 2:
            return np.zeros((0, 2))
        return np.array(self.candidates, dtype=np.float64).reshape(-1, 2)

    def iterate(self, state: LinearRegressionState, problem: Problem, seed: int, iteration: int) -> Iterator[Moment]:
        after = self.advance(state, problem, seed, iteration, 1).state
        if self.method == "closed_form":
            yield from self._solving(state, after, problem)
            return
        line, n = _equation(state, problem), problem.n
        yield Moment("predict", state, {"line": line, "n": n})
        judged = state.replace(losses=after.losses)
        yield Moment("residuals", judged, {"mse": _value(after.losses[LOSS])})
        yield Moment("gradient", judged.replace(gradient=after.gradient), {"gradient": _in_words(after.gradient)})
        before, now = float(after.losses[LOSS]), self._mse(after, problem)
        said = {"rate": f"{self.learning_rate:g}", "line": _equation(after, problem)}
        compared = {"falls": _FALLS if now <= before else _GROWS, "before": _value(before), "after": _value(now)}
        yield Moment("update", after, said | compared)

    def _solving(self, state, after: LinearRegressionState, problem: Problem) -> Iterator[Moment]:
        normal, names = _by_hand(problem), {"name": _shown_name(problem), "target": problem.target_name}
        line = _equation(after, problem)
        if problem.d == 1:
            mean, goal = (_value(m) for m in normal.means)
            means = [_fill(_MEANS_1, name=names["name"], mean=mean), _fill(_MEANS_1, name=names["target"], mean=goal)]
            both = Text(", ".join(m.en for m in means), ", ".join(m.ko for m in means))
            known = {"sxx": _value(normal.together[0, 0]), "sxy": _value(normal.with_target[0])}
            sums = _fill(_SUMS_1, **names, **known)
            shown = {"slope": _short(normal.coef[0]), "intercept": _short(normal.intercept)}
            solution = _fill(_SOLVED_1, **names, **known, **shown)
        else:
            both, sums = _fill(_MEANS_D, d=problem.d), _fill(_SUMS_D, d=problem.d)
            solution = _fill(_SOLVED_D, line=line)
        yield Moment("means", state, {"means": both})
        yield Moment("normal equations", state, {"sums": sums})
        yield Moment("solve", after, {"solution": solution, "note": _warning(normal, problem)})
        place, value, is_outside = self._asked(after, problem)
        note = _OUTSIDE if is_outside else ""
        axes = problem.axes[:1] if problem.shows_target else problem.axes
        name = ", ".join(problem.feature_names[axis] for axis in axes)
        said = {"line": line, "name": name, "place": place, "value": _value(value), "note": note}
        yield Moment("ask", after, said)

    def advance(self, state: LinearRegressionState, problem: Problem, seed: int, iteration: int, count: int) -> Advance:
        if count <= 0 or (state.is_solved and self.method == "closed_form"):
            return Advance(state, 0)
        if self.method == "closed_form":
            return Advance(self._solve(state, problem), 1)
        coef, intercept, gradient = state.coef.copy(), state.intercept.copy(), state.gradient.copy()
        losses, counters = state.losses.copy(), state.counters.copy()
        counters[SOLVED] = 0
        bounds, spread = self._bounds(problem)
        rows = (problem,) if problem.path == "torch" else (read_only(problem.features), read_only(goals(problem)))
        many = many_steps_torch if problem.path == "torch" else many_steps
        with np.errstate(all="ignore"):
            done = many(
                coef, intercept, gradient, losses, counters, *rows, self.learning_rate, bounds, spread, self.max_iter,
                count,
            )  # fmt: skip
        return Advance(LinearRegressionState(coef, intercept, gradient, losses, counters), done)

    def _solve(self, state: LinearRegressionState, problem: Problem) -> LinearRegressionState:
        if problem.path == "torch":
            y = problem.tensor("targets").to(problem.float_type())
            normal = normal_equations(problem.tensor("features"), y, "torch")
        else:
            normal = normal_equations(problem.features, goals(problem))
        return state.replace(
            coef=normal.coef,
            intercept=np.array([normal.intercept]),
            gradient=np.zeros(problem.d + 1),
            counters=np.array([0, 1], dtype=np.int64),
        )

    def _bounds(self, problem: Problem) -> tuple[np.ndarray, float]:
        """How small each derivative must become (d + 1,), and the targets' deviation, which this is measured by."""
        y = goals(problem)
        spread = float(y.std())
        spread = spread if spread > 1e-12 * float(np.abs(y).max()) else float(np.abs(y).max()) or 1.0
        size = np.sqrt((problem.features**2).mean(axis=0))
        return self.tol * spread * np.append(np.where(size > 0, size, 1.0), 1.0), spread

    def outcome(self, state: LinearRegressionState, problem: Problem) -> Outcome | None:
        if state.is_solved:
            place, value, is_outside = self._asked(state, problem)
            answer: Text | str = ""
            if problem.d == 1:
                answer = _fill(
                    _SOLVED_OUTSIDE if is_outside else _SOLVED_ANSWER,
                    name=_shown_name(problem),
                    x=place,
                    y=_value(value),
                )
            said = {"line": _equation(state, problem), "answer": answer}
            return Outcome("finished", Said(_SOLVED, said))
        if state.steps == 0:
            return None
        bounds, spread = self._bounds(problem)
        if is_level(state.gradient, bounds):
            return Outcome("converged", Said(_LEVEL, self._end(state, problem)))
        if is_growing(state.losses, spread):
            limit = 2.0 / steepest(problem)
            values = {"rate": f"{self.learning_rate:g}", "limit": _short(limit)}
            return Outcome("diverged", Said(_GROWN if self.learning_rate > limit else _GROWN_BELOW, values))
        if state.steps >= self.max_iter:
            return Outcome("gave_up", Said(_GAVE_UP, self._end(state, problem)))
        return None

    def _end(self, state: LinearRegressionState, problem: Problem) -> dict[str, Any]:
        best = _equation(_best(state, problem), problem)
        return {"steps": state.steps, "line": _equation(state, problem), "best": best}

    def predict(self, state: LinearRegressionState, x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(x, dtype=np.float64) @ state.coef + state.intercept[0]

    def metrics(self, state: LinearRegressionState, problem: Problem) -> dict[str, float]:
        return {"mse": self._mse(state, problem)}

    def _mse(self, state: LinearRegressionState, problem: Problem) -> float:
        with np.errstate(all="ignore"):
            return float(np.mean((goals(problem) - self.predict(state, problem.features)) ** 2))

    def report(self, state: LinearRegressionState, problem: Problem) -> dict[str, Any]:
        """coef (d,) and intercept: the prediction is coef . x + intercept."""
        coef, intercept = in_original_units(state.coef, float(state.intercept[0]), problem)
        place = problem.scaler.inverse(self.query_row(problem)[None, :])[0]
        report: dict[str, Any] = {
            "parameters": {"coef": coef.tolist(), "intercept": intercept},
            "method": self.method,
            "n_iter": state.steps,
            "query": place.tolist(),
            "prediction": float(place @ coef + intercept),
        }
        if problem.scaler.kind != "none":
            report["parameters_scaled"] = {"coef": state.coef.tolist(), "intercept": float(state.intercept[0])}
        return report

    # -- seeing inside -----------------------------------------------------------------------------------------------

    def wiring(self, moment: Moment, problem: Problem) -> Wiring:
        state: LinearRegressionState = moment.state  # type: ignore[assignment]
        flows = {"predict": "forward", "residuals": "loss", "gradient": "backward", "update": "update"}
        has_gradient = state.steps > 0 or moment.phase == "gradient"
        return Wiring(
            input_names=problem.feature_names,
            output_names=(problem.target_name,),
            weights=(state.coef[:, None],),
            biases=(state.intercept,),
            activations=("identity",),
            gradients=(state.gradient[:, None],) if has_gradient else None,
            rows=np.arange(problem.n) if moment.phase in flows else None,
            flow=flows.get(moment.phase, ""),  # type: ignore[arg-type]
        )

    def sums(self, state: LinearRegressionState, x: np.ndarray) -> tuple[np.ndarray, ...]:
        x = np.asarray(x)
        return ((x @ state.coef.astype(x.dtype) + x.dtype.type(state.intercept[0]))[:, None],)

    def parameters(self, state: LinearRegressionState) -> np.ndarray:
        return vector_of(state.coef[None, :], state.intercept)

    def losses(self, state: LinearRegressionState, problem: Problem, vectors: np.ndarray) -> np.ndarray:
        """The mean squared error is its least value plus a square form about it: exact, and one pass over the rows."""
        normal = normal_equations(problem.features, goals(problem))
        best = state.replace(coef=normal.coef, intercept=np.array([normal.intercept]))
        with np.errstate(all="ignore"):
            away = np.asarray(vectors, dtype=np.float64) - self.parameters(best)
            coef, height = away[:, :-1], away[:, -1] + away[:, :-1] @ normal.means[:-1]
            return self._mse(best, problem) + ((coef @ normal.together) * coef).sum(axis=1) / problem.n + height**2

    def free_pair(self, state: LinearRegressionState) -> tuple[tuple[int, Text], tuple[int, Text]] | None:
        return ((0, _SLOPE_AXIS), (1, _INTERCEPT_AXIS)) if len(state.coef) == 1 else None

    def tensors(self, state: LinearRegressionState) -> Iterable[Tensor]:
        return tensors_of(state.coef[None, :], state.intercept)

    def concerned(self, shown: Shown, problem: Problem) -> np.ndarray:
        if shown.moment.phase in ("start", "edited", "predict", "residuals", "gradient"):
            return np.array([pinned_row(shown.pin, problem) or 0])
        return np.zeros(0, dtype=np.int64)

    def formulas(self, shown: Shown, problem: Problem) -> Iterable[Formula]:
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

    def marks(self, moment: Moment, problem: Problem) -> Iterable[Mark]:
        state: LinearRegressionState = moment.state  # type: ignore[assignment]
        if not np.isfinite(self.parameters(state)).all():
            return
        if not problem.shows_target:
            yield Field(key="surface")
            yield from self._query_in_space(state, problem)
            return
        yield from self._lines(moment, state, problem)
        yield from self._residuals(moment, state, problem)
        if moment.phase in ("means", "normal equations"):
            yield from _cross_of_means(problem)
        yield from self._query_on_line(state, problem)
        yield _line_note(_equation(state, problem), self._mse(state, problem), problem)
        ends = _ends(state, problem)
        if moment.phase == "gradient":
            way = _ends(_stepped(state, self.learning_rate), problem) - ends
            for side, end in enumerate(ends):
                if np.abs(way[side]).max() <= LARGEST_STEP * _span(goals(problem)):
                    yield Arrow(key=f"step:{side}", role="accent", at=end, direction=way[side], pulse=True)
        yield Points(key="hold", role="accent", at=ends, symbol="ring", handle="line", glide=True)

    def _lines(self, moment: Moment, state: LinearRegressionState, problem: Problem) -> Iterable[Mark]:
        lines = self._candidate_lines(problem)
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
                look = "focus" if letter == self.candidate else "normal"
                yield Note(
                    key=f"candidate:{letter}", role=f"cluster:{i}", at=at, text=_LETTER, values={"letter": letter},
                    emphasis=look, stays_in_view=True,
                )  # fmt: skip
        if self.closed_form_ghost:
            yield _line("ghost", _ends(_best(state, problem), problem), role="ink", emphasis="ghost", dashed=True)
        if moment.phase == "update":
            before = _stepped(state, -self.learning_rate)
            yield _line("old line", _ends(before, problem), role="accent", emphasis="ghost", pulse=True)
        yield _line("line", _ends(state, problem), role="accent", glide=True)

    def _residuals(self, moment: Moment, state: LinearRegressionState, problem: Problem) -> Iterable[Mark]:
        y, values = goals(problem), self.predict(state, problem.features)
        if problem.n <= MOST_STICKS:
            tells = moment.phase in ("start", "residuals", "solve", "edited") and problem.n <= MOST_LABELS
            tells = tells and not self.squares
            yield Segments(
                key="residuals",
                role="ink",
                starts=np.column_stack([problem.features, y]),
                ends=np.column_stack([problem.features, values]),
                thin=True,
                glide=True,
                emphasis="focus" if moment.phase == "residuals" else "normal",
                labels=tuple(_signed(e) for e in y - values) if tells else (),
            )
        if moment.phase == "predict" and problem.n <= MOST_STICKS:
            at = np.column_stack([problem.features, values])
            yield Points(key="predictions", role="accent", at=at, symbol="dot", pulse=True)
        if self.squares and problem.n <= MOST_SQUARES:
            slope = float(state.coef[problem.axes[0]])
            for i in range(problem.n):
                yield from _square(i, problem.features[i], float(y[i]), float(values[i]), slope, problem)

    def _query_on_line(self, state: LinearRegressionState, problem: Problem) -> Iterable[Mark]:
        row = self.query_row(problem)
        at, foot = np.append(row, self.predict(state, row[None, :])), np.append(row, goals(problem).min())
        up = np.append(row, foot[-1] + _span(goals(problem)))
        yield Segments(
            key="asked", role="muted", starts=foot[None, :], ends=up[None, :], extend=True, dashed=True, thin=True
        )
        place, value, is_outside = self._asked(state, problem)
        answer = f"{place} → {_value(value)}"
        yield Points(
            key="query", role="accent", at=at[None, :], symbol="query", handle="query", labels=(answer,), glide=True
        )
        if is_outside:
            # On the dashed line, at the end of the data's height that lies farther from the question mark.
            y = goals(problem)
            end = np.append(row, y.min() if abs(value - y.min()) > abs(value - y.max()) else y.max())
            yield Note(key="outside", role="ink", at=end, text=_OUTSIDE_NOTE, emphasis="focus", stays_in_view=True)

    def _query_in_space(self, state: LinearRegressionState, problem: Problem) -> Iterable[Mark]:
        row = self.query_row(problem)
        _, value, is_outside = self._asked(state, problem)
        answer = (f"→ {_value(value)}",)
        yield Points(key="query", role="accent", at=row[None, :], symbol="query", handle="query", labels=answer)
        if is_outside:
            beside, up = row.copy(), problem.axes[1]
            beside[up] -= 0.12 * _span(problem.features[:, up])
            yield Note(key="outside", role="ink", at=beside, text=_OUTSIDE_NOTE, emphasis="focus", stays_in_view=True)

    def place(self, iteration: int, moment: Moment, problem: Problem) -> Said:
        if self.method == "closed_form":
            return Said(_AT_ONCE, {})
        return Said(_STEP, {"step": iteration}) if iteration else Said(_NOT_STARTED, {})

    def dwell(self, iteration: int, moment: Moment, problem: Problem) -> float:
        """The first step in four moments of 1.2 s, then two steps a second; from step 40 on ever faster, so that all
        the rest takes no more than 20 s however long it is."""
        if self.method == "closed_form":
            return 2.5
        if iteration <= 2:
            return 1.2 / max(1, iteration)
        return 0.125 * min(1.0, (40 / iteration) ** 2)

    # -- what may go wrong, and what a person may change -----------------------------------------------------------------

    def unready(self, problem: Problem) -> Said | None:
        lack = lacks_answers(problem, self.title, takes_values=True)
        if lack is not None:
            return lack
        if not problem.has_values:
            return Said(_NOT_NUMBERS, {"algorithm": self.title, "target": problem.target_name})
        if self.start_coef is not None and len(self.start_coef) != problem.d:
            return Said(_START_LENGTH, {"wanted": problem.d, "given": len(self.start_coef)})
        if self.query is not None and len(self.query) != problem.d:
            return Said(_QUERY_LENGTH, {"given": len(self.query), "d": problem.d})
        if self.candidates is not None and not len(self._candidate_lines(problem)):
            return Said(_CANDIDATES, {"given": len(self.candidates), "d": problem.d})
        return None

    def advice(self, problem: Problem) -> Said | None:
        if problem.n < 2 or not problem.has_values:
            return None
        ruling = ruling_column(problem) if self.method == "gradient_descent" else None
        if ruling is not None:
            return Said(_RANGES, ruling)
        constant = _constant_column(problem)
        if constant is not None:
            return Said(_CONSTANT_COLUMN, {"name": problem.feature_names[constant]})
        if normal_equations(problem.features, goals(problem)).rank < min(problem.d, problem.n - 1):
            return Said(_ALIKE_COLUMNS, {})
        return None

    def edit(self, state: LinearRegressionState, edit: Edit, problem: Problem) -> LinearRegressionState:
        """Handles: "line:0" and "line:1", the line's two ends, carry the place (x, y); and those of
        models/core/inside.py, "weight:1:0:input" and "parameters"."""
        name, _, number = edit.handle.partition(":")
        if name == "line" and number in ("0", "1") and problem.shows_target and len(edit.value) == 2:
            coef, intercept = _through(state, int(number), edit.value, problem)
        else:
            coef, intercept = edited(state.coef[None, :], state.intercept, edit)
        if not (np.isfinite(coef).all() and np.isfinite(intercept).all()):
            raise ValueError(f"{edit.value} is no place for a line")
        return state.replace(
            coef=np.ascontiguousarray(coef).reshape(-1),
            intercept=np.asarray(intercept, dtype=np.float64).reshape(1),
            gradient=np.zeros(problem.d + 1),
            losses=np.zeros(2),
            counters=np.zeros(2, dtype=np.int64),
        )

    # -- the place that is asked about -----------------------------------------------------------------------------------

    def query_row(self, problem: Problem) -> np.ndarray:
        """The place to predict at as a whole row (d,) in the learner's units."""
        if self.query is not None and len(self.query) == problem.d:
            return problem.scaler.transform(np.array(self.query)[None, :])[0]
        row = np.median(problem.features, axis=0)
        axis = problem.axes[0]
        shown = problem.features[:, axis] * problem.scaler.scale[axis] + problem.scaler.mean[axis]
        span = _span(shown)
        place = np.round(shown.min() + 0.75 * span, 1 - int(np.floor(np.log10(span))))
        row[axis] = (place - problem.scaler.mean[axis]) / problem.scaler.scale[axis]
        return row

    def _asked(self, state: LinearRegressionState, problem: Problem) -> tuple[str, float, bool]:
        """The place as it is written (what the plane shows of it), the prediction there, and whether it lies outside
        the training rows."""
        row = self.query_row(problem)
        low, high = problem.features.min(axis=0), problem.features.max(axis=0)
        slack = 1e-9 * np.maximum(1.0, np.abs(high - low))
        is_outside = bool(((row < low - slack) | (row > high + slack)).any())
        place = problem.scaler.inverse(row[None, :])[0]
        axes = problem.axes[:1] if problem.shows_target else problem.axes
        shown = ", ".join(_plain(place[axis]) for axis in axes)
        value = float(self.predict(state, row[None, :])[0])
        return shown if len(axes) == 1 else f"({shown})", value, is_outside


# -- small pieces ----------------------------------------------------------------------------------------------------

FAR_OUT = 100.0  # in spans: out of every view that shows the data
LARGEST_STEP = 20.0  # in spans of the targets: a longer arrow says no more


def _span(values: np.ndarray) -> float:
    span = float(np.ptp(values))
    return span if span > 0 else 1.0


def _by_hand(problem: Problem) -> Normal:
    """The normal equations as a person would set them up, from the columns as they are in the data."""
    return normal_equations(problem.scaler.inverse(problem.features), goals(problem))


def _best(state: LinearRegressionState, problem: Problem) -> LinearRegressionState:
    """The state with the closed form's line."""
    normal = normal_equations(problem.features, goals(problem))
    return state.replace(coef=normal.coef, intercept=np.array([normal.intercept]))


def _stepped(state: LinearRegressionState, learning_rate: float) -> LinearRegressionState:
    """The state one step against its gradient on."""
    step = learning_rate * state.gradient
    return state.replace(coef=state.coef - step[:-1], intercept=state.intercept - step[-1:])


def _constant_column(problem: Problem) -> int | None:
    same = np.ptp(problem.features, axis=0) <= 1e-12 * np.abs(problem.features).max(axis=0)
    return int(np.flatnonzero(same)[0]) if same.any() else None


def _warning(normal: Normal, problem: Problem) -> Text | str:
    """What was wrong with the columns, as an addition to the solution."""
    constant = _constant_column(problem)
    if constant is not None:
        return _fill(_CONSTANT, name=problem.feature_names[constant])
    return _ALIKE if normal.rank < problem.d else ""


def _through(state, side: int, place: tuple[float, ...], problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """The weights and intercept of the line through a hand's place (x, y) and the line's other end, which stays. A hand
    that comes too near to that end is held off: no line is upright."""
    axis = problem.axes[0]
    ends = _ends(state, problem)
    x, y = problem.scale_plane(np.array([place], dtype=np.float64))[0]
    stays = ends[1 - side]
    least = 0.05 * abs(ends[1, axis] - ends[0, axis])
    away = x - stays[axis]
    if abs(away) < least:
        away = least if side == 1 else -least
    coef = state.coef.copy()
    coef[axis] = (y - stays[-1]) / away
    return coef, np.array([stays[-1] - stays[:-1] @ coef])


# -- pieces of the picture -----------------------------------------------------------------------------------------------


def _ends(state: LinearRegressionState, problem: Problem) -> np.ndarray:
    """Two places of the line on the target plane, (2, d + 1), a little outside the data; other columns are held."""
    axis = problem.axes[0]
    across = problem.features[:, axis]
    rows = np.repeat(problem.held[None, :], 2, axis=0)
    rows[:, axis] = across.min() - 0.04 * _span(across), across.max() + 0.04 * _span(across)
    return np.column_stack([rows, rows @ state.coef + state.intercept[0]])


def _ends_of(slope: float, intercept: float, problem: Problem) -> np.ndarray:
    """`_ends` of a line in original units, for data with one feature."""
    across = problem.features[:, 0]
    x = np.array([across.min(), across.max() if across.max() > across.min() else across.min() + 1.0])
    return np.column_stack([x, slope * (x * problem.scaler.scale[0] + problem.scaler.mean[0]) + intercept])


def _line(key: str, ends: np.ndarray, **look_of: Any) -> Segments:
    return Segments(key=key, starts=ends[:1], ends=ends[1:], extend=True, **look_of)


def _square(i: int, row: np.ndarray, y: float, value: float, slope: float, problem: Problem) -> Iterable[Mark]:
    """The square on a residual, on the side where the line runs away from it; in few points with its area."""
    axis = problem.axes[0]
    scale = float(problem.scaler.scale[axis])
    across, up = _span(problem.features[:, axis]) * scale, _span(goals(problem))
    # Where the plane's axes are not drawn to one scale, as wide as it looks square on a plane that the data fills.
    per_unit = 1.0 if 1 / MOST_SPANS_APART <= across / up <= MOST_SPANS_APART else across / up
    side = (-1.0 if (y - value) * slope > 0 else 1.0) * abs(y - value) * per_unit / scale
    corners = np.repeat(np.append(row, 0.0)[None, :], 4, axis=0)
    corners[:, -1] = y, value, value, y
    corners[2:, axis] += side
    yield Path(
        key=f"square:{i}", role="accent", vertices=corners, closed=True, filled=True, emphasis="muted", glide=True
    )
    if problem.n <= MOST_LABELS and abs(y - value) > 0.04 * up:
        # Beside the square, on the side away from the line: on top of it a small square would be hidden.
        beside = corners[2:].mean(axis=0)
        beside[axis] += np.sign(side) * 0.045 * across / scale
        area = _value((y - value) ** 2)
        yield Note(key=f"area:{i}", role="ink", at=beside, text=_AREA, values={"area": area})


def _cross_of_means(problem: Problem) -> Iterable[Mark]:
    """The means as dashed lines that cross in the point through which the best line goes."""
    middle = problem.places.mean(axis=0)
    for key, axis, length in (("mean up", problem.axes[0], 1.0), ("mean across", -1, _span(goals(problem)))):
        # The line of one column's mean runs along the other one.
        along = np.zeros_like(middle)
        along[-1 if axis != -1 else problem.axes[0]] = length
        yield Segments(
            key=key, starts=middle[None, :], ends=(middle + along)[None, :], extend=True, dashed=True, thin=True
        )
    yield Points(key="mean", role="accent", at=middle[None, :], symbol="cross")


def _line_note(line: str, mse: float, problem: Problem) -> Note:
    """The equation and its loss, in the corner on the left of the view that data of this direction leaves empty."""
    axis = problem.axes[0]
    across, y = problem.features[:, axis], goals(problem)
    rises = float(((across - across.mean()) * (y - y.mean())).sum()) >= 0
    far = np.array([-1.0, 1.0 if rises else -1.0]) * FAR_OUT
    at = np.append(problem.held, y.mean() + far[1] * _span(y))
    at[axis] = across.mean() + far[0] * _span(across)
    # With several columns the equation is long, and the narration has it.
    text, values = (_EQUATION if problem.d == 1 else _ONLY_LOSS), {"line": line, "mse": _value(mse)}
    return Note(key="equation", role="accent", at=at, text=text, values=values, emphasis="focus", stays_in_view=True)


# -- numbers in words ------------------------------------------------------------------------------------------------


def _short(number: float) -> str:
    """A coefficient with three significant digits, thousands apart, and a true minus."""
    size = abs(float(number))
    if not np.isfinite(size):
        return "∞"
    if 999.5 <= size < 1e9:
        shown = f"{number:,.0f}"
    elif 0 < size < 1e-4:
        shown = f"{number:.2e}"
    else:
        shown = f"{number + 0.0:.3g}"
    return shown.replace("-", "−")


def _value(number: float) -> str:
    """A value with two decimals, fewer where it is large."""
    size = abs(float(number))
    if not np.isfinite(size):
        return "∞"
    if size >= 1e9 or 0 < size < 0.05:
        shown = f"{number:.3g}"
    elif size >= 1000:
        shown = f"{number:,.0f}"
    else:
        shown = f"{number + 0.0:.1f}" if size >= 100 else f"{number + 0.0:.2f}"
    return shown.replace("-", "−")


def _plain(number: float) -> str:
    """A place on an axis, as short as it can be said."""
    shown = f"{number:,.0f}" if abs(number) >= 1e4 else f"{number + 0.0:.4g}"
    return shown.replace("-", "−")


def _signed(number: float) -> str:
    shown = _value(number)
    return shown if shown.startswith("−") else f"+{shown}"


def _in_words(gradient: np.ndarray) -> Text:
    if len(gradient) == 2:
        return _fill(_SLOPES_1, slope=_value(gradient[0]), intercept=_value(gradient[1]))
    with np.errstate(all="ignore"):
        return _fill(_SLOPES_D, length=_value(float(np.linalg.norm(gradient))))


def _shown_name(problem: Problem) -> str:
    return problem.feature_names[problem.axes[0]]


def _equation(state: LinearRegressionState, problem: Problem) -> str:
    """The line in original units: "ŷ = 0.685x + 1.56", or with the columns' names where there are several."""
    coef, intercept = in_original_units(state.coef, float(state.intercept[0]), problem)
    if problem.d == 1:
        parts = [f"{_short(coef[0])}x"]
    else:
        parts = [f"{_short(w)}·{name}" for w, name in zip(coef[:3], problem.feature_names, strict=False)]
        parts += ["…"] if problem.d > 3 else []
    text = " + ".join([*parts, _short(intercept)])
    return "ŷ = " + text.replace("+ −", "− ")
