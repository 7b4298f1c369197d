"""The perceptron's moments in numbers: weighted sum, step, error, and the correction of every weight, as lectured."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.core.formula import Formula
from models.families.one_layer.parameters import MOST_WEIGHTS, shown_columns, weight_symbol, weighted_sum, z_symbol
from models.words.text import Text

_OUTPUT = Text("output: 1 where the weighted sum is at least 0", "출력: 가중합이 0 이상이면 1")
_WINNER = Text("the class with the largest sum: {name}", "가중합이 가장 큰 클래스: {name}")
_ERROR = Text("error: target minus output", "오차: 목표값 − 출력")
_NEW_WEIGHT = Text("new weight of {column}", "{column}의 새 가중치")
_NEW_BIAS = Text("new bias", "새 편향")


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
