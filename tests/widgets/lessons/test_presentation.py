from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from lab.protocol.commands import Frame, Play, Step
from lab.protocol.packet import Packet
from lab.protocol.pane_records import Numbers
from models.core.formula import Formula
from models.words.text import Said, Text
from widgets.kit.keyboard import JAMO
from widgets.kit.language import language
from widgets.panes.kinds import KEYS

SAID = Said(Text("something happens", "무슨 일이 있습니다"), {})
PLACE = Said(Text("epoch 2, sample 17/40", "에포크 2, 샘플 17/40"), {})
EVERY_PANE = frozenset(KEYS)


@pytest.fixture
def window(window, worker):
    arrive(window, worker)
    return window


@pytest.fixture
def presentation(window):
    return window.presentation


def arrive(window, worker, iteration: int = 0, state: str = "idle", **more) -> None:
    shown = {"reached": iteration, "narration": SAID, "place": PLACE, "abilities": EVERY_PANE} | more
    worker.packet = Packet(version=worker.begins()[-1].version, state=state, frame=Frame(iteration), **shown)
    window.player.on_frame()


def begin(window) -> None:
    """Start with a remote's key; the full screen is a new window to the system, which gives it the keys and its size."""
    press(window, Qt.Key.Key_F5)
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    for _ in range(100):
        if window.middle.width() == window.width() == window.screen().size().width():
            break
        QTest.qWait(10)


def press(window, key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window.focusWidget() or window, key, modifiers)


def look(window) -> dict:
    """All that presentation mode may touch."""
    parts = {
        "menus": window.menuBar(), "side": window.side, "right": window.right, "transport": window.transport,
        "status": window.status, "card": window.card, "narration": window.narration, "plane": window.plane,
    }  # fmt: skip
    return {
        "visible": {name: part.isVisible() for name, part in parts.items()},
        "sizes": {name: part.size().toTuple() for name, part in parts.items()},
        "split": window.split.sizes(),
        "middle": window.middle.sizes(),
        "window": (window.size().toTuple(), window.windowState()),
        "pane": window.panes.current,
        "project": window.document.project,
    }


# -- on and off ------------------------------------------------------------------------------------------------------------


def test_that_f5_shows_the_plane_the_counter_the_narration_and_one_formula_alone(window, presentation):
    begin(window)
    QApplication.processEvents()
    assert presentation.is_on and window.isFullScreen()
    for part in (window.menuBar(), window.side, window.right, window.transport, window.status):
        assert not part.isVisible()
    assert window.plane.isVisible() and window.narration.isVisible()
    assert presentation._band.isVisible() and presentation._strip.counter.text() == "에포크 2, 샘플 17/40"
    assert presentation.watched == {"numbers"}


@pytest.mark.parametrize("way", ["escape", "toggle"])
def test_that_leaving_puts_everything_back_exactly(qtbot, window, presentation, way):
    window.resize(1280, 800)
    window.middle.setSizes([600, 330])
    window.split.setSizes([340, 940])
    QApplication.processEvents()
    before = look(window)
    begin(window)
    press(window, Qt.Key.Key_F4)
    QApplication.processEvents()
    assert look(window) != before
    if way == "escape":
        press(window, Qt.Key.Key_Escape)
    else:
        presentation.toggle()
    qtbot.waitUntil(lambda: look(window) == before)
    assert not presentation.is_on and presentation.watched == frozenset()
    assert not window.document.is_dirty


