"""What a problem lacks before an algorithm can start on it: the sentences and checks that several algorithms share."""

from __future__ import annotations

import numpy as np

from models.core.problem import Rows
from models.words.text import Said, Text

TOO_MANY_TIMES = 10  # ranges of columns that differ by more decide alone


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


def ruling_column(problem: Rows) -> dict[str, str | float] | None:
    """The columns of the widest and the narrowest range as the learner sees them, when they differ over tenfold:
    {"wide", "narrow", "times"}; else None. Columns without any range do not count."""
    spans = np.ptp(problem.features, axis=0) if problem.n else np.zeros(problem.d)
    if (spans > 0).sum() < 2:
        return None
    wide, narrow = int(spans.argmax()), int(np.where(spans > 0, spans, np.inf).argmin())
    if spans[wide] <= TOO_MANY_TIMES * spans[narrow]:
        return None
    names = problem.feature_names
    return {"wide": names[wide], "narrow": names[narrow], "times": float(spans[wide] / spans[narrow])}


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
TOO_FEW = Text(
    "{algorithm} needs at least {least} points and has {n}. Draw some points, open a file, or choose an example.",
    "{algorithm:은/는} 점이 {least}개 이상 필요한데 {n}개뿐입니다. 점을 그리거나 파일을 열거나 예제를 고르세요.",
)
