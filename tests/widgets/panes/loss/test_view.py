"""The loss surface pane: what is read is the loss there, the ball can be dragged, and the run is drawn on the map."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from lab.looks.ticks import round_ticks
from lab.protocol.packet import Packet
from lab.protocol.pane_records import LossPicture
from models.words.text import Text
from widgets.kit.language import language
from widgets.kit.theme import theme
from widgets.panes.loss.canvas import loss_at, shaded
from widgets.panes.loss.view import LossView

EXTENT = (-4.0, 8.0, -2.0, 4.0)


def bowl(a, b):
    return (a - 1.0) ** 2 + 4.0 * (b - 0.5) ** 2 + 3.0


def picture(**changes) -> LossPicture:
    a, b = np.meshgrid(np.linspace(*EXTENT[:2], 61), np.linspace(*EXTENT[2:], 61))
    path = np.array([[-3.0, 3.0], [5.0, -1.0], [4.0, 2.0]])
    given = {
        "origin": np.array([0.0, 7.0, 0.0]),
        "u": np.array([1.0, 0.0, 0.0]),
        "v": np.array([0.0, 0.0, 1.0]),
        "extent": EXTENT,
        "levels": bowl(a, b),
        "contours": np.array([4.0, 10.0]),
        "lines": ((np.array([[0.0, 0.5], [1.0, 1.0], [2.0, 0.5]]),), ()),
        "path": path,
        "here": path[-1],
        "loss": float(bowl(4.0, 2.0)),
        "names": (Text("slope", "기울기"), Text("intercept", "절편")),
        "is_exact": False,
    }
    return LossPicture(**{**given, **changes})


def packet(shown=None, **changes) -> Packet:
    given = {
        "beside": {} if shown is None else {"loss_surface": shown},
        "abilities": frozenset({"loss_surface"}),
        "goal": "loss",
    }
    return Packet(1, "past", **{**given, **changes})


@pytest.fixture
def view(qtbot):
    view = LossView()
    view.resize(288, 420)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitExposed(view)
    view.show_packet(packet(picture()))
    QApplication.processEvents()
    return view


def pixel(view, a: float, b: float) -> QPoint:
    return QPointF(*view.canvas.to_pixels(np.array([a, b]))[0]).toPoint()


def move(view, at: QPoint, buttons=Qt.MouseButton.NoButton) -> None:
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(at), QPointF(view.canvas.mapToGlobal(at)), Qt.MouseButton.NoButton, buttons,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(view.canvas, event)


def last_number(view) -> float:
    return float(view.reading.sentence.split()[-1].replace("−", "-").replace(",", ""))


def test_that_without_a_surface_it_says_so(view):
    view.show_packet(packet(None, abilities=frozenset()))
    assert view.is_empty and view.empty.isVisible() and "손실 곡면" in view.empty.sentence


def test_that_the_loss_of_the_shown_state_is_said_by_its_name(view):
    labels = {"loss": Text("mean squared error", "평균 제곱 오차")}
    view.show_packet(packet(picture(), metric_labels=labels))
    assert view.reading.sentence == "평균 제곱 오차: 21"
    language.set("en")
    assert view.reading.sentence == "mean squared error: 21"


def test_that_hovering_reads_place_and_loss_and_leaving_gives_the_state_back(view):
    move(view, pixel(view, 6.0, -1.0))
    assert "기울기 6" in view.reading.sentence and last_number(view) == pytest.approx(bowl(6.0, -1.0), rel=0.03)
    QApplication.sendEvent(view.canvas, QEvent(QEvent.Type.Leave))
    assert view.reading.sentence == "손실: 21"


def test_that_a_click_keeps_a_reading_and_a_second_one_lets_it_go(view, qtbot):
    place = pixel(view, -2.0, 0.0)
    qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=place)
    QApplication.sendEvent(view.canvas, QEvent(QEvent.Type.Leave))
    assert last_number(view) == pytest.approx(bowl(-2.0, 0.0), rel=0.03)
    qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=place)
    QApplication.sendEvent(view.canvas, QEvent(QEvent.Type.Leave))
    assert view.reading.sentence == "손실: 21"


def test_that_dragging_the_ball_shows_the_loss_on_the_way_and_asks_for_the_whole_vector(view, qtbot):
    asked = []
    view.edit_requested.connect(lambda handle, value: asked.append((handle, value)))
    qtbot.mousePress(view.canvas, Qt.MouseButton.LeftButton, pos=pixel(view, 4.0, 2.0))
    for a, b in ((3.0, 1.0), (-1.0, 3.0)):
        move(view, pixel(view, a, b), Qt.MouseButton.LeftButton)
        assert last_number(view) == pytest.approx(bowl(a, b), rel=0.05)
    view.show_packet(packet(picture()))
    assert last_number(view) == pytest.approx(bowl(-1.0, 3.0), rel=0.05), "a frame took the ball out of the hand"
    assert not asked
    qtbot.mouseRelease(view.canvas, Qt.MouseButton.LeftButton, pos=pixel(view, -1.0, 3.0))
    [(handle, vector)] = asked
    assert handle == "parameters" and vector == pytest.approx((-1.0, 7.0, 3.0), abs=0.06)
    assert all(type(value) is float for value in vector)
    there = np.array([-1.0, 3.0])
    view.show_packet(packet(picture(here=there, path=there[None, :], loss=35.0)))
    QApplication.sendEvent(view.canvas, QEvent(QEvent.Type.Leave))
    assert view.reading.sentence == "손실: 35" and view.canvas.ball is None


def test_that_the_ball_stays_within_the_picture(view, qtbot):
    asked = []
    view.edit_requested.connect(lambda handle, value: asked.append(value))
    qtbot.mousePress(view.canvas, Qt.MouseButton.LeftButton, pos=pixel(view, 4.0, 2.0))
    move(view, QPoint(5000, -500), Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(view.canvas, Qt.MouseButton.LeftButton, pos=QPoint(5000, -500))
    assert asked == [(8.0, 7.0, 4.0)]


def test_that_taking_hold_of_the_ball_and_letting_go_changes_nothing(view, qtbot):
    with qtbot.assertNotEmitted(view.edit_requested):
        qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=pixel(view, 4.0, 2.0))
    assert view.canvas.ball is None


def test_that_the_keys_move_the_ball_put_it_down_and_take_it_back(view, qtbot):
    view.canvas.setFocus()
    qtbot.keyClick(view.canvas, Qt.Key.Key_Left)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Escape)
    assert view.canvas.ball is None and view.reading.sentence == "손실: 21"
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Up):
        qtbot.keyClick(view.canvas, key)
    with qtbot.waitSignal(view.edit_requested, timeout=500) as asked:
        qtbot.keyClick(view.canvas, Qt.Key.Key_Return)
    assert asked.args[1] == pytest.approx((4.0 - 2 * 12 / 40, 7.0, 2.0 + 6 / 40))


def test_that_with_too_many_parameters_the_ball_stays_and_the_note_says_so(view, qtbot):
    many = picture(u=np.array([1.0, 2.0, 0.0]), rows=64, can_be_put=False)
    view.show_packet(packet(many))
    here, there = pixel(view, 4.0, 2.0), pixel(view, 0.0, 0.0)
    with qtbot.assertNotEmitted(view.edit_requested, wait=50):
        qtbot.mousePress(view.canvas, Qt.MouseButton.LeftButton, pos=here)
        move(view, there, Qt.MouseButton.LeftButton)
        qtbot.mouseRelease(view.canvas, Qt.MouseButton.LeftButton, pos=there)
        view.canvas.setFocus()
        qtbot.keyClick(view.canvas, Qt.Key.Key_Right)
        qtbot.keyClick(view.canvas, Qt.Key.Key_Return)
    assert view.canvas.ball is None
    assert "64" in view.note.sentence and "옮길 수 없습니다" in view.note.sentence
    language.set("en")
    assert "64 training points" in view.note.sentence


def test_that_other_directions_are_offered_only_where_they_are_random(view, qtbot):
    assert not view.other.isVisible()
    random = np.random.default_rng(0)
    view.show_packet(packet(picture(u=random.normal(size=3), v=random.normal(size=3))))
    assert view.other.isVisible() and "임의의" in view.note.sentence
    seeds = []
    view.directions_requested.connect(seeds.append)
    for _ in range(2):
        qtbot.mouseClick(view.other, Qt.MouseButton.LeftButton)
    assert seeds == [1, 2]
    view.show_packet(packet(picture(is_exact=True)))
    assert not view.other.isVisible()


def test_that_the_note_says_what_is_held_and_in_which_units(view):
    assert "고정" in view.note.sentence and "원래 단위" in view.note.sentence
    view.show_packet(packet(picture(is_exact=True), scaling="standard"))
    assert "표준화" in view.note.sentence and "고정" not in view.note.sentence


def test_that_a_hole_is_read_as_one(view):
    levels = picture().levels.copy()
    levels[:, -20:] = np.nan
    view.show_packet(packet(picture(levels=levels)))
    move(view, pixel(view, 7.0, 1.0))
    assert "유한한 값이 아님" in view.reading.sentence
    view.grab()


def test_that_levels_read_between_are_those_of_the_surface():
    shown = picture()
    for a, b in ((-4.0, -2.0), (8.0, 4.0), (0.03, 1.234), (7.99, -1.99)):
        assert loss_at(shown, np.array([a, b])) == pytest.approx(bowl(a, b), abs=0.03)
    assert np.isnan(loss_at(shown, np.array([8.1, 0.0])))


def test_that_the_lowest_loss_has_the_colour_of_the_ground_and_the_map_is_the_right_way_up(view):
    view.canvas.clearFocus()
    view.show_packet(packet(picture(path=np.array([[7.0, 3.5]]), here=np.array([7.0, 3.5]), lines=((), ()))))
    for name in ("light", "dark"):
        theme.set(name)
        shot = view.canvas.grab().toImage()

        def ink(a, b, shot=shot):
            color = shot.pixelColor(pixel(view, a, b))
            ground = theme.color("surface")
            return abs(color.lightness() - ground.lightness())

        assert ink(1.0, 0.5) <= 4 < ink(1.0, -1.8) < ink(-3.8, 3.7)
        assert ink(-3.8, 3.7) > ink(3.0, 0.5)


def test_that_shades_rise_with_the_loss():
    grey = shaded(np.array([[1.0, 2.0], [5.0, np.nan]]), *(theme.color(r) for r in ("surface", "ink", "warning")))
    lightness = grey.astype(int).sum(axis=2)
    assert lightness[1, 0] > lightness[1, 1] > lightness[0, 0]
    assert grey[0, 1, 0] > grey[0, 1, 2], "a hole is reddish"


@pytest.mark.parametrize(("low", "high"), [(-8.0, 24.0), (0.0011, 0.0019), (-3e6, 9e6)])
def test_that_ticks_are_round_numbers_within(low, high):
    ticks = round_ticks(low, high, 5)
    assert 2 <= len(ticks) <= 6 and all(low - 1e-9 * abs(low) <= t <= high * (1 + 1e-9) for t in ticks)
    step = ticks[1] - ticks[0]
    assert float(f"{step:.6e}"[0:8]) in (1.0, 2.0, 5.0)


def test_that_a_path_that_left_the_picture_is_drawn_as_far_as_its_edge_and_comes_back(view):
    def inked(path: np.ndarray, place: tuple[float, float]) -> bool:
        """Whether the path is drawn there: darker than the level is without it."""
        view.show_packet(packet(picture(path=path[:1], here=path[0])))
        before = view.canvas.grab().toImage().pixelColor(pixel(view, *place)).lightness()
        view.show_packet(packet(picture(path=path, here=path[-1])))
        return view.canvas.grab().toImage().pixelColor(pixel(view, *place)).lightness() < before - 40

    path = np.array([[0.0, 1.0], [1e9, 1.0], [1e15, 0.0], [-1e15, 0.0], [-2.0, 3.0]])
    assert np.abs(view.canvas.to_pixels(path)).max() <= 20_000, "no painter is asked for more"
    for place in ((3.0, 1.0), (7.5, 1.0), (-3.5, 0.0), (5.0, 0.0)):  # out on the right, and back all the way
        assert inked(path, place), place
    assert not inked(path, (5.0, -1.0))


def test_that_nothing_happens_while_hidden_and_the_view_catches_up(view):
    view.hide()
    other = picture(loss=5.0)
    view.show_packet(packet(other))
    assert view.canvas.picture is not other
    view.show()
    assert view.canvas.picture is other and "5" in view.reading.sentence


def test_that_a_ball_beyond_the_picture_is_pointed_to_from_its_edge(view):
    def accents() -> np.ndarray:
        image, accent = view.canvas.grab().toImage(), theme.color("accent").rgb()
        h, w = image.height(), image.width()
        return np.array([(x, y) for y in range(h) for x in range(w) if image.pixel(x, y) == accent])

    rect = view.canvas.plot_rect()
    path = np.array([[-3.0, 3.0]])
    view.show_packet(packet(picture(path=path, here=np.array([1e9, 1.0]))))
    right = accents()
    assert len(right) > 20 and (right[:, 0] > rect.right() - 25).all() and (right[:, 0] <= rect.right()).all()
    view.show_packet(packet(picture(path=path, here=np.array([np.nan, 1.0]))))
    assert len(accents()) < 20  # nowhere
