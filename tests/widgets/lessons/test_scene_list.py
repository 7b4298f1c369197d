"""The scene list: two keys to any scene, words in both languages, own scenes apart."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from lab.document.project import Project
from lab.document.scenes import Scene, all_scenes
from lab.errors import LabError
from models.words.text import Text
from widgets.kit.language import language
from widgets.lessons.scene_list import SceneDialog


def scene(number: int, en: str, ko: str, own: bool = False) -> Scene:
    script = (Text(f"First {en}.", f"먼저 {ko}."), Text("Then ask.", "그리고 묻습니다."))
    return Scene(f"{number:02d}-x", number, Text(en, ko), Text(f"Why {en}?", f"왜 {ko}?"), script, Project(), 1, own)


SCENES = (
    scene(1, "line", "직선"),
    scene(2, "ring", "고리"),
    scene(12, "shadow", "그림자"),
    scene(51, "mine", "내 것", True),
)


@pytest.fixture
def dialog(qtbot):
    broken = LabError(Text("The file {file} is not a scene.", "{file:은/는} 수업 장면이 아닙니다."), file="x.json")
    dialog = SceneDialog(SCENES, (broken,))
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.search.setFocus()
    dialog.sent = []
    dialog.chosen.connect(dialog.sent.append)
    return dialog


def shown_numbers(dialog) -> list[int]:
    items = [dialog.list.item(row) for row in range(dialog.list.count())]
    return [item.data(256).number for item in items if item.data(256) is not None and not item.isHidden()]


@pytest.mark.parametrize("typed, opened", [("2", "02-x"), ("12", "12-x"), ("51", "51-x"), ("", "01-x")])
def test_that_a_number_and_enter_open_that_scene_once(dialog, qtbot, typed, opened):
    qtbot.keyClicks(dialog.search, typed)
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.sent == [opened]
    assert not dialog.isVisible()


def test_that_enter_in_the_list_opens_once(dialog, qtbot):
    dialog.list.setFocus()
    qtbot.keyClick(dialog.list, Qt.Key.Key_Down)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    assert dialog.sent == ["02-x"]


def test_that_a_double_click_opens(dialog, qtbot):
    place = dialog.list.visualItemRect(dialog.list.item(1)).center()
    qtbot.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert dialog.sent == [] and dialog.current.number == 2
    qtbot.mouseDClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert dialog.sent == ["02-x"]


def test_that_a_number_no_scene_has_opens_nothing_and_says_so(dialog, qtbot):
    qtbot.keyClicks(dialog.search, "77")
    assert "77번" in dialog.note.sentence and dialog.note.isVisible()
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.sent == [] and dialog.isVisible()


@pytest.mark.parametrize("typed", ["고리", "RING", "왜 고"])
def test_that_words_of_either_language_find_a_scene(dialog, qtbot, typed):
    dialog.search.setText(typed)
    assert shown_numbers(dialog) == [2]
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.sent == ["02-x"]


def test_that_words_in_no_scene_say_what_to_do(dialog, qtbot):
    qtbot.keyClicks(dialog.search, "zebra")
    assert shown_numbers(dialog) == []
    assert dialog.note.isVisible() and "검색어" in dialog.note.sentence
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.sent == []
    dialog.search.clear()
    assert shown_numbers(dialog) == [1, 2, 12, 51] and not dialog.note.isVisible()


def test_that_arrows_in_the_search_field_walk_the_list_over_the_heading(dialog, qtbot):
    for _ in range(3):
        qtbot.keyClick(dialog.search, Qt.Key.Key_Down)
    assert dialog.current.number == 51
    assert dialog.search.hasFocus()


def test_that_own_scenes_stand_under_a_heading_and_broken_files_are_told_of(dialog):
    texts = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert texts == ["직선", "고리", "그림자", "내 수업 장면", "내 것"]
    assert "x.json" in dialog.broken.sentence and dialog.broken.isVisible()


def test_that_the_steps_of_the_selected_scene_are_shown_in_the_chosen_language(dialog, qtbot):
    qtbot.keyClicks(dialog.search, "2")
    language.set("en")
    assert dialog.title.text() == "ring" and dialog.question.text() == "Why ring?"
    assert dialog.steps.text() == "1. First ring.\n2. Then ask."
    assert dialog.current.number == 2


def test_that_the_shipped_scenes_are_all_listed(qtbot):
    scenes = all_scenes()
    dialog = SceneDialog(scenes)
    qtbot.addWidget(dialog)
    assert shown_numbers(dialog) == [scene.number for scene in scenes]
    assert len(scenes) >= 11
