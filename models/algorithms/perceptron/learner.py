"""The perceptron (Rosenblatt, 1957): one line, turned at every mistake.

The output is 0 or 1: it fires (1) when the weighted sum w . x + b reaches 0; the lecture's threshold is -b. One
sample is looked at in an iteration. When the output is not the target, the error (target - output, +1 or -1) times
the learning rate times the sample is added to the weights. The learner stops after an epoch without a mistake.

With two classes there is one line, and the second class is 1. With more there is a line for each class, that class
against the rest, each with its own 0 and 1; a point then belongs to the class with the largest sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar, Literal, cast

import numpy as np

from models.algorithms.perceptron import formulas as perceptron_numbers
from models.algorithms.perceptron import picture, words
from models.algorithms.perceptron.kernels import (
    Lines,
    Order,
    Progress,
    Samples,
    all_mistakes,
    all_sums,
    count_mistakes,
    fill_votes,
    many_samples,
)
from models.algorithms.perceptron.state import (
    CYCLE,
    IN_EPOCH,
    LAST_EPOCH,
    POSITION,
    ROW,
    SAVED_EPOCH,
    PerceptronState,
)
from models.arithmetic import draws
from models.arithmetic.blocks import read_only
from models.arithmetic.columns import rows_of
from models.core.abilities import Wiring
from models.core.findings import Finding, unscaled
from models.core.formula import Formula, Shown, Tensor
from models.core.learner import Advance, Edit, Learner, Moment, Outcome, Phase
from models.core.marks import Mark
from models.core.params import declare
from models.core.problem import Rows
from models.core.readiness import beyond_squares, lacks_answers, ruling_column
from models.core.state import ArrayForm, State
from models.families.one_layer import parameters as one_layer
from models.words.text import Said, Text

START_SIZE = 1.0  # start weights and bias are drawn from +- this
START_TRIES = 32


class Perceptron(Learner[PerceptronState, Rows]):
    """The perceptron with 0/1 output, one sample an iteration.

    A sample that is right has the moment "look" alone; a mistake has "look" (before) and "update" (after).
    The start line is drawn again, up to 32 times, until it has at most half of the training points right and runs
    through the data, so that there is something to correct; failing that, the worst of the lines drawn is taken.
    """

    id: ClassVar[str] = "perceptron"
    title: ClassVar[Text] = Text("Perceptron", "퍼셉트론")
    task: ClassVar = "classifier"
    state_type: ClassVar[type[State]] = PerceptronState
    phases: ClassVar[dict[str, Phase]] = words.PHASES
    metric_names: ClassVar[dict[str, Text]] = {
        "mistakes": Text("training points on the wrong side", "틀린 훈련 데이터 점 수"),
        "corrections": Text("corrections so far", "지금까지 고친 횟수"),
        "correction": Text("corrected at this sample (0 or 1)", "이 샘플에서 고침(0 또는 1)"),
    }
    goal: ClassVar[str] = "mistakes"
    rate_setting: ClassVar[str | None] = "learning_rate"
    needs_a_line: ClassVar[bool] = True

    learning_rate: float = declare(
        0.1,
        label=Text("Learning rate", "학습률"),
        help=Text("How far one mistake moves the line.", "한 번 틀릴 때 선을 얼마나 움직이는지 정합니다."),
        change="live",
        minimum=1e-5,
        maximum=100.0,
        logarithmic=True,
    )
    max_epochs: int = declare(
        100,
        folded=True,
        label=Text("Most epochs", "최대 에포크"),
        help=Text("Gives up after this many passes over the data.", "데이터를 이만큼 훑어도 끝나지 않으면 그만둡니다."),
        minimum=1,
        maximum=100_000,
    )
    shuffle: Literal["once", "given", "each"] = declare(
        "once",
        label=Text("Order of the samples", "샘플 순서"),
        help=Text("In which order an epoch goes through the samples.", "한 에포크에서 샘플을 보는 순서를 정합니다."),
        choices={
            "once": Text("shuffled once", "한 번 섞기"),
            "given": Text("as given", "주어진 순서"),
            "each": Text("shuffled each epoch", "에포크마다 섞기"),
        },
    )
    start_weights: tuple[float, ...] | None = declare(
        None,
        is_start=True,
        label=Text("Start weights", "시작 가중치"),
        help=Text(
            "One number for each column, line after line, in the learner's units.",
            "열마다 수 하나씩, 선이 여럿이면 이어서 적습니다.",
        ),
        length=(1, 1000),
        none_text=Text("random, a wrong line", "임의의 틀린 선"),
    )
    start_bias: float | None = declare(
        None,
        is_start=True,
        label=Text("Start bias", "시작 편향"),
        help=Text(
            "The bias of every line at the start: minus the threshold.",
            "시작할 때 모든 선의 편향입니다. 임계값에 음의 부호를 붙인 값입니다.",
        ),
        none_text=Text("random; 0 beside given start weights", "임의의 값. 시작 가중치를 주면 0"),
    )

    # -- mathematics -------------------------------------------------------------------------------------------------

    def start(self, problem: Rows, seed: int) -> PerceptronState:
        order = np.arange(problem.n, dtype=np.int64)
        if self.shuffle != "given":
            draws.shuffle(seed, 0, draws.ORDER, order)
        weights, bias = self._start_lines(problem, seed)
        counters = np.zeros(8, dtype=np.int64)
        counters[[LAST_EPOCH, ROW]] = -1
        saved = np.zeros((len(bias), problem.d + 1))
        return PerceptronState(weights, bias, order, np.zeros(len(bias)), saved, counters)

    def _start_lines(self, problem: Rows, seed: int) -> tuple[np.ndarray, np.ndarray]:
        lines, d = _lines(problem), problem.d
        if self.start_weights is not None:
            weights = np.array(self.start_weights, dtype=np.float64).reshape(lines, d)
            return weights, np.full(lines, self.start_bias or 0.0)
        best, best_rank = None, (2.0, True)
        for attempt in range(START_TRIES):
            drawn = _drawn(seed, attempt, lines * (d + 1)).reshape(lines, d + 1)
            weights, bias = drawn[:, :d].copy(), drawn[:, d].copy()
            if self.start_bias is not None:
                bias[:] = self.start_bias
            sums = all_sums(weights, bias, problem.features)
            accuracy = float(np.mean(_winner(sums) == problem.answers))
            misses_data = not ((sums >= 0).any(axis=0) & (sums < 0).any(axis=0)).all()
            rank = (max(accuracy, 0.5), misses_data)
            if rank < best_rank:
                best, best_rank = (weights, bias), rank
            if rank == (0.5, False):
                break
        assert best is not None
        return best

    def iterate(self, state: PerceptronState, problem: Rows, seed: int, iteration: int) -> Iterator[Moment]:
        after = cast(PerceptronState, self.advance(state, problem, seed, iteration, 1).state)
        counters = state.counters.copy()
        counters[ROW] = after.row
        before = state.replace(order=after.order, counters=counters, step=np.zeros_like(state.step))
        seen = picture.seen(before, problem, after.step)
        if after.step.any():
            yield Moment("look", before, {**seen, "correction": 1.0})
            yield Moment("update", after, {**picture.turned(before, after, problem), "correction": 1.0})
        else:
            yield Moment("look", after, {**seen, "correction": 0.0})

    def advance(self, state: PerceptronState, problem: Rows, seed: int, iteration: int, count: int) -> Advance:
        weights, bias, order, saved = state.weights.copy(), state.bias.copy(), state.order.copy(), state.saved.copy()
        step, counters, corrected = np.zeros_like(state.step), state.counters.copy(), np.zeros(count)
        is_new = self.shuffle == "each"
        many: Callable[..., int] = many_samples
        if problem.path == "torch":
            from models.algorithms.perceptron.device import many_samples_torch

            many = partial(many_samples_torch, problem)
        done = many(
            Lines(weights, bias),
            Samples(problem.features, problem.answers),
            Order(order, is_new, seed, iteration),
            Progress(counters, saved, self.max_epochs),
            self.learning_rate,
            step,
            corrected,
        )
        kept = order if is_new else state.order
        return Advance(
            PerceptronState(weights, bias, kept, step, saved, counters), done, {"correction": corrected[:done]}
        )

    def outcome(self, state: PerceptronState, problem: Rows) -> Outcome | None:
        if state.position != 0 or state.epoch == 0:
            return None
        if state.mistakes_last_epoch == 0:
            values = {"epoch": state.epoch, "corrections": state.corrections}
            return Outcome("converged", Said(words.SEPARATED, values))
        if state.epoch >= self.max_epochs:
            text = words.NO_LINE_REPEATED if state.cycle else words.NO_LINE
            return Outcome("gave_up", Said(text, {"epoch": state.epoch, "cycle": state.cycle}))
        return None

    def edit(self, state: PerceptronState, edit: Edit, problem: Rows) -> PerceptronState:
        """ "weight:1:unit:input" or "parameters". What was counted for other weights says nothing about these: an epoch
        in which a hand helped does not pass for one without a mistake, and the search for a cycle starts anew."""
        weights, bias = one_layer.edited(state.weights, state.bias, edit)
        counters = state.counters.copy()
        counters[LAST_EPOCH], counters[SAVED_EPOCH], counters[CYCLE] = -1, 0, 0
        if counters[POSITION] > 0:
            counters[IN_EPOCH] += 1
        return state.replace(weights=weights, bias=bias, step=np.zeros_like(state.step), counters=counters)

    def has_handle(self, edit: Edit, problem: Rows) -> bool:
        return one_layer.has_handle(edit, _lines(problem), problem.d)

    def state_forms(self, problem: Rows, distinct_rows: int) -> Mapping[str, ArrayForm]:
        lines, d = _lines(problem), problem.d
        return {
            "weights": ArrayForm("float64", (lines, d)),
            "bias": ArrayForm("float64", (lines,)),
            "order": ArrayForm("int64", (problem.n,), range(problem.n)),
            "step": ArrayForm("float64", (lines,)),
            "saved": ArrayForm("float64", (lines, d + 1)),
            "counters": ArrayForm("int64", (8,)),
        }

    def predict(self, state: PerceptronState, x: np.ndarray) -> np.ndarray:
        votes = np.zeros((len(x), max(2, len(state.bias))))
        fill_votes(state.weights, state.bias, rows_of(x), votes)
        return votes

    def metrics(self, state: PerceptronState, problem: Rows) -> dict[str, float]:
        mistakes = count_mistakes(state.weights, state.bias, problem.features, problem.answers)
        return {"mistakes": float(mistakes), "corrections": float(state.corrections)}

    def report(self, state: PerceptronState, problem: Rows) -> dict[str, Any]:
        """weights (c, d) and bias (c,) as lists, a row for each line; the line is weights . x + bias = 0."""
        scaler = problem.scaler
        weights = state.weights / scaler.scale
        report: dict[str, Any] = {
            "parameters": {"weights": weights.tolist(), "bias": (state.bias - weights @ scaler.mean).tolist()},
            "classes": list(problem.class_names),
            "corrections": state.corrections,
            "epochs": state.epoch,
        }
        if scaler.kind != "none":
            report["parameters_scaled"] = {"weights": state.weights.tolist(), "bias": state.bias.tolist()}
        return report

    # -- inside ------------------------------------------------------------------------------------------------------

    def wiring(self, moment: Moment, problem: Rows) -> Wiring:
        return picture.wiring(moment, cast(PerceptronState, moment.state), problem)

    def output_deltas(self, state: PerceptronState, problem: Rows, x: np.ndarray, targets: np.ndarray) -> None:
        """None: a step function has no slope to go down by."""
        return None

    def sums(self, state: PerceptronState, x: np.ndarray) -> tuple[np.ndarray, ...]:
        return (all_sums(state.weights, state.bias, x).astype(x.dtype),)

    def parameters(self, state: PerceptronState) -> np.ndarray:
        return one_layer.vector_of(state.weights, state.bias)

    def losses(self, state: PerceptronState, problem: Rows, vectors: np.ndarray) -> np.ndarray:
        """The number of mistakes: a staircase, since the perceptron has no loss with a slope."""
        weights, bias = one_layer.layers_of(vectors, len(state.bias))
        mistakes = np.empty(len(vectors))
        all_mistakes(read_only(weights), read_only(bias), problem.features, problem.answers, mistakes)
        return mistakes

    def free_pair(self, state: PerceptronState) -> tuple[tuple[int, Text], tuple[int, Text]] | None:
        return one_layer.free_pair(*state.weights.shape)

    def formulas(self, shown: Shown, problem: Rows) -> Iterable[Formula]:
        return perceptron_numbers.formulas(shown, problem, self.learning_rate)

    def concerned(self, shown: Shown, problem: Rows) -> np.ndarray:
        return np.array([perceptron_numbers.asked_row(shown, problem)])

    def tensors(self, state: PerceptronState) -> Iterable[Tensor]:
        return one_layer.tensors_of(state.weights, state.bias)

    # -- what people see ---------------------------------------------------------------------------------------------

    def marks(self, moment: Moment, problem: Rows) -> Iterable[Mark]:
        return picture.marks(moment, cast(PerceptronState, moment.state), problem)

    def place(self, iteration: int, moment: Moment, problem: Rows) -> Said:
        return picture.place(iteration, cast(PerceptronState, moment.state), problem)

    def dwell(self, iteration: int, moment: Moment, problem: Rows) -> float:
        return picture.dwell(iteration, moment, cast(PerceptronState, moment.state), problem, self.max_epochs)

    def iterations_per_epoch(self, problem: Rows) -> int | None:
        return problem.n

    def unready(self, problem: Rows) -> Said | None:
        lack = lacks_answers(problem, self.title) or beyond_squares(problem)
        if lack is not None:
            return lack
        wanted = problem.d * _lines(problem)
        if self.start_weights is not None and len(self.start_weights) != wanted:
            return Said(words.START_LENGTH, {"wanted": wanted, "given": len(self.start_weights)})
        return None

    def advice(self, problem: Rows) -> Finding | None:
        ruling = ruling_column(problem)
        if ruling is not None:
            return unscaled(words.RANGES, ruling)
        if problem.has_classes and len(np.unique(problem.answers)) > 2:
            return Finding("many_classes", Said(words.MANY_CLASSES, {}))
        return None


# -- small pieces ----------------------------------------------------------------------------------------------------


def _drawn(seed: int, attempt: int, size: int) -> np.ndarray:
    """The numbers of one start line, uniform in +- START_SIZE."""
    share = [draws.uniform(seed, 0, draws.START, attempt * size + i) for i in range(size)]
    return START_SIZE * (2.0 * np.array(share) - 1.0)


def _lines(problem: Rows) -> int:
    return 1 if problem.n_classes == 2 else problem.n_classes


def _winner(sums: np.ndarray) -> np.ndarray:
    """The place of the class that sums (n, c) speak for: the step for one line, the largest sum for more."""
    return (sums[:, 0] >= 0).astype(np.int64) if sums.shape[1] == 1 else sums.argmax(axis=1)
