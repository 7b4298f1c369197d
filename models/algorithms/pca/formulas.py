"""PCA in numbers: mean, covariance, the power step, variance kept and lost, and the shadow of one point.

Everything is in the learner's units. C is the covariance, v an axis of length one, x a point, n the number of points.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from models.core.formula import Formula
from models.words.latex_matrices import column, dot, entries, matrix, shown, total
from models.words.text import Text

MOST_SCORES = 4  # axes along which a point's place is written
NOTHING = 1e-12  # a stretch below this share of the whole variance is rounding

_MEAN = Text("the mean of all {n} points", "점 {n}개의 평균")
_CENTERED = Text("point {row}, seen from the mean", "평균에서 본 점 {row}")
_ENTRY = Text(
    "covariance of {one} with {other}, summed over the points", "{one:과/와} {other}의 공분산: 점마다 더합니다"
)
_VARIANCE = Text("variance of {one}, summed over the points", "{one}의 분산: 점마다 더합니다")
_COVARIANCE = Text("covariance of all columns", "모든 열의 공분산")
_TOTAL = Text("variance in all: the sum of the columns' variances", "전체 분산: 열마다 구한 분산의 합")
_GUESS = Text("variance of the points along the first guess", "첫 축을 따라 잰 점들의 분산")
_PERPENDICULAR = Text("at a right angle to the axis found last", "마지막으로 찾은 축과 수직")
_PRODUCT = Text("covariance times axis", "공분산과 축의 곱")
_TAKEN_OUT = Text("without what lies along the axes already found", "이미 찾은 축 방향의 성분을 뺌")
_POWER = Text("scaled back to length one: the axis after this turn", "길이를 1로 맞춤: 이번에 돌린 뒤의 축")
_STILL = Text("nothing is left to turn towards: the axis stays", "돌아갈 방향의 분산이 없어 축이 그대로 있습니다")
_ALONG = Text("variance along the axis", "축을 따라 잰 분산")
_EXACT = Text("the exact axis: the covariance only stretches it", "정확한 축: 공분산을 곱해도 방향이 그대로입니다")
_KEPT = Text("explained variance ratio: the share kept", "설명된 분산 비율: 남는 분산")
_LOST = Text("reconstruction error: the mean squared distance from the axes", "재구성 오차: 축까지 거리의 제곱 평균")
_SCORE = Text("projection of point {row} on PC{component}", "점 {row:을/를} PC{component}에 투영한 값")
_DISTANCE = Text("residual of point {row}: its distance from its shadow", "점 {row}의 잔차: 그림자까지의 거리")
_ANSWER = Text("the most that any axis keeps here", "여기서 한 축이 남길 수 있는 가장 큰 비율")
_SLOPE_UP = Text("regression of {up} on {across}: slope", "{across:으로/로} {up:을/를} 예측하는 회귀선의 기울기")
_SLOPE_ACROSS = Text(
    "regression of {across} on {up}: slope in this plane",
    "{up:으로/로} {across:을/를} 예측하는 회귀선의 기울기(이 평면에서)",
)
_SLOPE_AXIS = Text("the axis: slope", "축의 기울기")


def mean(features: np.ndarray, mean: np.ndarray, row: int, number: int) -> Iterator[Formula]:
    """The mean (d,) of features (n, d), and one row with it subtracted; `number` is how people know that row."""
    n, d = features.shape
    yield Formula(
        key="mean",
        said=_MEAN,
        said_values={"n": n},
        symbols=r"\bar{x} = \frac{1}{n} \sum_i x_i",
        numbers=rf"\bar{{x}} = \frac{{1}}{{<n>}} {column('sum', d)} = {column('mean', d)}",
        values=entries("sum", features.sum(axis=0)) | entries("mean", mean) | {"n": float(n)},
        is_main=True,
    )
    yield Formula(
        key="centered",
        said=_CENTERED,
        said_values={"row": number},
        symbols=r"x - \bar{x}",
        numbers=f"{column('x', d)} - {column('mean', d)} = {column('centered', d)}",
        values=entries("x", features[row]) | entries("mean", mean) | entries("centered", features[row] - mean),
    )


def covariance(
    features: np.ndarray, mean: np.ndarray, covariance: np.ndarray, rows: np.ndarray, names: tuple[str, ...]
) -> Iterator[Formula]:
    """The covariance (d, d) of features (n, d): its first entries as sums that begin with `rows`, and as a whole."""
    n, d = features.shape
    yield Formula(
        key="covariance",
        said=_COVARIANCE,
        symbols=r"C = \frac{1}{n - 1} \sum_i (x_i - \bar{x})(x_i - \bar{x})^{\top}",
        numbers=f"C = {matrix('c', d)}",
        values=entries("c", covariance),
        is_main=True,
    )
    centered = features - mean
    for j in range(min(d, 2)):
        one, other = centered[:, 0], centered[:, j]
        terms = [f"<(a{i + 1})>^2" if j == 0 else rf"<(a{i + 1})> \cdot <(b{i + 1})>" for i in range(len(rows))]
        dots = r" + \cdots" if len(rows) < n else ""
        values = {f"a{i + 1}": float(one[row]) for i, row in enumerate(rows)}
        if j > 0:
            values |= {f"b{i + 1}": float(other[row]) for i, row in enumerate(rows)}
        summand = r"(x_{i1} - \bar{x}_1)^2" if j == 0 else r"(x_{i1} - \bar{x}_1)(x_{i2} - \bar{x}_2)"
        yield Formula(
            key=f"entry 1 {j + 1}",
            said=_VARIANCE if j == 0 else _ENTRY,
            said_values={"one": names[0]} | ({} if j == 0 else {"other": names[j]}),
            symbols=rf"C_{{1{j + 1}}} = \frac{{1}}{{n - 1}} \sum_i {summand}",
            numbers=rf"C_{{1{j + 1}}} = \frac{{{' + '.join(terms)}{dots}}}{{<rest>}} = \frac{{<sum>}}{{<rest>}} = <entry>",
            values=values | {"rest": n - 1.0, "sum": float(one @ other), "entry": float(covariance[0, j])},
        )
    yield Formula(
        key="total",
        said=_TOTAL,
        symbols=r"\mathrm{tr}\, C = \sum_j C_{jj}",
        numbers=rf"\mathrm{{tr}}\, C = {total([f'<c{j + 1}>' for j in range(d)])} = <total>",
        values=entries("c", np.diag(covariance)) | {"total": float(np.trace(covariance))},
    )


def guess(features: np.ndarray, mean: np.ndarray, axis: np.ndarray) -> Formula:
    """How widely the points spread along an axis, before the covariance is known."""
    scores = (features - mean) @ axis
    rest, squares = float(max(len(features) - 1, 1)), float(scores @ scores)
    return Formula(
        key="guess",
        said=_GUESS,
        symbols=r"\frac{1}{n - 1} \sum_i \left( (x_i - \bar{x}) \cdot v \right)^2",
        numbers=rf"v = {column('v', len(axis))}, \quad \frac{{<sum>}}{{<rest>}} = <variance>",
        values=entries("v", axis) | {"sum": squares, "rest": rest, "variance": squares / rest},
        is_main=True,
    )


def aim(axis: np.ndarray, found: np.ndarray) -> Formula:
    """The next axis (d,) at a right angle to the one found last (d,). The product's rounding is left out."""
    product = float(axis @ found)
    return Formula(
        key="aim",
        said=_PERPENDICULAR,
        symbols=r"v_k \cdot v_{k-1} = 0",
        numbers=rf"{dot('v', 'u', len(axis))} = <product>",
        values=entries("v", axis) | entries("u", found) | {"product": product if abs(product) > NOTHING else 0.0},
        is_main=True,
    )


