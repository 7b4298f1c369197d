"""The dialog that opens a table, used as a person uses it: with keys and the mouse, in both languages."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QListWidget,
    QProgressBar,
    QStyle,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from lab.data.tables.files import ReadingCancelledError, bundled_path, read_table, to_dataset
from models.words.text import Text
from widgets.kit.language import language
from widgets.kit.theme import theme
from widgets.tables import reader as table_reader
from widgets.tables.import_dialog import TableImportDialog

GOOD = "age,height,weight,group\n" + "".join(f"{i},{i * 2.5},{100 - i},{'ab'[i % 2]}\n" for i in range(30))


@pytest.fixture(autouse=True)
def english():
    before = language.code
    language.set("en")
    yield
    language.set(before)
    theme.set("light")


@pytest.fixture
def table_file(tmp_path):
    def write(content: str | bytes, name: str = "table.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def opened(qtbot):
    def open_dialog(path, is_settled: bool = True) -> TableImportDialog:
        dialog = TableImportDialog(path)
        qtbot.addWidget(dialog)
        dialog.show()
        if is_settled:
            settle(qtbot, dialog)
        return dialog

    yield open_dialog
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def settle(qtbot, dialog):
    qtbot.waitUntil(lambda: not dialog.is_busy, timeout=5000)


def named(dialog, kind, name):
    """The one control of a kind that assistive tools call `name`."""
    (found,) = [widget for widget in dialog.findChildren(kind) if widget.accessibleName() == name]
    return found


def load_button(dialog):
    return named(dialog, QAbstractButton, "Load")


def thread_of(dialog):
    (reader,) = dialog.findChildren(table_reader.TableReader)
    return reader._thread


def click_check_box(qtbot, features: QListWidget, row: int):
    item = features.item(row)
    option = QStyleOptionViewItem()
    option.initFrom(features)
    option.rect = features.visualItemRect(item)
    option.features |= QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
    box = features.style().subElementRect(QStyle.SubElement.SE_ItemViewItemCheckIndicator, option, features)
    qtbot.mouseClick(features.viewport(), Qt.MouseButton.LeftButton, pos=box.center())


def pick(qtbot, box: QComboBox, text: str):
    """Choose an entry with the arrow keys, as from the keyboard."""
    steps = box.findText(text) - box.currentIndex()
    assert box.findText(text) >= 0, [box.itemText(place) for place in range(box.count())]
    box.setFocus()
    for _ in range(abs(steps)):
        qtbot.keyClick(box, Qt.Key.Key_Down if steps > 0 else Qt.Key.Key_Up)


def test_that_enter_loads_what_the_laboratory_reads_by_itself(qtbot, opened):
    dialog = opened(bundled_path("iris"))
    assert dialog.sentence == "This will load 150 rows, 4 features."
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    expected, _ = to_dataset(read_table(bundled_path("iris")))
    dataset = dialog.dataset()
    np.testing.assert_array_equal(dataset.features, expected.features)
    np.testing.assert_array_equal(dataset.targets, expected.targets)
    assert (dataset.class_names, dataset.name, dataset.origin) == (expected.class_names, "iris", "table")


def test_that_escape_loads_nothing(qtbot, opened):
    dialog = opened(bundled_path("iris"))
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.result() == QDialog.DialogCode.Rejected
    with pytest.raises(RuntimeError):
        dialog.dataset()


def test_that_switching_features_off_changes_the_dataset_and_one_alone_is_refused(qtbot, opened, table_file):
    dialog = opened(table_file(GOOD))
    features = named(dialog, QListWidget, "Features")
    click_check_box(qtbot, features, 0)
    settle(qtbot, dialog)
    assert dialog.sentence == "This will load 30 rows, 2 features."
    features.setCurrentRow(1)
    features.setFocus()
    qtbot.keyClick(features, Qt.Key.Key_Space)
    settle(qtbot, dialog)
    assert "At least two columns of numbers" in dialog.sentence
    button = load_button(dialog)
    assert not button.isEnabled()
    assert button.toolTip() == button.accessibleDescription() == dialog.sentence
    qtbot.keyClick(features, Qt.Key.Key_Space)
    settle(qtbot, dialog)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert dialog.dataset().feature_names == ("height", "weight")


def test_that_text_columns_and_the_target_cannot_be_switched_on(qtbot, opened, table_file):
    dialog = opened(table_file("name,a,b,c\nkim,1,2,0\nlee,3,4,1\npark,5,6,1\n"))
    features = named(dialog, QListWidget, "Features")
    assert [features.item(row).text() for row in range(4)] == ["name (text)", "a", "b", "c (target)"]
    for row in (0, 3):
        click_check_box(qtbot, features, row)
        assert features.item(row).toolTip()
    settle(qtbot, dialog)
    assert dialog.sentence.startswith("This will load 3 rows, 2 features.")


def test_that_the_target_says_whether_it_makes_classes_or_numbers(qtbot, opened, table_file):
    dialog = opened(table_file(GOOD))
    said = lambda text: any(text in label.text() for label in dialog.findChildren(QLabel))  # noqa: E731
    assert said("2 classes: a, b")
    target = named(dialog, QComboBox, "Target")
    pick(qtbot, target, "height")
    settle(qtbot, dialog)
    assert said("Numbers from 0 to 72.5")
    assert dialog.sentence.startswith("This will load 30 rows, 2 features.")
    pick(qtbot, target, "none")
    settle(qtbot, dialog)
    assert said("No answers")
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.dataset().targets is None
    assert dialog.dataset().feature_names == ("age", "height", "weight")


def test_that_the_plane_never_shows_one_column_twice(qtbot, opened, table_file):
    dialog = opened(table_file(GOOD))
    across, up = named(dialog, QComboBox, "Across"), named(dialog, QComboBox, "Up")
    assert (across.currentText(), up.currentText()) == ("age", "height")
    pick(qtbot, across, "height")
    assert (across.currentText(), up.currentText()) == ("height", "age")
    pick(qtbot, up, "weight")
    assert (across.currentText(), up.currentText()) == ("age", "weight")
    click_check_box(qtbot, named(dialog, QListWidget, "Features"), 0)
    assert (across.currentText(), up.currentText()) == ("height", "weight")
    settle(qtbot, dialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.dataset().axes == (0, 1)


def test_that_the_axes_reach_the_dataset(qtbot, opened, table_file):
    dialog = opened(table_file(GOOD))
    pick(qtbot, named(dialog, QComboBox, "Up"), "weight")
    settle(qtbot, dialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.dataset().axes == (0, 2)


def test_that_another_delimiter_is_read_at_once(qtbot, opened, table_file):
    dialog = opened(table_file(GOOD.replace(",", "|")))
    box = named(dialog, QComboBox, "Delimiter")
    assert box.currentText() == "Vertical bar  |"
    pick(qtbot, box, "Comma  ,")
    settle(qtbot, dialog)
    assert not load_button(dialog).isEnabled()
    pick(qtbot, box, "Vertical bar  |")
    settle(qtbot, dialog)
    assert load_button(dialog).isEnabled()
    assert dialog.sentence == "This will load 30 rows, 3 features."


def test_that_another_encoding_is_read_at_once(qtbot, opened, table_file):
    dialog = opened(table_file("나이,키\n1,2\n3,4\n".encode("cp949")))
    features = named(dialog, QListWidget, "Features")
    box = named(dialog, QComboBox, "Encoding")
    assert (box.currentText(), features.item(0).text()) == ("CP949 (Korean)", "나이")
    pick(qtbot, box, "Latin-1 (Western)")
    settle(qtbot, dialog)
    assert features.item(0).text() == "나이".encode("cp949").decode("latin-1")
    pick(qtbot, box, "UTF-8")
    settle(qtbot, dialog)
    assert dialog.sentence.startswith("Line 1 cannot be read as UTF-8")
    assert not load_button(dialog).isEnabled()


def test_that_the_first_line_can_be_data(qtbot, opened, table_file):
    dialog = opened(table_file("1990,1991\n1,2\n3,4\n"))
    box = named(dialog, QCheckBox, "First line holds column names")
    assert not box.isChecked()
    assert dialog.sentence == "This will load 3 rows, 2 features."
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    settle(qtbot, dialog)
    assert dialog.sentence == "This will load 2 rows, 2 features."
    assert named(dialog, QListWidget, "Features").item(0).text() == "1990"


@pytest.mark.parametrize(("lang", "place"), [("en", "Line 3, column “height”"), ("ko", "3번째 줄 “height” 열")])
def test_that_an_error_names_its_place_in_red_and_is_marked_in_the_preview(qtbot, opened, table_file, lang, place):
    language.set(lang)
    dialog = opened(table_file("age,height\n1,2\n3,1_000\n5,\n"))
    assert dialog.sentence.startswith(place)
    (label,) = [label for label in dialog.findChildren(QLabel) if label.accessibleName() == dialog.sentence]
    assert label.palette().windowText().color() == theme.color("warning")
    model = dialog.findChild(QTableView).model()
    assert model.data(model.index(1, 1), Qt.ItemDataRole.BackgroundRole) is not None
    assert model.data(model.index(2, 1), Qt.ItemDataRole.ToolTipRole)
    assert model.data(model.index(0, 1), Qt.ItemDataRole.BackgroundRole) is None


def test_that_a_ragged_line_is_seen_in_the_preview_and_named(opened, table_file):
    dialog = opened(table_file("a,b,c\n1,2,3\n4,5\n"))
    assert dialog.sentence == (
        "Line 3: 2 cells where the first line has 3. Correct that line, or choose another delimiter."
    )
    model = dialog.findChild(QTableView).model()
    assert model.rowCount() == 2
    assert model.headerData(1, Qt.Orientation.Vertical) == "3"
    assert "2 cells" in model.data(model.index(1, 0), Qt.ItemDataRole.ToolTipRole)


def test_that_skipped_rows_are_announced_before_loading(opened, table_file):
    dialog = opened(table_file("a,b\n1,2\n?,3\n4,5\n"))
    assert dialog.sentence.splitlines() == [
        "This will load 2 of 3 rows, 2 features.",
        "1 row skipped: 3 (line of the file; a value is missing there).",
    ]


def test_that_a_missing_file_opens_with_a_sentence(opened, tmp_path):
    dialog = opened(tmp_path / "gone.csv")
    assert "There is no file" in dialog.sentence
    assert not load_button(dialog).isEnabled()


def test_that_the_language_is_switched_live(qtbot, opened, table_file):
    dialog = opened(table_file("a,b,c\n1,2,x\n3,?,y\n5,6,y\n"))
    language.set("ko")
    assert dialog.windowTitle() == "표 불러오기: table.csv"
    assert dialog.sentence.splitlines()[1].startswith("1개 행을 건너뜁니다: 3")
    texts = {label.text() for label in dialog.findChildren(QLabel)}
    assert {"인코딩", "구분 기호", "특성", "목표값", "가로축", "세로축"} <= texts
    assert named(dialog, QListWidget, "특성").item(2).text() == "c (목표값)"
    assert named(dialog, QComboBox, "목표값").itemText(0) == "없음"
    assert named(dialog, QAbstractButton, "불러오기").text() == "불러오기"
    language.set("en")
    assert load_button(dialog).text() == "Load"


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_that_every_control_has_a_name_and_a_tooltip_and_is_reached_by_tab(qtbot, opened, lang):
    language.set(lang)
    dialog = opened(bundled_path("iris"))
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    controls = [
        widget
        for kind in (QComboBox, QListWidget, QAbstractButton, QTableView)
        for widget in dialog.findChildren(kind)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible()
    ]
    assert len(controls) == 12
    assert all(widget.accessibleName() and widget.toolTip() for widget in controls)
    reached = []
    for _ in range(12):
        reached.append(dialog.focusWidget())
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    assert set(reached) == set(controls)
    assert dialog.focusWidget() is reached[0]
    assert reached[0].accessibleName() in ("Encoding", "인코딩")
    assert reached[-2].accessibleName() in ("Load", "불러오기")


# The thread


@pytest.fixture
def slow_reading(monkeypatch):
    """Reading that goes on until it is cancelled."""
    seen = []

    def read_for_ever(path, encoding, delimiter, has_header, progress, cancelled, **more):
        for step in range(10_000):
            if cancelled():
                seen.append("cancelled")
                raise ReadingCancelledError
            progress(min(0.99, step / 100))
            time.sleep(0.005)
        raise AssertionError("nobody cancelled")

    monkeypatch.setattr(table_reader, "read_table", read_for_ever)
    return seen


def test_that_slow_reading_shows_progress_and_escape_cancels_it(qtbot, opened, slow_reading):
    dialog = opened(bundled_path("iris"), is_settled=False)
    progress = dialog.findChild(QProgressBar)
    assert not progress.isVisible()
    qtbot.waitUntil(lambda: progress.isVisible() and progress.value() > 100, timeout=3000)
    assert dialog.sentence == "Reading iris.csv ..."
    assert dialog.findChild(QTableView).model().rowCount() == 50
    assert not load_button(dialog).isEnabled()
    thread = thread_of(dialog)
    start = time.perf_counter()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert time.perf_counter() - start < 1.0
    assert thread.isFinished()
    assert slow_reading == ["cancelled"]


def test_that_quick_reading_shows_no_progress(qtbot, opened):
    dialog = opened(bundled_path("iris"))
    qtbot.wait(300)
    assert not dialog.findChild(QProgressBar).isVisible()


@pytest.mark.parametrize("way", ["accept", "reject", "close"])
def test_that_the_thread_ends_with_the_dialog(qtbot, opened, way):
    dialog = opened(bundled_path("iris"))
    thread = thread_of(dialog)
    assert thread.isRunning()
    getattr(dialog, way)()
    assert thread.isFinished()
    assert thread not in table_reader._running


def test_that_a_dialog_that_is_never_shown_ends_its_thread_when_closed(qtbot):
    dialog = TableImportDialog(bundled_path("iris"))
    thread = thread_of(dialog)
    dialog.close()
    assert thread.isFinished()


def test_that_a_dialog_deleted_with_its_window_harms_nobody(qtbot):
    window = QWidget()
    dialog = TableImportDialog(bundled_path("iris"), window)
    thread = thread_of(dialog)
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    del dialog
    qtbot.waitUntil(thread.isFinished, timeout=2000)
    table_reader._running.discard(thread)


def test_that_the_newest_choice_wins_over_a_slow_older_one(qtbot, opened, table_file, monkeypatch):
    dialog = opened(table_file(GOOD))
    real, started = table_reader.to_dataset, []

    def slow_first(table, features, target, axes, cancelled, **more):
        started.append(target)
        while target == "age" and not cancelled():
            time.sleep(0.001)
        return real(table, features, target, axes, cancelled, **more)

    monkeypatch.setattr(table_reader, "to_dataset", slow_first)
    target = named(dialog, QComboBox, "Target")
    pick(qtbot, target, "age")
    qtbot.waitUntil(lambda: "age" in started)
    pick(qtbot, target, "none")
    settle(qtbot, dialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.dataset().targets is None


def test_that_an_error_nobody_foresaw_becomes_a_sentence_and_the_next_choice_works(
    qtbot, opened, table_file, monkeypatch, caplog
):
    real = table_reader.read_table

    def broken(*args, **more):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(table_reader, "read_table", broken)
    dialog = opened(table_file(GOOD))
    assert "could not be read: division by zero" in dialog.sentence
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.setattr(table_reader, "read_table", real)
    box = named(dialog, QCheckBox, "First line holds column names")
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    settle(qtbot, dialog)
    assert dialog.sentence == "This will load 30 rows, 3 features."


def test_that_the_sentence_survives_a_switch_while_the_error_stands(opened, tmp_path):
    dialog = opened(tmp_path)
    english = dialog.sentence
    language.set("ko")
    assert "폴더입니다" in dialog.sentence
    theme.set("dark")
    language.set("en")
    assert dialog.sentence == english


def test_that_every_text_says_the_same_in_both_languages():
    from lab.data.tables import files as table_files
    from lab.data.tables import guess as table_guess
    from lab.data.tables import layout as table_layout
    from lab.data.tables import reading as table_reading
    from lab.data.tables import source as table_source
    from lab.data.tables import targets as table_targets
    from lab.data.tables import workbook as table_workbook
    from widgets.tables import columns as table_columns
    from widgets.tables import import_dialog as table_import_dialog
    from widgets.tables import preview as table_preview

    rooms = (table_columns, table_import_dialog, table_preview, table_reader)
    rooms = (*rooms, table_files, table_guess, table_reading, table_source, table_layout, table_targets, table_workbook)
    texts = [value for room in rooms for value in vars(room).values() if isinstance(value, Text)]
    assert len(texts) > 60
    for text in texts:
        text.placeholders()


# What a target is


CASES = Path(__file__).parents[2] / "lab" / "data" / "tables" / "cases"


def test_that_the_kind_of_the_target_is_shown_as_guessed_and_can_be_changed(qtbot, opened):
    dialog = opened(CASES / "price.csv")
    target, kind = named(dialog, QComboBox, "Target"), named(dialog, QComboBox, "Kind of target")
    assert target.currentText() == "none" and not kind.isEnabled() and kind.currentText() == ""
    pick(qtbot, target, "rooms")
    settle(qtbot, dialog)
    assert kind.isEnabled() and kind.currentText() == "Classes, to tell apart"
    pick(qtbot, kind, "Numbers, to predict")
    settle(qtbot, dialog)
    assert any("Numbers from 1 to" in label.text() for label in dialog.findChildren(QLabel))
    pick(qtbot, target, "price")
    settle(qtbot, dialog)
    assert kind.currentText() == "Numbers, to predict", "guessed anew"
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.dataset().has_values and dialog.dataset().target_choice == "column"
    assert dialog.dataset().feature_names == ("area", "rooms", "age")


def test_that_a_kind_that_cannot_be_is_refused_with_its_line_and_can_be_taken_back(qtbot, opened):
    dialog = opened(CASES / "present_absent.csv")
    kind = named(dialog, QComboBox, "Kind of target")
    pick(qtbot, kind, "Numbers, to predict")
    settle(qtbot, dialog)
    assert dialog.sentence.startswith("Line 3, column “당뇨”: “있음” is not a number")
    assert not load_button(dialog).isEnabled()
    pick(qtbot, kind, "Classes, to tell apart")
    settle(qtbot, dialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.dataset().class_names == ("없음", "있음") and dialog.dataset().target_choice == "class"


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_that_words_that_are_classes_are_shown_and_can_be_missing_instead(qtbot, opened, lang):
    language.set(lang)
    dialog = opened(CASES / "present_absent.csv")
    words = named(dialog, QCheckBox, {"en": "Words that are classes", "ko": "클래스로 볼 말"}[lang])
    assert words.isVisible() and words.isChecked() and "“없음”" in words.text()
    model = dialog.findChild(QTableView).model()
    tints = [model.data(model.index(row, 2), Qt.ItemDataRole.BackgroundRole) for row in range(model.rowCount())]
    assert tints == [None] * 40
    qtbot.mouseClick(words, Qt.MouseButton.LeftButton, pos=QPoint(8, words.height() // 2))
    settle(qtbot, dialog)
    assert {"en": "20 of 40 rows", "ko": "40개 행 가운데 20개"}[lang] in dialog.sentence
    tints = [model.data(model.index(row, 2), Qt.ItemDataRole.BackgroundRole) for row in range(model.rowCount())]
    assert tints.count(None) == 20
    qtbot.mouseClick(words, Qt.MouseButton.LeftButton, pos=QPoint(8, words.height() // 2))
    settle(qtbot, dialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.dataset().n == 40


def test_that_words_are_not_asked_about_where_there_are_none(opened):
    assert not named(opened(bundled_path("iris")), QCheckBox, "Words that are classes").isVisible()


def test_that_the_decimal_mark_is_shown_as_guessed_and_can_be_changed(qtbot, opened, table_file):
    dialog = opened(table_file('a\tb\n"1,250"\t"3,125"\n"2,375"\t"4,500"\n'))
    mark = named(dialog, QComboBox, "Decimal mark")
    assert mark.currentText() == "Point  1,234.5" and "1,250 is 1250" in dialog.sentence
    pick(qtbot, mark, "Comma  1.234,5")
    settle(qtbot, dialog)
    assert "1,250 is 1250" not in dialog.sentence
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    np.testing.assert_array_equal(dialog.dataset().features, [[1.25, 3.125], [2.375, 4.5]])


def test_that_another_delimiter_guesses_the_decimal_mark_anew(qtbot, opened):
    dialog = opened(CASES / "decimal_comma.csv")
    delimiter, mark = named(dialog, QComboBox, "Delimiter"), named(dialog, QComboBox, "Decimal mark")
    assert (delimiter.currentText(), mark.currentText()) == ("Semicolon  ;", "Comma  1.234,5")
    pick(qtbot, delimiter, "Tab")
    settle(qtbot, dialog)
    pick(qtbot, delimiter, "Semicolon  ;")
    settle(qtbot, dialog)
    assert mark.currentText() == "Comma  1.234,5" and load_button(dialog).isEnabled()


def test_that_a_workbook_opens_without_encoding_and_delimiter(qtbot, opened):
    dialog = opened(CASES / "workbook.xlsx")
    assert not named(dialog, QComboBox, "Encoding").isEnabled()
    assert not named(dialog, QComboBox, "Delimiter").isEnabled()
    box = named(dialog, QCheckBox, "First line holds column names")
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    settle(qtbot, dialog)
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    settle(qtbot, dialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.dataset().feature_names == ("키", "몸무게") and dialog.dataset().n == 6


def test_that_what_is_left_out_is_said_before_loading(opened):
    assert "x1 only numbers the rows" in opened(CASES / "pandas_index.csv").sentence
    assert "above the column names: line 1, 2" in opened(CASES / "population_with_title.csv").sentence
    assert "Line 2 holds units" in opened(CASES / "unit_row.csv").sentence


@pytest.mark.parametrize("path", sorted(CASES.iterdir()), ids=lambda path: path.name)
def test_that_the_dialog_and_the_command_line_make_the_same_data_of_a_file(qtbot, opened, path):
    dialog = opened(path)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    expected, _ = to_dataset(read_table(path))
    found = dialog.dataset()
    np.testing.assert_array_equal(found.features, expected.features)
    np.testing.assert_array_equal(found.targets, expected.targets)
    for name in ("feature_names", "target_name", "class_names", "axes", "target_choice", "name"):
        assert getattr(found, name) == getattr(expected, name)


def test_that_leaving_the_last_column_out_of_the_features_makes_it_the_target_as_on_the_command_line(qtbot, opened):
    dialog = opened(CASES / "price.csv")
    click_check_box(qtbot, named(dialog, QListWidget, "Features"), 4)
    settle(qtbot, dialog)
    assert named(dialog, QComboBox, "Target").currentText() == "price"
    assert "the last column, price, is the target" in dialog.sentence
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    expected, _ = to_dataset(read_table(CASES / "price.csv"), features=("area", "rooms", "age"))
    np.testing.assert_array_equal(dialog.dataset().targets, expected.targets)
    assert dialog.dataset().target_choice == expected.target_choice == "auto"
