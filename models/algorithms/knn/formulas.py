"""K-nearest neighbours in numbers: a distance, the votes, the answer; or the mean of the neighbours' values."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from models.core.formula import Formula
from models.words.text import Text

MOST_SQUARES = 4  # columns of a distance that are written out
MOST_PARTS = 6  # neighbours of a sum that are written out

_DISTANCE = Text("distance of neighbour {rank}", "{rank}번째 이웃까지의 거리")
_DISTANCE_SCALED = Text(
    "distance of neighbour {rank}, in standardised units", "{rank}번째 이웃까지의 거리(표준화한 단위)"
)
_TO_POINT = Text("distance of this point", "이 점까지의 거리")
_TO_POINT_SCALED = Text("distance of this point, in standardised units", "이 점까지의 거리(표준화한 단위)")
_VOTES = Text("votes for class {name} (neighbours: {m})", "이웃 {m}개 중 클래스 {name}의 표")
_WEIGHTED_VOTES = Text("votes for class {name}: the sum of 1/distance", "클래스 {name}의 표: 1/거리의 합")
_ANSWER = Text("the answer: most votes for class {name}", "답: 표가 가장 많은 클래스 {name}")
_MEAN = Text("mean of the values (neighbours: {m})", "이웃 {m}개의 목표값의 평균")
_WEIGHTED_MEAN = Text("mean of the values, each weighted by 1/distance", "1/거리로 가중한 목표값의 평균")
_MEAN_ON_TOP = Text("mean of the values at distance 0, which count alone", "거리가 0인 이웃만 센 목표값의 평균")


def distance(
    query: np.ndarray, x: np.ndarray, value: float, rank: int | None, is_scaled: bool, is_main: bool
) -> Formula:
    """The Euclidean distance between the new point and a row (d,), whose value is given; rank None: of any point."""
    d = len(x)
    shown = list(range(d)) if d <= MOST_SQUARES else [*range(MOST_SQUARES - 1), d - 1]
    squares: list[str] = []
    numbers: list[str] = []
    values: dict[str, float] = {}
    for j in shown:
        if j > len(squares):
            squares.append(r"\cdots")
            numbers.append(r"\cdots")
        squares.append(f"(x_{{{j + 1}}} - q_{{{j + 1}}})^2")
        numbers.append(f"(<x{j + 1}> - <(q{j + 1})>)^2")
        values |= {f"x{j + 1}": float(x[j]), f"q{j + 1}": float(query[j])}
    symbols, filled = (rf"\sqrt{{{' + '.join(parts)}}}" for parts in (squares, numbers))
    if d == 1:
        symbols, filled = r"\left|x - q\right|", r"\left|<x1> - <(q1)>\right|"
    if rank is None:
        said = _TO_POINT_SCALED if is_scaled else _TO_POINT
    else:
        said = _DISTANCE_SCALED if is_scaled else _DISTANCE
    return Formula(
        key="distance" if rank is not None else "distance of a point",
        said=said,
        said_values={} if rank is None else {"rank": rank},
        symbols=f"d = {symbols}",
        numbers=f"d = {filled} = <d>",
        values={**values, "d": float(value)},
        is_main=is_main,
    )


def votes(
    distances: np.ndarray, classes: np.ndarray, counted: np.ndarray, names: tuple[str, ...], is_weighted: bool
) -> Iterator[Formula]:
    """What each class got, from the neighbours found (m,), nearest first; counted (c,): the votes themselves."""
    is_on_top = bool(is_weighted and len(distances) and distances[0] == 0.0)
    for c in range(len(counted)):
        v = _votes_symbol(c, names)
        own = distances[classes == c]
        values = {"votes": float(counted[c])}
        parts = ""
        if is_weighted and not is_on_top and len(own):
            parts, given = _sum_of("1", "d", own)
            values |= given
        indicator = (
            rf"\frac{{1}}{{d_i}}\,[y_i = {_class_symbol(c, names)}]"
            if is_weighted
            else f"[y_i = {_class_symbol(c, names)}]"
        )
        yield Formula(
            key=f"votes {c}",
            said=_WEIGHTED_VOTES if is_weighted else _VOTES,
            said_values={"name": names[c]} if is_weighted else {"name": names[c], "m": len(distances)},
            symbols=rf"{v} = \sum_i {indicator}",
            numbers=f"{v} = {parts} = <votes>" if parts else f"{v} = <votes>",
            values=values,
        )


def answer(counted: np.ndarray, names: tuple[str, ...]) -> Formula:
    """The class with the most votes, of equals the first."""
    winner = int(counted.argmax())
    most = (
        list(range(len(counted)))
        if len(counted) <= MOST_PARTS
        else [int(c) for c in np.argsort(-counted, kind="stable")[:MOST_PARTS]]
    )
    listed = ",\\, ".join(f"<v{c + 1}>" for c in most) + (r",\, \ldots" if len(most) < len(counted) else "")
    return Formula(
        key="answer",
        said=_ANSWER,
        said_values={"name": names[winner]},
        symbols=r"\hat{y} = \arg\max_c\, v_c",
        numbers=rf"\max({listed}) = <most> = {_votes_symbol(winner, names)}",
        values={**{f"v{c + 1}": float(counted[c]) for c in most}, "most": float(counted[winner])},
        is_main=True,
    )


def mean(distances: np.ndarray, targets: np.ndarray, value: float, is_weighted: bool, is_main: bool) -> Formula:
    """The mean of the targets (m,) of the neighbours found, nearest first, perhaps weighted by 1/distance."""
    m = len(targets)
    said, said_values = _MEAN, {"m": m}
    if is_weighted and distances[0] == 0.0:
        targets = targets[distances == 0.0]
        said, said_values, is_weighted = _MEAN_ON_TOP, {}, False
    if is_weighted:
        above, values = _sum_of("y", "d", distances, targets)
        below, _ = _sum_of("1", "d", distances)
        symbols = r"\hat{y} = \frac{\sum_i y_i / d_i}{\sum_i 1 / d_i}"
        numbers = rf"\hat{{y}} = \frac{{{above}}}{{{below}}} = <answer>"
        said, said_values = _WEIGHTED_MEAN, {}
    else:
        shown = _shown(len(targets))
        values = {f"y{i + 1}": float(targets[i]) for i in shown}
        total = " + ".join(_dotted([f"<(y{i + 1})>" if i else f"<y{i + 1}>" for i in shown], shown))
        symbols = r"\hat{y} = \frac{1}{K} \sum_{i=1}^{K} y_i"
        numbers = rf"\hat{{y}} = \frac{{{total}}}{{<k>}} = <answer>"
        values["k"] = float(len(targets))
    return Formula(
        key="mean",
        said=said,
        said_values=said_values,
        symbols=symbols,
        numbers=numbers,
        values={**values, "answer": float(value)},
        is_main=is_main,
    )


def _sum_of(
    above: str, below: str, bottoms: np.ndarray, tops: np.ndarray | None = None
) -> tuple[str, dict[str, float]]:
    """A sum of fractions, tops over bottoms (m,), its middle left out where it is long, and the values in it."""
    shown, values = _shown(len(bottoms)), {}
    for i in shown:
        values[f"{below}{i + 1}"] = float(bottoms[i])
        if tops is not None:
            values[f"{above}{i + 1}"] = float(tops[i])
    top = "1" if tops is None else "<{}{}>"
    parts = [rf"\frac{{{top.format(above, i + 1)}}}{{<{below}{i + 1}>}}" for i in shown]
    return " + ".join(_dotted(parts, shown)), values


def _shown(m: int) -> list[int]:
    return list(range(m)) if m <= MOST_PARTS else [*range(MOST_PARTS - 1), m - 1]


def _dotted(parts: list[str], shown: list[int]) -> list[str]:
    return parts if shown[-1] == len(parts) - 1 else [*parts[:-1], r"\cdots", parts[-1]]


def _class_symbol(c: int, names: tuple[str, ...]) -> str:
    """A class as LaTeX: its name where that is short and plain, else its number, counted from 1."""
    return rf"\mathrm{{{names[c]}}}" if re.fullmatch("[A-Za-z0-9]{1,8}", names[c]) else str(c + 1)


def _votes_symbol(c: int, names: tuple[str, ...]) -> str:
    return f"v_{{{_class_symbol(c, names)}}}"
