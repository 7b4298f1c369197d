"""Split and scaling, against scikit-learn's scaler."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

import models
from lab.data.datasets import CLASS_LETTERS, Dataset
from lab.document.project import Experiment
from lab.running.problems import on_device, problem_for, scaling_for, split
from models.core.problem import Scaler


def table(n=40, origin="drawn") -> Dataset:
    random = np.random.default_rng(3)
    x = random.normal([5, -2, 1000], [1, 3, 200], size=(n, 3))
    return Dataset("t", ("a", "b", "c"), x, np.arange(n) % 2 * 3, CLASS_LETTERS, origin=origin)


def test_that_standardising_is_scikit_learns():
    x = np.column_stack([table().features, np.full(40, 0.1)])
    ours, theirs = Scaler.fit("standard", x), StandardScaler().fit(x)
    np.testing.assert_allclose(ours.transform(x), theirs.transform(x), atol=1e-12)
    np.testing.assert_allclose(ours.inverse(ours.transform(x)), x, rtol=1e-12)


def test_that_the_split_is_by_seed_whole_and_disjoint():
    train, test = split(50, 0.7, 7)
    assert len(train) == 35 and sorted([*train, *test]) == list(range(50))
    again, other = split(50, 0.7, 7)[0], split(50, 0.7, 8)[0]
    assert np.array_equal(train, again) and not np.array_equal(train, other)
    assert len(split(50, 1.0, 7)[1]) == 0


def test_that_the_scaler_is_fitted_on_training_rows_alone():
    data = table()
    mlp = models.load("perceptron")()
    problem = problem_for(data, Experiment("perceptron", scaling="standard", train_share=0.5), mlp)
    np.testing.assert_allclose(problem.features.mean(axis=0), 0, atol=1e-9)
    assert abs(problem.test_features.mean(axis=0)).max() > 1e-3
    assert not problem.features.flags.writeable


def test_that_classes_are_numbered_without_gaps_and_keep_their_letters():
    problem = problem_for(table(), Experiment("knn"), models.load("knn")())
    assert problem.class_names == ("A", "D") and problem.class_ids == (0, 3)
    assert set(problem.targets) == {0, 1}


@pytest.mark.parametrize(
    ("origin", "algorithm", "kind"),
    [
        ("logic", "perceptron", "none"),
        ("drawn", "knn", "none"),
        ("table", "knn", "none"),
        ("table", "kmeans", "standard"),
        ("drawn", "kmeans", "none"),
        ("drawn", "mlp", "standard"),
        ("logic", "mlp", "none"),
    ],
)
def test_that_auto_scaling_is_the_teaching_default(origin, algorithm, kind):
    assert scaling_for(table(origin=origin), models.load(algorithm), "auto") == kind


def test_that_unsupervised_learners_see_every_row():
    problem = problem_for(table(), Experiment("kmeans", train_share=0.5), models.load("kmeans")())
    assert problem.n == 40 and len(problem.test_rows) == 0


def test_that_another_device_changes_the_numeric_path():
    problem = problem_for(table(), Experiment("kmeans"), models.load("kmeans")())
    assert (problem.path, on_device(problem, models.load("kmeans")(), "cuda").path) == ("kernel", "torch")


def test_that_a_point_of_the_plane_comes_back_through_the_scaler():
    problem = problem_for(table(), Experiment("kmeans", scaling="standard"), models.load("kmeans")())
    row = problem.scale_point(np.array([5.5, -1.0]))
    np.testing.assert_allclose(problem.scaler.inverse(row[None])[0][:2], [5.5, -1.0])
    np.testing.assert_allclose(row[2], np.median(problem.features[:, 2]))
