"""Logistic regression in numbers: probability, cross-entropy, gradient and update, for one sample and one weight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np

from models.algorithms.logistic_regression.kernels import fill_losses, probabilities_of, training_sums
from models.algorithms.logistic_regression.state import LogisticState
from models.arithmetic.columns import columns_of
from models.core.formula import Formula, Shown
from models.core.problem import Rows
from models.families.one_layer import parameters as one_layer
from models.families.one_layer.parameters import MOST_WEIGHTS, shown_columns, weight_symbol, weighted_sum, z_symbol
from models.words.text import Text

_PROBABILITY = Text("probability of class {name}", "클래스 {name}의 확률")
_SAMPLE_LOSS = Text(
    "loss of this sample, which is of class {name}: −ln of its probability", "이 샘플(클래스 {name})의 손실: 확률의 −ln"
)
_MEAN_LOSS = Text("loss: the mean over {n:,d} samples", "손실: 샘플 {n:,d}개의 평균")
_PENALISED_LOSS = Text("loss: the mean over {n:,d} samples, and the L2 penalty", "손실: 샘플 {n:,d}개의 평균과 L2 규제")
_SAMPLE_SLOPE = Text("this sample's part of the gradient: error times input", "이 샘플의 몫: 오차 × 입력")
_MEAN_SLOPE = Text(
    "gradient by this weight: the mean over {n:,d} samples", "이 가중치에 대한 그레이디언트: 샘플 {n:,d}개의 평균"
)
_BIAS_SLOPE = Text(
    "gradient by the bias: the mean over {n:,d} samples", "편향에 대한 그레이디언트: 샘플 {n:,d}개의 평균"
)
_NEW_WEIGHT = Text("new weight of {column}", "{column}의 새 가중치")
_NEW_BIAS = Text("new bias", "새 편향")


def formulas(shown: Shown, problem: Rows, learning_rate: float, l2: float) -> Iterator[Formula]:
    """The formulas of a moment, for one row, one unit and one of its weights."""
    state = cast(LogisticState, shown.moment.state)
    row, phase = asked_row(shown, problem), shown.moment.phase
    own = int(problem.answers[row])
    unit = one_layer.pinned_unit(shown.pin, len(state.bias))
    unit = (own if len(state.bias) > 1 else 0) if unit is None else unit
    column = one_layer.pinned_column(shown.pin, unit, problem.d)
    asked = Asked(problem, state.weights, state.bias, l2, row, unit, column)
    if phase == "update":
        before = cast(LogisticState, shown.before)
        yield from asked.updates(before.weights, before.bias, state.gradient, learning_rate)
        return
    columns = columns_of(problem)
    probabilities = probabilities_of(state.weights, state.bias, columns.x, problem.n)
    if phase == "loss":
        losses = np.empty(problem.n)
        fill_losses(state.weights.copy(), state.bias.copy(), columns, losses)
        yield from asked.loss(probabilities[row], losses, state.loss)
    elif phase == "gradient":
        yield from asked.gradient(probabilities, state.gradient)
    else:
        yield from asked.forward(training_sums(state.weights, state.bias, problem)[row], probabilities[row])


def asked_row(shown: Shown, problem: Rows) -> int:
    return one_layer.pinned_row(shown.pin, problem) or 0


@dataclass(frozen=True, eq=False)
class Asked:
    """What the numbers are about: a training row, one unit, and one of its weights (column -1: the bias)."""

    problem: Rows
    weights: np.ndarray  # (c, d)
    bias: np.ndarray  # (c,)
    l2: float
    row: int
    unit: int
    column: int

    @property
    def units(self) -> int:
        return len(self.bias)

    @property
    def own(self) -> int:
        return int(self.problem.answers[self.row])

    def name(self, unit: int) -> str:
        """The class that a unit speaks for; of two classes the only unit speaks for the second."""
        return self.problem.class_text(1 if self.units == 1 else unit)

    def probability_symbol(self) -> str:
        return "p" if self.units == 1 else f"p_{{{self.unit + 1}}}"

    def forward(self, sums: np.ndarray, probabilities: np.ndarray) -> Iterator[Formula]:
        """Weighted sum and probability of this unit for this row; sums and probabilities (c,) are the row's."""
        unit, z = self.unit, float(sums[self.unit])
        x = self.problem.features[self.row]
        yield weighted_sum(self.weights, self.bias, unit, x, z, self.name(unit), is_main=False)
        said_values = {"name": self.name(unit)}
        p = float(probabilities[unit])
        if self.units == 1:
            yield Formula(
                key="probability",
                symbols=r"p = \sigma(z) = \frac{1}{1 + e^{-z}}",
                numbers=r"p = \frac{1}{1 + e^{-<(z)>}} = <p>",
                values={"z": z, "p": p},
                said=_PROBABILITY,
                said_values=said_values,
                is_main=True,
            )
            return
        below = " + ".join(f"e^{{<z{k + 1}>}}" for k in range(self.units))
        yield Formula(
            key="probability",
            symbols=rf"p_{{{unit + 1}}} = \frac{{e^{{{z_symbol(unit, self.units)}}}}}{{\sum_k e^{{z_k}}}}",
            numbers=rf"p_{{{unit + 1}}} = \frac{{e^{{<z{unit + 1}>}}}}{{{below}}} = <p>",
            values={**{f"z{k + 1}": float(total) for k, total in enumerate(sums)}, "p": p},
            said=_PROBABILITY,
            said_values=said_values,
            is_main=True,
        )

    def loss(self, probabilities: np.ndarray, losses: np.ndarray, loss: float) -> Iterator[Formula]:
        """Cross-entropy of this row, from the row's probabilities (c,), and of all; losses (n,) of every row; loss: the
        whole, with the penalty."""
        own, n = self.own, len(losses)
        if self.units == 1:
            inside = ("p", "<p>") if own == 1 else ("(1 - p)", "(1 - <p>)")
            p = float(probabilities[0])
        else:
            inside, p = (f"p_{{{own + 1}}}", "<p>"), float(probabilities[own])
        yield Formula(
            key="sample loss",
            said=_SAMPLE_LOSS,
            said_values={"name": self.problem.class_text(own)},
            symbols=rf"\ell = -\ln {inside[0]}",
            numbers=rf"\ell = -\ln {inside[1]} = <loss>",
            values={"p": p, "loss": float(losses[self.row])},
            is_main=True,
        )
        symbols, numbers = r"L = \frac{1}{n} \sum_{i=1}^{n} \ell_i", r"L = \frac{<total>}{<n>}"
        values = {"total": float(losses.sum()), "n": float(n), "loss": loss}
        if self.l2:
            symbols += r" + \frac{\lambda}{2} \sum w^2"
            numbers += r" + \frac{<l2>}{2} \cdot <squares>"
            values |= {"l2": self.l2, "squares": float((self.weights**2).sum())}
        yield Formula(
            key="loss",
            said=_PENALISED_LOSS if self.l2 else _MEAN_LOSS,
            said_values={"n": n},
            symbols=symbols,
            numbers=f"{numbers} = <loss>",
            values=values,
        )

    def gradient(self, probabilities: np.ndarray, gradient: np.ndarray) -> Iterator[Formula]:
        """The slope by this weight: this row's part, and the mean of all; probabilities (n, c), gradient (c, d + 1)."""
        unit, column, n = self.unit, self.column, self.problem.n
        targets = np.equal(self.problem.answers, 1 if self.units == 1 else unit).astype(np.float64)
        errors = probabilities[:, unit] - targets
        is_bias = column == -1
        x = np.ones(n) if is_bias else self.problem.features[:, column]
        w, p = weight_symbol(unit, column, self.units), self.probability_symbol()
        y = "y" if self.units == 1 else f"y_{{{unit + 1}}}"
        one = f"\\,x_{{{column + 1}}}", r" \cdot <(x)>"
        values = {"p": probabilities[self.row, unit], "y": targets[self.row], "part": errors[self.row] * x[self.row]}
        yield Formula(
            key="sample gradient",
            said=_SAMPLE_SLOPE,
            symbols=rf"\frac{{\partial \ell}}{{\partial {w}}} = ({p} - {y})" + ("" if is_bias else one[0]),
            numbers=rf"\frac{{\partial \ell}}{{\partial {w}}} = (<p> - <y>)"
            + ("" if is_bias else one[1])
            + " = <part>",
            values={name: float(v) for name, v in (values | ({} if is_bias else {"x": x[self.row]})).items()},
        )
        is_penalised = bool(self.l2) and not is_bias
        each = "(p_i - y_i)" if self.units == 1 else f"(p_{{i,{unit + 1}}} - y_{{i,{unit + 1}}})"
        each += "" if is_bias else rf"\,x_{{i,{column + 1}}}"
        values = {"total": float((errors * x).sum()), "n": float(n), "slope": float(gradient[unit, column])}
        if is_penalised:
            values |= {"l2": self.l2, "w": float(self.weights[unit, column])}
        yield Formula(
            key="gradient",
            said=_BIAS_SLOPE if is_bias else _MEAN_SLOPE,
            said_values={"n": n},
            symbols=rf"\frac{{\partial L}}{{\partial {w}}} = \frac{{1}}{{n}} \sum_{{i=1}}^{{n}} {each}"
            + (rf" + \lambda {w}" if is_penalised else ""),
            numbers=rf"\frac{{\partial L}}{{\partial {w}}} = \frac{{<total>}}{{<n>}}"
            + (r" + <l2> \cdot <(w)>" if is_penalised else "")
            + " = <slope>",
            values=values,
            is_main=True,
        )

    def updates(
        self, old_weights: np.ndarray, old_bias: np.ndarray, gradient: np.ndarray, rate: float
    ) -> Iterator[Formula]:
        """w <- w - rate * slope for the weights of this unit and its bias."""
        unit = self.unit
        old, new = np.append(old_weights[unit], old_bias[unit]), np.append(self.weights[unit], self.bias[unit])
        for j in [*shown_columns(self.problem.d, MOST_WEIGHTS, self.column), -1]:
            w = weight_symbol(unit, j, self.units)
            yield Formula(
                key=f"update {unit} {j}",
                said=_NEW_WEIGHT if j >= 0 else _NEW_BIAS,
                said_values={"column": self.problem.feature_names[j]} if j >= 0 else {},
                symbols=rf"{w} \leftarrow {w} - \eta\,\frac{{\partial L}}{{\partial {w}}}",
                numbers=rf"{w} \leftarrow <w> - <rate> \cdot <(slope)> = <new>",
                values={
                    "w": float(old[j]), "rate": rate, "slope": float(gradient[unit, j]), "new": float(new[j])
                },
                is_main=j == self.column,
            )  # fmt: skip
