"""Datasets: named columns in original units, targets, class names. Values never change: edits make new ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from models.core.problem import Task
from models.words.text import Said, Text

Origin = Literal["drawn", "generated", "logic", "table"]
TargetChoice = Literal["", "auto", "none", "column", "class", "number"]
TARGET_AXIS = -1
_NAMED = 6  # columns that are named in one sentence
CLASS_LETTERS = ("A", "B", "C", "D", "E", "F", "G")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows of numbers with perhaps an answer for each.

    features (n, d) float64; d = 1 only with values as targets. targets: (n,) int64 numbers of classes, (n,) float64 values, or None.
    class_names: names by class number ("A", "B", ... for drawn points), empty unless targets are classes.
    axes: the two columns that the plane shows; TARGET_AXIS, upwards, stands for the values to be predicted. origin says where it came from: logic data (0/1) is never scaled.
    target_choice: what somebody chose for a table's target: nothing, so that it was guessed ("auto"), that there is none,
    the column, the column and that it holds classes or numbers; "" where that is not known (files of 0.3.0) or no question.
    view: (x0, x1, y0, y1), the part of the plane to show, or None for the span of the data.
    """

    name: str
    feature_names: tuple[str, ...]
    features: np.ndarray
    targets: np.ndarray | None = None
    class_names: tuple[str, ...] = ()
    target_name: str = "class"
    axes: tuple[int, int] = (0, 1)
    origin: Origin = "drawn"
    view: tuple[float, float, float, float] | None = None
    notes: tuple[str, ...] = field(default=())
    target_choice: TargetChoice = ""

    def __post_init__(self) -> None:
        for array in (self.features, self.targets):
            if array is not None:
                array.setflags(write=False)

    @property
    def n(self) -> int:
        return len(self.features)

    @property
    def answers(self) -> np.ndarray:
        """The targets of data that has classes or values."""
        assert self.targets is not None
        return self.targets

    @property
    def has_classes(self) -> bool:
        return self.targets is not None and self.targets.dtype.kind == "i"

    @property
    def has_values(self) -> bool:
        return self.targets is not None and self.targets.dtype.kind == "f"

    @property
    def plane(self) -> np.ndarray:
        """The two shown columns, (n, 2), original units."""
        if not self.shows_target:
            return self.features[:, list(self.axes)]
        return np.stack([self.features[:, self.axes[0]], self.targets], axis=1)

    @property
    def shows_target(self) -> bool:
        """Whether the plane's vertical axis is the target."""
        return self.axes[1] == TARGET_AXIS

    @property
    def axis_names(self) -> tuple[str, str]:
        """What the plane's two axes are called."""
        across, up = self.axes
        return self.feature_names[across], self.target_name if self.shows_target else self.feature_names[up]

    def replace(self, **changes) -> Dataset:
        return replace(self, **changes)


def empty() -> Dataset:
    """A plane with nothing drawn on it yet: columns x and y, classes A to G."""
    return Dataset(
        name="",
        feature_names=("x", "y"),
        features=np.zeros((0, 2)),
        targets=np.zeros(0, dtype=np.int64),
        class_names=CLASS_LETTERS,
        view=(-6.0, 6.0, -6.0, 6.0),
    )


