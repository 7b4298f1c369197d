"""Split and scaling, against scikit-learn's scaler; which target a learner sees of a table."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

import models
from lab.data.datasets import CLASS_LETTERS, Dataset, TargetChoice, target_said
from lab.document.project import Experiment, Project
from lab.document.project_json import from_json, to_json
from lab.document.storage import load, save
from lab.errors import LabError
from lab.running.problems import on_device, problem_for, scaling_for, split, with_every_class
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


def test_that_every_class_has_a_training_row_and_other_splits_stay_as_they_are():
    classes = np.array([0] * 10 + [1, 1] + [2])
    for seed in range(60):
        for share in (0.3, 0.5, 0.8):
            before = split(13, share, seed)
            train, test = with_every_class(*before, classes)
            assert len(train) == len(before[0]) and sorted([*train, *test]) == list(range(13))
            assert set(classes[train]) == {0, 1, 2}
            if set(classes[before[0]]) == {0, 1, 2}:
                np.testing.assert_array_equal(train, before[0])
            np.testing.assert_array_equal(train, with_every_class(*before, classes)[0])
    train, _ = with_every_class(*split(13, 0.01, 1), classes)
    assert len(train) == 1, "where there is room for one row alone, one class has it"


def test_that_a_learner_of_classes_never_sees_one_class_where_there_are_two():
    data = Dataset("t", ("a", "b"), np.arange(24.0).reshape(12, 2), np.array([0] * 10 + [1] * 2), ("A", "B"))
    for seed in range(40):
        problem = problem_for(data, Experiment("knn", seed=seed, train_share=0.4), models.load("knn")())
        assert set(problem.targets) == {0, 1} and len(problem.test_rows) == 7


# What is seen of a table's target


def numbers(choice, targets=None, names=(), axes=(0, 1)) -> Dataset:
    x = np.arange(30.0).reshape(10, 3)
    return Dataset("t", ("a", "b", "c"), x, targets, names, "goal", axes, "table", target_choice=choice)


REGRESSION = models.load("linear_regression")()
CODES, WORDS = np.arange(10) % 2, ("lo", "hi")


def test_that_numbers_that_stand_for_classes_are_numbers_to_a_regressor():
    for choice in ("auto", "column"):
        problem = problem_for(numbers(choice, CODES, ("5", "7.5")), Experiment("linear_regression"), REGRESSION)
        np.testing.assert_array_equal(problem.targets, np.where(CODES, 7.5, 5.0))
        assert (problem.target_name, problem.feature_names) == ("goal", ("a", "b", "c"))
        said = target_said(numbers(choice, CODES, ("5", "7.5")), "regressor", REGRESSION.title).say("en")
        assert said.endswith("takes the classes of goal as the numbers that they are.")


@pytest.mark.parametrize(
    ("choice", "targets", "names"),
    [("class", CODES, ("5", "7")), ("column", CODES, WORDS), ("class", CODES, WORDS), ("none", None, ())],
)
def test_that_a_target_that_was_chosen_and_is_none_for_a_regressor_is_refused(choice, targets, names):
    data = numbers(choice, targets, names)
    problem = problem_for(data, Experiment("linear_regression"), REGRESSION)
    assert REGRESSION.unready(problem) is not None and target_said(data, "regressor", REGRESSION.title) is None


@pytest.mark.parametrize(
    ("axes", "target", "seen"),
    [
        ((0, 1), "c", (0, 1)),
        ((1, 2), "c", (1, -1)),
        ((2, 0), "a", (1, -1)),
        ((0, 2), "c", (0, -1)),
        ((1, 0), "c", (1, 0)),
    ],
)
@pytest.mark.parametrize("names", [(), WORDS])
def test_that_a_regressor_predicts_the_last_column_where_nobody_chose_and_says_so(axes, target, seen, names):
    data = numbers("auto", CODES if names else None, names, axes)
    problem = problem_for(data, Experiment("linear_regression"), REGRESSION)
    others = tuple(name for name in ("a", "b", "c") if name != target)
    assert (problem.target_name, problem.feature_names, problem.axes) == (target, others, seen)
    np.testing.assert_array_equal(problem.targets, data.features[:, "abc".index(target)])
    said = target_said(data, "regressor", REGRESSION.title)
    assert f"predicts {target} from {', '.join(others)}" in said.say("en") and target in said.say("ko")


def test_that_files_of_old_and_drawn_points_keep_their_line():
    for data in (numbers("", CODES, WORDS), table()):
        problem = problem_for(data, Experiment("linear_regression"), REGRESSION)
        assert (problem.feature_names, problem.target_name) == (("a",), "b")
    assert "predicts b from a" in target_said(numbers("", CODES, WORDS), "regressor", REGRESSION.title).say("en")
    assert target_said(table(), "regressor", REGRESSION.title) is None


def test_that_a_table_reopens_with_what_was_chosen_of_its_target(tmp_path):
    for choice in get_args(TargetChoice):
        save(Project(numbers(choice, CODES, WORDS)), tmp_path / "a.learnscope")
        assert load(tmp_path / "a.learnscope").dataset.target_choice == choice
        assert from_json(to_json(Project(numbers(choice, CODES, WORDS))), "a").dataset.target_choice == choice
    document = to_json(Project(numbers("", CODES, WORDS)))
    assert "target_choice" not in document["dataset"], "as 0.3.0 wrote it"
    document["dataset"]["target_choice"] = "magic"
    with pytest.raises(LabError, match="target_choice"):
        from_json(document, "a")
