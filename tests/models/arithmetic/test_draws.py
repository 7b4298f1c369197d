"""The random stream: a function of its four keys, and good enough by statistics' own tests."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from scipy import stats

from models.arithmetic import draws


@pytest.mark.parametrize(("state", "expected"), [
    (0, 0xE220A8397B1DCDAF),  # first outputs of SplitMix64 as published, for the seeds 0 and 1234567
    (1234567, 6457827717110365317),
])  # fmt: skip
def test_that_the_mixing_function_is_splitmix64(state, expected):
    assert int(draws._mix(np.uint64(state))) == expected


def test_that_a_number_depends_on_its_four_keys_alone():
    keys = [(s, i, p, n) for s in (0, 7) for i in (0, 5) for p in (draws.START, draws.ORDER) for n in (0, 1)]
    first = [draws.uniform(*key) for key in keys]
    assert first == [draws.uniform(*key) for key in keys]
    assert [draws.uniform(*key) for key in reversed(keys)] == first[::-1]
    assert len(set(first)) == len(keys)


def test_that_kernels_draw_the_same_numbers_as_python():
    @njit
    def in_kernel(seed, iteration, count):
        out = np.empty((count, 2))
        for i in range(count):
            out[i, 0] = draws.uniform(seed, iteration, draws.START, i)
            out[i, 1] = draws.normal(seed, iteration, draws.START, i)
        return out

    outside = [[draws.uniform(7, 3, draws.START, i), draws.normal(7, 3, draws.START, i)] for i in range(50)]
    assert np.array_equal(in_kernel(7, 3, 50), outside)


def test_that_uniform_numbers_are_uniform():
    numbers = np.array([draws.uniform(7, iteration, draws.EXTRA, i) for iteration in range(100) for i in range(100)])
    assert numbers.min() >= 0 and numbers.max() < 1
    assert stats.kstest(numbers, "uniform").pvalue > 0.001
    assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < 0.04


def test_that_normal_numbers_are_normal():
    numbers = np.array([draws.normal(seed, 0, draws.START, i) for seed in range(100) for i in range(100)])
    assert np.isfinite(numbers).all()
    assert stats.kstest(numbers, "norm").pvalue > 0.001


@pytest.mark.parametrize("n", [1, 2, 17, 1000])
def test_that_a_shuffle_is_an_order_of_all_and_follows_the_seed(n):
    orders = [np.empty(n, dtype=np.int64) for _ in range(3)]
    for seed, order in zip((1, 1, 2), orders, strict=True):
        draws.shuffle(seed, 4, draws.ORDER, order)
    assert np.array_equal(np.sort(orders[0]), np.arange(n))
    assert np.array_equal(orders[0], orders[1])
    if n > 2:
        assert not np.array_equal(orders[0], orders[2])


def test_that_every_place_is_equally_likely_for_every_entry():
    counts = np.zeros((4, 4))
    order = np.empty(4, dtype=np.int64)
    for seed in range(4000):
        draws.shuffle(seed, 0, draws.ORDER, order)
        counts[np.arange(4), order] += 1
    assert stats.chisquare(counts.ravel()).pvalue > 0.001
