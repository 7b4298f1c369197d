"""The real window on the real worker, with real mouse and key events: each algorithm from its scene to a file."""

from __future__ import annotations

import csv
import json
import time

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QThread
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from window_end import end

from lab.composing import refinement
from lab.data.generators import generate
from lab.document import scenes
from lab.document.project import Experiment, Project
from lab.protocol.commands import Frame
from widgets.actions import export_actions, file_actions
from widgets.kit.settings import Settings
from widgets.window.main_window import MainWindow

SCENES = {
    "perceptron": "01-line",
    "mlp": "03-hidden-layer",
    "knn": "06-whose-side",
    "kmeans": "09-assign-move",
    "pca": "12-shadow",
}
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


class Class:
    """A lecturer at the real window."""

    def __init__(self, qtbot, folder) -> None:
        self.qtbot = qtbot
        self.window = MainWindow(Settings(folder / "settings.ini"), scenes.first_scene().project)
        self.window.resize(1280, 720)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)
        self.window.player.start()
        self.until(lambda: self.player.is_ready and self.player.is_current, 90)
        self.window.plane.setFocus()

    @property
    def player(self):
        return self.window.player

    @property
    def packet(self):
        return self.player.packet

    @property
    def frame(self) -> Frame:
        return self.packet.frame

    def until(self, holds, seconds: float = 20.0) -> None:
        self.qtbot.waitUntil(holds, timeout=int(seconds * 1000))

    def open(self, scene: str) -> None:
        self.window.document.undo_stack.setClean()
        self.window.document._saved_schedule = self.window.document._schedule
        self.window.files.open_scene(scene)
        self.until(lambda: self.player.is_current and self.packet.state == "idle", 60)
        self.settle()
        self.window.plane.setFocus()

    def settle(self) -> None:
        """Wait for the raster that follows the size of the view."""
        seen = None
        while seen is not self.packet:
            seen = self.packet
            self.qtbot.wait(300)

    def press(self, key, modifiers=NONE) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)

    def click(self, widget) -> None:
        QTest.mouseClick(widget, LEFT)

    def go_on(self) -> Frame:
        """One moment with the key; the frame come to."""
        before = self.frame
        self.press(Qt.Key.Key_Right)
        self.until(lambda: self.frame != before)
        return self.frame

    def signature(self) -> tuple:
        """What is on screen, to the last bit."""
        arrays = []
        for mark in self.packet.picture.marks:
            for value in vars(mark).values():
                if isinstance(value, np.ndarray):
                    arrays.append(value.tobytes())
        return (self.frame, self.packet.narration.say("en"), tuple(sorted(self.packet.metrics.items())), tuple(arrays))


