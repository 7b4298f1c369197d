"""On the plane: a surface that becomes finer changes nothing else, and stands where the coarse one stood."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lab.composing.surfaces import raster
from lab.data.generators import generate
from lab.protocol.commands import Look
from lab.protocol.packet import Packet, Picture
from models.core.marks import Field, Points, Segments
from widgets.stages.plane.plane_view import PlaneView

EXTENT = Look(-6.0, 6.0, -4.0, 4.0)


def surface(cells: int) -> Field:
    """Two classes either side of a slanting line."""
    xs, ys = raster(dataclasses.replace(EXTENT, cells=cells))
    x, y = np.meshgrid(xs, ys)
    share = 1 / (1 + np.exp(-(x + 0.5 * y)))
    shares = np.stack([share, 1 - share], axis=2).astype(np.float32)
    return Field(key="surface", shares=shares, extent=(-6.0, 6.0, -4.0, 4.0))


@pytest.fixture
def view(qtbot) -> PlaneView:
    made = PlaneView()
    qtbot.addWidget(made)
    made.resize(700, 520)
    made.show_dataset(generate("gaussians", n=20))
    made.show()
    qtbot.waitExposed(made)
    return made


def shown(view: PlaneView, *marks, at: int = 1) -> Packet:
    packet = Packet(version=1, state="paused", frame=(at, 0), picture=Picture(marks=marks))
    view.show_packet(packet)
    return packet


def pixels(view: PlaneView) -> np.ndarray:
    image = view.grab().toImage().convertToFormat(view.grab().toImage().Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def test_that_coarse_and_fine_surfaces_cover_the_same_ground(view):
    points = Points(key="p", at=np.array([[1.0, 1.0]]))
    shown(view, surface(30), points)
    coarse = pixels(view)
    shown(view, surface(240), points)
    off = np.abs(pixels(view) - coarse).max(axis=2)
    assert np.percentile(off, 99.5) <= 3, "a shift by half a cell would be seen along the whole slope"


def test_that_a_mark_on_its_way_goes_on_while_its_surface_becomes_finer(view, qtbot):
    def line(y: float) -> Segments:
        return Segments(key="l", starts=np.array([[-1.0, y]]), ends=np.array([[1.0, y]]), glide=True)

    shown(view, surface(30), line(0.0))
    view.glide_ms = 400
    moved = line(3.0)
    shown(view, surface(30), moved, at=2)
    qtbot.waitUntil(lambda: view._board.shown["l"].starts[0, 1] > 1.0, timeout=2000)
    before = view._board.shown["l"].starts[0, 1]
    fine = surface(240)
    shown(view, fine, moved, at=2)
    assert view._board.is_gliding and view._board.shown["l"].starts[0, 1] == before
    assert view._board.shown["surface"] is view._board.marks["surface"] is fine
    qtbot.waitUntil(lambda: not view._board.is_gliding, timeout=450)
    assert view._board.shown["l"].starts[0, 1] == 3.0


def test_that_a_picture_with_other_marks_is_painted_whole(view):
    line = Segments(key="l", starts=np.zeros((1, 2)), ends=np.ones((1, 2)))
    shown(view, surface(30), line)
    shown(view, surface(30))
    assert set(view._board.shown) == {"surface"}
    other = dataclasses.replace(line, ends=np.full((1, 2), 2.0))
    shown(view, surface(30), line)
    shown(view, surface(30), other)
    assert view._board.shown["l"] is other


def test_that_the_look_says_how_large_the_plane_is_on_the_screen(view, qtbot):
    with qtbot.waitSignal(view.looked, timeout=2000) as looked:
        view.resize(800, 600)
    look = Look(*looked.args)
    ratio = view._canvas.devicePixelRatioF()
    assert look.width_px == round(view._stage.box.width() * ratio) > 500
    assert look.height_px == round(view._stage.box.height() * ratio) > 400
