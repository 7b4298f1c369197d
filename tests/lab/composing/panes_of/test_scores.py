"""The scoreboard: every figure agrees with scikit-learn's, and a cell names the rows that it counts."""

from __future__ import annotations

import dataclasses
import warnings
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as referee

import models
from lab.composing.panes_of.scores import MOST_FOR_SILHOUETTE, cell_rows, class_scores, scoreboard, silhouette
from lab.running.metrics import scores
from tests.models.problems import blobs, make_problem
from tests.toy import Toy, ToyState

STATE = ToyState(np.zeros((1, 2)), 0)


class Answering(Toy):
    """A classifier that predicts for every row the class written in its first column."""

    task: ClassVar = "classifier"

    def predict(self, state, x):
        return np.eye(int(x[:, 1].max()) + 1)[x[:, 0].astype(int)]


class Guessing(Answering):
    """A regressor that predicts for every row the number written in its first column."""

    task: ClassVar = "regressor"

    def predict(self, state, x):
        return x[:, 0]


def problem_of(predicted, actual, tested=0, classes=None):
    """The last `tested` rows are test rows; the rows of the dataset are numbered from 100 downwards."""
    predicted, actual = np.asarray(predicted, dtype=float), np.asarray(actual)
    top = np.full(len(predicted), (classes or 1) - 1.0)
    whole = make_problem(
        np.stack([predicted, top], axis=1),
        actual,
        class_names=tuple("ABCDEFG"[:classes]) if classes else (),
    )
    cut = len(predicted) - tested
    numbers = 100 - np.arange(len(predicted))
    return dataclasses.replace(
        whole,
        features=np.ascontiguousarray(whole.features[:cut]),
        targets=whole.targets[:cut],
        rows=numbers[:cut],
        test_features=np.ascontiguousarray(whole.features[cut:]),
        test_targets=whole.targets[cut:],
        test_rows=numbers[cut:],
        class_ids=tuple(range(3, 3 + classes)) if classes else (),
    )


def assert_scores_are_scikit_learns(scores, actual, predicted, n_classes):
    labels = np.arange(n_classes)
    assert np.array_equal(scores.counts, referee.confusion_matrix(actual, predicted, labels=labels))
    theirs = referee.precision_recall_fscore_support(actual, predicted, labels=labels, zero_division=np.nan)
    for mine, other in zip((scores.precision, scores.recall), theirs[:2], strict=True):
        assert np.allclose(mine, other, equal_nan=True)
    # Where neither was any of it predicted nor is any there, there is no F1; elsewhere it is theirs.
    there = (np.bincount(actual, minlength=n_classes) + np.bincount(predicted, minlength=n_classes)) > 0
    f1 = referee.f1_score(actual, predicted, labels=labels, average=None, zero_division=0.0)
    assert np.allclose(scores.f1[there], f1[there]) and np.isnan(scores.f1[~there]).all()
    assert scores.accuracy == pytest.approx(referee.accuracy_score(actual, predicted))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40))
def test_that_class_scores_are_scikit_learns_also_for_classes_never_predicted_or_never_there(pairs):
    actual, predicted = np.array(pairs).T
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_scores_are_scikit_learns(class_scores(actual, predicted, 5), actual, predicted, 5)


def test_that_a_class_that_is_never_predicted_has_no_precision_and_a_recall_of_zero():
    scores = class_scores(np.array([0, 0, 1, 2]), np.array([0, 0, 0, 2]), 3)
    assert np.isnan(scores.precision[1]) and scores.recall[1] == 0.0 and scores.f1[1] == 0.0


def test_that_training_and_test_are_judged_apart_with_the_names_and_colours_of_the_classes():
    predicted, actual = [0, 1, 1, 2, 0, 1, 2], [0, 1, 2, 2, 1, 1, 0]
    board = scoreboard(Answering(), STATE, problem_of(predicted, actual, tested=3, classes=3))
    assert board.kind == "classes" and board.names == ("A", "B", "C") and board.ids == (3, 4, 5)
    assert_scores_are_scikit_learns(board.classes["train"], actual[:4], predicted[:4], 3)
    assert_scores_are_scikit_learns(board.classes["test"], actual[4:], predicted[4:], 3)


