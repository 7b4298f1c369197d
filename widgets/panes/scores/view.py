"""The scores of the shown state: confusion matrices with their scores, errors of numbers, or clusters and sizes."""

from __future__ import annotations

import dataclasses

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from lab.protocol.packet import Packet
from lab.protocol.pane_records import ClassScores, Scoreboard
from models.core.moment import Pin
from models.words.numbers import number, share, whole
from models.words.text import Text
from widgets.kit.calm_controls import QuietLabel
from widgets.kit.language import bind, language
from widgets.panes.pane import Pane
from widgets.panes.scores.cell_grid import Cell, CellGrid, Heading, Sheet
from widgets.stages.plane.legend import CLUSTER

_TITLE = Text("Scores of the shown moment", "지금 보이는 단계의 점수")
_EMPTY = Text("There are no scores here yet.", "아직 점수가 없습니다.")
_NO_TEST = Text("No test data: these are points learned from.", "테스트 데이터가 없습니다. 학습에 쓴 점의 점수입니다.")
_TRAIN, _TEST = Text("training data", "훈련 데이터"), Text("test data", "테스트 데이터")
_CAPTION = Text("{data} · accuracy {value} ({right}/{n})", "{data} · 정확도 {value} ({right}/{n})")
_MATRIX = Text("Confusion matrix, {data}", "혼동 행렬, {data}")
_SCORES = Text("Scores of each class, {data}", "클래스별 점수, {data}")
_ACTUAL, _PREDICTED = Text("actual ↓", "실제 ↓"), Text("predicted →", "예측 →")
_HINT = Text(
    "Click a cell of the matrix: its points glow in the plane.",
    "행렬의 칸을 누르면 그 칸의 점들이 평면에서 빛납니다.",
)
_CELL = Text(
    "{data}: {actual} predicted as {predicted}: {n} of {total} points",
    "{data}: 실제 {actual:을/를} {predicted:으로/로} 예측한 점은 {total}개 중 {n}개입니다.",
)
_IS, _TAKEN = (
    Text("{n} points are {name}.", "실제 {name}인 점은 {n}개입니다."),
    Text("{n} points are predicted as {name}.", "{name:으로/로} 예측한 점은 {n}개입니다."),
)
_PRECISION, _RECALL, _F1 = Text("precision", "정밀도"), Text("recall", "재현율"), Text("F1", "F1 점수")
_PRECISION_HELP = Text("Of those predicted as a class, how many are it?", "그 클래스로 예측한 점 중 실제로 맞는 비율")
_RECALL_HELP = Text("Of those that are of a class, how many were found?", "실제 그 클래스인 점 중 찾아낸 비율")
_F1_HELP = Text(
    "The harmonic mean of precision and recall: high only where both are.",
    "정밀도와 재현율의 조화 평균: 둘 다 높아야 높습니다.",
)
_PRECISION_OF = Text(
    "Precision: of {n} points predicted as {name}, {right} are {name}: {value}",
    "정밀도: {name:으로/로} 예측한 점 {n}개 중 실제 {name}인 점은 {right}개이므로 {value}",
)
_RECALL_OF = Text(
    "Recall: of {n} points that are {name}, {right} are predicted as {name}: {value}",
    "재현율: 실제 {name}인 점 {n}개 중 {name:으로/로} 예측한 점은 {right}개이므로 {value}",
)
_F1_OF = Text(
    "F1 of {name}: {value}, the harmonic mean of precision {precision} and recall {recall}",
    "{name}의 F1 점수 {value}: 정밀도 {precision}, 재현율 {recall}의 조화 평균",
)
_NEVER_PREDICTED = Text(
    "No point is predicted as {name}, so there is no precision.", "{name:으로/로} 예측한 점이 없어 정밀도가 없습니다."
)
_NEVER_THERE = Text("No point is {name}, so there is no recall.", "실제 {name}인 점이 없어 재현율이 없습니다.")
_VALUES, _CLUSTERS = Text("Errors of the predictions", "예측의 오차"), Text("Quality of the clusters", "군집의 점수")
_UNIT = Text("MAE and RMSE have the units of {target}.", "MAE와 RMSE의 단위는 {target}의 단위와 같습니다.")
_SIZES, _SIZE, _SHARE = Text("Sizes of the clusters", "군집의 크기"), Text("points", "점"), Text("share", "비율")
_SIZE_OF = Text("{n} of {total} points are in {name}.", "점 {total}개 중 {n}개가 {name}에 있습니다.")
_EMPTY_CLUSTER = Text("No point is in {name}: it is empty.", "{name}에는 점이 하나도 없습니다.")
_SAMPLED = Text(
    "The silhouette compares {n:,} points, evenly taken.", "실루엣 계수는 고르게 뽑은 점 {n:,}개로 계산했습니다."
)
_VALUE_COLUMN = Text("value", "값")
_FIGURE_HELP = {
    "r2": Text(
        "R² is 1 when every prediction is right, and 0 when they are no better than always saying the mean.",
        "결정계수(R²)는 모두 맞히면 1, 늘 평균이라고 답하는 것과 같으면 0입니다.",
    ),
    "mae": Text(
        "The mean of how far predictions are from the target.", "예측값이 목표값에서 떨어진 거리의 평균입니다."
    ),
    "rmse": Text(
        "The root of the mean squared error: large errors count for more.",
        "오차를 제곱해 평균한 뒤 제곱근을 구한 값: 큰 오차를 더 크게 칩니다.",
    ),
    "inertia": Text(
        "The sum of squared distances of points to their nearest centroids: at its best it falls with every further "
        "cluster.",
        "점에서 가장 가까운 중심점까지 거리의 제곱을 모두 더한 값: 가장 잘 나누면 군집을 늘릴수록 작아집니다.",
    ),
    "silhouette": Text(
        "Near 1: points are much closer to their own cluster than to the next; about 0: between two; below: astray.",
        "1에 가까우면 점들이 옆 군집보다 자기 군집에 훨씬 가깝고, 0이면 두 군집 사이, 음수면 잘못 든 점이 많습니다.",
    ),
}
_SETS = {"train": _TRAIN, "test": _TEST}
_SHORT = {"train": Text("training", "훈련"), "test": Text("test", "테스트")}
_WIDE = 620  # pixels from which training and test stand side by side
_LEAST_SHADE = 0.14


