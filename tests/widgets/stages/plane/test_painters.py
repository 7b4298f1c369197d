"""Painters: every mark type has one, keys live on, glides end exactly."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtWidgets import QGraphicsSimpleTextItem

from lab.data.datasets import empty
from lab.protocol.packet import Packet, Picture
from models.core import marks as all_marks
from models.core.marks import Arrow, Bars, Ellipse, Field, Mark, Note, Path, Points, Segments, Trail
from models.words.text import Text
from widgets.kit.language import language
from widgets.kit.theme import theme
from widgets.stages.plane.painters import PAINTERS
from widgets.stages.plane.painters.board import blend
from widgets.stages.plane.painters.lines import to_edge, told_apart
from widgets.stages.plane.painters.spots import Spots
from widgets.stages.plane.painters.stage import plottable
from widgets.stages.plane.plane_view import PlaneView

AT = np.array([[-2.0, 1.0], [2.0, -1.0], [0.0, 3.0]])
LEFT = np.array([[-4.0, -2.0], [-4.0, 2.0]])


def samples() -> list[Mark]:
    """One of everything, inside the view."""
    shares = np.random.default_rng(0).dirichlet([1, 1], (12, 16)).astype(np.float32)
    return [
        Field(key="field", shares=shares, extent=(-5.0, 5.0, -5.0, 5.0), boundary=(LEFT, AT)),
        Field(key="levels", levels=shares[..., 0], extent=(-5.0, 0.0, -5.0, 0.0)),
        Segments(key="line", starts=LEFT[:1], ends=LEFT[1:], extend=True),
        Segments(key="links", starts=AT, ends=AT[::-1].copy(), thin=True, groups=np.arange(3), labels=("a", "b", "c")),
        Segments(key="ghost", starts=LEFT[:1], ends=AT[:1], dashed=True, emphasis="ghost"),
        Path(key="path", vertices=AT, closed=True, filled=True, dashed=True),
        Arrow(key="point", at=AT[0], direction=np.array([1.0, 1.0]), role="accent"),
        Arrow(key="normal", at=AT[1], direction=np.array([1.0, 1.0]), kind="normal", strength=0.7),
        Trail(key="trail", source="centroids", paths=(AT, AT[:2])),
        *(
            Points(key=symbol, at=AT, symbol=symbol, groups=np.arange(3), labels=("1", "2", "3"), emphasis=emphasis)
            for symbol, emphasis in (("ring", "focus"), ("cross", "normal"), ("query", "muted"), ("dot", "ghost"))
        ),
        Points(key="again", rows=np.array([0, 2]), at=AT[[0, 2]], symbol="data", emphasis="focus"),
        Points(key="data", rows=np.arange(3), at=AT, symbol="data", groups=np.array([0, 1, 1]), pulse=True),
        Bars(key="bars", title=Text("votes", "득표"), labels=("A", Text("B", "나")), values=np.array([1.0, 2.0]),
             most=3.0, roles=("class:0", "class:1")),
        Note(key="note", at=AT[2], text=Text("sum {s:.1f}", "합 {s:.1f}"), values={"s": 0.5}),
    ]  # fmt: skip


@pytest.fixture
def plane(qtbot) -> PlaneView:
    view = PlaneView()
    qtbot.addWidget(view)
    view.resize(700, 600)
    view.show_dataset(empty().replace(features=AT.copy(), targets=np.array([0, 1, 1])))
    view.grab()
    return view


def words(view: PlaneView) -> set[str]:
    return {item.text() for item in view._canvas.scene().items() if isinstance(item, QGraphicsSimpleTextItem)}


def test_that_every_type_of_mark_that_a_picture_holds_has_a_painter():
    kinds = {kind for kind in vars(all_marks).values() if isinstance(kind, type) and issubclass(kind, Mark)}
    assert set(PAINTERS) == kinds - {Mark, Ellipse}, "an Ellipse comes as a Path"


@pytest.mark.parametrize("mark", samples(), ids=lambda m: m.key)
def test_that_a_mark_changes_the_picture_and_leaves_nothing_behind(plane, mark):
    bare, items = plane.grab().toImage(), len(plane._canvas.scene().items())
    plane._board.show((mark,))
    assert plane.grab().toImage() != bare
    plane._board.show(())
    assert plane.grab().toImage() == bare
    assert len(plane._canvas.scene().items()) == items


@pytest.mark.parametrize("mark", samples(), ids=lambda m: m.key)
def test_that_the_same_mark_again_makes_no_new_items(plane, mark):
    plane._board.show((mark,))
    items = {id(i) for i in plane._canvas.scene().items()}
    image = plane.grab().toImage()
    plane._board.show((dataclasses.replace(mark),))
    assert {id(i) for i in plane._canvas.scene().items()} == items
    assert plane.grab().toImage() == image


def test_that_all_marks_together_follow_theme_language_and_size(plane):
    plane.show_packet(Packet(1, "paused", picture=Picture(marks=tuple(samples()))))
    light = plane.grab().toImage()
    assert {"득표", "나", "합 0.5"} <= words(plane)
    language.set("en")
    assert {"votes", "B", "sum 0.5"} <= words(plane)
    language.set("ko")
    theme.set("dark")
    assert plane.grab().toImage() != light
    theme.set("light")
    assert plane.grab().toImage() == light
    plane.resize(1400, 1000)
    plane.grab()
    assert plane._stage.scale > 1.4


def test_that_points_without_a_group_are_grey_discs_and_no_class_stands_in_the_legend(plane):
    assert {"A", "B"} <= words(plane)
    grey = Points(key="members", role="muted", rows=np.arange(3), at=AT, symbol="data", groups=np.full(3, -1))
    plane.show_packet(Packet(1, "idle", picture=Picture(marks=(grey,))))
    (look, rows), *more = plane._stage.data.looks(np.arange(3))
    assert (look.kind, look.shape, rows.tolist(), more) == ("plain", 0, [0, 1, 2], [])
    assert not {"A", "B"} & words(plane) and plane._stage.data.cluster_count == 0
    half = dataclasses.replace(grey, groups=np.array([-1, 0, 1]))
    plane.show_packet(Packet(2, "paused", picture=Picture(marks=(half,))))
    assert [look.kind for look, _ in plane._stage.data.looks(np.arange(3))] == ["plain", "cluster", "cluster"]


def test_that_a_key_may_change_its_type(plane):
    plane._board.show((Points(key="x", at=AT),))
    plane._board.show((Note(key="x", at=AT[0], text=Text("here", "여기")),))
    assert "여기" in words(plane)


def test_that_a_glide_passes_between_and_ends_exactly(plane, qtbot):
    old = Points(key="c", at=AT, symbol="cross", glide=True)
    new = dataclasses.replace(old, at=AT * 1.3 + 0.1)
    plane._board.show((old,))
    plane._board.show((new,), glide_ms=120)
    assert np.allclose(plane._board.shown["c"].at, old.at), "it starts where it was"
    seen = []
    qtbot.waitUntil(lambda: seen.append(plane._board.shown["c"].at[0, 0]) or not plane._board.is_gliding, timeout=3000)
    assert plane._board.shown["c"] is new
    assert len({round(x, 6) for x in seen}) > 2, "it was seen on the way"
    assert all(new.at[0, 0] - 1e-9 <= x <= old.at[0, 0] + 1e-9 for x in seen)


def test_that_a_new_picture_takes_over_in_the_middle_of_a_glide(plane, qtbot):
    one, two, three = (Points(key="c", at=np.array([[x, 0.0]]), symbol="cross", glide=True) for x in (0.0, 2.0, 4.0))
    plane._board.show((one,))
    plane._board.show((two,), glide_ms=400)
    qtbot.waitUntil(lambda: plane._board.shown["c"].at[0, 0] > 0.05, timeout=2000)
    plane._board.show((three,))
    assert plane._board.shown["c"] is three and not plane._board.is_gliding
    qtbot.wait(60)
    assert plane._board.shown["c"] is three


def test_that_marks_that_may_not_glide_jump(plane):
    old, new = (Points(key="c", at=np.array([[x, 0.0]]), symbol="cross") for x in (0.0, 1.0))
    plane._board.show((old,))
    plane._board.show((new,), glide_ms=400)
    assert plane._board.shown["c"] is new


def test_that_marks_of_another_count_do_not_blend():
    assert blend(Points(key="c", at=AT), Points(key="c", at=AT[:2]), 0.5) is None
    assert blend(Points(key="c", at=AT), Note(key="c", at=AT[0], text=Text("a", "b")), 0.5) is None


def test_that_extended_lines_reach_past_the_edge_and_stay_on_their_line(plane):
    view = (-5.0, 5.0, -4.0, 4.0)
    starts, ends = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 100.0]]), np.array([[0.1, 0.2], [1.0, 1.0], [1.0, 100.0]])
    a, b = to_edge(starts, ends, view)
    along, reached = ends - starts, b - a
    assert np.allclose(along[:, 0] * reached[:, 1] - along[:, 1] * reached[:, 0], 0.0)
    assert a[0, 1] < -4.0 and b[0, 1] > 4.0
    assert a[1, 0] < -5.0 and b[1, 0] > 5.0
    assert np.array_equal(a[2], b[2]), "a line outside the view has no piece in it"


def test_that_a_normal_stands_at_a_right_angle_to_its_line_on_unequal_axes(plane):
    from lab.data.datasets import Dataset

    table = Dataset("t", ("age", "income"), np.array([[20.0, 0.0], [60.0, 4e7]]), None, origin="table")
    plane.show_dataset(table)
    plane.grab()
    weights = np.array([1.0, -1e-6])  # the line 1 * age - 1e-6 * income = 0 runs along (1e-6, 1)
    plane._board.show((Arrow(key="w", at=np.array([40.0, 2e7]), direction=weights, kind="normal"),))
    path = plane._board._painters["w"]._item.path()
    tip = max((path.elementAt(i) for i in range(path.elementCount())), key=lambda e: e.x**2 + e.y**2)
    units = plane._stage.units_per_px()
    along = np.array([1e-6, 1.0]) / units * [1.0, -1.0]
    cosine = np.dot([tip.x, tip.y], along) / np.hypot(tip.x, tip.y) / np.hypot(*along)
    assert abs(cosine) < 0.01


def test_that_cluster_colours_replace_class_colours_while_the_mark_is_there(plane):
    def looks() -> set:
        return {(look.kind, look.number) for look in plane._data._items}

    assert looks() == {("class", 0), ("class", 1)}
    mark = Points(key="d", rows=np.arange(3), at=AT, symbol="data", groups=np.array([2, 0, 0]))
    plane._board.show((mark,))
    assert looks() == {("cluster", 2), ("cluster", 0)}
    plane._board.show(())
    assert looks() == {("class", 0), ("class", 1)}


def test_that_clusters_are_discs_unless_their_mark_keeps_the_shapes_of_the_classes(plane):
    def shapes() -> set:
        return {(look.number, look.shape) for look in plane._data._items}

    mark = Points(key="d", rows=np.arange(3), at=AT, symbol="data", groups=np.array([2, 0, 0]))
    plane._board.show((mark,))
    assert shapes() == {(2, 0), (0, 0)} and not plane._data.keeps_shapes
    plane._board.show((dataclasses.replace(mark, keeps_shape=True),))
    assert shapes() == {(2, 0), (0, 1)} and plane._data.keeps_shapes
    discs, triangles = (item.symbol for _, item in sorted(plane._data._items.items(), key=lambda pair: pair[0].shape))
    assert discs is not triangles
    plane._board.show((mark,))
    assert shapes() == {(2, 0), (0, 0)}


def test_that_the_gate_lets_only_finite_contiguous_float64_through():
    odd = np.asfortranarray(np.array([[1, 2], [3, 4], [5, 6]], dtype=np.int32))
    bad = np.array([[0.0, np.nan], [1.0, 1.0], [np.inf, 0.0]])
    (one,) = plottable(odd)
    assert one.dtype == np.float64 and one.flags.c_contiguous
    one, two = plottable(odd, bad)
    assert one.tolist() == [[3.0, 4.0]] and two.tolist() == [[1.0, 1.0]]
    (none,) = plottable([])
    assert none.shape == (0, 2)


def test_that_the_label_of_a_short_piece_stands_beyond_its_end(plane):
    units = plane._stage.units_per_px()
    for length_px in (40.0, 300.0):
        end = np.array([length_px, 0.0]) * units
        plane._board.show((Segments(key="s", starts=np.zeros((1, 2)), ends=end[None, :], thin=True, labels=("1.0",)),))
        (tag,) = plane._board._painters["s"]._tags._tags
        assert (tag.pos().x() > end[0]) == (length_px == 40.0)


def test_that_a_row_in_focus_is_drawn_enlarged_in_its_own_class(plane):
    plane._board.show((Points(key="sample", rows=np.array([1]), at=AT[[1]], emphasis="focus"),))
    (item,) = plane._data._focus.values()
    small = next(item for look, item in plane._data._items.items() if look.number == 1)
    assert item.size > 1.5 * small.size
    assert item.symbol is small.symbol
    plane._board.show(())
    assert not plane._data._focus


# -- no more than the screen can tell ------------------------------------------------------------------------------------


def off_the_line(points: np.ndarray, line: np.ndarray) -> float:
    """The farthest of the points from the pieces of a line."""
    a, b = line[:-1], line[1:]
    along = b - a
    share = np.einsum("pij,ij->pi", points[:, None] - a, along) / np.maximum((along**2).sum(axis=1), 1e-300)
    feet = a + np.clip(share, 0.0, 1.0)[..., None] * along
    return float(np.sqrt(((points[:, None] - feet) ** 2).sum(axis=2)).min(axis=1).max())


@pytest.mark.parametrize("count", [50, 401, 1200])
def test_that_a_line_keeps_to_its_vertices_within_a_fraction_of_a_pixel(count):
    t = np.linspace(0.0, 2.0 * np.pi, count)
    whole = np.stack([3.0 * np.cos(t), 2.0 * np.sin(t) + 0.3 * np.sin(5.0 * t)], axis=1)
    units = np.array([0.01, 0.02])
    thin = told_apart(whole, units)
    assert np.array_equal(thin[[0, -1]], whole[[0, -1]])
    assert off_the_line(whole / units, thin / units) < 0.5
    if count > 400:
        assert len(thin) < count / 2


def test_that_corners_and_turns_are_never_lost():
    ends = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [1.0, 3.0]])
    pieces = [np.linspace(a, b, 40, endpoint=False) for a, b in zip(ends[:-1], ends[1:], strict=True)]
    back = np.linspace(ends[-1], [3.0, 3.0], 41)  # the way it came, along the same line
    thin = told_apart(np.concatenate([*pieces, back]), np.array([0.01, 0.01]))
    assert all((np.abs(thin - corner).sum(axis=1) < 1e-12).any() for corner in ends)
    assert len(thin) < 60


def test_that_a_boundary_is_as_fine_as_the_zoom_asks_for(plane):
    t = np.linspace(0.0, 2.0 * np.pi, 600)
    circle = np.stack([2.0 * np.cos(t), 2.0 * np.sin(t)], axis=1)
    plane._board.show((Field(key="f", boundary=(circle,), extent=(-6.0, 6.0, -6.0, 6.0)),))
    painter = plane._board._painters["f"]
    coarse = painter._boundary.over.path().elementCount()
    plane._stage.box.setRange(xRange=(1.5, 2.5), yRange=(-0.5, 0.5), padding=0.0)
    assert 20 < coarse < 300 < painter._boundary.over.path().elementCount()


def test_that_an_item_without_spots_is_passed_over(plane):
    spots = Spots(plane._stage)
    plane._stage.add(spots, 5.0)
    pen, brush = plane._stage.no_pen(), plane._stage.brush("accent")
    spots.set_spots(np.zeros((2, 2)), 8.0, pen, brush)
    assert spots.isVisible()
    spots.set_spots(np.zeros((0, 2)), 8.0, pen, brush)
    assert not spots.isVisible()
