"""Layers of hundreds of neurons: every pane is there, what is set by hand holds, and nothing takes the memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from lab.data.generators import generate
from lab.document.project import Experiment
from lab.protocol.commands import Apply, Begin, Frame, Look, Seek, Step, Watch
from lab.protocol.pane_kinds import PANE_IDS
from lab.sessions.session import Session
from models.core.learner import Edit
from models.core.moment import Pin

ALL = frozenset(PANE_IDS)


@pytest.fixture(scope="module")
def session() -> Session:
    session = Session()
    settings = {"hidden_layer_sizes": (512, 512), "learning_rate": 0.001, "activation": ("tanh", "relu")}
    session.handle(Begin(generate("circles", n=120), Experiment("mlp", settings, train_share=0.7), 1))
    session.handle(Look(-6.0, 6.0, -6.0, 6.0, cells=30))  # the plane is not what is measured here
    session.handle(Watch(ALL, Pin(unit=(2, 300))))
    return session


def test_that_every_pane_is_there_at_every_moment_in_little_memory(session):
    session.take_packet()
    for _ in range(5):
        session.handle(Step(1))
        tracemalloc.start()
        packet = session.take_packet()
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert packet.state in ("paused", "past")
        assert packet.beside["network"] is not None and packet.beside["network"].units[1].shape[0] == 512
        assert packet.beside["numbers"].note is None or packet.beside["numbers"].formulas
        assert packet.beside["matrix"] is not None and packet.beside["activation"].unit == (2, 300)
        assert packet.beside["loss_surface"].rows is not None and not packet.beside["loss_surface"].can_be_put
        assert used < 80e6


def test_that_a_weight_set_and_frozen_by_hand_stays_and_comes_back(session):
    session.handle(Seek(Frame(2, -1)))
    session.handle(Apply(Edit("weight:2:300:411", (1.5,))))
    session.handle(Apply(Edit("freeze:2:300:411", (1.0,))))
    session.handle(Step(2, "iteration"))
    wiring = session.take_packet().beside["network"].wiring
    assert wiring.weights[1][411, 300] == 1.5 and wiring.frozen[1][411, 300] and wiring.frozen[1].sum() == 1
    session.handle(Seek(Frame(1, -1)))
    assert session.take_packet().beside["network"].wiring.weights[1][411, 300] != 1.5
    session.handle(Seek(Frame(3, -1)))
    assert session.take_packet().beside["network"].wiring.weights[1][411, 300] == 1.5


def test_that_a_long_sum_is_written_with_its_ends_and_dots(session):
    session.handle(Seek(Frame(3, 0)))
    formula = next(f for f in session.take_packet().beside["numbers"].formulas if f.key == "sum")
    assert r"\cdots" in formula.numbers and len(formula.places()) <= 9
    moment, values = session.moment, formula.values
    below = np.tanh(session.run.learner.sums(moment.state, session.run.problem.features[moment.state.rows[:1]])[0][0])
    assert values["a511"] == pytest.approx(below[511])