class _ClassSection(QWidget):
    """The confusion matrix of one set of data, and under it precision, recall and F1 of each class."""

    def __init__(self, which: str) -> None:
        super().__init__()
        self.which, self.data = which, _SETS[which]
        self.caption, self.matrix, self.figures = QLabel(), CellGrid(is_tall=True), CellGrid()
        self.note = QuietLabel()
        self.caption.setWordWrap(True)
        bind(self.note, self.note.set_sentence, _NO_TEST)
        bind(self.matrix, self.matrix.setAccessibleName, _MATRIX, data=self.data)
        bind(self.figures, self.figures.setAccessibleName, _SCORES, data=self.data)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(4)
        for part in (self.caption, self.matrix, self.figures, self.note):
            column.addWidget(part)
        column.addStretch(1)

    def show_scores(self, board: Scoreboard, scores: ClassScores, pinned: tuple[int, int] | None) -> None:
        total = int(scores.counts.sum())
        words = language.say(
            _CAPTION, data=self.data, value=_share(scores.accuracy), right=int(np.trace(scores.counts)), n=total
        )
        self.caption.setText(words[:1].upper() + words[1:])
        self.matrix.show_sheet(_matrix_sheet(board, scores, self.data), pinned)
        self.figures.show_sheet(_score_sheet(board, scores))


