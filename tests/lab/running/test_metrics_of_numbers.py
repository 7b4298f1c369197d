"""The metrics over a run: scores of numbers are scikit-learn's, and the test loss is the training loss elsewhere."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn import metrics as referee

import models
from lab.running.metrics import labels, scores
from models.words.text import Text
from tests.models.problems import blobs, make_problem


def split(problem, cut):
    return dataclasses.replace(
        problem,
        features=np.ascontiguousarray(problem.features[:cut]),
        targets=problem.targets[:cut],
        rows=problem.rows[:cut],
        test_features=np.ascontiguousarray(problem.features[cut:]),
        test_targets=problem.targets[cut:],
        test_rows=problem.rows[cut:],
    )


def trained(problem, **settings):
    learner = models.load("mlp").with_settings(settings)
    return learner, learner.advance(learner.start(problem, 3), problem, 3, 0, 60).state


def test_that_the_scores_of_numbers_are_scikit_learns_for_training_and_test_rows():
    random = np.random.default_rng(1)
    x = random.normal(size=(60, 2))
    problem = split(make_problem(x, 100.0 + 20.0 * x[:, 0] - 5.0 * x[:, 1] ** 2), 40)
    learner, state = trained(problem)
    found = scores(learner, state, problem)
    for prefix, x, y in (
        ("", problem.features, problem.targets),
        ("test_", problem.test_features, problem.test_targets),
    ):
        z = learner.predict(state, x)
        assert found[prefix + "r2"] == pytest.approx(referee.r2_score(y, z))
        assert found[prefix + "mae"] == pytest.approx(referee.mean_absolute_error(y, z))
        assert found[prefix + "rmse"] == pytest.approx(referee.root_mean_squared_error(y, z))
    assert all(isinstance(labels(learner)[name], Text) for name in found)


def test_that_the_test_loss_of_a_classifier_is_scikit_learns_log_loss_over_the_test_rows():
    features, groups = blobs(each=30, sd=1.6)
    order = np.random.default_rng(0).permutation(len(features))
    problem = split(make_problem(features[order], groups[order]), 60)
    learner, state = trained(problem)
    expected = referee.log_loss(problem.test_targets, learner.predict(state, problem.test_features), labels=[0, 1, 2])
    assert scores(learner, state, problem)["test_loss"] == pytest.approx(expected)
    assert expected != pytest.approx(learner.metrics(state, problem)["loss"], rel=1e-3)


def test_that_there_is_no_test_score_without_test_data():
    problem = make_problem(*blobs(each=10))
    learner, state = trained(problem)
    assert set(scores(learner, state, problem)) == {"accuracy"}
