"""The kernels of K-means against plain numpy, over the borders of blocks and parts."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans as Referee

from models.algorithms.kmeans import device as kmeans_on_device
from models.algorithms.kmeans import kernels as kmeans_kernels
from models.algorithms.kmeans.learner import KMeans
from models.arithmetic.blocks import BLOCK, PART
from tests.models.problems import make_problem

SIZES = [1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5, PART, PART + 1, 2 * PART + 77]


def squares(features, centroids):
    return ((features[:, None, :] - centroids) ** 2).sum(axis=2)


@pytest.mark.parametrize("d", [1, 2, 3, 9])
@pytest.mark.parametrize("n", SIZES)
def test_that_labels_means_and_inertia_are_those_of_numpy(n, d):
    random = np.random.default_rng(n + d)
    features, centroids = random.normal(5, 2, (n, d)), random.normal(5, 2, (5, d))
    labels, counts = kmeans_kernels.assign(features, centroids)
    assert np.array_equal(labels, squares(features, centroids).argmin(axis=1)) and labels.dtype == np.int32
    assert np.array_equal(counts, np.bincount(labels, minlength=5))
    moved = kmeans_kernels.means(features, labels, centroids)
    for c in range(5):
        wanted = features[labels == c].mean(axis=0) if counts[c] else centroids[c]
        assert np.allclose(moved[c], wanted, rtol=1e-13, atol=0)
    inertia = squares(features, moved).min(axis=1).sum()
    assert kmeans_kernels.inertia(features, moved) == pytest.approx(inertia, rel=1e-12)


@pytest.mark.parametrize("d", [1, 2, 4])
def test_that_a_point_as_near_to_two_centroids_joins_the_first_of_them(d):
    features = np.zeros((BLOCK + 3, d))
    features[::2, 0] = 4.0
    centroids = np.zeros((4, d))
    centroids[:, 0] = [3.0, -1.0, 1.0, 5.0]  # 4 lies at distance 1 from the first and the last, 0 from the middle two
    labels, _ = kmeans_kernels.assign(features, centroids)
    assert (labels[::2] == 0).all() and (labels[1::2] == 1).all()


def test_that_equal_centroids_leave_every_point_to_the_first():
    labels, counts = kmeans_kernels.assign(np.random.default_rng(0).normal(size=(1000, 2)), np.ones((3, 2)))
    assert not labels.any() and counts.tolist() == [1000, 0, 0]


def test_that_points_too_far_for_a_square_still_get_a_label():
    labels, _ = kmeans_kernels.assign(np.full((20, 2), 1e200), np.array([[-1e200, 0.0], [1.0, 1.0]]))
    assert not labels.any()


def test_that_nothing_given_is_written():
    features = np.random.default_rng(1).normal(size=(900, 2))
    centroids, labels = features[:3].copy(), np.zeros(900, dtype=np.int32)
    kept = [array.copy() for array in (features, centroids, labels)]
    for array in (features, centroids, labels):
        array.setflags(write=False)
    kmeans_kernels.rounds(features, centroids, labels, 4)
    kmeans_kernels.means(features, labels, centroids)
    kmeans_kernels.inertia(features, centroids)
    assert all(np.array_equal(a, b) for a, b in zip(kept, (features, centroids, labels), strict=True))


@pytest.mark.parametrize("count", [1, 2, 5, 6])
@pytest.mark.parametrize("n", [300, 101_000])
def test_that_rounds_in_one_call_are_rounds_one_by_one(n, count):
    features = np.random.default_rng(2).normal(size=(n, 2))
    centroids, labels = features[:6].copy(), np.full(n, -1, dtype=np.int32)
    together = kmeans_kernels.rounds(features, centroids, labels, count)
    changes = []
    for _ in range(count):
        centroids, previous, labels, before, changed = kmeans_kernels.rounds(features, centroids, labels, 1)
        changes += changed.tolist()
    for one, other in zip(together, (centroids, previous, labels, before, changes), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("n", [200, 100_500])
def test_that_a_run_over_many_rows_ends_where_scikit_learn_ends(n):
    random = np.random.default_rng(4)
    features = random.normal(0, 0.3, (n, 2)) + random.integers(0, 3, (n, 1)) * [3.0, 1.0]
    problem = make_problem(features)
    learner = KMeans(n_clusters=3)
    start = learner.start(problem, 6)
    state = learner.advance(start, problem, 6, 0, 300).state
    referee = Referee(3, init=np.array(start.centroids), n_init=1, tol=0, algorithm="lloyd").fit(features)
    assert state.changed_count == 0
    assert np.array_equal(state.labels, referee.labels_)
    assert np.allclose(state.centroids, referee.cluster_centers_, rtol=0, atol=1e-11)


@pytest.mark.parametrize("path", ["kernel", "torch"])
def test_that_empty_clusters_among_many_rows_are_filled_as_the_moments_show_it(path):
    features = np.random.default_rng(5).normal(size=(100_300, 2))
    problem = make_problem(features, path=path)
    learner = KMeans(n_clusters=4, start_centers=(0.0, 0.0, 900.0, 0.0, 0.5, 0.5, 0.0, 900.0))
    start = learner.start(problem, 1)
    seen, state = [], start
    for i in range(2):
        for moment in learner.iterate(state, problem, 1, i):
            seen.append(moment.phase)
            state = moment.state
    assert seen == ["assign", "refill", "refill", "move", "assign", "move"]
    assert learner.advance(start, problem, 1, 0, 2).state.same_as(state)


def test_that_k_means_plus_plus_draws_with_chances_that_grow_with_the_squared_distance():
    # From the first place the near one lies at squared distance 1, the far one at 3, so one draw takes the near place
    # with chance 1000 / (1000 + 500 * 3). Two are made and the better one stays: beside the near place 500 points are
    # left over, beside the far one 1000, so the far place is taken only where both draws are.
    features = np.zeros((2 * PART + 50, 2))
    features[PART + 3 : PART + 1003, 0] = 1.0
    features[-500:, 0] = np.sqrt(3.0)
    drawn = [kmeans_kernels.plus_plus_rows(features, 2, seed) for seed in range(400)]
    seconds = [features[second, 0] for first, second in drawn if features[first, 0] == 0.0]
    assert len(seconds) > 350 and min(seconds) == 1.0
    assert np.mean(np.array(seconds) > 1.0) == pytest.approx(0.6**2, abs=0.06)


def test_that_k_means_plus_plus_starts_are_as_good_as_scikit_learns():
    features = np.random.default_rng(8).normal(0, 0.2, (40_000, 2)) + np.repeat(
        np.random.default_rng(9).uniform(-10, 10, (20, 2)), 2_000, axis=0
    )
    ours, theirs = [], []
    for seed in range(8):
        centroids = features[kmeans_kernels.plus_plus_rows(features, 20, seed)]
        ours.append(kmeans_kernels.inertia(features, centroids))
        theirs.append(_start_of_the_referee(features, seed))
    assert np.median(ours) < 1.3 * np.median(theirs)


def _start_of_the_referee(features, seed: int) -> float:
    from sklearn.cluster import kmeans_plusplus

    centroids, _ = kmeans_plusplus(features, 20, random_state=seed)
    return float(squares(features, centroids).min(axis=1).sum())


@pytest.mark.parametrize("d", [2, 5])
def test_that_the_device_gives_what_the_kernels_give(d):
    import torch

    features = np.random.default_rng(6).normal(size=(3_000, d))
    rows, labels = torch.as_tensor(features), np.full(3_000, -1, dtype=np.int32)
    centroids = np.concatenate([features[:4], np.full((1, d), 500.0)])
    for count in (1, 7, 300):
        ours = kmeans_kernels.rounds(features, centroids, labels, count)
        theirs = kmeans_on_device.rounds(rows, centroids, labels, count)
        for one, other in zip(ours, theirs, strict=True):
            assert np.allclose(one, other, rtol=0, atol=1e-12) and one.dtype == other.dtype


def test_that_the_device_may_hold_few_differences_at_once(monkeypatch):
    import torch

    features = np.random.default_rng(7).normal(size=(1_000, 3))
    whole = kmeans_on_device.assign(torch.as_tensor(features), features[:5])
    monkeypatch.setattr(kmeans_on_device, "AT_ONCE", 100)
    parts = kmeans_on_device.assign(torch.as_tensor(features), features[:5])
    assert np.array_equal(whole[0], parts[0]) and np.array_equal(whole[1], parts[1])


def test_that_a_round_on_the_device_reads_it_once(monkeypatch):
    import torch

    features = np.random.default_rng(11).normal(size=(2_000, 2))
    rows, labels = torch.as_tensor(features), np.full(2_000, -1, dtype=np.int32)
    reads = []
    for name in ("item", "tolist", "cpu", "__bool__", "__int__", "__float__", "__index__", "numpy", "nonzero"):
        original = getattr(torch.Tensor, name)

        def counted(self, *more, _original=original, _name=name, **named):
            reads.append(_name)
            return _original(self, *more, **named)

        monkeypatch.setattr(torch.Tensor, name, counted)
    counts = []
    for count in (2, 7):
        reads.clear()
        assert len(kmeans_on_device.rounds(rows, features[:8], labels, count)[4]) == count
        counts.append(len(reads))
    assert counts[1] - counts[0] == 5