class MatrixView(Pane):
    """The matrix pane. `pin_changed` carries a Pin: a click on a cell of a matrix picks its points out, or no more.

    A sentence at the foot says what is under the mouse or the keys; a click on any other figure keeps its sentence.
    """

    id = "matrix"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: tuple | None = None
        self._pin = Pin()
        self._kept: tuple[CellGrid, int, int] | None = None
        self.sections = {which: _ClassSection(which) for which in _SETS}
        self.caption, self.figures, self.unit = QLabel(), CellGrid(), QuietLabel()
        self.sizes_caption, self.sizes = QLabel(), CellGrid()
        self.sentence = QuietLabel()
        self._keep_room()
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        bind(self, self.setAccessibleName, _TITLE)
        bind(self.empty, self.empty.set_sentence, _EMPTY)
        bind(self.sizes_caption, self.sizes_caption.setText, _SIZES)
        bind(self.sizes, self.sizes.setAccessibleName, _SIZES)
        full = self._built()
        self._grids = [grid for part in self.sections.values() for grid in (part.matrix, part.figures)]
        self._grids += [self.figures, self.sizes]
        for grid in self._grids:
            grid.pointed.connect(self._say)
            grid.chosen.connect(self._on_cell_chosen)
        self.fill(full)

    def _built(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(8, 8, 8, 4)
        column.setSpacing(6)
        self._pair = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._pair.setSpacing(10)
        for section in self.sections.values():
            self._pair.addWidget(section, 1)
        column.addLayout(self._pair)
        for part in (self.caption, self.figures, self.unit, self.sizes_caption, self.sizes):
            column.addWidget(part)
        column.addStretch(1)
        self.scroll = QScrollArea()
        self.scroll.setWidget(content)
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        full = QWidget()
        rows = QVBoxLayout(full)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.scroll, 1)
        self.sentence.setContentsMargins(8, 4, 8, 4)
        rows.addWidget(self.sentence)
        return full

    def show_packet(self, packet: Packet) -> None:
        """Show the scores of this packet with the pinned cell ringed."""
        self._pin = packet.pin
        super().show_packet(packet)

    def set_scale(self, scale: float) -> None:
        """Letters so many times larger."""
        super().set_scale(scale)
        self._keep_room()

    def _keep_room(self) -> None:
        self.sentence.setMinimumHeight(3 * self.sentence.fontMetrics().height() + 2)

    # -- drawing ---------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        self._drawn = None
        self.refresh()

    def refresh(self) -> None:
        board: Scoreboard | None = self.record
        if self._drawn is not None and self._drawn[0] is board and self._drawn[1] == self._pin.cell:
            return
        self._drawn = (board, self._pin.cell)
        self.show_content(board is not None)
        if board is None:
            return
        for which, section in self.sections.items():
            scores = board.classes.get(which) if board.kind == "classes" else None
            section.setVisible(scores is not None)
            section.note.setVisible("test" not in board.classes)
            if scores is not None:
                cell = self._pin.cell
                section.show_scores(board, scores, cell[1:] if cell is not None and cell[0] == which else None)
        has_sizes = board.kind == "clusters" and board.sizes is not None
        self.caption.setVisible(board.kind != "classes")
        self.figures.setVisible(board.kind != "classes")
        for part in (self.sizes_caption, self.sizes):
            part.setVisible(has_sizes)
        self._show_figures(board)
        if has_sizes:
            self.sizes.show_sheet(_size_sheet(board.sizes))
        self._say()

    def _show_figures(self, board: Scoreboard) -> None:
        note = ""
        if board.kind == "values":
            note = language.say(_UNIT, target=board.names[0]) if board.names else ""
        elif board.kind == "clusters" and "silhouette_rows" in board.figures["train"]:
            note = language.say(_SAMPLED, n=int(board.figures["train"]["silhouette_rows"]))
        self.unit.set_sentence(note)
        self.unit.setVisible(bool(note))
        if board.kind != "classes":
            self.caption.setText(language.say(_VALUES if board.kind == "values" else _CLUSTERS))
            self.figures.setAccessibleName(self.caption.text())
            self.figures.show_sheet(_figure_sheet(board))

    @Slot()
    def _say(self, _place: object = None) -> None:
        """The sentence of what is pointed at; else of what was kept by a click; else of the pinned cell."""
        for grid in self._grids:
            if grid.isVisible() and grid.place is not None:
                said = grid.sheet.sentence(*grid.place)
                if said:
                    self.sentence.set_sentence(said)
                    return
        said, cell = "", self._pin.cell
        if self._kept is not None and self._kept[0].isVisible():
            said = self._kept[0].sheet.sentence(*self._kept[1:])
        elif cell is not None and cell[0] in self.sections:
            said = self.sections[cell[0]].matrix.sheet.sentence(*cell[1:])
        is_classes = self.record is not None and self.record.kind == "classes"
        self.sentence.set_sentence(said or (language.say(_HINT) if is_classes else ""))

    # -- the mouse and the keys ------------------------------------------------------------------------------------

    @Slot(int, int)
    def _on_cell_chosen(self, row: int, column: int) -> None:
        grid = self.sender()
        which = next((name for name, section in self.sections.items() if section.matrix is grid), None)
        if which is None:
            self._kept = None if self._kept == (grid, row, column) else (grid, row, column)
            self._say()
            return
        self._kept = None
        cell = (which, row, column)
        self._pin = dataclasses.replace(self._pin, cell=None if self._pin.cell == cell else cell)
        self.refresh()
        self.pin_changed.emit(self._pin)

    # -- Qt's own names --------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = event.size().width() >= _WIDE
        self._pair.setDirection(QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom)


def _share(value: float) -> str:
    return "–" if np.isnan(value) else share(value)


def _figure(value: float) -> str:
    return "–" if np.isnan(value) else number(value)


