"""Logistic regression: a line with a soft edge, moved down the slope of the cross-entropy.

The weighted sum z = w . x + b becomes a probability, by the sigmoid for two classes (p of the second) and by softmax
for more (one sum for each class). The loss is the mean of -ln of the probability that each sample's own class got,
plus l2 / 2 times the sum of the squared weights; its gradient by a weight is the mean of (p - y) x. One iteration is
one step of gradient descent on all training rows (Cox, 1958; Bishop: Pattern Recognition and Machine Learning, 4.3).

On data that a line separates the loss has no minimum: longer weights always lower it, and the run says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Literal, cast

import numpy as np

from models.algorithms.logistic_regression import formulas as logistic_numbers
from models.algorithms.logistic_regression import picture, words
from models.algorithms.logistic_regression.kernels import (
    Rule,
    all_losses,
    fill_gradient,
    is_flat,
    many_steps,
    probabilities_of,
    training_sums,
)
from models.algorithms.logistic_regression.state import LogisticState
from models.arithmetic import draws
from models.arithmetic.columns import columns_of, turned
from models.core.abilities import Wiring, activate
from models.core.findings import Finding, unscaled
from models.core.formula import Formula, Shown, Tensor
from models.core.learner import Advance, Edit, Learner, Moment, Outcome, Phase
from models.core.marks import Mark
from models.core.params import declare
from models.core.problem import Rows
from models.core.readiness import beyond_squares, lacks_answers, ruling_column
from models.core.state import ArrayForm, State
from models.families.one_layer import parameters as one_layer
from models.families.one_layer.kernels import SPACE, all_sums
from models.words.sentences import filled
from models.words.text import Said, Text

START_SIZE = 1.0  # start weights are drawn from +- this, biases from half of it


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
    phases: ClassVar[dict[str, Phase]] = words.PHASES

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
            if _right(training_sums(weights, bias, problem), problem).mean() > 0.5:
                weights, bias = -weights, -bias
            if self.start_bias is not None:
                bias = np.full(units, self.start_bias)
        return LogisticState(weights, bias, np.zeros((units, d + 1)), 0.0, 0)

    def iterate(self, state: LogisticState, problem: Rows, seed: int, iteration: int) -> Iterator[Moment]:
        after = cast(LogisticState, self.advance(state, problem, seed, iteration, 1).state)
        right = int(_right(training_sums(state.weights, state.bias, problem), problem).sum())
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
        rule = Rule(self.learning_rate, self.l2, self.tol)
        if problem.path == "torch":
            from models.algorithms.logistic_regression.device import many_steps_torch

            done, loss = many_steps_torch(problem, weights, bias, gradient, rule, left, count)
        else:
            done, loss = many_steps(weights, bias, gradient, columns_of(problem), rule, left, count)
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
        if self.l2 == 0.0 and _margins(training_sums(state.weights, state.bias, problem), problem).min() > 0:
            return Outcome("finished" if is_settled else "gave_up", Said(words.SEPARATED, values))
        if is_settled:
            return Outcome("converged", Said(words.SETTLED, values))
        return Outcome("gave_up", Said(words.NOT_SETTLED, values))

    def edit(self, state: LogisticState, edit: Edit, problem: Rows) -> LogisticState:
        """ "weight:1:unit:input" or "parameters". The gradient kept with the state becomes the one at the new place."""
        weights, bias = one_layer.edited(state.weights, state.bias, edit)
        gradient, sums = np.empty_like(state.gradient), np.empty((len(bias), SPACE))
        fill_gradient(weights, bias, columns_of(problem), self.l2, gradient, sums)
        moved = state.replace(weights=weights, bias=bias, gradient=gradient)
        return moved.replace(loss=self._loss(moved, problem))

    def has_handle(self, edit: Edit, problem: Rows) -> bool:
        return one_layer.has_handle(edit, _units(problem), problem.d)

    def state_forms(self, problem: Rows, distinct_rows: int) -> Mapping[str, ArrayForm]:
        units, d = _units(problem), problem.d
        return {
            "weights": ArrayForm("float64", (units, d)),
            "bias": ArrayForm("float64", (units,)),
            "gradient": ArrayForm("float64", (units, d + 1)),
            "loss": ArrayForm("float64"),
            "iterations": ArrayForm("int64"),
        }

    def predict(self, state: LogisticState, x: np.ndarray) -> np.ndarray:
        probabilities = probabilities_of(state.weights, state.bias, turned(x), len(x))
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
        return picture.wiring(moment, cast(LogisticState, moment.state), problem)

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
        all_losses(weights, bias, columns_of(problem), self.l2, losses)
        return losses

    def free_pair(self, state: LogisticState) -> tuple[tuple[int, Text], tuple[int, Text]] | None:
        return one_layer.free_pair(*state.weights.shape)

    def formulas(self, shown: Shown, problem: Rows) -> Iterable[Formula]:
        return logistic_numbers.formulas(shown, problem, self.learning_rate, self.l2)

    def concerned(self, shown: Shown, problem: Rows) -> np.ndarray:
        return np.array([logistic_numbers.asked_row(shown, problem)])

    def tensors(self, state: LogisticState) -> Iterable[Tensor]:
        return one_layer.tensors_of(state.weights, state.bias)

    # -- what people see ---------------------------------------------------------------------------------------------

    def marks(self, moment: Moment, problem: Rows) -> Iterable[Mark]:
        return picture.marks(cast(LogisticState, moment.state), problem)

    def place(self, iteration: int, moment: Moment, problem: Rows) -> Said:
        return picture.place(iteration)

    def dwell(self, iteration: int, moment: Moment, problem: Rows) -> float:
        return picture.dwell(iteration, self.max_iter)

    # -- what may go wrong -------------------------------------------------------------------------------------------

    def unready(self, problem: Rows) -> Said | None:
        lack = lacks_answers(problem, self.title) or beyond_squares(problem)
        if lack is not None:
            return lack
        wanted = problem.d * _units(problem)
        if self.start_weights is not None and len(self.start_weights) != wanted:
            return Said(words.START_LENGTH, {"wanted": wanted, "given": len(self.start_weights)})
        return None

    def advice(self, problem: Rows) -> Finding | None:
        return unscaled(words.RANGES, ruling_column(problem, is_alone=False))


# -- small pieces ----------------------------------------------------------------------------------------------------


def _units(problem: Rows) -> int:
    return 1 if problem.n_classes == 2 else problem.n_classes


def _margins(sums: np.ndarray, problem: Rows) -> np.ndarray:
    """How far each row's own class is ahead of the best other, in sums: (n,)."""
    if sums.shape[1] == 1:
        return np.where(problem.answers == 1, sums[:, 0], -sums[:, 0])
    rows, others = np.arange(len(sums)), sums.copy()
    others[rows, problem.answers] = -np.inf
    return sums[rows, problem.answers] - others.max(axis=1)


def _right(sums: np.ndarray, problem: Rows) -> np.ndarray:
    """Whether each row's own class has the largest probability: (n,)."""
    winner = (sums[:, 0] > 0).astype(np.int64) if sums.shape[1] == 1 else sums.argmax(axis=1)
    return winner == problem.answers


def _sought(problem: Rows) -> Text:
    """What the forward pass gives to every sample, as a Text that can stand inside another one."""
    if problem.n_classes == 2:
        return filled(words.ONE_PROBABILITY, name=problem.class_text(1))
    return filled(words.MANY_PROBABILITIES, count=problem.n_classes)
