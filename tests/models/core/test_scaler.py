"""Standardisation in every unit: scikit-learn's where columns vary, and zeros where they do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from models.core.problem import Scaler

large = st.floats(-1e150, 1e150)


@given(large, st.integers(1, 300))
def test_that_a_constant_column_becomes_zeros_whatever_its_size(value, n):
    column = np.full((n, 1), value)
    scaler = Scaler.fit("standard", column)
    assert not scaler.transform(column).any() and scaler.scale[0] > 0.0
    assert np.array_equal(scaler.inverse(scaler.transform(column)), column)


@given(st.floats(1.0, 2.0), st.integers(2, 300), st.sampled_from([1e-12, 1.0, 1e12, 1e18, 1e100]))
def test_that_a_column_that_varies_by_rounding_alone_stays_about_zero(value, n, unit):
    column = np.full((n, 1), value * unit)
    column[::2] = np.nextafter(value * unit, np.inf)
    scaled = Scaler.fit("standard", column).transform(column)
    assert (np.abs(scaled) <= 1.0).all()


@pytest.mark.parametrize("unit", [1e-140, 1e-12, 1.0, 1e12, 1e140])
@pytest.mark.parametrize("origin", [0.0, 1e6])
def test_that_columns_that_vary_are_scaled_as_scikit_learn_does(unit, origin):
    x = (np.random.default_rng(2).normal(size=(50, 3)) + origin) * unit
    scaler, referee = Scaler.fit("standard", x), StandardScaler().fit(x)
    np.testing.assert_allclose(scaler.mean, referee.mean_, rtol=1e-12)
    np.testing.assert_allclose(scaler.scale, referee.scale_, rtol=1e-8)
    np.testing.assert_allclose(scaler.transform(x).std(axis=0), 1.0, rtol=1e-8)
