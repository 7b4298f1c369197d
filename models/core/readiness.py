"""What a problem lacks before an algorithm can start on it: the sentences and checks that several algorithms share."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.core.problem import Rows
from models.words.text import Said, Text

TOO_MANY_TIMES = 10  # ranges of columns that differ by more decide alone
MOST_VARIANCE = 0.9  # of all columns, in the one that decides alone
LEAST_ROWS = 5  # fewer say nothing about ranges
_END = 0.1  # share of the rows at either end that a range is looked at without
_ABOVE_LEAST = 16.0  # times the root of the smallest normal float: a few points in a range are closer than the range


def lacks_answers(problem: Rows, algorithm: Text, *, least: int = 2, takes_values: bool = False) -> Said | None:
    """What a learner from answers lacks: points, targets, classes (unless it takes values), a second class."""
    if problem.n < least:
        return Said(TOO_FEW, {"algorithm": algorithm, "least": 2, "n": problem.n})
    if problem.targets is None:
        return Said(_NO_TARGETS, {"algorithm": algorithm})
    if problem.has_values:
        said = Said(_NUMBERS_NOT_CLASSES, {"algorithm": algorithm, "target": problem.target_name})
        return None if takes_values else said
    if (problem.targets == problem.targets[0]).all():
        return Said(_ONE_CLASS, {"n": problem.n, "name": problem.class_text(int(problem.targets[0]))})
    return None


def ruling_column(problem: Rows, *, is_alone: bool = True) -> dict[str, str | float] | None:
    """The widest column as the learner sees it and one over ten times narrower: {"wide", "narrow", "times"}; else None.

    is_alone: the narrow one is the next in width, and the wide one makes nine tenths of the variance of all, so that it
    decides a distance or a sum nearly alone. Otherwise it is the narrowest: the two have units of their own.

    Named are columns with a width to speak of: their ranges, and those without the tenth of the rows at either end, both
    differ so much. Constant and nearly constant columns (a flag that is seldom set, one value far out) have none. Nothing is
    said on fewer than LEAST_ROWS rows, where ranges differ by chance, nor where the widest column counts the rows: what
    helps there is to leave it out. Worked out once for a problem.
    """
    return problem.keep(("ruling", is_alone), lambda: _ruling(problem, is_alone))


def _ruling(problem: Rows, is_alone: bool) -> dict[str, str | float] | None:
    if problem.n < LEAST_ROWS:
        return None
    x = problem.features
    spans = np.ptp(x, axis=0)
    low, high = np.quantile(x, [_END, 1.0 - _END], axis=0)
    middles = high - low
    order = [int(column) for column in np.argsort(-spans) if middles[column] > 0]
    if len(order) < 2:
        return None
    wide, narrow = order[0], order[1] if is_alone else order[-1]
    if spans[wide] <= TOO_MANY_TIMES * spans[narrow] or middles[wide] <= TOO_MANY_TIMES * middles[narrow]:
        return None
    with np.errstate(all="ignore"):  # numbers too large to be squared make no share of anything
        variances = x.var(axis=0)
    if is_alone and not variances[wide] >= MOST_VARIANCE * variances.sum() or _counts_rows(problem, wide):
        return None
    names = problem.feature_names
    return {"wide": names[wide], "narrow": names[narrow], "times": float(spans[wide] / spans[narrow])}


def beyond_squares(problem: Rows, *, each_column: bool = False) -> Said | None:
    """That a column's numbers are too large for sums of their squares, or differ by so little that squares vanish.

    4 n d squares of the largest number must add up to less than the largest float, and the widest column's range,
    squared, must lie above the smallest normal one; with `each_column` every column's that has a range, the target's
    among them. Floats are doubles and, on an accelerator, single ones besides, which see the columns as scaled.
    """
    with np.errstate(all="ignore"):
        # In original units: that is what deviations were computed from, and one that could not be held gives nan here.
        columns, names = problem.scaler.inverse(problem.features), list(problem.feature_names)
    if each_column and problem.has_values and problem.targets is not None:
        columns, names = np.column_stack([columns, problem.targets]), [*names, problem.target_name]
    beyond = _beyond(columns, np.finfo(np.float64), each_column)
    if beyond is not None:
        column, is_large = beyond
        return Said(_TOO_LARGE if is_large else _TOO_SMALL, {"name": names[column]})
    if problem.device != "cpu":
        beyond = _beyond(problem.features, np.finfo(np.float32), each_column)
        if beyond is not None:
            return Said(_BEYOND_SINGLE, {"name": names[beyond[0]], "device": problem.device})
    return None


def _beyond(columns: np.ndarray, floats: np.finfo[Any], each_column: bool) -> tuple[int, bool] | None:
    """The first column that such floats cannot square, and whether its numbers are too large; None where all are well."""
    if not columns.size:
        return None
    with np.errstate(all="ignore"):
        largest, spans = np.abs(columns).max(axis=0), np.ptp(columns, axis=0)
        is_large = ~(largest <= np.sqrt(float(floats.max) / (4.0 * columns.size)))
        is_small = (spans > 0.0) & (spans < _ABOVE_LEAST * np.sqrt(float(floats.tiny)))
    if is_large.any():
        return int(is_large.argmax()), True
    if is_small.any() and (each_column or spans.max() == spans[is_small].max()):
        return int(is_small.argmax()), False
    return None


def _counts_rows(problem: Rows, column: int) -> bool:
    """Whether a column holds whole numbers one after the other, each once, in original units: a row's number."""
    values = np.sort(problem.features[:, column]) * problem.scaler.scale[column] + problem.scaler.mean[column]
    return bool((np.round(values) == values).all() and (np.diff(values) == 1.0).all())