def turn(covariance: np.ndarray, known: np.ndarray, before: np.ndarray, axis: np.ndarray) -> Iterator[Formula]:
    """One power step, v <- C v / |C v|, at right angles to the `known` axes (c, d)."""
    d = len(axis)
    product = covariance @ before
    taken = known.T @ (known @ product)
    left = product - taken
    length = math.hypot(*left.tolist())
    yield Formula(
        key="product",
        said=_PRODUCT,
        symbols=r"C v",
        numbers=f"{matrix('c', d)} {column('v', d)} = {column('w', d)}",
        values=entries("c", covariance) | entries("v", before) | entries("w", product),
    )
    w = "w" if len(known) else "C v"
    if len(known):
        yield Formula(
            key="taken out",
            said=_TAKEN_OUT,
            symbols=r"w = C v - \sum_k (v_k \cdot C v)\, v_k",
            numbers=f"w = {column('p', d)} - {column('q', d)} = {column('w', d)}",
            values=entries("p", product) | entries("q", taken) | entries("w", left),
        )
    if length <= NOTHING * float(np.trace(covariance)):
        yield Formula(
            key="power",
            said=_STILL,
            symbols=rf"\lVert {w} \rVert = 0 \;\Rightarrow\; v \leftarrow v",
            numbers=rf"v \leftarrow {column('v', d)}",
            values=entries("v", axis),
            is_main=True,
        )
        return
    yield Formula(
        key="power",
        said=_POWER,
        symbols=rf"v \leftarrow \frac{{{w}}}{{\lVert {w} \rVert}}",
        numbers=rf"v \leftarrow \frac{{1}}{{<length>}} {column('w', d)} = {column('v', d)}",
        values=entries("w", left) | entries("v", axis) | {"length": length},
        is_main=True,
    )


