from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lab.protocol.commands import Frame
from lab.protocol.packet import Packet
from models.core.findings import Finding, Remedy
from models.words.text import Said, Text
from widgets.kit.language import language
from widgets.transport import narration_bar
from widgets.transport.narration_bar import NarrationBar, Situation, line_for

SAID = Said(Text("something happens", "무슨 일이 있습니다"), {})
NOTICE = Said(Text("age decides alone", "나이가 혼자 정합니다"), {})
LOWER = Remedy("setting", Text("Learning rate {rate:g}", "학습률 {rate:g|으로/로} 낮추기"), "learning_rate", 0.03,
               {"rate": 0.03})  # fmt: skip


def finding(id: str, said: Said | None = None, remedy: Remedy | None = LOWER) -> Finding:
    return Finding(id, said or Said(Text("it is {id!s}", "문제는 {id!s}입니다"), {"id": id}), remedy)


def packet(*findings: Finding, version: int = 1, state: str = "paused", **more) -> Packet:
    more.setdefault("narration", SAID)
    return Packet(version, state, Frame(3), reached=3, findings=findings, **more)


@pytest.fixture
def bar(qtbot):
    made = NarrationBar()
    qtbot.addWidget(made)
    made.resize(960, made.height())
    made.show()
    qtbot.waitExposed(made)
    return made


def show(bar, shown: Packet, **situation) -> None:
    bar.show_line(line_for(Situation(shown, 9, **situation)))


def click(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_that_the_first_finding_is_said_below_the_narration_with_its_remedy(qtbot, bar):
    show(bar, packet(finding("diverging"), finding("unscaled")))
    assert bar._main.accessibleName() == "무슨 일이 있습니다"
    assert bar._hint.accessibleName() == "진단: 문제는 diverging입니다" and bar._hint.isVisible()
    assert bar.button("remedy").text() == "학습률 0.03으로 낮추기"
    language.set("en")
    assert bar.button("remedy").text() == "Learning rate 0.03" and bar._hint.text() == "Diagnosis: it is diverging"
    with qtbot.waitSignal(bar.acted) as taken:
        click(bar.button("remedy"))
    assert taken.args == ["remedy"] and bar.finding.id == "diverging"


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_that_a_finding_pushes_nothing(bar, lang):
    language.set(lang)
    show(bar, packet())
    QApplication.processEvents()
    height, place, size = bar.height(), bar._main.x(), bar._main.width()
    show(bar, packet(finding("diverging")))
    QApplication.processEvents()
    assert (bar.height(), bar._main.x(), bar._main.width()) == (height, place, size)
    assert bar.button("remedy").geometry().bottom() < bar.height()


def test_that_a_finding_that_was_closed_stays_away_in_this_run_and_gives_way_to_the_next(bar):
    both = (finding("diverging"), finding("unscaled"))
    show(bar, packet(*both))
    click(bar.close_finding_button)
    assert bar.finding.id == "unscaled"
    click(bar.close_finding_button)
    assert bar.finding is None and bar.button("remedy") is None and not bar.close_finding_button.isVisible()
    show(bar, packet(*both, narration=NOTICE))
    assert bar.finding is None
    show(bar, packet(*both, version=2))
    assert bar.finding.id == "diverging"


def test_that_the_hint_comes_back_when_the_finding_is_closed(bar):
    show(bar, packet(finding("diverging"), state="idle"))
    click(bar.close_finding_button)
    assert bar._hint.accessibleName() == language.say(narration_bar.PRESS_SPACE)


def test_that_a_finding_without_a_remedy_has_no_button(bar):
    show(bar, packet(finding("strange", remedy=None)))
    assert bar.finding.id == "strange" and bar.button("remedy") is None


def test_that_what_the_advice_says_already_is_not_said_twice(bar):
    show(bar, packet(finding("unscaled", NOTICE), notice=NOTICE))
    assert bar._hint.accessibleName() == "나이가 혼자 정합니다"
    assert bar.button("remedy").isVisible()


def test_that_the_end_that_says_it_keeps_only_the_remedy(bar):
    show(bar, packet(finding("inseparable"), state="finished", outcome=SAID, outcome_kind="gave_up"))
    assert "진단" not in bar._hint.accessibleName() and bar.button("remedy").isVisible()
    show(bar, packet(finding("dead_relu"), state="finished", outcome=SAID, outcome_kind="gave_up"))
    assert "진단" in bar._hint.accessibleName()


@pytest.mark.parametrize(
    "situation",
    [
        {"shown": packet(finding("diverging"), state="diverged", outcome=SAID)},
        {"shown": packet(finding("diverging")), "stale": "settings"},
        {"shown": packet(finding("diverging")), "message": SAID},
        {"shown": packet(finding("diverging"), state="unready")},
        {"shown": packet(finding("diverging")), "failure": "broken"},
    ],
)
def test_that_a_line_with_something_more_urgent_has_no_finding(bar, situation):
    show(bar, situation.pop("shown"), **situation)
    assert bar.finding is None and bar.button("remedy") is None


def test_that_a_finding_that_comes_and_goes_does_not_flicker(qtbot, bar):
    bar._linger.setInterval(80)
    show(bar, packet(finding("oscillating"), state="playing"))
    show(bar, packet(state="playing"))
    show(bar, packet(state="playing", narration=NOTICE))
    assert bar.finding.id == "oscillating", "it stays a moment"
    show(bar, packet(finding("oscillating"), state="playing"))
    qtbot.wait(120)
    assert bar.finding.id == "oscillating", "it came back in time"
    show(bar, packet(state="playing"))
    qtbot.waitUntil(lambda: bar.finding is None, timeout=1000)
    assert bar.button("remedy") is None and not bar._hint.isVisible()


def test_that_another_run_takes_a_finding_away_at_once(bar):
    show(bar, packet(finding("oscillating")))
    show(bar, packet(version=2))
    assert bar.finding is None


def test_that_the_emphasis_of_presentation_mode_goes_as_it_came(bar):
    plain = (bar.height(), bar._main.font().pixelSize())
    bar.set_emphasis(1.3)
    assert bar.height() > plain[0] and bar._main.font().pixelSize() > plain[1]
    bar.set_scale(1.5)
    bar.set_scale(1.0)
    assert bar._main.font().pixelSize() > plain[1]
    bar.set_emphasis(1.0)
    assert (bar.height(), bar._main.font().pixelSize()) == plain