def test_that_there_is_no_test_matrix_without_test_data():
    board = scoreboard(Answering(), STATE, problem_of([0, 1], [0, 0], classes=2))
    assert list(board.classes) == ["train"]


def test_that_the_rows_of_all_cells_are_all_rows_each_once_and_where_they_belong():
    random = np.random.default_rng(2)
    predicted, actual = random.integers(0, 3, 40), random.integers(0, 3, 40)
    problem = problem_of(predicted, actual, tested=15, classes=3)
    board = scoreboard(Answering(), STATE, problem)
    for name, numbers in (("train", problem.rows), ("test", problem.test_rows)):
        found = []
        for a in range(3):
            for p in range(3):
                rows = cell_rows(Answering(), STATE, problem, (name, a, p))
                assert len(rows) == board.classes[name].counts[a, p]
                assert (actual[100 - rows] == a).all() and (predicted[100 - rows] == p).all()
                found += rows.tolist()
        assert sorted(found) == sorted(numbers.tolist())


def test_that_a_cell_of_another_problem_has_no_rows():
    problem = problem_of([0, 1], [0, 0], classes=2)
    assert len(cell_rows(Answering(), STATE, problem, ("test", 0, 0))) == 0
    assert len(cell_rows(Answering(), STATE, problem, ("train", 5, 6))) == 0
    assert len(cell_rows(Guessing(), STATE, problem_of([0.0], [1.0]), ("train", 0, 0))) == 0


def test_that_the_figures_of_a_regression_are_scikit_learns_in_units_of_the_target():
    random = np.random.default_rng(4)
    actual = random.normal(300.0, 40.0, 30)
    predicted = actual + random.normal(2.0, 9.0, 30)
    board = scoreboard(Guessing(), STATE, problem_of(predicted, actual, tested=10))
    assert board.kind == "values" and board.names == ("class",)
    for name, part in (("train", slice(0, 20)), ("test", slice(20, 30))):
        y, z = actual[part], predicted[part]
        assert board.figures[name] == pytest.approx(
            {
                "r2": referee.r2_score(y, z),
                "mae": referee.mean_absolute_error(y, z),
                "rmse": referee.root_mean_squared_error(y, z),
            }
        )
    assert set(board.figures["train"]) <= set(board.labels)


def test_that_targets_that_do_not_differ_have_no_r2_but_an_error():
    figures = scoreboard(Guessing(), STATE, problem_of([1.0, 2.0], [1.5, 1.5])).figures["train"]
    assert figures == {"mae": 0.5, "rmse": 0.5}


STEP = np.spacing(1e6)  # the next number after a million


@pytest.mark.parametrize(
    "targets",
    [[0.1, 0.1, 0.1], [0.1] * 6 + [0.1 + 1e-17], [1e6, 1e6 + STEP, 1e6], [-1e-9 / 3] * 7, [1e300 / 7] * 10, [0.0] * 4],
)
def test_that_targets_that_are_the_same_to_rounding_have_no_r2_wherever_it_is_told(targets):
    problem = problem_of(np.zeros(len(targets)), targets)
    assert set(scoreboard(Guessing(), STATE, problem).figures["train"]) == {"mae", "rmse"}
    assert set(scores(Guessing(), STATE, problem)) == {"mae", "rmse"}


@pytest.mark.parametrize(("offset", "spread"), [(0.0, 1e-150), (1e6, 1e-5), (1e12, 1.0), (-1e-12, 1e-20), (0.1, 1e-13)])
def test_that_targets_that_differ_by_little_have_their_r2(offset, spread):
    targets = offset + spread * np.random.default_rng(1).normal(size=50)
    predicted = targets + 0.1 * spread * np.random.default_rng(2).normal(size=50)
    mean, long = targets.astype(np.longdouble).mean(), targets.astype(np.longdouble)
    expected = 1 - ((long - predicted) ** 2).sum() / ((long - mean) ** 2).sum()
    found = scoreboard(Guessing(), STATE, problem_of(predicted, targets)).figures["train"]["r2"]
    assert found == pytest.approx(float(expected), abs=1e-6)


@pytest.mark.parametrize("far", [0.0, 1e4])
def test_that_the_silhouette_is_scikit_learns(far):
    features, _ = blobs(each=60, sd=1.4)
    random = np.random.default_rng(0)
    for labels in (random.integers(0, 4, len(features)), (features[:, 0] > 0).astype(int) + 2 * (features[:, 1] > 0)):
        expected = referee.silhouette_score(features, labels)
        assert silhouette(features + far, labels) == pytest.approx(expected, abs=1e-9)


