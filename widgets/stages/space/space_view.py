"""Three columns in space, to be turned by hand: the plane that PCA fits to them, and the shadows that fall on it."""

from __future__ import annotations

import math
from collections.abc import Generator

import numpy as np
from PySide6.QtCore import QEasingCurve, QEvent, QPointF, QRectF, QSize, Qt, QVariantAnimation, Signal, Slot
from PySide6.QtGui import QHideEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lab.protocol.packet import Packet
from lab.protocol.pane_records import SpacePicture
from models.words.text import Text
from widgets.kit.keyboard import latin_letter
from widgets.kit.language import bind, language
from widgets.kit.theme import is_still, theme
from widgets.stages.space.camera import ALONG, HOME, Camera, Space, facing
from widgets.stages.space.painter import SpacePainter, share_rows
from widgets.stages.stage import BAND_PX, StageView

MOST_POINTS = 2_500  # drawn; of more, an even choice
FALL_MS, TURN_MS = 600, 350
DEGREES_PER_PX, DEGREES_PER_KEY = 0.45, 5.0

_NAME = Text("Three columns in space", "공간에 놓인 세 열")
_TIP = Text(
    "Drag: turn · arrow keys: turn · double-click: back to the first view",
    "끌기: 돌리기 · 화살표 키: 돌리기 · 두 번 누르기: 처음 방향으로",
)
_DROP = Text("Without {name}", "{name} 빼고 보기")
_DROP_TIP = Text(
    "Look straight along {name}: the shadow without it (key {letter})",
    "{name:을/를} 따라 똑바로 보기: 이 열을 뺀 그림자 (키 {letter})",
)
_PLANE, _PLANE_TIP = (
    Text("PCA plane", "PCA 평면"),
    Text("Look straight at the fitted plane (key P)", "찾은 평면을 똑바로 보기 (키 P)"),
)
_HOME, _HOME_TIP = (
    Text("First view", "처음 방향"),
    Text("Back to the first view (Home)", "처음 방향으로 돌아가기 (Home)"),
)
_SHARE = Text("{name}: {share:.1%}", "{name}: {share:.1%}")
_LETTERS = "XYZ"


def _paint(
    painter: QPainter, rect: QRectF, ratio: float, space: Space | None, camera: Camera, fall: float, glow: np.ndarray
) -> None:
    if space is None:
        painter.fillRect(rect, theme.color("surface"))
    else:
        SpacePainter(painter, rect, space, camera, fall, glow, ratio).paint()


