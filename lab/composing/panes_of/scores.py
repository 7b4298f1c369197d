"""The scores of a shown state, for the matrix pane: which class was taken for which, how far off, how well apart."""

from __future__ import annotations

import numpy as np

from lab.composing.beside import Asked
from lab.protocol.pane_records import ClassScores, Scoreboard
from lab.running.metrics import value_scores
from models.core.abilities import HasLabels, HasPrediction
from models.core.learner import Learner
from models.core.problem import Rows
from models.core.state import State
from models.words.text import Text

MOST_FOR_SILHOUETTE = 2_000  # rows; every row is compared with every other
_MOST_SQUARES = (
    64 * MOST_FOR_SILHOUETTE**2
)  # differences squared for it, a tenth of a second: fewer rows of many columns
_CHUNK = 64  # rows compared at once, so that the distances stay in the processor's cache

VALUE_LABELS = {
    "r2": Text("R²", "결정계수(R²)"),
    "mae": Text("MAE (mean absolute error)", "평균 절대 오차(MAE)"),
    "rmse": Text("RMSE (root mean squared error)", "평균 제곱근 오차(RMSE)"),
}
CLUSTER_LABELS = {
    "inertia": Text("inertia", "군집 내 제곱합(inertia)"),
    "silhouette": Text("silhouette coefficient", "실루엣 계수"),
    "silhouette_rows": Text("points compared for the silhouette", "실루엣 계수에 쓴 점의 수"),
}


class Scores:
    """The matrix pane, for whoever has an answer that can be right or wrong, or clusters."""

    def fits(self, learner: Learner, problem: Rows) -> bool:
        task = learner.task_on(problem)
        return task in ("clusterer", "regressor") or (task == "classifier" and problem.has_classes)

    def record(self, asked: Asked) -> Scoreboard | None:
        return scoreboard(asked.learner, asked.shown.moment.state, asked.problem)


def scoreboard(learner: Learner, state: State, problem: Rows) -> Scoreboard | None:
    """The scores of a state, or None for a learner that has none on this problem (PCA, no targets, no rows).

    kind "classes": names and ids of the problem's classes. kind "values": names holds the target's name alone, whose
    units mae and rmse have; a score that does not exist is absent. kind "clusters": before there are clusters there
    is no scoreboard; "silhouette_rows" stands in the figures where not all rows were compared.
    """
    task = learner.task_on(problem)
    if not problem.n or not isinstance(learner, HasPrediction):
        return None
    with np.errstate(all="ignore"):
        if task == "classifier" and problem.has_classes:
            return Scoreboard(
                kind="classes",
                names=problem.class_names,
                ids=problem.class_ids or tuple(range(problem.n_classes)),
                classes={
                    name: class_scores(targets, learner.predict(state, x).argmax(axis=1), problem.n_classes)
                    for name, x, targets in _sets(problem)
                },
            )
        if task == "regressor" and problem.has_values:
            figures = {name: value_scores(y, learner.predict(state, x)) for name, x, y in _sets(problem)}
            return Scoreboard(kind="values", names=(problem.target_name,), figures=figures, labels=VALUE_LABELS)
        if task == "clusterer":
            return _clusters(learner, state, problem)
    return None


def cell_rows(learner: Learner, state: State, problem: Rows, cell: tuple[str, int, int]) -> np.ndarray:
    """Rows of the dataset that a cell of the confusion matrix counts: ("train" or "test", actual, predicted)."""
    none = np.zeros(0, dtype=np.int64)
    if learner.task_on(problem) != "classifier" or not problem.has_classes or not isinstance(learner, HasPrediction):
        return none
    which, actual, predicted = cell
    rows = {"train": problem.rows, "test": problem.test_rows}
    for name, x, targets in _sets(problem):
        if name == which:
            mine = np.flatnonzero(targets == actual)
            if not len(mine):
                return none
            with np.errstate(all="ignore"):
                taken_for = learner.predict(state, np.ascontiguousarray(x[mine])).argmax(axis=1)
            return rows[name][mine[taken_for == predicted]]
    return none


