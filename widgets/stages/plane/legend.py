"""The plane's legend and its caption: plates in the corners that say what each marker means."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QGraphicsSimpleTextItem

from models.words.numbers import number
from models.words.text import Said, Text
from widgets.kit.language import language
from widgets.kit.shapes import disc_path
from widgets.stages.plane.painters.data import VALUE_BINS, WRONG, DataLayer, Look
from widgets.stages.plane.painters.stage import WORDS, Stage

CLUSTER = Text("cluster {k}", "군집 {k}")
TEST = Text("test data (hollow)", "테스트 데이터(속이 빈 점)")
WRONG_POINT = Text("classified wrongly", "틀리게 분류한 점")
SAMPLE = Text(
    "{drawn:,} of {n:,} points are drawn, a fair sample; the computation uses all of them.",
    "점 {n:,}개 중 고르게 뽑은 {drawn:,}개를 그렸습니다. 계산에는 모두 씁니다.",
)
MOST_ROWS = 12


Spot = tuple[float, float]  # shares of the room that a plate leaves, across and down
UPPER_RIGHT, LOWER_LEFT = (1.0, 0.0), (0.0, 1.0)
SPOTS: tuple[Spot, ...] = (UPPER_RIGHT, (0.0, 0.0), (0.5, 0.0), LOWER_LEFT, (1.0, 0.5), (0.0, 0.5), (0.5, 1.0))
CAPTION_SPOTS: tuple[Spot, ...] = (LOWER_LEFT, (0.0, 0.0), (0.5, 0.0))
WORDS_COUNT = 1_000  # other words under a plate count as so many points
MOST_LOOKED_AT = 2_000  # of the points, when a place is chosen that covers few of them


class Legend:
    """Classes by shape and colour, clusters by number, what hollow and ringed mean: upper right or, where it would
    cover points there, elsewhere at the edge. Lower left: how many points are drawn when that is not all of them, and
    what else the plane shows in place of the whole."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._plate, self._caption = QGraphicsPathItem(stage.box), QGraphicsPathItem(stage.box)
        self._words = QGraphicsSimpleTextItem(self._caption)
        self._items: list[QGraphicsItem] = []
        self._told: tuple | None = None
        self._data: DataLayer | None = None
        self._row_px = 0.0  # height of a row that may yet come
        self._beside: list[QRectF] = []  # other words at the edges when the places were chosen
        self.spot, self.caption_spot = UPPER_RIGHT, LOWER_LEFT
        self.notes: tuple[Said, ...] = ()
        for plate in (self._plate, self._caption):
            plate.setZValue(WORDS + 20.0)

    def note(self, notes: tuple[Said, ...]) -> None:
        """What else the caption says, from the next `tell` on: a pinned neuron, a slice."""
        self.notes = notes

    def go_home(self) -> None:
        """To the usual corners, for other data."""
        self.spot, self.caption_spot = UPPER_RIGHT, LOWER_LEFT

    def tell(self, data: DataLayer) -> None:
        """Say what is on the plane now; cheap when nothing changed."""
        told = (
            data.cluster_count, data.hides_classes, data.keeps_shapes, data.has_test and data.shows_test, data.has_wrong, data.sampled,
            self.notes, language.code,
        )  # fmt: skip
        if self._told is None or self._told[0] is not data.dataset or self._told[1] != told:
            self._told = (data.dataset, told)
            self._lay_out(data, self._rows(data))
        elif self._beside != list(self._stage.taken.values()):
            self.place()

    def refresh(self, data: DataLayer) -> None:
        """Another theme, language or scale."""
        self._told = None
        self.tell(data)

    def place(self) -> None:
        """To the edges, where few points lie. The lower right belongs to bars."""
        taken = list(self._stage.taken.values())
        self.caption_spot = self._choose(self._caption, self.caption_spot, CAPTION_SPOTS, taken)
        if not self._caption.path().isEmpty():
            taken.append(self._rect(self._caption, self.caption_spot))
        self.spot = self._choose(self._plate, self.spot, SPOTS, taken)
        self._beside = [QRectF(rect) for rect in self._stage.taken.values()]
        self._plate.setPos(self._rect(self._plate, self.spot).topLeft())
        self._caption.setPos(self._rect(self._caption, self.caption_spot).topLeft())

    def _choose(self, plate: QGraphicsPathItem, spot: Spot, spots: tuple[Spot, ...], others: list[QRectF]) -> Spot:
        """Where a plate stands: it stays, unless points or other words lie under it and another spot covers less than
        half as many."""
        if self._data is None or plate.path().isEmpty():
            return spot
        xy = self._data.shown[:: max(1, len(self._data.shown) // MOST_LOOKED_AT)]
        x0, x1, y0, y1 = self._stage.view()
        px = (xy - [x0, y1]) / np.array([x1 - x0, y0 - y1]) * [self._stage.box.width(), self._stage.box.height()]
        reach = self._stage.marker_px / 2

        def covered(spot: Spot) -> int:
            rect = self._rect(plate, spot, self._row_px if plate is self._plate else 0.0)
            wide = rect.adjusted(-reach, -reach, reach, reach)
            inside = (px >= [wide.left(), wide.top()]) & (px <= [wide.right(), wide.bottom()])
            words = sum(rect.intersects(other) for other in others)
            return int(inside.all(axis=1).sum()) + WORDS_COUNT * words

        under = covered(spot)
        best = min(spots, key=covered) if under else spot
        return best if 2 * covered(best) < under else spot

    def _rect(self, plate: QGraphicsPathItem, spot: Spot, more: float = 0.0) -> QRectF:
        """What a plate covers at a spot, in pixels of the box; more: pixels of height that may yet come."""
        gap, box, rect = 10.0 * self._stage.scale, self._stage.box, plate.path().boundingRect()
        width, height = rect.width(), rect.height() + more
        left, top = box.width() - width - 2 * gap, box.height() - height - 2 * gap
        return QRectF(gap + spot[0] * left, gap + spot[1] * top, width, height)

    def _rows(self, data: DataLayer) -> list[tuple[Look | str, str]]:
        dataset = data.dataset
        if dataset is None or not dataset.n:
            return []
        rows: list[tuple[Look | str, str]] = []
        if data.hides_classes:
            rows += [(Look("cluster", k, False), language.say(CLUSTER, k=k + 1)) for k in range(data.cluster_count)]
            if data.keeps_shapes:
                rows += [(Look("plain", 0, False, int(k)), dataset.class_names[k]) for k in data.numbers]
        elif dataset.has_classes:
            for k in map(int, data.numbers):
                name = dataset.class_names[k] if k < len(dataset.class_names) else str(k)
                rows.append((Look("class", k, False), name))
        elif dataset.has_values and not dataset.shows_target:
            low, high = float(dataset.targets.min()), float(dataset.targets.max())
            rows.append((Look("value", VALUE_BINS - 1, False), f"{dataset.target_name} = {number(high)}"))
            rows.append((Look("value", 0, False), f"{dataset.target_name} = {number(low)}"))
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
        # Points are found wrong and right again as a run goes on: the plate keeps a place with room for their row.
        may_grow = not data.has_wrong and not data.cluster_count and len(data.numbers) > 0
        self._data, self._row_px = data, line if may_grow else 0.0
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