def along(covariance: np.ndarray, variance: float) -> Formula:
    """The variance along an axis, v . C v, beside the whole variance."""
    whole = float(np.trace(covariance))
    return Formula(
        key="along",
        said=_ALONG,
        symbols=r"\lambda = v^{\top} C v, \quad \frac{\lambda}{\mathrm{tr}\, C}",
        numbers=r"\lambda = <variance>, \quad \frac{<variance>}{<total>} = <share>",
        values={"variance": variance, "total": whole, "share": variance / (whole or 1.0)},
    )


def exact(covariance: np.ndarray, axis: np.ndarray, variance: float) -> Formula:
    """C v = lambda v, for an eigenvector and its eigenvalue. The rounding of C v is left out."""
    d = len(axis)
    return Formula(
        key="exact",
        said=_EXACT,
        symbols=r"C v = \lambda v",
        numbers=f"{matrix('c', d)} {column('v', d)} = {column('w', d)} = <variance> {column('v', d)}",
        values=entries("c", covariance) | entries("v", axis) | entries("w", variance * axis) | {"variance": variance},
        is_main=True,
    )


def kept(variances: np.ndarray, covariance: np.ndarray, is_main: bool = False) -> Iterator[Formula]:
    """The share of the variance along the axes so far, variances (c,), and the variance that is lost."""
    whole, sum_kept = float(np.trace(covariance)), float(variances.sum())
    terms = total([f"<l{c + 1}>" for c in range(len(variances))])
    parts = r"\lambda_1" if len(variances) == 1 else r"\lambda_1 + \cdots + \lambda_k"
    values = entries("l", variances) | {"total": whole}
    yield Formula(
        key="kept",
        said=_KEPT,
        symbols=rf"\frac{{{parts}}}{{\mathrm{{tr}}\, C}}",
        numbers=rf"\frac{{{terms}}}{{<total>}} = <share>",
        values=values | {"share": sum_kept / (whole or 1.0)},
        is_main=is_main,
    )
    yield Formula(
        key="lost",
        said=_LOST,
        symbols=r"\frac{1}{n - 1} \sum_i r_i^2 = \mathrm{tr}\, C - \sum_k \lambda_k",
        numbers=f"<total> - {terms} = <lost>" if len(variances) == 1 else f"<total> - ({terms}) = <lost>",
        values=values | {"lost": max(0.0, whole - sum_kept)},
    )


