"""K-means over all scales: against scikit-learn from the same start, a plain Lloyd, and every way to part few points."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn.cluster import KMeans as Referee

from models.algorithms.kmeans.learner import KMeans
from tests.models.problems import make_problem

SCALES = [1e-12, 1e-6, 1.0, 1e6, 1e12]


def ended(features, k, seed=7, path="kernel", scaling="none", **settings):
    axes = (0, min(1, features.shape[1] - 1))
    problem = make_problem(features, path=path, scaling=scaling, axes=axes)
    learner = KMeans(n_clusters=k, **settings)
    start = learner.start(problem, seed)
    return learner, problem, start, learner.advance(start, problem, seed, 0, 10_000).state


def plain_lloyd(x, centroids):
    """Assign and move until nothing changes, in numpy and by differences: (labels, centroids), or None for an empty
    cluster."""
    labels = None
    while True:
        now = ((x[:, None, :] - centroids) ** 2).sum(axis=2).argmin(axis=1)
        if len(np.unique(now)) < len(centroids):
            return None
        if labels is not None and (now == labels).all():
            return now, centroids
        labels, centroids = now, np.stack([x[now == c].mean(axis=0) for c in range(len(centroids))])


def least_inertia(x, k):
    """The best of all ways to part these rows into k clusters, every one with a point."""
    best = np.inf
    for parts in itertools.product(range(k), repeat=len(x)):
        labels = np.array(parts)
        if len(np.unique(labels)) == k:
            middles = np.stack([x[labels == c].mean(axis=0) for c in range(k)])
            best = min(best, float(((x - middles[labels]) ** 2).sum()))
    return best


@pytest.mark.parametrize("path", ["kernel", "torch"])
@pytest.mark.parametrize("origin", [0.0, 1e6])
@pytest.mark.parametrize("unit", SCALES)
def test_that_a_run_ends_as_scikit_learns_and_as_a_plain_one(unit, origin, path):
    random = np.random.default_rng(round(np.log10(unit)) + 100)
    compared = 0
    for columns, n, k in itertools.product((1, 2, 3), (2, 9, 60), (1, 2, 5)):
        if k > n:
            continue
        features = unit * (origin + random.normal(size=(n, columns)))
        learner, problem, start, state = ended(features, k, path=path)
        found = learner.report(state, problem)["parameters"]
        rounding = 1e-15 * np.abs(features).max()
        plain = plain_lloyd(features, start.centroids)
        if plain is not None:
            compared += 1
            assert found["labels"] == plain[0].tolist() == state.labels.tolist()
            assert np.allclose(found["cluster_centers"], plain[1], rtol=0, atol=4 * rounding)
            referee = Referee(k, init=np.array(start.centroids), n_init=1, tol=0, algorithm="lloyd").fit(features)
            assert found["labels"] == referee.labels_.tolist()
            assert np.allclose(found["cluster_centers"], referee.cluster_centers_, rtol=0, atol=4 * rounding)
            assert np.isclose(found["inertia"], referee.inertia_, rtol=1e-9, atol=n * columns * rounding**2)
        nearest = ((features[:, None, :] - np.array(found["cluster_centers"])) ** 2).sum(axis=2)
        assert found["labels"] == nearest.argmin(axis=1).tolist()
        assert found["inertia"] == pytest.approx(nearest.min(axis=1).sum(), rel=1e-12)
    assert compared >= 20  # of 24: where a cluster has lost all its points the rules differ


@pytest.mark.parametrize("unit", SCALES)
@pytest.mark.parametrize("origin", [0.0, 1e6])
def test_that_the_best_of_many_starts_is_the_best_of_all_partitions(unit, origin):
    random = np.random.default_rng(12)
    for k, columns in ((2, 1), (2, 2), (3, 2)):
        features = unit * (origin + random.normal(size=(7, columns)))
        best = least_inertia(features, k)
        found = []
        for seed in range(40):
            learner, problem, _, state = ended(features, k, seed)
            found.append(learner.metrics(state, problem)["inertia"])
        assert min(found) == pytest.approx(best, rel=1e-8) and max(found) >= best * (1 - 1e-8)


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize("path", ["kernel", "torch"])
@pytest.mark.parametrize("unit", SCALES)
def test_that_repeated_constant_and_dependent_columns_and_rows_are_borne(unit, path, scaling):
    random = np.random.default_rng(4)
    base = random.normal(size=(12, 1))
    cases = {
        "repeated": np.repeat(random.normal(size=(4, 2)), 5, axis=0),
        "collinear": np.hstack([base, -2.0 * base, 0.5 * base]),
        "a constant column": np.hstack([base, np.full((12, 1), 0.1)]),
        "all the same": np.full((6, 2), 0.1),
        "two rows": random.normal(size=(2, 2)),
        "two equal rows": np.full((2, 2), 1.0 / 3.0),
        "one column": base,
    }
    for name, features in cases.items():
        features = unit * features
        learner, problem, _, state = ended(features, 3, path=path, scaling=scaling)
        report = learner.report(state, problem)
        scaled = report.get("parameters_scaled", report["parameters"])
        centers, x = np.array(scaled["cluster_centers"]), problem.features
        squares = ((x[:, None, :] - centers) ** 2).sum(axis=2)
        assert report["parameters"]["labels"] == squares.argmin(axis=1).tolist(), name
        assert scaled["inertia"] == pytest.approx(squares.min(axis=1).sum(), rel=1e-12, abs=1e-300), name
        assert learner.outcome(state, problem).kind == "converged", name
        assert len(centers) == min(3, len(np.unique(x, axis=0))), name
        if len(np.unique(x, axis=0)) <= 3:
            assert scaled["inertia"] <= (1e-15 * np.abs(x).max()) ** 2 * x.size, name


def test_that_one_cluster_is_the_mean_and_its_inertia_the_variance_wherever_the_points_lie():
    for origin, unit in itertools.product((0.0, 1e6, -1e6), SCALES):
        features = unit * (origin + np.random.default_rng(3).normal(size=(50, 2)))
        learner, problem, _, state = ended(features, 1)
        found = learner.report(state, problem)["parameters"]
        long = features.astype(np.longdouble)
        assert np.allclose(
            found["cluster_centers"][0], features.mean(axis=0), rtol=0, atol=1e-15 * np.abs(features).max()
        )
        assert found["inertia"] == pytest.approx(float(((long - long.mean(axis=0)) ** 2).sum()), rel=1e-8)