def test_that_a_hidden_side_panel_stays_hidden_and_a_closed_card_closed(qtbot, window, presentation):
    window.actions_["side_panel"].trigger()
    QTest.mouseClick(window.card.close_button, Qt.MouseButton.LeftButton)
    window.plane.setFocus()
    begin(window)
    press(window, Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert not window.side.isVisible() and not window.card.isVisible() and window.right.isVisible()


def test_that_a_scene_opened_meanwhile_has_its_card_afterwards(window, presentation):
    QTest.mouseClick(window.card.close_button, Qt.MouseButton.LeftButton)
    window.plane.setFocus()
    begin(window)
    window.files.open_scene("6")
    assert not window.card.isVisible()
    press(window, Qt.Key.Key_Escape)
    assert window.card.isVisible() and window.card.scene.number == 6


def test_that_a_remotes_start_key_pressed_again_changes_nothing(window, presentation):
    begin(window)
    before = look(window)
    begin(window)
    assert presentation.is_on and presentation.pane is None and look(window) == before
    press(window, Qt.Key.Key_Escape)
    press(window, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    assert presentation.is_on


def test_that_the_keys_of_a_presentation_mean_nothing_of_it_while_it_is_off(window, presentation, worker):
    worker.posted.clear()
    tool = window.plane.tool
    for key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp, Qt.Key.Key_Period, Qt.Key.Key_Escape):
        press(window, key)
    assert not presentation.is_on and not presentation.is_black and worker.posted == []
    assert window.card.step == -1 and window.plane.tool == tool


def test_that_closing_the_window_leaves_the_full_screen_first(window, presentation):
    begin(window)
    window.close()
    assert not presentation.is_on and not window.isFullScreen()


# -- black -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["period", "b", "jamo"])
def test_that_b_and_the_full_stop_black_the_screen_and_any_key_only_brings_it_back(window, presentation, worker, way):
    begin(window)
    window.data_panel.choose_tool("eraser")
    if way == "jamo":
        jamo = JAMO["B"]
        event = QKeyEvent(QEvent.Type.KeyPress, ord(jamo), Qt.KeyboardModifier.NoModifier, jamo)
        QApplication.sendEvent(window.focusWidget(), event)
    else:
        press(window, Qt.Key.Key_Period if way == "period" else Qt.Key.Key_B)
    assert presentation.is_black and window.plane.tool == "eraser"
    image = window.grab().toImage()
    assert {image.pixelColor(x, y).name() for x in (5, 300) for y in (5, 300)} == {"#000000"}
    worker.posted.clear()
    press(window, Qt.Key.Key_Space)
    assert not presentation.is_black and presentation.is_on and worker.posted == []
    press(window, Qt.Key.Key_Space)
    assert isinstance(worker.posted[-1], Play)


def test_that_a_click_on_the_black_screen_draws_no_point(window, presentation):
    begin(window)
    before = window.document.project.dataset
    press(window, Qt.Key.Key_B)
    QTest.mouseClick(presentation._curtain, Qt.MouseButton.LeftButton)
    assert not presentation.is_black and window.document.project.dataset is before


def test_that_escape_in_the_dark_brings_the_light_back_and_not_the_window(window, presentation):
    begin(window)
    press(window, Qt.Key.Key_Period)
    press(window, Qt.Key.Key_Escape)
    assert presentation.is_on and not presentation.is_black


# -- the script and the moments ----------------------------------------------------------------------------------------------


def test_that_page_down_turns_the_script_of_a_scene(window, presentation, worker):
    script = window.card.scene.script
    begin(window)
    assert presentation._strip.lesson.accessibleName() == window.card.scene.question.say("ko")
    worker.posted.clear()
    for place in range(1, len(script) + 1):
        press(window, Qt.Key.Key_PageDown)
        shown = presentation._strip.lesson.accessibleName()
        assert shown == f"{place}/{len(script)} · {script[place - 1].say('ko')}"
    press(window, Qt.Key.Key_PageDown)
    assert window.card.step == len(script) - 1, "after the last step there is none"
    press(window, Qt.Key.Key_PageUp)
    language.set("en")
    assert script[-2].say("en") in presentation._strip.lesson.accessibleName()
    assert not [command for command in worker.posted if isinstance(command, Step)]


def test_that_the_card_marks_the_step_that_the_lecture_has_come_to(window, presentation):
    begin(window)
    press(window, Qt.Key.Key_PageDown)
    press(window, Qt.Key.Key_PageDown)
    press(window, Qt.Key.Key_Escape)
    assert window.card.steps.accessibleName() == window.card.lesson.say(language.code)
    assert window.card.counter.accessibleName().startswith("2/")


def test_that_page_down_is_one_moment_where_there_is_no_scene(window, presentation, worker):
    window.card.show_scene(None)
    begin(window)
    worker.posted.clear()
    press(window, Qt.Key.Key_PageDown)
    press(window, Qt.Key.Key_PageUp)
    assert [command for command in worker.posted if isinstance(command, Step)] == [Step(1), Step(-1)]


def test_that_the_transport_is_reached_by_its_keys(window, presentation, worker):
    begin(window)
    worker.posted.clear()
    press(window, Qt.Key.Key_Space)
    press(window, Qt.Key.Key_Right)
    assert [type(command) for command in worker.posted if isinstance(command, (Play, Step))] == [Play, Step]


# -- panes -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pane", list(KEYS))
def test_that_a_panes_key_brings_it_as_half_of_the_screen_and_puts_it_away(qtbot, window, presentation, pane):
    key = getattr(Qt.Key, f"Key_{KEYS[pane]}")
    begin(window)
    press(window, key)
    assert presentation.pane == pane == window.panes.current and window.panes.isVisible()
    qtbot.waitUntil(lambda: abs(window.middle.sizes()[0] - window.middle.sizes()[1]) <= 2)
    assert not window.card.isVisible()
    press(window, key)
    assert presentation.pane is None and not window.right.isVisible()


def test_that_the_letters_of_a_pane_are_larger_in_its_half(window, presentation):
    name = window.panes.buttons["curves"]
    before = name.fontMetrics().height()
    begin(window)
    press(window, Qt.Key.Key_F2)
    assert name.fontMetrics().height() >= 1.2 * before
    press(window, Qt.Key.Key_Escape)
    assert name.fontMetrics().height() <= 1.05 * before


def test_that_another_panes_key_changes_the_half(window, presentation):
    begin(window)
    press(window, Qt.Key.Key_F2)
    press(window, Qt.Key.Key_F4)
    assert presentation.pane == "numbers" and window.right.isVisible()


def test_that_a_pane_that_the_algorithm_does_not_have_does_not_come(window, presentation, worker):
    arrive(window, worker, abilities=frozenset({"curves", "numbers"}))
    begin(window)
    press(window, Qt.Key.Key_F3)
    assert presentation.pane is None and not window.right.isVisible()


def test_that_page_down_works_from_within_a_pane_that_could_scroll(window, presentation):
    begin(window)
    press(window, Qt.Key.Key_F2)
    window.panes.buttons["curves"].setFocus()
    press(window, Qt.Key.Key_PageDown)
    assert window.card.step == 0


def test_that_a_field_being_typed_in_keeps_its_letters(window, presentation):
    field = QLineEdit(window)
    field.show()
    begin(window)
    field.setFocus()
    for key in (Qt.Key.Key_B, Qt.Key.Key_Period):
        QTest.keyClick(field, key)
    assert field.text() == "b." and not presentation.is_black


# -- size --------------------------------------------------------------------------------------------------------------------


def test_that_the_words_are_larger_than_in_the_window(window, presentation):
    small = window.narration.height()
    begin(window)
    QApplication.processEvents()
    assert window.narration.height() > 1.15 * small
    window.card.show_scene(None)
    counter = presentation._strip.counter.font().pixelSize()
    assert counter >= 28 and counter > 1.2 * window.transport.counter.font().pixelSize()


def test_that_a_long_step_is_made_to_fit_its_place(window, presentation):
    begin(window)
    QApplication.processEvents()
    strip = presentation._strip
    strip.show_words("에포크 2", "짧은 말")
    large = strip.lesson.font().pixelSize()
    strip.show_words("에포크 2", "꽤 긴 수업 단계의 문장입니다. " * 8)
    assert strip.lesson.font().pixelSize() < large
    QApplication.processEvents()
    assert strip.lesson.heightForWidth(strip.lesson.width()) <= strip.lesson.height() + 2


def test_that_a_long_counter_leaves_the_lesson_its_place(window, presentation):
    begin(window)
    QApplication.processEvents()
    strip = presentation._strip
    strip.show_words("에포크 2, 샘플 17/40 · 반복됨(주기 1에포크) · 갱신", "수업 단계의 문장입니다.")
    QApplication.processEvents()
    assert strip.counter.width() <= 0.6 * strip.width()
    assert strip.counter.fontMetrics().horizontalAdvance(strip.counter.text()) <= strip.counter.width()
    assert window.width() == window.screen().size().width(), "words never make the window wider"


def test_that_a_half_stays_a_half_when_the_screen_changes(qtbot, window, presentation):
    begin(window)
    press(window, Qt.Key.Key_F2)
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: abs(window.middle.sizes()[0] - window.middle.sizes()[1]) <= 2 and window.width() == 1280)


def test_that_the_words_of_a_formula_are_whole_on_a_narrow_screen(qtbot, window, presentation, worker):
    said = Text("weight from input x to neuron 1 of hidden layer 1: gradient of this sample's loss",
                "입력 x에서 은닉층 1의 뉴런 1로 가는 가중치: 이 샘플 손실의 그레이디언트")  # fmt: skip
    formula = Formula("gradient", said, r"\delta_1 \cdot x_1", is_main=True)
    begin(window)
    for lang in ("en", "ko"):
        language.set(lang)
        arrive(window, worker, beside={"numbers": Numbers((formula,))})
        words = presentation._band.words
        qtbot.waitUntil(lambda words=words: words.text() != "")
        QApplication.processEvents()
        assert words.heightForWidth(words.width()) <= words.height()
