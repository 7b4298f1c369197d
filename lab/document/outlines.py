"""Problems without numbers: what files are checked against before anything of their claimed size is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lab.data.datasets import Dataset, seen_by
from models.core.problem import Rows, Scaler

if TYPE_CHECKING:
    from models.core.learner import Learner

TargetKind = Literal["none", "classes", "values"]


def outline(
    n: int,
    feature_names: Sequence[str],
    kind: TargetKind,
    class_names: Sequence[str],
    target_name: str,
    axes: tuple[int, int],
    scaler: Scaler | None = None,
) -> Rows:
    """A problem of n rows over these columns, of which nothing but sizes and names means anything: its arrays are one
    zero that is read over and over, whatever n is."""
    d = len(feature_names)
    targets = {
        "none": None,
        "classes": np.broadcast_to(np.int64(0), (n,)),
        "values": np.broadcast_to(np.float64(0.0), (n,)),
    }[kind]
    return Rows(
        features=np.broadcast_to(np.float64(0.0), (n, d)),
        targets=targets,
        class_names=tuple(class_names),
        feature_names=tuple(feature_names),
        target_name=target_name,
        rows=np.broadcast_to(np.int64(0), (n,)),
        test_features=np.zeros((0, d)),
        test_targets=None if targets is None else targets[:0],
        test_rows=np.zeros(0, dtype=np.int64),
        scaler=Scaler("none", np.zeros(d), np.ones(d)) if scaler is None else scaler,
        axes=axes,
        held=np.zeros(d),
    )


def outline_of(dataset: Dataset, learner: Learner[Any, Any]) -> Rows:
    """The outline of what this learner sees of a dataset, all rows counted as training rows."""
    seen = seen_by(dataset, learner.task)
    kind: TargetKind = "none" if seen.targets is None else "classes" if seen.has_classes else "values"
    names = [seen.class_names[i] for i in np.unique(seen.answers)] if seen.has_classes else []
    return outline(seen.n, seen.feature_names, kind, names, seen.target_name, seen.axes)
