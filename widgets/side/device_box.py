"""The choice of the computing device: the ones that work, and the ones that do not with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QStandardItemModel
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from models.words.text import Text
from widgets.kit.calm_controls import CalmComboBox, QuietLabel
from widgets.kit.language import bind, language

if TYPE_CHECKING:
    from lab.protocol.device_rows import DeviceRow

_DEVICE = Text("Computing device", "연산 장치")
_TIP = Text("Where the arithmetic is done; a running experiment goes on there from its next iteration",
            "계산할 장치. 실행 중이면 다음 반복부터 그 장치에서 이어집니다")  # fmt: skip
_LOOKING = Text("Looking for accelerators…", "가속기를 찾는 중…")
_NOT_AVAILABLE = Text("{title} (not available)", "{title}(사용할 수 없음)")
_REASON = Text("{title}: {reason}", "{title}: {reason}")
_CPU = Text("CPU", "CPU")
_COPY, _COPIED = Text("Copy the command", "명령 복사"), Text("Copied", "복사했습니다")


class DeviceBox(QWidget):
    """A list of devices; `picked` carries the id that a person chose. Until the probe is done it holds the CPU."""

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[DeviceRow, ...] = ()
        self._id = "cpu"
        self.box, self.reasons = CalmComboBox(), QuietLabel()
        self.box.activated.connect(self._on_activated)
        bind(self.box, self.box.setAccessibleName, _DEVICE)
        bind(self.box, self.box.setToolTip, _TIP)
        self.setFocusProxy(self.box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.box)
        layout.addWidget(self.reasons)
        self.copy = QToolButton()
        self.copy.setAutoRaise(True)
        self.copy.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.copy.clicked.connect(self._on_copy_clicked)
        layout.addWidget(self.copy)
        language.changed.connect(self._refresh)
        self._refresh()

    @property
    def current(self) -> str:
        """The id of the device shown."""
        return self._id

    def show_devices(self, rows: Sequence[DeviceRow]) -> None:
        """What the probe found. Unavailable devices are listed, cannot be chosen, and say why."""
        self._rows = tuple(rows)
        self._refresh()

    def select(self, id: str) -> None:
        """Show this device, without `picked`. One that was not found is listed by its id, as not available."""
        if id != self._id:
            self._id = id
            self._refresh()

    @Slot()
    def _refresh(self) -> None:
        self.box.clear()
        reasons = []
        for row in self._rows:
            self._add(row.id, row.title, row.available)
            if not row.available and row.reason is not None:
                reasons.append(language.say(_REASON, title=row.title, reason=row.reason))
                if row.command:
                    reasons.append(row.command)
        if not self._rows:
            self._add("cpu", _CPU, True)
            reasons.append(language.say(_LOOKING))
        if self.box.findData(self._id) < 0:
            self._add(self._id, Text(self._id, self._id), False)
        self.box.setCurrentIndex(self.box.findData(self._id))
        self.reasons.set_sentence("\n".join(reasons))
        self.reasons.setVisible(bool(reasons))
        self.copy.setVisible(bool(self.command))
        self.copy.setText(language.say(_COPY))
        self.copy.setToolTip(self.command)
        self.copy.setAccessibleDescription(self.command)

    @property
    def command(self) -> str:
        """What to type for the first device that is missing, or ""."""
        return next((row.command for row in self._rows if not row.available and row.command), "")

    @Slot()
    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.command)
        self.copy.setText(language.say(_COPIED))

    def _add(self, id: str, title: Text, is_available: bool) -> None:
        self.box.addItem(language.say(title if is_available else _NOT_AVAILABLE, title=title), id)
        model = self.box.model()
        if not is_available and isinstance(model, QStandardItemModel):
            model.item(self.box.count() - 1).setEnabled(False)

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        id = self.box.itemData(index)
        if id != self._id:
            self._id = id
            self.picked.emit(id)
