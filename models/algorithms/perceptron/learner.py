"""The perceptron (Rosenblatt, 1957): one line, turned at every mistake.

The output is 0 or 1: it fires (1) when the weighted sum w . x + b reaches 0; the lecture's threshold is -b. One
sample is looked at in an iteration. When the output is not the target, the error (target - output, +1 or -1) times
the learning rate times the sample is added to the weights. The learner stops after an epoch without a mistake.

With two classes there is one line, and the second class is 1. With more there is a line for each class, that class
against the rest, each with its own 0 and 1; a point then belongs to the class with the largest sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np

from models.algorithms.perceptron import formulas as perceptron_numbers
from models.algorithms.perceptron.kernels import (
    CORRECTIONS,
    CYCLE,
    EPOCH,
    IN_EPOCH,
    LAST_EPOCH,
    POSITION,
    ROW,
    SAVED_EPOCH,
    Lines,
    Order,
    Progress,
    Samples,
    all_mistakes,
    all_sums,
    compare,
    count_mistakes,
    fill_votes,
    many_samples,
)
from models.arithmetic import draws
from models.arithmetic.blocks import read_only
from models.arithmetic.columns import rows_of
from models.core.abilities import Wiring
from models.core.findings import Finding, unscaled
from models.core.formula import Formula, Shown, Tensor
from models.core.learner import Advance, Edit, Learner, Moment, Outcome, Phase
from models.core.marks import Arrow, Field, Mark, Points, Segments
from models.core.params import declare
from models.core.problem import Rows
from models.core.readiness import lacks_answers, ruling_column
from models.core.state import State
from models.families.one_layer import parameters as one_layer
from models.families.one_layer.lines import line_in_plane
from models.words.numbers import by_spec, number
from models.words.sentences import filled
from models.words.text import Said, Text

START_SIZE = 1.0  # start weights and bias are drawn from +- this
START_TRIES = 32


def _counter(place: int) -> property:
    return property(lambda state: int(state.counters[place]))


@dataclass(frozen=True, eq=False)
class PerceptronState(State):
    """c lines over d columns, and how far the epoch has come; c is 1 for two classes, else a line for each class.

    step (c,): learning rate times error of each line at the last sample, 0 where it was right. saved (c, d + 1):
    weights and bias as they were at the end of an earlier epoch. counters (8,) int64 holds what the properties name:
    row is the last sample looked at, -1 at the start; mistakes_last_epoch is -1 until the first epoch ends; cycle
    says after how many epochs the same weights came back, 0 while they have not.
    """

    weights: np.ndarray  # (c, d)
    bias: np.ndarray  # (c,)
    order: np.ndarray  # (n,) int64
    step: np.ndarray  # (c,)
    saved: np.ndarray  # (c, d + 1)
    counters: np.ndarray  # (8,) int64

    position = _counter(POSITION)
    epoch = _counter(EPOCH)
    mistakes_in_epoch = _counter(IN_EPOCH)
    mistakes_last_epoch = _counter(LAST_EPOCH)
    corrections = _counter(CORRECTIONS)
    cycle = _counter(CYCLE)
    row = _counter(ROW)


# -- words -----------------------------------------------------------------------------------------------------------

_ONE_SUM = Text("the weighted sum is {total:+.2f}, so the output is {output}", "가중합 {total:+.2f}, 출력 {output}")
_MANY_SUMS = Text("the weighted sums are {listed}", "가중합 {listed}")
_RIGHT = Text("Right: nothing changes.", "맞았으므로 아무것도 바꾸지 않습니다.")
_WRONG = Text("Wrong: the target is {target}.", "목표값이 {target}이므로 틀렸습니다.")
_WRONG_LINES = Text(
    "Each class has its own line; wrong here: {lines}.", "클래스마다 선이 하나씩 있습니다. 틀린 선: {lines}."
)
_ADDED = Text("The sum was too small, so the sample is added", "합이 너무 작아 샘플을 더합니다")
_TAKEN = Text("The sum was too large, so the sample is subtracted", "합이 너무 커서 샘플을 뺍니다")
_TURNED = Text("These lines turn: {lines}", "다음 선을 고칩니다: {lines}")
_NEW_LINE = Text(
    "{direction}: weights ({weights}), bias {bias:.3g}", "{direction}. 가중치 ({weights}), 편향 {bias:.3g}"
)

_NOT_STARTED = Text("before the first sample", "첫 샘플을 보기 전")
_PLACE = Text("epoch {epoch}, sample {sample}/{n}", "에포크 {epoch}, 샘플 {sample}/{n}")
_PLACE_REPEATED = Text(
    "epoch {epoch}, sample {sample}/{n} · repeated (cycle length {cycle})",
    "에포크 {epoch}, 샘플 {sample}/{n} · 반복됨(주기 {cycle}에포크)",
)
_SEPARATED = Text(
    "Epoch {epoch} went by without a mistake: {corrections} corrections were enough.",
    "에포크 {epoch}에서 하나도 틀리지 않았습니다. {corrections}번 고쳐서 선을 찾았습니다.",
)
_NO_LINE = Text(
    "No mistake-free epoch in {epoch}: perhaps no line separates these classes.",
    "{epoch}에포크 동안 한 번도 틀리지 않은 적이 없습니다. 이 클래스들은 선으로 나눌 수 없는 것 같습니다.",
)
_NO_LINE_REPEATED = Text(
    "No mistake-free epoch in {epoch}: perhaps no line separates these classes. Repeated: the weights come round "
    "again (cycle length {cycle}, in epochs).",
    "{epoch}에포크 동안 한 번도 틀리지 않은 적이 없습니다. 반복됨: {cycle}에포크마다 같은 가중치로 돌아옵니다. "
    "이 클래스들은 선으로 나눌 수 없는 것 같습니다.",
)
_START_LENGTH = Text(
    "Start weights: this data needs {wanted} numbers (lines × columns), but {given} are given.",
    "시작 가중치: 이 데이터에는 수가 {wanted}개(선 수 × 열 수) 필요하지만 {given}개가 주어졌습니다.",
)
_RANGES = Text(
    "{wide} varies over ten times as far as {narrow}, so it rules the weighted sum: set the scaling to standardised.",
    "{wide:은/는} {narrow}보다 값의 범위가 10배 넘게 넓어 가중합을 지배합니다. 표준화를 고르세요.",
)
_MANY_CLASSES = Text(
    "More than two classes: one line for each class against the rest; a region belongs to the largest sum.",
    "클래스가 셋 이상이면 클래스마다 나머지와 가르는 선을 하나씩 둡니다. 결정 영역은 합이 가장 큰 클래스의 것입니다.",
)


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
    phases: ClassVar[dict[str, Phase]] = {
        "start": Phase(
            Text("start", "시작"),
            Text(
                "The weights start at arbitrary values, so the line is in the wrong place. Now each sample is looked at in turn.",
                "가중치는 임의의 값에서 시작하므로 선이 엉뚱한 곳에 있습니다. 이제 샘플을 하나씩 봅니다.",
            ),
        ),
        "look": Phase(
            Text("look", "살펴보기"),
            Text("Sample of class {name}: {sums}. {verdict}", "클래스 {name} 샘플: {sums}. {verdict}"),
        ),
        "update": Phase(
            Text("update", "갱신"),
            Text(
                "{change}. Points fixed: {fixed}, newly wrong: {broken}.",
                "{change}. 고친 점 {fixed}, 새로 틀린 점 {broken}.",
            ),
        ),
        "edited": Phase(
            Text("edited", "직접 고침"),
            Text(
                "Weights set by hand: the line is where they say, and the samples go on from here.",
                "가중치를 직접 고쳤습니다. 선이 그 가중치대로 놓이고, 다음 샘플부터 이어서 학습합니다.",
            ),
        ),
    }
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
            sums = _sums(weights, bias, problem.features)
            accuracy = float(np.mean(_winner(sums) == problem.targets))
            misses_data = not ((sums >= 0).any(axis=0) & (sums < 0).any(axis=0)).all()
            rank = (max(accuracy, 0.5), misses_data)
            if rank < best_rank:
                best, best_rank = (weights, bias), rank
            if rank == (0.5, False):
                break
        assert best is not None
        return best

    def iterate(self, state: PerceptronState, problem: Rows, seed: int, iteration: int) -> Iterator[Moment]:
        after = self.advance(state, problem, seed, iteration, 1).state
        counters = state.counters.copy()
        counters[ROW] = after.row
        before = state.replace(order=after.order, counters=counters, step=np.zeros_like(state.step))
        seen = self._seen(before, problem, after.step)
        if after.step.any():
            yield Moment("look", before, {**seen, "correction": 1.0})
            yield Moment("update", after, {**self._turned(before, after, problem), "correction": 1.0})
        else:
            yield Moment("look", after, {**seen, "correction": 0.0})

    def advance(self, state: PerceptronState, problem: Rows, seed: int, iteration: int, count: int) -> Advance:
        weights, bias, order, saved = state.weights.copy(), state.bias.copy(), state.order.copy(), state.saved.copy()
        step, counters, corrected = np.zeros_like(state.step), state.counters.copy(), np.zeros(count)
        is_new = self.shuffle == "each"
        many = many_samples
        if problem.path == "torch":
            from models.algorithms.perceptron.device import many_samples_torch

            many = partial(many_samples_torch, problem)
        done = many(
            Lines(weights, bias),
            Samples(problem.features, problem.targets),
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
            return Outcome("converged", Said(_SEPARATED, values))
        if state.epoch >= self.max_epochs:
            text = _NO_LINE_REPEATED if state.cycle else _NO_LINE
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

    def predict(self, state: PerceptronState, x: np.ndarray) -> np.ndarray:
        votes = np.zeros((len(x), max(2, len(state.bias))))
        fill_votes(state.weights, state.bias, rows_of(x), votes)
        return votes

    def metrics(self, state: PerceptronState, problem: Rows) -> dict[str, float]:
        mistakes = count_mistakes(state.weights, state.bias, problem.features, problem.targets)
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
        state: PerceptronState = moment.state
        flow = {"look": "forward", "update": "update"}.get(moment.phase, "")
        return Wiring(
            input_names=problem.feature_names,
            output_names=problem.class_names[-len(state.bias) :],
            weights=(state.weights.T,),
            biases=(state.bias,),
            activations=("step",),
            rows=np.array([state.row]) if flow else None,
            flow=flow,
        )

    def output_deltas(self, state: PerceptronState, problem: Rows, x: np.ndarray, targets: np.ndarray) -> None:
        """None: a step function has no slope to go down by."""
        return None

    def sums(self, state: PerceptronState, x: np.ndarray) -> tuple[np.ndarray, ...]:
        return (_sums(state.weights, state.bias, x).astype(x.dtype),)

    def parameters(self, state: PerceptronState) -> np.ndarray:
        return one_layer.vector_of(state.weights, state.bias)

    def losses(self, state: PerceptronState, problem: Rows, vectors: np.ndarray) -> np.ndarray:
        """The number of mistakes: a staircase, since the perceptron has no loss with a slope."""
        weights, bias = one_layer.layers_of(vectors, len(state.bias))
        mistakes = np.empty(len(vectors))
        all_mistakes(read_only(weights), read_only(bias), problem.features, problem.targets, mistakes)
        return mistakes

    def free_pair(self, state: PerceptronState) -> tuple[tuple[int, Text], tuple[int, Text]] | None:
        return one_layer.free_pair(*state.weights.shape)

    def formulas(self, shown: Shown, problem: Rows) -> Iterable[Formula]:
        state: PerceptronState = shown.moment.state
        is_update, is_about_sample = shown.moment.phase == "update", shown.moment.phase in ("look", "update")
        before: PerceptronState = shown.before if is_update else state
        units, row = len(state.bias), self._asked_row(shown, problem)
        x, own = problem.features[row], int(problem.targets[row])
        sums = _sums(before.weights, before.bias, x[None, :])[0]
        targets = (np.arange(units) == own) if units > 1 else np.array([own == 1])
        unit = one_layer.pinned_unit(shown.pin, units)
        if unit is None:  # a line that is wrong here, the own class's first; else that of the own class
            wrong = np.flatnonzero(targets != (sums >= 0)) if is_about_sample else np.zeros(0, dtype=np.int64)
            is_own = units > 1 and (own in wrong or not len(wrong))
            unit = own if is_own else int(wrong[0]) if len(wrong) else 0
        target, output = float(targets[unit]), float(sums[unit] >= 0)
        if not is_update:
            names = problem.class_names[-units:]
            yield from perceptron_numbers.forward(before.weights, before.bias, unit, x, sums, names)
        if is_about_sample:
            yield perceptron_numbers.error(unit, units, target, output)
        if is_update:
            old, new = (np.append(s.weights[unit], s.bias[unit]) for s in (before, state))
            column = one_layer.pinned_column(shown.pin, unit, problem.d)
            yield from perceptron_numbers.corrections(
                old, new, unit, units, x, self.learning_rate, target, output, column, problem.feature_names
            )

    def concerned(self, shown: Shown, problem: Rows) -> np.ndarray:
        return np.array([self._asked_row(shown, problem)])

    def _asked_row(self, shown: Shown, problem: Rows) -> int:
        """The sample looked at; between samples the pinned one, or else the last, or the first in order."""
        state: PerceptronState = shown.moment.state
        if shown.moment.phase in ("look", "update"):
            return state.row
        pinned = one_layer.pinned_row(shown.pin, problem)
        if pinned is not None:
            return pinned
        return state.row if state.row >= 0 else int(state.order[0])

    def tensors(self, state: PerceptronState) -> Iterable[Tensor]:
        return one_layer.tensors_of(state.weights, state.bias)

    # -- what people see ---------------------------------------------------------------------------------------------

    def _seen(self, state: PerceptronState, problem: Rows, step: np.ndarray) -> dict[str, Any]:
        row = state.row
        sums = _sums(state.weights, state.bias, problem.features[row : row + 1])[0]
        if len(sums) == 1:
            shown = filled(_ONE_SUM, total=float(sums[0]), output=int(sums[0] >= 0))
            verdict = filled(_WRONG, target=int(sums[0] < 0)) if step.any() else _RIGHT
        else:
            listed = [f"{problem.class_text(line)} {_signed(total)}" for line, total in enumerate(sums)]
            shown = filled(_MANY_SUMS, listed=", ".join(listed))
            verdict = filled(_WRONG_LINES, lines=_names(problem, step)) if step.any() else _RIGHT
        return {"name": problem.class_text(int(problem.targets[row])), "sums": shown, "verdict": verdict}

    def _turned(self, before: PerceptronState, after: PerceptronState, problem: Rows) -> dict[str, Any]:
        fixed, broken = compare(
            before.weights, before.bias, after.weights, after.bias, problem.features, problem.targets
        )
        if len(after.bias) > 1:
            change = filled(_TURNED, lines=_names(problem, after.step))
        else:
            change = _ADDED if after.step[0] > 0 else _TAKEN
            if problem.d <= 4:
                weights = ", ".join(number(w, 3) for w in after.weights[0])
                change = filled(_NEW_LINE, direction=change, weights=weights, bias=float(after.bias[0]))
        return {"change": change, "fixed": fixed, "broken": broken}

    def marks(self, moment: Moment, problem: Rows) -> Iterable[Mark]:
        state: PerceptronState = moment.state
        lines = len(state.bias)
        yield Field(key="surface", contour=lines > 1)
        lengths = np.linalg.norm(state.weights, axis=1)
        for line in range(lines):
            role = "accent" if lines == 1 else f"class:{line}"
            if moment.phase == "update" and state.step[line] != 0.0:
                x = problem.features[state.row]
                old_weights = state.weights[line] - state.step[line] * x
                old = line_in_plane(old_weights, float(state.bias[line] - state.step[line]), problem)
                if old is not None and np.isfinite(old).all():
                    yield _line(f"old line {line}", old, role=role, emphasis="ghost", pulse=True)
            ends = line_in_plane(state.weights[line], float(state.bias[line]), problem)
            if ends is None or not np.isfinite(ends).all():
                continue
            yield _line(f"line {line}", ends, role=role, glide=True, thin=lines > 1)
            yield Arrow(
                key=f"weights {line}",
                role=role,
                at=(ends[0] + ends[1]) / 2,
                direction=state.weights[line],
                kind="normal",
                strength=float(lengths[line] / lengths.max()),
                glide=True,
            )
        if moment.phase in ("look", "update"):
            yield Points(key="sample", role="accent", rows=np.array([state.row]), symbol="ring", emphasis="focus")

    def place(self, iteration: int, moment: Moment, problem: Rows) -> Said:
        if iteration == 0:
            return Said(_NOT_STARTED, {})
        epoch, sample = divmod(iteration - 1, problem.n)
        cycle = moment.state.cycle
        values = {"epoch": epoch + 1, "sample": sample + 1, "n": problem.n, "cycle": cycle}
        return Said(_PLACE_REPEATED if cycle else _PLACE, values)

    def dwell(self, iteration: int, moment: Moment, problem: Rows) -> float:
        """Slow until three corrections or the first epoch are done; then right samples skim by (an epoch of them in
        at most 8 s) and mistakes stay slow. After twelve corrections mistakes pass faster too, and from epoch 3 on
        what is left up to the last epoch takes at most about 25 s; a known cycle of weights passes at once."""
        state: PerceptronState = moment.state
        if state.cycle:
            return 0.01
        is_long = state.corrections > 12
        if is_long and iteration > 2 * problem.n:
            return min(0.1, 25.0 / (self.max_epochs * problem.n))
        is_first = iteration <= problem.n and state.corrections < 3
        is_mistake = moment.values.get("correction", 1.0) > 0
        slow = 0.1 if is_long else 0.67
        return slow if is_first or is_mistake else min(0.1, 8.0 / problem.n)

    def iterations_per_epoch(self, problem: Rows) -> int | None:
        return problem.n

    def unready(self, problem: Rows) -> Said | None:
        lack = lacks_answers(problem, self.title)
        if lack is not None:
            return lack
        wanted = problem.d * _lines(problem)
        if self.start_weights is not None and len(self.start_weights) != wanted:
            return Said(_START_LENGTH, {"wanted": wanted, "given": len(self.start_weights)})
        return None

    def advice(self, problem: Rows) -> Finding | None:
        ruling = ruling_column(problem)
        if ruling is not None:
            return unscaled(_RANGES, ruling)
        if problem.has_classes and len(np.unique(problem.targets)) > 2:
            return Finding("many_classes", Said(_MANY_CLASSES, {}))
        return None


# -- small pieces ----------------------------------------------------------------------------------------------------


def _drawn(seed: int, attempt: int, size: int) -> np.ndarray:
    """The numbers of one start line, uniform in +- START_SIZE."""
    share = [draws.uniform(seed, 0, draws.START, attempt * size + i) for i in range(size)]
    return START_SIZE * (2.0 * np.array(share) - 1.0)


def _lines(problem: Rows) -> int:
    return 1 if problem.n_classes == 2 else problem.n_classes


def _sums(weights: np.ndarray, bias: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The weighted sums of rows x (n, d): (n, c)."""
    sums = np.empty((len(x), len(bias)))
    all_sums(read_only(weights), read_only(bias), rows_of(x), sums)
    return sums


def _winner(sums: np.ndarray) -> np.ndarray:
    """The place of the class that sums (n, c) speak for: the step for one line, the largest sum for more."""
    return (sums[:, 0] >= 0).astype(np.int64) if sums.shape[1] == 1 else sums.argmax(axis=1)


def _names(problem: Rows, step: np.ndarray) -> str:
    """The classes whose lines were wrong."""
    return ", ".join(problem.class_text(int(line)) for line in np.flatnonzero(step))


def _signed(number: float) -> str:
    return by_spec(number, "+.2f")


def _line(key: str, ends: tuple[np.ndarray, np.ndarray], **look_of: Any) -> Segments:
    return Segments(key=key, starts=ends[0][None, :], ends=ends[1][None, :], extend=True, **look_of)
