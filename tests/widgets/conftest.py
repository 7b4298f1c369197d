"""The main window as tests of its rooms find it: the first scene shown, its first packet arrived, the worker a fake."""

from __future__ import annotations

import pytest
from fake_worker import FakeWorker
from window_end import end

from lab.document import scenes
from lab.protocol.commands import Frame
from lab.protocol.packet import Packet
from models.words.text import Said, Text

SAID = Said(Text("something happens", "무슨 일이 있습니다"), {})


@pytest.fixture
def worker():
    return FakeWorker()


@pytest.fixture
def window(qtbot, tmp_path, worker, monkeypatch):
    from widgets.actions import file_actions
    from widgets.kit.settings import Settings
    from widgets.window.main_window import MainWindow

    monkeypatch.setattr(file_actions, "own_scenes_folder", lambda: tmp_path / "scenes")
    made = MainWindow(Settings(tmp_path / "settings.ini"), scenes.first_scene().project, lambda: worker)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.player.start()
    worker.ready.emit(())
    worker.packet = Packet(worker.begins()[-1].version, "idle", Frame(0), narration=SAID, place=SAID)
    made.player.on_frame()
    made.plane.setFocus()
    yield made
    end(made)
