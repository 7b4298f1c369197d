"""The Numbers pane and the formula band, with real events."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMainWindow

from lab.protocol.packet import Packet
from lab.protocol.pane_records import Numbers
from models.core.formula import Formula, Tensor
from models.core.learner import Pin
from models.words.numbers import number
from models.words.text import Said, Text
from widgets.formulas import typeset
from widgets.formulas.typeset import typesetter
from widgets.kit.language import language
from widgets.kit.theme import theme
from widgets.panes.numbers.tensor_table import matrix_text, size_text
from widgets.panes.numbers.view import FormulaBand, NumbersView, in_one_line, main_formula

SUM = Text("Weighted sum of {name}", "{name}의 가중합")
STEP = Text("Update", "갱신")


def formulas(value: float = 0.5, keys: tuple[str, ...] = ("sum", "step")) -> tuple[Formula, ...]:
    made = {
        "sum": Formula(
            "sum",
            SUM,
            "z = w x + b",
            r"z = <w> \cdot 2 + 1 = <z>",
            {"w": value, "z": 2 * value + 1},
            {"name": Text("A", "가")},
        ),
        "step": Formula("step", STEP, r"w \leftarrow w + \eta x", r"w \leftarrow <w>", {"w": value + 1}, is_main=True),
        "note": Formula("note", STEP, r"w = w"),
    }
    return tuple(made[key] for key in keys)


TENSORS = (
    Tensor("0.weight", np.arange(20.0).reshape(5, 4) - 3.25),
    Tensor("0.bias", np.array([1.0, -2.0, np.nan, np.inf, 1e-7])),
)


def packet(value: float = 0.5, keys=("sum", "step"), tensors=TENSORS, **fields) -> Packet:
    note = Said(Text("the first of {count} samples", "샘플 {count}개 중 첫 번째"), {"count": 10})
    fields.setdefault("state", "paused")
    fields.setdefault("abilities", frozenset({"network", "numbers"}))
    return Packet(
        version=1,
        beside={"numbers": Numbers(formulas(value, keys), tensors, "cpu", note)},
        phase_name=Text("look", "살펴보기"),
        place=Said(Text("epoch {n}", "에포크 {n}"), {"n": 2}),
        **fields,
    )


@pytest.fixture
def view(qtbot):
    made = NumbersView()
    qtbot.addWidget(made)
    made.resize(320, 700)
    made.show()
    yield made
    made.hide()
    typesetter().close()


def settle(qtbot) -> None:
    qtbot.wait(20)
    qtbot.waitUntil(lambda: not typesetter().is_working, timeout=20_000)
    qtbot.wait(1)


def test_that_every_formula_stands_in_words_in_letters_and_in_numbers(view, qtbot):
    view.show_packet(packet(0.5))
    settle(qtbot)
    one, two = view.rows
    assert one.words.accessibleName() == "가의 가중합" and two.words.accessibleName() == "갱신"
    assert one.letters.accessibleName() == "z = w x + b"
    assert one.numbers.accessibleName() == "z = 0.5 · 2 + 1 = 2"
    assert all(
        label.is_settled and not label.pixmap().isNull() for row in view.rows for label in (row.letters, row.numbers)
    )
    assert "살펴보기 · 에포크 2" in view.where.accessibleName() and view.note.sentence == "샘플 10개 중 첫 번째"


def test_that_the_main_formula_is_larger(view, qtbot):
    view.show_packet(packet())
    settle(qtbot)
    ordinary, main = (row.words.font() for row in view.rows)
    assert main.pixelSize() > ordinary.pixelSize() and main.bold() and not ordinary.bold()


def test_that_a_switch_of_language_says_the_words_anew_and_sets_no_formula_again(view, qtbot, monkeypatch):
    view.show_packet(packet())
    settle(qtbot)
    monkeypatch.setattr(typeset, "compose", lambda request: pytest.fail("set again"))
    language.set("en")
    settle(qtbot)
    assert [row.words.accessibleName() for row in view.rows] == ["Weighted sum of A", "Update"]
    assert view.where.accessibleName() == "look · epoch 2"
    assert view.tensors.heading.text() == "Parameters · 25 in all"


def test_that_stepping_keeps_the_widgets_and_changes_the_numbers_only(view, qtbot):
    view.show_packet(packet(0.5))
    settle(qtbot)
    rows, letters = view.rows, view.rows[0].letters.pixmap().cacheKey()
    view.show_packet(packet(0.75))
    settle(qtbot)
    assert view.rows == rows
    assert view.rows[0].letters.pixmap().cacheKey() == letters
    assert view.rows[0].numbers.accessibleName() == "z = 0.75 · 2 + 1 = 2.5"


def test_that_another_phase_shows_its_own_formulas_in_its_order_and_the_old_rows_come_back(view, qtbot):
    view.show_packet(packet(keys=("sum", "step")))
    first = view.rows
    view.show_packet(packet(keys=("note", "sum")))
    settle(qtbot)
    assert [row.formula.key for row in view.rows] == ["note", "sum"] and view.rows[1] is first[0]
    assert not first[1].isVisible()
    tops = [row.y() for row in view.rows]
    assert tops == sorted(tops)
    assert not view.rows[0].numbers.isVisible()  # it has letters alone
    view.show_packet(packet(keys=("sum", "step")))
    settle(qtbot)
    assert view.rows == first and first[1].isVisible() and first[0].y() < first[1].y()


def test_that_the_main_formula_comes_into_view_and_stays_where_a_person_scrolls_away(view, qtbot):
    view.resize(320, 130)
    down, area = view.area.verticalScrollBar(), view.area

    def is_seen(row) -> bool:
        top = row.mapTo(area.viewport(), row.rect().topLeft()).y()
        return top >= 0 and top + row.height() <= area.viewport().height()

    view.show_packet(packet(tensors=()))
    settle(qtbot)
    assert down.maximum() > 0 and is_seen(view.rows[1]) and not is_seen(view.rows[0])
    down.triggerAction(down.SliderAction.SliderToMinimum)
    view.show_packet(packet(0.75, tensors=()))
    settle(qtbot)
    assert down.value() == 0
    view.show_packet(packet(keys=("note", "sum", "step"), tensors=()))  # another phase: its own main formula
    settle(qtbot)
    assert is_seen(view.rows[2])


def test_that_while_the_run_plays_on_the_formulas_change_five_times_a_second_and_end_with_the_last(view, qtbot):
    view.show_packet(packet(0.0))
    seen = set()
    for k in range(1, 61):
        view.show_packet(packet(float(k), state="playing"))
        seen.add(view.rows[0].formula.values["w"])
        qtbot.wait(10)
    assert len(seen) <= 8
    qtbot.waitUntil(lambda: view.rows[0].formula.values["w"] == 60.0, timeout=2000)


def test_that_a_hidden_view_does_nothing_until_it_is_shown(view, qtbot):
    view.hide()
    view.show_packet(packet())
    assert view.rows == []
    view.show()
    assert len(view.rows) == 2


def test_that_a_view_without_numbers_says_what_to_do(view):
    view.show_packet(Packet(version=1, state="idle"))
    assert view.empty.isVisible() and view.empty.sentence and not view.tensors.isVisible()
    view.show_packet(packet(keys=()))
    assert view.empty.isVisible()
    view.show_packet(packet())
    assert not view.empty.isVisible() and view.tensors.isVisible()


def test_that_a_formula_with_a_place_and_no_value_shows_its_letters(view):
    broken = Formula("sum", STEP, "z = w x", "z = <w>", {}, is_main=True)
    view.show_packet(Packet(version=1, state="paused", beside={"numbers": Numbers((broken,))}))
    assert view.rows[0].letters.latex == "z = w x" and not view.rows[0].numbers.isVisible()


def test_that_what_is_pinned_has_a_button_that_lets_it_go(view, qtbot):
    pin = Pin(row=16, weight=(1, 2, -1), place=(1.5, -2.0), cell=("train", 0, 1))
    view.show_packet(packet(pin=pin))
    buttons = view.chips.buttons
    assert {part for part, button in buttons.items() if button.isVisible()} == {"row", "weight", "place"}
    assert "17" in buttons["row"].text() and "(1.5, −2)" in buttons["place"].text()
    with qtbot.waitSignal(view.pin_changed) as sent:
        qtbot.mouseClick(buttons["row"], Qt.MouseButton.LeftButton)
    assert sent.args == [Pin(weight=(1, 2, -1), place=(1.5, -2.0), cell=("train", 0, 1))]
    view.show_packet(packet(pin=Pin()))
    assert not view.chips.isVisible()


# -- the parameter table -----------------------------------------------------------------------------------------------


def cells(view, row: int) -> list[str]:
    model = view.tensors.model
    return [model.data(model.index(row, column)) for column in range(model.columnCount())]


def test_that_the_table_lists_name_size_values_device_and_the_total(view):
    view.show_packet(packet())
    assert cells(view, 0) == ["0.weight", "5 × 4", "−3.25, −2.25, −1.25, −0.25, 0.75, 1.75, …", "cpu"]
    assert cells(view, 1) == ["0.bias", "5", "1, −2, ?, ∞, 1×10⁻⁷", "cpu"]
    assert view.tensors.heading.text() == "매개변수 · 모두 25개"


def test_that_rows_that_are_kept_and_not_trained_are_not_called_parameters(view):
    view.show_packet(packet(abilities=frozenset({"numbers"})))
    assert view.tensors.heading.text() == "저장된 값 · 모두 25개"


def test_that_a_click_on_a_row_shows_all_of_its_values_and_they_follow_the_frame(view, qtbot):
    view.show_packet(packet())
    table = view.tensors.table
    assert not view.tensors.detail.isVisible()
    at = table.visualRect(view.tensors.model.index(0, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    lines = view.tensors.detail.toPlainText().split("\n")
    assert (
        view.tensors.detail.isVisible() and len(lines) == 5 and lines[4].split() == ["12.75", "13.75", "14.75", "15.75"]
    )
    view.show_packet(packet(tensors=(Tensor("0.weight", np.zeros((5, 4))), TENSORS[1])))
    assert view.tensors.detail.toPlainText().split() == ["0"] * 20
    view.show_packet(packet(tensors=(Tensor("query", np.zeros(2)),)))  # another model: nothing is chosen any more
    assert not view.tensors.detail.isVisible()


def test_that_the_table_folds_away_with_the_mouse_and_catches_up_when_it_opens(view, qtbot):
    view.show_packet(packet())
    qtbot.mouseClick(view.tensors.heading, Qt.MouseButton.LeftButton)
    assert not view.tensors.table.isVisible() and view.tensors.heading.isVisible()
    view.show_packet(packet(tensors=(Tensor("query", np.zeros(2)),)))
    assert view.tensors.heading.text() == "매개변수 · 모두 2개" and view.tensors.model.rowCount() == 2
    qtbot.mouseClick(view.tensors.heading, Qt.MouseButton.LeftButton)
    assert view.tensors.table.isVisible() and view.tensors.model.rowCount() == 1


def test_that_ctrl_c_copies_the_table_or_the_chosen_row_and_not_the_windows_picture(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    taken = []
    action = QAction(window)
    action.setShortcut(QKeySequence.StandardKey.Copy)
    action.triggered.connect(lambda: taken.append("picture"))
    window.addAction(action)
    view = NumbersView()
    window.setCentralWidget(view)
    window.resize(400, 700)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    view.show_packet(packet())
    table = view.tensors.table
    table.setFocus()
    qtbot.waitUntil(table.hasFocus)
    clipboard = QGuiApplication.clipboard()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = clipboard.text().strip().split("\n")
    assert len(lines) == 4 and lines[0] == "이름\t크기\t값\t연산 장치" and lines[-1] == "모두 25개"
    name, size, values, device = lines[1].split("\t")
    assert (name, size, device) == ("0.weight", "5 × 4", "cpu")
    assert np.array_equal(np.array(eval(values)), TENSORS[0].values)
    table.selectRow(1)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text().count("0.bias") == 1 and "0.weight" not in clipboard.text()
    assert taken == []
    typesetter().close()


def test_that_numbers_are_written_for_people():
    given = (0.0, -1.0, 1 / 3, 12345.678, -1e-9, float("nan"), -float("inf"))
    assert [number(value) for value in given] == ["0", "−1", "0.3333", "12,346", "−1×10⁻⁹", "?", "−∞"]
    assert [size_text(np.zeros(shape)) for shape in ((), (3,), (5, 4), (2, 3, 4))] == [
        "수 하나",
        "3",
        "5 × 4",
        "2 × 3 × 4",
    ]


def test_that_a_large_array_is_cut_and_the_rest_is_counted():
    text = matrix_text(np.zeros((1000, 4)))
    assert text.count("\n") == 300 and text.endswith("… 그 밖에 2,800개")
    assert matrix_text(np.zeros(5000)).endswith("… 그 밖에 3,800개")
    assert matrix_text(np.zeros((0, 4))) == "" and matrix_text(np.array(2.0)) == "2"


# -- the band ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def band(qtbot):
    made = FormulaBand()
    qtbot.addWidget(made)
    made.resize(1100, 100)
    made.show()
    yield made
    made.hide()
    typesetter().close()


def test_that_the_main_formula_is_the_one_that_says_so():
    assert main_formula(packet()).key == "step"
    assert main_formula(packet(keys=("sum",))).key == "sum"
    assert main_formula(packet(keys=())) is None and main_formula(Packet(version=1, state="idle")) is None


def test_that_letters_and_numbers_join_at_a_common_left_side():
    one, main = formulas()
    assert in_one_line(one) == r"z = w x + b= 0.5 \cdot 2 + 1 = 2"
    assert in_one_line(main) == r"w \leftarrow w + \eta x\leftarrow 1.5"
    other = Formula("f", STEP, "z = w x", "a = <a>", {"a": 1.0})
    assert in_one_line(other) == r"z = w x \qquad a = 1"
    assert in_one_line(Formula("f", STEP, "z = w x", "= <a>", {"a": 1.0})) == "z = w x= 1"
    assert in_one_line(Formula("f", STEP, "z = w x")) == "z = w x"


def test_that_the_band_shows_words_and_formula_and_grows_with_the_scale(band, qtbot):
    band.show_packet(packet())
    settle(qtbot)
    assert band.words.accessibleName() == "갱신" and band.label.is_settled
    small, height = band.label.pixmap().height(), band.height()
    band.set_scale(1.5)
    settle(qtbot)
    assert band.height() == round(1.5 * height) and band.label.pixmap().height() > 1.3 * small
    language.set("en")
    assert band.words.accessibleName() == "Update"


def test_that_a_band_too_narrow_for_both_shows_the_numbers_whole(band, qtbot):
    long = Formula(
        "f", STEP, "z = " + " + ".join(f"w_{k} x_{k}" for k in range(9)), "z = <z>", {"z": 1.0}, is_main=True
    )
    band.resize(600, 100)
    band.show_packet(Packet(version=1, state="paused", beside={"numbers": Numbers((long,))}))
    settle(qtbot)
    pixmap = band.label.pixmap()
    assert 0 < pixmap.width() / pixmap.devicePixelRatio() <= band.label.width()
    assert pixmap.height() >= 30  # not shrunk: the letters were left out


def test_that_a_moment_without_a_formula_leaves_the_band_empty_and_in_its_place(band, qtbot):
    band.show_packet(packet())
    settle(qtbot)
    height = band.height()
    band.show_packet(packet(keys=()))
    settle(qtbot)
    assert band.formula is None and band.words.text() == "" and band.label.pixmap().isNull() and band.height() == height


def test_that_both_themes_paint(view, band, qtbot):
    for name in ("dark", "light"):
        theme.set(name)
        view.show_packet(packet())
        band.show_packet(packet())
        settle(qtbot)
        assert view.grab().toImage().pixelColor(3, 3) == theme.color("panel")
        assert band.grab().toImage().pixelColor(3, 3) == theme.color("panel")
