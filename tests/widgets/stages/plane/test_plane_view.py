"""The plane as a whole: what it shows, asks for and gives away."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF
from PySide6.QtWidgets import QApplication

from lab.data.datasets import Dataset, empty
from lab.looks.ticks import tick_text
from lab.looks.view import has_equal_aspect, home_view
from lab.protocol.packet import Packet, Picture
from models.core.marks import Field, Note, Points, Segments
from models.words.text import Text
from widgets.kit.language import language
from widgets.kit.theme import theme
from widgets.stages.plane import plane_view
from widgets.stages.plane.plane_view import PlaneView


def make(qtbot, dataset: Dataset | None = None, size=(700, 600)) -> PlaneView:
    view = PlaneView()
    qtbot.addWidget(view)
    view.resize(*size)
    if dataset is not None:
        view.show_dataset(dataset)
    view.grab()
    return view


def clouds(n: int = 60, classes: int = 2) -> Dataset:
    draws = np.random.default_rng(5)
    targets = np.arange(n) % classes
    centers = 3.0 * np.stack([np.cos(2.4 * targets), np.sin(2.4 * targets)], axis=1)
    return empty().replace(features=centers + draws.normal(0, 0.5, (n, 2)), targets=targets)


def packet(*marks, wrong=(), test=()) -> Packet:
    rows = (np.array(r, dtype=np.int64) for r in (wrong, (), test))
    wrong, train, test = rows
    return Packet(1, "paused", picture=Picture(marks=marks, wrong=wrong, train_rows=train, test_rows=test))


def pixel(view: PlaneView, image, x: float, y: float):
    place = view._canvas.mapFromScene(view._stage.box.mapViewToScene(QPointF(x, y)))
    ratio = image.width() / view.width()
    return image.pixelColor(round(place.x() * ratio), round(place.y() * ratio))


def near(color, role: str, slack: int = 12) -> bool:
    return max(abs(a - b) for a, b in zip(color.getRgb()[:3], theme.color(role).getRgb()[:3], strict=True)) <= slack


def words(view: PlaneView) -> list[str]:
    from PySide6.QtWidgets import QGraphicsSimpleTextItem

    return [i.text() for i in view._canvas.scene().items() if isinstance(i, QGraphicsSimpleTextItem) and i.isVisible()]


@pytest.mark.parametrize("name", ["light", "dark"])
def test_that_a_point_is_drawn_where_it_is_in_the_colour_of_its_class(qtbot, name):
    theme.set(name)
    at = np.array([[-3.0, -2.0], [3.0, 1.0], [0.0, -4.0]])
    view = make(qtbot, empty().replace(features=at, targets=np.array([0, 1, 2])))
    image = view.grab().toImage()
    for (x, y), number in zip(at, (0, 1, 2), strict=True):
        assert near(pixel(view, image, x, y), f"class:{number}")
    assert near(pixel(view, image, -4.0, 2.0), "surface")


def test_that_test_points_are_hollow_and_can_be_put_away(qtbot):
    at = np.array([[-3.0, -2.0], [3.0, 1.0]])
    view = make(qtbot)
    view.show_dataset(empty().replace(features=at, targets=np.array([0, 1])), np.array([0]), np.array([1]))
    image = view.grab().toImage()
    assert near(pixel(view, image, -3.0, -2.0), "class:0")
    assert near(pixel(view, image, 3.0, 1.0), "surface", slack=45)
    shown = image.copy()
    view.set_test_points(False)
    assert view.grab().toImage() != shown
    assert not len(view._data.near(3.0, 1.0, 20.0)), "what is not shown cannot be touched"


def test_that_the_split_of_the_run_is_shown_when_none_was_given(qtbot):
    view = make(qtbot, clouds())
    view.show_packet(packet(test=[1, 2, 3]))
    assert view._data.test_rows.tolist() == [1, 2, 3]
    assert any("테스트 데이터" in said for said in words(view))


def test_that_wrong_points_are_ringed_and_named(qtbot):
    view = make(qtbot, clouds())
    before = view.grab().toImage()
    view.show_packet(packet(wrong=[0, 5]))
    assert view.grab().toImage() != before
    assert "틀리게 분류한 점" in words(view)
    view.show_packet(packet())
    assert "틀리게 분류한 점" not in words(view)


def test_that_a_picture_of_older_data_never_breaks_the_plane(qtbot):
    view = make(qtbot, clouds(60))
    view.show_packet(packet(Points(key="d", rows=np.arange(60), at=np.zeros((60, 2)), symbol="data",
                                   groups=np.zeros(60, dtype=int)), wrong=[59], test=[58]))  # fmt: skip
    view.show_dataset(clouds(10))
    view.grab()
    view.show_packet(packet(Points(key="d", rows=np.arange(60), at=np.zeros((60, 2)), symbol="data",
                                   groups=np.zeros(60, dtype=int)), wrong=[59], test=[58]))  # fmt: skip
    view.grab()
    assert not len(view._data.test_rows)


def test_that_the_legend_follows_the_language(qtbot):
    view = make(qtbot, clouds(classes=3))
    view.show_packet(packet(Points(key="d", rows=np.arange(60), at=np.zeros((60, 2)), symbol="data",
                                   groups=np.arange(60) % 4)))  # fmt: skip
    assert {"군집 1", "군집 2", "군집 3", "군집 4"} <= set(words(view)), "clusters count from 1"
    language.set("en")
    assert {"cluster 1", "cluster 4"} <= set(words(view))
    view.clear_packet()
    assert {"A", "B", "C"} <= set(words(view)) and "cluster 1" not in words(view)


def test_that_only_a_fair_sample_of_many_points_is_drawn_and_said_so(qtbot):
    draws = np.random.default_rng(0)
    many = empty().replace(features=draws.normal(0, 2, (50_000, 2)), targets=np.arange(50_000) % 2)
    view = make(qtbot, many)
    drawn = sum(len(item.xy) for item in view._data._items.values())
    assert drawn == 20_000
    by_class = [len(item.xy) for item in view._data._items.values()]
    assert abs(by_class[0] - by_class[1]) < 600
    assert any("50,000" in said and "20,000" in said for said in words(view))
    language.set("en")
    assert any("fair sample" in said for said in words(view))


def test_that_bad_numbers_never_reach_the_screen(qtbot):
    at = np.array([[0.0, 0.0], [np.nan, 1.0], [np.inf, 2.0], [1e308, 0.0], [2.0, 2.0]])
    view = make(qtbot, empty().replace(features=at, targets=np.array([0, 0, 1, 1, 1])))
    marks = (
        Points(key="r", at=at, symbol="ring", labels=tuple("abcde")),
        Segments(key="s", starts=at, ends=at[::-1].copy(), extend=True),
        Field(key="f", shares=np.full((4, 4, 2), np.nan, np.float32), extent=(np.nan, 1.0, 0.0, 1.0), boundary=(at,)),
    )
    view.show_packet(packet(*marks))
    view.grab()
    assert sum(len(item.xy) for item in view._data._items.values()) == 2
    assert np.isfinite(view._stage.view()).all()


def test_that_looking_elsewhere_is_told_once_the_view_rests(qtbot):
    view = make(qtbot, clouds())
    qtbot.wait(150)
    said = []
    view.looked.connect(lambda *v: said.append(v))
    for _ in range(5):
        view._stage.box.scaleBy(s=(0.9, 0.9), center=(0.0, 0.0))
    assert not said
    qtbot.waitUntil(lambda: len(said) == 1, timeout=1000)
    assert np.allclose(said[0][:4], view._stage.view()) and said[0][4] == 120
    view.cells = 240
    qtbot.waitUntil(lambda: len(said) == 2, timeout=1000)
    assert said[1][4] == 240
    qtbot.wait(150)
    assert len(said) == 2


def test_that_the_view_stays_while_points_are_drawn_and_moves_for_other_data(qtbot):
    data = clouds()
    view = make(qtbot, data)
    view._stage.box.scaleBy(s=(0.8, 0.8), center=(1.0, 1.0))
    before = view._stage.view()
    view.show_dataset(data.replace(features=np.concatenate([data.features, [[0.0, 0.0]]]),
                                   targets=np.append(data.targets, 0)))  # fmt: skip
    assert view._stage.view() == before
    view.show_dataset(Dataset("other", ("p", "q"), data.features * 100, data.targets, ("A", "B"), origin="table"))
    assert view._stage.view()[0] < -200


def test_that_drawn_data_has_equal_units_and_a_long_table_has_not(qtbot):
    square = np.array([[0.0, 0.0], [1.0, 1.0]])
    table = Dataset("t", ("age", "income"), square * [50.0, 50_000_000.0], None, origin="table")
    assert has_equal_aspect(empty()) and not has_equal_aspect(table)
    assert has_equal_aspect(table.replace(features=square * [10.0, 35.0]))
    view = make(qtbot, clouds(), size=(900, 500))
    assert np.isclose(*view._stage.units_per_px(), rtol=0.02)
    view.show_dataset(table)
    view.grab()
    x0, x1, y0, y1 = view._stage.view()
    assert x1 - x0 < 80 and y1 - y0 > 4e7


def test_that_one_place_or_none_still_makes_a_view():
    for at in (np.zeros((0, 2)), np.array([[5.0, 5.0]]), np.array([[1e9, 0.0], [1e9, 0.0]])):
        x0, x1, y0, y1 = home_view(Dataset("t", ("a", "b"), at, None, origin="table"))
        assert x0 < x1 and y0 < y1


def test_that_ticks_are_written_as_people_write_them():
    assert tick_text(50_000_000.0, 1e7) == "50,000,000"
    assert tick_text(-0.25, 0.05) == "−0.25"
    assert tick_text(-0.0, 1.0) == "0"


def test_that_axes_carry_the_column_names_as_words_never_as_markup(qtbot):
    data = Dataset("t", ("<b>age</b>", "income & tax"), np.eye(2), None, origin="table")
    view = make(qtbot, data)
    assert view._plot.getAxis("bottom").label.toPlainText().strip() == "<b>age</b>"
    assert view._plot.getAxis("left").label.toPlainText().strip() == "income & tax"


@pytest.mark.parametrize("width", [0, 2100])
def test_that_the_picture_is_sharp_and_shows_what_the_plane_shows(qtbot, width):
    view = make(qtbot, clouds())
    view.show_packet(packet(Points(key="c", at=np.array([[0.0, 0.0]]), symbol="cross", groups=np.array([1])),
                            wrong=[3], test=[1]))  # fmt: skip
    image = view.image(width)
    assert image.width() == (width or 1400) and abs(image.height() / image.width() - 600 / 700) < 0.01
    ratio = image.width() / view.width()
    small = view.grab().toImage().convertToFormat(image.format())
    big = image.scaled(small.size())
    a, b = (np.frombuffer(i.constBits(), np.uint8).reshape(600, -1)[:, :2800].astype(int) for i in (small, big))
    assert np.abs(a - b).mean() < 6.0, "the same picture, larger"
    assert ratio >= 2.0


def test_that_no_second_plane_outlives_a_picture(qtbot, qapp):
    from PySide6.QtCore import QCoreApplication, QEvent

    view = make(qtbot, clouds())
    view.image()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert sum(isinstance(w, PlaneView) for w in qapp.topLevelWidgets()) == 1


def test_that_marks_grow_with_the_window(qtbot):
    small, large = make(qtbot, clouds()), make(qtbot, clouds(), size=(1800, 1240))
    assert small._stage.marker_px >= 14.0
    assert large._stage.marker_px == pytest.approx(28.0)


def test_that_the_surface_can_be_put_away_and_the_boundary_stays(qtbot):
    view = make(qtbot, clouds())
    x0, x1, y0, y1 = view._stage.view()
    shares = np.zeros((2, 2, 2), np.float32)
    shares[:, 0, 0] = shares[:, 1, 1] = 1.0
    line = np.array([[0.0, y0], [0.0, y1]])
    view.show_packet(packet(Field(key="f", shares=shares, extent=(x0, x1, y0, y1), boundary=(line,))))
    image = view.grab().toImage()
    left, right = pixel(view, image, x0 + 0.5, -5.0), pixel(view, image, x1 - 0.5, -5.0)
    assert left.blue() > left.red() and right.red() > right.blue(), "blue A on the left, orange B on the right"
    assert min(left.lightness(), right.lightness()) > theme.color("class:0").lightness() + 60, "pale"
    assert near(pixel(view, image, 0.0, -5.0), "ink")
    view.set_surface(False)
    image = view.grab().toImage()
    assert near(pixel(view, image, x0 + 0.5, -5.0), "surface")
    assert near(pixel(view, image, 0.0, -5.0), "ink")


def test_that_rows_of_a_raster_go_from_the_bottom_up(qtbot):
    view = make(qtbot, clouds())
    x0, x1, y0, y1 = view._stage.view()
    shares = np.zeros((2, 1, 2), np.float32)
    shares[0, 0, 0] = shares[1, 0, 1] = 1.0
    view.show_packet(packet(Field(key="f", shares=shares, extent=(x0, x1, y0, y1))))
    image = view.grab().toImage()
    low, high = pixel(view, image, -5.0, y0 + 0.3), pixel(view, image, -5.0, y1 - 0.3)
    assert low.blue() > low.red() and high.red() > high.blue()


def test_that_a_picture_in_a_row_waits_for_a_turn_of_its_own_and_leaves_no_hole_before_it(qtbot):
    view = make(qtbot, clouds())
    view.show()
    qtbot.waitExposed(view)

    def show(slope: float) -> None:
        line = Segments(key="w", starts=np.array([[-5.0, -slope]]), ends=np.array([[5.0, slope]]))
        view.show_packet(dataclasses.replace(packet(line), state="playing"))
        QApplication.sendPostedEvents()

    show(1.0)
    qtbot.wait(200)
    show(2.0)
    paints = Paints(view._canvas.viewport())
    show(3.0)
    assert paints.count == 0, "the painting waits"
    assert near(pixel(view, view.grab().toImage(), -5.0, 5.0), "surface"), "a copy of the window does not"
    paints.count = 0
    qtbot.waitUntil(lambda: paints.count > 0)


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, _widget, event) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def test_that_the_plane_does_not_move_when_the_system_asks_for_stillness(qtbot, monkeypatch):
    view = make(qtbot, clouds())
    view.glide_ms = 400
    first, second = (Points(key="c", at=np.array([[x, 0.0]]), symbol="cross", glide=True) for x in (0.0, 2.0))
    monkeypatch.setattr(plane_view, "is_still", lambda: True)
    view.show_packet(packet(first))
    view.show_packet(packet(second))
    assert view._board.shown["c"] is second and not view._board.is_gliding
    monkeypatch.setattr(plane_view, "is_still", lambda: False)
    view.show_packet(packet(first))
    assert view._board.is_gliding


def test_that_the_legend_leaves_a_corner_where_it_would_cover_a_point_for_one_where_it_covers_none(qtbot):
    view = make(qtbot, clouds(2))
    plate = view._legend._plate
    x0, x1, y0, y1 = view._stage.view()
    assert view._legend.spot == (1.0, 0.0)
    at = np.array([[0.93 * x1 + 0.07 * x0, 0.93 * y1 + 0.07 * y0], [0.0, 0.0]])
    view.show_dataset(clouds(2).replace(features=at))

    def px(place) -> QPointF:
        return view._stage.box.mapFromView(QPointF(*map(float, place)))

    assert not any(plate.sceneBoundingRect().contains(view._stage.box.mapToScene(px(place))) for place in at)
    spot = view._legend.spot
    view.show_packet(packet(wrong=[0]))
    assert view._legend.spot == spot, "it stays while it covers nothing"


def test_that_the_legend_and_a_note_at_the_edge_do_not_cover_each_other(qtbot):
    view = make(qtbot, clouds(2))
    note = Note(key="n", at=np.array([1e3, 1e3]), text=Text("a note", "쪽지"), stays_in_view=True)
    view.show_packet(packet(note))
    box = QRectF(0.0, 0.0, view._stage.box.width(), view._stage.box.height())
    plate = view._legend._plate
    assert box.contains(view._stage.taken["n"]), "the note is in view"
    assert not view._stage.taken["n"].intersects(plate.path().boundingRect().translated(plate.pos()))
    view._stage.box.setRange(xRange=(0.0, 2.0), yRange=(0.0, 2.0), padding=0.0)
    assert box.contains(view._stage.taken["n"]), "also after zooming in"
    view.show_packet(packet())
    assert not view._stage.taken


@pytest.mark.parametrize(
    ("least", "step"), [(0.03, 0.05), (1.0, 1.0), (1.1, 2.0), (7.0, 10.0), (2e-4, 2e-4), (600, 1000)]
)
def test_that_a_round_step_is_the_next_of_one_two_and_five(least, step):
    assert plane_view.round_step(least) == pytest.approx(step)
