"""The keys are the lab's again once somebody has typed or clicked: Space plays, arrows step."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication

from lab.document import scenes
from lab.protocol.commands import Frame, Play
from lab.protocol.packet import Packet
from models.core.moment import Pin
from models.words.text import Text
from widgets.kit.calm_controls import CalmSpinBox
from widgets.kit.fields import NumberField
from widgets.lessons.scene_list import SceneDialog
from widgets.stages.plane.painters.board import Handle

LABEL = Text("an edit", "고치기")
LEFT = Qt.MouseButton.LeftButton


def first_field(window) -> NumberField:
    return next(field for field in window.form.findChildren(NumberField) if field.isVisible())


def typed(window, words: str) -> NumberField:
    field = first_field(window)
    QTest.mouseClick(field.lineEdit(), LEFT)
    field.selectAll()
    QTest.keyClicks(field, words)
    assert QApplication.focusWidget() is field
    return field


def spin_box(window) -> CalmSpinBox:
    QTest.mouseClick(window.data_panel.gallery.tiles["moons"], LEFT)
    return next(box for box in window.findChildren(CalmSpinBox) if box.isVisible() and box.isEnabled())


def has_the_keys(window) -> bool:
    return window.plane.isAncestorOf(QApplication.focusWidget())


def plays(worker) -> int:
    return sum(isinstance(command, Play) for command in worker.posted)


def test_that_enter_hands_on_what_is_typed_and_gives_the_keys_back(window, worker):
    field = typed(window, "7")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert has_the_keys(window) and field.text() == "7"
    before = plays(worker)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert plays(worker) == before + 1


def test_that_escape_forgets_what_is_typed_and_gives_the_keys_back(window):
    shown, project = first_field(window).text(), window.document.project
    field = typed(window, "7")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert has_the_keys(window) and field.text() == shown and window.document.project is project


def test_that_escape_forgets_a_number_of_points_too(window):
    box = spin_box(window)
    shown = box.value()
    QTest.mouseClick(box.lineEdit(), LEFT)
    box.selectAll()
    QTest.keyClicks(box, "77")
    assert box.hasFocus() and "77" in box.text()
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert has_the_keys(window) and box.value() == shown and "77" not in box.text()


def test_that_space_in_a_number_field_hands_it_on_and_plays(window, worker):
    field = typed(window, "7")
    before = plays(worker)
    QTest.keyClick(field, Qt.Key.Key_Space)
    assert plays(worker) == before + 1 and field.text() == "7" and has_the_keys(window)


def test_that_space_in_a_spin_box_plays(window, worker):
    box = spin_box(window)
    QTest.mouseClick(box.lineEdit(), LEFT)
    assert box.hasFocus()
    before = plays(worker)
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert plays(worker) == before + 1


@pytest.mark.parametrize("words", ["1e9", "nan", "-5"])
def test_that_a_field_left_with_a_wrong_number_shows_the_one_that_runs(window, words):
    shown = first_field(window).text()
    field = typed(window, words)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == shown
    name = next(name for name, one in window.form._fields.items() if one is field)
    assert window.form.error(name)


def test_that_a_click_on_any_button_gives_the_keys_back(window, qtbot):
    buttons = [b for b in window.findChildren(QAbstractButton) if b.isVisible() and b.isEnabled()]
    assert len(buttons) > 12
    names = [button.objectName() or button.accessibleName() for button in buttons]
    for button, name in zip(buttons, names, strict=True):
        if button is window.data_panel.gallery.open_tile or not button.isVisible() or not button.isEnabled():
            continue
        field = next(f for f in window.findChildren(QAbstractSpinBox) if f.isVisible() and f.isEnabled())
        QTest.mouseClick(field.lineEdit(), LEFT)
        assert field.hasFocus()
        QTest.mouseClick(button, LEFT)
        qtbot.wait(5)
        if QApplication.activeModalWidget() is not None:
            QApplication.activeModalWidget().close()
            continue
        assert has_the_keys(window), name


def test_that_another_field_clicked_is_typed_in_next(window, qtbot):
    typed(window, "7")
    box = spin_box(window)
    QTest.mouseClick(box.lineEdit(), LEFT)
    qtbot.wait(5)
    assert QApplication.focusWidget() is box


def test_that_a_scene_opened_by_a_double_click_has_the_keys(window, qtbot):
    typed(window, "7")
    window.files.show_scenes()
    dialog = window.findChild(SceneDialog)
    qtbot.waitUntil(dialog.isVisible)
    where = dialog.list.visualItemRect(dialog.list.item(4)).center()
    view = dialog.list.viewport()
    QTest.mouseClick(view, LEFT, pos=where)
    assert dialog.isVisible(), "one click shows what it is about"
    QTest.mouseDClick(view, LEFT, pos=where)
    assert not dialog.isVisible()
    assert window.document.project.scene == dialog.list.item(4).data(Qt.ItemDataRole.UserRole).id
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    assert has_the_keys(window)


def test_that_a_scene_opened_again_begins_again_with_nothing_pinned(window, worker):
    scene = scenes.first_scene()
    window.files.open_scene(scene.id)
    worker.packet = Packet(worker.begins()[-1].version, "paused", Frame(5))
    window.player.on_frame()
    window.watching.on_pin_changed(Pin(unit=(1, 0)))
    window.player.set_speed(3)
    window.document.edit(LABEL, window.document.project.with_experiment(seed=99))
    for _ in range(2):
        begins = len(worker.begins())
        window.files.open_scene(scene.id)
        assert len(worker.begins()) > begins, "it begins again"
        assert worker.begins()[-1].experiment.seed == scene.project.experiment.seed
        assert not worker.begins()[-1].keep_place and window.watching.pin == Pin()
        window.watching.on_pin_changed(Pin(unit=(1, 0)))


def test_that_a_press_just_beside_a_handle_drags_and_never_paints(window, qtbot, monkeypatch):
    plane = window.plane
    x0, x1, y0, y1 = plane._stage.view()
    handle = Handle("query", "query", 0, (x0 + x1) / 2, (y0 + y1) / 2)
    monkeypatch.setattr(plane._board, "handles", lambda: [handle])
    monkeypatch.setattr(plane._board, "hold", lambda *_: None)
    dragged, drawn = [], []
    plane.handle_dragged.connect(lambda name, place, done: dragged.append(name))
    plane.points_drawn.connect(lambda xy, number: drawn.append(xy))
    plane.set_tool("brush")
    canvas = plane._canvas
    centre = canvas.mapFromScene(plane._stage.box.mapViewToScene(QPointF(handle.x, handle.y)))
    away = round(2.2 * plane._stage.marker_px)
    for offset in (QPoint(away, 0), QPoint(0, -away), QPoint(-away // 2, away // 2)):
        QTest.mousePress(canvas.viewport(), LEFT, pos=centre + offset)
        QTest.mouseMove(canvas.viewport(), centre + offset + QPoint(40, 10))
        QTest.mouseRelease(canvas.viewport(), LEFT, pos=centre + offset + QPoint(40, 10))
    QTest.mouseClick(canvas.viewport(), LEFT, pos=centre + QPoint(away, 0))
    assert drawn == [] and set(dragged) == {"query"}
    QTest.mouseClick(canvas.viewport(), LEFT, pos=centre + QPoint(8 * away, 0))
    assert len(drawn) == 1, "elsewhere the brush paints"


def test_that_a_presentation_is_left_when_the_field_that_was_typed_in_is_gone(window, qtbot):
    """Another algorithm has other fields."""
    typed(window, "7")
    window.presentation.start()
    window.edits.on_algorithm_picked("kmeans")
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    window.presentation.leave()
    assert not window.presentation.is_on and has_the_keys(window)


def test_that_a_question_card_is_closed_when_the_field_that_was_typed_in_is_gone(window):
    typed(window, "7")
    window.on_question_asked()
    window.edits.on_algorithm_picked("kmeans")
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    window.question_card.close_card()
    assert not window.question_card.isVisible()
