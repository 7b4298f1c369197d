"""What the Numbers pane is given: formulas, tensors, and which sample they are about."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from lab.composing.panes_of.numbers import (
    FAILED,
    FIRST_OF_ALL,
    FIRST_OF_BATCH,
    FIRST_PIN_IS_TEST,
    OTHERS_TURN,
    PIN_ELSEWHERE,
    PIN_IS_TEST,
    PINNED,
    TURN_PIN_IS_TEST,
    concerned_rows,
    numbers,
)
from models.algorithms.perceptron.learner import Perceptron
from models.core.formula import Formula, Shown, Tensor
from models.core.learner import Moment, Pin
from models.words.text import Text
from tests.models.problems import blobs, make_problem

WORDS = Text("the sum", "합")


class Fake:
    """A learner that is asked for nothing but what the pane needs."""

    id = "fake"

    def __init__(self, indices=(), value: float = 1.0) -> None:
        self.indices, self.value = indices, value

    def formulas(self, shown, problem):
        yield Formula("sum", WORDS, "z", "<z>", {"z": np.float64(self.value) / self.value}, is_main=True)

    def tensors(self, state):
        yield Tensor("weight", np.full((2, 2), self.value))

    def concerned(self, shown, problem):
        return np.asarray(self.indices, dtype=np.int64)


class FakeNetwork(Fake):
    def __init__(self, indices=(), batch=None) -> None:
        super().__init__(indices)
        self.batch = batch

    def wiring(self, moment, problem):
        return SimpleNamespace(rows=None if self.batch is None else np.asarray(self.batch))

    def output_deltas(self, state, problem, x, targets):
        return None

    def sums(self, state, x):
        return ()


def shown_with(**pin) -> Shown:
    return Shown(3, Moment("look", None), None, Pin(**pin))


@pytest.fixture
def problem():
    """30 training rows, which are the rows 100, 101, ... of the dataset; row 7 is test data."""
    features, targets = blobs(each=10)
    made = make_problem(features, targets)
    return SimpleNamespace(n=30, rows=made.rows + 100, test_rows=np.array([7]), device="cpu")


def test_that_the_pane_gets_the_learners_formulas_and_tensors_and_the_device(problem):
    problem.device = "cuda:0"
    found = numbers(Fake(), shown_with(), problem)
    assert [formula.key for formula in found.formulas] == ["sum"] and found.formulas[0].filled() == "1"
    assert [tensor.name for tensor in found.tensors] == ["weight"]
    assert found.device == "cuda:0" and found.note is None


def test_that_training_rows_become_rows_of_the_dataset_in_order_and_once(problem):
    assert concerned_rows(Fake([5, 2, 5, 0]), shown_with(), problem).tolist() == [105, 102, 100]
    assert concerned_rows(Fake([]), shown_with(), problem).tolist() == []
    assert concerned_rows(Fake([-1, 29, 30]), shown_with(), problem).tolist() == [129]


def test_that_a_real_perceptron_looks_at_the_row_that_it_says():
    features, targets = blobs(((-1.5, -1.0), (1.5, 1.0)), each=10)
    made = make_problem(features, targets)
    learner = Perceptron()
    before = learner.start(made, 7)
    moment = next(iter(learner.iterate(before, made, 7, 0)))
    shown = Shown(1, moment, before)
    expected = made.rows[np.asarray(learner.concerned(shown, made))]
    assert concerned_rows(learner, shown, made).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("learner", "pin", "text", "english"),
    [
        (FakeNetwork([4], [4, 8, 1]), {}, FIRST_OF_BATCH, "the first of the 3 samples of the mini-batch"),
        (FakeNetwork([0], range(30)), {}, FIRST_OF_ALL, "the first of all 30 samples"),
        (FakeNetwork([8], [4, 8, 1]), {"row": 108}, PINNED, "sample 109 (pinned)"),
        (Fake([8]), {"row": 108}, PINNED, "sample 109 (pinned)"),
        (FakeNetwork([4], [4, 8, 1]), {"row": 120}, PIN_ELSEWHERE, None),
        (FakeNetwork([4], [4, 8, 1]), {"row": 7}, FIRST_PIN_IS_TEST, None),
        (FakeNetwork([4], [4]), {"row": 120}, OTHERS_TURN, "sample 105; it is not the turn of the pinned one"),
        (FakeNetwork([4], [4]), {"row": 7}, TURN_PIN_IS_TEST, None),
        (Fake([4, 5]), {"row": 7}, PIN_IS_TEST, "sample 8 is test data: nothing is learned from it"),
    ],
)
def test_that_the_note_says_which_sample_the_formulas_are_about(learner, pin, text, english, problem):
    note = numbers(learner, shown_with(**pin), problem).note
    assert note.text is text
    assert english is None or note.say("en") == english
    assert note.say("ko")


@pytest.mark.parametrize(
    "learner", [FakeNetwork([4], [4]), FakeNetwork([], None), FakeNetwork([], range(30)), Fake([4, 5])]
)
def test_that_there_is_no_note_where_a_reader_knows(learner, problem):
    assert numbers(learner, shown_with(), problem).note is None


def test_that_values_that_are_not_finite_are_shown_as_such(problem):
    found = numbers(Fake(value=float("nan")), shown_with(), problem)
    assert found.formulas[0].filled() == r"\text{?}"
    zero = numbers(Fake(value=0.0), shown_with(), problem)  # divides by zero in the formula
    assert zero.formulas[0].filled() == r"\text{?}"


@pytest.mark.parametrize("what", ["formulas", "tensors", "concerned", "wiring"])
def test_that_a_learner_that_fails_at_its_numbers_does_not_end_the_run(what, problem, caplog):
    learner = FakeNetwork([4], [4, 8])

    def fail(*_):
        raise ZeroDivisionError("no numbers")

    setattr(learner, what, fail)
    found = numbers(learner, shown_with(row=104), problem)
    if what in ("formulas", "tensors"):
        assert found.formulas == () and found.note.text is FAILED
    else:
        assert len(found.formulas) == 1
    if what == "concerned":
        assert concerned_rows(learner, shown_with(), problem).tolist() == []
    assert caplog.records if what != "wiring" else True
