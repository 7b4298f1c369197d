"""The catalogue: which algorithms there are, as plain rows. Importing it imports no algorithm."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from models.words.text import Text

if TYPE_CHECKING:
    from models.core.learner import Learner

Group = Literal["supervised", "unsupervised"]

GROUPS: dict[Group, Text] = {
    "supervised": Text("Supervised learning", "지도 학습"),
    "unsupervised": Text("Unsupervised learning", "비지도 학습"),
}


@dataclass(frozen=True)
class Row:
    """One algorithm: its id, its group, its name for people, and the module and class that hold it."""

    id: str
    group: Group
    title: Text
    subtitle: Text
    module: str
    class_name: str


CATALOGUE: tuple[Row, ...] = (
    Row("perceptron", "supervised", Text("Perceptron", "퍼셉트론"),
        Text("one line, turned at every mistake", "틀릴 때마다 돌아가는 선 하나"), "models.algorithms.perceptron.learner", "Perceptron"),
    Row("mlp", "supervised", Text("Neural network (MLP)", "다층 퍼셉트론(MLP)"),
        Text("layers of neurons bend the boundary", "뉴런의 층이 경계를 구부림"), "models.algorithms.mlp.learner", "MLP"),
    Row("linear_regression", "supervised", Text("Linear regression", "선형 회귀"),
        Text("a line through numbers", "수를 잇는 직선"), "models.algorithms.linear_regression.learner", "LinearRegression"),
    Row("logistic_regression", "supervised", Text("Logistic regression", "로지스틱 회귀"),
        Text("a probability on each side of a line", "직선 양쪽의 확률"), "models.algorithms.logistic_regression.learner",
        "LogisticRegression"),
    Row("knn", "supervised", Text("K-nearest neighbours", "K-최근접 이웃(KNN)"),
        Text("K = number of neighbours that vote", "K = 투표하는 이웃 수"), "models.algorithms.knn.learner", "KNN"),
    Row("kmeans", "unsupervised", Text("K-means", "K-평균"),
        Text("K = number of clusters", "K = 군집 수"), "models.algorithms.kmeans.learner", "KMeans"),
    Row("pca", "unsupervised", Text("Principal component analysis (PCA)", "주성분 분석(PCA)"),
        Text("the direction that keeps most variance", "분산을 가장 많이 남기는 방향"), "models.algorithms.pca.learner", "PCA"),
)  # fmt: skip


def row(algorithm: str) -> Row:
    """The catalogue's row for an id. Raises KeyError for an unknown one."""
    for entry in CATALOGUE:
        if entry.id == algorithm:
            return entry
    raise KeyError(algorithm)


def load(algorithm: str) -> type[Learner]:
    """The learner class for an id; imports its module. Raises KeyError for an unknown id."""
    entry = row(algorithm)
    return getattr(importlib.import_module(entry.module), entry.class_name)
