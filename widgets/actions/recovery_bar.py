"""The offer at a start after a crash: what was there, with a small picture of its data, its name and its time.

A bar above the plane, not a dialog: a lecture goes on beside it, and it can stand there until somebody has time.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QDateTime, QLocale, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

import models
from lab.data.datasets import TARGET_AXIS, Dataset
from models.words.text import Text
from widgets.kit.language import bind, language
from widgets.kit.shapes import class_path
from widgets.kit.tab_order import one_after_another
from widgets.kit.theme import bind_icon, marker_outline, theme

if TYPE_CHECKING:
    from lab.document.autosaves import Left
    from lab.document.project import Project

PICTURE_WIDTH, PICTURE_HEIGHT = 60, 36
_MOST_POINTS, _MARKER_PX = 400, 4.5

TITLE = Text("Unsaved work: {name}", "저장하지 않은 작업: {name}")
ABOUT = Text("{when} · {algorithm} · {count} points", "{when} · {algorithm} · 점 {count}개")
ABOUT_ONE = Text("{when} · {algorithm} · 1 point", "{when} · {algorithm} · 점 1개")
UNTITLED = Text("Untitled", "제목 없음")
SURE = Text("Discard this work for good?", "이 작업을 완전히 버릴까요?")
RESTORE, LATER, DISCARD = Text("Restore", "복구"), Text("Keep for later", "나중에"), Text("Discard …", "버리기 …")
RESTORE_TIP = Text(
    "Open it as it was, as an unsaved change of its file", "파일에는 저장하지 않은 채, 그때의 상태로 엽니다"
)
LATER_TIP = Text("Offer it again at the next start", "다음에 시작할 때 다시 알려 줍니다")
DISCARD_TIP = Text("Remove it from this computer", "이 컴퓨터에서 지웁니다")
DISCARD_NOW, BACK = Text("Discard", "버리기"), Text("Back", "돌아가기")
ANOTHER = Text("Another one", "다른 작업 보기")
PICTURE = Text("A picture of the data", "데이터의 그림")
OF = Text("{at}/{count}", "{at}/{count}")
# Qt's patterns for a day and a time of day.
_WHEN = Text("d MMMM yyyy, HH:mm", "yyyy년 M월 d일 AP h:mm")


def when(seconds: float) -> str:
    """A moment, in seconds since 1970, as a day and a time in the window's language and this computer's time zone."""
    locale = QLocale("ko_KR" if language.code == "ko" else "en_US")
    return locale.toString(QDateTime(datetime.fromtimestamp(seconds)), language.say(_WHEN))


class DataPicture(QWidget):
    """The points of a data set on the two columns of its plane, small."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: Dataset | None = None
        self._picture: QPixmap | None = None
        self.setFixedSize(PICTURE_WIDTH, PICTURE_HEIGHT)
        bind(self, self.setAccessibleName, PICTURE)
        theme.changed.connect(self.on_theme_changed)

    def show_data(self, data: Dataset) -> None:
        self._data, self._picture = data, None
        self.update()

    @Slot()
    def on_theme_changed(self) -> None:
        self._picture = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None:
            self._picture = _painted(self._data, self.devicePixelRatioF())
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()