def seen_by(dataset: Dataset, task: Task) -> Dataset:
    """The dataset as a learner of this task takes it.

    A regressor needs numbers to predict. On drawn points without, it predicts the plane's vertical column from its
    horizontal one, so that they have a line. On a table it takes classes that are numbers as numbers, unless somebody said
    that they are classes; where nobody chose a target it predicts the last column from all others (the plane's
    vertical one where the last stands across); a chosen target of words, or none, stays as it is, and the learner refuses
    it. `target_said` says so. A learner without answers takes a target on the vertical axis as one column more.
    """
    if task == "regressor" and not dataset.has_values:
        if dataset.origin == "table" and dataset.target_choice:
            return _with_values(dataset)
        across, up = dataset.axes
        return dataset.replace(
            feature_names=(dataset.feature_names[across],),
            features=np.ascontiguousarray(dataset.features[:, [across]]),
            targets=np.ascontiguousarray(dataset.features[:, up]),
            class_names=(),
            target_name=dataset.feature_names[up],
            axes=(0, TARGET_AXIS),
        )
    if task in ("clusterer", "transformer") and dataset.shows_target:
        return dataset.replace(
            feature_names=(*dataset.feature_names, dataset.target_name),
            features=np.column_stack([dataset.features, dataset.targets]),
            targets=None,
            target_name="class",
            axes=(dataset.axes[0], len(dataset.feature_names)),
        )
    return dataset


def target_said(dataset: Dataset, task: Task, algorithm: Text) -> Said | None:
    """What a learner of this task makes of a table's target, where that is not what stands there; else None."""
    if dataset.origin != "table":
        return None
    if task == "regressor" and not dataset.has_values:
        seen = seen_by(dataset, task)
        if seen is dataset:
            return None
        if dataset.has_classes and seen.features is dataset.features:
            return Said(TAKEN_AS_NUMBERS, {"algorithm": algorithm, "target": seen.target_name})
        names = ", ".join(seen.feature_names[:_NAMED]) + (" …" if len(seen.feature_names) > _NAMED else "")
        return Said(PREDICTS_LAST, {"algorithm": algorithm, "target": seen.target_name, "features": names})
    is_chosen = dataset.target_choice in ("column", "class", "number")
    if task in ("clusterer", "transformer") and is_chosen:
        words = TAKEN_AS_COLUMN if dataset.shows_target else NOT_USED
        return Said(words, {"algorithm": algorithm, "target": dataset.target_name})
    return None


def _with_values(dataset: Dataset) -> Dataset:
    """A table with a target of numbers for a regressor; the same dataset when it has none to offer."""
    if dataset.has_classes and dataset.target_choice in ("auto", "column"):
        values = _numbers(dataset.class_names)
        if values is not None:
            return dataset.replace(targets=values[dataset.targets], class_names=())
    count = len(dataset.feature_names)
    if dataset.target_choice != "auto" or count < 2:
        return dataset
    across, up = dataset.axes
    goal = count - 1 if across != count - 1 else up
    others = [column for column in range(count) if column != goal]
    return dataset.replace(
        feature_names=tuple(dataset.feature_names[column] for column in others),
        features=np.ascontiguousarray(dataset.features[:, others]),
        targets=np.ascontiguousarray(dataset.features[:, goal]),
        class_names=(),
        target_name=dataset.feature_names[goal],
        axes=(others.index(across), TARGET_AXIS if up == goal else others.index(up)),
    )


def _numbers(names: tuple[str, ...]) -> np.ndarray | None:
    """Names of classes as numbers (k,); None when one of them is none."""
    try:
        values = np.array([float(name) for name in names])
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


TAKEN_AS_NUMBERS = Text(
    "{algorithm} predicts numbers and takes the classes of {target} as the numbers that they are.",
    "{algorithm:은/는} 수를 예측하므로 {target}의 클래스를 적힌 수로 봅니다.",
)
PREDICTS_LAST = Text(
    "No target of numbers was chosen: {algorithm} predicts {target} from {features}.",
    "수로 된 목표값을 고르지 않아 {algorithm:이/가} {features}에서 {target:을/를} 예측합니다.",
)
NOT_USED = Text(
    "{algorithm} learns without answers: it does not use the target {target}.",
    "{algorithm:은/는} 정답 없이 학습하므로 목표값 {target:을/를} 쓰지 않습니다.",
)
TAKEN_AS_COLUMN = Text(
    "{algorithm} learns without answers: it takes {target} as one column more.",
    "{algorithm:은/는} 정답 없이 학습하므로 {target:을/를} 열 하나로 더 씁니다.",
)
