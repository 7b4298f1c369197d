"""The picture in space against scikit-learn: original units, the plane and the shadows where the scaler puts them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import decomposition, preprocessing

import models
from lab.composing.stages_of.space import shows_space, space_picture
from lab.data.datasets import Dataset
from lab.data.generators import generate
from lab.document.project import Experiment
from lab.running.problems import problem_for
from models.core.learner import Moment


def table(seed: int = 1) -> Dataset:
    random = np.random.default_rng(seed)
    features = random.normal(0, 1, (50, 3)) @ random.normal(0, 1, (3, 3)) * [1.0, 100.0, 0.01] + [5.0, -300.0, 0.2]
    classes = np.array([1, 3])[np.arange(50) % 2]
    return Dataset("t", ("age", "pay", "rate"), features, classes, ("A", "B", "C", "D"), origin="table")


def played(data: Dataset, scaling: str = "none", k: int = 2):
    experiment = Experiment("pca", {"n_components": k}, scaling=scaling)
    learner = models.load("pca").with_settings(experiment.settings)
    problem = problem_for(data, experiment, learner)
    state = learner.start(problem, 7)
    moments = [Moment("start", state)]
    while learner.outcome(state, problem) is None:
        moments += learner.iterate(state, problem, 7, len(moments))
        state = moments[-1].state
    return learner, problem, moments


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_plane_and_shadows_are_scikit_learns_in_original_units(scaling):
    data = table()
    learner, problem, moments = played(data, scaling)
    picture = space_picture(learner, moments[-1], problem)
    scaler = preprocessing.StandardScaler(with_mean=scaling == "standard", with_std=scaling == "standard").fit(
        data.features
    )
    referee = decomposition.PCA(2).fit(scaler.transform(data.features))
    feet = scaler.inverse_transform(referee.inverse_transform(referee.transform(scaler.transform(data.features))))
    assert np.allclose(picture.points, data.features) and picture.names == ("age", "pay", "rate")
    assert np.allclose(picture.mean, data.features.mean(axis=0))
    assert np.allclose(picture.shadows, feet, rtol=1e-6, atol=1e-6)
    assert picture.kept == pytest.approx(referee.explained_variance_ratio_.sum())
    assert np.allclose(np.linalg.norm(picture.axes, axis=1), 1)
    off = (picture.shadows - picture.mean) / data.features.std(axis=0)
    normal = np.cross(*(picture.axes / data.features.std(axis=0)))
    assert np.allclose(off @ normal / np.linalg.norm(normal), 0, atol=1e-6), "every shadow lies on the drawn plane"


def test_that_the_picture_grows_as_the_run_learns():
    learner, problem, moments = played(generate("disc3d", 60))
    for moment in moments:
        picture = space_picture(learner, moment, problem)
        state, phase = moment.state, moment.phase
        assert (picture.mean is None) == (phase == "start")
        assert (picture.axes is None) == (picture.kept is None) == (phase in ("start", "center"))
        assert (picture.shadows is not None) == (phase == "project")
        if picture.axes is not None:
            known = int((np.linalg.norm(picture.axes, axis=1) > 0).sum())
            assert known == state.found + (not state.is_settled), "a direction to come is a row of zeros"
            assert picture.kept == pytest.approx(learner.metrics(state, problem)["explained_variance_ratio"])


def test_that_groups_are_the_class_ids_of_the_dataset():
    data = table()
    learner, problem, moments = played(data)
    assert space_picture(learner, moments[0], problem).groups.tolist() == data.targets.tolist()
    other = np.arange(50) % 4
    assert space_picture(learner, moments[0], problem, other).groups.tolist() == other.tolist()
    assert space_picture(learner, moments[0], problem, np.linspace(0, 1, 50)).groups is None
    learner, problem, moments = played(data.replace(targets=None, class_names=()))
    assert space_picture(learner, moments[0], problem).groups is None


def test_that_there_is_no_space_without_three_columns_and_two_axes():
    for data, k in ((generate("tilted"), 2), (table(), 1), (table(), 3)):
        learner, problem, moments = played(data, k=k)
        assert not shows_space(learner, problem) and space_picture(learner, moments[-1], problem) is None
    problem = played(table())[1]
    kmeans = models.load("kmeans")()
    assert space_picture(kmeans, Moment("start", kmeans.start(problem, 1)), problem) is None


def test_that_the_disc_in_space_is_flat_and_no_column_can_be_left_out():
    x = generate("disc3d", 4000, 0.0, 3).features
    shares = decomposition.PCA().fit(x).explained_variance_ratio_
    assert shares[2] < 0.01 and 1.5 < shares[0] / shares[1] < 3
    kept = 1 - x.var(axis=0) / x.var(axis=0).sum()
    assert kept.max() < 0.85 and np.abs(x).max() < 6
