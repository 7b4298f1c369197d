"""What K-means has learned: centroids, and the memberships by which they last moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.core.moment import Moment
from models.core.state import State


@dataclass(frozen=True, eq=False)
class KMeansState(State):
    """Centroids, and the cluster that each point was given in the last assignment: -1 before the first one.

    While the centroids move the points keep their clusters: `labels` then belong to `previous`, and which centroid is
    the nearest one now is what `KMeans.labels` says. changed_count: how many points the last assignment gave a new
    cluster; -1 before the first one and after a centroid was dragged. previous: where the centroids were before they
    last moved.
    """

    centroids: np.ndarray  # (k, d)
    previous: np.ndarray  # (k, d)
    labels: np.ndarray  # (n,) int32
    changed: np.ndarray  # (n,) bool
    changed_count: int
    rounds: int

    @property
    def is_assigned(self) -> bool:
        """Whether every point belongs to a cluster."""
        return len(self.labels) > 0 and bool(self.labels[0] >= 0)

    def assigned(self, before: np.ndarray, labels: np.ndarray, **more: Any) -> KMeansState:
        """This state with new labels (n,), and which of them differ from those `before` the assignment."""
        changed = labels != before
        return self.replace(labels=labels, changed=changed, changed_count=int(changed.sum()), **more)


def state_of(moment: Moment) -> KMeansState:
    """The state of a moment of K-means."""
    state = moment.state
    assert isinstance(state, KMeansState)
    return state
