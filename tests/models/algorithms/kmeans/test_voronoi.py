"""The borders of K-means' regions against scipy's Voronoi diagram and against the distances themselves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import Voronoi

from models.algorithms.kmeans.learner import KMeans
from models.algorithms.kmeans.voronoi import borders
from models.core.learner import Moment
from tests.models.problems import blobs, make_problem


def sites_of(k: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 2, (k, 2))


@pytest.mark.parametrize("k", [4, 5, 6, 7, 8, 20])
def test_that_the_pieces_between_the_regions_are_scipys_ridges(k):
    sites = sites_of(k)
    starts, ends = borders(sites, np.zeros(k), reach=1e3)
    referee = Voronoi(sites)
    found = sorted(sorted(map(tuple, np.round([a, b], 6).tolist())) for a, b in zip(starts, ends, strict=True)
                   if np.hypot(*(b - a)) < 900)  # fmt: skip
    ridges = [referee.vertices[list(ridge)] for ridge in referee.ridge_vertices if -1 not in ridge]
    wanted = sorted(
        sorted(map(tuple, np.round(ridge, 6).tolist()))
        for ridge in ridges
        if np.hypot(*np.diff(ridge, axis=0)[0]) < 900
    )
    assert len(starts) == len(referee.ridge_points)
    assert found == wanted


@pytest.mark.parametrize("k", range(2, 9))
def test_that_on_a_border_two_sites_are_equally_near_and_none_is_nearer(k):
    sites, heights = sites_of(k, k), np.random.default_rng(k).uniform(0, 3, k)
    starts, ends = borders(sites, heights, reach=50.0)
    for share in (0.1, 0.5, 0.9):
        places = starts + share * (ends - starts)
        powers = np.sort(((places[:, None] - sites) ** 2).sum(axis=2) + heights, axis=1)
        assert np.allclose(powers[:, 0], powers[:, 1])


def test_that_one_site_and_sites_at_one_place_have_no_border():
    for sites in (np.zeros((1, 2)), np.ones((3, 2))):
        starts, ends = borders(sites, np.zeros(len(sites)), reach=10.0)
        assert starts.shape == ends.shape == (0, 2)


@pytest.mark.parametrize("k", range(1, 9))
def test_that_every_moment_of_k_means_shows_the_borders_between_its_regions(k):
    features, _ = blobs(each=30, sd=1.5)
    problem = make_problem(features, scaling="standard")
    learner = KMeans(n_clusters=k)
    state = learner.start(problem, 7)
    moments = [Moment("start", state), *learner.iterate(state, problem, 7, 0)]
    for moment in moments:
        lines = {mark.key: mark for mark in learner.marks(moment, problem)}["borders"]
        middles = (lines.starts + lines.ends) / 2
        assert len(middles) >= k - 1
        beside = 1e-6 * np.stack([-(lines.ends - lines.starts)[:, 1], (lines.ends - lines.starts)[:, 0]], axis=1)
        one = learner.predict(moment.state, middles + beside).argmax(axis=1)
        other = learner.predict(moment.state, middles - beside).argmax(axis=1)
        assert (one != other).all(), "the nearest centroid is another on the other side"


def test_that_borders_hold_the_columns_outside_the_plane():
    random = np.random.default_rng(3)
    problem = make_problem(random.normal(0, 2, (60, 4)), axes=(3, 1))
    learner = KMeans(n_clusters=4)
    state = learner.start(problem, 7)
    lines = {mark.key: mark for mark in learner.marks(Moment("start", state), problem)}["borders"]
    assert (lines.starts[:, [0, 2]] == problem.held[[0, 2]]).all()
    middles = (lines.starts + lines.ends) / 2
    distances = np.sort(((middles[:, None] - state.centroids) ** 2).sum(axis=2), axis=1)
    assert np.allclose(distances[:, 0], distances[:, 1])