def _painted(data: Dataset | None, ratio: float) -> QPixmap:
    picture = QPixmap(round(PICTURE_WIDTH * ratio), round(PICTURE_HEIGHT * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(theme.color("window"))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(theme.color("edge"))
    painter.drawRect(QRectF(0.5, 0.5, PICTURE_WIDTH - 1, PICTURE_HEIGHT - 1))
    if data is not None and data.n:
        _paint_points(painter, data)
    painter.end()
    return picture


def _paint_points(painter: QPainter, data: Dataset) -> None:
    rows = np.linspace(0, data.n - 1, min(data.n, _MOST_POINTS)).astype(int)
    columns = []
    for axis, room, is_up in zip(data.axes, (PICTURE_WIDTH, PICTURE_HEIGHT), (False, True), strict=True):
        values = data.targets if axis == TARGET_AXIS else data.features[:, axis]
        values = np.asarray(values, dtype=float)[rows]
        least, most = float(values.min()), float(values.max())
        # Halves first: the difference of two large numbers may be beyond all bounds.
        share = (values / 2 - least / 2) / (most / 2 - least / 2) if most > least else np.full(len(rows), 0.5)
        columns.append(6 + (room - 12) * (1 - share if is_up else share))
    classes = data.targets[rows] if data.has_classes else np.zeros(len(rows), dtype=int)
    pen = marker_outline(0.5)
    for x, y, number in zip(*columns, classes, strict=True):
        painter.save()
        painter.translate(QPointF(float(x), float(y)))
        painter.scale(_MARKER_PX, _MARKER_PX)
        painter.setPen(pen)
        painter.setBrush(theme.color(f"class:{int(number)}") if data.has_classes else theme.color("muted"))
        painter.drawPath(class_path(int(number)))
        painter.restore()


class ElidedLabel(QLabel):
    """One line that is cut where it does not fit, and then stands in the tip as a whole."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_sentence(self, sentence: str) -> None:
        self.sentence = sentence
        self.setAccessibleName(sentence)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self.sentence, Qt.TextElideMode.ElideRight, self.width())
        self.setText(shown)
        self.setToolTip("" if shown == self.sentence else self.sentence)


class RecoveryBar(QFrame):
    """Shows one of the things left, and what can be done with it.

    `restore_asked`, `later_asked`, `discard_asked` (once it was confirmed) and `another_asked` say what a person wants.
    """

    restore_asked = Signal()
    later_asked = Signal()
    discard_asked = Signal()
    another_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._left: Left | None = None
        self._project: Project | None = None
        self._place = (1, 1)
        self._is_away = self._is_asking = False
        self.picture, self.title, self.about = DataPicture(), ElidedLabel(), ElidedLabel()
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.restore_button, self.later_button, self.discard_button = QPushButton(), QPushButton(), QPushButton()
        self.another_button = QToolButton()
        self.another_button.setAutoRaise(True)
        self.another_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bind_icon(self, self.another_button.setIcon, "step-forward")
        for button, work in (
            (self.restore_button, self.on_first),
            (self.later_button, self.on_second),
            (self.discard_button, self.on_discard),
            (self.another_button, self.another_asked),
        ):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(work)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.about)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 3, 12, 3)
        row.setSpacing(10)
        row.addWidget(self.picture)
        row.addLayout(words, 1)
        for part in (self.another_button, self.restore_button, self.later_button, self.discard_button):
            row.addWidget(part)
        one_after_another((self.another_button, self.restore_button, self.later_button, self.discard_button))
        self.setAutoFillBackground(True)
        language.changed.connect(self.on_look_changed)
        theme.changed.connect(self.on_look_changed)
        self.on_look_changed()
        self.hide()

    def show_offer(self, left: Left, project: Project, at: int, count: int) -> None:
        """What is offered, the at-th of so many."""
        self._left, self._project, self._place, self._is_asking = left, project, (at, count), False
        self.picture.show_data(project.dataset)
        self._show()

    def end(self) -> None:
        """Nothing is offered any more."""
        self._left = self._project = None
        self._show()

    @Slot(bool)
    def put_away(self, is_away: bool) -> None:
        """Out of sight while a lecture is shown."""
        self._is_away = is_away
        self._show()

    @Slot()
    def on_first(self) -> None:
        (self.discard_asked if self._is_asking else self.restore_asked).emit()

    @Slot()
    def on_second(self) -> None:
        if self._is_asking:
            self._is_asking = False
            self._say()
        else:
            self.later_asked.emit()

    @Slot()
    def on_discard(self) -> None:
        self._is_asking = True
        self._say()
        if self.discard_button.hasFocus() or self.later_button.hasFocus():
            self.later_button.setFocus()  # the button that does no harm

    @Slot()
    def on_look_changed(self) -> None:
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.color("tooltip")))
        self.setPalette(palette)
        self._say()

    def _show(self) -> None:
        self._say()
        self.setVisible(self._left is not None and not self._is_away)

    def _say(self) -> None:
        left, project = self._left, self._project
        if left is None or project is None:
            return
        name = left.path.stem if left.path is not None else project.dataset.name or language.say(UNTITLED)
        title = language.say(SURE) if self._is_asking else language.say(TITLE, name=name)
        self.title.set_sentence(title)
        count = project.dataset.n
        algorithm = models.row(project.experiment.algorithm).title
        about = language.say(
            ABOUT_ONE if count == 1 else ABOUT, when=when(left.written), algorithm=algorithm, count=count
        )
        self.about.set_sentence(about)
        if left.path is not None:
            self.title.setToolTip(str(left.path))
        for button, words, tip in (
            (self.restore_button, DISCARD_NOW if self._is_asking else RESTORE, DISCARD_TIP if self._is_asking else RESTORE_TIP),
            (self.later_button, BACK if self._is_asking else LATER, None if self._is_asking else LATER_TIP),
            (self.discard_button, DISCARD, DISCARD_TIP),
        ):  # fmt: skip
            button.setText(language.say(words))
            button.setAccessibleName(language.say(words))
            button.setToolTip("" if tip is None else language.say(tip))
        self.discard_button.setVisible(not self._is_asking)
        self.another_button.setText(language.say(OF, at=self._place[0], count=self._place[1]))
        self.another_button.setAccessibleName(language.say(ANOTHER))
        self.another_button.setToolTip(language.say(ANOTHER))
        self.another_button.setVisible(self._place[1] > 1 and not self._is_asking)
