"""A picture as the bytes of a file: what writes files writes bytes, and nothing of Qt writes files."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage, QPixmap


def png_bytes(picture: QImage | QPixmap) -> bytes:
    """The picture as a PNG file. Raises ValueError for one that is empty."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise ValueError("an empty picture has no PNG file")
    return bytes(buffer.data().data())
