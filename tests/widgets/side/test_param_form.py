"""The settings form: built from declarations, honest about what it cannot use, silent about what did not change."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import BaseModel
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QInputMethodEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel

import models
from models.core.params import declare, params
from models.words.text import Text
from widgets.kit.fields import next_rung, shown_number
from widgets.kit.language import language
from widgets.kit.sizes_edit import next_size
from widgets.side.param_form import ParamForm


def both(en: str, ko: str = "") -> Text:
    return Text(en, ko or en)


class Settings(BaseModel):
    """Every kind of parameter there is."""

    hidden: tuple[int, ...] = declare(
        (4, 2),
        label=both("Layers", "은닉층"),
        help=both("Neurons.", "뉴런 수입니다."),
        minimum=1,
        maximum=64,
        length=(1, 3),
    )
    solver: Literal["sgd", "momentum"] = declare(
        "sgd", label=both("Optimiser", "옵티마이저"), help=both("How.", "방법입니다."),
        choices={"sgd": both("plain", "기본"), "momentum": both("with momentum", "모멘텀 사용")},
    )  # fmt: skip
    bend: Literal["tanh", "relu"] | tuple[Literal["tanh", "relu"], ...] = declare(
        "tanh", label=both("Activation", "활성화 함수"), help=both("Bends.", "구부립니다."),
        choices={"tanh": both("tanh"), "relu": both("ReLU")}, length=(1, 3), for_each="hidden",
    )  # fmt: skip
    learning_rate: float = declare(
        0.03, label=both("Learning rate", "학습률"), help=both("Step length.", "한 걸음의 길이입니다."), change="live",
        minimum=1e-6, maximum=10, logarithmic=True,
    )  # fmt: skip
    momentum: float = declare(
        0.9, label=both("Momentum", "모멘텀"), help=both("Memory.", "기억입니다."), minimum=0, maximum=0.99,
        only_if=("solver", ("momentum",)),
    )  # fmt: skip
    n_neighbors: int = declare(
        3,
        label=both("Neighbours", "이웃 수"),
        help=both("Voters.", "투표합니다."),
        change="restart",
        minimum=1,
        maximum=99,
        odd_for_two_classes=True,
    )
    stops: bool = declare(True, label=both("Stops", "멈춤"), help=both("Ends.", "끝납니다."))
    query: tuple[float, ...] | None = declare(
        None, label=both("New point", "새 점"), help=both("Where.", "어디인지."), change="restart", length=(2, 2),
        none_text=both("the medians", "중앙값"),
    )  # fmt: skip


def declared():
    return params(Settings)


@pytest.fixture
def form(qtbot):
    form = ParamForm()
    form.resize(300, 400)
    form.show_params(declared(), {})
    qtbot.addWidget(form)
    form.show()
    qtbot.waitExposed(form)
    form.sent = []
    form.edited.connect(lambda *sent: form.sent.append(sent))
    return form


def type_into(qtbot, field, text: str, end: Qt.Key = Qt.Key.Key_Return) -> None:
    edit = field.edit if hasattr(field, "edit") else field
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, text)
    qtbot.keyClick(edit, end)


def test_that_every_setting_has_a_named_field_with_its_help_and_when_it_applies(form):
    for param in declared():
        field = form.field(param.name)
        named = getattr(field, "edit", field)
        assert named.accessibleName() == param.label.ko
        assert param.help.ko in field.toolTip()
    assert "처음으로 돌아가면" in form.field("hidden").toolTip()
    assert "다음 반복부터" in form.field("learning_rate").toolTip()
    assert "비워 두면: 중앙값" in form.field("query").toolTip()
    assert "바로" in form.field("n_neighbors").toolTip()


def test_that_a_typed_number_is_sent_once_with_its_kind_of_change(form, qtbot):
    type_into(qtbot, form.field("learning_rate"), "0.5")
    form.field("n_neighbors").setFocus()
    assert form.sent == [("learning_rate", 0.5, "live")]


def test_that_a_number_out_of_range_gives_way_to_the_one_that_runs_and_is_said_and_not_sent(form, qtbot):
    field = form.field("n_neighbors")
    type_into(qtbot, field, "1000")
    assert form.sent == []
    assert field.text() == "3", "what the field shows is what runs"
    assert "99" in form.error("n_neighbors") and "이웃 수" in form.error("n_neighbors")
    sentences = [label for label in form.findChildren(QLabel) if label.isVisible() and "1000" in label.text()]
    assert len(sentences) == 1
    language.set("en")
    assert "whole number" in form.error("n_neighbors") and "stays as it was" in form.error("n_neighbors")
    type_into(qtbot, field, "7")
    assert form.sent == [("n_neighbors", 7, "restart")]
    assert form.error("n_neighbors") == ""


@pytest.mark.parametrize("typed", ["", "abc", "nan", "1e400", "０.5", "0_1"])
def test_that_what_is_not_a_number_is_never_sent(form, qtbot, typed):
    field = form.field("learning_rate")
    field.setFocus()
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Delete)
    if typed.isascii():
        qtbot.keyClicks(field, typed)
    else:
        from_input_method = QInputMethodEvent()
        from_input_method.setCommitString(typed)
        QApplication.sendEvent(field, from_input_method)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert form.sent == []
    assert form.error("learning_rate")


def test_that_the_arrow_keys_climb_a_logarithmic_number_by_factors(form, qtbot):
    field = form.field("learning_rate")
    field.setFocus()
    for _ in range(3):
        qtbot.keyClick(field, Qt.Key.Key_Up)
    assert [value for _, value, _ in form.sent] == [0.05, 0.1, 0.2]
    form.sent.clear()
    qtbot.keyClick(field, Qt.Key.Key_Down)
    assert form.sent == [("learning_rate", 0.1, "live")]


def test_that_a_logarithmic_number_leaves_zero_at_its_first_step_and_returns_to_it(form, qtbot):
    form.show_params(models.load("mlp").params(), {})
    field = form.field("l2")
    field.setFocus()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(field, key)
    assert [value for _, value, _ in form.sent] == [0.001, 0.002, 0.001, 0.0]


def test_that_steps_end_at_the_bounds(form, qtbot):
    field = form.field("momentum")
    form.show_values({"solver": "momentum", "momentum": 0.95})
    field.setFocus()
    for _ in range(4):
        qtbot.keyClick(field, Qt.Key.Key_Up)
    assert form.sent[-1] == ("momentum", 0.99, "rewind")


def test_that_the_ladder_goes_down_as_it_went_up():
    value, seen = 1e-5, []
    while value < 1e5:
        seen.append(value)
        value = next_rung(value, up=True)
    for below, above in zip(seen, seen[1:], strict=False):
        assert next_rung(above, up=False) == pytest.approx(below, rel=1e-12)
        assert 1.3 < above / below < 2.1
    assert next_rung(0.04, up=True) == 0.05 and next_rung(0.04, up=False) == 0.03


@pytest.mark.parametrize("value", [0.03, 1e-05, 3.0, 7, 0.1 + 0.2, 1e20, -2.5])
def test_that_a_shown_number_is_the_same_number(value):
    assert float(shown_number(value)) == value


def test_that_voters_step_over_even_numbers_with_two_classes_only(form, qtbot):
    field = form.field("n_neighbors")
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Up)
    form.set_class_count(2)
    for _ in range(2):
        qtbot.keyClick(field, Qt.Key.Key_Up)
    form.set_class_count(3)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert [value for _, value, _ in form.sent] == [4, 5, 7, 8]


def test_that_layers_are_typed_added_and_taken_away(form, qtbot):
    field = form.field("hidden")
    assert field.edit.text() == "4, 2"
    type_into(qtbot, field, "8,8")
    qtbot.mouseClick(field.more, Qt.MouseButton.LeftButton)
    assert not field.more.isEnabled()
    for _ in range(2):
        qtbot.mouseClick(field.fewer, Qt.MouseButton.LeftButton)
    assert not field.fewer.isEnabled()
    assert [value for _, value, _ in form.sent] == [(8, 8), (8, 8, 8), (8, 8), (8,)]


def test_that_sizes_go_up_one_by_one_and_then_by_powers_of_two_and_their_halves():
    ladder = [1]
    while ladder[-1] < 512:
        ladder.append(next_size(ladder[-1], True))
    assert ladder == [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]
    assert [next_size(size, False) for size in ladder[1:]] == ladder[:-1]
    assert next_size(1, False) == 1 and (next_size(100, True), next_size(100, False)) == (128, 96)


def test_that_keys_arrows_and_wheel_change_the_layer_at_the_cursor(form, qtbot):
    field = form.field("hidden")
    field.edit.setFocus()
    field.edit.lineEdit().setCursorPosition(0)
    qtbot.keyClick(field.edit, Qt.Key.Key_Up)
    qtbot.keyClick(field.edit, Qt.Key.Key_Up)
    assert [value for _, value, _ in form.sent] == [(5, 2), (6, 2)] and field.edit.text() == "6, 2"
    assert field.edit.lineEdit().selectedText() == "6", "it is seen which one changes"
    field.edit.lineEdit().setCursorPosition(4)
    qtbot.keyClick(field.edit, Qt.Key.Key_Down)
    assert form.sent[-1][1] == (6, 1) and field.edit.lineEdit().selectedText() == "1"
    qtbot.keyClick(field.edit, Qt.Key.Key_Down)
    assert form.sent[-1][1] == (6, 1) and len(form.sent) == 3, "no layer without neurons"
    turn = QWheelEvent(
        QPointF(5, 5), field.edit.mapToGlobal(QPointF(5, 5)), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(field.edit, turn)
    assert form.sent[-1][1] == (6, 2)
    type_into(qtbot, field, "64, 2")
    field.edit.lineEdit().setCursorPosition(0)
    qtbot.keyClick(field.edit, Qt.Key.Key_Up)
    assert form.sent[-1][1] == (64, 2), "not beyond what a layer may have"


def test_that_what_is_typed_and_not_yet_handed_on_is_stepped_from(form, qtbot):
    field = form.field("hidden")
    field.edit.setFocus()
    field.edit.selectAll()
    qtbot.keyClicks(field.edit, "8, 16")
    qtbot.keyClick(field.edit, Qt.Key.Key_Up)
    assert [value for _, value, _ in form.sent] == [(8, 24)]
    field.edit.selectAll()
    qtbot.keyClicks(field.edit, "8, x")
    qtbot.keyClick(field.edit, Qt.Key.Key_Up)
    assert len(form.sent) == 1 and field.edit.text() == "8, x"


def test_that_the_field_of_sizes_says_how_large_they_may_be(form):
    assert "1~64" in form.field("hidden").toolTip() and "3개" in form.field("hidden").toolTip()


@pytest.mark.parametrize("typed", ["4; 2", "4, 65", "1,2,3,4", "4.5"])
def test_that_layers_that_cannot_be_are_refused_with_a_sentence(form, qtbot, typed):
    type_into(qtbot, form.field("hidden"), typed)
    assert form.sent == []
    assert form.field("hidden").edit.text() == "4, 2"
    assert "은닉층" in form.error("hidden")


def test_that_a_setting_without_a_meaning_is_hidden_until_it_has_one(form, qtbot):
    assert not form.field("momentum").isVisible()
    solver = form.field("solver")
    solver.setFocus()
    qtbot.keyClick(solver, Qt.Key.Key_Down)
    assert form.sent == [("solver", "momentum", "rewind")]
    assert form.field("momentum").isVisible()


def test_that_the_switch_is_clicked(form, qtbot):
    qtbot.keyClick(form.field("stops"), Qt.Key.Key_Space)
    assert form.sent == [("stops", False, "rewind")]


def test_that_the_start_state_is_folded_away_and_says_what_stands_for_nothing(form, qtbot):
    query = form.field("query")
    assert not query.isVisible()
    qtbot.mouseClick(form._start_state, Qt.MouseButton.LeftButton)
    assert query.isVisible() and query.edit.placeholderText() == "중앙값"
    type_into(qtbot, query, "1.5, -2")
    type_into(qtbot, query, "1")
    assert form.sent == [("query", (1.5, -2.0), "restart")]
    assert form.error("query")
    query.edit.clear()
    type_into(qtbot, query, " ")
    assert form.sent[-1] == ("query", None, "restart")


def test_that_values_in_force_are_shown_and_not_sent(form):
    form.show_values({"learning_rate": 0.2, "hidden": (3,), "solver": "momentum", "stops": False})
    assert form.field("learning_rate").text() == "0.2"
    assert form.field("hidden").edit.text() == "3"
    assert form.field("momentum").isVisible()
    form.show_values({})
    assert form.field("learning_rate").text() == "0.03"
    assert form.sent == []


def test_that_a_half_typed_number_survives_the_packets_of_a_running_experiment(form, qtbot):
    field = form.field("learning_rate")
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.0")
    form.show_values({"learning_rate": 0.03, "n_neighbors": 5})
    assert field.text() == "0.0"
    qtbot.keyClicks(field, "7\r")
    assert form.sent == [("learning_rate", 0.07, "live")]


def test_that_a_new_algorithm_replaces_the_form(form, qtbot):
    form.show_params(declared()[-3:-1], {"n_neighbors": 9})
    assert form.field("n_neighbors").text() == "9"
    with pytest.raises(KeyError):
        form.field("hidden")
    form.show_params((), {})
    assert form.sent == []


def test_that_the_language_changes_while_the_form_stands(form):
    language.set("en")
    assert form.field("learning_rate").accessibleName() == "Learning rate"
    assert [form.field("solver").itemText(i) for i in (0, 1)] == ["plain", "with momentum"]
    assert form.field("query").edit.placeholderText() == "the medians"
    assert "Applies from the start." in form.field("stops").toolTip()


@pytest.mark.parametrize("row", models.CATALOGUE, ids=lambda row: row.id)
def test_that_the_settings_of_every_algorithm_fit_the_narrow_column_and_are_valid(form, row):
    form.show_params(models.load(row.id).params(), {})
    for code in ("ko", "en"):
        language.set(code)
        assert form.minimumSizeHint().width() <= 260
        form.show_values({})
        for param in models.load(row.id).params():
            form.field(param.name).committed.emit(param.default)
            assert form.error(param.name) == ""
    assert form.sent == []


def test_that_a_passing_wheel_changes_nothing(form):
    for name in ("learning_rate", "solver"):
        field = form.field(name)
        QApplication.focusWidget() and QApplication.focusWidget().clearFocus()
        event = QWheelEvent(
            QPointF(5, 5), QPointF(field.mapToGlobal(QPoint(5, 5))), QPoint(0, 0), QPoint(0, 120),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(field, event)
        assert form.sent == []
    field = form.field("learning_rate")
    field.setFocus()
    QApplication.sendEvent(field, event)
    assert form.sent == [("learning_rate", 0.05, "live")]


# -- a choice for each layer -------------------------------------------------------------------------------------------


def shown_layers(field) -> list[str]:
    return [box.currentData() for box in field.layers if box.isVisible()]


def test_that_one_box_sets_all_layers_alike_and_a_button_unfolds_one_for_each(form, qtbot):
    field = form.field("bend")
    assert field.all.currentData() == "tanh" and shown_layers(field) == []
    field.all.setFocus()
    qtbot.keyClick(field.all, Qt.Key.Key_Down)
    assert form.sent == [("bend", "relu", "rewind")]
    qtbot.keyClick(field.each, Qt.Key.Key_Space)
    assert shown_layers(field) == ["relu", "relu"]
    field.layers[1].setFocus()
    qtbot.keyClick(field.layers[1], Qt.Key.Key_Up)
    assert form.sent[-1] == ("bend", ("relu", "tanh"), "rewind")
    assert field.all.currentIndex() == -1 and field.all.placeholderText() == "서로 다름"
    qtbot.keyClick(field.layers[0], Qt.Key.Key_Up)
    assert form.sent[-1] == ("bend", "tanh", "rewind") and field.all.currentData() == "tanh"


def test_that_the_boxes_follow_the_number_of_layers(form, qtbot):
    field = form.field("bend")
    form.show_values({"hidden": (4, 2), "bend": ("relu", "tanh")})
    assert shown_layers(field) == ["relu", "tanh"], "layers that differ are unfolded"
    type_into(qtbot, form.field("hidden"), "4, 2, 2")
    assert shown_layers(field) == ["relu", "tanh", "tanh"]
    type_into(qtbot, form.field("hidden"), "4")
    assert shown_layers(field) == [] and not field.each.isVisible() and field.all.currentData() == "relu"
    assert [name for name, _, _ in form.sent] == ["hidden", "hidden"], "a choice is not sent where none was made"
    form.show_values({})
    assert shown_layers(field) == ["tanh", "tanh"] and field.all.currentData() == "tanh"


def test_that_every_layers_box_can_be_heard_and_reached_without_a_mouse(form, qtbot):
    field = form.field("bend")
    form.show_values({"hidden": (4, 2, 2), "bend": ("relu", "tanh", "relu")})
    assert [box.accessibleName() for box in field.layers] == [f"활성화 함수: {k}번째 층" for k in (1, 2, 3)]
    assert field.all.accessibleName() == "활성화 함수: 모든 층" and field.each.toolTip()
    language.set("en")
    assert field.layers[2].accessibleName() == "Activation: layer 3" and field.each.text() == "Each"
    assert all(box.toolTip() for box in (field.all, *field.layers))
    field.all.setFocus()
    reached = []
    for _ in range(4):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.append(QApplication.focusWidget())
    assert reached == [field.each, *field.layers]


def test_that_a_wheel_passing_over_a_layers_box_changes_nothing(form):
    form.show_values({"bend": ("relu", "tanh")})
    box = form.field("bend").layers[0]
    event = QWheelEvent(
        QPointF(5, 5), QPointF(box.mapToGlobal(QPoint(5, 5))), QPoint(0, 0), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(box, event)
    assert form.sent == [] and box.currentData() == "relu"
