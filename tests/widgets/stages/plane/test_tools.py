"""The tools, with real mouse and key events."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QInputMethodEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lab.data.datasets import empty
from lab.protocol.packet import Packet, Picture
from models.core.marks import Points
from widgets.stages.plane.plane_view import PlaneView

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
CORNERS = np.array([[-3.0, -3.0], [3.0, -3.0], [-3.0, 3.0], [3.0, 3.0]])


@pytest.fixture
def plane(qtbot) -> PlaneView:
    view = PlaneView()
    qtbot.addWidget(view)
    view.resize(700, 600)
    view.show_dataset(empty().replace(features=CORNERS.copy(), targets=np.array([0, 0, 1, 1])))
    view.show()
    qtbot.waitExposed(view)
    view.grab()
    return view


def surface(plane: PlaneView):
    return plane._canvas.viewport()


def at(plane: PlaneView, x: float, y: float) -> QPoint:
    return plane._canvas.mapFromScene(plane._stage.box.mapViewToScene(QPointF(x, y)))


def drag(plane: PlaneView, *places, button=LEFT, release: bool = True) -> None:
    points = [at(plane, *place) for place in places]
    QTest.mousePress(surface(plane), button, pos=points[0])
    for one, two in zip(points, points[1:], strict=False):
        for t in np.linspace(0.1, 1.0, 10):
            QTest.mouseMove(surface(plane), one + (two - one) * float(t))
    if release:
        QTest.mouseRelease(surface(plane), button, pos=points[-1])


def heard(signal) -> list:
    said = []
    signal.connect(lambda *values: said.append(values))
    return said


def test_that_a_click_puts_one_point_of_the_chosen_class_under_the_mouse(plane):
    said = heard(plane.points_drawn)
    plane.set_brush(2, 0.05, 4.0)
    QTest.mouseClick(surface(plane), LEFT, pos=at(plane, 1.0, -2.0))
    ((xy, number),) = said
    assert number == 2
    assert xy.shape == (1, 2) and xy.dtype == np.float64
    assert np.allclose(xy, [[1.0, -2.0]], atol=0.03)


def test_that_a_drag_sprays_round_its_way_and_is_sent_once(plane):
    said = heard(plane.points_drawn)
    plane.set_brush(1, 0.05, 5.0)
    drag(plane, (-4.0, 0.0), (4.0, 0.0), release=False)
    assert not said, "a stroke is sent at its end"
    QTest.mouseRelease(surface(plane), LEFT, pos=at(plane, 4.0, 0.0))
    ((xy, _),) = said
    assert len(xy) > 20
    width = plane._stage.view()[1] - plane._stage.view()[0]
    assert np.abs(xy[:, 1]).max() <= 1.3 * 0.05 * width
    assert np.ptp(xy[:, 0]) > 6.0


def test_that_density_is_the_number_of_points_of_each_spray(plane):
    said = heard(plane.points_drawn)
    for density in (1.0, 6.0):
        plane.set_brush(0, 0.05, density)
        drag(plane, (-4.0, 0.0), (4.0, 0.0))
    thin, thick = (len(xy) - 1 for xy, _ in said)
    assert thick == 6 * thin


def test_that_escape_forgets_a_stroke(plane):
    said = heard(plane.points_drawn)
    drag(plane, (0.0, 0.0), (3.0, 0.0), release=False)
    QTest.keyClick(plane._canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(surface(plane), LEFT, pos=at(plane, 3.0, 0.0))
    assert not said


def test_that_a_second_click_of_a_double_click_draws_too(plane):
    said = heard(plane.points_drawn)
    QTest.mouseClick(surface(plane), LEFT, pos=at(plane, 0.0, 0.0))
    QTest.mouseDClick(surface(plane), LEFT, pos=at(plane, 0.0, 0.0))
    QTest.mouseRelease(surface(plane), LEFT, pos=at(plane, 0.0, 0.0))
    assert len(said) == 2


def test_that_the_eraser_takes_what_its_circle_touches_once(plane):
    said = heard(plane.rows_erased)
    plane.set_tool("eraser")
    plane.set_brush(0, 0.05, 1.0)
    drag(plane, (-3.0, -4.5), (-3.0, 4.5))
    assert [rows.tolist() for (rows,) in said] == [[0, 2]]


def test_that_an_eraser_stroke_over_nothing_says_nothing(plane):
    said = heard(plane.rows_erased)
    plane.set_tool("eraser")
    drag(plane, (0.0, 0.0), (0.5, 0.5))
    assert not said


def test_that_a_point_is_moved_by_the_way_of_the_mouse(plane):
    said = heard(plane.rows_moved)
    plane.set_tool("move")
    drag(plane, (3.0, 3.0), (1.0, 2.0))
    ((rows, delta),) = said
    assert rows.tolist() == [3]
    assert np.allclose(delta, [-2.0, -1.0], atol=0.05)


def test_that_a_rectangle_selects_and_its_points_move_together(plane):
    said = heard(plane.rows_moved)
    plane.set_tool("move")
    drag(plane, (-4.5, -4.5), (4.5, -2.0))
    assert not said
    drag(plane, (-3.0, -3.0), (-3.0, -1.0))
    ((rows, delta),) = said
    assert rows.tolist() == [0, 1]
    assert np.allclose(delta, [0.0, 2.0], atol=0.05)


def test_that_a_click_without_a_way_moves_nothing(plane):
    said = heard(plane.rows_moved)
    plane.set_tool("move")
    QTest.mouseClick(surface(plane), LEFT, pos=at(plane, 3.0, 3.0))
    assert not said


def test_that_delete_erases_the_selection(plane):
    said = heard(plane.rows_erased)
    plane.set_tool("move")
    drag(plane, (-4.5, -4.5), (4.5, -2.0))
    QTest.keyClick(plane._canvas, Qt.Key.Key_Delete)
    assert [rows.tolist() for (rows,) in said] == [[0, 1]]
    QTest.keyClick(plane._canvas, Qt.Key.Key_Delete)
    assert len(said) == 1, "nothing is selected any more"


def test_that_keys_of_the_window_pass_through(plane, qtbot):
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QWidget

    class Window(QWidget):
        def __init__(self) -> None:
            super().__init__()
            self.keys: list[int] = []

        def keyPressEvent(self, event: QKeyEvent) -> None:
            self.keys.append(event.key())

    window = Window()
    qtbot.addWidget(window)
    plane.setParent(window)
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_E, Qt.Key.Key_Escape, Qt.Key.Key_Delete):
        QTest.keyClick(plane._canvas, key)
    assert len(window.keys) == 6
    plane.setParent(None)


@pytest.mark.parametrize("tool", ["brush", "eraser", "move"])
def test_that_a_handle_is_dragged_in_every_tool(plane, qtbot, tool):
    query = Points(key="query", at=np.array([[0.0, 0.0]]), symbol="query", handle="query")
    plane.show_packet(Packet(1, "idle", picture=Picture(marks=(query,))))
    plane.set_tool(tool)
    others = [heard(s) for s in (plane.points_drawn, plane.rows_erased, plane.rows_moved)]
    said = heard(plane.handle_dragged)
    drag(plane, (0.0, 0.0), (2.0, 1.0))
    name, place, is_final = said[-1]
    assert (name, is_final) == ("query:0", True)
    assert np.allclose(place, [2.0, 1.0], atol=0.05)
    assert all(not final for _, _, final in said[:-1])
    assert not any(others)
    shown = plane._board.shown["query"].at
    assert np.allclose(shown, [[2.0, 1.0]], atol=0.05), "the mark follows the hand"


def test_that_a_question_is_asked_at_round_numbers_and_other_handles_go_where_the_hand_goes(plane):
    for handle in ("query", "centroid"):
        mark = Points(key=handle, at=np.array([[0.0, 0.0]]), symbol="cross", handle=handle, snaps=handle == "query")
        plane.show_packet(Packet(1, "idle", picture=Picture(marks=(mark,))))
        said = heard(plane.handle_dragged)
        drag(plane, (0.0, 0.0), (2.017, 1.013))
        _, place, _ = said[-1]
        hundredths = np.abs(np.array(place) * 20 - np.round(np.array(place) * 20))
        assert (hundredths < 1e-9).all() == (handle == "query")


def test_that_a_held_handle_does_not_jump_when_a_picture_comes(plane):
    def picture(x: float) -> Packet:
        mark = Points(key="c", at=np.array([[x, 0.0], [0.0, 4.0]]), symbol="cross", handle="centroid", glide=True)
        return Packet(1, "idle", picture=Picture(marks=(mark,)))

    plane.show_packet(picture(0.0))
    drag(plane, (0.0, 0.0), (2.0, 0.0), release=False)
    plane.show_packet(picture(-4.0))
    assert np.allclose(plane._board.shown["c"].at, [[2.0, 0.0], [0.0, 4.0]], atol=0.05)
    QTest.mouseRelease(surface(plane), LEFT, pos=at(plane, 2.0, 0.0))
    plane.show_packet(picture(-4.0))
    assert np.array_equal(plane._board.shown["c"].at, [[-4.0, 0.0], [0.0, 4.0]])


@pytest.mark.parametrize("button", [MIDDLE, RIGHT])
def test_that_the_other_buttons_carry_the_view_and_draw_nothing(plane, button):
    said = heard(plane.points_drawn)
    x0, x1, y0, y1 = plane._stage.view()
    drag(plane, (0.0, 0.0), (1.0, 0.5), button=button)
    assert np.allclose(plane._stage.view(), (x0 - 1.0, x1 - 1.0, y0 - 0.5, y1 - 0.5), atol=0.05)
    assert not said


def wheel(plane: PlaneView, place: QPoint, delta: int) -> None:
    where = QPointF(place)
    event = QWheelEvent(where, surface(plane).mapToGlobal(where), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(surface(plane), event)


def test_that_the_wheel_zooms_about_the_mouse(plane):
    before = plane._stage.view()
    place = at(plane, 2.0, 2.0)
    wheel(plane, place, 240)
    after = plane._stage.view()
    assert after[1] - after[0] < 0.8 * (before[1] - before[0])
    still = at(plane, 2.0, 2.0) - place
    assert abs(still.x()) <= 1 and abs(still.y()) <= 1


def test_that_a_double_click_on_an_axis_fits_the_view_again(plane):
    before = plane._stage.view()
    wheel(plane, at(plane, 2.0, 2.0), 480)
    QTest.mouseDClick(surface(plane), LEFT, pos=QPoint(10, 300))
    assert np.allclose(plane._stage.view(), before)


def test_that_the_plane_never_opens_an_input_method(plane):
    attribute = Qt.WidgetAttribute.WA_InputMethodEnabled
    assert not any(w.testAttribute(attribute) for w in (plane, plane._canvas, plane._canvas.viewport()))
    said = heard(plane.points_drawn)
    event = QInputMethodEvent()
    event.setCommitString("ㄷ")
    QApplication.sendEvent(plane._canvas, event)
    assert not said


def test_that_what_belongs_to_a_dragged_mark_follows_the_hand_without_a_glide(plane):
    plane.glide_ms = 450

    def picture(x: float) -> Packet:
        query = Points(key="query", at=np.array([[x, 0.0]]), handle="query")
        newest = Points(key="newest", at=np.array([[x, 1.0]]), glide=True)
        return Packet(1, "paused", picture=Picture(marks=(query, newest)))

    plane.show_packet(picture(0.0))
    drag(plane, (0.0, 0.0), (2.0, 0.0), release=False)
    plane.show_packet(picture(2.0))
    assert plane._board.shown["newest"].at[0, 0] == 2.0
    QTest.mouseRelease(surface(plane), LEFT, pos=at(plane, 2.0, 0.0))
    plane.show_packet(picture(-2.0))
    assert plane._board.is_gliding, "an open hand is followed by glides again"
