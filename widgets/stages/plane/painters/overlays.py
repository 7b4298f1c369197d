"""Painters of words and bars: notes stand at a place, bars in a corner of the plane."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsRectItem, QGraphicsSimpleTextItem

from lab.looks.view import is_plottable
from models.core.marks import Bars, Note
from models.words.numbers import by_spec
from models.words.text import Text
from widgets.kit.language import language
from widgets.kit.theme import theme
from widgets.stages.plane.painters.stage import WORDS, Stage, Tag, Tags, alpha_of


class NotePainter:
    def __init__(self, stage: Stage, layer: float) -> None:
        self._stage, self._tags = stage, Tags(stage)
        self._mark: Note | None = None

    def paint(self, mark: Note) -> None:
        self._mark = mark
        at = np.asarray(mark.at, dtype=np.float64).reshape(1, 2)
        if not is_plottable(at)[0]:
            self._tags.show(0)
            return
        said = language.say(mark.text, **mark.values)
        (tag,) = self._tags.show(1)
        px = 19.0 if mark.emphasis == "focus" else 16.0
        tag.put(float(at[0, 0]), float(at[0, 1]), said, role=mark.role, px=px, alpha=alpha_of(mark))
        if mark.stays_in_view:
            tag.setPos(*self._in_view(at[0], tag))
            self._stage.taken[mark.key] = self._stage.px_rect(tag)

    def _in_view(self, at: np.ndarray, tag: Tag) -> tuple[float, float]:
        """The place next to `at` where the whole tag is in view."""
        x0, x1, y0, y1 = self._stage.view()
        plate, gap = tag.path().boundingRect(), 8.0 * self._stage.scale
        room = self._stage.units_per_px() * (np.array([plate.width(), plate.height()]) / 2 + gap)
        room = np.minimum(room, [(x1 - x0) / 2, (y1 - y0) / 2])
        x, y = np.clip(at, np.array([x0, y0]) + room, np.array([x1, y1]) - room)
        return float(x), float(y)

    def rescale(self) -> None:
        if self._mark is not None and self._mark.stays_in_view:
            self.paint(self._mark)

    def remove(self) -> None:
        if self._mark is not None:
            self._stage.taken.pop(self._mark.key, None)
        self._tags.show(0)


_TRACK = 150.0  # the length of a whole bar

# The name of a bar, its ground, the bar itself, and its figure.
BarRow = tuple[QGraphicsSimpleTextItem, QGraphicsRectItem, QGraphicsRectItem, QGraphicsSimpleTextItem]


class BarsPainter:
    """A small plate in the lower right corner of the plane."""

    def __init__(self, stage: Stage, layer: float) -> None:
        self._stage = stage
        self._plate = QGraphicsPathItem(stage.box)
        self._plate.setZValue(WORDS + 10.0 + layer)
        self._title = QGraphicsSimpleTextItem(self._plate)
        self._rows: list[BarRow] = []
        self._said: tuple | None = None

    def paint(self, mark: Bars) -> None:
        names = tuple(language.say(label) if isinstance(label, Text) else str(label) for label in mark.labels)
        values = [float(v) for v in np.asarray(mark.values, dtype=np.float64)]
        figures = tuple(by_spec(value, mark.number_format) for value in values)
        said = (language.say(mark.title), names, figures, self._stage.scale, theme.name)
        if said != self._said:  # else only the lengths of the bars, while they glide
            self._said = said
            self._write(*said[:3])
        stage, s = self._stage, self._stage.scale
        for i, (_, ground, bar, _) in enumerate(self._rows):
            share = values[i] / mark.most if mark.most > 0 and np.isfinite(values[i]) else 0.0
            track = ground.rect()
            bar.setRect(QRectF(track.left(), track.top(), _TRACK * s * float(np.clip(share, 0.0, 1.0)), track.height()))
            bar.setBrush(stage.brush(mark.roles[i] if i < len(mark.roles) else mark.role))
            bar.setPen(stage.pen("outline", 0.8) if share > 0 else stage.no_pen())

    def _write(self, title: str, names: tuple[str, ...], figures: tuple[str, ...]) -> None:
        """All of the plate but the bars: its words, and the places that follow from their widths."""
        stage, s = self._stage, self._stage.scale
        self._fit(len(names))
        for item, text in ((self._title, title), *zip((row[0] for row in self._rows), names, strict=True),
                           *zip((row[3] for row in self._rows), figures, strict=True)):  # fmt: skip
            item.setFont(stage.font(15.0, bold=True))
            item.setBrush(stage.brush("ink"))
            item.setText(text)
        line, pad, track = 25.0 * s, 12.0 * s, _TRACK * s
        left = max((row[0].boundingRect().width() for row in self._rows), default=0.0) + 2 * pad
        right = max((row[3].boundingRect().width() for row in self._rows), default=0.0)
        width = max(left + track + right + 2 * pad, self._title.boundingRect().width() + 2 * pad)
        height = 2 * pad + line * (1 + len(self._rows)) - 0.2 * line
        self._title.setPos(pad, pad - 2.0 * s)
        for i, (name, ground, _, figure) in enumerate(self._rows):
            top = pad + line * (i + 1)
            name.setPos(pad, top - 2.0 * s)
            ground.setRect(QRectF(left, top, track, 15.0 * s))
            ground.setBrush(stage.brush("muted", 0.22))
            ground.setPen(stage.no_pen())
            figure.setPos(left + track + 0.6 * pad, top - 2.0 * s)
        path = QPainterPath()
        path.addRoundedRect(QRectF(0.0, 0.0, width, height), 8.0 * s, 8.0 * s)
        self._plate.setPath(path)
        self._plate.setPen(stage.pen("muted", 1.0, 0.5))
        self._plate.setBrush(stage.brush("surface", 0.92))
        self.rescale()

    def rescale(self) -> None:
        box, size, gap = self._stage.box, self._plate.path().boundingRect(), 10.0 * self._stage.scale
        self._plate.setPos(box.width() - size.width() - gap, box.height() - size.height() - gap)

    def remove(self) -> None:
        scene = self._plate.scene()
        if scene is not None:
            scene.removeItem(self._plate)

    def _fit(self, count: int) -> None:
        while len(self._rows) < count:
            self._rows.append((QGraphicsSimpleTextItem(self._plate), QGraphicsRectItem(self._plate),
                               QGraphicsRectItem(self._plate), QGraphicsSimpleTextItem(self._plate)))  # fmt: skip
        while len(self._rows) > count:
            for item in self._rows.pop():
                item.scene().removeItem(item)
