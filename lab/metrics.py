"""Scores against targets, for every learner alike: training and test are always named apart."""

from __future__ import annotations

import numpy as np

from models.core.learner import Learner
from models.core.problem import Problem
from models.core.state import State
from models.core.text import Text

LABELS: dict[str, Text] = {
    "accuracy": Text("training accuracy", "훈련 정확도"),
    "test_accuracy": Text("test accuracy", "테스트 정확도"),
    "r2": Text("training R²", "훈련 결정계수(R²)"),
    "test_r2": Text("test R²", "테스트 결정계수(R²)"),
}


def wrong_rows(learner: Learner, state: State, problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Rows classified wrongly: indices into the training rows, and into the test rows. Empty without classes."""
    none = np.zeros(0, dtype=np.int64)
    if learner.task_on(problem) != "classifier" or not problem.has_classes:
        return none, none
    return (
        _wrong(learner, state, problem.features, problem.targets),
        _wrong(learner, state, problem.test_features, problem.test_targets),
    )


def _wrong(learner: Learner, state: State, x: np.ndarray, targets: np.ndarray | None) -> np.ndarray:
    if targets is None or not len(x):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(learner.predict(state, x).argmax(axis=1) != targets)


def scores(learner: Learner, state: State, problem: Problem) -> dict[str, float]:
    """accuracy and test_accuracy (shares, 0 to 1), or r2 and test_r2 (1 - residual / total sum of squares, as
    scikit-learn's r2_score). A score that does not exist (no test data, no targets) is absent."""
    task = learner.task_on(problem)
    found: dict[str, float] = {}
    with np.errstate(all="ignore"):
        if task == "classifier" and problem.has_classes:
            wrong, test_wrong = wrong_rows(learner, state, problem)
            if problem.n:
                found["accuracy"] = 1.0 - len(wrong) / problem.n
            if len(problem.test_features):
                found["test_accuracy"] = 1.0 - len(test_wrong) / len(problem.test_features)
        elif task == "regressor" and problem.has_values:
            found |= _r2("r2", learner, state, problem.features, problem.targets)
            found |= _r2("test_r2", learner, state, problem.test_features, problem.test_targets)
    return found


def _r2(name: str, learner: Learner, state: State, x: np.ndarray, y: np.ndarray | None) -> dict[str, float]:
    if y is None or len(y) < 2:
        return {}
    total = float(((y - y.mean()) ** 2).sum())
    if total == 0.0:
        return {}
    return {name: 1.0 - float(((y - learner.predict(state, x)) ** 2).sum()) / total}


def metrics_at(learner: Learner, state: State, problem: Problem) -> dict[str, float]:
    """The learner's own figures and the scores, by name."""
    with np.errstate(all="ignore"):
        return {**learner.metrics(state, problem), **scores(learner, state, problem)}


def labels(learner: Learner) -> dict[str, Text]:
    """What each metric is called, in both languages."""
    return {**learner.metric_names, **LABELS}
