"""What is left out beside the plane while a run is faster than anyone reads, and what would pick out nothing."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from lab.composing import panes
from lab.composing.beside import Asked
from lab.composing.panes import Insides
from lab.composing.panes_of.numbers import StepInNumbers
from lab.composing.panes_of.scores import Scores
from lab.data.generators import generate
from lab.document.project import Experiment
from lab.protocol.commands import Begin, Look, Pause, Play, Watch
from lab.running.run import Run
from lab.sessions.session import Session
from models.core.formula import Shown
from models.core.marks import Field
from models.core.moment import Moment, Pin

LOOK = Look(-6.0, 6.0, -6.0, 6.0, 40)


class Stage:
    """The panes of a run at its start, on a clock that goes on when a pane is made, by what that pane costs."""

    def __init__(self, monkeypatch) -> None:
        self.now, self.made, self.cost = 100.0, [], {"numbers": 0.0, "matrix": 0.0}
        self.run = Run(generate("gaussians"), Experiment("perceptron"))
        self.run.begin()
        state = self.run.state_after(0)
        self.shown = Shown(0, Moment("start", state), state)
        self.insides = Insides()
        monkeypatch.setattr(panes, "time", SimpleNamespace(perf_counter=lambda: self.now))
        monkeypatch.setattr(StepInNumbers, "record", lambda _self, asked: self.make("numbers"))
        monkeypatch.setattr(Scores, "record", lambda _self, asked: self.make("matrix"))

    def make(self, name: str) -> int:
        self.made.append(name)
        self.now += self.cost[name]
        return len(self.made)

    def fields(self, *seen: str, is_calm: bool = False) -> list[str]:
        """What was made anew for a packet."""
        self.made = []
        watch = Watch(frozenset(seen))
        asked = Asked(self.run.learner, self.shown, self.run.problem, LOOK, watch, lambda most: [])
        self.last = self.insides.records(asked, is_calm)
        return self.made


@pytest.fixture
def stage(monkeypatch):
    return Stage(monkeypatch)


def test_that_a_pane_in_a_hurry_is_made_every_150_ms_and_stays_as_it_was_between(stage):
    assert stage.fields("numbers") == ["numbers"]
    for later in (0.02, 0.1, 0.149):
        stage.now = 100.0 + later
        assert stage.fields("numbers") == [] and stage.last["numbers"] == 1
    stage.now = 100.151
    assert stage.fields("numbers") == ["numbers"]


def test_that_a_dear_pane_has_a_twelfth_of_the_time(stage):
    stage.cost["numbers"] = 0.1
    assert stage.fields("numbers") == ["numbers"]
    done = stage.now
    stage.now = done + 1.19
    assert stage.fields("numbers") == []
    stage.now = done + 1.21
    assert stage.fields("numbers") == ["numbers"]


def test_that_one_pane_at_most_is_made_for_a_packet_in_a_hurry_and_each_has_its_turn(stage):
    seen = ("numbers", "matrix")
    turns = [stage.fields(*seen) for _ in range(3)]
    assert sorted(turns) == [[], ["matrix"], ["numbers"]] and turns[2] == []
    assert {"numbers", "matrix"} <= set(stage.last), "what is not made anew stays"
    stage.now += 1.0
    assert stage.fields(*seen) == turns[0], "the one that waits longest"


def test_that_a_frame_that_stays_has_every_pane_made_for_it(stage):
    for _ in range(2):
        assert sorted(stage.fields("numbers", "matrix", is_calm=True)) == ["matrix", "numbers"]


@pytest.mark.parametrize(("concerned", "glows"), [(1, True), (12, True), (13, False), (60, False)])
def test_that_rows_glow_while_they_are_few_enough_to_be_picked_out(stage, monkeypatch, concerned, glows):
    monkeypatch.setattr(panes, "concerned_rows", lambda *of: np.arange(concerned))
    watch = Watch(frozenset({"numbers"}), Pin(row=70))
    rows = stage.insides.glow(watch, stage.run.learner, stage.shown, stage.run.problem)
    assert rows.tolist() == ([*range(concerned), 70] if glows else [70])


@pytest.mark.parametrize(("asked", "in_a_hurry"), [(160, 80), (80, 80), (30, 30)])
def test_that_surfaces_come_and_go_coarse_and_the_frame_that_stays_is_as_fine_as_asked(asked, in_a_hurry):
    clock = SimpleNamespace(now=100.0)
    session = Session(clock=lambda: clock.now)
    session.handle(Look(-6.0, 6.0, -6.0, 6.0, asked))
    session.handle(Begin(generate("gaussians", 60, 0.6, 3), Experiment("logistic_regression"), 1))

    def raster() -> tuple[int, ...]:
        """The rows and columns of the surface shown."""
        return next(mark for mark in session.take_packet().picture.marks if isinstance(mark, Field)).shares.shape[:2]

    assert raster() == (asked, asked)
    session.handle(Play(None))
    clock.now += 0.02
    session.advance(clock.now)
    assert session.state == "playing" and raster() == (in_a_hurry, in_a_hurry)
    session.handle(Pause())
    assert raster() == (asked, asked)
