"""The status line: the device, the algorithm's own goal, and both accuracies, each by its name."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from lab.protocol.packet import Packet
from models.words.numbers import figure
from models.words.text import Text
from widgets.kit.calm_controls import StillLabel
from widgets.kit.language import bind, language

VALUE = Text("{name} {value}", "{name} {value}")
NO_TEST_DATA = Text("no test data", "테스트 데이터 없음")
SPLIT = Text("Split off 30 %", "30 % 떼어 두기")
SPLIT_TIP = Text(
    "Keep 30 % of the points as test data: a score on points never learned from",
    "점의 30 %를 테스트 데이터로 남겨, 학습하지 않은 점으로 점수를 매깁니다",
)
SHARES = ("accuracy", "test_accuracy")


class StatusLine(QFrame):
    """One quiet line at the foot of the window. `split_requested` when test data is asked for."""

    split_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._packet: Packet | None = None
        self._is_supervised = True
        self._roomy_for = -1  # the run whose figures the labels keep room for
        self.device, self.goal, self.training, self.test = (StillLabel() for _ in range(4))
        self.split = QToolButton()
        self.split.setObjectName("split")
        self.split.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        bind(self, self.split.setText, SPLIT)
        bind(self, self.split.setToolTip, SPLIT_TIP)
        bind(self, self.split.setAccessibleName, SPLIT_TIP)
        self.split.clicked.connect(self.split_requested)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 1, 16, 2)
        layout.setSpacing(22)
        for part in (self.device, self.goal, self.training, self.test, self.split):
            layout.addWidget(part)
        layout.addStretch(1)
        self.setFixedHeight(28)
        language.changed.connect(self.on_language_changed)
        self._say()

    def show_packet(self, packet: Packet | None, is_supervised: bool) -> None:
        """The figures of the shown frame; `is_supervised`: the algorithm learns from answers, so it has scores."""
        self._packet, self._is_supervised = packet, is_supervised
        self._say()

    @Slot()
    def on_language_changed(self) -> None:
        self._roomy_for = -1
        self._say()

    def _say(self) -> None:
        packet = self._packet
        metrics = packet.metrics if packet is not None else {}
        run = self._roomy_for if packet is None else packet.version
        keeps_room, self._roomy_for = run == self._roomy_for, run
        device = "" if packet is None else packet.device.upper().replace("CUDA", "GPU (CUDA)")
        goal = "" if packet is None or packet.goal in SHARES else self._words(packet.goal)
        training = self._words("accuracy") or self._words("r2")
        test = self._words("test_accuracy") or self._words("test_r2")
        is_missing = bool(training) and not test and self._is_supervised
        training = training if self._is_supervised else ""
        test = test if not is_missing else language.say(NO_TEST_DATA)
        labels = (self.device, self.goal, self.training, self.test)
        for label, words in zip(labels, (device, goal, training, test), strict=True):
            label.set_words(words, keeps_room)
        self.test.setVisible(self._is_supervised)
        self.split.setVisible(is_missing and bool(metrics))

    def _words(self, name: str) -> str:
        packet = self._packet
        if packet is None or name not in packet.metrics:
            return ""
        value = packet.metrics[name]
        label = packet.metric_labels.get(name, Text(name, name))
        return language.say(VALUE, name=label, value="–" if value != value else figure(name, value))
