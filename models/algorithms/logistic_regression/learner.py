"""Logistic regression: a line with a soft edge, moved down the slope of the cross-entropy.

The weighted sum z = w . x + b becomes a probability, by the sigmoid for two classes (p of the second) and by softmax
for more (one sum for each class). The loss is the mean of -ln of the probability that each sample's own class got,
plus l2 / 2 times the sum of the squared weights; its gradient by a weight is the mean of (p - y) x. One iteration is
one step of gradient descent on all training rows (Cox, 1958; Bishop: Pattern Recognition and Machine Learning, 4.3).

On data that a line separates the loss has no minimum: longer weights always lower it, and the run says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from models.algorithms.logistic_regression import formulas as logistic_numbers
from models.algorithms.logistic_regression.kernels import (
    SPACE,
    all_losses,
    fill_gradient,
    fill_losses,
    fill_probabilities,
    is_flat,
    many_steps,
)
from models.arithmetic import draws
from models.arithmetic.columns import columns_of, turned
from models.core.abilities import Wiring, activate
from models.core.findings import Finding, unscaled
from models.core.formula import Formula, Shown, Tensor
from models.core.learner import Advance, Edit, Learner, Moment, Outcome, Phase
from models.core.marks import Arrow, Field, Mark, Segments
from models.core.params import declare
from models.core.problem import Rows
from models.core.readiness import lacks_answers, ruling_column
from models.core.state import State
from models.families.one_layer import parameters as one_layer
from models.families.one_layer.kernels import all_sums
from models.families.one_layer.lines import line_in_plane
from models.words.sentences import filled
from models.words.text import Said, Text

START_SIZE = 1.0  # start weights are drawn from +- this, biases from half of it
SLOW_ITERATIONS = 60  # shown at four a second; what follows takes at most FAST_SECONDS
FAST_SECONDS = 20.0
FLOWS = {"forward": "forward", "loss": "loss", "gradient": "backward", "update": "update"}


@dataclass(frozen=True, eq=False)
class LogisticState(State):
    """c units over d columns: one for two classes, else one for each class.

    gradient (c, d + 1), the bias last, and loss are those at the weights before the last update; zero at the start.
    """

    weights: np.ndarray  # (c, d)
    bias: np.ndarray  # (c,)
    gradient: np.ndarray  # (c, d + 1)
    loss: float
    iterations: int


# -- words -----------------------------------------------------------------------------------------------------------

_ONE_PROBABILITY = Text(
    "the probability of class {name}, by the sigmoid of its weighted sum", "가중합의 시그모이드로 클래스 {name}의 확률"
)
_MANY_PROBABILITIES = Text(
    "the probabilities of all {count} classes, by softmax of their weighted sums",
    "가중합의 소프트맥스로 클래스 {count}개의 확률",
)
_NOT_STARTED = Text("before the first update", "첫 갱신 전")
_PLACE = Text("iteration {iteration}", "반복 {iteration}")
_SETTLED = Text(
    "After {iteration} updates the loss has settled at {loss:.3g}: no entry of its gradient is larger than {tol:g}.",
    "{iteration}번 갱신한 뒤 손실이 {loss:.3g}에서 수렴했습니다. 그레이디언트의 모든 성분이 {tol:g}보다 작습니다.",
)
_SEPARATED = Text(
    "After {iteration} updates every training point is on its own side (loss {loss:.3g}). Longer weights would lower "
    "the loss for ever; L2 regularisation ends that.",
    "{iteration}번 갱신하자 모든 훈련 데이터가 제 쪽에 놓였습니다(손실 {loss:.3g}). 가중치가 커질수록 손실은 끝없이 "
    "줄어듭니다. L2 규제를 주면 멈춥니다.",
)
_NOT_SETTLED = Text(
    "{iteration} updates are done and the loss had not settled: {loss:.3g}. Try another learning rate or more updates.",
    "{iteration}번 갱신했지만 손실이 아직 수렴하지 않았습니다({loss:.3g}). 학습률을 바꾸거나 더 많이 갱신해 보세요.",
)
_START_LENGTH = Text(
    "Start weights: this data needs {wanted} numbers (units × columns), but {given} are given.",
    "시작 가중치: 이 데이터에는 수가 {wanted}개(뉴런 수 × 열 수) 필요하지만 {given}개가 주어졌습니다.",
)
_RANGES = Text(
    "{wide} varies over ten times as far as {narrow}: the loss is a narrow valley, and gradient descent crawls. Set the "
    "scaling to standardised.",
    "{wide:은/는} {narrow}보다 값의 범위가 10배 넘게 넓습니다. 손실이 좁은 골짜기가 되어 경사 하강법이 느려집니다. "
    "표준화를 고르세요.",
)


class LogisticRegression(Learner[LogisticState, Rows]):
    """Logistic regression by gradient descent on all training rows.

    It starts from a random line, turned round where more than half of the training points would be right from the
    beginning, so that there is something to learn.
    """

    id: ClassVar[str] = "logistic_regression"
    title: ClassVar[Text] = Text("Logistic regression", "로지스틱 회귀")
    task: ClassVar = "classifier"
    state_type: ClassVar[type[State]] = LogisticState
    default_scaling: ClassVar[Literal["none", "standard"]] = "standard"
    goal: ClassVar[str] = "loss"
    rate_setting: ClassVar[str | None] = "learning_rate"
    descends: ClassVar[bool] = True
    metric_names: ClassVar[dict[str, Text]] = {
        "loss": Text("training loss (cross-entropy)", "훈련 데이터 손실(교차 엔트로피)"),
    }
    phases: ClassVar[dict[str, Phase]] = {
        "start": Phase(
            Text("start", "시작"),
            Text(
                "The weights start at arbitrary values, so the line p = 0.5 is in the wrong place.",
                "가중치는 임의의 값에서 시작하므로 p = 0.5인 선이 엉뚱한 곳에 있습니다.",
            ),
        ),
        "forward": Phase(
            Text("forward pass", "순전파"),
            Text(
                "Forward pass: each of the {n} samples gets {what}. {right} of them are right now.",
                "순전파: 샘플 {n}개마다 {what:을/를} 구합니다. 지금 맞은 샘플은 {right}개입니다.",
            ),
        ),
        "loss": Phase(
            Text("loss", "손실"),
            Text(
                "Loss: the cross-entropy is {loss:.4f} on average. A sample adds the more, the less probability its own "
                "class got.",
                "손실: 교차 엔트로피의 평균은 {loss:.4f}입니다. 제 클래스의 확률이 낮은 샘플일수록 크게 더해집니다.",
            ),
        ),
        "gradient": Phase(
            Text("gradient", "그레이디언트"),
            Text(
                "Gradient: errors (probability − target) times inputs, averaged over the samples. Its largest entry is "
                "{largest:.3g}.",
                "그레이디언트(손실의 기울기): 오차(확률 − 목표값)에 입력을 곱해 평균을 냅니다. 가장 큰 성분은 "
                "{largest:.3g}입니다.",
            ),
        ),
        "update": Phase(
            Text("update", "갱신"),
            Text(
                "Update: weights and bias take a step against the gradient, with learning rate {rate:g}. The loss goes "
                "from {before:.4f} to {after:.4f}.",
                "갱신: 가중치와 편향을 그레이디언트의 반대쪽으로 옮깁니다. 학습률 {rate:g}, 손실 {before:.4f} → {after:.4f}.",
            ),
        ),
        "edited": Phase(
            Text("edited", "직접 고침"),
            Text(
                "Weights set by hand: learning goes on from here.",
                "가중치를 직접 고쳤습니다. 여기서부터 이어서 학습합니다.",
            ),
        ),
    }

    learning_rate: float = declare(
        0.3,
        label=Text("Learning rate", "학습률"),
        help=Text("How far an update goes.", "한 번 갱신할 때 얼마나 움직이는지 정합니다."),
        change="live",
        minimum=1e-5,
        maximum=1000.0,
        logarithmic=True,
    )
    l2: float = declare(
        0.0,
        label=Text("L2 regularisation", "L2 규제"),
        help=Text(
            "Adds half of this times the sum of the squared weights to the loss: weights stay short.",
            "가중치 제곱의 합에 이 값의 절반을 곱해 손실에 더합니다. 가중치가 커지지 않게 합니다.",
        ),
        change="live",
        minimum=0.0,
        maximum=100.0,
        step=0.01,
    )
    max_iter: int = declare(
        1000,
        folded=True,
        label=Text("Most updates", "최대 갱신 횟수"),
        help=Text("Gives up after this many updates.", "이만큼 갱신해도 수렴하지 않으면 그만둡니다."),
        minimum=1,
        maximum=1_000_000,
    )
    tol: float = declare(
        0.01,
        folded=True,
        label=Text("Settled below", "수렴 기준"),
        help=Text(
            "Stops when every entry of the gradient is smaller than this.",
            "그레이디언트의 모든 성분이 이보다 작으면 멈춥니다.",
        ),
        minimum=0.0,
        maximum=1.0,
    )
    start_weights: tuple[float, ...] | None = declare(
        None,
        is_start=True,
        label=Text("Start weights", "시작 가중치"),
        help=Text(
            "One number for each column, unit after unit, in the learner's units.",
            "열마다 수 하나씩, 뉴런이 여럿이면 이어서 적습니다.",
        ),
        length=(1, 1000),
        none_text=Text("random, a wrong line", "임의의 틀린 선"),
    )
    start_bias: float | None = declare(
        None,
        is_start=True,
        label=Text("Start bias", "시작 편향"),
        help=Text("The bias of every unit at the start.", "시작할 때 모든 뉴런의 편향입니다."),
        none_text=Text("random; 0 beside given start weights", "임의의 값. 시작 가중치를 주면 0"),
    )

    # -- mathematics -------------------------------------------------------------------------------------------------

    def start(self, problem: Rows, seed: int) -> LogisticState:
        units, d = _units(problem), problem.d
        if self.start_weights is not None:
            weights = np.array(self.start_weights, dtype=np.float64).reshape(units, d)
            bias = np.full(units, self.start_bias or 0.0)
        else:
            drawn = np.array([2.0 * draws.uniform(seed, 0, draws.START, i) - 1.0 for i in range(units * (d + 1))])
            weights = START_SIZE * drawn[: units * d].reshape(units, d)
            bias = 0.5 * START_SIZE * drawn[units * d :]
            if _right(_sums(weights, bias, problem), problem).mean() > 0.5:
                weights, bias = -weights, -bias
            if self.start_bias is not None:
                bias = np.full(units, self.start_bias)
        return LogisticState(weights, bias, np.zeros((units, d + 1)), 0.0, 0)

    def iterate(self, state: LogisticState, problem: Rows, seed: int, iteration: int) -> Iterator[Moment]:
        after = self.advance(state, problem, seed, iteration, 1).state
        right = int(_right(_sums(state.weights, state.bias, problem), problem).sum())
        yield Moment("forward", state, {"n": problem.n, "right": right, "what": _sought(problem)})
        judged = state.replace(loss=after.loss)
        yield Moment("loss", judged, {"loss": after.loss})
        sloped = judged.replace(gradient=after.gradient)
        yield Moment("gradient", sloped, {"largest": float(np.abs(after.gradient).max())})
        said = {"rate": self.learning_rate, "before": after.loss, "after": self._loss(after, problem)}
        yield Moment("update", after, said)

    def advance(self, state: LogisticState, problem: Rows, seed: int, iteration: int, count: int) -> Advance:
        weights, bias, gradient = state.weights.copy(), state.bias.copy(), state.gradient.copy()
        left = self.max_iter - state.iterations
        settings = (self.learning_rate, self.l2, self.tol, left, count)
        if problem.path == "torch":
            from models.algorithms.logistic_regression.device import many_steps_torch

            done, loss = many_steps_torch(weights, bias, gradient, problem, *settings)
        else:
            done, loss = many_steps(weights, bias, gradient, *columns_of(problem), *settings)
        if done == 0:
            return Advance(state, 0)
        return Advance(LogisticState(weights, bias, gradient, float(loss), state.iterations + done), done)

    def outcome(self, state: LogisticState, problem: Rows) -> Outcome | None:
        if state.iterations == 0:
            return None
        is_settled = bool(is_flat(state.gradient.copy(), self.tol))
        if not is_settled and state.iterations < self.max_iter:
            return None
        values = {"iteration": state.iterations, "loss": self._loss(state, problem), "tol": self.tol}
        if self.l2 == 0.0 and _margins(_sums(state.weights, state.bias, problem), problem).min() > 0:
            return Outcome("finished" if is_settled else "gave_up", Said(_SEPARATED, values))
        if is_settled:
            return Outcome("converged", Said(_SETTLED, values))
        return Outcome("gave_up", Said(_NOT_SETTLED, values))

    def edit(self, state: LogisticState, edit: Edit, problem: Rows) -> LogisticState:
        """ "weight:1:unit:input" or "parameters". The gradient kept with the state becomes the one at the new place."""
        weights, bias = one_layer.edited(state.weights, state.bias, edit)
        gradient, sums = np.empty_like(state.gradient), np.empty((len(bias), SPACE))
        fill_gradient(weights, bias, *columns_of(problem), self.l2, gradient, sums)
        moved = state.replace(weights=weights, bias=bias, gradient=gradient)
        return moved.replace(loss=self._loss(moved, problem))

    def predict(self, state: LogisticState, x: np.ndarray) -> np.ndarray:
        probabilities = _probabilities(state.weights, state.bias, turned(x), len(x))
        return probabilities if len(state.bias) > 1 else np.hstack([1.0 - probabilities, probabilities])

    def metrics(self, state: LogisticState, problem: Rows) -> dict[str, float]:
        return {"loss": self._loss(state, problem)}

    def report(self, state: LogisticState, problem: Rows) -> dict[str, Any]:
        """weights (c, d) and bias (c,) as lists, a row for each unit; with two classes the unit is that of the second."""
        scaler = problem.scaler
        weights = state.weights / scaler.scale
        report: dict[str, Any] = {
            "parameters": {"weights": weights.tolist(), "bias": (state.bias - weights @ scaler.mean).tolist()},
            "classes": list(problem.class_names),
            "iterations": state.iterations,
        }
        if scaler.kind != "none":
            report["parameters_scaled"] = {"weights": state.weights.tolist(), "bias": state.bias.tolist()}
        return report

    def _loss(self, state: LogisticState, problem: Rows) -> float:
        return float(self.losses(state, problem, self.parameters(state)[None, :])[0])

    # -- inside ------------------------------------------------------------------------------------------------------

    def wiring(self, moment: Moment, problem: Rows) -> Wiring:
        state: LogisticState = moment.state
        units, flow = len(state.bias), FLOWS.get(moment.phase, "")
        return Wiring(
            input_names=problem.feature_names,
            output_names=problem.class_names[-units:],
            weights=(state.weights.T,),
            biases=(state.bias,),
            activations=("logistic" if units == 1 else "softmax",),
            gradients=(state.gradient.T,) if state.gradient.any() else None,
            rows=np.arange(problem.n) if flow else None,
            flow=flow,
        )

    def output_deltas(self, state: LogisticState, problem: Rows, x: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Sigmoid or softmax with cross-entropy: p - t."""
        sums = self.sums(state, x)[-1]
        if sums.shape[1] == 1:
            return activate("logistic", sums) - np.asarray(targets)[:, None]
        return activate("softmax", sums) - (np.asarray(targets)[:, None] == np.arange(sums.shape[1]))

    def sums(self, state: LogisticState, x: np.ndarray) -> tuple[np.ndarray, ...]:
        return (all_sums(state.weights, state.bias, turned(x), len(x)).astype(x.dtype),)

    def parameters(self, state: LogisticState) -> np.ndarray:
        return one_layer.vector_of(state.weights, state.bias)

    def losses(self, state: LogisticState, problem: Rows, vectors: np.ndarray) -> np.ndarray:
        weights, bias = one_layer.layers_of(vectors, len(state.bias))
        losses = np.empty(len(vectors))
        all_losses(weights, bias, *columns_of(problem), self.l2, losses)
        return losses

    def free_pair(self, state: LogisticState) -> tuple[tuple[int, Text], tuple[int, Text]] | None:
        return one_layer.free_pair(*state.weights.shape)

    def formulas(self, shown: Shown, problem: Rows) -> Iterable[Formula]:
        state: LogisticState = shown.moment.state
        row, phase = self._asked_row(shown, problem), shown.moment.phase
        own = int(problem.targets[row])
        unit = one_layer.pinned_unit(shown.pin, len(state.bias))
        unit = (own if len(state.bias) > 1 else 0) if unit is None else unit
        column = one_layer.pinned_column(shown.pin, unit, problem.d)
        asked = logistic_numbers.Asked(problem, state.weights, state.bias, self.l2, row, unit, column)
        if phase == "update":
            yield from asked.updates(shown.before.weights, shown.before.bias, state.gradient, self.learning_rate)
            return
        columns = columns_of(problem)
        probabilities = _probabilities(state.weights, state.bias, columns.x, problem.n)
        if phase == "loss":
            losses = np.empty(problem.n)
            fill_losses(state.weights.copy(), state.bias.copy(), *columns, losses)
            yield from asked.loss(probabilities[row], losses, state.loss)
        elif phase == "gradient":
            yield from asked.gradient(probabilities, state.gradient)
        else:
            yield from asked.forward(_sums(state.weights, state.bias, problem)[row], probabilities[row])

    def concerned(self, shown: Shown, problem: Rows) -> np.ndarray:
        return np.array([self._asked_row(shown, problem)])

    def _asked_row(self, shown: Shown, problem: Rows) -> int:
        return one_layer.pinned_row(shown.pin, problem) or 0

    def tensors(self, state: LogisticState) -> Iterable[Tensor]:
        return one_layer.tensors_of(state.weights, state.bias)

    # -- what people see ---------------------------------------------------------------------------------------------

    def marks(self, moment: Moment, problem: Rows) -> Iterable[Mark]:
        """The surface of probabilities; for two classes the line p = 0.5 and the weights that stand on it, for more
        the weights of each class, from the middle of the data towards where its sum grows."""
        state: LogisticState = moment.state
        units = len(state.bias)
        yield Field(key="surface", contour=units > 1)
        lengths = np.linalg.norm(state.weights, axis=1)
        if not np.isfinite(lengths).all() or not lengths.max() > 0:
            return
        ends = line_in_plane(state.weights[0], float(state.bias[0]), problem) if units == 1 else None
        at = problem.features.mean(axis=0)
        if ends is not None and np.isfinite(ends).all():
            at = (ends[0] + ends[1]) / 2
            yield Segments(
                key="line", role="accent", starts=ends[0][None, :], ends=ends[1][None, :], extend=True, glide=True,
                labels=("p = 0.5",),
            )  # fmt: skip
        elif units == 1:
            return
        for unit in range(units):
            yield Arrow(
                key=f"weights {unit}",
                role="accent" if units == 1 else f"class:{unit}",
                at=at,
                direction=state.weights[unit],
                kind="normal",
                strength=float(lengths[unit] / lengths.max()),
                glide=True,
            )

    def place(self, iteration: int, moment: Moment, problem: Rows) -> Said:
        return Said(_NOT_STARTED, {}) if iteration == 0 else Said(_PLACE, {"iteration": iteration})

    def dwell(self, iteration: int, moment: Moment, problem: Rows) -> float:
        """The first iteration in four moments of a second, then four iterations a second while the line turns, then as
        fast as it takes to end in time: most of what remains is weights that grow."""
        if iteration <= 1:
            return 1.0
        if iteration <= SLOW_ITERATIONS:
            return 1.0 / 16.0
        return min(1.0 / 16.0, FAST_SECONDS / self.max_iter / 4.0)

    # -- what may go wrong -------------------------------------------------------------------------------------------

    def unready(self, problem: Rows) -> Said | None:
        lack = lacks_answers(problem, self.title)
        if lack is not None:
            return lack
        wanted = problem.d * _units(problem)
        if self.start_weights is not None and len(self.start_weights) != wanted:
            return Said(_START_LENGTH, {"wanted": wanted, "given": len(self.start_weights)})
        return None

    def advice(self, problem: Rows) -> Finding | None:
        return unscaled(_RANGES, ruling_column(problem, is_alone=False))


