"""Three columns in space: turned by real events, measured against numpy, drawn where the projection says."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

import models
import widgets.stages.space.space_view as module
from lab.composing.stages_of.space import space_picture
from lab.data.generators import generate
from lab.document.project import Experiment
from lab.protocol.commands import Frame
from lab.protocol.packet import Packet, Picture
from lab.protocol.pane_records import SpacePicture
from lab.running.problems import problem_for
from models.core.learner import Moment
from widgets.kit.language import language
from widgets.kit.theme import theme
from widgets.stages.space.camera import ALONG, HOME, Camera, Space, facing
from widgets.stages.space.space_view import SpaceView


def played(n: int = 60) -> list[SpacePicture]:
    """The pictures of a whole run on the disc, the last one with shadows."""
    experiment = Experiment("pca", {"n_components": 2})
    learner = models.load("pca").with_settings(experiment.settings)
    problem = problem_for(generate("disc3d", n), experiment, learner)
    state = learner.start(problem, 7)
    moments = [Moment("start", state)]
    while learner.outcome(state, problem) is None:
        moments += learner.iterate(state, problem, 7, len(moments))
        state = moments[-1].state
    return [space_picture(learner, moment, problem) for moment in moments]


RUN = played()
LAST = len(RUN) - 1


def packet(index: int = LAST, **changes) -> Packet:
    return Packet(
        **{"version": 1, "state": "paused", "frame": Frame(index), "stage": "space", "on_stage": RUN[index], **changes}
    )


@pytest.fixture
def still(monkeypatch):
    monkeypatch.setattr(module, "is_still", lambda: True)


@pytest.fixture
def view(qtbot):
    view = SpaceView()
    qtbot.addWidget(view)
    view.resize(640, 520)
    view.show()
    qtbot.waitExposed(view)
    return view


def drag(qtbot, view, dx: int, dy: int) -> None:
    start = QPoint(320, 260)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.5, 1.0):
        qtbot.mouseMove(view, start + QPoint(round(share * dx), round(share * dy)))
        QApplication.processEvents()
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(dx, dy))


# -- the camera ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("azimuth", [-170, -62, 0, 33, 145])
@pytest.mark.parametrize("elevation", [-90, -20, 0, 24, 90])
def test_that_a_camera_is_a_rotation(azimuth, elevation):
    frame = Camera(azimuth, elevation).frame
    assert np.allclose(frame @ frame.T, np.eye(3)) and np.linalg.det(frame) == pytest.approx(1)


@pytest.mark.parametrize(("column", "right", "up"), [(0, 1, 2), (1, 0, 2), (2, 0, 1)])
def test_that_looking_along_a_column_leaves_the_other_two_as_they_stand_on_paper(column, right, up):
    assert ALONG[column].column == column and HOME.column is None
    assert np.allclose(ALONG[column].frame[:2], np.eye(3)[[right, up]], atol=1e-12)


def test_that_looking_straight_at_a_plane_looks_down_its_normal():
    for normal in np.random.default_rng(1).normal(0, 1, (20, 3)):
        towards = facing(normal).frame[2]
        assert abs(towards @ normal) == pytest.approx(np.linalg.norm(normal)) and towards[2] >= 0


def test_that_the_way_between_two_cameras_is_the_short_one():
    middle = Camera(170, 0).towards(Camera(-170, 40), 0.5)
    assert abs(middle.azimuth) == pytest.approx(180) and middle.elevation == pytest.approx(20)


@pytest.mark.parametrize("is_standardised", [False, True])
def test_that_the_share_of_a_view_is_that_of_the_points_projected_on_the_screen(is_standardised):
    points = RUN[0].points * ([1.0, 1.0, 1.0] if not is_standardised else [1.0, 50.0, 0.1])
    space = Space(SpacePicture(("x", "y", "z"), points, None), is_standardised, 1000)
    seen = points / points.std(axis=0) if is_standardised else points
    for camera in (HOME, *ALONG, Camera(10, 50)):
        flat = seen @ camera.frame[:2].T
        assert space.share_seen(camera) == pytest.approx(flat.var(axis=0).sum() / seen.var(axis=0).sum())


def test_that_columns_in_different_units_are_stretched_and_only_shadows_along_them_are_measured():
    points = RUN[0].points * [1.0, 1000.0, 1.0]
    space = Space(SpacePicture(("x", "y", "z"), points, None), False, 1000)
    assert np.ptp(space.points, axis=0) == pytest.approx([1, 1, 1])
    assert space.share_seen(HOME) is None
    assert space.share_seen(ALONG[1]) == pytest.approx(1 - points[:, 1].var() / points.var(axis=0).sum())


def test_that_points_at_one_place_and_no_points_can_be_shown(view):
    for points in (np.zeros((0, 3)), np.ones((5, 3)), np.array([[np.nan, 1.0, 2.0], [1.0, 2.0, 3.0]])):
        view.show_packet(packet(on_stage=SpacePicture(("x", "y", "z"), points, None)))
        assert not view.grab().isNull()


# -- turning by hand -------------------------------------------------------------------------------------------------------


def test_that_dragging_turns_the_picture_and_a_double_click_takes_it_back(view, qtbot, still):
    view.show_packet(packet())
    before = view.grab().toImage()
    drag(qtbot, view, 80, -40)
    assert view.camera.azimuth < HOME.azimuth - 20 and view.camera.elevation < HOME.elevation - 10
    assert view.grab().toImage() != before
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(320, 260))
    assert view.camera == HOME
    assert view.grab().toImage() == before


def test_that_moving_the_mouse_without_a_button_turns_nothing(view, qtbot):
    view.show_packet(packet())
    qtbot.mouseMove(view, QPoint(100, 100))
    qtbot.mouseMove(view, QPoint(300, 200))
    assert view.camera == HOME


def test_that_it_cannot_be_turned_over_the_pole(view, qtbot):
    view.show_packet(packet())
    drag(qtbot, view, 0, 500)
    assert view.camera.elevation == 90.0


def test_that_arrow_keys_turn_it_while_it_has_the_focus_and_a_click_gives_it_none(view, qtbot, still):
    view.show_packet(packet())
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(320, 100))
    assert not view.hasFocus()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    for key, turned in (
        (Qt.Key.Key_Right, (-1, 0)),
        (Qt.Key.Key_Left, (1, 0)),
        (Qt.Key.Key_Up, (0, 1)),
        (Qt.Key.Key_Down, (0, -1)),
    ):
        before = view.camera
        qtbot.keyClick(view, key)
        assert view.camera == before.turned(*(module.DEGREES_PER_KEY * way for way in turned))
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.camera == HOME


def test_that_the_labs_own_shortcuts_leave_the_views_keys_alone_and_take_the_others(view):
    view.show_packet(packet())
    for key, is_mine in (
        (Qt.Key.Key_Left, True),
        (Qt.Key.Key_Home, True),
        (Qt.Key.Key_Z, True),
        (Qt.Key.Key_Space, False),
        (Qt.Key.Key_F11, False),
    ):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(view, event)
        assert event.isAccepted() == is_mine
    undo = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    undo.ignore()
    QApplication.sendEvent(view, undo)
    assert not undo.isAccepted() and view.camera == HOME


@pytest.mark.parametrize(("letters", "column"), [("xㅌ", 0), ("yㅛ", 1), ("zㅋ", 2)])
def test_that_a_letter_looks_along_its_column_whatever_the_input_method_makes_of_it(view, letters, column, still):
    view.show_packet(packet())
    for letter in letters:
        view.reset_view()
        key = ord(letter.upper()) if letter.isascii() else 0
        QApplication.sendEvent(view, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, letter))
        assert view.camera == ALONG[column]


# -- dropping a column, and the plane --------------------------------------------------------------------------------------


def test_that_the_buttons_drop_a_column_and_say_that_pca_keeps_more(view, qtbot, still):
    language.set("en")
    view.show_packet(packet())
    x = RUN[0].points
    for column, name in enumerate("xyz"):
        assert name in view.drop_buttons[column].text()
        qtbot.mouseClick(view.drop_buttons[column], Qt.MouseButton.LeftButton)
        left = 1 - x[:, column].var() / x.var(axis=0).sum()
        assert f"without {name}: {left:.1%}" in view.sentence and f"{RUN[LAST].kept:.1%}" in view.sentence
        assert left < RUN[LAST].kept and view.accessibleDescription() == view.sentence
    qtbot.mouseClick(view.plane_button, Qt.MouseButton.LeftButton)
    assert view.sentence.count(f"{RUN[LAST].kept:.1%}") == 2, (
        "straight at the plane, the view keeps what the plane keeps"
    )
    qtbot.mouseClick(view.home_button, Qt.MouseButton.LeftButton)
    assert view.camera == HOME
    language.set("ko")
    assert "남는 분산" in view.sentence and "보기" in view.drop_buttons[0].text()


def test_that_the_plane_can_be_looked_at_once_there_is_one(view, qtbot, still):
    first = next(i for i, picture in enumerate(RUN) if picture.axes is not None)
    view.show_packet(packet(first))
    assert not view.plane_button.isEnabled()
    view.look_at_plane()
    assert view.camera == HOME
    view.show_packet(packet())
    assert view.plane_button.isEnabled()
    view.show_packet(packet(on_stage=None))
    assert view.picture is None and view.sentence == "" and not view.plane_button.isEnabled()


def test_that_a_view_is_turned_on_a_way_that_can_be_followed(view, qtbot, monkeypatch):
    monkeypatch.setattr(module, "is_still", lambda: False)
    view.show_packet(packet())
    seen = []
    view.turned.connect(lambda: seen.append(view.camera))
    view.look_along(2)
    qtbot.waitUntil(lambda: view.camera == ALONG[2], timeout=3000)
    assert len(seen) > 1 and any(HOME.elevation < camera.elevation < 90 for camera in seen)


# -- the fall ----------------------------------------------------------------------------------------------------------------


def test_that_points_fall_when_they_are_projected_and_land_within_six_tenths_of_a_second(view, qtbot, monkeypatch):
    monkeypatch.setattr(module, "is_still", lambda: False)
    view.show_packet(packet(LAST - 1))
    view.show_packet(packet())
    assert view.fall < 0.2 and module.FALL_MS <= 600
    seen = []
    qtbot.waitUntil(lambda: seen.append(view.fall) or view.fall == 1.0, timeout=3000)
    assert any(0 < fall < 1 for fall in seen) and seen == sorted(seen)


def test_that_nothing_falls_going_back_seeking_into_the_end_or_with_reduced_motion(view, qtbot, monkeypatch):
    monkeypatch.setattr(module, "is_still", lambda: False)
    view.show_packet(packet())
    assert view.fall == 1.0, "the first picture of all is shown as it is"
    view.show_packet(packet(LAST - 1))
    view.show_packet(packet(version=2))
    assert view.fall == 1.0, "another run"
    monkeypatch.setattr(module, "is_still", lambda: True)
    view.show_packet(packet(LAST - 1))
    view.show_packet(packet())
    assert view.fall == 1.0


def test_that_hiding_the_view_ends_its_motion(view, qtbot, monkeypatch):
    monkeypatch.setattr(module, "is_still", lambda: False)
    view.show_packet(packet(LAST - 1))
    view.show_packet(packet())
    view.look_along(2)
    view.hide()
    assert view.fall == 1.0 and view.camera == ALONG[2]


# -- what is drawn -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["light", "dark"])
def test_that_each_class_is_drawn_in_its_colour_where_the_projection_puts_it(view, name, still):
    theme.set(name)
    places = np.array([[-4.0, -4.0, -4.0], [4.0, -4.0, 4.0], [-4.0, 4.0, 0.0], [4.0, 4.0, 4.0]])
    groups = np.array([0, 1, 2, 4])
    view.show_packet(packet(on_stage=SpacePicture(("x", "y", "z"), places, groups)))
    view.look_along(2)
    image = view.image(640)
    corner = {group: (x, y) for group, (x, y, _) in zip(groups.tolist(), places.tolist(), strict=True)}
    found = {}
    for group in groups.tolist():
        wanted = theme.color(f"class:{group}")
        hits = [
            (x, y)
            for x in range(0, image.width(), 2)
            for y in range(0, image.height(), 2)
            if image.pixelColor(x, y) == wanted
        ]
        assert hits, f"no pixel of class {group}"
        found[group] = np.mean(hits, axis=0)
    for group, (x, y) in corner.items():
        assert np.sign(found[group] - np.mean(list(found.values()), axis=0)).tolist() == [np.sign(x), -np.sign(y)]


def test_that_nearer_points_are_drawn_over_farther_ones(view, still):
    # Two points in one line of sight along z: the upper one hides the lower one.
    places = np.array([[0.0, 0.0, 4.0], [0.0, 0.0, -4.0], [3.0, 3.0, 0.0], [-3.0, -3.0, 0.0]])
    for groups, upper in ((np.array([1, 0, 2, 2]), 1), (np.array([0, 1, 2, 2]), 0)):
        view.show_packet(packet(on_stage=SpacePicture(("x", "y", "z"), places, groups)))
        view.look_along(2)
        image = view.image(640)
        seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(0, image.height(), 2)}
        assert theme.color(f"class:{upper}").name() in seen
        pixels = [
            (x, y)
            for x in range(300, 340)
            for y in range(200, 340)
            if image.pixelColor(x, y) == theme.color(f"class:{upper}")
        ]
        assert len(pixels) > 20


def test_that_the_plane_and_the_concerned_point_are_drawn(view, still):
    view.show_packet(packet(LAST - 1))
    without = view.image(640)
    view.show_packet(packet(LAST - 1, picture=Picture(glow=np.array([4]))))
    assert view.image(640) != without, "a ring round the point that the numbers are about"
    first = next(i for i, picture in enumerate(RUN) if picture.axes is not None)
    counts = []
    for index in (0, first, LAST):
        view.show_packet(packet(index))
        image = view.image(400)
        accent = theme.color("accent")
        counts.append(sum(image.pixelColor(x, y) == accent for x in range(400) for y in range(70, image.height())))
    assert counts[0] == 0 < counts[1] and counts[2] > 0, "nothing at the start, then the axis, then the plane"


def test_that_an_image_has_the_asked_width_and_the_views_shape_in_both_themes(view, still):
    view.show_packet(packet())
    pictures = []
    for name in ("light", "dark"):
        theme.set(name)
        image = view.image(1280)
        assert (image.width(), image.height()) == (1280, 1040)
        pictures.append(image)
    assert pictures[0] != pictures[1]


def test_that_two_thousand_points_turn_at_thirty_frames_a_second(view, still):
    view.show_packet(packet(on_stage=played(2000)[-1]))
    view.repaint()
    frames = []
    for _ in range(12):
        began = time.perf_counter()
        view.turn(3.0, 1.0)
        view.repaint()
        frames.append(time.perf_counter() - began)
    assert np.median(frames) < 1 / 30, frames


def test_that_a_drag_that_leaves_the_view_goes_on(view, qtbot):
    view.show_packet(packet())
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(10, 260))
    qtbot.mouseMove(view, QPoint(-200, 260))
    QApplication.processEvents()
    assert view.camera.azimuth != HOME.azimuth
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(-200, 260))
