"""Edits of the document: pure functions Project -> Project. An edit that changes nothing gives the same object back.

What happens to the schedule (the changes recorded during a run): drawing keeps it, since the same changes make sense
on a few points more; everything that makes another run of it (data set, algorithm, settings, seed, device, scaling,
train share) drops it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np

import models
from lab.data.datasets import CLASS_LETTERS, TARGET_AXIS, Dataset, empty
from lab.document.changes import Schedule
from lab.document.project import Project, Scaling
from lab.errors import LabError
from models.core.params import SettingError
from models.words.text import Text

LARGEST = 1e100  # of a coordinate: its square is still a number
MOST_SEED = 2**31 - 1


# -- points ----------------------------------------------------------------------------------------------------------


def add_points(project: Project, xy: np.ndarray, class_number: int) -> Project:
    """Points drawn at xy (m, 2), original units, in one class; names of classes up to it are added where missing.

    Columns outside the plane get their median (0 in an empty data set). Data without targets stays without: the
    point joins and its class is not kept. Where the plane's vertical axis is the target, a point's height is its target;
    other data with a numeric target refuses, since a drawn point has no such number.
    Raises LabError for that, for a class that cannot be, and for places that are not finite.
    """
    data = project.dataset
    xy = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    if len(xy) == 0:
        return project
    if data.has_values and not data.shows_target:
        raise LabError(_NUMERIC_TARGET, target=data.target_name)
    _check_finite(xy)
    if not 0 <= class_number < max(len(CLASS_LETTERS), len(data.class_names)):
        raise LabError(_NO_SUCH_CLASS, most=len(CLASS_LETTERS), given=class_number + 1)
    held = np.median(data.features, axis=0) if data.n else np.zeros(data.features.shape[1])
    drawn = np.repeat(held[None, :], len(xy), axis=0)
    drawn[:, _columns(data)] = xy[:, : len(_columns(data))]
    changes: dict[str, Any] = {"features": np.concatenate([data.features, drawn])}
    if data.shows_target:
        changes["targets"] = np.concatenate([data.targets, xy[:, 1]])
    if data.has_classes:
        changes["targets"] = np.concatenate([data.targets, np.full(len(xy), class_number, dtype=np.int64)])
        changes["class_names"] = _names_up_to(data.class_names, class_number)
    return project.replace(dataset=data.replace(**changes))


def remove_rows(project: Project, rows: Sequence[int] | np.ndarray) -> Project:
    """The data without these rows. Names of classes stay, even of a class with no point left."""
    data = project.dataset
    chosen = _rows(data, rows)
    if len(chosen) == 0:
        return project
    kept = np.delete(np.arange(data.n), chosen)
    targets = None if data.targets is None else data.targets[kept]
    return project.replace(dataset=data.replace(features=data.features[kept], targets=targets))


def move_rows(project: Project, rows: Sequence[int] | np.ndarray, delta: Sequence[float] | np.ndarray) -> Project:
    """These rows moved by delta (2,) in the plane, original units; columns outside the plane stay as they are."""
    data = project.dataset
    chosen = _rows(data, rows)
    shift = np.asarray(delta, dtype=np.float64).reshape(2)
    _check_finite(shift)
    if len(chosen) == 0 or not shift.any():
        return project
    features = data.features.copy()
    features[np.ix_(chosen, np.array(_columns(data)))] += shift[: len(_columns(data))]
    _check_finite(features[chosen])
    if not data.shows_target:
        return project.replace(dataset=data.replace(features=features))
    targets = data.answers.copy()
    targets[chosen] += shift[1]
    _check_finite(targets[chosen])
    return project.replace(dataset=data.replace(features=features, targets=targets))


def clear_points(project: Project) -> Project:
    """An empty plane to draw on. Two columns keep their names, classes and view; a wider table makes way for the
    plane of a new document, since a drawn point could say nothing about its other columns."""
    data = project.dataset
    if data.n == 0:
        return project
    if data.features.shape[1] != 2:
        return set_dataset(project, empty())
    blank = data.replace(
        name="",
        features=np.zeros((0, 2)),
        targets=np.zeros(0, dtype=np.int64),
        class_names=data.class_names if data.has_classes else CLASS_LETTERS,
        target_name=data.target_name if data.has_classes else "class",
        origin="drawn",
        notes=(),
    )
    return project.replace(dataset=blank)


def set_dataset(project: Project, dataset: Dataset) -> Project:
    """Another data set. Settings stay, but for lists of numbers that belong to places in the old data (a start
    weight for each column, start centroids, a query): they return to "chosen from the data" when the number of
    columns is another."""
    experiment = project.experiment
    settings = dict(experiment.settings)
    if settings and dataset.features.shape[1] != project.dataset.features.shape[1]:
        placed = {p.name for p in models.load(experiment.algorithm).params() if p.kind == "floats" and p.optional}
        settings = {name: value for name, value in settings.items() if name not in placed}
    new = project.replace(dataset=dataset, scene="")
    return new.with_experiment(settings=settings, schedule=())


def set_axes(project: Project, i: int, j: int) -> Project:
    """The columns i and j on the plane, x and y; j may be TARGET_AXIS where the target holds values. The part of the
    plane in view is then that of the data, or turned with the plane where the two are exchanged."""
    data = project.dataset
    if (i, j) == data.axes:
        return project
    columns = data.features.shape[1]
    is_target = j == TARGET_AXIS and data.has_values
    if i == j or not (0 <= i < columns and (0 <= j < columns or is_target)):
        raise LabError(_AXES, columns=columns)
    view = data.view if (i, j) == data.axes[::-1] else None
    view = view and (*view[2:], *view[:2])
    return project.replace(dataset=data.replace(axes=(int(i), int(j)), view=view))


# -- the experiment --------------------------------------------------------------------------------------------------


def set_algorithm(project: Project, id: str) -> Project:
    """Another algorithm at its defaults, on the same data with the same seed, device, scaling and train share."""
    if id == project.experiment.algorithm:
        return project
    check_algorithm(id)
    return project.with_experiment(algorithm=id, settings={}, schedule=())


def set_setting(project: Project, name: str, value: Any) -> Project:
    """One hyper-parameter; a value equal to the default is not kept. Raises LabError with the setting's sentence."""
    experiment = project.experiment
    learner = models.load(experiment.algorithm)
    settings = check_settings(experiment.algorithm, {**experiment.settings, name: value})
    defaults = {param.name: param.default for param in learner.params()}
    settings = {key: kept for key, kept in settings.items() if kept != defaults[key]}
    if settings == dict(experiment.settings):
        return project
    return project.with_experiment(settings=settings, schedule=())