def shadow(
    point: np.ndarray, mean: np.ndarray, axes: np.ndarray, number: int, is_main: bool = False
) -> Iterator[Formula]:
    """Where the shadow of a point (d,) falls along each of the axes (c, d), and how far the point is from it."""
    centered = point - mean
    scores = axes @ centered
    for c in range(min(len(axes), MOST_SCORES)):
        yield Formula(
            key=f"score {c + 1}",
            said=_SCORE,
            said_values={"row": number, "component": c + 1},
            symbols=rf"t_{{{c + 1}}} = (x - \bar{{x}}) \cdot v_{{{c + 1}}}",
            numbers=rf"t_{{{c + 1}}} = {dot('a', 'v', len(point))} = <score>",
            values=entries("a", centered) | entries("v", axes[c]) | {"score": float(scores[c])},
            is_main=is_main and c == 0,
        )
    squares, whole = scores**2, float(centered @ centered)
    listed = [c for c in shown(len(scores)) if c is not None]
    terms = " - ".join(r"\cdots" if c is None else f"<(t{c + 1})>^2" for c in shown(len(scores)))
    yield Formula(
        key="residual",
        said=_DISTANCE,
        said_values={"row": number},
        symbols=r"r = \sqrt{\sum_j (x_j - \bar{x}_j)^2 - \sum_k t_k^2}",
        numbers=rf"r = \sqrt{{<whole> - {terms}}} = <residual>",
        values={f"t{c + 1}": float(scores[c]) for c in listed}
        | {"whole": whole, "residual": float(np.sqrt(max(0.0, whole - squares.sum())))},
    )


def answer(covariance: np.ndarray, best: float) -> Formula:
    """The largest variance that one more axis can have, as a share of the whole."""
    whole = float(np.trace(covariance))
    return Formula(
        key="answer",
        said=_ANSWER,
        symbols=r"\max_{\lVert v \rVert = 1} \frac{v^{\top} C v}{\mathrm{tr}\, C}",
        numbers=r"\frac{<best>}{<total>} = <share>",
        values={"best": best, "total": whole, "share": best / (whole or 1.0)},
    )


def slopes(spread: np.ndarray, axis: np.ndarray, across: str, up: str) -> Iterator[Formula]:
    """The slopes of both regressions and of an axis (2,), from the covariance (2, 2) of the shown columns; original
    units. A line that is upright, or that has no spread to be read from, has no slope and is left out."""
    names = {"across": across, "up": up}
    (xx, xy), (_, yy) = spread.tolist()
    if xx > 0.0:
        yield Formula(
            key="slope up",
            said=_SLOPE_UP,
            said_values=names,
            symbols=r"\frac{s_{xy}}{s_{xx}}",
            numbers=r"\frac{<xy>}{<xx>} = <slope>",
            values={"xy": xy, "xx": xx, "slope": xy / xx},
        )
    if xy != 0.0:
        yield Formula(
            key="slope across",
            said=_SLOPE_ACROSS,
            said_values=names,
            symbols=r"\frac{s_{yy}}{s_{xy}}",
            numbers=r"\frac{<yy>}{<xy>} = <slope>",
            values={"yy": yy, "xy": xy, "slope": yy / xy},
        )
    if axis[0] != 0.0:
        yield Formula(
            key="slope axis",
            said=_SLOPE_AXIS,
            symbols=r"\frac{v_2}{v_1}",
            numbers=r"\frac{<v2>}{<v1>} = <slope>",
            values={"v1": float(axis[0]), "v2": float(axis[1]), "slope": float(axis[1] / axis[0])},
        )
