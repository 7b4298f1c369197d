"""What a lecturer did with the window, and what must then be seen: faults found by using it, each with its test."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QWidget

from lab.data.datasets import Dataset
from lab.document import edits, scenes
from lab.looks.view import has_equal_aspect
from lab.protocol.commands import Apply, Begin, Frame, Look, Play, Step
from lab.protocol.packet import Curves, Packet
from lab.sessions.session import Session
from models.core.learner import Edit
from models.words.text import Said, Text
from widgets.kit.language import language
from widgets.panes.curves.metric_plot import Entry
from widgets.panes.curves.view import CurvesView
from widgets.playing import pacing
from widgets.playing.tuning import START_GIVEN
from widgets.stages.plane.plane_view import PlaneView

SAID = Said(Text("something happens", "무슨 일이 있습니다"), {})


def arrive(window, worker, state: str = "idle", iteration: int = 0) -> None:
    worker.packet = Packet(
        worker.begins()[-1].version, state, Frame(iteration), reached=iteration, narration=SAID, place=SAID
    )
    window.player.on_frame()


# -- keys ------------------------------------------------------------------------------------------------------------


def test_that_space_plays_after_a_dialog_gave_the_focus_back_to_a_control_chosen_by_mouse(qtbot, window, worker):
    QTest.mouseClick(window.picker.box, Qt.MouseButton.LeftButton)
    window.picker.box.hidePopup()
    window.picker.box.setFocus()
    dialog = QDialog(window)
    dialog.open()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.reject()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    assert window.picker.box.hasFocus()
    QTest.keyClick(window.picker.box, Qt.Key.Key_Space)
    assert isinstance(worker.posted[-1], Play) and not window.picker.box.view().isVisible()


# -- the play button ---------------------------------------------------------------------------------------------------


def test_that_a_run_that_ends_at_once_does_not_leave_the_pause_sign_standing(window, worker, monkeypatch):
    monkeypatch.setattr(pacing, "SETTLING_S", 0.05)
    window.player.play_pause()
    arrive(window, worker, "diverged", iteration=3)
    assert "일시정지" in window.transport.play_button.accessibleName(), "the press counts for a moment"
    time.sleep(0.06)
    window.player.on_frame()  # nothing new has come
    assert "일시정지" not in window.transport.play_button.accessibleName()


# -- another start -----------------------------------------------------------------------------------------------------


def test_that_another_start_says_so_when_the_start_is_given_by_hand(window):
    assert "start_weights" in window.document.project.experiment.settings
    seed = window.document.project.experiment.seed
    window.actions_["another_start"].trigger()
    assert window.document.project.experiment.seed == seed + 1
    assert window.narration.line.main == Said(START_GIVEN, {})


def test_that_another_start_says_nothing_more_where_the_seed_decides(window):
    window.files.open_scene("03-hidden-layer")
    window.actions_["another_start"].trigger()
    assert window.player.message is None


# -- axes --------------------------------------------------------------------------------------------------------------


def test_that_years_against_won_fill_the_plane_of_their_scene():
    assert not has_equal_aspect(scenes.find("08-units").project.dataset)
    assert has_equal_aspect(scenes.find("09-assign-move").project.dataset)


# -- curves ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def curves(qtbot):
    view = CurvesView()
    view.resize(270, 480)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitExposed(view)
    return view


def run_of(values: list[float], iteration: int = 1, **more) -> Packet:
    label = Text("inertia", "군집 내 제곱합(inertia)")
    y = np.array(values)
    shown = Curves(np.arange(float(len(y))), {"inertia": y}, {"inertia": label})
    return Packet(1, "past", Frame(iteration), reached=len(y) - 1, goal="inertia", curves=shown, **more)


def test_that_a_single_value_stands_on_a_scale_of_its_own_size(curves):
    curves.show_packet(run_of([np.nan, 1094.27]))
    low, high = curves.goal_plot.canvas.values
    assert high - low > 100 and low < 1094.27 < high


def test_that_a_value_that_does_not_exist_yet_is_not_read_from_the_future(curves):
    curves.show_packet(run_of([np.nan, 1094.27, 657.4], iteration=0))
    assert "1094" not in curves.goal_plot.readout.words
    curves.show_packet(run_of([np.nan, 1094.27, 657.4], iteration=2))
    assert "657.4" in curves.goal_plot.readout.words


def test_that_the_curve_counts_as_the_counter_does(curves):
    place = Said(Text("round {n}", "반복 {n}회"), {"n": 2})
    curves.show_packet(run_of([np.nan, 3.0, 2.0], iteration=2, place=place))
    assert curves.at.sentence == language.say(place)


def test_that_a_narrow_readout_shortens_the_name_and_never_the_value(curves):
    metrics = QFontMetrics(curves.font())
    entry = Entry("ink", False, "share of the votes for the leading class", "0.667")
    fitted = entry.fitted(metrics, 160)
    assert fitted.endswith(" 0.667") and "…" in fitted and metrics.horizontalAdvance(fitted) <= 160
    assert entry.fitted(metrics, 4000) == entry.words


# -- the picture that leaves ---------------------------------------------------------------------------------------------


def test_that_the_picture_has_the_same_box_as_the_plane_so_that_the_surface_fills_it(qtbot, monkeypatch):
    rng = np.random.default_rng(2)
    view = PlaneView()
    view.resize(700, 560)
    qtbot.addWidget(view)
    view.show_dataset(Dataset("far", ("a", "b"), rng.normal(size=(30, 2)) * 4000))
    view.show()
    qtbot.waitExposed(view)
    view.grab()
    seen = []

    def spied(copy, *asked):
        box = copy._stage.box
        seen.append((copy._stage.view(), box.height() / box.width(), copy._plot.getAxis("left").width()))
        QWidget.render(copy, *asked)

    monkeypatch.setattr(PlaneView, "render", spied, raising=False)
    view.image(2100)
    (shown, shape, axis), box = seen[0], view._stage.box
    np.testing.assert_allclose(shown, view._stage.view(), rtol=0.01, atol=30)
    assert shape == pytest.approx(box.height() / box.width(), rel=0.01)
    assert axis == pytest.approx(3 * view._plot.getAxis("left").width(), rel=0.01)


# -- playing on ------------------------------------------------------------------------------------------------------------


def test_that_a_point_drawn_while_neighbours_are_found_does_not_stop_the_playing():
    now = [0.0]
    session = Session(clock=lambda: now[0])
    project = scenes.find("06-whose-side").project
    session.handle(Begin(project.dataset, project.experiment, 1))
    session.handle(Look(0.0, 9.0, 0.0, 9.0, 16))
    session.handle(Play(1.0))
    more = edits.add_points(project, np.array([[5.0, 5.2]]), 0)
    session.handle(Begin(more.dataset, more.experiment, 2, keep_place=True))
    assert session.state == "playing"
    for _ in range(200):
        now[0] += 0.1
        session.advance(now[0] + 0.002)
    assert session.state == "finished"


def test_that_a_centroid_can_be_dragged_again_after_going_back_to_the_start():
    session = Session()
    project = scenes.find("10-start-decides").project
    session.handle(Begin(project.dataset, project.experiment, 1))
    for place in ((4.0, 2.0), (4.0, 1.0)):
        session.handle(Apply(Edit("centroid:0", place)))
        assert session.state == "idle" and session.take_packet().phase == "edited"
        session.handle(Step(-1, "moment"))
    assert [change.value for _, change in session.take_packet().schedule] == [(4.0, 2.0), (4.0, 1.0)]


def test_that_a_larger_k_at_the_end_is_answered_at_once():
    session = Session()
    project = scenes.find("06-whose-side").project
    session.handle(Begin(project.dataset, project.experiment, 1))
    session.handle(Step(4, "iteration"))
    assert session.state == "finished" and session.moment.state.votes.tolist() == [1, 2]
    seven = edits.set_setting(project, "n_neighbors", 7)
    session.handle(Begin(seven.dataset, seven.experiment, 2, keep_place=True))
    assert session.state == "finished" and session.moment.state.votes.tolist() == [4, 3]
