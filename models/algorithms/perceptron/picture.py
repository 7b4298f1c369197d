"""What people see of a perceptron: what a sample and a correction say, the lines, and how long a moment stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from models.algorithms.perceptron import words
from models.algorithms.perceptron.kernels import all_sums, compare
from models.algorithms.perceptron.state import PerceptronState
from models.core.abilities import Flow, Wiring
from models.core.learner import Moment
from models.core.marks import Arrow, Field, Mark, Points, Segments
from models.core.problem import Rows
from models.families.one_layer.lines import line_in_plane, shares_of_the_longest
from models.words.numbers import number, signed
from models.words.sentences import filled
from models.words.text import Said

FLOWS: dict[str, Flow] = {"look": "forward", "update": "update"}


def seen(state: PerceptronState, problem: Rows, step: np.ndarray) -> dict[str, Any]:
    """What the moment "look" says: the sample's class, its sums, and whether they are right; step (c,): how the lines
    will be turned."""
    row = state.row
    sums = all_sums(state.weights, state.bias, problem.features[row : row + 1])[0]
    if len(sums) == 1:
        shown = filled(words.ONE_SUM, total=float(sums[0]), output=int(sums[0] >= 0))
        verdict = filled(words.WRONG, target=int(sums[0] < 0)) if step.any() else words.RIGHT
    else:
        listed = [f"{problem.class_text(line)} {signed(total)}" for line, total in enumerate(sums)]
        shown = filled(words.MANY_SUMS, listed=", ".join(listed))
        verdict = filled(words.WRONG_LINES, lines=_names(problem, step)) if step.any() else words.RIGHT
    return {"name": problem.class_text(int(problem.answers[row])), "sums": shown, "verdict": verdict}


def turned(before: PerceptronState, after: PerceptronState, problem: Rows) -> dict[str, Any]:
    """What the moment "update" says: the new line, and which training points it puts right and wrong."""
    fixed, broken = compare(before.weights, before.bias, after.weights, after.bias, problem.features, problem.answers)
    if len(after.bias) > 1:
        change = filled(words.TURNED, lines=_names(problem, after.step))
    else:
        change = words.ADDED if after.step[0] > 0 else words.TAKEN
        if problem.d <= 4:
            weights = ", ".join(number(w) for w in after.weights[0])
            change = filled(words.NEW_LINE, direction=change, weights=weights, bias=float(after.bias[0]))
    return {"change": change, "fixed": fixed, "broken": broken}


def marks(moment: Moment, state: PerceptronState, problem: Rows) -> Iterator[Mark]:
    lines = len(state.bias)
    yield Field(key="surface", contour=lines > 1)
    lengths = shares_of_the_longest(state.weights)
    for line in range(lines):
        role = "accent" if lines == 1 else f"class:{line}"
        if moment.phase == "update" and state.step[line] != 0.0:
            with np.errstate(all="ignore"):
                old_weights = state.weights[line] - state.step[line] * problem.features[state.row]
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
            strength=float(lengths[line]),
            glide=True,
        )
    if moment.phase in ("look", "update"):
        yield Points(key="sample", role="accent", rows=np.array([state.row]), symbol="ring", emphasis="focus")


def place(iteration: int, state: PerceptronState, problem: Rows) -> Said:
    if iteration == 0:
        return Said(words.NOT_STARTED, {})
    epoch, sample = divmod(iteration - 1, problem.n)
    cycle = state.cycle
    values = {"epoch": epoch + 1, "sample": sample + 1, "n": problem.n, "cycle": cycle}
    return Said(words.PLACE_REPEATED if cycle else words.PLACE, values)


def dwell(iteration: int, moment: Moment, state: PerceptronState, problem: Rows, max_epochs: int) -> float:
    """Slow until three corrections or the first epoch are done; then right samples skim by (an epoch of them in
    at most 8 s) and mistakes stay slow. After twelve corrections mistakes pass faster too, and from epoch 3 on
    what is left up to the last epoch takes at most about 25 s; a known cycle of weights passes at once."""
    if state.cycle:
        return 0.01
    is_long = state.corrections > 12
    if is_long and iteration > 2 * problem.n:
        return min(0.1, 25.0 / (max_epochs * problem.n))
    is_first = iteration <= problem.n and state.corrections < 3
    is_mistake = moment.values.get("correction", 1.0) > 0
    slow = 0.1 if is_long else 0.67
    return slow if is_first or is_mistake else min(0.1, 8.0 / problem.n)


def wiring(moment: Moment, state: PerceptronState, problem: Rows) -> Wiring:
    flow = FLOWS.get(moment.phase, "")
    return Wiring(
        input_names=problem.feature_names,
        output_names=problem.class_names[-len(state.bias) :],
        weights=(state.weights.T,),
        biases=(state.bias,),
        activations=("step",),
        rows=np.array([state.row]) if flow else None,
        flow=flow,
    )


def _names(problem: Rows, step: np.ndarray) -> str:
    """The classes whose lines were wrong."""
    return ", ".join(problem.class_text(int(line)) for line in np.flatnonzero(step))


def _line(key: str, ends: tuple[np.ndarray, np.ndarray], **look_of: Any) -> Segments:
    return Segments(key=key, starts=ends[0][None, :], ends=ends[1][None, :], extend=True, **look_of)
