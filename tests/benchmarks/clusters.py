"""K-means, principal components and nearest neighbours beside scikit-learn, from 500 points to a million."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import numpy as np
from measures import Measure
from sklearn import cluster, decomposition, neighbors
from threadpoolctl import threadpool_limits

import models
from lab.data.datasets import Dataset
from lab.document.project import Experiment
from lab.running.problems import problem_for
from models.arithmetic import side_by_side
from models.core.learner import Learner
from models.core.problem import Rows

SEED = 7
CLUSTERS = 8
ROUNDS = 10  # of K-means, in one measurement
ALIKE = 1e-9  # how far their results and ours may lie apart, relative to the largest number


def measure(quick: bool) -> list[Measure]:
    rounds = 5 if quick else 15
    warnings.simplefilter("ignore")  # scikit-learn says that a run which is cut short has not converged
    found: list[Measure] = []
    for n, threads, target in (
        (1_000, 1, ">= 3"),
        (100_000, 1, ">= 1"),
        (1_000_000, 1, ">= 1"),
        (1_000_000, 2, ">= 1"),
    ):
        found += _k_means(n, threads, target, rounds)
    for n, target in ((1_000, ""), (100_000, ""), (1_000_000, ">= 1")):
        found += _pca(n, target, rounds)
    for n in (500, 5_000, 50_000):
        found += _nearest_neighbours(n, rounds)
    return found


def _k_means(n: int, threads: int, target: str, rounds: int) -> list[Measure]:
    """One round: what ten more of them cost, from the same centroids, shared by the number of rounds."""
    x = np.random.default_rng(SEED).normal(size=(n, 2))
    centers = x[:CLUSTERS]
    learner, problem = _given("kmeans", x, n_clusters=CLUSTERS, start_centers=tuple(centers.ravel().tolist()))
    start = learner.start(problem, SEED)

    def ours(count: int):
        return learner.advance(start, problem, SEED, 0, count)

    def theirs(count: int) -> cluster.KMeans:
        it = cluster.KMeans(CLUSTERS, init=centers, n_init=1, max_iter=count, algorithm="lloyd", tol=0)
        return it.fit(x)

    side_by_side.use_threads(threads)
    with threadpool_limits(threads):
        one, other = ours(1 + ROUNDS), theirs(1 + ROUNDS)
        _check("K-means", one.done, other.n_iter_)
        _check("K-means", one.state.centroids, other.cluster_centers_)
        often = max(1, 50_000 // n)
        times = _in_turn(
            rounds, often, lambda: ours(1), lambda: ours(1 + ROUNDS), lambda: theirs(1), lambda: theirs(1 + ROUNDS)
        )
    mine, others = (times[1] - times[0]) / ROUNDS, (times[3] - times[2]) / ROUNDS
    said = f", {threads} threads" if threads > 1 else ""
    unit, scale = ("µs", 1e6) if n < 10_000 else ("ms", 1e3)
    return [
        Measure.median(f"K-means, one round: {n:,} x 2, {CLUSTERS} clusters{said}", mine * scale, unit),
        Measure.median("  scikit-learn", others * scale, unit),
        Measure.median("  scikit-learn's time / ours", others / mine, "times", target),
        Measure.median("  ours, a call for a single round", times[0] * scale, unit, note="with all that a call costs"),
    ]


def _pca(n: int, target: str, rounds: int) -> list[Measure]:
    """A whole fit: two components of three columns."""
    x = np.random.default_rng(SEED).normal(size=(n, 3)) * [3.0, 2.0, 1.0]
    learner, problem = _given("pca", x, n_components=2)

    def ours():
        return learner.advance(learner.start(problem, SEED), problem, SEED, 0, 10_000).state

    def theirs() -> decomposition.PCA:
        return decomposition.PCA(2).fit(x)

    one, other = ours(), theirs()
    _check("PCA", one.variances, other.explained_variance_)
    mine, others = _in_turn(rounds, max(1, 20_000 // n), ours, theirs)
    return [
        Measure.median(f"PCA, a whole fit: {n:,} x 3", mine * 1e3, "ms", note=f"{one.turns} turns of the last axis"),
        Measure.median("  scikit-learn", others * 1e3, "ms"),
        Measure.median("  scikit-learn's time / ours", others / mine, "times", target),
    ]


def _nearest_neighbours(n: int, rounds: int) -> list[Measure]:
    """The surface that the plane shows: vote shares of the three nearest points at 100 x 100 places."""
    random = np.random.default_rng(SEED)
    x = random.normal(size=(n, 2))
    classes = (x[:, 0] + random.normal(size=n) > 0).astype(np.int64)
    learner, problem = _given("knn", x, classes, n_neighbors=3)
    state, axis = learner.start(problem, SEED), np.linspace(-3.0, 3.0, 100)
    places = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    voter = neighbors.KNeighborsClassifier(3, algorithm="kd_tree").fit(x, classes)
    tree = neighbors.KDTree(x, leaf_size=voter.leaf_size)

    def ours() -> np.ndarray:
        return learner.predict(state, places)

    side_by_side.use_threads(1)
    _check("nearest neighbours", ours(), voter.predict_proba(places))
    mine, surface, query = _in_turn(
        rounds, 1, ours, lambda: voter.predict_proba(places), lambda: tree.query(places, k=3)
    )
    return [
        Measure.median(f"Nearest neighbours, a surface of 100 x 100: {n:,} points", mine * 1e3, "ms"),
        Measure.median("  scikit-learn, predict_proba by k-d tree", surface * 1e3, "ms"),
        Measure.median("  scikit-learn, k-d tree query alone", query * 1e3, "ms"),
        Measure.median("  our time / predict_proba", mine / surface, "times"),
        Measure.median("  our time / query alone", mine / query, "times", "< 1.3"),
    ]


def _given(algorithm: str, x: np.ndarray, classes: np.ndarray | None = None, **settings) -> tuple[Learner, Rows]:
    names = () if classes is None else ("A", "B")
    data = Dataset("bench", tuple(f"c{i}" for i in range(x.shape[1])), x, classes, names, origin="table")
    learner = models.load(algorithm).with_settings(settings)
    return learner, problem_for(data, Experiment(algorithm, scaling="none"), learner)


def _in_turn(rounds: int, often: int, *works: Callable[[], object]) -> np.ndarray:
    """Seconds of one call, (works, rounds): in every round each has its turn, is called once to fetch its code and data
    into the caches again, and then `often` times, of which the median stays: so a moment in which something else ran
    does not count where the work takes microseconds."""
    times = np.empty((len(works), rounds, often))
    for i in range(rounds):
        for w, work in enumerate(works):
            work()
            for j in range(often):
                begun = time.perf_counter()
                work()
                times[w, i, j] = time.perf_counter() - begun
    return np.median(times, axis=2)


def _check(name: str, ours, theirs) -> None:
    """Both must have done the same work: else there is nothing to compare."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if np.abs(ours - theirs).max() > ALIKE * np.abs(theirs).max():
        raise ValueError(f"{name}: our result is not scikit-learn's")
