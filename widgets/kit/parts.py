"""The widgets that a widget holds, as far as Python may have objects for them."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QScrollArea,
    QWidget,
)

# Controls in which Qt has made widgets of its own.
_WHOLE = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QAbstractScrollArea)


def parts(widget: QWidget) -> Iterator[QWidget]:
    """A widget and what it holds, depth first, in the order in which it was made; not what Qt has made inside a control.

    For that PySide has no safe Python object: it never lets go of one for a part of a combo box, and the garbage
    collector takes those of a table's header for an island and frees what the table goes on using.
    """
    yield widget
    if isinstance(widget, QScrollArea):
        if widget.widget() is not None:
            yield from parts(widget.widget())
    elif not isinstance(widget, _WHOLE):
        for child in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            yield from parts(child)
