from __future__ import annotations

from typing import get_args

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from lab.protocol.commands import Frame, Pause, Play, Seek, Step
from lab.protocol.packet import Packet, SessionState
from lab.protocol.session_states import TABLE
from models.words.text import Said, Text
from widgets.kit.language import language
from widgets.kit.theme import theme
from widgets.transport.transport_bar import TransportBar

PLACE = Said(Text("round {k:d}", "반복 {k:d}"), {"k": 5})


def packet(state: str = "paused", iteration: int = 5, reached: int = 12, **more) -> Packet:
    more.setdefault("place", PLACE)
    more.setdefault("phase_name", Text("assign", "할당"))
    return Packet(version=1, state=state, frame=Frame(iteration, 0), reached=reached, **more)


@pytest.fixture
def bar(qtbot):
    made = TransportBar()
    qtbot.addWidget(made)
    made.resize(980, 90)
    made.show()
    return made


def enabled(bar: TransportBar) -> set[str]:
    buttons = {"play": bar.play_button, "rewind": bar.rewind_button, **bar.step_buttons, "timeline": bar.timeline}
    return {name for name, button in buttons.items() if button.isEnabled()}


STEPS_BACK, STEPS_ON = {"step-back", "iteration-back"}, {"step-forward", "iteration-forward"}


# In the middle of a run of twelve iterations: where nothing is allowed, nothing can be pressed.
ENABLED = {
    "unready": set(),
    "idle": {"play", "rewind", "timeline"} | STEPS_BACK | STEPS_ON,
    "playing": {"play", "rewind", "timeline"} | STEPS_BACK | STEPS_ON,
    "paused": {"play", "rewind", "timeline"} | STEPS_BACK | STEPS_ON,
    "past": {"play", "rewind", "timeline"} | STEPS_BACK | STEPS_ON,
    "finished": {"play", "rewind", "timeline"} | STEPS_BACK,
    "diverged": {"rewind", "timeline"} | STEPS_BACK,
    "failed": {"rewind"},
}


@pytest.mark.parametrize(("state", "expected"), ENABLED.items())
def test_that_buttons_follow_the_state_of_the_session(bar, state, expected):
    bar.show_packet(packet(state), state == "playing")
    assert enabled(bar) == expected


def test_that_the_buttons_of_every_state_of_a_session_are_known():
    assert set(ENABLED) == set(TABLE) == set(get_args(SessionState))


@pytest.mark.parametrize("state", TABLE)
def test_that_no_button_asks_for_what_the_session_would_pass_over(bar, state):
    """The timeline and the steps, each by its command; play asks for Play or Pause, or plays an ended run again."""
    bar.show_packet(packet(state), state == "playing")
    asks = {"timeline": {Seek}} | dict.fromkeys(STEPS_BACK | STEPS_ON, {Step})
    asks["play"] = {Pause} if state == "playing" else {Seek} if state == "finished" else {Play}
    for name in enabled(bar) - {"rewind"}:  # after a failure it begins anew: Begin is always allowed
        assert asks[name] & TABLE[state], name


def test_that_nothing_goes_back_at_the_start(bar):
    bar.show_packet(packet("idle", 0, 0), False)
    assert enabled(bar) == {"play", "rewind"} | STEPS_ON


def test_that_the_counter_says_place_and_phase_in_both_languages(bar):
    bar.show_packet(packet(), False)
    assert bar.counter.text() == "반복 5 · 할당"
    language.set("en")
    assert bar.counter.text() == "round 5 · assign"
    assert "5.0" in bar.counter.toolTip()


def test_that_the_timeline_spans_the_whole_run(bar):
    bar.show_packet(packet("past", 5, 12, end=12), False)
    assert (bar.timeline.minimum(), bar.timeline.maximum(), bar.timeline.value()) == (0, 12, 5)


def test_that_showing_a_packet_asks_for_nothing(bar):
    asked = []
    bar.sought.connect(asked.append)
    bar.seed_edited.connect(asked.append)
    bar.show_packet(packet(), False)
    bar.show_seed(3)
    bar.show_speed(2)
    assert asked == []


