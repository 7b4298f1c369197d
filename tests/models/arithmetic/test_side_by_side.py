"""Work shared among threads: every part is done once, and the bits do not depend on how many threads there are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numba import njit

from models.algorithms.kmeans import kernels as kmeans_kernels
from models.algorithms.kmeans.learner import KMeans
from models.algorithms.pca import kernels as pca_kernels
from models.algorithms.pca.learner import PCA
from models.arithmetic import side_by_side
from tests.models.problems import make_problem

N = side_by_side.FEWEST_ROWS + 12_345  # enough to be shared, and no whole number of parts


@pytest.fixture(autouse=True)
def as_before():
    before = side_by_side.threads()
    yield
    side_by_side.use_threads(before)


@njit(nogil=True)
def _count(seen, first, last):
    for part in range(first, last):
        seen[part] += part + 1


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_that_every_part_is_done_exactly_once(threads, parts):
    side_by_side.use_threads(threads)
    for _ in range(3):
        seen = np.zeros(parts, dtype=np.int64)
        side_by_side.work(_count, N, parts, seen)
        assert seen.tolist() == list(range(1, parts + 1))


def test_that_few_rows_wake_no_thread(monkeypatch):
    side_by_side.use_threads(4)
    monkeypatch.setattr(side_by_side, "_pool", None)  # would fail if it were asked
    seen = np.zeros(5, dtype=np.int64)
    side_by_side.work(_count, side_by_side.FEWEST_ROWS - 1, 5, seen)
    assert seen.all()


def test_that_the_work_is_done_where_no_thread_can_be_had(monkeypatch):
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    monkeypatch.setattr(side_by_side, "_pool", lambda size: pool)
    side_by_side.use_threads(3)
    for _ in range(2):
        seen = np.zeros(7, dtype=np.int64)
        side_by_side.work(_count, N, 7, seen)
        assert seen.tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_that_an_error_in_another_thread_reaches_the_caller():
    def failing(first, last):
        if first > 0:
            raise ValueError("in a share")

    failing.signatures = ["compiled"]
    side_by_side.use_threads(3)
    with pytest.raises(ValueError, match="in a share"):
        side_by_side.work(failing, N, 6)


def test_that_one_core_is_left_to_the_window():
    assert 1 <= side_by_side.threads() <= side_by_side.MOST_THREADS


def cloud(d: int = 2) -> np.ndarray:
    return np.random.default_rng(3).normal(0, [1.0, 3.0, 0.5][:d], (N, d))


def rounds_with(threads: int, problem, count: int = 4):
    side_by_side.use_threads(threads)
    learner = KMeans(n_clusters=6, init="k-means++")
    start = learner.start(problem, 5)
    state = learner.advance(start, problem, 5, 0, count).state
    return start, state, learner.metrics(state, problem)["inertia"], learner.predict(state, problem.features)


@pytest.mark.parametrize("d", [2, 3])
def test_that_k_means_gives_the_same_bits_on_any_number_of_threads(d):
    problem = make_problem(cloud(d))
    start, state, inertia, shares = rounds_with(1, problem)
    for threads in (2, 5):
        again = rounds_with(threads, problem)
        assert again[0].same_as(start) and again[1].same_as(state)
        assert again[2] == inertia and np.array_equal(again[3], shares)


def test_that_iterating_over_many_rows_is_advancing_on_any_number_of_threads():
    problem = make_problem(cloud())
    learner = KMeans(n_clusters=5)
    side_by_side.use_threads(3)
    advanced = learner.advance(learner.start(problem, 2), problem, 2, 0, 3).state
    side_by_side.use_threads(1)
    state = learner.start(problem, 2)
    for i in range(3):
        for moment in learner.iterate(state, problem, 2, i):
            state = moment.state
    assert state.same_as(advanced)


@pytest.mark.parametrize("d", [2, 3])
def test_that_means_and_covariances_have_the_same_bits_on_any_number_of_threads(d):
    features = cloud(d)
    side_by_side.use_threads(1)
    mean, scatter = pca_kernels.moments(features)
    side_by_side.use_threads(4)
    for _ in range(2):
        again = pca_kernels.moments(features)
        assert np.array_equal(again[0], mean) and np.array_equal(again[1], scatter)


def test_that_several_callers_may_share_work_at_the_same_time():
    features, problem = cloud(), make_problem(cloud())
    side_by_side.use_threads(3)
    learner = PCA()
    wanted = learner.start(problem, 1), kmeans_kernels.assign(features, features[:4])
    with ThreadPoolExecutor(4) as callers:
        jobs = [
            callers.submit(learner.start, problem, 1)
            if i % 2
            else callers.submit(kmeans_kernels.assign, features, features[:4])
            for i in range(12)
        ]
        for i, job in enumerate(jobs):
            if i % 2:
                assert job.result().same_as(wanted[0])
            else:
                assert np.array_equal(job.result()[0], wanted[1][0])