# -- small pieces ----------------------------------------------------------------------------------------------------


def _units(problem: Rows) -> int:
    return 1 if problem.n_classes == 2 else problem.n_classes


def _sums(weights: np.ndarray, bias: np.ndarray, problem: Rows) -> np.ndarray:
    """The weighted sums of the training rows: (n, c)."""
    return all_sums(weights, bias, columns_of(problem).x, problem.n)


def _probabilities(weights: np.ndarray, bias: np.ndarray, x: np.ndarray, n: int) -> np.ndarray:
    """The probabilities of the n rows in columns x (d, m): (n, c)."""
    probabilities = np.empty((len(bias), x.shape[1]))
    fill_probabilities(weights.copy(), bias.copy(), x, probabilities)
    return np.ascontiguousarray(probabilities[:, :n].T)


def _margins(sums: np.ndarray, problem: Rows) -> np.ndarray:
    """How far each row's own class is ahead of the best other, in sums: (n,)."""
    if sums.shape[1] == 1:
        return np.where(problem.targets == 1, sums[:, 0], -sums[:, 0])
    rows, others = np.arange(len(sums)), sums.copy()
    others[rows, problem.targets] = -np.inf
    return sums[rows, problem.targets] - others.max(axis=1)


def _right(sums: np.ndarray, problem: Rows) -> np.ndarray:
    """Whether each row's own class has the largest probability: (n,)."""
    winner = (sums[:, 0] > 0).astype(np.int64) if sums.shape[1] == 1 else sums.argmax(axis=1)
    return winner == problem.targets


def _sought(problem: Rows) -> Text:
    """What the forward pass gives to every sample, as a Text that can stand inside another one."""
    if problem.n_classes == 2:
        return filled(_ONE_PROBABILITY, name=problem.class_text(1))
    return filled(_MANY_PROBABILITIES, count=problem.n_classes)
