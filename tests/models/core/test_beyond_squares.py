"""How small and how large numbers may be that are squared, in double precision and on an accelerator."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from models.core.readiness import beyond_squares
from tests.models.problems import make_problem

SHAPE = np.array([[0.0, 1.0], [1.0, -0.5], [2.5, 0.3], [3.0, 2.0], [-4.0, 1.0]])


def test_that_doubles_are_taken_from_1e_minus_150_to_1e150():
    for unit in (1e-150, 1.0, 1e150):
        assert beyond_squares(make_problem(SHAPE * unit), each_column=True) is None
    for unit in (1e-155, 1e155):
        assert beyond_squares(make_problem(SHAPE * unit)) is not None


@pytest.mark.parametrize("unit", [1e-25, 1e25])
def test_that_single_precision_on_an_accelerator_holds_less_and_says_what_helps(unit):
    problem = make_problem(SHAPE * [1.0, unit])
    assert beyond_squares(problem, each_column=True) is None
    said = beyond_squares(dataclasses.replace(problem, device="cuda:0"), each_column=True)
    assert "cuda:0" in said.say("en") and "y" in said.say("ko") and "CPU" in said.say("ko")
    scaled = make_problem(SHAPE * [1.0, unit], scaling="standard")
    assert beyond_squares(dataclasses.replace(scaled, device="cuda:0"), each_column=True) is None
