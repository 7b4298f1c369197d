"""The table of stages: the packet chooses who stands in the middle, and a line more is a stage more."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest
from PySide6.QtGui import QImage

import models
from lab.composing import panes
from lab.composing.beside import Asked
from lab.composing.panes import Insides
from lab.data.generators import generate
from lab.document.project import Experiment
from lab.protocol.commands import Frame, Look, Watch
from lab.protocol.packet import Packet
from lab.protocol.pane_records import SpacePicture
from lab.protocol.stage_kinds import STAGES, StageKind
from lab.running.problems import problem_for
from models.core.formula import Shown
from models.core.moment import Moment
from models.words.text import Text
from widgets.stages import stages
from widgets.stages.plane.plane_view import PlaneView
from widgets.stages.stage import StageView
from widgets.stages.stages import Stages, make_stage

CORNERS = SpacePicture(("x", "y", "z"), np.eye(3), None)


class Board(StageView):
    """A stage of the test's own."""

    made = 0

    def __init__(self) -> None:
        super().__init__()
        Board.made += 1
        self.shown: object = None

    def show_packet(self, packet: Packet) -> None:
        self.shown = packet.on_stage

    def image(self, width: int = 0) -> QImage:
        return QImage(8, 8, QImage.Format.Format_RGB32)


class BoardComposer:
    """What the board shows: the learner's id, of K-means alone, and not before its first round."""

    def fits(self, learner, problem) -> bool:
        return learner.id == "kmeans"

    def record(self, asked: Asked):
        return asked.learner.id if asked.shown.iteration else None


@pytest.fixture
def board(monkeypatch):
    """One line more in the table, with what its two places would hold."""
    view, composed = ModuleType("widgets.stages.board.view"), ModuleType("lab.composing.stages_of.board")
    view.Board, composed.Board = Board, BoardComposer
    monkeypatch.setitem(sys.modules, view.__name__, view)
    monkeypatch.setitem(sys.modules, composed.__name__, composed)
    table = (StageKind("board", Text("Board", "판"), "board:Board", "board.view:Board"), *STAGES)
    monkeypatch.setattr(stages, "STAGES", table)
    monkeypatch.setattr(panes, "STAGES", table)
    Board.made = 0


@pytest.fixture
def middle(qtbot):
    made = Stages(PlaneView())
    qtbot.addWidget(made)
    return made


def asked(algorithm: str, iteration: int = 0) -> Asked:
    experiment = Experiment(algorithm)
    learner = models.load(algorithm).with_settings({})
    problem = problem_for(generate("gaussians", 40, 0.5, 1), experiment, learner)
    state = learner.start(problem, 1)
    shown = Shown(iteration, Moment("start", state), state)
    return Asked(learner, shown, problem, Look(-6.0, 6.0, -6.0, 6.0, 20), Watch(), lambda most: [])


def test_that_the_plane_is_the_last_line_since_it_is_for_every_run():
    assert STAGES[-1].id == "plane" and not STAGES[-1].composed
    assert all(kind.composed for kind in STAGES[:-1]) and len({kind.id for kind in STAGES}) == len(STAGES)


def test_that_every_kind_makes_a_stage(qtbot):
    for kind in STAGES:
        made = make_stage(kind)
        qtbot.addWidget(made)
        assert isinstance(made, StageView) and made.image(320).width() == 320, kind.id


def test_that_the_packet_brings_its_stage_and_another_is_made_when_it_is_first_seen(middle):
    middle.show_packet(Packet(1, "idle", Frame(0)), 0)
    assert middle.shown is middle.view("plane") and middle.count() == 1
    middle.show_packet(Packet(1, "idle", Frame(0), stage="space", on_stage=CORNERS), 250)
    assert middle.count() == 2 and middle.shown.picture is CORNERS and middle.shown.glide_ms == 250
    middle.show_packet(Packet(2, "failed"), 0)
    assert middle.shown is middle.view("plane")


@pytest.mark.parametrize("id", [kind.id for kind in STAGES])
def test_that_a_picture_painted_in_steps_is_that_of_the_first_step(middle, id):
    """Painted in bands while the window goes on: no seam, nothing of what came later."""
    middle.resize(500, 400)
    shown = {"space": {"stage": "space", "on_stage": CORNERS}, "plane": {}}
    middle._plane.show_dataset(generate("gaussians", 40, 0.5, 1))
    middle.show_packet(Packet(1, "idle", Frame(0), **shown[id]), 0)
    at_once = middle.shown.image(1300)
    steps, count = middle.shown.painting(1300), 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            in_steps = end.value
            break
        count += 1
        if count == 1:  # from here on the window shows something else
            middle._plane.show_dataset(generate("moons", 80, 0.1, 2))
            middle.show_packet(
                Packet(2, "idle", Frame(0), stage=id, on_stage=SpacePicture("xyz", np.ones((4, 3)), None)), 0
            )
    assert count >= 3 and in_steps == at_once and at_once.width() == 1300


def test_that_an_unknown_stage_is_no_stage(middle):
    with pytest.raises(KeyError):
        middle.view("balcony")


def test_that_a_line_more_is_a_stage_more(board, middle):
    insides = Insides()
    assert insides.stage(asked("kmeans", 1)) == ("board", "kmeans")
    assert insides.stage(asked("kmeans")) == ("plane", None), "with nothing to show, the next one that has"
    assert insides.stage(asked("perceptron", 1)) == ("plane", None)
    middle.show_packet(Packet(1, "idle", Frame(0)), 0)
    assert Board.made == 0
    middle.show_packet(Packet(1, "idle", Frame(1), stage="board", on_stage="kmeans"), 0)
    assert Board.made == 1 and middle.shown.shown == "kmeans"


def test_that_a_fault_in_a_stage_leaves_the_plane(board, monkeypatch):
    monkeypatch.setattr(BoardComposer, "record", lambda _self, _asked: 1 / 0)
    assert Insides().stage(asked("kmeans", 1)) == ("plane", None)
