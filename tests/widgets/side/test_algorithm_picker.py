"""The picker: the whole catalogue, grouped, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

import models
from widgets.kit.language import language
from widgets.side.algorithm_picker import AlgorithmPicker


@pytest.fixture
def picker(qtbot):
    picker = AlgorithmPicker()
    picker.resize(300, 40)
    qtbot.addWidget(picker)
    picker.show()
    picker.sent = []
    picker.picked.connect(picker.sent.append)
    return picker


def test_that_every_algorithm_stands_once_under_its_group(picker):
    groups: dict[str, list[str]] = {}
    for index in range(picker.box.count()):
        if picker.box.itemData(index) is None:
            heading = picker.box.itemText(index)
            groups[heading] = []
        else:
            groups[heading].append(picker.box.itemText(index))
    assert groups == {
        title.ko: [row.title.ko for row in models.CATALOGUE if row.group == group]
        for group, title in models.GROUPS.items()
    }


def test_that_the_keyboard_walks_over_the_headings(picker, qtbot):
    picker.box.setFocus()
    for _ in range(len(models.CATALOGUE) + 3):
        qtbot.keyClick(picker.box, Qt.Key.Key_Down)
    assert picker.sent == [row.id for row in models.CATALOGUE[1:]]


def test_that_a_click_in_the_opened_list_picks(picker, qtbot):
    qtbot.mouseClick(picker.box, Qt.MouseButton.LeftButton)
    view = picker.box.view()
    qtbot.waitUntil(view.isVisible)
    qtbot.wait(QApplication.doubleClickInterval() + 50)  # a combo box forgives the second half of a double click
    index = picker.box.model().index(picker.box.findData("kmeans"), 0)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())
    assert picker.sent == ["kmeans"]
    assert picker.current == "kmeans"


def test_that_selecting_by_program_sends_nothing(picker):
    for row in models.CATALOGUE:
        picker.select(row.id)
        assert picker.current == row.id and picker.box.currentText() == row.title.ko
    assert picker.sent == []
    with pytest.raises(KeyError):
        picker.select("astrology")
    assert picker.current == models.CATALOGUE[-1].id


def test_that_the_language_changes_titles_and_subtitles_live(picker):
    picker.select("knn")
    before = picker.grab().toImage()
    language.set("en")
    assert picker.box.currentText() == models.row("knn").title.en
    assert picker.grab().toImage() != before
    assert picker.box.accessibleName() == "Algorithm"
