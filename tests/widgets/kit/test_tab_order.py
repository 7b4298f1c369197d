from __future__ import annotations

import pytest
from fake_worker import FakeWorker
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from window_end import end

from lab.document import scenes
from lab.protocol.commands import Frame
from lab.protocol.packet import Packet
from models.words.text import Said, Text
from widgets.actions import file_actions
from widgets.kit.settings import Settings
from widgets.panes.kinds import KEYS
from widgets.window.main_window import MainWindow

SAID = Said(Text("something happens", "무슨 일이 있습니다"), {})


@pytest.fixture(params=["01", "05", "06", "12", "14"])
def window(qtbot, tmp_path, monkeypatch, request):
    """The window after another algorithm has been chosen, so that its settings were built last."""
    worker = FakeWorker()
    monkeypatch.setattr(file_actions, "own_scenes_folder", lambda: tmp_path / "scenes")
    made = MainWindow(Settings(tmp_path / "settings.ini"), scenes.find("9").project, lambda: worker)
    made.resize(1280, 720)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.player.start()
    worker.ready.emit(())
    made.document.reset(scenes.find(request.param).project)
    worker.packet = Packet(
        worker.begins()[-1].version, "past", Frame(3), narration=SAID, place=SAID, reached=9, abilities=frozenset(KEYS)
    )
    made.player.on_frame()
    yield made
    end(made)


def walk(window) -> list[QWidget]:
    """What Tab comes to, from the plane on and once round."""
    window.plane.setFocus()
    found = [window.focusWidget()]
    while len(found) < 200:
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        if window.focusWidget() is found[0]:
            return found
        found.append(window.focusWidget())
    raise AssertionError("Tab does not come back")


def test_that_tab_comes_to_every_control_and_every_one_has_a_name(window):
    found = walk(window)
    assert len(set(map(id, found))) == len(found)
    for part in window.findChildren(QWidget):
        is_stop = part.isVisible() and part.isEnabled() and part.focusPolicy() & Qt.FocusPolicy.TabFocus
        is_walked_by_arrows = getattr(part, "group", lambda: None)() is not None
        if is_stop and part.focusProxy() is None and not is_walked_by_arrows:
            assert part in found, part.accessibleName()
    for part in found:
        assert QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name), type(part).__name__


def test_that_tab_goes_through_the_settings_in_the_order_in_which_they_stand(window):
    side = [part for part in walk(window) if window.side.isAncestorOf(part)]
    tops = [part.mapTo(window, QPoint(0, part.height() // 2)).y() for part in side]
    assert tops == sorted(tops) or all(b > a - 14 for a, b in zip(tops, tops[1:], strict=False))
    assert any(window.form.isAncestorOf(part) for part in side)


def test_that_tab_walks_the_buttons_of_the_run_from_left_to_right(window):
    bar = window.transport
    row = [part for part in walk(window) if bar.isAncestorOf(part) and part is not bar.timeline]
    lefts = [part.mapTo(bar, QPoint(0, 0)).x() for part in row]
    assert bar.play_button in row and lefts == sorted(lefts)
