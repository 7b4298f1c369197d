"""What learners with one layer of units share: edits by hand, the parameters as a vector, weighted sums in numbers.

Weights are (units, d) and biases (units,), as in the states of the perceptron and of logistic regression. The vector
of parameters holds the weights, unit after unit, then the biases.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from models.core.formula import Formula, Tensor
from models.core.learner import Edit, Pin
from models.core.problem import Rows
from models.words.text import Text

MOST_TERMS = 5  # a longer sum is shown with dots in its middle
MOST_WEIGHTS = 8  # weights of a unit that are shown one by one

_FIRST = Text("weight w₁ (the bias is held)", "가중치 w₁ (편향은 고정)")
_SECOND = Text("weight w₂ (the bias is held)", "가중치 w₂ (편향은 고정)")
_ONLY = Text("weight w", "가중치 w")
_BIAS = Text("bias b", "편향 b")
_SUM = Text("weighted sum of the sample", "샘플의 가중합")
_SUM_OF = Text("weighted sum for class {name}", "클래스 {name}의 가중합")


# -- the parameters and changing them by hand ------------------------------------------------------------------------


def vector_of(weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Weights (c, d) and biases (c,) as one vector (c * d + c,)."""
    return np.concatenate([weights.ravel(), bias])


def layers_of(vectors: np.ndarray, units: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors (m, p) as weights (m, c, d) and biases (m, c), new arrays."""
    vectors = np.asarray(vectors, dtype=np.float64)
    weights = vectors[:, :-units].reshape(len(vectors), units, -1)
    return np.ascontiguousarray(weights), np.ascontiguousarray(vectors[:, -units:])


def edited(weights: np.ndarray, bias: np.ndarray, edit: Edit) -> tuple[np.ndarray, np.ndarray]:
    """New weights and biases after "weight:1:unit:input" or "parameters" (models/core/abilities.py).

    Raises ValueError for another handle, an address that is not there, or values that are not finite.
    """
    values = np.array(edit.value, dtype=np.float64)
    kind, *address = edit.handle.split(":")
    if not np.isfinite(values).all():
        raise ValueError(f"values that are not finite: {edit.value}")
    if kind == "parameters" and not address and values.shape == (weights.size + bias.size,):
        new_weights, new_bias = layers_of(values[None, :], len(bias))
        return new_weights[0].copy(), new_bias[0].copy()
    if kind == "weight" and len(address) == 3 and values.shape == (1,):
        layer, unit, column = (int(part) for part in address)
        if layer == 1 and 0 <= unit < len(bias) and -1 <= column < weights.shape[1]:
            new_weights, new_bias = weights.copy(), bias.copy()
            if column == -1:
                new_bias[unit] = values[0]
            else:
                new_weights[unit, column] = values[0]
            return new_weights, new_bias
    raise ValueError(f"no such handle here: {edit.handle!r} with {len(values)} values")


def has_handle(edit: Edit, units: int, columns: int) -> bool:
    """Whether `edited` takes this edit for so many units over so many columns."""
    try:
        edited(np.broadcast_to(0.0, (units, columns)), np.broadcast_to(0.0, (units,)), edit)
    except ValueError:
        return False
    return True


def free_pair(units: int, columns: int) -> tuple[tuple[int, Text], tuple[int, Text]] | None:
    """The axes of the loss surface: the two weights, the bias held; one weight and its bias; or None where there are
    more weights than a plane can show."""
    if units == 1 and columns == 2:
        return (0, _FIRST), (1, _SECOND)
    if units == 1 and columns == 1:
        return (0, _ONLY), (1, _BIAS)
    return None


def tensors_of(weights: np.ndarray, bias: np.ndarray) -> Iterable[Tensor]:
    """The parameter table, named as torch.nn.Linear names them."""
    return (Tensor("weight", weights), Tensor("bias", bias))


# -- what the numbers are about --------------------------------------------------------------------------------------


def pinned_row(pin: Pin, problem: Rows) -> int | None:
    """The training row (an index) that is pinned, or None."""
    if pin.row is None:
        return None
    found = np.flatnonzero(problem.rows == pin.row)
    return int(found[0]) if len(found) else None


def pinned_unit(pin: Pin, units: int) -> int | None:
    """The unit that is pinned, itself or by one of its weights, or None."""
    for layer, unit in (pin.weight[:2] if pin.weight else (0, 0), pin.unit or (0, 0)):
        if layer == 1 and 0 <= unit < units:
            return unit
    return None


def pinned_column(pin: Pin, unit: int, columns: int) -> int:
    """The input of the weight that is pinned at this unit (-1: its bias), or else the first."""
    if pin.weight is not None and pin.weight[:2] == (1, unit) and -1 <= pin.weight[2] < columns:
        return pin.weight[2]
    return 0


# -- in numbers ------------------------------------------------------------------------------------------------------


def z_symbol(unit: int, units: int) -> str:
    """The weighted sum of a unit, as LaTeX; a unit's number is written only where there are several."""
    return "z" if units == 1 else f"z_{{{unit + 1}}}"


def weight_symbol(unit: int, column: int, units: int) -> str:
    """A weight, or for column -1 the bias, as LaTeX, counted from 1 as in the lectures."""
    if column == -1:
        return "b" if units == 1 else f"b_{{{unit + 1}}}"
    return f"w_{{{column + 1}}}" if units == 1 else f"w_{{{unit + 1},{column + 1}}}"


def shown_columns(columns: int, most: int, wanted: int = 0) -> list[int]:
    """Columns that are shown one by one, at most `most` of them, the wanted one among them."""
    if columns <= most:
        return list(range(columns))
    return sorted({*range(most - 1), wanted if wanted >= most else columns - 1})


def weighted_sum(
    weights: np.ndarray, bias: np.ndarray, unit: int, x: np.ndarray, total: float, name: str, is_main: bool
) -> Formula:
    """z = w . x + b of one unit for a row x (d,), whose value is `total`. name: of the class, where there are several
    units."""
    units, columns = weights.shape
    terms: list[str] = []
    numbers: list[str] = []
    values: dict[str, float] = {}
    last = -1
    for j in shown_columns(columns, MOST_TERMS):
        if j > last + 1:
            terms.append(r"\cdots")
            numbers.append(r"\cdots")
        place = f"<(w{j + 1})>" if numbers else f"<w{j + 1}>"
        terms.append(rf"{weight_symbol(unit, j, units)} x_{{{j + 1}}}")
        numbers.append(rf"{place} \cdot <(x{j + 1})>")
        values |= {f"w{j + 1}": float(weights[unit, j]), f"x{j + 1}": float(x[j])}
        last = j
    z = z_symbol(unit, units)
    return Formula(
        key=f"sum {unit}",
        said=_SUM if units == 1 else _SUM_OF,
        said_values={} if units == 1 else {"name": name},
        symbols=f"{z} = {' + '.join(terms)} + {weight_symbol(unit, -1, units)}",
        numbers=f"{z} = {' + '.join(numbers)} + <(b)> = <z>",
        values={**values, "b": float(bias[unit]), "z": float(total)},
        is_main=is_main,
    )