def class_scores(actual: np.ndarray, predicted: np.ndarray, n_classes: int) -> ClassScores:
    """Counts and scores of class numbers (n,) against those predicted (n,), both 0 .. n_classes - 1.

    precision: of those predicted k, the share that are k. recall: of those that are k, the share predicted k.
    f1: their harmonic mean, 2 right / (predicted + actual).
    """
    cells = np.asarray(actual, dtype=np.int64) * n_classes + predicted
    counts = np.bincount(cells, minlength=n_classes * n_classes).reshape(n_classes, n_classes)
    right, taken, there = np.diag(counts), counts.sum(axis=0), counts.sum(axis=1)
    return ClassScores(
        counts=counts,
        precision=_shares(right, taken),
        recall=_shares(right, there),
        f1=_shares(2 * right, taken + there),
        accuracy=float(right.sum() / counts.sum()) if counts.sum() else float("nan"),
    )


def silhouette(features: np.ndarray, labels: np.ndarray) -> float:
    """The mean silhouette coefficient of rows (n, d) in clusters (n,); nan with fewer than two clusters, or as many
    as rows.

    Of one row: (b - a) / max(a, b), a its mean distance to its own cluster's other rows, b the least mean distance to
    another cluster; 0 for a row alone in its cluster (Rousseeuw, 1987; scikit-learn's silhouette_score, but for its
    distances: here they come from differences, which keep their digits however far apart the clusters lie).
    """
    from scipy.spatial.distance import cdist  # a fifth of a second, for who looks at clusters

    present, own = np.unique(labels, return_inverse=True)
    n, k = len(features), len(present)
    if not 2 <= k < n:
        return float("nan")
    members = np.eye(k)[own]
    sizes = members.sum(axis=0)
    sums = np.empty((n, k))
    for first in range(0, n, _CHUNK):
        sums[first : first + _CHUNK] = cdist(features[first : first + _CHUNK], features) @ members
    every = np.arange(n)
    inside = sums[every, own] / np.maximum(sizes[own] - 1.0, 1.0)
    means = sums / sizes
    means[every, own] = np.inf
    outside = means.min(axis=1)
    larger = np.maximum(inside, outside)
    values = np.where((sizes[own] > 1) & (larger > 0.0), (outside - inside) / np.where(larger > 0.0, larger, 1.0), 0.0)
    return float(values.mean())


def _clusters(learner: Learner, state: State, problem: Rows) -> Scoreboard | None:
    own = learner.metrics(state, problem)
    if learner.goal not in own:
        return None
    assert isinstance(learner, HasPrediction)
    shares = learner.predict(state, problem.features[:1])
    labels = learner.labels(state, problem) if isinstance(learner, HasLabels) else None
    if labels is None:
        labels = learner.predict(state, problem.features).argmax(axis=1)
    figures = {"inertia": own["inertia"]} if "inertia" in own else {}
    rows, most = np.arange(problem.n), min(MOST_FOR_SILHOUETTE, int(np.sqrt(_MOST_SQUARES / problem.d)))
    if problem.n > most:
        rows = np.arange(most) * problem.n // most
        figures["silhouette_rows"] = float(len(rows))
    figures["silhouette"] = silhouette(problem.features[rows], labels[rows])
    sizes = np.bincount(labels, minlength=shares.shape[1])
    return Scoreboard(kind="clusters", figures={"train": figures}, labels=CLUSTER_LABELS, sizes=sizes)


def _sets(problem: Rows) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """(name, rows, targets) of the training data and, where there is any, the test data."""
    sets = [("train", problem.features, problem.targets)]
    if problem.test_targets is not None and len(problem.test_features):
        sets.append(("test", problem.test_features, problem.test_targets))
    return sets


def _shares(parts: np.ndarray, wholes: np.ndarray) -> np.ndarray:
    """parts / wholes, nan where the whole is zero."""
    return np.where(wholes > 0, parts / np.maximum(wholes, 1), np.nan)