@pytest.fixture
def lecture(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(file_actions, "own_scenes_folder", lambda: tmp_path / "scenes")
    # As on a computer that has time for everything: how fine a surface is then depends on the screen alone, and two
    # pictures of one frame can be compared to the last bit.
    monkeypatch.setattr(refinement, "FREE_S", float("inf"))
    monkeypatch.setattr(refinement, "FINE_S", float("inf"))
    made = Class(qtbot, tmp_path)
    yield made
    end(made.window)


@pytest.mark.parametrize("algorithm", SCENES)
def test_that_an_algorithm_is_played_stepped_scrubbed_rewound_and_exported(lecture, algorithm, tmp_path, monkeypatch):
    one = lecture
    one.open(SCENES[algorithm])
    assert one.window.document.project.experiment.algorithm == algorithm

    # Step with the key, step back: the very same picture.
    pictures = [one.signature()]
    for _ in range(3):
        one.go_on()
        pictures.append(one.signature())
    assert len({picture[0] for picture in pictures}) == 4
    for expected in pictures[-2::-1]:
        before = one.frame
        one.click(one.window.transport.step_buttons["step-back"])
        one.until(lambda before=before: one.frame != before)
        assert one.signature() == expected

    # Play with Space at the highest speed, pause; pausing shows at once.
    one.click(one.window.transport.speed_buttons.button(3))
    one.press(Qt.Key.Key_Space)
    one.until(lambda: one.packet.state in ("finished", "diverged") or one.frame.iteration >= 20, 60)
    if one.packet.state == "playing":
        one.press(Qt.Key.Key_Space)
    one.until(lambda: one.packet.state in ("paused", "past", "finished", "diverged"))
    reached = one.packet.reached
    assert reached >= 1
    at_end = one.signature()

    # Scrub with the mouse to about the middle, then rewind with Home: the start that was there at first.
    timeline = one.window.transport.timeline
    middle = QPoint(timeline.width() // 2, timeline.height() // 2)
    QTest.mouseClick(timeline, LEFT, pos=middle)
    one.until(lambda: one.frame.iteration == timeline.value() and one.packet.state == "past")
    assert abs(one.frame.iteration - reached / 2) <= max(1, 0.05 * reached)
    one.press(Qt.Key.Key_Home)
    one.until(lambda: one.frame == Frame(0, 0))
    assert one.signature() == pictures[0]

    # And the same end again, by seeking there.
    QTest.mouseClick(timeline, LEFT, pos=QPoint(timeline.width() - 1, timeline.height() // 2))
    one.until(lambda: one.frame.iteration == reached)
    assert one.signature()[2] == at_end[2]

    export(one, tmp_path, monkeypatch)


def export(one: Class, folder, monkeypatch) -> None:
    """Every entry of the Export menu, and what came out of it."""
    for id, name in (("export_png", "plane.png"), ("export_svg", "plane.svg"), ("export_metrics", "metrics.csv"),
                     ("export_parameters", "result.json")):  # fmt: skip
        path = folder / name
        monkeypatch.setattr(export_actions.QFileDialog, "getSaveFileName", lambda *a, path=path, **k: (str(path), ""))
        one.window.actions_[id].trigger()
        one.until(path.exists)
    models = folder / "model"
    models.mkdir()
    monkeypatch.setattr(export_actions.QFileDialog, "getExistingDirectory", lambda *a, **k: str(models))
    one.window.actions_["export_model"].trigger()
    one.until(lambda: {file.name for file in models.iterdir()} >= {"model.safetensors", "model.json"})

    assert (folder / "plane.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (folder / "plane.svg").read_text(encoding="utf-8")
    algorithm = one.window.document.project.experiment.algorithm
    assert json.loads((folder / "result.json").read_text(encoding="utf-8"))["algorithm"] == algorithm
    rows = list(csv.reader((folder / "metrics.csv").open(encoding="utf-8")))
    assert rows[0][0] == "iteration" and int(rows[-1][0]) == one.packet.reached


def test_that_points_drawn_with_the_mouse_are_learned_from(lecture):
    one = lecture
    one.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    one.until(lambda: one.player.is_current and one.packet.state == "unready")
    assert one.window.narration.button("examples").isVisible()
    plane = one.window.plane.focusProxy().viewport()
    for number, share in (("1", 0.3), ("2", 0.7)):
        one.press(getattr(Qt.Key, f"Key_{number}"))
        for dy in (0.35, 0.5, 0.65):
            QTest.mouseClick(plane, LEFT, pos=QPoint(int(plane.width() * share), int(plane.height() * dy)))
    assert one.window.document.project.dataset.n == 6
    one.until(lambda: one.player.is_current and one.packet.state == "idle")
    one.press(Qt.Key.Key_Right, SHIFT)
    one.until(lambda: one.frame.iteration == 1)


def test_that_the_query_is_dragged_and_answered_at_once(lecture):
    one = lecture
    one.open("06-whose-side")
    stage = one.window.plane._stage
    view = one.window.plane.focusProxy()

    def pixel(x, y):
        return view.mapFromScene(stage.box.mapViewToScene(QPointF(x, y)))

    start, goal = pixel(5.0, 5.0), pixel(6.0, 4.2)
    QTest.mousePress(view.viewport(), LEFT, pos=start)
    for share in (0.3, 0.6, 1.0):
        QTest.mouseMove(view.viewport(), start + (goal - start) * share)
        one.qtbot.wait(40)
    QTest.mouseRelease(view.viewport(), LEFT, pos=goal)
    one.until(lambda: one.player.is_current and one.packet.settings["query"] is not None)
    one.until(lambda: np.allclose(one.packet.settings["query"], (6.0, 4.2), atol=0.06))
    assert one.player.stale == "" and one.window.document.undo_stack.count() == 1


def test_that_a_pause_shows_within_fifty_milliseconds(lecture):
    one = lecture
    endless = {"hidden_layer_sizes": (16, 16), "max_epochs": 1_000_000, "tol": 0.0}
    one.window.document.reset(Project(generate("spirals"), (Experiment("mlp", endless),)))
    one.until(lambda: one.player.is_current and one.packet.state == "idle", 60)
    one.settle()
    one.window.plane.setFocus()
    one.click(one.window.transport.speed_buttons.button(3))
    delays = []
    for _ in range(5):
        one.press(Qt.Key.Key_Space)
        one.until(lambda: one.packet.state == "playing")
        one.qtbot.wait(60)
        begun = time.perf_counter()
        one.press(Qt.Key.Key_Space)
        while one.packet.state == "playing" and time.perf_counter() - begun < 2:
            QApplication.processEvents()
        delays.append(time.perf_counter() - begun)
    # The promise is 50 ms; a machine that does other work at the same time may be late, but not every time.
    assert min(delays) < 0.05 and sorted(delays)[len(delays) // 2] < 0.2


@pytest.mark.parametrize("situation", ["starting", "idle", "playing", "fast", "past"])
def test_that_the_window_closes_within_two_seconds_and_leaves_no_thread(qtbot, tmp_path, monkeypatch, situation):
    monkeypatch.setattr(file_actions, "own_scenes_folder", lambda: tmp_path / "scenes")
    window = MainWindow(Settings(tmp_path / "settings.ini"), scenes.find("3").project)
    window.show()
    window.player.start()
    if situation != "starting":
        qtbot.waitUntil(lambda: window.player.is_ready and window.player.is_current, timeout=90_000)
    if situation in ("playing", "fast"):
        window.player.set_speed(3 if situation == "fast" else 1)
        window.player.play_pause()
        qtbot.wait(150)
    if situation == "past":
        window.player.seek(30)
        qtbot.waitUntil(lambda: window.player.packet.frame.iteration == 30, timeout=20_000)
        window.player.seek(3)
    begun = time.perf_counter()
    assert window.close()
    assert time.perf_counter() - begun < 2.1
    threads = window.findChildren(QThread)
    qtbot.waitUntil(lambda: not any(thread.isRunning() for thread in threads), timeout=10_000)
    end(window)


class WindowsSeen(QObject):
    """Names of the top-level windows that are shown while it watches."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        QApplication.instance().installEventFilter(self)

    def eventFilter(self, watched, event) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.names.append(f"{type(watched).__name__} {watched.accessibleName()}")
        return False


def test_that_no_part_of_the_window_flashes_as_a_window_of_its_own(lecture):
    one = lecture
    seen = WindowsSeen()
    for scene in ("05-forward-back", "07-k-small-large", "09-assign-move", "14-years-and-pay", "20-shadow-3d"):
        one.open(scene)
        for pane in sorted(one.window.panes.offered):
            one.window.panes.show_pane(pane)
            one.qtbot.wait(60)
    assert seen.names == []
    one.press(Qt.Key.Key_F11)
    one.qtbot.wait(200)
    one.press(Qt.Key.Key_F3)
    one.press(Qt.Key.Key_Escape)
    one.qtbot.wait(200)
    assert set(seen.names) <= {"MainWindow "}
    QApplication.instance().removeEventFilter(seen)