def _class_headings(board: Scoreboard, sentence: Text, counts: np.ndarray) -> tuple[Heading, ...]:
    return tuple(
        Heading(name, language.say(sentence, n=int(n), name=name), f"class:{number_}")
        for name, number_, n in zip(board.names, board.ids, counts, strict=True)
    )


def _matrix_sheet(board: Scoreboard, scores: ClassScores, data: Text) -> Sheet:
    """Counts, each shaded by its share of its row: right on the diagonal, wrong beside it."""
    counts, totals = scores.counts, scores.counts.sum(axis=1)
    cells = []
    for i, actual in enumerate(board.names):
        row = []
        for j, predicted in enumerate(board.names):
            n, total = int(counts[i, j]), int(totals[i])
            said = language.say(_CELL, data=data, actual=actual, predicted=predicted, n=n, total=total)
            depth = _LEAST_SHADE + (1.0 - _LEAST_SHADE) * n / total if n else 0.0
            shade = ("good" if i == j else "warning", depth) if n else None
            row.append(Cell(whole(n), said, shade, is_framed=i == j, is_quiet=n == 0 and i != j))
        cells.append(tuple(row))
    return Sheet(
        rows=_class_headings(board, _IS, totals),
        columns=_class_headings(board, _TAKEN, counts.sum(axis=0)),
        cells=tuple(cells),
        corner=(language.say(_PREDICTED), language.say(_ACTUAL)),
    )


def _score_sheet(board: Scoreboard, scores: ClassScores) -> Sheet:
    """Precision, recall and F1, a row for each class; every sentence has the counts in it."""
    right, there, taken = np.diag(scores.counts), scores.counts.sum(axis=1), scores.counts.sum(axis=0)
    cells = []
    for k, name in enumerate(board.names):
        precision, recall, f1 = (_share(float(s[k])) for s in (scores.precision, scores.recall, scores.f1))
        of = {"name": name, "right": int(right[k])}
        never, absent = language.say(_NEVER_PREDICTED, name=name), language.say(_NEVER_THERE, name=name)
        cells.append(
            (
                Cell(
                    precision,
                    language.say(_PRECISION_OF, n=int(taken[k]), value=precision, **of) if taken[k] else never,
                ),
                Cell(recall, language.say(_RECALL_OF, n=int(there[k]), value=recall, **of) if there[k] else absent),
                Cell(f1, language.say(_F1_OF, name=name, value=f1, precision=precision, recall=recall)),
            )
        )
    columns = ((_PRECISION, _PRECISION_HELP), (_RECALL, _RECALL_HELP), (_F1, _F1_HELP))
    return Sheet(
        rows=_class_headings(board, _IS, there),
        columns=tuple(Heading(language.say(name), language.say(help_)) for name, help_ in columns),
        cells=tuple(cells),
    )


def _figure_sheet(board: Scoreboard) -> Sheet:
    """R², MAE, RMSE for training and test; or what is known of the clusters."""
    sets = [which for which in _SETS if which in board.figures]
    names = [name for name in _FIGURE_HELP if name in board.labels]
    if board.kind == "clusters":
        names = [name for name in names if name in board.figures["train"]]
    helps = {name: language.say(_FIGURE_HELP[name]) for name in names}
    return Sheet(
        rows=tuple(Heading(language.say(board.labels[name]), helps[name]) for name in names),
        columns=tuple(
            Heading(language.say(_VALUE_COLUMN if board.kind == "clusters" else _SHORT[which])) for which in sets
        ),
        cells=tuple(
            tuple(Cell(_figure(board.figures[which].get(name, float("nan"))), helps[name]) for which in sets)
            for name in names
        ),
    )


def _size_sheet(sizes: np.ndarray) -> Sheet:
    """How many points each cluster has, with a bar in its colour."""
    total, most = max(int(sizes.sum()), 1), max(int(sizes.max()), 1)
    rows, cells = [], []
    for k, n in enumerate(map(int, sizes)):
        name = language.say(CLUSTER, k=k + 1)
        said = language.say(_SIZE_OF, n=n, total=total, name=name) if n else language.say(_EMPTY_CLUSTER, name=name)
        rows.append(Heading(name, said, f"cluster:{k}"))
        cells.append((Cell(whole(n), said, (f"cluster:{k}", n / most), is_bar=True), Cell(_share(n / total), said)))
    columns = (Heading(language.say(_SIZE)), Heading(language.say(_SHARE)))
    return Sheet(rows=tuple(rows), columns=columns, cells=tuple(cells))
