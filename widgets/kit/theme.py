"""Light and dark: one object that knows every colour, the typeface and the icons of the window."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QStyle

from lab.looks.palette import role_color
from widgets.kit.drawn_icon import drawn_icon
from widgets.kit.shapes import class_path

ThemeName = Literal["light", "dark"]

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
FAMILY = "Pretendard"

# What only a window needs; every other colour comes from lab.looks.palette, so that exported pictures agree with it.
_WINDOW: dict[ThemeName, dict[str, str]] = {
    "light": {
        "raised": "#e9ebf0",
        "edge": "#c9ced8",
        "disabled": "#9aa1ad",
        "on_accent": "#ffffff",
        "tooltip": "#fffbe8",
    },
    "dark": {
        "raised": "#2d323c",
        "edge": "#434a57",
        "disabled": "#6f7785",
        "on_accent": "#10131a",
        "tooltip": "#343a46",
    },
}


def _refresh_style_sheets(app: QApplication) -> None:
    """Widgets with a style sheet keep the palette that they were polished with, until the sheet is set again."""
    for widget in app.allWidgets():
        sheet = widget.styleSheet()
        if sheet:
            widget.setStyleSheet("")
            widget.setStyleSheet(sheet)


class Theme(QObject):
    """The chosen palette. `changed` is sent after every switch; views then re-apply their pens and backgrounds."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._name: ThemeName = "light"
        self._icons: dict[str, QIcon] = {}
        self._colors: dict[str, QColor] = {}

    @property
    def name(self) -> ThemeName:
        return self._name

    @property
    def is_dark(self) -> bool:
        return self._name == "dark"

    def set(self, name: ThemeName) -> None:
        """Switch to "light" or "dark". Raises ValueError for another name."""
        if name not in _WINDOW:
            raise ValueError(f"unknown theme {name!r}")
        if name == self._name:
            return
        self._name = name
        self._icons.clear()
        self._colors.clear()
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setPalette(self.palette())
            _refresh_style_sheets(app)
        self.changed.emit()

    def apply(self, app: QApplication) -> None:
        """Give the application its style, palette and typeface; called once at the start."""
        app.setStyle("Fusion")
        app.setPalette(self.palette())
        if load_fonts():
            font = QFont(FAMILY)
            font.setPointSizeF(max(10.0, app.font().pointSizeF()))
            app.setFont(font)

    def color(self, role: str) -> QColor:
        """The colour of a role: "class:2", "cluster:0", "accent", "ink", "window", "panel", "text" ... A new QColor."""
        if role not in self._colors:
            window = _WINDOW[self._name]
            self._colors[role] = QColor(window[role] if role in window else role_color(role, self._name))
        return QColor(self._colors[role])

    def palette(self) -> QPalette:
        """The whole QPalette of this theme, its Disabled group included."""
        palette = QPalette()
        color, role = self.color, QPalette.ColorRole
        accent, text, panel, window = color("accent"), color("text"), color("panel"), color("window")
        raised, edge, disabled = color("raised"), color("edge"), color("disabled")
        for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled):
            ink = disabled if group == QPalette.ColorGroup.Disabled else text
            lit = edge if group == QPalette.ColorGroup.Disabled else accent
            for which, value in (
                (role.Window, window),
                (role.WindowText, ink),
                (role.Base, window if group == QPalette.ColorGroup.Disabled else panel),
                (role.AlternateBase, raised),
                (role.Text, ink),
                (role.PlaceholderText, disabled),
                (role.Button, raised),
                (role.ButtonText, ink),
                (role.BrightText, color("warning")),
                (role.ToolTipBase, color("tooltip")),
                (role.ToolTipText, text),
                (role.Highlight, lit),
                (role.HighlightedText, color("on_accent")),
                (role.Accent, lit),
                (role.Link, lit),
                (role.LinkVisited, lit),
                (role.Light, raised.lighter(108)),
                (role.Midlight, raised),
                (role.Mid, edge),
                (role.Dark, edge.darker(120)),
                (role.Shadow, QColor("#000000")),
            ):
                palette.setColor(group, which, value)
        return palette

    def icon(self, name: str) -> QIcon:
        """The drawing resources/icons/NAME.svg in the text colour; "class-2" is the marker of a class.

        Raises FileNotFoundError for a name without a drawing.
        """
        if name not in self._icons:
            if name.startswith("class-"):
                self._icons[name] = class_icon(int(name.removeprefix("class-")), 24)
            else:
                drawing = (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")
                self._icons[name] = drawn_icon(drawing, self.color("text"), self.color("disabled"))
        return self._icons[name]


theme = Theme()


def marker_outline(width: float = 1.5) -> QPen:
    """The dark outline of every filled marker; cosmetic, so that its width is in pixels."""
    pen = QPen(QColor(theme.color("outline")), width)
    pen.setCosmetic(True)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def class_icon(number: int, size: int) -> QIcon:
    """The marker of a class in its colour, as an icon `size` pixels wide."""
    icon = QIcon()
    for ratio in (1.0, 2.0):
        pixmap = QPixmap(int(size * ratio), int(size * ratio))
        pixmap.fill(Qt.GlobalColor.transparent)
        pixmap.setDevicePixelRatio(ratio)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(QPointF(size / 2, size / 2))
        painter.scale(size * 0.66, size * 0.66)
        painter.setPen(marker_outline())
        painter.setBrush(theme.color(f"class:{number}"))
        painter.drawPath(class_path(number))
        painter.end()
        icon.addPixmap(pixmap)
    return icon


class _IconBinding(QObject):
    """One setter that gets its icon again at each switch of the theme; lives and dies with its owner."""

    def __init__(self, owner: QObject, setter: Any, name: str) -> None:
        super().__init__(owner)
        self._setter, self._name = setter, name
        theme.changed.connect(self.on_theme_changed)
        self.on_theme_changed()

    @Slot()
    def on_theme_changed(self) -> None:
        self._setter(theme.icon(self._name))


def bind_icon(owner: QObject, setter: Any, name: str) -> None:
    """Set the icon `name` through `setter` (button.setIcon, action.setIcon ...) now and after every theme switch."""
    _IconBinding(owner, setter, name)


@cache
def load_fonts() -> bool:
    """Register the bundled typeface once; whether it is there."""
    files = [str(RESOURCES / "fonts" / file) for file in ("Pretendard-Regular.otf", "Pretendard-Bold.otf")]
    return all([QFontDatabase.addApplicationFont(file) >= 0 for file in files])


def is_still() -> bool:
    """Whether the system asks for reduced motion, as far as Qt passes it on."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return True
    return app.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) <= 0
