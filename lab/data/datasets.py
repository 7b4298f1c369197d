"""Datasets: named columns in original units, targets, class names. Values never change: edits make new ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from models.core.problem import Task

Origin = Literal["drawn", "generated", "logic", "table"]
TARGET_AXIS = -1
CLASS_LETTERS = ("A", "B", "C", "D", "E", "F", "G")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows of numbers with perhaps an answer for each.

    features (n, d) float64; d = 1 only with values as targets. targets: (n,) int64 numbers of classes, (n,) float64 values, or None.
    class_names: names by class number ("A", "B", ... for drawn points), empty unless targets are classes.
    axes: the two columns that the plane shows; TARGET_AXIS, upwards, stands for the values to be predicted. origin says where it came from: logic data (0/1) is never scaled.
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

    def __post_init__(self) -> None:
        for array in (self.features, self.targets):
            if array is not None:
                array.setflags(write=False)

    @property
    def n(self) -> int:
        return len(self.features)

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

    A regressor on data without values predicts the plane's vertical column from its horizontal one, so that drawn
    points have a line. A learner without answers takes a target on the vertical axis as one column more.
    """
    if task == "regressor" and not dataset.has_values:
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
