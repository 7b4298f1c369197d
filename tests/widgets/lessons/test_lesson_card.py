from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSplitter, QWidget

from lab.document import scenes
from widgets.kit.language import language
from widgets.lessons.lesson_card import LessonCard


@pytest.fixture
def card(qtbot):
    """The card under something that would like all of the height."""
    splitter = QSplitter(Qt.Orientation.Vertical)
    above, made = QWidget(), LessonCard()
    for part in (above, made):
        splitter.addWidget(part)
    splitter.setChildrenCollapsible(False)
    splitter.resize(348, 480)
    splitter.setSizes([470, 10])
    qtbot.addWidget(splitter)
    made.show_scene(scenes.first_scene())
    splitter.show()
    yield made
    splitter.close()


def whole(card, part) -> bool:
    """Whether all of a part is on the card."""
    corner = part.mapTo(card, QPoint(0, 0))
    wanted = part.heightForWidth(part.width()) if part.hasHeightForWidth() else part.minimumSizeHint().height()
    return part.height() >= wanted and corner.y() + part.height() <= card.height() and corner.y() >= 0


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_that_nothing_of_the_first_card_is_cut_off(qtbot, card, lang, scale):
    language.set(lang)
    card.set_scale(scale)
    card.offer(scenes.offered())
    parts = (card.title, card.question, card.open_button, card.all_button, *card._scene_buttons)
    qtbot.waitUntil(lambda: all(whole(card, part) for part in parts))
    for button in parts[2:]:
        assert button.fontMetrics().horizontalAdvance(button.text()) < button.width()


def test_that_the_steps_are_turned_once_somebody_has_begun(qtbot, card):
    card.offer(scenes.offered())
    assert card.on_button.isHidden() and card.counter.isHidden()
    card.end_offers()
    assert card.on_button.isVisible() and card.counter.text() == f"1/{len(card.scene.script)}"
    QTest.mouseClick(card.on_button, Qt.MouseButton.LeftButton)
    assert card.step == 1 and card.steps.accessibleName() == language.say(card.scene.script[1])
    assert card._scroll.accessibleName() == card.steps.accessibleName()
