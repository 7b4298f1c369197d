"""The plane's legend and its caption: plates in the corners that say what each marker means."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QGraphicsSimpleTextItem

from models.core.text import Said, Text
from widgets.language import language
from widgets.painters.data import VALUE_BINS, WRONG, DataLayer, Look
from widgets.painters.stage import WORDS, Stage
from widgets.shapes import disc_path

CLUSTER = Text("cluster {k}", "군집 {k}")
TEST = Text("test data (hollow)", "테스트 데이터(속이 빈 점)")
WRONG_POINT = Text("classified wrongly", "틀리게 분류한 점")
SAMPLE = Text(
    "{drawn:,} of {n:,} points are drawn, a fair sample; the computation uses all of them.",
    "점 {n:,}개 중 고르게 뽑은 {drawn:,}개를 그렸습니다. 계산에는 모두 씁니다.",
)
MOST_ROWS = 12


class Legend:
    """Upper right: classes by shape and colour, clusters by number, what hollow and ringed mean. Lower left: how
    many points are drawn when that is not all of them, and what else the plane shows in place of the whole."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._plate, self._caption = QGraphicsPathItem(stage.box), QGraphicsPathItem(stage.box)
        self._words = QGraphicsSimpleTextItem(self._caption)
        self._items: list[QGraphicsItem] = []
        self._told: tuple | None = None
        self.notes: tuple[Said, ...] = ()
        for plate in (self._plate, self._caption):
            plate.setZValue(WORDS + 20.0)

    def note(self, notes: tuple[Said, ...]) -> None:
        """What else the caption says, from the next `tell` on: a pinned neuron, a slice."""
        self.notes = notes

    def tell(self, data: DataLayer) -> None:
        """Say what is on the plane now; cheap when nothing changed."""
        rows = self._rows(data)
        told = (tuple(rows), data.sampled, tuple(note.say(language.code) for note in self.notes))
        if told != self._told:
            self._told = told
            self._lay_out(data, rows)

    def refresh(self, data: DataLayer) -> None:
        """Another theme, language or scale."""
        self._told = None
        self.tell(data)

    def place(self) -> None:
        """Into the corners."""
        gap, box = 10.0 * self._stage.scale, self._stage.box
        self._plate.setPos(box.width() - self._plate.path().boundingRect().width() - gap, gap)
        self._caption.setPos(gap, box.height() - self._caption.path().boundingRect().height() - gap)

    def _rows(self, data: DataLayer) -> list[tuple[Look | str, str]]:
        dataset = data.dataset
        if dataset is None or not dataset.n:
            return []
        rows: list[tuple[Look | str, str]] = []
        if data.cluster_count:
            rows += [(Look("cluster", k, False), language.say(CLUSTER, k=k + 1)) for k in range(data.cluster_count)]
        elif dataset.has_classes:
            for k in map(int, data.numbers):
                name = dataset.class_names[k] if k < len(dataset.class_names) else str(k)
                rows.append((Look("class", k, False), name))
        elif dataset.has_values and not dataset.shows_target:
            low, high = float(dataset.targets.min()), float(dataset.targets.max())
            rows.append((Look("value", VALUE_BINS - 1, False), f"{dataset.target_name} = {high:.4g}".replace("-", "−")))
            rows.append((Look("value", 0, False), f"{dataset.target_name} = {low:.4g}".replace("-", "−")))
        rows = rows[:MOST_ROWS]
        if data.has_test and data.shows_test:
            rows.append((Look("plain", 0, True), language.say(TEST)))
        if data.has_wrong:
            rows.append(("wrong", language.say(WRONG_POINT)))
        return rows

    def _lay_out(self, data: DataLayer, rows: list[tuple[Look | str, str]]) -> None:
        stage, s = self._stage, self._stage.scale
        for item in self._items:
            item.scene().removeItem(item)
        self._items = []
        line, pad, left, width = 26.0 * s, 10.0 * s, 38.0 * s, 0.0
        for i, (look, said) in enumerate(rows):
            middle = pad + line * (i + 0.5)
            if look == "wrong":
                marker = self._marker(disc_path(), WRONG * 0.8, stage.no_brush(), stage.pen("warning", 2.4))
            else:
                marker = self._dressed(data, look)
            marker.setPos(pad + 10.0 * s, middle)
            text = QGraphicsSimpleTextItem(said, self._plate)
            text.setFont(stage.font(16.0, bold=isinstance(look, Look) and look.kind == "class"))
            text.setBrush(stage.brush("ink"))
            text.setPos(left, middle - text.boundingRect().height() / 2)
            width = max(width, left + text.boundingRect().width() + pad)
            self._items += [marker, text]
        path = QPainterPath()
        if rows:
            path.addRoundedRect(QRectF(0.0, 0.0, width, 2 * pad + line * len(rows)), 8.0 * s, 8.0 * s)
        self._plate.setPath(path)
        self._plate.setPen(stage.pen("muted", 1.0, 0.5))
        self._plate.setBrush(stage.brush("surface", 0.88))
        self._lay_out_caption(data)
        self.place()

    def _dressed(self, data: DataLayer, look: Look) -> QGraphicsPathItem:
        path, size, brush, pen = data.dress(look)
        return self._marker(path, size, brush, pen)

    def _marker(self, path: QPainterPath, size: float, brush, pen) -> QGraphicsPathItem:
        item = QGraphicsPathItem(path, self._plate)
        item.setScale(self._stage.marker_px * size)
        item.setBrush(brush)
        item.setPen(pen)
        return item

    def _lay_out_caption(self, data: DataLayer) -> None:
        stage, s = self._stage, self._stage.scale
        path = QPainterPath()
        lines = [note.say(language.code) for note in self.notes]
        if data.sampled is not None:
            lines.append(language.say(SAMPLE, drawn=data.sampled[0], n=data.sampled[1]))
        said = "\n".join(lines)
        self._words.setText(said)
        self._words.setFont(stage.font(13.0))
        self._words.setBrush(stage.brush("ink"))
        self._words.setPos(8.0 * s, 4.0 * s)
        if said:
            rect = self._words.boundingRect()
            path.addRoundedRect(QRectF(0.0, 0.0, rect.width() + 16.0 * s, rect.height() + 8.0 * s), 6.0 * s, 6.0 * s)
        self._caption.setPath(path)
        self._caption.setPen(stage.no_pen())
        self._caption.setBrush(stage.brush("surface", 0.88))
