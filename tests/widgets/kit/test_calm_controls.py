"""What changes all the time shakes nothing beside it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from widgets.kit.calm_controls import Island, QuietLabel, StillLabel


class Layouts(QObject):
    """Counts how often a widget is asked to lay its parts out."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__(watched)
        self.count = 0
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


@pytest.fixture
def shown(qtbot):
    def show(*parts: QWidget) -> tuple[QWidget, Layouts]:
        window = QWidget()
        row = QHBoxLayout(window)
        for part in parts:
            row.addWidget(part)
        qtbot.addWidget(window)
        window.resize(600, 100)
        window.show()
        qtbot.waitExposed(window)
        QApplication.processEvents()
        return window, Layouts(window)

    return show


def test_that_words_of_the_same_length_ask_for_no_layout_and_longer_ones_do(shown):
    label, beside = StillLabel(), QLabel("beside")
    label.set_words("loss 0.123")
    _, layouts = shown(label, beside)
    place, width = beside.x(), label.width()
    label.set_words("loss 0.1")
    QApplication.processEvents()
    assert layouts.count == 0 and label.text() == label.accessibleName() == "loss 0.1"
    assert (beside.x(), label.width()) == (place, width)
    label.set_words("loss 0.123456789")
    QApplication.processEvents()
    assert layouts.count > 0 and label.width() >= label.fontMetrics().horizontalAdvance("loss 0.123456789")


def test_that_a_still_label_shrinks_when_it_is_told_to(shown):
    label = StillLabel()
    label.set_words("반복 123,456회")
    _window, _ = shown(label)
    wide = label.width()
    label.set_words("반복 1회", keeps_room=False)
    QApplication.processEvents()
    assert label.fontMetrics().horizontalAdvance("반복 1회") <= label.width() < wide
    label.set_words("", keeps_room=False)
    assert label.maximumWidth() == 0


def test_that_a_still_label_fits_larger_letters(shown):
    label = StillLabel()
    label.set_words("epoch 5")
    _window, _ = shown(label)
    font = label.font()
    font.setPixelSize(40)
    label.setFont(font)
    label.set_words("epoch 5", keeps_room=False)
    assert label.maximumHeight() == label.fontMetrics().height()
    assert label.maximumWidth() >= label.fontMetrics().horizontalAdvance("epoch 5")


def test_that_what_changes_inside_an_island_is_laid_out_there_and_nowhere_else(shown):
    content, words = QWidget(), QLabel("a few words")
    QVBoxLayout(content).addWidget(words)
    island = Island(content)
    window, layouts = shown(island)
    words.setText("many more words than there were")
    QApplication.processEvents()
    assert layouts.count == 0 and words.width() > 0
    window.resize(500, 80)
    QApplication.processEvents()
    assert content.size() == island.size()


def test_that_an_island_is_as_large_as_its_content_needs(shown):
    content = QLabel("a few words")
    assert Island(content).sizeHint() == content.sizeHint()


def test_that_a_quiet_label_that_says_the_same_again_asks_for_nothing(shown):
    label = QuietLabel()
    label.set_sentence("the same")
    _, layouts = shown(label)
    label.set_sentence("the same")
    QApplication.processEvents()
    assert layouts.count == 0
    label.set_sentence("another")
    QApplication.processEvents()
    assert layouts.count > 0
