"""Eight numbers side by side: every operation against numpy, the functions against its extended precision."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from models.arithmetic import fast_math, lanes

ULPS = 3.0
SEED = 5


def of_lanes(function):
    """A numpy function that applies a compiled one of Lanes to arrays whose length is a multiple of eight."""

    @njit
    def one(a, out):
        for i in range(0, len(a), lanes.WIDTH):
            lanes.store_flat(out, i, function(lanes.load_flat(a, i)))

    def apply(a):
        out = np.empty_like(a)
        one(a, out)
        return out

    return apply


def ulps(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.max(np.abs(found - expected) / np.spacing(np.abs(expected.astype(np.float64)))))


REACHES = [(-700.0, 700.0), (-2.0, 2.0), (-1e-3, 1e-3)]


@pytest.mark.parametrize("low, high", REACHES)
@pytest.mark.parametrize(
    "name, exact", [("exp", np.exp), ("tanh", np.tanh), ("logistic", lambda x: 1 / (1 + np.exp(-x)))]
)
def test_that_functions_are_exact_to_the_last_places(name, exact, low, high):
    x = np.random.default_rng(SEED).uniform(low, high, 8000)
    found = of_lanes(getattr(fast_math, name))(x)
    assert ulps(found, exact(x.astype(np.longdouble))) < ULPS


@pytest.mark.parametrize("low, high", [(1e-300, 1e300), (0.5, 2.0), (0.999, 1.001)])
def test_that_logarithms_are_exact_to_the_last_places(low, high):
    x = np.exp(np.random.default_rng(SEED).uniform(np.log(low), np.log(high), 8000))
    assert ulps(of_lanes(fast_math.log)(x), np.log(x.astype(np.longdouble))) < ULPS
    assert of_lanes(fast_math.log)(np.ones(8)).tolist() == [0.0] * 8


def test_that_functions_hold_at_the_ends_of_the_numbers():
    ends = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e300, -1e300, 1e-300])
    tanh, exp, logistic = (of_lanes(f)(ends) for f in (fast_math.tanh, fast_math.exp, fast_math.logistic))
    np.testing.assert_array_equal(tanh, [0.0, -0.0, 1.0, -1.0, np.nan, 1.0, -1.0, 1e-300])
    assert np.signbit(tanh[1])
    assert exp[:2].tolist() == [1.0, 1.0] and exp[2] > 1e307 and 0.0 <= exp[3] < 1e-307 and np.isnan(exp[4])
    assert logistic[:2].tolist() == [0.5, 0.5] and logistic[2] == 1.0 and 0.0 <= logistic[3] < 1e-307
    assert np.isnan(logistic[4])


@njit
def _each_operation(a, b, c, out):
    x, y, z = lanes.load(a, 1, 8), lanes.load_flat(b, 0), lanes.load_flat(c, 0)
    lanes.store(out, 0, 0, x + y - z * 2.0)
    lanes.store(out, 1, 0, 1.0 / y / z)
    lanes.store(out, 2, 0, lanes.fma(x, 3.0, z))
    lanes.store(out, 3, 0, lanes.absolute(x))
    lanes.store(out, 4, 0, lanes.square_root(y))
    lanes.store(out, 5, 0, lanes.with_sign(y, x))
    lanes.store(out, 6, 0, lanes.where_less(x, z, y, -1.0))
    lanes.store(out, 7, 0, lanes.where_equal(z, 0.25, x, y))
    w = lanes.splat(1.0)
    w += x
    w *= y
    w -= 0.5
    lanes.store(out, 8, 0, w)
    return lanes.total(x)


def test_that_operations_are_those_of_numpy_lane_by_lane():
    random = np.random.default_rng(SEED)
    a, b, c = random.normal(size=(3, 24)), random.uniform(0.5, 2.0, 8), random.normal(size=8)
    c[3] = 0.25
    out = np.zeros((9, 8))
    found = _each_operation(a, b, c, out)
    x, y, z = a[1, 8:16], b, c
    expected = [
        x + y - z * 2.0, 1.0 / y / z, x * 3.0 + z, np.abs(x), np.sqrt(y), np.copysign(y, x), np.where(x < z, y, -1.0),
        np.where(z == 0.25, x, y), (1.0 + x) * y - 0.5,
    ]  # fmt: skip
    np.testing.assert_allclose(out, np.stack(expected), rtol=1e-15, atol=1e-15)
    halves = x[:4] + x[4:]
    assert found == (halves[0] + halves[2]) + (halves[1] + halves[3])  # the order that is promised


def test_that_a_lane_that_is_no_number_is_not_less_than_anything():
    x = np.array([np.nan, 1.0] * 4)
    kept = of_lanes(njit(lambda a: lanes.where_less(a, 0.0, 5.0, a)))(x)
    np.testing.assert_array_equal(kept, x)


def test_that_room_begins_at_a_line_of_the_cache_and_holds_zeros():
    for rows, columns in ((1, 8), (7, 16), (33, 128)):
        room = lanes.aligned_zeros(rows, columns)
        assert room.shape == (rows, columns) and room.flags.c_contiguous and not room.any()
        assert room.ctypes.data % 64 == 0


@pytest.mark.parametrize("array", [np.zeros(8, dtype=np.float32), np.zeros((2, 8)), np.zeros(16)[::2]])
def test_that_other_arrays_are_refused_when_a_kernel_is_compiled(array):
    @njit
    def kernel(a):
        return lanes.total(lanes.load_flat(a, 0))

    with pytest.raises(Exception, match="a C-contiguous array|an array of float64"):
        kernel(array)
