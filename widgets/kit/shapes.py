"""Marker shapes: each class has one of its own, so that nobody needs colour to tell classes apart."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath, QTransform

from lab.looks.palette import CLASS_SHAPE_NAMES, shape_vertices
from models.words.text import Text

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
