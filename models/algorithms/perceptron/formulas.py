"""The perceptron's moments in numbers: weighted sum, step, error, and the correction of every weight, as lectured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np

from models.algorithms.perceptron.kernels import all_sums
from models.algorithms.perceptron.state import PerceptronState
from models.core.formula import Formula, Shown
from models.core.problem import Rows
from models.families.one_layer import parameters as one_layer
from models.families.one_layer.parameters import MOST_WEIGHTS, shown_columns, weight_symbol, weighted_sum, z_symbol
from models.words.text import Text

_OUTPUT = Text("output: 1 where the weighted sum is at least 0", "출력: 가중합이 0 이상이면 1")
_WINNER = Text("the class with the largest sum: {name}", "가중합이 가장 큰 클래스: {name}")
_ERROR = Text("error: target minus output", "오차: 목표값 − 출력")
_NEW_WEIGHT = Text("new weight of {column}", "{column}의 새 가중치")
_NEW_BIAS = Text("new bias", "새 편향")


def formulas(shown: Shown, problem: Rows, learning_rate: float) -> Iterator[Formula]:
    """The formulas of a moment, for one of its lines."""
    state = cast(PerceptronState, shown.moment.state)
    is_update, is_about_sample = shown.moment.phase == "update", shown.moment.phase in ("look", "update")
    before = cast(PerceptronState, shown.before) if is_update else state
    units, row = len(state.bias), asked_row(shown, problem)
    x, own = problem.features[row], int(problem.answers[row])
    sums = all_sums(before.weights, before.bias, x[None, :])[0]
    targets = (np.arange(units) == own) if units > 1 else np.array([own == 1])
    unit = one_layer.pinned_unit(shown.pin, units)
    if unit is None:  # a line that is wrong here, the own class's first; else that of the own class
        wrong = np.flatnonzero(targets != (sums >= 0)) if is_about_sample else np.zeros(0, dtype=np.int64)
        is_own = units > 1 and (own in wrong or not len(wrong))
        unit = own if is_own else int(wrong[0]) if len(wrong) else 0
    target, output = float(targets[unit]), float(sums[unit] >= 0)
    if not is_update:
        names = problem.class_names[-units:]
        yield from forward(before.weights, before.bias, unit, x, sums, names)
    if is_about_sample:
        yield error(unit, units, target, output)
    if is_update:
        old, new = (np.append(s.weights[unit], s.bias[unit]) for s in (before, state))
        column = one_layer.pinned_column(shown.pin, unit, problem.d)
        yield from corrections(old, new, unit, units, x, learning_rate, target, output, column, problem.feature_names)


def asked_row(shown: Shown, problem: Rows) -> int:
    """The sample looked at; between samples the pinned one, or else the last, or the first in order."""
    state = cast(PerceptronState, shown.moment.state)
    if shown.moment.phase in ("look", "update"):
        return state.row
    pinned = one_layer.pinned_row(shown.pin, problem)
    if pinned is not None:
        return pinned
    return state.row if state.row >= 0 else int(state.order[0])


def forward(
    weights: np.ndarray, bias: np.ndarray, unit: int, x: np.ndarray, sums: np.ndarray, class_names: tuple[str, ...]
) -> Iterator[Formula]:
    """Weighted sum and output of one unit for a row x (d,); with several units also whose sum is the largest.

    sums (units,): the weighted sums of all units.
    """
    units = len(bias)
    total = float(sums[unit])
    yield weighted_sum(weights, bias, unit, x, total, class_names[unit], is_main=True)
    z, y = z_symbol(unit, units), y_symbol(unit, units)
    yield Formula(
        key=f"output {unit}",
        said=_OUTPUT,
        symbols=rf"{y} = \mathrm{{step}}({z})",
        numbers=rf"{y} = \mathrm{{step}}(<z>) = <output>",
        values={"z": total, "output": float(total >= 0)},
    )
    if units > 1:
        listed = ",\\, ".join(f"<z{k + 1}>" for k in range(units))
        winner = int(sums.argmax())
        yield Formula(
            key="winner",
            said=_WINNER,
            said_values={"name": class_names[winner]},
            symbols=r"\hat{c} = \arg\max_k\, z_k",
            numbers=rf"\max({listed}) = <largest>",
            values={**{f"z{k + 1}": float(z) for k, z in enumerate(sums)}, "largest": float(sums[winner])},
        )


def error(unit: int, units: int, target: float, output: float) -> Formula:
    """Target minus output of one unit: -1, 0 or +1."""
    y, t = y_symbol(unit, units), target_symbol(unit, units)
    return Formula(
        key=f"error {unit}",
        said=_ERROR,
        symbols=f"{t} - {y}",
        numbers=f"{t} - {y} = <target> - <output> = <error>",
        values={"target": target, "output": output, "error": target - output},
    )


def corrections(
    old: np.ndarray,
    new: np.ndarray,
    unit: int,
    units: int,
    x: np.ndarray,
    rate: float,
    target: float,
    output: float,
    column: int,
    column_names: tuple[str, ...],
) -> Iterator[Formula]:
    """w <- w + rate * (target - output) * x for the weights of one unit, then its bias; `column` (-1: the bias) is the
    one that presentation mode shows. old and new (d + 1,): the unit's weights and its bias, before and after."""
    y, t = y_symbol(unit, units), target_symbol(unit, units)
    for j in [*shown_columns(len(x), MOST_WEIGHTS, column), -1]:
        w = weight_symbol(unit, j, units)
        x_symbol, x_number = (rf"\,x_{{{j + 1}}}", r" \cdot <(x)>") if j >= 0 else ("", "")
        values = {"w": old[j], "rate": rate, "target": target, "output": output, "new": new[j]}
        yield Formula(
            key=f"update {unit} {j}",
            said=_NEW_WEIGHT if j >= 0 else _NEW_BIAS,
            said_values={"column": column_names[j]} if j >= 0 else {},
            symbols=rf"{w} \leftarrow {w} + \eta\,({t} - {y}){x_symbol}",
            numbers=rf"{w} \leftarrow <w> + <rate> \cdot (<target> - <output>){x_number} = <new>",
            values={name: float(value) for name, value in (values | ({"x": x[j]} if j >= 0 else {})).items()},
            is_main=j == column,
        )


def y_symbol(unit: int, units: int) -> str:
    """The output of a unit, as LaTeX."""
    return r"\hat{y}" if units == 1 else rf"\hat{{y}}_{{{unit + 1}}}"


def target_symbol(unit: int, units: int) -> str:
    """The target of a unit, as LaTeX."""
    return "y" if units == 1 else f"y_{{{unit + 1}}}"
