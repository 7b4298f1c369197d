from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QLineEdit

from lab.document import scenes
from lab.protocol.commands import Play
from models.words.text import Said, Text
from widgets.kit.keyboard import JAMO
from widgets.kit.language import language
from widgets.lessons.question_card import LEAST_S, MOST_S

SAID = Said(Text("something happens", "무슨 일이 있습니다"), {})
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def card(window):
    return window.question_card


def press(window, key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window.focusWidget() or window, key, modifiers)


def click(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


# -- opening and revealing ---------------------------------------------------------------------------------------------------


def test_that_the_card_asks_the_scenes_question_with_four_letters_over_the_foot_of_the_window(window, card):
    card.open_for(window.card.scene)
    assert (
        card.isVisible() and card.is_asking and card.question.accessibleName() == window.card.scene.question.say("ko")
    )
    assert all(answer.isVisible() for answer in card.answers)
    assert card.geometry().bottom() == window.rect().bottom() and card.width() == window.width()
    plane_top = window.plane.mapTo(window, window.plane.rect().topLeft()).y()
    assert card.y() - plane_top > 0.5 * window.plane.height(), "the class still sees the plane"


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_PageDown])
def test_that_revealing_closes_the_card_and_says_so_once(qtbot, window, card, worker, key):
    press(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    worker.posted.clear()
    press(window, Qt.Key.Key_A)
    assert worker.posted == [], "the class has not seen anything yet"
    with qtbot.waitSignal(card.revealed, timeout=500):
        press(window, key)
    assert not card.isVisible() and [type(command) for command in worker.posted] == [Play]
    assert window.focusWidget() is window.plane.focusProxy()


def test_that_escape_and_the_cross_close_without_revealing(qtbot, window, card):
    with qtbot.assertNotEmitted(card.revealed, wait=50):
        card.open_for(window.card.scene)
        press(window, Qt.Key.Key_Escape)
        assert not card.isVisible()
        card.open_for(window.card.scene)
        click(card.close_button)
        assert not card.isVisible()


def test_that_the_question_is_asked_in_the_other_language_after_a_switch(window, card):
    card.open_for(window.card.scene)
    language.set("en")
    assert card.question.accessibleName() == window.card.scene.question.say("en")


def test_that_the_card_follows_the_size_of_the_window(qtbot, window, card):
    card.open_for(window.card.scene)
    before = card.question.font().pixelSize()
    window.resize(1600, 1000)
    qtbot.waitUntil(lambda: card.width() == window.width() == 1600)
    assert card.geometry().bottom() == window.rect().bottom() and card.question.font().pixelSize() > before


# -- hands -------------------------------------------------------------------------------------------------------------------


def test_that_the_letters_count_hands_and_do_nothing_else_in_the_window(window, card, worker):
    window.data_panel.choose_tool("move")
    tool = window.plane.tool
    worker.posted.clear()
    card.open_for(window.card.scene)
    for key in (Qt.Key.Key_A, Qt.Key.Key_B, Qt.Key.Key_B, Qt.Key.Key_D, Qt.Key.Key_E, Qt.Key.Key_V, Qt.Key.Key_Right):
        press(window, key)
    assert card.counts == (1, 2, 0, 1)
    press(window, Qt.Key.Key_B, SHIFT)
    press(window, Qt.Key.Key_C, SHIFT)
    assert card.counts == (1, 1, 0, 1), "there are no fewer than no hands"
    assert window.plane.tool == tool and worker.posted == []


def test_that_the_physical_keys_count_with_a_korean_input_method_on(window, card):
    card.open_for(window.card.scene)
    for letter in "ABCD":
        jamo = JAMO[letter]
        event = QKeyEvent(QEvent.Type.KeyPress, ord(jamo), Qt.KeyboardModifier.NoModifier, jamo)
        QApplication.sendEvent(window.focusWidget(), event)
    unknown = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, 38, 0, 0, "")
    QApplication.sendEvent(window.focusWidget(), unknown)
    assert card.counts == (2, 1, 1, 1)
    assert not card.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)


def test_that_a_number_can_be_typed_and_the_letters_still_count_in_its_field(window, card):
    card.open_for(window.card.scene)
    field = card.answers[0].hands
    click(field.lineEdit())
    field.selectAll()
    for key in (Qt.Key.Key_1, Qt.Key.Key_7):
        QTest.keyClick(field.lineEdit(), key)
    QTest.keyClick(field.lineEdit(), Qt.Key.Key_B)
    QTest.keyClick(field.lineEdit(), Qt.Key.Key_Return)
    assert card.counts == (17, 1, 0, 0) and card.isVisible()
    press(window, Qt.Key.Key_A)
    assert card.counts[0] == 18


def test_that_plus_and_minus_are_there_for_the_mouse(window, card):
    card.open_for(window.card.scene)
    click(card.answers[2].more)
    click(card.answers[2].more)
    click(card.answers[2].less)
    assert card.counts == (0, 0, 1, 0)


