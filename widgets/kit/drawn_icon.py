"""Icons drawn from SVG at the sizes that are asked for, when they are: most of a window's icons lie in menus."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QStyleOption

from widgets.kit.guard import kept_alive


class _Drawing(QIconEngine):
    """One drawing in two tints. Every picture of it is kept."""

    def __init__(self, drawing: str, normal: QColor, disabled: QColor) -> None:
        super().__init__()
        self._drawing, self._normal, self._disabled = drawing, normal, disabled
        self._pixmaps: dict[tuple[int, int, float, QIcon.Mode], QPixmap] = {}

    def clone(self) -> QIconEngine:
        return kept_alive(_Drawing(self._drawing, self._normal, self._disabled))

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        painter.drawPixmap(
            rect.topLeft(), self.scaledPixmap(rect.size(), mode, state, painter.device().devicePixelRatio())
        )

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, _state: QIcon.State, scale: float) -> QPixmap:
        """The drawing in a square in the middle of `size`, which is in the window's units; `scale` pixels to each."""
        key = (size.width(), size.height(), scale, mode)
        if key not in self._pixmaps:
            self._pixmaps[key] = self._drawn(size, mode, scale)
        return self._pixmaps[key]

    def _drawn(self, size: QSize, mode: QIcon.Mode, scale: float) -> QPixmap:
        tint = self._disabled if mode == QIcon.Mode.Disabled else self._normal
        pixmap = QPixmap(size * scale)
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        side = min(size.width(), size.height())
        painter = QPainter(pixmap)
        renderer = QSvgRenderer(QByteArray(self._drawing.replace("currentColor", tint.name()).encode()))
        renderer.render(painter, QRectF((size.width() - side) / 2, (size.height() - side) / 2, side, side))
        painter.end()
        if mode == QIcon.Mode.Selected:  # in a list, as the style shows every other icon there
            return QApplication.style().generatedIconPixmap(mode, pixmap, QStyleOption())
        return pixmap


def drawn_icon(drawing: str, normal: QColor, disabled: QColor) -> QIcon:
    """An icon of an SVG's text; its `currentColor` is the tint."""
    return QIcon(_Drawing(drawing, normal, disabled))
