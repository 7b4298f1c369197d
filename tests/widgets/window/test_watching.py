"""What is picked out in the panes and on the plane, and who lets go of it."""

from __future__ import annotations

import numpy as np
import pytest
from fake_worker import FakeWorker
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from window_end import end

from lab.data.generators import generate
from lab.document import scenes
from lab.document.project import Experiment, Project
from lab.protocol.commands import Frame, Watch
from lab.protocol.packet import Packet
from lab.protocol.pane_records import ClassScores, LossPicture, Scoreboard
from models.core.learner import Pin
from models.words.text import Text
from widgets.actions import file_actions
from widgets.kit.settings import Settings
from widgets.window.main_window import MainWindow

PANES = frozenset({"curves", "network", "numbers", "matrix", "loss_surface", "activation"})


@pytest.fixture
def window(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(file_actions, "own_scenes_folder", lambda: tmp_path / "scenes")
    worker = FakeWorker()
    made = MainWindow(Settings(tmp_path / "settings.ini"), scenes.first_scene().project, lambda: worker)
    made.worker = worker
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.player.start()
    worker.ready.emit(())
    made.document.reset(Project(generate("circles"), (Experiment("mlp"),)))
    made.data_panel.choose_tool("move")
    arrive(made)
    made.plane.setFocus()
    yield made
    made.document.undo_stack.setClean()
    end(made)


def arrive(window, **more) -> None:
    """A packet of the newest run with the pin that is watched."""
    more = {"abilities": PANES, "pin": window.watching.pin} | more
    window.worker.packet = Packet(window.worker.begins()[-1].version, "paused", Frame(1), reached=1, **more)
    window.player.on_frame()


def pick(window, row: int) -> None:
    plane = window.plane
    x, y = window.document.project.dataset.plane[row]
    view = plane.focusProxy()
    at = view.mapFromScene(plane._stage.box.mapViewToScene(QPointF(x, y)))
    QTest.mouseMove(view.viewport(), at)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    arrive(window)


def pin_unit(window, *unit: int) -> None:
    """As the network pane does: its own pin, with what else the last packet had."""
    window.panes.pin_changed.emit(Pin(unit=unit, row=window.player.packet.pin.row))
    arrive(window)


def test_that_another_point_can_be_picked_while_a_neuron_is_pinned(window):
    pick(window, 4)
    pin_unit(window, 1, 2)
    pick(window, 60)
    assert window.watching.pin == Pin(unit=(1, 2), row=60)
    watched = [command for command in window.worker.posted if isinstance(command, Watch)]
    assert watched[-1].pin == Pin(unit=(1, 2), row=60)


def test_that_a_point_under_the_mouse_is_not_kept_by_a_click_on_a_neuron(window):
    window.watching.on_pointed(7)
    arrive(window)
    pin_unit(window, 1, 0)
    window.watching.on_pointed(-1)
    assert window.watching.pin == Pin(unit=(1, 0))


def test_that_a_pane_lets_go_of_the_point_and_the_plane_takes_its_ring_away(window):
    pick(window, 4)
    pin_unit(window, 1, 2)
    window.panes.pin_changed.emit(Pin(unit=(1, 2)))
    assert window.watching.pin == Pin(unit=(1, 2))
    assert len(window.plane._tools["move"].selected) == 0
    arrive(window)
    pick(window, 4)  # the same point again
    assert window.watching.pin.row == 4


def test_that_escape_lets_go_wherever_the_keys_are(window):
    pin_unit(window, 1, 2)
    window.transport.setFocus()
    QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Escape)
    assert window.watching.pin == Pin()
    pick(window, 4)
    pin_unit(window, 1, 2)
    window.plane.setFocus()
    QTest.mouseMove(window.plane.focusProxy().viewport(), QPoint(70, 30))
    QTest.keyClick(window.plane.focusProxy(), Qt.Key.Key_Escape)  # what is selected first
    assert window.watching.pin == Pin(unit=(1, 2))
    QTest.keyClick(window.plane.focusProxy(), Qt.Key.Key_Escape)
    assert window.watching.pin == Pin()


def test_that_other_data_of_the_same_size_lets_everything_go(window):
    pick(window, 4)
    pin_unit(window, 1, 2)
    n = window.document.project.dataset.n
    window.edits.on_dataset_requested("moons", {})
    assert window.document.project.dataset.n == n and window.document.project.dataset.name == "moons"
    assert window.watching.pin == Pin() and len(window.plane._tools["move"].selected) == 0


def test_that_another_algorithm_lets_the_neuron_go_and_keeps_the_point(window):
    pick(window, 4)
    pin_unit(window, 1, 2)
    window.edits.on_algorithm_picked("knn")
    assert window.watching.pin == Pin(row=4)


# -- keys in the panes ---------------------------------------------------------------------------------------------------


def tab_to(window, pane: str, wanted) -> None:
    window.panes.show_pane(pane)
    window.panes.buttons[pane].setFocus()
    for _ in range(40):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        if QApplication.focusWidget() is wanted:
            return
    pytest.fail("Tab does not come there")


def test_that_the_cells_of_a_matrix_reached_by_tab_are_walked_and_picked_by_keys(window):
    score = np.array([0.5, 0.5])
    scores = ClassScores(np.array([[8, 2], [3, 7]]), score, score, score, 0.75)
    window.panes.show_pane("matrix")
    arrive(window, beside={"matrix": Scoreboard("classes", ("A", "B"), (0, 1), {"train": scores})})
    grid = window.panes.matrix.sections["train"].matrix
    tab_to(window, "matrix", grid)
    window.worker.posted.clear()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Space):
        QTest.keyClick(grid, key)
    assert window.watching.pin.cell == ("train", 1, 1)
    assert {type(command) for command in window.worker.posted} == {Watch}  # nothing stepped, nothing played


def test_that_the_ball_reached_by_tab_is_moved_by_the_arrow_keys(window):
    levels, names = np.add.outer(np.arange(5.0), np.arange(5.0)), (Text("slope", "기울기"), Text("bias", "편향"))
    u, v, here = np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.zeros(2)
    surface = LossPicture(
        np.zeros(2), u, v, (-1.0, 1.0, -1.0, 1.0), levels, np.zeros(0), (), here[None], here, 1.0, names, True
    )
    window.panes.show_pane("loss_surface")
    arrive(window, beside={"loss_surface": surface})
    canvas = window.panes.loss.canvas
    tab_to(window, "loss_surface", canvas)
    window.worker.posted.clear()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Up):
        QTest.keyClick(canvas, key)
    assert canvas.ball[0] > 0 and canvas.ball[0] == pytest.approx(canvas.ball[1])
    assert window.worker.posted == []
