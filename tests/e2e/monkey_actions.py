"""What the monkey can do: a small function each, taking the hands that hold the window and the numbers drawn for it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QSlider,
    QWidget,
)

from widgets.kit.keyboard import JAMO
from widgets.kit.parts import parts
from widgets.panes.kinds import KEYS

if TYPE_CHECKING:
    from tests.e2e.monkey import Hands

Key, Mouse = Qt.Key, Qt.MouseButton
PLAIN, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
NOT_FROM_MENU = {"quit"}
KEYS_OF_THE_LAB = (
    Key.Key_Space, Key.Key_Left, Key.Key_Right, Key.Key_Home, Key.Key_Plus, Key.Key_Minus, Key.Key_Escape, Key.Key_Tab,
    Key.Key_Backtab, Key.Key_Delete, Key.Key_Return, Key.Key_PageDown, Key.Key_PageUp, Key.Key_Period, Key.Key_B,
    Key.Key_E, Key.Key_V, Key.Key_T, Key.Key_A, Key.Key_1, Key.Key_2, Key.Key_3, Key.Key_7, Key.Key_Up, Key.Key_Down,
    Key.Key_F5, Key.Key_End,
)  # fmt: skip
TYPED = ("3", "0", "-1", "1e9", "nan", "0.5", "abc", "2, 3", ",", "", "  7 ", "가나다", "999999999999999999", "8,8,8,8")


# -- keys ---------------------------------------------------------------------------------------------------------------


def press_a_key(hands: Hands, draw: Random) -> str:
    key = draw.choice(KEYS_OF_THE_LAB)
    modifiers = draw.choices((PLAIN, SHIFT, CTRL), (8, 2, 1))[0]
    if modifiers == CTRL and key in (Key.Key_A, Key.Key_V):
        modifiers = PLAIN
    QTest.keyClick(hands.focus(), key, modifiers)
    return f"{key.name} {modifiers.name}"


def press_a_key_of_a_pane(hands: Hands, draw: Random) -> str:
    name = draw.choice([*KEYS.values(), "F11"])
    shift, _, plain = name.rpartition("+")
    QTest.keyClick(hands.focus(), getattr(Key, f"Key_{plain}"), SHIFT if shift else PLAIN)
    return name


def press_a_korean_letter(hands: Hands, draw: Random) -> str:
    letter = draw.choice("BEVTABCDQ")
    modifiers = draw.choices((PLAIN, CTRL), (6, 1))[0] if letter not in "Q" else PLAIN
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(hands.focus(), QKeyEvent(kind, 0, modifiers, JAMO[letter]))
    return JAMO[letter]


def type_into_a_field(hands: Hands, draw: Random) -> str:
    fields = [*hands.seen(QLineEdit), *(box.lineEdit() for box in hands.seen(QAbstractSpinBox))]
    if not fields:
        return "no field"
    field, words = draw.choice(fields), draw.choice(TYPED)
    QTest.mouseClick(field, Mouse.LeftButton)
    QTest.keyClick(field, Key.Key_A, CTRL)
    if words.isascii():
        QTest.keyClicks(field, words)
    else:
        for letter in words:
            QApplication.sendEvent(field, QKeyEvent(QEvent.Type.KeyPress, 0, PLAIN, letter))
    end = draw.choice((Key.Key_Return, Key.Key_Tab, Key.Key_Escape, Key.Key_Up, Key.Key_Space))
    if hands.alive(field):
        QTest.keyClick(field, end)
    return f"{words!r} {end.name}"


# -- the mouse ----------------------------------------------------------------------------------------------------------


def draw_a_stroke(hands: Hands, draw: Random) -> str:
    at = hands.stage()
    button = draw.choices((Mouse.LeftButton, Mouse.RightButton, Mouse.MiddleButton), (8, 1, 1))[0]
    modifiers = draw.choices((PLAIN, SHIFT), (5, 1))[0]
    places = [_place(at, draw) for _ in range(draw.randint(1, 6))]
    QTest.mousePress(at, button, modifiers, places[0])
    for place in places[1:]:
        QTest.mouseMove(at, place)
        if draw.random() < 0.1:
            QTest.keyClick(hands.focus(), draw.choice((Key.Key_Escape, Key.Key_Space, Key.Key_E, Key.Key_Delete)))
    QTest.mouseRelease(at, button, modifiers, places[-1])
    return f"{button.name} over {len(places)} places"


def drag_a_handle(hands: Hands, draw: Random) -> str:
    plane = hands.window.plane
    handles = list(plane._board.handles()) if plane.isVisible() else []
    if not handles:
        return "no handle"
    handle, canvas = draw.choice(handles), plane._canvas
    scene = plane._stage.box.mapViewToScene(QPointF(handle.x, handle.y))
    near = canvas.mapFromScene(scene) + QPoint(draw.randint(-12, 12), draw.randint(-12, 12))
    QTest.mousePress(canvas.viewport(), Mouse.LeftButton, PLAIN, near)
    for _ in range(draw.randint(0, 4)):
        QTest.mouseMove(canvas.viewport(), _place(canvas.viewport(), draw))
    QTest.mouseRelease(canvas.viewport(), Mouse.LeftButton, PLAIN, _place(canvas.viewport(), draw))
    return handle.name


def double_click_the_stage(hands: Hands, draw: Random) -> str:
    at = hands.stage()
    place = _place(at, draw)
    QTest.mouseClick(at, Mouse.LeftButton, PLAIN, place)
    QTest.mouseDClick(at, Mouse.LeftButton, PLAIN, place)
    QTest.mouseRelease(at, Mouse.LeftButton, PLAIN, place)
    return ""


def turn_the_wheel(hands: Hands, draw: Random) -> str:
    widget = draw.choice([hands.stage(), *hands.seen(QWidget)])
    at = QPointF(_place(widget, draw))
    by = draw.choice((-600, -120, 120, 600))
    event = QWheelEvent(at, QPointF(widget.mapToGlobal(at)), QPoint(), QPoint(0, by), Mouse.NoButton, PLAIN,
                        Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(widget, event)
    return f"{type(widget).__name__} {by}"


def click_a_button(hands: Hands, draw: Random) -> str:
    buttons = [button for button in hands.seen(QAbstractButton) if button.isEnabled()]
    if not buttons:
        return "no button"
    button = draw.choice(buttons)
    said = f"{type(button).__name__} {button.text()[:20]!r}"
    QTest.mouseClick(button, Mouse.LeftButton)
    return said


def click_anywhere(hands: Hands, draw: Random) -> str:
    widgets = hands.seen(QWidget)
    if not widgets:
        return "nothing"
    widget = draw.choice(widgets)
    said, place = type(widget).__name__, _place(widget, draw)
    QTest.mouseMove(widget, place)
    if hands.alive(widget):
        QTest.mouseClick(widget, draw.choices((Mouse.LeftButton, Mouse.RightButton), (6, 1))[0], PLAIN, place)
    return said


def move_over_a_pane(hands: Hands, draw: Random) -> str:
    widgets = [widget for widget in parts(hands.window.panes) if widget.isVisible()]
    for widget in draw.sample(widgets, min(3, len(widgets))):
        if hands.alive(widget):
            QTest.mouseMove(widget, _place(widget, draw))
    return f"{len(widgets)} widgets"


def choose_in_a_box(hands: Hands, draw: Random) -> str:
    boxes = [box for box in hands.seen(QComboBox) if box.isEnabled() and box.count()]
    if not boxes:
        return "no box"
    box = draw.choice(boxes)
    said = type(box).__name__
    if draw.random() < 0.5:
        box.showPopup()
        view = box.view()
        for _ in range(draw.randint(0, 6)):
            QTest.keyClick(view, draw.choice((Key.Key_Down, Key.Key_Up)))
        QTest.keyClick(view, draw.choice((Key.Key_Return, Key.Key_Escape)))
        if hands.alive(box):
            box.hidePopup()
    else:
        box.setFocus()
        QTest.keyClick(box, draw.choice((Key.Key_Down, Key.Key_Up, Key.Key_Home)))
    return said


def change_the_algorithm(hands: Hands, draw: Random) -> str:
    import models

    row = draw.choice(models.CATALOGUE)
    box = hands.window.picker.box
    where = next(k for k in range(box.count()) if box.itemText(k) == _said(row.title))
    box.setCurrentIndex(where)
    box.activated.emit(where)
    return row.id


def move_a_slider(hands: Hands, draw: Random) -> str:
    sliders = [slider for slider in hands.seen(QSlider) if slider.isEnabled()]
    if not sliders:
        return "no slider"
    slider = draw.choice(sliders)
    QTest.mousePress(slider, Mouse.LeftButton, PLAIN, _place(slider, draw))
    for _ in range(draw.randint(0, 3)):
        QTest.mouseMove(slider, _place(slider, draw))
    QTest.mouseRelease(slider, Mouse.LeftButton, PLAIN, _place(slider, draw))
    return type(slider).__name__


# -- the menus, the window ----------------------------------------------------------------------------------------------


def choose_from_a_menu(hands: Hands, draw: Random) -> str:
    actions = [a for a in hands.window.actions_.all() if a.isEnabled() and a.objectName() not in NOT_FROM_MENU]
    return _trigger(draw.choice(actions))


def play_or_pause(hands: Hands, draw: Random) -> str:
    return _trigger(hands.window.actions_["play"])


def undo_and_redo(hands: Hands, draw: Random) -> str:
    said = [draw.choice(("undo", "undo", "redo")) for _ in range(draw.randint(1, 6))]
    for id in said:
        _trigger(hands.window.actions_[id])
    return " ".join(said)


def export(hands: Hands, draw: Random) -> str:
    ids = [a.objectName() for a in hands.window.actions_.all() if a.objectName().startswith("export_")]
    return _trigger(hands.window.actions_[draw.choice([*ids, "copy_image"])])


def save_and_open_again(hands: Hands, draw: Random) -> str:
    _trigger(hands.window.actions_[draw.choice(("save", "save_as"))])
    if draw.random() < 0.7:
        _trigger(hands.window.actions_["open"])
    return ""


def open_a_table(hands: Hands, draw: Random) -> str:
    table = draw.choice(hands.tables)
    hands.window.files.open_path(table)
    for _ in range(draw.randint(0, 10)):
        hands.wait(30)
        if draw.random() < 0.3:
            click_a_button(hands, draw)
    return table.name


def present(hands: Hands, draw: Random) -> str:
    keys = [
        Key.Key_F11,
        *draw.choices(
            (Key.Key_F5, Key.Key_F2, Key.Key_F4, Key.Key_F6, Key.Key_PageDown, Key.Key_B, Key.Key_X, Key.Key_Space), k=3
        ),
        draw.choice((Key.Key_F11, Key.Key_Escape)),
    ]
    for key in keys:
        QTest.keyClick(hands.focus(), key)
        hands.wait(5)
    return " ".join(key.name for key in keys)


def resize(hands: Hands, draw: Random) -> str:
    window, how = hands.window, draw.choice(("small", "any", "large", "maximised", "normal"))
    sizes = {"small": (960, 600), "any": (draw.randint(960, 1900), draw.randint(600, 1100)), "large": (1920, 1080)}
    if how in sizes:
        window.resize(*sizes[how])
    else:
        window.showMaximized() if how == "maximised" else window.showNormal()
    return how


def change_language_or_theme(hands: Hands, draw: Random) -> str:
    return _trigger(hands.window.actions_[draw.choice(("korean", "english", "light", "dark"))])


def ask_the_class(hands: Hands, draw: Random) -> str:
    _trigger(hands.window.actions_["question"])
    keys = draw.choices((Key.Key_A, Key.Key_B, Key.Key_C, Key.Key_D, Key.Key_T, Key.Key_Space, Key.Key_Return), k=4)
    for key in [*keys, Key.Key_Escape]:
        QTest.keyClick(hands.focus(), key, draw.choice((PLAIN, SHIFT)) if key == Key.Key_A else PLAIN)
    return " ".join(key.name for key in keys)


def open_a_scene(hands: Hands, draw: Random) -> str:
    _trigger(hands.window.actions_["scenes"])
    dialog = next((w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()), None)
    if dialog is None:
        return "no dialog"
    number, end = draw.randint(1, 40), draw.choice((Key.Key_Return, Key.Key_Return, Key.Key_Escape))
    QTest.keyClicks(hands.focus(), str(number))
    views = dialog.findChildren(QAbstractItemView)
    if draw.random() < 0.5 and views:
        place = _place(views[0].viewport(), draw)
        QTest.mouseClick(views[0].viewport(), Mouse.LeftButton, PLAIN, place)
        QTest.mouseDClick(views[0].viewport(), Mouse.LeftButton, PLAIN, place)
    if hands.alive(dialog) and dialog.isVisible():
        QTest.keyClick(dialog, end)
    return f"{number} {end.name}"


def close_a_dialog(hands: Hands, draw: Random) -> str:
    open_ones = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
    for dialog in open_ones:
        QTest.keyClick(dialog, Key.Key_Escape)
    return f"{len(open_ones)} open"


def wait(hands: Hands, draw: Random) -> str:
    ms = draw.choice((1, 20, 60, 150))
    hands.wait(ms)
    return f"{ms} ms"


# How often each is done, against the others.
ACTIONS: dict[Callable[[Hands, Random], str], int] = {
    press_a_key: 10, press_a_key_of_a_pane: 6, press_a_korean_letter: 3, type_into_a_field: 6, draw_a_stroke: 10,
    drag_a_handle: 3, double_click_the_stage: 1, turn_the_wheel: 3, click_a_button: 8, click_anywhere: 6,
    move_over_a_pane: 5, choose_in_a_box: 3, change_the_algorithm: 4, move_a_slider: 4, choose_from_a_menu: 8,
    play_or_pause: 5, undo_and_redo: 4, export: 2, save_and_open_again: 2, open_a_table: 1, present: 2, resize: 2,
    change_language_or_theme: 2, ask_the_class: 1, open_a_scene: 3, close_a_dialog: 3, wait: 8,
}  # fmt: skip


def _trigger(action: QAction) -> str:
    action.trigger()
    return action.objectName()


def _place(widget: QWidget, draw: Random) -> QPoint:
    return QPoint(draw.randrange(max(1, widget.width())), draw.randrange(max(1, widget.height())))


def _said(text) -> str:
    from widgets.kit.language import language

    return language.say(text)
