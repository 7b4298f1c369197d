"""The gallery of built-in data sets as small pictures of their own points, and a tile that opens a file.

The pictures are drawn when the gallery has been seen, a few at a time: the window's first picture does not wait for
them, and drawing points stays smooth meanwhile.
"""

from __future__ import annotations

import time
from functools import cache, partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QToolButton, QWidget

from lab.data.generators import GENERATORS, generate
from models.words.text import Text
from widgets.kit.language import bind
from widgets.kit.theme import bind_icon, theme

_OPEN = Text("Open a file… (Ctrl+O)", "파일 열기… (Ctrl+O)")

_COLUMNS = 7
_TILE = 33
_PICTURE = 28
_MOST_DOTS = 110
_SLICE_S = 0.008  # of drawing at a time
_ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -_COLUMNS, Qt.Key.Key_Down: _COLUMNS}


@cache
def _dots(id: str) -> tuple[np.ndarray, np.ndarray, tuple[float, float, float, float]]:
    """Points and class numbers of a small picture, and the part of the plane it shows."""
    data = generate(id, n=min(GENERATORS[id].default_n, _MOST_DOTS))
    return data.plane, data.targets, data.view


def thumbnail(id: str) -> QIcon:
    """A data set in the theme's colours, small."""
    xy, classes, (x0, x1, y0, y1) = _dots(id)
    icon = QIcon()
    for ratio in (1.0, 2.0):
        pixmap = QPixmap(QSize(_PICTURE, _PICTURE) * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = 3.2 if len(xy) <= 8 else 1.25
        for (x, y), number in zip(xy, classes, strict=True):
            painter.setBrush(theme.color(f"class:{number}"))
            place = QPointF((x - x0) / (x1 - x0) * _PICTURE, (y1 - y) / (y1 - y0) * _PICTURE)
            painter.drawEllipse(place, radius, radius)
        painter.end()
        icon.addPixmap(pixmap)
    return icon


class Tile(QToolButton):
    """A picture to press: a frame of the accent colour stands round the chosen one, a thin one round the others."""

    def __init__(self) -> None:
        super().__init__()
        self.setIconSize(QSize(_PICTURE, _PICTURE))
        self.setMinimumSize(_TILE, _TILE)
        self.setMaximumHeight(_TILE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ARROWS:
            event.ignore()  # the gallery knows where its neighbours lie
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_lit = self.isChecked() or self.hasFocus() or self.underMouse()
        width = 2.0 if self.isChecked() else 1.0
        palette = self.palette()
        edge = palette.color(QPalette.ColorRole.Highlight if is_lit else QPalette.ColorRole.Mid)
        is_dotted = self.hasFocus() and not self.isChecked()
        painter.setPen(QPen(edge, width, Qt.PenStyle.DotLine if is_dotted else Qt.PenStyle.SolidLine))
        painter.setBrush(palette.base())
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        size = self.iconSize()
        left, top = (self.width() - size.width()) // 2, (self.height() - size.height()) // 2
        self.icon().paint(painter, left, top, size.width(), size.height())


class DatasetGallery(QWidget):
    """Tiles in a grid. `picked` carries the id of a data set; `open_requested` asks for a file."""

    picked = Signal(str)
    open_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles: dict[str, Tile] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(3)
        for place, entry in enumerate(GENERATORS.values()):
            tile = self.tiles[entry.id] = Tile()
            tile.setCheckable(True)
            bind(tile, tile.setToolTip, entry.title)
            bind(tile, tile.setAccessibleName, entry.title)
            tile.clicked.connect(partial(self._on_tile_clicked, entry.id))
            grid.addWidget(tile, *divmod(place, _COLUMNS))
        self.open_tile = Tile()
        self.open_tile.setIconSize(QSize(22, 22))
        bind_icon(self.open_tile, self.open_tile.setIcon, "open")
        bind(self.open_tile, self.open_tile.setToolTip, _OPEN)
        bind(self.open_tile, self.open_tile.setAccessibleName, _OPEN)
        grid.addWidget(self.open_tile, *divmod(len(GENERATORS), _COLUMNS))
        self.open_tile.clicked.connect(self.open_requested)
        self._undrawn = list(self.tiles)
        self._drawing = QTimer(self, singleShot=True, interval=0)
        self._drawing.timeout.connect(self.on_drawing_due)
        theme.changed.connect(self.on_theme_changed)

    def mark(self, id: str) -> None:
        """Frame the tile of this data set, or none for an id that is not in the gallery."""
        for name, tile in self.tiles.items():
            tile.setChecked(name == id)

    @Slot()
    def on_theme_changed(self) -> None:
        self._undrawn = list(self.tiles)
        self._drawing.start()

    @Slot()
    def on_drawing_due(self) -> None:
        """A few more pictures; the rest after whatever else is waiting."""
        until = time.monotonic() + _SLICE_S
        while self._undrawn and time.monotonic() < until:
            id = self._undrawn.pop(0)
            self.tiles[id].setIcon(thumbnail(id))
        if self._undrawn:
            self._drawing.start()

    def _on_tile_clicked(self, id: str) -> None:
        self.mark(id)
        self.picked.emit(id)

    # -- Qt's own names --------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._undrawn and not self._drawing.isActive():
            self._drawing.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from tile to tile as they lie; nothing is picked by going."""
        tiles = [*self.tiles.values(), self.open_tile]
        here = next((place for place, tile in enumerate(tiles) if tile.hasFocus()), None)
        if here is None or event.key() not in _ARROWS:
            super().keyPressEvent(event)
        elif 0 <= here + _ARROWS[event.key()] < len(tiles):
            tiles[here + _ARROWS[event.key()]].setFocus(Qt.FocusReason.TabFocusReason)
