"""Linear regression in numbers: the formulas of every moment with its values in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from models.algorithms.linear_regression.least_squares import (
    Normal,
    goals,
    in_original_units,
    normal_equations,
    normal_of,
    steepest,
)
from models.algorithms.linear_regression.state import LinearRegressionState, state_of
from models.core.formula import Formula, Shown
from models.core.problem import Rows
from models.families.one_layer.parameters import pinned_column, pinned_row, shown_columns
from models.words.text import Text

MOST_TERMS = 4  # columns that are written out one by one
MOST_SUMMANDS = 6  # rows whose terms are written out in a sum

_F_SCALED = Text("{name} of sample {row}, standardised", "샘플 {row}의 {name}, 표준화한 값")
_F_PREDICTION = Text("prediction for sample {row}", "샘플 {row}의 예측값")
_F_QUERY = Text("prediction at the chosen place", "고른 위치의 예측값")
_F_ORIGINAL_SLOPE = Text("slope in original units", "원래 단위의 기울기")
_F_ORIGINAL_INTERCEPT = Text("intercept in original units", "원래 단위의 절편")
_F_RESIDUAL = Text("residual of sample {row}", "샘플 {row}의 잔차")
_F_MSE = Text("loss: mean squared error", "손실: 평균 제곱 오차")
_F_SHARE = Text("what sample {row} adds to it", "샘플 {row}의 몫")
_F_SLOPE_GRADIENT = Text("gradient of the loss by the weight of {name}", "{name} 가중치의 그레이디언트(손실의 기울기)")
_F_INTERCEPT_GRADIENT = Text("gradient of the loss by the intercept", "절편의 그레이디언트(손실의 기울기)")
_F_SLOPE_UPDATE = Text("new weight of {name}", "{name}의 새 가중치")
_F_INTERCEPT_UPDATE = Text("new intercept", "새 절편")
_F_LIMIT = Text("learning rate, and the limit above which the steps grow", "학습률, 그리고 넘으면 발산하는 한계")
_F_MEAN = Text("mean of {name}", "{name} 평균")
_F_SXX = Text("how far {name} varies", "{name:이/가} 흩어진 정도")
_F_SXY = Text("how {name} varies together with {target}", "{name:이/가} {target:과/와} 함께 변하는 정도")
_F_SLOPE = Text("slope", "기울기")
_F_INTERCEPT = Text("intercept: the line goes through the means", "절편: 직선은 평균을 지납니다")
_F_EQUATION = Text("normal equation of {name}", "{name}의 정규 방정식")
_F_WEIGHT = Text("weight of {name}", "{name}의 가중치")


class Writer:
    """Writes the formulas of one moment. With one feature the letters are the lectures' a and b, on standardised
    columns w and c; with several, w with the number of the column, and b."""

    def __init__(self, learner: Any, shown: Shown, problem: Rows) -> None:
        self.learner, self.problem = learner, problem
        self.state = state_of(shown.moment)
        assert isinstance(shown.before, LinearRegressionState)
        self.before = shown.before
        self.row = pinned_row(shown.pin, problem) or 0
        self.column = pinned_column(shown.pin, 0, problem.d)
        self.is_scaled = problem.scaler.kind != "none"
        self.one = problem.d == 1
        self.b = "c" if self.one and self.is_scaled else "b"
        self.x = "z" if self.one and self.is_scaled else "x"
        self.y = goals(problem)
        self.values = learner.predict(self.state, problem.features)
        self.residuals = self.y - self.values

    def w(self, column: int) -> str:
        if self.one:
            return "w" if self.is_scaled else "a"
        return f"w_{{{column + 1}}}"

    def name(self, column: int) -> dict[str, str]:
        return {"name": self.problem.feature_names[column]}

    def point(self) -> dict[str, int]:
        return {"row": int(self.problem.rows[self.row]) + 1}

    # -- gradient descent ------------------------------------------------------------------------------------------------

    def forward(self) -> Iterator[Formula]:
        x = self.problem.features[self.row]
        if self.one and self.is_scaled:
            scaler = self.problem.scaler
            original = float(scaler.inverse(x[None, :])[0, 0])
            yield Formula(
                key="scaled",
                said=_F_SCALED,
                said_values={**self.name(0), **self.point()},
                symbols=r"z_i = \frac{x_i - \bar{x}}{s}",
                numbers=r"z_i = \frac{<x> - <(mean)>}{<scale>} = <z>",
                values={
                    "x": original,
                    "mean": float(scaler.mean[0]),
                    "scale": float(scaler.scale[0]),
                    "z": float(x[0]),
                },
            )
        value = float(self.values[self.row])
        weights, intercept = self.state.coef, float(self.state.intercept[0])
        yield self._sum("prediction", _F_PREDICTION, weights, intercept, x, value, r"\hat{y}_i", is_main=True)
        yield from self._originals()
        yield self._asked()

    def loss(self) -> Iterator[Formula]:
        i, e = self.row, self.residuals
        yield Formula(
            key="residual",
            said=_F_RESIDUAL,
            said_values=self.point(),
            symbols=r"e_i = y_i - \hat{y}_i",
            numbers=r"e_i = <y> - <(prediction)> = <e>",
            values={"y": float(self.y[i]), "prediction": float(self.values[i]), "e": float(e[i])},
        )
        n = self.problem.n
        with np.errstate(all="ignore"):
            total = float((e**2).sum())
        values = {"n": float(n), "mse": total / n, "total": total}
        over = "<total>"
        if n <= MOST_SUMMANDS:
            over = " + ".join(f"<(e{k + 1})>^2" for k in range(n))
            values |= {f"e{k + 1}": float(e[k]) for k in range(n)}
        yield Formula(
            key="mse",
            said=_F_MSE,
            symbols=r"L = \frac{1}{n} \sum_i e_i^2",
            numbers=rf"L = \frac{{{over}}}{{<n>}} = <mse>",
            values=values,
            is_main=True,
        )

    def gradient(self) -> Iterator[Formula]:
        """The sums over all rows, and what the one row that is looked at adds to its column's."""
        n, x, e = self.problem.n, self.problem.features, self.residuals
        main = self.column
        columns = shown_columns(self.problem.d, MOST_TERMS, max(0, main))
        with np.errstate(all="ignore"):
            for j in columns:
                symbol = rf"\frac{{\partial L}}{{\partial {self.w(j)}}}"
                yield Formula(
                    key=f"gradient {j}",
                    said=_F_SLOPE_GRADIENT,
                    said_values=self.name(j),
                    symbols=rf"{symbol} = -\frac{{2}}{{n}} \sum_i e_i {self._x_of(j)}",
                    numbers=rf"{symbol} = -\frac{{2}}{{<n>}} \cdot <(sum)> = <g>",
                    values={"n": float(n), "sum": float(e @ x[:, j]), "g": float(self.state.gradient[j])},
                    is_main=j == main,
                )
            symbol = rf"\frac{{\partial L}}{{\partial {self.b}}}"
            yield Formula(
                key="gradient intercept",
                said=_F_INTERCEPT_GRADIENT,
                symbols=rf"{symbol} = -\frac{{2}}{{n}} \sum_i e_i",
                numbers=rf"{symbol} = -\frac{{2}}{{<n>}} \cdot <(sum)> = <g>",
                values={"n": float(n), "sum": float(e.sum()), "g": float(self.state.gradient[-1])},
                is_main=main == -1,
            )
            at, j = self.row, max(0, main)
            yield Formula(
                key="share",
                said=_F_SHARE,
                said_values=self.point(),
                symbols=rf"e_i {self._x_of(j)}",
                numbers=r"<e> \cdot <(x)> = <share>",
                values={"e": float(e[at]), "x": float(x[at, j]), "share": float(e[at] * x[at, j])},
            )

    def update(self) -> Iterator[Formula]:
        rate, gradient, main = self.learner.learning_rate, self.state.gradient, self.column
        for j in [*shown_columns(self.problem.d, MOST_TERMS, max(0, main)), -1]:
            letter = self.b if j == -1 else self.w(j)
            old, new = ((s.intercept[0] if j == -1 else s.coef[j]) for s in (self.before, self.state))
            yield Formula(
                key="update intercept" if j == -1 else f"update {j}",
                said=_F_INTERCEPT_UPDATE if j == -1 else _F_SLOPE_UPDATE,
                said_values={} if j == -1 else self.name(j),
                symbols=rf"{letter} \leftarrow {letter} - \eta \frac{{\partial L}}{{\partial {letter}}}",
                numbers=rf"{letter} \leftarrow <old> - <rate> \cdot <(g)> = <new>",
                values={"old": float(old), "rate": rate, "g": float(gradient[j]), "new": float(new)},
                is_main=j == main,
            )
        yield from self._originals()
        curvature = steepest(self.problem)
        yield Formula(
            key="limit",
            said=_F_LIMIT,
            symbols=r"\eta, \quad \frac{2}{\lambda_{\max}}",
            numbers=r"\eta = <rate>, \quad \frac{2}{<steepest>} = <limit>",
            values={"rate": rate, "steepest": curvature, "limit": 2.0 / curvature},
        )

    # -- the closed form: with one feature in original units ---------------------------------------------------------------

    def means(self) -> Iterator[Formula]:
        normal = self._normal()
        columns = shown_columns(self.problem.d, MOST_TERMS)
        x = self._closed_rows()
        for j in columns:
            letter = r"\bar{x}" if self.one else rf"\bar{{x}}_{{{j + 1}}}"
            yield self._mean(f"mean {j}", letter, "x_i" if self.one else rf"x_{{i,{j + 1}}}", self.name(j)["name"],
                             float(x[:, j].sum()), float(normal.means[j]))  # fmt: skip
        yield self._mean("mean target", r"\bar{y}", "y_i", self.problem.target_name, float(self.y.sum()),
                         float(normal.means[-1]), is_main=True)  # fmt: skip

    def normal_equations(self) -> Iterator[Formula]:
        normal = self._normal()
        if not self.one:
            yield from self._equations(normal)
            return
        x, y = self._closed_rows()[:, 0], self.y
        parts = (
            ("sxx", "S_{xx}", r"\sum_i (x_i - \bar{x})^2", _F_SXX, normal.together[0, 0], x, x),
            ("sxy", "S_{xy}", r"\sum_i (x_i - \bar{x})(y_i - \bar{y})", _F_SXY, normal.with_target[0], x, y),
        )
        names = {**self.name(0), "target": self.problem.target_name}
        for key, letter, symbols, said, value, one, other in parts:
            terms, values = [], {"sum": float(value)}
            if self.problem.n <= MOST_SUMMANDS:
                for i in range(self.problem.n):
                    values |= {f"p{i + 1}": float(one[i] - one.mean()), f"q{i + 1}": float(other[i] - other.mean())}
                    squared = rf"<(p{i + 1})>^2"
                    terms.append(squared if key == "sxx" else rf"<(p{i + 1})> \cdot <(q{i + 1})>")
            yield Formula(
                key=key,
                said=said,
                said_values=names,
                symbols=f"{letter} = {symbols}",
                numbers=f"{letter} = {' + '.join(terms)} = <sum>" if terms else f"{letter} = <sum>",
                values=values,
                is_main=key == "sxy",
            )

    def solution(self) -> Iterator[Formula]:
        normal = self._normal()
        means = normal.means
        if not self.one:
            yield from self._equations(normal, is_main=False)
            terms, numbers, values = [], [], {"y": float(means[-1]), "b": normal.intercept}
            for j in shown_columns(self.problem.d, MOST_TERMS):
                yield Formula(
                    key=f"weight {j}",
                    said=_F_WEIGHT,
                    said_values=self.name(j),
                    symbols=self.w(j),
                    numbers=f"{self.w(j)} = <w>",
                    values={"w": float(normal.coef[j])},
                )
                terms.append(rf"{self.w(j)} \bar{{x}}_{{{j + 1}}}")
                numbers.append(rf"<(w{j + 1})> \cdot <(x{j + 1})>")
                values |= {f"w{j + 1}": float(normal.coef[j]), f"x{j + 1}": float(means[j])}
            if self.problem.d > MOST_TERMS:
                terms.append(r"\cdots")
                numbers.append(r"\cdots")
            yield Formula(
                key="intercept",
                said=_F_INTERCEPT,
                symbols=rf"b = \bar{{y}} - {' - '.join(terms)}",
                numbers=rf"b = <y> - {' - '.join(numbers)} = <b>",
                values=values,
                is_main=True,
            )
            return
        slope, sxx = float(normal.coef[0]), float(normal.together[0, 0])
        solvable = normal.rank == 1
        yield Formula(
            key="slope",
            said=_F_SLOPE,
            symbols=r"a = \frac{S_{xy}}{S_{xx}}",
            numbers=r"a = \frac{<sxy>}{<sxx>} = <a>" if solvable else r"S_{xx} = <sxx>, \quad a := <a>",
            values={"sxy": float(normal.with_target[0]), "sxx": sxx, "a": slope},
            is_main=True,
        )
        yield Formula(
            key="intercept",
            said=_F_INTERCEPT,
            symbols=r"b = \bar{y} - a \bar{x}",
            numbers=r"b = <y> - <(a)> \cdot <(x)> = <b>",
            values={"y": float(means[1]), "a": slope, "x": float(means[0]), "b": normal.intercept},
        )

    def answer(self) -> Iterator[Formula]:
        yield self._asked(is_main=True)

    # -- pieces ------------------------------------------------------------------------------------------------------------

    def _x_of(self, column: int) -> str:
        return f"{self.x}_i" if self.one else f"{self.x}_{{i,{column + 1}}}"

    def _normal(self) -> Normal:
        """In original units with one feature, as it is done by hand; in the learner's with several."""
        return normal_equations(self._closed_rows(), self.y) if self.one else normal_of(self.problem)

    def _closed_rows(self) -> np.ndarray:
        return self.problem.scaler.inverse(self.problem.features) if self.one else self.problem.features

    def _mean(
        self, key: str, letter: str, each: str, name: str, total: float, mean: float, is_main: bool = False
    ) -> Formula:
        return Formula(
            key=key,
            said=_F_MEAN,
            said_values={"name": name},
            symbols=rf"{letter} = \frac{{1}}{{n}} \sum_i {each}",
            numbers=rf"{letter} = \frac{{<total>}}{{<n>}} = <mean>",
            values={"total": total, "n": float(self.problem.n), "mean": mean},
            is_main=is_main,
        )

    def _equations(self, normal: Normal, is_main: bool = True) -> Iterator[Formula]:
        """The normal equations of the first columns, one for each; after the solution with the weights put in."""
        d, is_solved = self.problem.d, self.state.is_solved
        for j in shown_columns(d, MOST_TERMS):
            terms, numbers, values = [], [], {"right": float(normal.with_target[j])}
            for k in shown_columns(d, MOST_TERMS):
                terms.append(rf"S_{{{j + 1},{k + 1}}} {self.w(k)}")
                weight = rf"\cdot <(w{k + 1})>" if is_solved else self.w(k)
                numbers.append(rf"<{f's{k + 1}' if k == 0 else f'(s{k + 1})'}> {weight}")
                values |= {f"s{k + 1}": float(normal.together[j, k])}
                values |= {f"w{k + 1}": float(normal.coef[k])} if is_solved else {}
            if d > MOST_TERMS:
                terms.append(r"\cdots")
                numbers.append(r"\cdots")
            yield Formula(
                key=f"equation {j}",
                said=_F_EQUATION,
                said_values=self.name(j),
                symbols=rf"{' + '.join(terms)} = S_{{{j + 1},y}}",
                numbers=rf"{' + '.join(numbers)} = <right>",
                values=values,
                is_main=is_main and j == 0,
            )

    def _originals(self) -> Iterator[Formula]:
        """Slope and intercept of the line in original units, where the learner's differ."""
        if not (self.one and self.is_scaled):
            return
        scaler = self.problem.scaler
        (slope,), intercept = in_original_units(self.state.coef, float(self.state.intercept[0]), self.problem)
        mean = float(scaler.mean[0])
        yield Formula(
            key="original slope",
            said=_F_ORIGINAL_SLOPE,
            symbols=r"a = \frac{w}{s}",
            numbers=r"a = \frac{<w>}{<s>} = <a>",
            values={"w": float(self.state.coef[0]), "s": float(scaler.scale[0]), "a": float(slope)},
        )
        yield Formula(
            key="original intercept",
            said=_F_ORIGINAL_INTERCEPT,
            symbols=r"b = c - a \bar{x}",
            numbers=r"b = <c> - <(a)> \cdot <(mean)> = <b>",
            values={"c": float(self.state.intercept[0]), "a": float(slope), "mean": mean, "b": intercept},
        )

    def _asked(self, is_main: bool = False) -> Formula:
        """The prediction at the chosen place, in original units."""
        coef, intercept = in_original_units(self.state.coef, float(self.state.intercept[0]), self.problem)
        row = self.learner.query_row(self.problem)
        value = float(self.learner.predict(self.state, row[None, :])[0])
        place = self.problem.scaler.inverse(row[None, :])[0]
        letters = (r"\hat{y}", "a", "x", "b")
        return self._sum("query", _F_QUERY, coef, intercept, place, value, letters[0], is_main=is_main, letters=letters)

    def _sum(
        self,
        key: str,
        said: Text,
        weights: np.ndarray,
        intercept: float,
        x: np.ndarray,
        value: float,
        left: str,
        is_main: bool = False,
        letters: tuple[str, str, str, str] | None = None,
    ) -> Formula:
        """left = w . x + b for one row."""
        terms: list[str] = []
        numbers: list[str] = []
        values = {"b": float(intercept), "prediction": value}
        for j in shown_columns(self.problem.d, MOST_TERMS):
            if self.one:
                terms.append(f"{letters[1]} {letters[2]}" if letters else f"{self.w(j)} {self.x}_i")
            else:
                terms.append(rf"{self.w(j)} x_{{{j + 1}}}" if letters else rf"{self.w(j)} x_{{i,{j + 1}}}")
            numbers.append(rf"{f'<(w{j + 1})>' if numbers else f'<w{j + 1}>'} \cdot <(x{j + 1})>")
            values |= {f"w{j + 1}": float(weights[j]), f"x{j + 1}": float(x[j])}
        if self.problem.d > MOST_TERMS:
            terms.append(r"\cdots")
            numbers.append(r"\cdots")
        b = letters[3] if letters else self.b
        return Formula(
            key=key,
            said=said,
            said_values=self.point() if said is _F_PREDICTION else {},
            symbols=f"{left} = {' + '.join(terms)} + {b}",
            numbers=f"{left} = {' + '.join(numbers)} + <(b)> = <prediction>",
            values=values,
            is_main=is_main,
        )
