"""States: finite or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from models.core.state import State


@dataclass(frozen=True, eq=False)
class _Toy(State):
    values: np.ndarray
    counts: np.ndarray
    number: float


def toy(values, number: float = 0.5) -> _Toy:
    return _Toy(np.array(values, dtype=np.float64), np.array([2**62, -(2**62)]), number)


@pytest.mark.parametrize("values", [[[0.0, 1.0], [-2.0, 3.0]], [1e300, -1e300, 1e-300], [1.7e308] * 9, []])
def test_that_large_numbers_are_finite(values):
    assert toy(values).is_finite()


@pytest.mark.parametrize("wrong", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("others", [[], [1.0, 2.0], [1e300, -1e300], [np.inf, -np.inf]])
def test_that_one_number_that_is_none_is_found(wrong, others):
    assert not toy([*others, wrong]).is_finite()
    assert not toy([1.0], number=float(wrong)).is_finite()