def test_that_pressing_the_timeline_jumps_there_and_dragging_seeks_all_the_way(bar, qtbot):
    bar.show_packet(packet("past", 0, 100), False)
    sought = []
    bar.sought.connect(sought.append)
    y = bar.timeline.height() // 2
    QTest.mousePress(bar.timeline, Qt.MouseButton.LeftButton, pos=QPoint(bar.timeline.width() // 2, y))
    assert abs(sought[-1] - 50) <= 2
    for share in (0.6, 0.7, 0.8):
        QTest.mouseMove(bar.timeline, QPoint(round(bar.timeline.width() * share), y))
    QTest.mouseRelease(bar.timeline, Qt.MouseButton.LeftButton, pos=QPoint(round(bar.timeline.width() * 0.8), y))
    assert sought == sorted(sought) and abs(sought[-1] - 80) <= 3


def test_that_a_packet_does_not_pull_the_handle_from_under_the_hand(bar):
    bar.show_packet(packet("past", 0, 100), False)
    QTest.mousePress(bar.timeline, Qt.MouseButton.LeftButton, pos=QPoint(bar.timeline.width() // 2, 10))
    held = bar.timeline.value()
    bar.show_packet(packet("past", 3, 100), False)
    assert bar.timeline.value() == held
    QTest.mouseRelease(bar.timeline, Qt.MouseButton.LeftButton, pos=QPoint(bar.timeline.width() // 2, 10))


def test_that_every_button_asks_for_what_it_says(bar):
    bar.show_packet(packet(per_epoch=10), False)
    asked = []
    bar.stepped.connect(lambda n, unit: asked.append((n, unit)))
    bar.rewound.connect(lambda: asked.append("rewind"))
    bar.play_toggled.connect(lambda: asked.append("play"))
    bar.another_start_requested.connect(lambda: asked.append("another"))
    bar.speed_chosen.connect(asked.append)
    for button in (
        bar.rewind_button, *bar.step_buttons.values(), bar.play_button, bar.speed_buttons.button(3), bar.another,
    ):  # fmt: skip
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == [
        "rewind", (-1, "iteration"), (-1, "moment"), (1, "moment"), (1, "iteration"), "play", 3, "another",
    ]  # fmt: skip


def test_that_the_speed_dial_has_four_named_steps(bar):
    names = [bar.speed_buttons.button(step).text() for step in range(4)]
    assert names == ["천천히", "보통", "빠르게", "최고"]
    bar.show_speed(2)
    assert bar.speed_buttons.checkedId() == 2


def test_that_the_actual_rate_stands_beside_the_dial_while_playing(bar):
    bar.show_packet(packet("playing", rate=1234.0), True)
    assert "1,234" in bar.rate.text()
    bar.show_packet(packet("paused"), False)
    assert bar.rate.text() == ""


def test_that_the_seed_is_shown_and_can_be_typed(bar):
    bar.show_seed(7)
    assert bar.another.text() == "다른 시작 (시드 7 → 8)"
    typed = []
    bar.seed_edited.connect(typed.append)
    bar.seed.setFocus()
    bar.seed.selectAll()
    QTest.keyClicks(bar.seed, "42")
    QTest.keyClick(bar.seed, Qt.Key.Key_Return)
    assert typed == [42]


def test_that_play_tells_what_it_does_for_this_algorithm(bar):
    bar.show_packet(packet("idle", 0, 0, verb=Text("predict", "예측")), False)
    assert "예측" in bar.play_button.toolTip()
    bar.show_packet(packet("playing", verb=Text("predict", "예측")), True)
    assert "일시정지" in bar.play_button.accessibleName()


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_that_every_control_has_a_name_and_is_reached_by_tab_or_arrows(bar, lang):
    language.set(lang)
    theme.set("dark")
    bar.show_speed(1)
    controls = [
        bar.play_button, bar.rewind_button, *bar.step_buttons.values(), bar.timeline, bar.seed, bar.another,
        bar.speed_buttons.checkedButton(),
    ]  # fmt: skip
    for control in controls:
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
    for control in (*controls, *bar.speed_buttons.buttons()):
        assert control.accessibleName() and control.toolTip()


# -- room ----------------------------------------------------------------------------------------------------------------


def width_of_words(bar) -> int:
    return bar.counter.fontMetrics().horizontalAdvance(bar.counter.text())


def test_that_the_counter_names_the_frame_of_a_run_that_plays_as_soon_as_the_mouse_is_over_it(bar):
    bar.show_packet(packet(iteration=5), False)
    bar.show_packet(packet("playing", iteration=9), True)
    place = QPointF(bar.counter.rect().center())
    QApplication.sendEvent(bar.counter, QEnterEvent(place, place, QPointF(bar.counter.mapToGlobal(place))))
    assert "9.0" in bar.counter.toolTip()


def test_that_the_counter_needs_no_more_room_after_the_letters_were_larger(bar, qtbot):
    bar.show_packet(packet(), False)
    bar.set_scale(1.75)
    bar.set_scale(1.0)
    assert width_of_words(bar) <= bar.counter.minimumWidth() <= width_of_words(bar) + 4
    qtbot.waitUntil(lambda: width_of_words(bar) <= bar.counter.width() <= width_of_words(bar) + 4)


def test_that_the_counter_does_not_shrink_within_a_run_but_with_another(bar):
    bar.show_packet(packet(phase_name=Text("a very long name of a phase", "아주 긴 단계 이름입니다")), False)
    long = bar.counter.minimumWidth()
    bar.show_packet(packet(), False)
    assert bar.counter.minimumWidth() == long
    other = Packet(version=2, state="paused", frame=Frame(5), reached=12, place=PLACE)
    bar.show_packet(other, False)
    assert bar.counter.minimumWidth() < long


def test_that_a_place_that_is_called_like_its_phase_is_said_once(bar):
    same = Text("normal equations", "정규 방정식")
    bar.show_packet(packet(place=Said(same, {}), phase_name=same), False)
    assert bar.counter.text() == language.say(same)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_that_no_button_covers_another_in_a_narrow_window(qtbot, lang):
    language.set(lang)
    window = QWidget()
    qtbot.addWidget(window)
    bar = TransportBar(window)
    window.show()
    bar.show_packet(packet(), False)
    for width in (1200, 700):
        bar.resize(width, 90)
        qtbot.wait(30)
        row = [bar.rewind_button, bar.step_buttons["iteration-back"], bar.step_buttons["step-back"], bar.play_button,
               bar.step_buttons["step-forward"], bar.step_buttons["iteration-forward"],
               *bar.speed_buttons.buttons(), bar.seed, bar.another]  # fmt: skip
        for one, other in zip(row, row[1:], strict=False):
            assert one.geometry().right() < other.geometry().left()
        assert bar.another.geometry().right() < width
        for button in bar.speed_buttons.buttons():
            assert button.fontMetrics().horizontalAdvance(button.text()) < button.width()
        assert bool(bar.another.text()) == (width == 1200) and bar.another.accessibleName()