def reset_settings(project: Project) -> Project:
    """Every hyper-parameter at its default."""
    return project.with_experiment(settings={}, schedule=()) if project.experiment.settings else project


def set_seed(project: Project, seed: int) -> Project:
    """Another start. Raises LabError unless 0 <= seed < 2**31, a whole number."""
    if isinstance(seed, bool) or seed != int(seed) or not 0 <= seed <= MOST_SEED:
        raise LabError(_SEED, most=MOST_SEED, given=str(seed)[:40])
    return _with(project, seed=int(seed))


def set_device(project: Project, device: str) -> Project:
    """The device that runs start on: "cpu" or torch's name of another."""
    return _with(project, device=device)


def set_scaling(project: Project, scaling: Scaling) -> Project:
    """How columns are scaled before learning: "auto" (the algorithm's own default), "none" or "standard"."""
    if scaling not in get_args(Scaling):
        raise LabError(_SCALING, given=str(scaling)[:40])
    return _with(project, scaling=scaling)


def set_train_share(project: Project, share: float) -> Project:
    """The share of the rows to learn from; 1 means no test data. Raises LabError unless 0 < share <= 1."""
    if not 0.0 < share <= 1.0:
        raise LabError(_SHARE, given=f"{share:g}")
    return _with(project, train_share=float(share))


def set_schedule(project: Project, schedule: Schedule) -> Project:
    """The changes recorded during a run, to be repeated when it is run again."""
    if tuple(schedule) == project.experiment.schedule:
        return project
    return project.with_experiment(schedule=tuple(schedule))


# -- what edits and files check alike ---------------------------------------------------------------------------------


