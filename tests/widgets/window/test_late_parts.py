"""Parts of the window that are made after its first picture, or when they are first seen: as if always there."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from fake_worker import FakeWorker
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from window_end import end

from lab.data.generators import GENERATORS
from lab.document import scenes
from lab.protocol.commands import Frame
from lab.protocol.packet import Packet
from models.words.text import Said, Text
from widgets.kit.language import language
from widgets.kit.settings import Settings
from widgets.kit.theme import theme
from widgets.panes.kinds import KEYS, NAMES
from widgets.side.dataset_gallery import DatasetGallery, thumbnail
from widgets.window import app
from widgets.window.main_window import MainWindow

SAID = Said(Text("something happens", "무슨 일이 있습니다"), {})


@pytest.fixture
def fresh(qtbot, tmp_path):
    """A window that nobody has looked at yet, and its worker."""
    worker = FakeWorker()
    made = MainWindow(Settings(tmp_path / "settings.ini"), scenes.find("5").project, lambda: worker)
    yield made, worker
    end(made)


def see(window, qtbot) -> None:
    window.show()
    qtbot.waitExposed(window)


def arrive(window, worker) -> Packet:
    """The first packet, of an algorithm that has every pane."""
    packet = worker.packet = Packet(
        worker.begins()[-1].version, "idle", Frame(0), narration=SAID, place=SAID, abilities=frozenset(KEYS)
    )
    window.player.on_frame()
    return packet


def pictures(gallery: DatasetGallery) -> list:
    return [tile.icon().pixmap(28, 28).toImage() for tile in gallery.tiles.values()]


def letters(part) -> float:
    """The height of all letters in a part of the window together."""
    return sum(label.fontInfo().pixelSize() for label in part.findChildren(QLabel))


# -- the panes -------------------------------------------------------------------------------------------------------------


def test_that_the_pane_in_view_is_made_once_the_window_has_been_seen_and_no_other(fresh, qtbot):
    window, _ = fresh
    assert not window.panes.made
    see(window, qtbot)
    qtbot.waitUntil(lambda: window.panes.made == {"curves"})
    assert window.panes.curves.isVisible() and window.panes.buttons["curves"].isChecked()


@pytest.mark.parametrize("id", [id for id in NAMES if id != "curves"])
def test_that_a_pane_made_late_has_the_packet_the_language_and_the_size_of_letters(fresh, qtbot, id):
    window, worker = fresh
    language.set("en")
    window.resize(1920, 1440)
    see(window, qtbot)
    window.player.start()
    worker.ready.emit(())
    packet = arrive(window, worker)
    shown = []
    window.panes.show_pane(id)
    late = window.panes.view(id)
    assert late.isVisible() and window.panes.current == id
    late.show_packet = shown.append
    window.panes.show_packet(packet)
    assert shown == [packet]
    words = [label.text() for label in late.findChildren(QLabel) if label.isVisibleTo(late) and label.text()]
    assert all(not any("가" <= char <= "힣" for char in said) for said in words)
    large = letters(late)
    window.resize(1280, 720)  # back to letters of scale 1
    QApplication.processEvents()
    assert large > letters(late)


def test_that_a_neurons_size_is_known_before_there_is_a_network_and_from_it_afterwards(fresh, qtbot):
    window, _ = fresh
    see(window, qtbot)
    before = window.panes.unit_px
    assert before == window.panes.network.unit_px
    with qtbot.waitSignal(window.panes.watched_changed):
        window.panes.network.unit_px_changed.emit(before)


def test_that_the_network_glides_as_the_window_was_told_before_it_was_made(fresh):
    window, _ = fresh
    window.panes.set_glide(350)
    assert window.panes.network.glide_ms == 350
    window.panes.set_glide(0)
    assert window.panes.network.glide_ms == 0


def test_that_an_unknown_pane_is_a_key_error(fresh):
    window, _ = fresh
    with pytest.raises(KeyError):
        window.panes.show_pane("weather")
    with pytest.raises(KeyError):
        window.panes.view("weather")


# -- the rest --------------------------------------------------------------------------------------------------------------


def test_that_the_keys_of_the_presentation_work_before_it_has_ever_been_on(fresh, qtbot):
    window, _ = fresh
    see(window, qtbot)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    assert not window.presentation.is_on and not window.presentation.is_black
    QTest.keyClick(window.plane, Qt.Key.Key_F5)
    assert window.presentation.is_on
    QTest.keyClick(window.plane, Qt.Key.Key_Escape)
    assert not window.presentation.is_on


def test_that_the_gallery_has_its_pictures_soon_after_it_was_seen(qtbot):
    gallery = DatasetGallery()
    qtbot.addWidget(gallery)
    assert all(tile.icon().isNull() for tile in gallery.tiles.values())
    gallery.show()
    qtbot.waitUntil(lambda: not any(tile.icon().isNull() for tile in gallery.tiles.values()))
    assert pictures(gallery) == [thumbnail(id).pixmap(28, 28).toImage() for id in GENERATORS]


def test_that_an_icon_has_as_many_pixels_as_the_screen_asks_for(qapp):
    icon = theme.icon("play")
    for ratio in (1.0, 1.5, 2.0):
        pixmap = icon.pixmap(QSize(24, 24), ratio)
        assert pixmap.size() == QSize(24, 24) * ratio and pixmap.devicePixelRatio() == ratio
        image = pixmap.toImage()
        alpha = [image.pixelColor(x, y).alpha() for x in range(image.width()) for y in range(image.height())]
        assert np.mean(np.array(alpha) > 0) > 0.05, "something is drawn, over the whole of it"


def test_that_the_worker_and_the_garbage_collector_wait_for_the_first_picture(fresh, qtbot, qapp, monkeypatch):
    window, worker = fresh
    begun = []
    monkeypatch.setattr(app, "Interrupts", lambda _app: None)  # the tests keep their own Ctrl-C
    window.player.start = lambda: begun.append(begin.garbage.is_started)
    gc.disable()
    try:
        begin = app._Begin(qapp, window)
        QApplication.processEvents()
        assert begun == [] and not begin.garbage.is_started
        see(window, qtbot)
        qtbot.waitUntil(lambda: begun == [True])
        assert not gc.isenabled(), "in no other thread"
    finally:
        gc.disable()


def test_that_kernels_are_compiled_in_the_background_once_however_often_the_worker_is_replaced(
    fresh, qapp, monkeypatch
):
    window, worker = fresh
    started = []
    monkeypatch.setattr(app.jobs, "compile_in_background", lambda: started.append(1) or object())
    app._Begin(qapp, window)
    window.player.ready.emit(())
    window.player.ready.emit(())
    assert started == [1]