def test_that_the_bars_compare_the_hands(window, card):
    card.open_for(window.card.scene)
    for answer, hands in zip(card.answers, (10, 40, 0, 20), strict=True):
        answer.hands.setValue(hands)
    assert [answer.bar.share for answer in card.answers] == [0.25, 1.0, 0.0, 0.5]
    image = card.answers[0].bar.grab().toImage()
    colours = [image.pixelColor(int(x * image.width()), image.height() // 2).name() for x in (0.1, 0.2, 0.3, 0.9)]
    assert colours[0] == colours[1] != colours[2] == colours[3]


def test_that_hands_stay_for_the_same_question_and_go_with_another(window, card):
    card.open_for(window.card.scene)
    press(window, Qt.Key.Key_A)
    press(window, Qt.Key.Key_Escape)
    card.open_for(window.card.scene)
    assert card.counts == (1, 0, 0, 0)
    press(window, Qt.Key.Key_Escape)
    card.open_for(scenes.find("6"))
    assert card.counts == (0, 0, 0, 0) and card.question.accessibleName() == scenes.find("6").question.say("ko")


# -- a question of one's own ---------------------------------------------------------------------------------------------------


def test_that_without_a_scene_the_teacher_writes_the_question_and_asks_with_enter(window, card):
    card.open_for(None)
    assert not card.is_asking and card.written.hasFocus()
    press(window, Qt.Key.Key_Return)
    assert not card.is_asking, "there is nothing to ask yet"
    QTest.keyClicks(card.written, "Which class?")
    QTest.keyClicks(card.answers[0].written, "bad")
    QTest.keyClicks(card.answers[1].written, "cab")
    QTest.keyClick(card.answers[1].written, Qt.Key.Key_Return)
    assert card.is_asking and card.question.accessibleName() == "Which class?"
    assert [answer.isVisible() for answer in card.answers] == [True, True, False, False]
    assert card.counts == (0, 0, 0, 0), "letters that were written are no hands"
    press(window, Qt.Key.Key_B)
    press(window, Qt.Key.Key_C)
    assert card.counts == (0, 1, 0, 0), "only what is on the card can be chosen"


def test_that_a_scenes_question_can_be_rewritten(window, card):
    card.open_for(window.card.scene)
    press(window, Qt.Key.Key_A)
    click(card.write_button)
    assert card.written.text() == window.card.scene.question.say("ko")
    QTest.keyClicks(card.answers[0].written, "x")
    QTest.keyClick(card.answers[0].written, Qt.Key.Key_Return)
    assert card.counts == (1, 0, 0, 0), "the same question keeps its hands"
    click(card.write_button)
    card.written.selectAll()
    QTest.keyClicks(card.written, "Why?")
    click(card.ask_button)
    assert card.question.accessibleName() == "Why?" and card.counts == (0, 0, 0, 0)


def test_that_escape_closes_while_writing_too(window, card):
    card.open_for(None)
    press(window, Qt.Key.Key_Escape)
    assert not card.isVisible()


# -- the countdown -------------------------------------------------------------------------------------------------------------


def test_that_t_counts_the_seconds_down_and_says_when_they_are_over(window, card):
    card.open_for(window.card.scene)
    card.seconds.setValue(10)
    press(window, Qt.Key.Key_T)
    assert card.seconds_left == 10 and card.left.text() == "10초"
    for _ in range(9):
        card.on_second()
    assert card.left.text() == "1초"
    card.on_second()
    assert card.seconds_left == 0 and card.isVisible() and "시간" in card.left.text()


def test_that_a_second_is_a_second(qtbot, window, card):
    card.open_for(window.card.scene)
    press(window, Qt.Key.Key_T)
    before = card.seconds_left
    qtbot.waitUntil(lambda: card.seconds_left == before - 1, timeout=1500)
    press(window, Qt.Key.Key_T)
    assert card.seconds_left == 0 and card.left.text() == ""


def test_that_a_countdown_ends_with_the_card_and_lasts_ten_seconds_to_two_minutes(window, card):
    assert (card.seconds.minimum(), card.seconds.maximum()) == (LEAST_S, MOST_S) == (10, 120)
    card.open_for(window.card.scene)
    press(window, Qt.Key.Key_T)
    press(window, Qt.Key.Key_Space)
    assert card.seconds_left == 0 and not card._clock.isActive()


# -- access --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("is_asking", [True, False])
def test_that_every_control_of_the_card_has_a_name_and_a_tip(window, card, lang, is_asking):
    language.set(lang)
    card.open_for(window.card.scene)
    if not is_asking:
        click(card.write_button)
    for kind in (QAbstractButton, QAbstractSpinBox, QLineEdit):
        for control in card.findChildren(kind):
            if control.isVisible() and not isinstance(control.parent(), QAbstractSpinBox):
                assert control.accessibleName() and control.toolTip(), control


def test_that_the_tab_key_reaches_the_buttons_and_space_presses_them(window, card):
    card.open_for(window.card.scene)
    card.write_button.setFocus()
    press(window, Qt.Key.Key_Space)
    assert not card.is_asking and card.isVisible()


# -- fields --------------------------------------------------------------------------------------------------------------


def test_that_tab_goes_from_the_question_to_its_answers_and_stays_on_the_card(window, card):
    card.open_for(None)
    card.written.setFocus()
    for answer in card.answers:
        press(window, Qt.Key.Key_Tab)
        QTest.keyClicks(window.focusWidget(), "left or right")
        assert answer.written.text() == "left or right" and card.isVisible()
    reached = set()
    for _ in range(12):
        press(window, Qt.Key.Key_Tab)
        reached.add(window.focusWidget())
    assert all(part is card or card.isAncestorOf(part) for part in reached)
    assert {card, card.written, card.ask_button, card.close_button} <= reached


def test_that_a_number_typed_after_a_click_takes_the_place_of_the_old_one(qtbot, window, card):
    card.open_for(scenes.first_scene())
    press(window, Qt.Key.Key_B)
    hands = card.answers[1].hands
    QTest.mouseClick(hands.lineEdit(), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(hands.lineEdit().hasSelectedText)
    QTest.keyClicks(window.focusWidget(), "57")
    press(window, Qt.Key.Key_B)  # one hand more, before the number was ended with Enter
    assert card.counts == (0, 58, 0, 0)