class SpaceView(StageView):
    """Draws a SpacePicture; `turned` is sent whenever the view has another direction."""

    turned = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._space: Space | None = None
        self._shown: tuple | None = None  # (version, frame, whether there were shadows) of the last packet
        self._glow = np.zeros(0, dtype=np.int64)
        self._camera = self._from = self._to = HOME
        self._fall = 1.0
        self._dragged_from: QPointF | None = None
        # Tab reaches the view and then arrows turn it; a click leaves the lab's keys as they are.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setMinimumSize(260, 220)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.drop_buttons = [QPushButton() for _ in range(3)]
        self.plane_button, self.home_button = QPushButton(), QPushButton()
        self._lay_out()
        bind(self, self.setAccessibleName, _NAME)
        bind(self, self.setToolTip, _TIP)
        self._falling = self._animation(FALL_MS, QEasingCurve.Type.InOutQuad, self.on_fall_moved)
        self._turning = self._animation(TURN_MS, QEasingCurve.Type.InOutCubic, self.on_turn_moved)
        language.changed.connect(self.on_language_changed)
        theme.changed.connect(self.update)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (*self.drop_buttons, self.plane_button, self.home_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setCursor(Qt.CursorShape.ArrowCursor)
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addStretch(1)
        column.addLayout(row)
        for button, text, tip in ((self.plane_button, _PLANE, _PLANE_TIP), (self.home_button, _HOME, _HOME_TIP)):
            bind(button, button.setText, text)
            bind(button, button.setToolTip, tip)
            bind(button, button.setAccessibleName, tip)
        for j, button in enumerate(self.drop_buttons):
            button.clicked.connect([self.look_along_first, self.look_along_second, self.look_along_third][j])
        self.plane_button.clicked.connect(self.look_at_plane)
        self.home_button.clicked.connect(self.reset_view)
        self._name_buttons()

    def _animation(self, duration_ms: int, curve: QEasingCurve.Type, slot) -> QVariantAnimation:
        animation = QVariantAnimation(self)
        animation.setStartValue(0.0)
        animation.setEndValue(1.0)
        animation.setDuration(duration_ms)
        animation.setEasingCurve(curve)
        animation.valueChanged.connect(slot)
        return animation

    # -- what is shown -------------------------------------------------------------------------------------------------

    def show_packet(self, packet: Packet) -> None:
        """Show this packet's space, if it has one. Points fall when they are projected in going forward."""
        picture: SpacePicture | None = packet.on_stage if packet.stage == "space" else None
        before, has_shadows = self._shown, picture is not None and picture.shadows is not None
        self._shown = (packet.version, packet.frame, has_shadows)
        names = self._space.picture.names if self._space is not None else None
        self._space = None if picture is None else Space(picture, packet.scaling == "standard", MOST_POINTS)
        self._glow = packet.picture.glow
        self.plane_button.setEnabled(self._space is not None and self._space.normal is not None)
        if picture is not None and picture.names != names:
            self._name_buttons()
        is_forward = before is not None and before[0] == packet.version and before[1] < packet.frame
        if has_shadows and is_forward and not before[2]:
            self._let_fall()
        elif not (has_shadows and before is not None and before[2]):
            self._falling.stop()
            self._fall = 1.0
        self.update()

    @property
    def picture(self) -> SpacePicture | None:
        """What is shown."""
        return self._space.picture if self._space is not None else None

    @property
    def camera(self) -> Camera:
        return self._camera

    @property
    def fall(self) -> float:
        """How far the shadows have fallen, 0 to 1."""
        return self._fall

    @property
    def sentence(self) -> str:
        """What the view says in numbers: the variance that this direction and that the fitted plane keep."""
        if self._space is None:
            return ""
        rows = share_rows(self._space, self._camera)
        return " · ".join(language.say(_SHARE, name=name, share=share) for name, share, _ in rows)

    def painting(self, width: int = 0) -> Generator[None, None, QImage]:
        """The view as a picture `width` pixels wide (0: twice its size on the screen), in its own shape and
        proportions, without its buttons."""
        own = QRectF(0.0, 0.0, max(1, self.width()), max(1, self.height()))
        ratio = (width or 2 * own.width()) / own.width()
        image = QImage(
            QSize(round(own.width() * ratio), max(1, round(own.height() * ratio))), QImage.Format.Format_RGB32
        )
        shown = (self._space, self._camera, self._fall, self._glow)
        for top in range(0, image.height(), BAND_PX):
            painter = QPainter(image)
            painter.setClipRect(0, top, image.width(), BAND_PX)
            painter.scale(ratio, ratio)
            _paint(painter, own, ratio, *shown)
            painter.end()
            yield
        return image

    def _name_buttons(self) -> None:
        names = self._space.picture.names if self._space is not None else tuple("xyz")
        for button, name, letter in zip(self.drop_buttons, names, _LETTERS, strict=True):
            button.setText(
                language.say(_DROP, name=button.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 90))
            )
            button.setToolTip(language.say(_DROP_TIP, name=name, letter=letter))
            button.setAccessibleName(button.toolTip())

    # -- turning -------------------------------------------------------------------------------------------------------

    def look(self, camera: Camera) -> None:
        """Turn to this camera: on a short way that can be followed, or at once where motion is unwelcome."""
        self._turning.stop()
        self._from, self._to = self._camera, camera
        if is_still() or not self.isVisible():
            self._put(camera)
        else:
            self._turning.start()

    def look_along(self, column: int) -> None:
        """Straight along a column (0, 1 or 2): what is left when it is left out."""
        self.look(ALONG[column])

    @Slot()
    def look_along_first(self) -> None:
        self.look_along(0)

    @Slot()
    def look_along_second(self) -> None:
        self.look_along(1)

    @Slot()
    def look_along_third(self) -> None:
        self.look_along(2)

    @Slot()
    def look_at_plane(self) -> None:
        """Straight at the fitted plane, if there is one."""
        normal = self._space.normal if self._space is not None else None
        if normal is not None:
            self.look(facing(normal))

    @Slot()
    def reset_view(self) -> None:
        self.look(HOME)

    def turn(self, azimuth: float, elevation: float) -> None:
        """Turn by degrees."""
        self._turning.stop()
        self._put(self._camera.turned(azimuth, elevation))

    def _put(self, camera: Camera) -> None:
        self._camera = camera
        self.setAccessibleDescription(self.sentence)
        self.update()
        self.turned.emit()

    def _let_fall(self) -> None:
        if is_still() or not self.isVisible():
            self._fall = 1.0
            return
        self._fall = 0.0
        self._falling.stop()
        self._falling.start()

    @Slot(object)
    def on_fall_moved(self, share: float) -> None:
        self._fall = float(share)
        self.update()

    @Slot(object)
    def on_turn_moved(self, share: float) -> None:
        self._put(self._to if share >= 1.0 else self._from.towards(self._to, float(share)))

    @Slot()
    def on_language_changed(self) -> None:
        self._name_buttons()
        self.setAccessibleDescription(self.sentence)
        self.update()

    def _key(self, event: QKeyEvent) -> bool:
        """Do what a key of the view's own asks; False for another key."""
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == Qt.KeyboardModifier.NoModifier
        action = self._action_of(event) if plain else None
        if action is not None and event.type() == QEvent.Type.KeyPress:
            action()
        return action is not None

    def _action_of(self, event: QKeyEvent):
        step, key = DEGREES_PER_KEY, event.key()
        turns = {
            Qt.Key.Key_Left: (step, 0.0), Qt.Key.Key_Right: (-step, 0.0),
            Qt.Key.Key_Up: (0.0, step), Qt.Key.Key_Down: (0.0, -step),
        }  # fmt: skip
        if key in turns:
            return lambda: self.turn(*turns[key])
        if key == Qt.Key.Key_Home:
            return self.reset_view
        letter = latin_letter(event)
        if letter == "P":
            return self.look_at_plane
        if letter and letter in _LETTERS:
            return lambda: self.look_along(_LETTERS.index(letter))
        return None

    # -- Qt's own names ------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        # The lab steps and plays by these keys too: while the view has the focus they are the view's.
        if event.type() == QEvent.Type.ShortcutOverride and self._key(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._key(event):
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragged_from = event.position()
            self._turning.stop()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged_from is None:
            return
        moved, self._dragged_from = event.position() - self._dragged_from, event.position()
        if math.isfinite(moved.x()) and math.isfinite(moved.y()):
            self.turn(-DEGREES_PER_PX * moved.x(), DEGREES_PER_PX * moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragged_from = None
            self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.reset_view()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        _paint(
            painter, QRectF(self.rect()), self.devicePixelRatioF(), self._space, self._camera, self._fall, self._glow
        )
        if self.hasFocus():
            pen = painter.pen()
            pen.setColor(theme.color("accent"))
            pen.setWidthF(2.0)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.update()

    def hideEvent(self, event: QHideEvent) -> None:
        for animation in (self._falling, self._turning):
            if animation.state() == QVariantAnimation.State.Running:
                animation.setCurrentTime(animation.duration())
                animation.stop()
        super().hideEvent(event)
