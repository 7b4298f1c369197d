"""From a dataset and an experiment to the Problem that a learner sees: split, scaling, device."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from lab.data.datasets import Dataset, seen_by
from lab.document.project import Experiment
from models.core.problem import NumericPath, Rows, Scaler

if TYPE_CHECKING:
    from models.core.learner import Learner

Scaling = Literal["none", "standard"]


def split(n: int, train_share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers for training and for testing, each in rising order; at least one row is for training.

    The split depends on (n, train_share, seed) alone, so that the same seed tests on the same points.
    """
    if train_share >= 1.0 or n < 2:
        return np.arange(n), np.zeros(0, dtype=np.int64)
    order = np.random.default_rng(seed).permutation(n)
    cut = min(max(1, round(train_share * n)), n)
    return np.sort(order[:cut]), np.sort(order[cut:])


def with_every_class(train: np.ndarray, test: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The split with a training row of every class (classes (n,)), as far as there is room: a class that is for testing
    alone exchanges its first row for the last one of the class with most training rows. Other splits stay as they are."""
    train, test = train.copy(), test.copy()
    counts = np.bincount(classes[train], minlength=int(classes.max()) + 1) if len(classes) else np.zeros(0, dtype=int)
    for number in np.unique(classes[test]).tolist():
        if counts[number] or counts.max() < 2:
            continue
        largest = int(counts.argmax())
        given = int(np.flatnonzero(classes[train] == largest)[-1])
        taken = int(np.flatnonzero(classes[test] == number)[0])
        train[given], test[taken] = test[taken], train[given]
        counts[largest], counts[number] = counts[largest] - 1, 1
    return np.sort(train), np.sort(test)


def scaling_for(dataset: Dataset, learner: type[Learner[Any, Any]] | Learner[Any, Any], wanted: str) -> Scaling:
    """What "auto" means here: never for logic data; else as the learner prefers; tables are standardised for
    learners without answers, where one column in large units would decide everything."""
    for scaling in get_args(Scaling):
        if wanted == scaling:
            return scaling
    if dataset.origin == "logic":
        return "none"
    if dataset.origin == "table" and learner.task in ("clusterer", "transformer"):
        return "standard"
    return learner.default_scaling


def problem_for(
    dataset: Dataset,
    experiment: Experiment,
    learner: Learner[Any, Any],
    path: NumericPath | None = None,
) -> Rows:
    """The problem of an experiment. `path` None leaves the choice to `path_for`."""
    dataset = seen_by(dataset, learner.task)
    supervised = learner.task in ("classifier", "regressor")
    train, test = split(dataset.n, experiment.train_share if supervised else 1.0, experiment.seed)
    if dataset.targets is not None and dataset.has_classes:
        train, test = with_every_class(train, test, dataset.targets)
    scaler = Scaler.fit(scaling_for(dataset, learner, experiment.scaling), dataset.features[train])
    targets, class_names, class_ids = _targets(dataset)
    features = _fixed(scaler.transform(dataset.features[train]))
    problem = Rows(
        features=features,
        targets=None if targets is None else _fixed(targets[train]),
        class_names=class_names,
        feature_names=dataset.feature_names,
        target_name=dataset.target_name,
        rows=train,
        test_features=_fixed(scaler.transform(dataset.features[test])),
        test_targets=None if targets is None else _fixed(targets[test]),
        test_rows=test,
        scaler=scaler,
        axes=dataset.axes,
        held=_fixed(np.median(features, axis=0)) if len(features) else np.zeros(len(dataset.feature_names)),
        device=experiment.device,
        class_ids=class_ids,
    )
    return dataclasses.replace(problem, path=path or path_for(learner, problem, experiment.device))


def path_for(learner: Learner[Any, Any], problem: Rows, device: str) -> NumericPath:
    """Who computes a run that starts on `device`: torch on an accelerator; on the CPU whatever costs this learner least
    by its own measured figures, which are constants, so that the same run takes the same path everywhere."""
    if device != "cpu":
        return "torch"
    costs = learner.costs(problem)
    return min(costs, key=lambda path: costs[path])


def on_device(problem: Rows, learner: Learner[Any, Any], device: str) -> Rows:
    """The same problem for another device, its numeric path chosen anew."""
    path = path_for(learner, problem, device)
    return dataclasses.replace(problem, device=device, path=path, _tensors={})


def _targets(dataset: Dataset) -> tuple[np.ndarray | None, tuple[str, ...], tuple[int, ...]]:
    if dataset.targets is None or not dataset.has_classes:
        return dataset.targets, (), ()
    present, numbers = np.unique(dataset.targets, return_inverse=True)
    ids = tuple(int(i) for i in present)
    return numbers.astype(np.int64).reshape(-1), tuple(dataset.class_names[i] for i in ids), ids


def _fixed(array: np.ndarray) -> np.ndarray:
    fixed = np.ascontiguousarray(array)
    if fixed is array:
        fixed = fixed.copy()
    fixed.setflags(write=False)
    return fixed
