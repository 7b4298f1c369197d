"""Three columns in space: the points of a moment, the plane that is fitted to them, and their shadows on it."""

from __future__ import annotations

from typing import Any

import numpy as np

from lab.composing.beside import Asked
from lab.protocol.pane_records import SpacePicture
from models.core.abilities import HasPlaneInSpace
from models.core.learner import Learner, Moment
from models.core.problem import Rows

COLUMNS, AXES = 3, 2


class Space:
    """The stage of three columns: in view wherever there is such a picture, since it stands in the plane's place."""

    def __init__(self) -> None:
        self._last: tuple[Rows, SpacePicture | None] | None = None

    def fits(self, learner: Learner, problem: Rows) -> bool:
        return shows_space(learner, problem)

    def record(self, asked: Asked) -> SpacePicture | None:
        before = self._last[1] if self._last is not None and self._last[0] is asked.problem else None
        made = space_picture(asked.learner, asked.shown.moment, asked.problem, before=before)
        self._last = (asked.problem, made)
        return made


def shows_space(learner: Learner, problem: Rows) -> bool:
    """Whether a learner's moments can be looked at in space: three columns, and two axes sought among them."""
    is_two = isinstance(learner, HasPlaneInSpace) and learner.seeks_plane
    return is_two and problem.d == COLUMNS and not problem.shows_target


def space_picture(
    learner: Learner,
    moment: Moment,
    problem: Rows,
    dataset_targets_by_row: np.ndarray | None = None,
    before: SpacePicture | None = None,
) -> SpacePicture | None:
    """The picture of a moment in original units, or None where there are not three columns and two axes.

    A row of `axes` that is not known yet holds zeros: while the first axis is sought there is one direction, and a
    plane from the second on. Shadows fall at right angles in the learner's units and are mapped back from there, so
    with scaling they lie slantwise in original ones. dataset_targets_by_row: the dataset's targets, one for each of its
    rows, where they are classes; by default the problem's own. before: an earlier picture of the same problem, whose
    points are taken over: they never move.
    """
    if not (isinstance(learner, HasPlaneInSpace) and shows_space(learner, problem)):
        return None
    picture: dict[str, Any] = {
        "names": problem.feature_names,
        "points": problem.scaler.inverse(problem.features) if before is None else before.points,
        "groups": _groups(problem, dataset_targets_by_row) if before is None else before.groups,
    }
    with np.errstate(all="ignore"):
        fitted = learner.plane_in_space(moment.state)
        if fitted is None:
            return SpacePicture(**picture)
        mean, directions, is_projected, kept = fitted
        picture["mean"] = problem.scaler.inverse(mean)
        if kept is None:
            return SpacePicture(**picture)
        axes = np.zeros((AXES, COLUMNS))
        axes[: len(directions)] = directions * problem.scaler.scale
        lengths = np.linalg.norm(axes, axis=1, keepdims=True)
        picture["axes"] = np.divide(axes, lengths, out=np.zeros_like(axes), where=lengths > 0)
        picture["kept"] = kept
        if is_projected:
            feet = mean + (problem.features - mean) @ directions.T @ directions
            picture["shadows"] = problem.scaler.inverse(feet)
    return SpacePicture(**picture)


def _groups(problem: Rows, by_row: np.ndarray | None) -> np.ndarray | None:
    """Class ids of the training rows, (n,), or None where there are no classes."""
    if by_row is not None:
        classes = np.asarray(by_row)[problem.rows]
        return classes if classes.dtype.kind in "iu" else None
    if not problem.has_classes:
        return None
    return np.asarray(problem.class_ids)[problem.targets] if problem.class_ids else problem.targets
