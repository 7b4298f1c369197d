"""The matrix pane: what it counts can be read, pointed at, and picked out with the mouse and with the keys."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from lab.composing.panes_of.scores import CLUSTER_LABELS, VALUE_LABELS, class_scores
from lab.protocol.packet import Packet
from lab.protocol.pane_records import Scoreboard
from models.core.learner import Pin
from widgets.kit.language import language
from widgets.kit.theme import theme
from widgets.panes.scores.view import MatrixView

ACTUAL = np.array([0] * 10 + [1] * 8 + [2] * 6)
TAKEN = np.array([0] * 6 + [1] * 4 + [1] * 8 + [0] * 6)
CLASSES = Scoreboard(
    "classes",
    ("A", "B", "C"),
    (0, 1, 4),
    {"train": class_scores(ACTUAL, TAKEN, 3), "test": class_scores(ACTUAL[8:12], TAKEN[8:12], 3)},
)
VALUES = Scoreboard(
    "values",
    ("salary",),
    figures={"train": {"r2": 0.91234, "mae": 1234.5, "rmse": 15234.5}, "test": {"mae": 2.5, "rmse": 3.5}},
    labels=VALUE_LABELS,
)
CLUSTERS = Scoreboard(
    "clusters",
    figures={"train": {"inertia": 87.234, "silhouette": -0.25}},
    labels=CLUSTER_LABELS,
    sizes=np.array([30, 0, 10]),
)


def packet(scores=CLASSES, pin=None, **changes) -> Packet:
    return Packet(
        1,
        "past",
        **{
            "beside": {} if scores is None else {"matrix": scores},
            "pin": pin or Pin(),
            "abilities": frozenset({"matrix"}),
            **changes,
        },
    )


@pytest.fixture
def view(qtbot):
    view = MatrixView()
    view.resize(288, 560)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitExposed(view)
    return view


def words(grid) -> list[list[str]]:
    return [[cell.words for cell in row] for row in grid.sheet.cells]


def middle(grid, row: int, column: int) -> QPoint:
    return grid.cell_rect(row, column).center().toPoint()


def hover(grid, at: QPoint) -> None:
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(at), QPointF(grid.mapToGlobal(at)), Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(grid, event)


def test_that_without_scores_it_says_so(view):
    view.show_packet(packet(None))
    assert view.is_empty and view.empty.isVisible() and "점수" in view.empty.sentence
    view.show_packet(packet())
    assert not view.is_empty


def test_that_both_matrices_are_shown_with_their_accuracy_and_the_scores_of_each_class(view):
    view.show_packet(packet())
    train, test = view.sections["train"], view.sections["test"]
    assert words(train.matrix) == [["6", "4", "0"], ["0", "8", "0"], ["6", "0", "0"]]
    assert words(test.matrix) == [["0", "2", "0"], ["0", "2", "0"], ["0", "0", "0"]]
    assert words(train.figures) == [["0.500", "0.600", "0.545"], ["0.667", "1.000", "0.800"], ["–", "0.000", "0.000"]]
    assert "훈련 데이터" in train.caption.text() and "0.583" in train.caption.text() and "14/24" in train.caption.text()
    assert "테스트 데이터" in test.caption.text() and "0.500" in test.caption.text()
    assert [heading.role for heading in train.matrix.sheet.rows] == ["class:0", "class:1", "class:4"]


def test_that_without_test_data_it_says_that_the_points_were_learned_from(view):
    view.show_packet(packet(dataclasses.replace(CLASSES, classes={"train": CLASSES.classes["train"]})))
    assert not view.sections["test"].isVisible() and view.sections["train"].note.isVisible()
    view.show_packet(packet())
    assert view.sections["test"].isVisible() and not view.sections["train"].note.isVisible()


@pytest.mark.parametrize(
    ("row", "column", "ko", "en"),
    [
        (0, 1, "실제 A를 B로 예측한 점은 10개 중 4개", "A predicted as B: 4 of 10 points"),
        (1, 1, "실제 B를 B로 예측한 점은 8개 중 8개", "B predicted as B: 8 of 8 points"),
    ],
)
def test_that_hovering_a_cell_says_it_in_a_sentence(view, row, column, ko, en):
    view.show_packet(packet())
    grid = view.sections["train"].matrix
    hover(grid, middle(grid, row, column))
    assert ko in view.sentence.sentence and ko in grid.toolTip()
    language.set("en")
    assert en in view.sentence.sentence
    QApplication.sendEvent(grid, QEvent(QEvent.Type.Leave))
    assert "glow" in view.sentence.sentence


def test_that_hovering_a_score_explains_it_with_its_counts(view):
    view.show_packet(packet())
    language.set("en")
    grid = view.sections["train"].figures
    hover(grid, middle(grid, 0, 0))
    assert view.sentence.sentence == "Precision: of 12 points predicted as A, 6 are A: 0.500"
    hover(grid, middle(grid, 2, 0))
    assert "No point is predicted as C" in view.sentence.sentence
    hover(grid, QPoint(middle(grid, 0, 1).x(), 3))
    assert "how many were found" in view.sentence.sentence


def test_that_a_click_on_a_cell_picks_it_out_and_a_second_one_lets_it_go(view, qtbot):
    view.show_packet(packet(pin=Pin(row=5)))
    grid = view.sections["train"].matrix
    with qtbot.waitSignal(view.pin_changed, timeout=500) as asked:
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=middle(grid, 2, 0))
    assert asked.args == [Pin(row=5, cell=("train", 2, 0))]
    QApplication.sendEvent(grid, QEvent(QEvent.Type.Leave))
    assert "실제 C를 A로" in view.sentence.sentence
    view.show_packet(packet(pin=asked.args[0]))
    with qtbot.waitSignal(view.pin_changed, timeout=500) as asked:
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=middle(grid, 2, 0))
    assert asked.args == [Pin(row=5)]


def test_that_a_cell_of_the_test_matrix_is_told_from_one_of_training(view, qtbot):
    view.show_packet(packet(pin=Pin(cell=("train", 0, 1))))
    grid = view.sections["test"].matrix
    view.scroll.ensureWidgetVisible(grid)
    with qtbot.waitSignal(view.pin_changed, timeout=500) as asked:
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=middle(grid, 0, 1))
    assert asked.args == [Pin(cell=("test", 0, 1))]


def test_that_the_keys_go_through_the_cells_and_enter_picks_one_out(view, qtbot):
    view.show_packet(packet())
    grid = view.sections["train"].matrix
    grid.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(grid.hasFocus)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Up):
        qtbot.keyClick(grid, key)
    assert "실제 A를 B로" in view.sentence.sentence and "실제 A를 B로" in grid.accessibleDescription()
    with qtbot.waitSignal(view.pin_changed, timeout=500) as asked:
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert asked.args == [Pin(cell=("train", 0, 1))]


def test_that_a_click_on_a_score_keeps_its_sentence_and_follows_its_value(view, qtbot):
    view.show_packet(packet())
    grid = view.sections["train"].figures
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=middle(grid, 0, 0))
    QApplication.sendEvent(grid, QEvent(QEvent.Type.Leave))
    view.setFocus()
    assert "정밀도" in view.sentence.sentence and "0.500" in view.sentence.sentence
    better = dataclasses.replace(CLASSES, classes={"train": class_scores(ACTUAL, ACTUAL, 3)})
    view.show_packet(packet(better))
    assert "1.000" in view.sentence.sentence


def test_that_errors_of_numbers_stand_beside_each_other_with_their_unit(view):
    view.show_packet(packet(VALUES))
    assert words(view.figures) == [["0.9123", "–"], ["1,234", "2.5"], ["15,234", "3.5"]]
    assert "salary" in view.unit.sentence and not view.sections["train"].isVisible() and not view.sizes.isVisible()
    hover(view.figures, middle(view.figures, 0, 0))
    assert "결정계수" in view.sentence.sentence


def test_that_clusters_have_their_figures_and_their_sizes_in_their_colours(view):
    view.show_packet(packet(CLUSTERS))
    assert words(view.figures) == [["87.23"], ["−0.25"]]
    assert words(view.sizes) == [["30", "0.750"], ["0", "0.000"], ["10", "0.250"]]
    assert [row[0].shade for row in view.sizes.sheet.cells][0] == ("cluster:0", 1.0)
    assert view.sizes.sheet.rows[1].words == "군집 2" and not view.unit.isVisible()
    hover(view.sizes, middle(view.sizes, 1, 0))
    assert "군집 2에는 점이 하나도 없습니다" in view.sentence.sentence
    sampled = {**CLUSTERS.figures["train"], "silhouette_rows": 2000.0}
    view.show_packet(packet(dataclasses.replace(CLUSTERS, figures={"train": sampled})))
    assert "2,000" in view.unit.sentence and view.unit.isVisible()


def test_that_seven_classes_fit_a_narrow_pane_and_more_can_be_scrolled_to(view, qtbot):
    for count in (7, 10):
        board = Scoreboard(
            "classes",
            tuple("ABCDEFG") if count == 7 else tuple(f"number {k}" for k in range(count)),
            tuple(range(count)),
            {"train": class_scores(np.arange(count).repeat(50), np.zeros(50 * count, dtype=int), count)},
        )
        view.show_packet(packet(board))
        grid, bar = view.sections["train"].matrix, view.scroll.horizontalScrollBar()
        qtbot.waitUntil(lambda bar=bar, count=count: (bar.maximum() == 0) == (count == 7), timeout=1000)
        right = grid.mapTo(view.scroll.widget(), grid.cell_rect(0, count - 1).bottomRight().toPoint()).x()
        assert right <= view.scroll.viewport().width() + bar.maximum()
        assert grid.cell_rect(0, 0).width() >= grid.fontMetrics().horizontalAdvance("50")


def test_that_nothing_is_laid_out_while_hidden_and_the_rest_follows(view):
    view.show_packet(packet())
    view.hide()
    view.show_packet(packet(VALUES))
    assert not view.figures.sheet.rows
    view.show()
    assert len(view.figures.sheet.rows) == 3


def test_that_right_and_wrong_are_told_apart_in_both_themes(view, qtbot):
    view.show_packet(packet())
    grid = view.sections["train"].matrix
    qtbot.waitUntil(lambda: grid.height() >= grid.sizeHint().height())
    for name in ("light", "dark"):
        theme.set(name)
        picture = grid.grab().toImage()
        inside = [grid.cell_rect(*at).topLeft().toPoint() + QPoint(8, 6) for at in ((1, 1), (2, 0), (1, 2))]
        assert len({picture.pixelColor(at).name() for at in inside}) == 3
