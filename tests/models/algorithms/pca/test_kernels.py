"""Means, covariances and turns of an axis against numpy and scikit-learn, in plain and in hard cases."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import decomposition

from models.algorithms.pca import kernels as pca_kernels
from models.algorithms.pca.learner import MOST_TURNS, PCA
from models.arithmetic.blocks import BLOCK, PART
from tests.models.problems import make_problem, tilted_cloud


@pytest.mark.parametrize("d", [1, 2, 3, 8, pca_kernels.FEW_COLUMNS, pca_kernels.FEW_COLUMNS + 1, 64])
@pytest.mark.parametrize("n", [2, 3, BLOCK, BLOCK + 1, 5_000])
def test_that_mean_and_covariance_are_those_of_numpy(n, d):
    random = np.random.default_rng(n + d)
    features = random.normal(size=(n, d)) @ random.normal(size=(d, d)) + random.normal(0, 10, d)
    mean, scatter = pca_kernels.moments(features)
    wanted = np.cov(features, rowvar=False).reshape(d, d) * (n - 1)
    assert np.allclose(mean, features.mean(axis=0), rtol=1e-12, atol=1e-12)
    assert np.allclose(scatter, wanted, rtol=0, atol=1e-12 * np.abs(wanted).max())


def test_that_many_parts_join_to_the_whole():
    features = np.random.default_rng(0).normal(3, [1, 5, 20], (3 * PART + 1234, 3))
    mean, scatter = pca_kernels.moments(features)
    wanted = np.cov(features, rowvar=False) * (len(features) - 1)
    assert np.allclose(mean, features.mean(axis=0), rtol=1e-13)
    assert np.allclose(scatter, wanted, rtol=0, atol=1e-13 * np.abs(wanted).max())


@pytest.mark.parametrize("d", [2, pca_kernels.FEW_COLUMNS + 4])
def test_that_no_digits_are_lost_far_from_the_origin(d):
    near = np.random.default_rng(1).integers(-1000, 1000, (40_000, d)) / 1024.0  # exact also after the shift
    mean, scatter = pca_kernels.moments(near + 2.0**30)
    _, wanted = pca_kernels.moments(near)
    assert np.allclose(mean - 2.0**30, near.mean(axis=0), rtol=0, atol=1e-6)
    assert np.allclose(scatter, wanted, rtol=0, atol=1e-10 * np.abs(wanted).max())


def test_that_a_drift_along_the_rows_counts_in_full():
    features = np.stack([np.linspace(-1, 1, 50_000), np.linspace(5, 7, 50_000)], axis=1)  # every block has its own mean
    _, scatter = pca_kernels.moments(features)
    wanted = np.cov(features, rowvar=False) * 49_999
    assert np.allclose(scatter, wanted, rtol=1e-12)


@pytest.mark.parametrize("path", ["kernel", "torch"])
def test_that_a_fit_of_many_rows_is_scikit_learns(path):
    random = np.random.default_rng(2)
    features = random.normal(size=(60_000, 3)) * [3, 2, 1] @ random.normal(size=(3, 3)) + [0, 50, -3]
    problem = make_problem(features, path=path)
    learner = PCA(n_components=3)
    state = learner.advance(learner.start(problem, 1), problem, 1, 0, 10_000).state
    referee = decomposition.PCA(3).fit(features)
    assert np.allclose(state.mean, referee.mean_, rtol=1e-12)
    assert np.allclose(state.variances, referee.explained_variance_, rtol=1e-10)
    assert np.allclose(np.abs(np.sum(state.components * referee.components_, axis=1)), 1.0, atol=1e-12)


@pytest.mark.parametrize("deviations", [(4.0, 1.0), (2.0, 1.995)])
@pytest.mark.parametrize("slice_length", [1, 3, 40, 10_000])
def test_that_turns_in_one_go_are_turns_one_by_one(deviations, slice_length):
    problem = make_problem(tilted_cloud(200, deviations))
    learner = PCA()
    state, frames, is_snapped = learner.start(problem, 3), [], False
    while learner.outcome(state, problem) is None:
        for moment in learner.iterate(state, problem, 3, len(frames)):
            is_snapped |= moment.phase == "snap"
            state = moment.state
        frames.append(state)
    assert is_snapped == (deviations[1] > 1.9) and len(frames) > (MOST_TURNS if is_snapped else 5)
    state, done = learner.start(problem, 3), 0
    while learner.outcome(state, problem) is None:
        came = learner.advance(state, problem, 3, done, slice_length)
        state, done = came.state, done + came.done
        assert state.same_as(frames[done - 1])
    assert done == len(frames)


def test_that_the_device_gives_the_moments_of_the_kernels_and_is_read_once(monkeypatch):
    import torch

    from models.algorithms.pca.device import moments_of

    features = np.random.default_rng(4).normal(size=(2_000, 3)) + 7
    mean, scatter = pca_kernels.moments(features)
    rows, reads = torch.as_tensor(features), []
    for name in ("item", "tolist", "cpu"):
        original = getattr(torch.Tensor, name)
        monkeypatch.setattr(torch.Tensor, name, lambda self, _original=original: reads.append(1) or _original(self))
    other_mean, other_scatter = moments_of(rows)
    assert np.allclose(mean, other_mean, rtol=1e-13) and np.allclose(scatter, other_scatter, rtol=1e-12, atol=1e-9)
    assert len(reads) == 1
