"""The plane in the window and the saved picture: the same view, the same aspect, the same ticks."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from lab.data.bundled_tables import BUNDLED
from lab.data.datasets import Dataset, empty
from lab.data.generators import GENERATORS, generate
from lab.data.tables.files import bundled_dataset
from lab.leaving.svg import plane_bounds, render_svg
from lab.protocol.packet import Packet
from widgets.stages.plane.plane_view import PlaneView

SVG = "{http://www.w3.org/2000/svg}"
SIZE = (652, 558)  # of the plane in a picture of 960 by 720
_AROUND = (960 - SIZE[0], 720 - SIZE[1])


def _table(xy, names=("a", "b"), **changes) -> Dataset:
    features = np.array(xy, dtype=np.float64).reshape(-1, 2)
    return Dataset("t", names, features, None, origin="table").replace(**changes)


_SQUARE = np.array([[0.0, 0.0], [1.0, 1.0], [0.3, 0.8]])
_LONG = ("a column with a name that is far longer than its axis, in the usual units " * 2, "세로축의 이름도 " * 12)

DATASETS = {
    **{f"generated {id}": (lambda id=id: generate(id)) for id in GENERATORS},
    **{f"table {name}": (lambda name=name: bundled_dataset(name)) for name in BUNDLED},
    "empty": empty,
    "an empty table": lambda: _table([]),
    "one point": lambda: _table([[5.0, 5.0]]),
    "one drawn point": lambda: empty().replace(features=np.array([[3.0, 4.0]]), targets=np.array([0])),
    "a constant column": lambda: _table([[1.0, 7.0], [2.0, 7.0], [4.0, 7.0]]),
    "long names": lambda: _table(_SQUARE, names=_LONG),
    "huge": lambda: _table(_SQUARE * 1e12),
    "huge and tiny": lambda: _table(_SQUARE * [1e9, 1e-9]),
    "tiny": lambda: _table(_SQUARE * 1e-9),
    "far from zero": lambda: _table(_SQUARE + 1e6),
    "age and income": lambda: _table(_SQUARE * [50.0, 5e7]),
    "drawn far apart": lambda: empty().replace(
        features=_SQUARE * [100.0, 2.0], targets=np.zeros(3, dtype=np.int64), view=None
    ),
    "a view of its own": lambda: _table(_SQUARE, view=(-2.0, 3.0, 10.0, 90.0)),
}


def _in_window(qtbot, dataset: Dataset) -> PlaneView:
    """A plane whose box has the size of the saved picture's: the vertical axis is as wide as its numbers."""
    view = PlaneView()
    qtbot.addWidget(view)
    view.resize(960, 720)
    view.show_dataset(dataset)
    for _ in range(6):
        view.grab()
        box = view._stage.box
        lacking = round(SIZE[0] - box.width()), round(SIZE[1] - box.height())
        if lacking == (0, 0):
            break
        view.resize(view.width() + lacking[0], view.height() + lacking[1])
    return view


def _window_ticks(view: PlaneView, side: str) -> list[tuple[float, str]]:
    """(share of the axis, text) of the ticks that have room, as the axis itself has it drawn."""
    axis = view._plot.getAxis(side)
    low, high = axis.range
    ((spacing, places),) = axis.tickValues(low, high, 0.0)
    shares = [(place - low) / (high - low) for place in places]
    return list(zip(shares, axis.tickStrings(places, axis.scale, spacing), strict=True))


def _svg_ticks(drawn: str) -> tuple[tuple[float, ...], list[tuple[float, str]], list[tuple[float, str]]]:
    """The plane's box, and (share of the axis, text) of the ticks across and up."""
    root = ElementTree.fromstring(drawn.encode())
    left, top, width, height = (float(next(root.iter(f"{SVG}rect")).get(key)) for key in ("x", "y", "width", "height"))
    across, up = [], []
    texts = list(root.iter(f"{SVG}text"))
    for line in root.iter(f"{SVG}line"):
        x1, y1, x2, y2 = (float(line.get(key)) for key in ("x1", "y1", "x2", "y2"))
        if x1 == x2 and y2 == pytest.approx(y1 + 6) and y1 == pytest.approx(top + height, abs=0.1):
            (said,) = (t.text for t in texts if t.get("x") == line.get("x1") and t.get("text-anchor") == "middle"
                       and float(t.get("y")) == pytest.approx(y1 + 22, abs=0.1))  # fmt: skip
            across.append(((x1 - left) / width, said))
        elif y1 == y2 and x2 == left and x1 == pytest.approx(left - 6):
            (said,) = (t.text for t in texts if t.get("text-anchor") == "end"
                       and float(t.get("y")) == pytest.approx(y1 + 5, abs=0.1))  # fmt: skip
            up.append(((top + height - y1) / height, said))
    return (left, top, width, height), across, up


@pytest.mark.parametrize("name", DATASETS)
def test_that_the_window_and_the_saved_picture_show_the_same_plane(qtbot, name):
    dataset = DATASETS[name]()
    view = _in_window(qtbot, dataset)
    box = view._stage.box
    assert (box.width(), box.height()) == pytest.approx(SIZE, abs=1.0)
    width, height = box.width() + _AROUND[0], box.height() + _AROUND[1]
    drawn = render_svg(dataset, Packet(version=1, state="unready"), "en", width=width, height=height)
    (_, _, svg_width, svg_height), across, up = _svg_ticks(drawn)
    assert (svg_width, svg_height) == pytest.approx((box.width(), box.height()), abs=0.1)
    x0, x1, y0, y1 = plane_bounds(dataset, width, height)
    slack = 1e-6 * np.array([x1 - x0, x1 - x0, y1 - y0, y1 - y0])
    assert (np.abs(np.array(view._stage.view()) - (x0, x1, y0, y1)) <= slack).all()
    # The same ticks at the same shares of the axes.
    for side, saved in (("bottom", across), ("left", up)):
        seen = _window_ticks(view, side)
        assert [text for _, text in seen] == [text for _, text in saved]
        assert [share for share, _ in seen] == pytest.approx([share for share, _ in saved], abs=2e-3)
        assert len(seen) >= 2
    # The same aspect, and whether it is said.
    is_equal = bool(box.state["aspectLocked"])
    assert ("The two axes have" in drawn) != is_equal
    if is_equal:
        per_x, per_y = view._stage.units_per_px()
        assert per_x == pytest.approx(per_y, rel=1e-3)


@pytest.mark.parametrize("name", ["generated spirals", "table iris", "age and income", "long names"])
def test_that_the_window_writes_every_tick_it_has(qtbot, name):
    """The axis leaves out numbers that reach beyond it, and no others."""
    view = _in_window(qtbot, DATASETS[name]())
    image = QImage(view.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    try:
        for side in ("bottom", "left"):
            *_, texts = view._plot.getAxis(side).generateDrawSpecs(painter)
            written, meant = [text for *_, text in texts], [text for _, text in _window_ticks(view, side)]
            assert set(meant[1:-1]) <= set(written) <= set(meant)
    finally:
        painter.end()
