"""The theme: colours, palette, typeface, icons, marker shapes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QFont, QFontInfo, QIcon, QPalette, QRawFont

from lab.looks.palette import role_color
from widgets.kit.shapes import CLASS_SHAPES, class_path
from widgets.kit.theme import RESOURCES, bind_icon, class_icon, theme

ICONS = sorted(path.stem for path in (RESOURCES / "icons").glob("*.svg"))


def pixels(icon: QIcon, size: int = 24, mode: QIcon.Mode = QIcon.Mode.Normal) -> np.ndarray:
    image = icon.pixmap(size, mode).toImage().convertToFormat(icon.pixmap(size).toImage().Format.Format_RGBA8888)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


def contrast(one, other) -> float:
    """WCAG 2.1 contrast of two QColors."""

    def luminance(color) -> float:
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color.getRgbF()[:3]]
        return float(np.dot(parts, [0.2126, 0.7152, 0.0722]))

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_that_plotted_colours_are_those_of_exported_pictures(qapp, name):
    theme.set(name)
    for role in ("class:0", "class:6", "cluster:3", "accent", "ink", "surface"):
        assert theme.color(role).name() == role_color(role, name)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_that_words_can_be_read_on_their_ground(qapp, name):
    theme.set(name)
    palette = qapp.palette()
    for ink, ground in (
        (QPalette.ColorRole.WindowText, QPalette.ColorRole.Window),
        (QPalette.ColorRole.Text, QPalette.ColorRole.Base),
        (QPalette.ColorRole.ButtonText, QPalette.ColorRole.Button),
        (QPalette.ColorRole.HighlightedText, QPalette.ColorRole.Highlight),
        (QPalette.ColorRole.ToolTipText, QPalette.ColorRole.ToolTipBase),
    ):
        assert contrast(palette.color(ink), palette.color(ground)) > 4.5


def test_that_disabled_words_look_disabled(qapp):
    palette = theme.palette()
    group, role = QPalette.ColorGroup, QPalette.ColorRole
    for words in (role.WindowText, role.Text, role.ButtonText):
        assert palette.color(group.Disabled, words) != palette.color(group.Active, words)


def test_that_a_switch_is_told_once_and_recolours_the_application(qapp, qtbot):
    before = qapp.palette().color(QPalette.ColorRole.Window)
    with qtbot.waitSignal(theme.changed):
        theme.set("dark")
    assert qapp.palette().color(QPalette.ColorRole.Window).lightness() < before.lightness()
    with qtbot.assertNotEmitted(theme.changed):
        theme.set("dark")


def test_that_an_unknown_theme_is_refused(qapp):
    with pytest.raises(ValueError, match="mauve"):
        theme.set("mauve")


@pytest.mark.parametrize("is_bold", [False, True])
def test_that_the_bundled_typeface_is_used_and_has_hangul(qapp, is_bold):
    font = QFont(qapp.font())
    font.setBold(is_bold)
    assert QFontInfo(font).family() == "Pretendard"
    assert QRawFont.fromFont(font).supportsCharacter(ord("훈"))


@pytest.mark.parametrize("name", ICONS)
def test_that_an_icon_is_drawn_in_the_text_colour_of_the_theme(qapp, name):
    seen = {}
    for chosen in ("light", "dark"):
        theme.set(chosen)
        drawn = pixels(theme.icon(name))
        solid = drawn[drawn[..., 3] == 255][:, :3]
        assert len(solid) > 10, f"{name} draws nothing"
        # Strokes that overlap may differ by a rounding.
        assert np.abs(solid.astype(int) - theme.color("text").getRgb()[:3]).max() <= 3
        seen[chosen] = drawn.tobytes()
        assert pixels(theme.icon(name), mode=QIcon.Mode.Disabled).tobytes() != seen[chosen]
    assert seen["light"] != seen["dark"]


def test_that_drawings_have_no_colour_of_their_own():
    for path in (RESOURCES / "icons").glob("*.svg"):
        used = set(re.findall(r'(?:fill|stroke)="([^"]+)"', Path(path).read_text(encoding="utf-8")))
        assert used <= {"none", "currentColor"}, path.name


def test_that_the_transport_and_the_tools_have_their_drawings():
    wanted = (
        "play pause step-forward step-back iteration-forward iteration-back rewind brush eraser move undo redo open "
        "save export new scenes seed clear image settings trash dice chevron"
    )
    assert set(wanted.split()) <= set(ICONS)


def test_that_a_bound_icon_follows_the_theme_and_dies_with_its_owner(qapp):
    owner, got = QObject(), []
    bind_icon(owner, got.append, "play")
    theme.set("dark")
    assert len(got) == 2
    assert pixels(got[0]).tobytes() != pixels(got[1]).tobytes()
    import shiboken6

    shiboken6.delete(owner)
    theme.set("light")
    assert len(got) == 2


def test_that_every_class_has_a_shape_and_an_icon_of_its_own(qapp):
    assert len(CLASS_SHAPES) == 7
    drawn = {pixels(class_icon(i, 24)).tobytes() for i in range(7)}
    assert len(drawn) == 7
    outlines = {
        tuple((round(e.x, 3), round(e.y, 3)) for e in map(class_path(i).elementAt, range(class_path(i).elementCount())))
        for i in range(7)
    }
    assert len(outlines) == 7
    assert class_path(7) == class_path(0)


def test_that_a_switch_reaches_widgets_with_a_style_sheet_and_those_with_a_colour_of_their_own(qtbot):
    from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

    from widgets.kit.calm_controls import QuietLabel

    theme.set("light")
    box = QWidget()
    qtbot.addWidget(box)
    layout = QVBoxLayout(box)
    plain, styled, quiet = QPushButton("plain"), QPushButton("styled"), QuietLabel("muted")
    styled.setStyleSheet("text-align: left;")
    for widget in (plain, styled, quiet):
        layout.addWidget(widget)
    box.resize(200, 120)
    box.show()
    qtbot.waitExposed(box)
    theme.set("dark")
    qtbot.wait(30)
    middles = [w.grab().toImage().pixelColor(w.width() - 12, w.height() // 2).lightness() for w in (plain, styled)]
    assert max(middles) < 110, middles
    assert quiet.palette().color(quiet.backgroundRole()).lightness() < 90
    theme.set("light")