_NO_TARGETS = Text(
    "{algorithm} learns from answers, and this data has none: choose a target column, or draw with two classes.",
    "{algorithm:은/는} 정답이 있는 데이터로 학습합니다. 목표값 열을 고르거나 두 클래스로 점을 그리세요.",
)
_ONE_CLASS = Text(
    "All {n} training points belong to class {name}: draw at least one point of another class.",
    "훈련 데이터의 점 {n}개가 모두 클래스 {name}입니다. 다른 클래스의 점을 하나 이상 그리세요.",
)
_NUMBERS_NOT_CLASSES = Text(
    "{algorithm} tells classes apart, but the target {target} holds numbers: choose a column with classes.",
    "{algorithm:은/는} 클래스를 가르지만 목표값 {target:은/는} 수입니다. 클래스가 든 열을 고르세요.",
)
_TOO_LARGE = Text(
    "{name} holds numbers so large (about 10¹⁵⁰ and more) that squares of them cannot be added up. Give the column in a "
    "larger unit.",
    "{name} 열에 제곱을 더할 수 없을 만큼 큰 수(약 10¹⁵⁰ 이상)가 있습니다. 더 큰 단위로 바꾸세요.",
)
_TOO_SMALL = Text(
    "The numbers in {name} differ by so little (less than about 10⁻¹⁵²) that the squares of the differences vanish. Give "
    "the column in a smaller unit.",
    "{name} 열의 값들은 차이가 너무 작아(약 10⁻¹⁵² 미만) 제곱하면 0이 됩니다. 더 작은 단위로 바꾸세요.",
)
_BEYOND_SINGLE = Text(
    "{device} computes in single precision, which cannot hold the squares of the numbers in {name}: standardise the "
    "columns, or compute on the CPU.",
    "{device:은/는} 단정밀도로 계산하므로 {name} 열 값의 제곱을 담을 수 없습니다. 열을 표준화하거나 CPU로 계산하세요.",
)
TOO_FEW = Text(
    "{algorithm} needs at least {least} points and has {n}. Draw some points, open a file, or choose an example.",
    "{algorithm:은/는} 점이 {least}개 이상 필요한데 {n}개뿐입니다. 점을 그리거나 파일을 열거나 예제를 고르세요.",
)
