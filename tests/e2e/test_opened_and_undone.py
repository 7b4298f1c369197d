"""The real window on the real worker: what was only opened asks for nothing, and a change of the run can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox
from window_end import end

from lab.data.tables.files import bundled_path
from lab.document import scenes
from lab.protocol.commands import Frame
from widgets.kit.settings import Settings
from widgets.tables.import_dialog import TableImportDialog
from widgets.window.main_window import MainWindow

GOLDEN = Path(__file__).parents[1] / "golden" / "0.3.0"


@pytest.fixture
def window(qapp, tmp_path):
    made = MainWindow(Settings(tmp_path / "settings.ini"), scenes.first_scene().project)
    made.show()
    made.player.start()
    yield made
    made.document.undo_stack.setClean()
    made.document._saved_schedule = made.document._schedule
    end(made)


def at_rest(window, qtbot) -> None:
    player = window.player
    qtbot.waitUntil(lambda: player.is_ready and player.is_current and not player.is_preparing, timeout=120_000)
    qtbot.wait(120)  # packets that say more of the same frame


def asks(window, monkeypatch) -> bool:
    """Whether Ctrl+N would ask about unsaved work."""
    asked: list[str] = []
    monkeypatch.setattr(window.files, "ask_about_unsaved", lambda: asked.append("?") or "cancel")
    window.files.may_go_on()
    return bool(asked)


def test_that_an_opened_file_is_saved_already(window, qtbot, monkeypatch):
    files = sorted(GOLDEN.glob("*.learnscope"))
    assert len(files) > 3
    for path in files:
        window.files.open_path(path)
        at_rest(window, qtbot)
        assert not window.document.is_dirty and not asks(window, monkeypatch), path.name
        QTest.keyClick(window, Qt.Key.Key_Right)
        at_rest(window, qtbot)
        assert not asks(window, monkeypatch), f"to look at a run is not to change it: {path.name}"


def test_that_an_opened_table_is_in_its_own_file(window, qtbot, monkeypatch):
    window.files.new()
    window.files.open_path(bundled_path("iris"))
    dialog = window.findChild(TableImportDialog)
    ready = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
    qtbot.waitUntil(ready.isEnabled, timeout=120_000)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.document.project.dataset.n == 150, timeout=120_000)
    at_rest(window, qtbot)
    assert not asks(window, monkeypatch)
    window.edits.on_clear_requested()
    assert asks(window, monkeypatch)
    window.document.undo_stack.undo()
    assert not asks(window, monkeypatch)


def test_that_undo_takes_back_what_was_changed_in_the_run_and_the_run_is_as_if_it_had_never_been(window, qtbot):
    window.files.open_scene("17-memorised")
    at_rest(window, qtbot)
    player, document, tuning = window.player, window.document, window.tuning
    live = next(param for param in player.params() if param.change == "live" and param.kind == "float")
    n = document.project.dataset.n

    def run_to(iteration: int) -> float:
        player.step(iteration - player.packet.frame.iteration, "iteration")
        qtbot.waitUntil(lambda: player.is_current and player.packet.frame.iteration == iteration, timeout=120_000)
        return player.packet.metrics[player.packet.goal]

    run_to(3)
    plain = run_to(6)
    player.seek(3)
    qtbot.waitUntil(lambda: player.packet.frame == Frame(3, player.packet.moments - 1), timeout=120_000)
    tuning.tune(live.name, live.default / 7.0, "live")
    qtbot.waitUntil(lambda: bool(document.schedule), timeout=120_000)
    changed = run_to(6)
    assert changed != plain
    window.actions_["undo"].trigger()
    qtbot.waitUntil(lambda: player.is_current and player.packet.frame.iteration == 6, timeout=120_000)
    assert player.packet.metrics[player.packet.goal] == plain and document.schedule == ()
    assert document.project.dataset.n == n and not document.is_dirty
    window.actions_["redo"].trigger()
    qtbot.waitUntil(lambda: player.is_current and bool(player.packet.schedule), timeout=120_000)
    qtbot.waitUntil(lambda: player.packet.frame.iteration == 6, timeout=120_000)
    assert player.packet.metrics[player.packet.goal] == changed