def plain_silhouette(features, labels):
    """By its definition, in numbers of 64 bits of mantissa where the processor has them."""
    features, values = features.astype(np.longdouble), []
    for row, label in zip(features, labels, strict=True):
        distances = np.sqrt(((features - row) ** 2).sum(axis=1))
        inside, size = distances[labels == label].sum(), (labels == label).sum()
        outside = min(distances[labels == other].mean() for other in set(labels) - {label})
        a = inside / max(size - 1, 1)
        values.append((outside - a) / max(a, outside) if size > 1 and max(a, outside) > 0 else 0.0)
    return float(np.mean(values))


@pytest.mark.parametrize("columns", [1, 2, 5])
@pytest.mark.parametrize("apart", [1.0, 1e6, 1e9, 1e12])
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_that_the_silhouette_keeps_its_digits_however_far_apart_the_clusters_lie(columns, apart, scale):
    random = np.random.default_rng(5)
    labels = np.repeat(np.arange(4), 12)
    # Two pairs of near clusters, far from each other: how well those of a pair are apart decides.
    middles = np.array([[0.0], [3.0], [apart], [apart + 3.0]]) * np.ones(columns)
    features = scale * (middles[labels] + random.normal(size=(48, columns)))
    assert silhouette(features, labels) == pytest.approx(plain_silhouette(features, labels), rel=1e-12)


def test_that_rows_of_very_many_columns_are_compared_in_smaller_number_and_it_says_so():
    features = np.random.default_rng(0).normal(size=(900, 700))
    learner, state, problem = clustered(features, 2)
    assert scoreboard(learner, state, problem).figures["train"]["silhouette_rows"] == 604


def test_that_the_silhouette_counts_a_row_alone_as_zero_and_bears_equal_rows():
    features = np.array([[0.0, 0.0], [0.0, 0.0], [5.0, 5.0], [9.0, 1.0], [9.0, 1.5]])
    labels = np.array([0, 0, 1, 2, 2])
    assert silhouette(features, labels) == pytest.approx(referee.silhouette_score(features, labels))
    same = np.zeros((4, 2))
    assert silhouette(same, np.array([0, 0, 1, 1])) == 0.0


def test_that_one_cluster_or_a_cluster_for_each_row_has_no_silhouette():
    features, _ = blobs(each=3)
    assert np.isnan(silhouette(features, np.zeros(9, dtype=int)))
    assert np.isnan(silhouette(features, np.arange(9)))


def clustered(features, k):
    learner = models.load("kmeans").with_settings({"n_clusters": k})
    problem = make_problem(features)
    state = learner.start(problem, 7)
    assert scoreboard(learner, state, problem) is None
    return learner, learner.advance(state, problem, 7, 0, 3).state, problem


def test_that_clusters_are_judged_by_the_centroids_that_are_shown():
    learner, state, problem = clustered(blobs(each=40, sd=1.4)[0], 4)
    board = scoreboard(learner, state, problem)
    nearest = learner.predict(state, problem.features).argmax(axis=1)
    assert (nearest != state.labels).any()  # the centroids have moved since the points were assigned
    assert board.kind == "clusters" and board.sizes.tolist() == np.bincount(nearest, minlength=4).tolist()
    expected = referee.silhouette_score(problem.features, nearest)
    assert board.figures["train"] == pytest.approx(
        {"inertia": learner.metrics(state, problem)["inertia"], "silhouette": expected}
    )


def test_that_of_very_many_points_a_fixed_sample_is_compared_and_it_says_so():
    learner, state, problem = clustered(blobs(each=900)[0], 3)
    one, other = (scoreboard(learner, state, problem).figures["train"] for _ in range(2))
    assert one == other and one["silhouette_rows"] == MOST_FOR_SILHOUETTE == 2_000
    labels = learner.labels(state, problem)
    assert one["silhouette"] == pytest.approx(referee.silhouette_score(problem.features, labels), abs=0.03)


def test_that_axes_have_no_scoreboard():
    learner = models.load("pca")()
    problem = make_problem(blobs()[0])
    assert scoreboard(learner, learner.start(problem, 1), problem) is None