def check_algorithm(id: str) -> None:
    """Raises LabError unless the catalogue holds this algorithm. An id in a file is looked up there and nowhere else: no
    code runs that is not in the catalogue. Whether an installed package has what its row promises is seen by loading."""
    if id in [row.id for row in models.CATALOGUE] and (not models.is_added(id) or models.can_load(id)):
        return
    for entry in models.broken():
        if entry.name == id:
            raise LabError(entry.said.text, **entry.said.values)
    raise LabError(_NO_SUCH_ALGORITHM, name=str(id)[:40], known=", ".join(row.id for row in models.CATALOGUE))


def check_settings(algorithm: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Settings as clean values, checked by the algorithm itself. Raises LabError with its sentence."""
    check_algorithm(algorithm)
    try:
        learner = models.load(algorithm).with_settings(settings)
    except SettingError as error:
        raise LabError(error.text, **error.values) from None
    return {name: getattr(learner, name) for name in settings}


def _with(project: Project, **changes: Any) -> Project:
    """The first experiment changed and its schedule dropped, or the same project when nothing differs."""
    if all(getattr(project.experiment, name) == value for name, value in changes.items()):
        return project
    return project.with_experiment(**changes, schedule=())


def _columns(data: Dataset) -> list[int]:
    """The features among the plane's two columns."""
    return [axis for axis in data.axes if axis != TARGET_AXIS]


def _rows(data: Dataset, rows: Sequence[int] | np.ndarray) -> np.ndarray:
    """Row numbers that exist, each once, in order."""
    chosen = np.unique(np.asarray(rows, dtype=np.int64).reshape(-1))
    return chosen[(chosen >= 0) & (chosen < data.n)]


def _check_finite(values: np.ndarray) -> None:
    if not (np.abs(values) <= LARGEST).all():  # nan compares as False
        raise LabError(_NOT_FINITE)


def _names_up_to(names: tuple[str, ...], number: int) -> tuple[str, ...]:
    """Class names long enough for `number`: its own letter for each new class, or the next letter that is free."""
    grown = list(names)
    while len(grown) <= number:
        letters = (*CLASS_LETTERS[len(grown) :], *CLASS_LETTERS)
        grown.append(next((letter for letter in letters if letter not in grown), str(len(grown) + 1)))
    return tuple(grown)


_NUMERIC_TARGET = Text(
    "The target {target} holds numbers, and a drawn point has none. Open the file again with a class column or "
    "without a target, or clear the plane to draw.",
    "목표값 {target:은/는} 수이고, 그린 점에는 그 값이 없습니다. 파일을 다시 열어 클래스 열을 고르거나 "
    "목표값 없이 열거나, 점을 모두 지우고 그리세요.",
)
_NOT_FINITE = Text(
    "A point would lie outside what numbers can hold. Draw it nearer.",
    "점이 수로 나타낼 수 있는 범위를 벗어납니다. 더 가까운 곳에 그리세요.",
)
_NO_SUCH_CLASS = Text(
    "There are {most} classes to draw with, and class number {given} is not one of them. Choose another swatch.",
    "그릴 수 있는 클래스는 {most}개이고 {given}번째 클래스는 없습니다. 다른 클래스를 고르세요.",
)
_AXES = Text(
    "The plane needs two different columns of the {columns} there are. Choose two.",
    "평면에는 열 {columns}개 가운데 서로 다른 두 열이 필요합니다. 두 열을 고르세요.",
)
_NO_SUCH_ALGORITHM = Text(
    "There is no algorithm called {name}. Choose one of: {known}.",
    "{name:이라는/라는} 알고리즘은 없습니다. 다음 가운데 하나를 고르세요: {known}.",
)
_SEED = Text(
    "The seed must be a whole number from 0 to {most}, but {given} was given.",
    "시드는 0 이상 {most} 이하의 정수여야 하는데 {given:이/가} 주어졌습니다.",
)
_SCALING = Text(
    "There is no scaling called {given}. Choose auto, none or standard.",
    "{given:이라는/라는} 스케일링은 없습니다. auto, none, standard 가운데 하나를 고르세요.",
)
_SHARE = Text(
    "The train share must lie above 0 and at most at 1, but {given} was given.",
    "훈련 데이터 비율은 0보다 크고 1 이하여야 하는데 {given:이/가} 주어졌습니다.",
)
