"""Marker shapes: each class has one of its own, so that nobody needs colour to tell classes apart."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QTransform

from lab.looks.palette import CLASS_SHAPE_NAMES, shape_vertices
from models.words.text import Text
from widgets.kit.theme import theme

CLASS_SHAPES: tuple[Text, ...] = CLASS_SHAPE_NAMES


@cache
def class_path(number: int) -> QPainterPath:
    """The marker of a class (shapes repeat after seven), of the area of a circle one unit across; y points down."""
    path = QPainterPath()
    vertices = shape_vertices(number)
    if vertices is None:
        return disc_path()
    path.moveTo(*map(float, vertices[0]))
    for x, y in vertices[1:]:
        path.lineTo(float(x), float(y))
    path.closeSubpath()
    return path


@cache
def disc_path() -> QPainterPath:
    """A circle one unit across."""
    path = QPainterPath()
    path.addEllipse(QRectF(-0.5, -0.5, 1.0, 1.0))
    return path


@cache
def ringed_cross_path() -> QPainterPath:
    """A cross in a circle, one unit across: centroids and means."""
    path = QPainterPath(disc_path())
    arm = 0.27
    for dx, dy in ((arm, 0.0), (0.0, arm)):
        path.moveTo(-dx, -dy)
        path.lineTo(dx, dy)
    return path


@cache
def class_marker(number: int) -> tuple[QPainterPath, float]:
    """The marker shrunk into a box one unit across, which scatter items need, and the size that undoes it."""
    path = class_path(number)
    rect = path.boundingRect()
    size = 2.0 * max(-rect.left(), rect.right(), -rect.top(), rect.bottom())
    return QTransform.fromScale(1.0 / size, 1.0 / size).map(path), size


def marker_outline(width: float = 1.5) -> QPen:
    """The dark outline of every filled marker; cosmetic, so that its width is in pixels."""
    pen = QPen(QColor(theme.color("outline")), width)
    pen.setCosmetic(True)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def class_icon(number: int, size: int) -> QIcon:
    """The marker of a class in its colour, as an icon `size` pixels wide."""
    icon = QIcon()
    for ratio in (1.0, 2.0):
        pixmap = QPixmap(int(size * ratio), int(size * ratio))
        pixmap.fill(Qt.GlobalColor.transparent)
        pixmap.setDevicePixelRatio(ratio)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(QPointF(size / 2, size / 2))
        painter.scale(size * 0.66, size * 0.66)
        painter.setPen(marker_outline())
        painter.setBrush(theme.color(f"class:{number}"))
        painter.drawPath(class_path(number))
        painter.end()
        icon.addPixmap(pixmap)
    return icon
