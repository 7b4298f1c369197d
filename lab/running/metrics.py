"""Scores against targets, for every learner alike: training and test are always named apart."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from models.core.abilities import HasPrediction
from models.core.learner import Learner
from models.core.problem import Rows
from models.core.state import State
from models.words.text import Text

LABELS: dict[str, Text] = {
    "accuracy": Text("training accuracy", "훈련 정확도"),
    "test_accuracy": Text("test accuracy", "테스트 정확도"),
    "r2": Text("training R²", "훈련 결정계수(R²)"),
    "test_r2": Text("test R²", "테스트 결정계수(R²)"),
    "mae": Text("training MAE", "훈련 평균 절대 오차(MAE)"),
    "test_mae": Text("test MAE", "테스트 평균 절대 오차(MAE)"),
    "rmse": Text("training RMSE", "훈련 평균 제곱근 오차(RMSE)"),
    "test_rmse": Text("test RMSE", "테스트 평균 제곱근 오차(RMSE)"),
    "test_loss": Text("test loss", "테스트 데이터 손실"),
    "test_mse": Text("test mean squared error", "테스트 평균 제곱 오차"),
}


def wrong_rows(learner: Learner[Any, Any], state: State, problem: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Rows classified wrongly: indices into the training rows, and into the test rows. Empty without classes."""
    none = np.zeros(0, dtype=np.int64)
    if learner.task_on(problem) != "classifier" or not problem.has_classes or not isinstance(learner, HasPrediction):
        return none, none
    return (
        _wrong(learner, state, problem.features, problem.targets),
        _wrong(learner, state, problem.test_features, problem.test_targets),
    )


def _wrong(learner: HasPrediction, state: State, x: np.ndarray, targets: np.ndarray | None) -> np.ndarray:
    if targets is None or not len(x):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(learner.predict(state, x).argmax(axis=1) != targets)


def scores(learner: Learner[Any, Any], state: State, problem: Rows) -> dict[str, float]:
    """accuracy and test_accuracy (shares, 0 to 1); or r2, mae, rmse and the same with test_ before them. Where the
    learner's goal is a loss, test_loss (test_mse) is the same loss over the test rows. A score that does not exist
    (no test data, no targets) is absent."""
    task = learner.task_on(problem)
    found: dict[str, float] = {}
    if not isinstance(learner, HasPrediction):
        return found
    with np.errstate(all="ignore"):
        if task == "classifier" and problem.has_classes:
            wrong, test_wrong = wrong_rows(learner, state, problem)
            if problem.n:
                found["accuracy"] = 1.0 - len(wrong) / problem.n
            if len(problem.test_features):
                found["test_accuracy"] = 1.0 - len(test_wrong) / len(problem.test_features)
        elif task == "regressor" and problem.has_values:
            for prefix, x, y in (
                ("", problem.features, problem.targets),
                ("test_", problem.test_features, problem.test_targets),
            ):
                if y is not None and len(y):
                    figures = value_scores(y, learner.predict(state, x))
                    found |= {prefix + name: value for name, value in figures.items()}
        if task in ("classifier", "regressor"):
            found |= _test_loss(learner, state, problem)
    return found


def value_scores(targets: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """How well numbers (n,) were predicted, n >= 1, in units of the target: r2 (1 - residual / total sum of squares),
    mae (mean absolute error) and rmse (root of the mean squared error), as scikit-learn's r2_score,
    mean_absolute_error and root_mean_squared_error.

    r2 is absent where the targets do not differ by more than rounding: scikit-learn says 0 or 1 there, or a number made
    of rounding errors alone. The mean of n targets is good to about sqrt(n) eps times the largest of them (N. J. Higham,
    T. Mary: A New Approach to Probabilistic Rounding Error Analysis, 2019), so n equal ones may have a total sum of
    squares of (n eps largest)^2.
    """
    n, residuals = len(targets), targets - predicted
    total = float(((targets - targets.mean()) ** 2).sum())
    rounding = n * float(np.finfo(np.float64).eps) * float(np.abs(targets).max())
    differ = rounding < math.sqrt(total) < math.inf
    found = {"r2": 1.0 - float((residuals**2).sum()) / total} if differ else {}
    return {**found, "mae": float(np.abs(residuals).mean()), "rmse": float(np.sqrt((residuals**2).mean()))}


def _test_loss(learner: Learner[Any, Any], state: State, problem: Rows) -> dict[str, float]:
    """The learner's own loss over the test rows: what `metrics` says of a problem that has them for training rows."""
    name = f"test_{learner.goal}"
    if name not in LABELS or problem.test_targets is None or not len(problem.test_features):
        return {}
    tested = dataclasses.replace(
        problem,
        features=problem.test_features,
        targets=problem.test_targets,
        rows=problem.test_rows,
        _tensors={},
    )
    own = learner.metrics(state, tested)
    return {name: own[learner.goal]} if learner.goal in own else {}


def metrics_at(learner: Learner[Any, Any], state: State, problem: Rows) -> dict[str, float]:
    """The learner's own figures and the scores, by name."""
    with np.errstate(all="ignore"):
        return {**learner.metrics(state, problem), **scores(learner, state, problem)}


def labels(learner: Learner[Any, Any]) -> dict[str, Text]:
    """What each metric is called, in both languages."""
    return {**learner.metric_names, **LABELS}
