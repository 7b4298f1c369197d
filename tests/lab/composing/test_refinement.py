"""The surface of a frame that stays: coarse at once, fine soon, and in nobody's way."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy import Toy

import models
from lab.composing.refinement import FINE_S, MOST_CELLS, PX_PER_CELL
from lab.composing.surfaces import drained, evaluate_field, evaluate_unit, field_in_steps, unit_in_steps
from lab.data.datasets import Dataset
from lab.data.generators import generate
from lab.document.changes import Retune
from lab.document.project import Experiment
from lab.protocol.commands import Apply, Begin, ClearChanges, Frame, Look, Pause, Play, Seek, Step, Watch
from lab.protocol.packet import Packet
from lab.sessions.session import Session
from models.core.formula import Tensor
from models.core.learner import Edit
from models.core.marks import Field
from models.core.moment import Pin

SCREEN = Look(-3.0, 3.0, -2.0, 2.0, 60, 450, 300)
FINE = 180  # cells along the longer side of that screen
SLICE_S = 0.004


class Clock:
    """Stands still but where a test, or work that is said to cost something, moves it on; `tick` for every look."""

    def __init__(self) -> None:
        self.now, self.tick = 100.0, 0.0

    def __call__(self) -> float:
        self.now += self.tick
        return self.now


class Costly(Toy):
    """A toy with a surface: the clock goes on by `cost` seconds for every row that is predicted."""

    id: ClassVar[str] = "costly"
    clock: ClassVar[Clock]
    cost: ClassVar[float] = 0.0
    rows: ClassVar[list[int]] = []
    fails_after: ClassVar[int] = 10**9  # rows

    def marks(self, moment, problem):
        yield Field(key="surface", group_role="cluster")
        yield from super().marks(moment, problem)

    def tensors(self, state):
        yield Tensor("value", state.value)

    def predict(self, state, x):
        Costly.rows.append(len(x))
        Costly.clock.now += len(x) * Costly.cost
        if len(x) > 1 and sum(Costly.rows) > Costly.fails_after:
            raise FloatingPointError("asked for by the test")
        share = 1 / (1 + np.exp(-(x[:, 0] - 0.1 * np.sin(state.value[0, 0]) - x[:, 1] ** 2)))
        return np.stack([share, 1 - share], axis=1)


@pytest.fixture(autouse=True)
def costly(monkeypatch):
    real = models.load
    monkeypatch.setattr(models, "load", lambda name: Costly if name == "costly" else real(name))
    Costly.clock, Costly.cost, Costly.rows, Costly.fails_after = Clock(), 1e-6, [], 10**9


def begun(look: Look = SCREEN, **settings_) -> Session:
    session = Session(clock=Costly.clock)
    session.handle(look)
    data = Dataset("toy", ("x", "y"), np.arange(12.0).reshape(6, 2) / 6, None)
    session.handle(Begin(data, Experiment("costly", settings_, seed=3), version=1))
    return session


def field_of(packet: Packet) -> Field:
    return next(mark for mark in packet.picture.marks if isinstance(mark, Field))


def shape(packet: Packet) -> tuple[int, int]:
    return field_of(packet).shares.shape[:2]


def at_rest(session: Session) -> list[Packet]:
    """Drive it as the worker does until nothing is due, and keep what came."""
    packets = []
    for _ in range(10_000):
        now = session._clock()
        session.advance(now + SLICE_S)
        session.refine(session._clock() + SLICE_S)
        if session.has_news():
            packets.append(session.take_packet())
        due = session.next_due()
        if due is None:
            return packets
        Costly.clock.now = max(Costly.clock.now + 2e-4, due)
    raise AssertionError("the session never came to rest")


def test_that_a_frame_is_coarse_at_once_and_fine_soon():
    session = begun()
    coarse, fine = at_rest(session)
    assert shape(coarse) == (40, 60) and shape(fine) == (120, 180)
    assert field_of(coarse).extent == field_of(fine).extent == (-3.0, 3.0, -2.0, 2.0)
    asked = Costly.clock.now
    session.handle(Step(1, "iteration"))
    assert [shape(packet) for packet in at_rest(session)] == [(40, 60), (120, 180)]
    assert Costly.clock.now - asked < 0.1


def test_that_the_fine_packet_differs_in_nothing_but_its_surface():
    coarse, fine = at_rest(begun())
    for part in dataclasses.fields(Packet):
        if part.name != "picture":
            assert getattr(fine, part.name) is getattr(coarse, part.name), part.name
    pairs = list(zip(coarse.picture.marks, fine.picture.marks, strict=True))
    assert [old is new for old, new in pairs] == [not isinstance(old, Field) for old, _ in pairs]
    for part in dataclasses.fields(Field):
        if part.name not in ("shares", "boundary"):
            assert getattr(field_of(fine), part.name) == getattr(field_of(coarse), part.name), part.name
    assert fine.picture.wrong is coarse.picture.wrong


def test_that_the_fine_line_lies_nearer_to_where_the_winner_changes():
    coarse, fine = at_rest(begun())
    bend = 0.1 * np.sin(3.0)

    def missed(packet: Packet) -> float:
        return max(np.abs(line[:, 0] - bend - line[:, 1] ** 2).max() for line in field_of(packet).boundary)

    assert missed(fine) < missed(coarse) / 4


def test_that_nothing_is_computed_at_rest_and_a_fine_surface_is_kept():
    session = begun()
    fine = at_rest(session)[-1]
    Costly.rows.clear()
    assert session.next_due() is None and not session.advance(session._clock() + 1) and not session.has_news()
    assert not session.refine(session._clock() + 1)
    session.handle(Watch(pin=Pin(row=2)))
    (again,) = at_rest(session)
    assert again.pin.row == 2 and field_of(again).shares is field_of(fine).shares
    session.handle(SCREEN)
    (again,) = at_rest(session)
    assert field_of(again).shares is field_of(fine).shares and not Costly.rows


def test_that_moments_that_learned_nothing_share_the_fine_surface():
    session = begun()
    at_rest(session)
    session.handle(Step(1, "iteration"))
    settled = at_rest(session)[-1]
    session.handle(Step(1))
    (look,) = at_rest(session)
    assert look.phase == "look" and field_of(look).shares is field_of(settled).shares
    session.handle(Step(1))
    assert [shape(packet) for packet in at_rest(session)] == [(40, 60), (120, 180)]


@pytest.mark.parametrize(
    "command", [Step(1, "iteration"), Seek(Frame(5, -1)), Look(-2.0, 2.0, -1.0, 1.0, 60, 450, 300), Play(1.0)]
)
def test_that_a_command_comes_before_the_refinement(command):
    session = begun()
    session.take_packet()
    Costly.clock.now = session.next_due()
    assert not session.refine(Costly.clock.now + SLICE_S)
    Costly.rows.clear()
    session.handle(command)
    assert not session.refine(Costly.clock.now + 1) and session.has_news()
    packet = session.take_packet()
    assert sum(Costly.rows) <= 40 * 60, "what was asked for waited for no fine raster"
    assert packet.frame == session.frame and shape(packet)[1] == 60
    if isinstance(command, Look):
        assert field_of(packet).extent == (-2.0, 2.0, -1.0, 1.0)


def test_that_no_slice_is_much_longer_than_it_may_be():
    for cost in (1e-7, 1e-6, 1e-5, 1e-4):
        Costly.cost = cost
        session = begun()
        session.take_packet()
        while (due := session.next_due()) is not None:
            Costly.clock.now = max(due, Costly.clock.now)
            before = Costly.clock.now
            session.refine(before + SLICE_S)
            line = FINE * cost
            assert Costly.clock.now - before <= SLICE_S + max(0.002, line)
            if session.has_news():
                session.take_packet()


def test_that_a_hand_that_asks_again_and_again_sees_coarse_surfaces_alone():
    session = begun()
    at_rest(session)
    Costly.cost = 2e-6
    for i in range(1, 12):
        session.handle(Seek(Frame(i, -1)))
        while session.advance(Costly.clock.now + SLICE_S):
            pass
        assert shape(session.take_packet())[1] == 60
        Costly.clock.now += 0.03
        assert not session.refine(Costly.clock.now + SLICE_S) and not session.has_news()
    assert shape(at_rest(session)[-1]) == (120, 180)


def test_that_a_dear_surface_becomes_as_fine_as_the_time_suffices_for():
    Costly.cost = 5e-6
    coarse, fine = at_rest(begun())
    rows, columns = shape(fine)
    assert 60 < columns < FINE and rows * columns * Costly.cost <= FINE_S * 1.05
    Costly.cost = 2e-5
    session = begun()
    at_rest(session)
    session.handle(Step(1, "iteration"))
    first, last = at_rest(session)
    assert 40 <= shape(first)[1] < 60, "the first is coarser, to be there at once"
    assert shape(last) == (40, 60), "and the last as fine as the look asks for"


def test_that_a_cheap_surface_is_fine_at_once():
    Costly.cost = 1e-7
    session = begun()
    at_rest(session)
    session.handle(Step(1, "iteration"))
    (packet,) = at_rest(session)
    assert shape(packet) == (120, 180)


def test_that_a_raster_that_cost_a_compilation_is_not_taken_for_dear():
    Costly.cost = 1e-3
    session = begun()
    session.take_packet()
    Costly.cost = 1e-6
    assert shape(at_rest(session)[-1]) == (120, 180)


def test_that_playing_is_refined_where_a_moment_stays_and_nowhere_else():
    session = begun(last=100_000)
    for speed in (0.1, 4.0, None):  # a moment stays a second, 25 ms, no time at all
        at_rest(session)
        Costly.clock.tick = 1e-4 if speed is None else 0.0  # so that slices end
        session.handle(Play(speed))
        seen, first = set(), session.frame.iteration + 2  # the frame that stood there may be fine already
        while session.frame.iteration < first + 3:
            session.advance(Costly.clock.now + SLICE_S)
            session.refine(Costly.clock.now + SLICE_S)
            if session.has_news():
                packet = session.take_packet()
                seen |= {shape(packet)[1]} if packet.frame.iteration >= first else set()
            Costly.clock.now += 0.004
        assert seen == ({60, FINE} if speed == 0.1 else {60})
        session.handle(Pause())


def test_that_where_nobody_looks_at_a_screen_the_raster_is_what_the_look_says():
    (packet,) = at_rest(begun(Look(-3.0, 3.0, -2.0, 2.0, 90)))
    assert shape(packet) == (60, 90)


def test_that_the_raster_has_the_form_of_the_screen_where_the_axes_are_in_different_units():
    fine = at_rest(begun(Look(0.0, 1.0, 0.0, 2.0, 60, 450, 300)))[-1]
    assert shape(fine) == (120, 180)


def test_that_a_large_screen_asks_for_no_more_than_can_be_painted():
    Costly.cost = 1e-8
    fine = at_rest(begun(Look(-3.0, 3.0, -2.0, 2.0, 120, 3800, 2500)))[-1]
    assert max(shape(fine)) == MOST_CELLS < 3800 / PX_PER_CELL


def test_that_a_fault_in_the_refinement_leaves_the_coarse_surface():
    session = begun()
    session.take_packet()
    Costly.fails_after = sum(Costly.rows)
    assert at_rest(session) == [] and session.state == "idle"
    Costly.fails_after = 10**9
    session.handle(Step(1, "iteration"))
    assert shape(at_rest(session)[-1]) == (120, 180)


def test_that_a_run_that_failed_is_not_painted_over():
    session = begun(raise_at=2)
    session.take_packet()
    session.handle(Play(None))
    packets = at_rest(session)
    assert packets[-1].state == "failed" and not packets[-1].picture.marks


def test_that_a_pinned_neuron_becomes_fine_too():
    session = Session(clock=Clock())
    session.handle(SCREEN)
    session.handle(Watch(pin=Pin(unit=(1, 2))))
    session.handle(Begin(generate("xor", n=60), Experiment("mlp", {}), 1))
    coarse = session.take_packet()
    session._clock.now += 1.0
    while not session.has_news():
        session.refine(session._clock())
    fine = session.take_packet()
    assert field_of(coarse).key == field_of(fine).key == "unit:1:2"
    assert field_of(coarse).levels.shape == (40, 60) and field_of(fine).levels.shape == (120, 180)
    assert not np.array_equal(field_of(fine).boundary[0], field_of(coarse).boundary[0])


@pytest.mark.parametrize("algorithm", ["mlp", "knn", "kmeans", "perceptron", "logistic_regression"])
def test_that_a_surface_made_in_bands_is_the_surface(algorithm):
    session = Session(clock=Clock())
    session.handle(Begin(generate("blobs", n=60), Experiment(algorithm), 1))
    run, moment = session.run, session.moment
    look = Look(-4.0, 4.0, -4.0, 4.0, 70)
    mark = Field(key="surface", group_role="cluster" if algorithm == "kmeans" else "class")
    whole = evaluate_field(mark, run.learner, moment.state, run.problem, look)
    for at_once in (1, 333, 100_000):
        same_field(drained(field_in_steps(mark, run.learner, moment.state, run.problem, look, at_once)), whole)


def test_that_a_neuron_made_in_bands_is_the_neuron():
    session = Session(clock=Clock())
    session.handle(Begin(generate("moons", n=60), Experiment("mlp", {"hidden_layer_sizes": (5, 3)}), 1))
    run, moment = session.run, session.moment
    look = Look(-4.0, 4.0, -4.0, 4.0, 70)
    for pin in ((0, 1), (1, 4), (2, 0), (3, 0)):
        whole = evaluate_unit(run.learner, moment, pin, run.problem, look)
        same_field(drained(unit_in_steps(run.learner, moment, pin, run.problem, look, 200)), whole)
    assert drained(unit_in_steps(run.learner, moment, (9, 0), run.problem, look, 200)) is None


def same_field(one: Field, other: Field) -> None:
    """Alike up to the last bits: products of other sizes round otherwise."""
    for name in ("shares", "levels", "level_range", "extent"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    assert len(one.boundary) == len(other.boundary)
    for a, b in zip(one.boundary, other.boundary, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)


actions = st.lists(
    st.one_of(
        st.just(Play(1.0)),
        st.just(Play(None)),
        st.just(Pause()),
        st.builds(Step, st.integers(-3, 3), st.sampled_from(["moment", "iteration", "epoch"])),
        st.builds(lambda i: Seek(Frame(i, -1)), st.integers(0, 60)),
        st.builds(lambda v: Apply(Retune("step", float(v))), st.integers(-3, 3)),
        st.builds(lambda v: Apply(Edit("value", (float(v), float(v)))), st.integers(-9, 9)),
        st.just(ClearChanges()),
        st.builds(lambda x: Look(-3.0, 3.0 + x, -2.0, 2.0, 60, 450, 300), st.integers(0, 2)),
        st.builds(lambda row: Watch(pin=Pin(row=row)), st.integers(0, 2)),
        st.floats(0.0, 0.2),  # time goes by, in slices
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=actions, cost=st.sampled_from([0.0, 1e-7, 1e-6]))
def test_that_any_way_to_a_frame_ends_in_the_picture_that_a_fresh_composition_gives(costly, asked, cost):
    Costly.cost = cost
    session = begun(last=200)
    for command in asked:
        if isinstance(command, float):
            Costly.clock.now += command
        else:
            session.handle(command)
        for _ in range(3):
            session.advance(Costly.clock.now + SLICE_S)
            session.refine(Costly.clock.now + SLICE_S)
            if session.has_news():
                packet = session.take_packet()
                assert packet.frame == session.frame and packet.state == session.state
            Costly.clock.now += 0.003
    session.handle(Pause())
    session.handle(Watch())
    packet = at_rest(session)[-1]
    while packet.state == "playing":  # on its way to a frame
        packet = at_rest(session)[-1]
    run = session.run
    learner, problem = run.in_force(packet.frame.iteration)
    look = dataclasses.replace(session._look, cells=FINE)
    mark = Field(key="surface", group_role="cluster")
    same_field(field_of(packet), evaluate_field(mark, learner, session.moment.state, problem, look))
