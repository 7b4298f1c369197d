"""Sizes of layers in one line, to type or to step: "64, 32"."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractSpinBox

from models.core.params import Param
from widgets.kit.step_box import StepBox

_NO_BOUND = 1 << 20


def next_size(value: int, up: bool) -> int:
    """The neighbour of a layer's size `value` >= 1 among 1, 2 ... 8, 12, 16, 24, 32, 48, 64 ...: one by one while one
    more neuron says something, then by powers of two and the halves between them."""
    ladder = [*range(1, 8), *(rung << k for k in range(max(value, 8).bit_length()) for rung in (8, 12))]
    return min(rung for rung in ladder if rung > value) if up else max([r for r in ladder if r < value], default=1)


class SizesEdit(StepBox):
    """Whole numbers with commas between them. The arrows, the keys up and down and the wheel change the one at which
    the cursor stands; `stepped` carries all of them then."""

    stepped = Signal(object)

    def __init__(self, param: Param) -> None:
        super().__init__()
        self._least = int(param.minimum) if param.minimum is not None else 1
        self._most = int(param.maximum) if param.maximum is not None else _NO_BOUND
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def setText(self, text: str) -> None:
        self.lineEdit().setText(text)

    def select(self, index: int) -> None:
        """Select the number with this index."""
        parts = self.text().split(",")
        if index < len(parts):
            words = parts[index].strip()
            start = sum(len(part) + 1 for part in parts[:index]) + parts[index].index(words)
            self.lineEdit().setSelection(start, len(words))

    # -- Qt's own names ------------------------------------------------------------------------------------------

    def stepBy(self, steps: int) -> None:
        try:
            sizes = [int(part) for part in self.text().split(",")]
        except ValueError:  # not a list of whole numbers yet: the form says so when it is handed on
            return
        index = self.text()[: self.lineEdit().cursorPosition()].count(",")
        size = before = sizes[index]
        for _ in range(abs(steps)):
            size = max(self._least, min(self._most, next_size(max(size, 1), steps > 0)))
        if size != before:
            sizes[index] = size
            self.stepped.emit(tuple(sizes))
            self.select(index)

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
