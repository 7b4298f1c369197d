"""The curves: what is plotted is what was measured, the marker stands at the shown frame, a click goes there."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent
from PySide6.QtWidgets import QApplication

from lab.protocol.commands import Frame
from lab.protocol.packet import Curves, Packet
from models.words.numbers import number
from models.words.text import Said, Text
from widgets.kit.language import language
from widgets.kit.theme import theme
from widgets.kit.ticks import plottable, thinned
from widgets.panes.curves.view import CurvesView

LABELS = {
    "loss": Text("loss", "손실"),
    "accuracy": Text("training accuracy", "훈련 정확도"),
    "test_accuracy": Text("test accuracy", "테스트 정확도"),
    "inertia": Text("inertia", "군집 내 제곱합(inertia)"),
}
STEPS = np.arange(201.0)
SERIES = {"loss": np.exp(-STEPS / 50), "accuracy": 1 - 0.5 * np.exp(-STEPS / 50), "test_accuracy": 0.8 + 0 * STEPS}


def packet(iteration: int = 80, **changes) -> Packet:
    curves = changes.pop("curves", Curves(STEPS, SERIES, LABELS))
    metrics = {name: float(y[iteration]) for name, y in curves.series.items() if iteration < len(y)}
    given = {
        "version": 1, "state": "past", "frame": Frame(iteration), "reached": 200, "goal": "loss", "curves": curves,
        "metrics": metrics,
    }  # fmt: skip
    return Packet(**{**given, **changes})


@pytest.fixture
def view(qtbot):
    view = CurvesView()
    view.resize(340, 480)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitExposed(view)
    return view


def place_of(plot, x: float) -> QPoint:
    """Where x lies on the plot's canvas, half way up."""
    rect, (first, last) = plot.canvas.plot_rect(), plot.canvas.run
    return QPointF(rect.left() + (x - first) / (last - first) * rect.width(), rect.center().y()).toPoint()


def drawn(plot, name: str) -> tuple[np.ndarray, np.ndarray]:
    return plot.lines[name].x, plot.lines[name].y


def test_that_an_empty_run_says_so_in_words(view):
    view.show_packet(Packet(1, "idle"))
    assert view.is_empty and view.empty.isVisible() and "아직" in view.empty.sentence
    language.set("en")
    assert "Nothing to plot" in view.empty.sentence
    view.show_packet(packet())
    assert not view.is_empty


def test_that_a_series_of_gaps_alone_is_no_curve(view):
    gaps = Curves(STEPS, {"loss": np.full(201, np.nan)}, LABELS)
    view.show_packet(packet(curves=gaps))
    assert view.is_empty


def test_that_the_goal_and_the_scores_are_plotted_as_measured_and_named(view):
    view.show_packet(packet())
    assert list(view.goal_plot.lines) == ["loss"]
    assert list(view.score_plot.lines) == ["accuracy", "test_accuracy"]
    for plot in (view.goal_plot, view.score_plot):
        for name in plot.lines:
            x, y = drawn(plot, name)
            assert np.array_equal(x, STEPS) and np.array_equal(y, SERIES[name])
    assert "훈련 정확도" in view.score_plot.readout.words and "테스트 정확도" in view.score_plot.readout.words
    assert view.score_plot.lines["test_accuracy"].is_dashed
    assert not view.score_plot.lines["accuracy"].is_dashed


def test_that_both_axes_are_labelled_in_the_units_of_the_run(view):
    view.show_packet(packet())
    assert view.goal_plot.canvas.bottom_name == "반복"
    assert view.goal_plot.canvas.left_name == "손실"
    view.show_packet(packet(per_epoch=20))
    assert view.goal_plot.canvas.bottom_name == "에포크"
    assert drawn(view.goal_plot, "loss")[0][-1] == 10.0
    language.set("en")
    assert view.goal_plot.canvas.bottom_name == "epoch"
    assert view.goal_plot.canvas.left_name == "loss"


def test_that_the_marker_and_the_readout_follow_the_shown_frame(view):
    for iteration in (0, 80, 200):
        view.show_packet(packet(iteration))
        assert view.goal_plot.canvas.marker == iteration == view.score_plot.canvas.marker
        assert f"{SERIES['loss'][iteration]:.4g}" in view.goal_plot.readout.words
        assert f"{iteration}" in view.at.sentence
    view.show_packet(packet(80, per_epoch=20))
    assert view.goal_plot.canvas.marker == 4.0


@pytest.mark.parametrize("per_epoch", [None, 20])
def test_that_a_click_asks_for_the_iteration_under_it(view, qtbot, per_epoch):
    view.show_packet(packet(per_epoch=per_epoch))
    QApplication.processEvents()
    for plot in (view.goal_plot, view.score_plot):
        place = place_of(plot, 120 / (per_epoch or 1))
        with qtbot.waitSignal(view.seek_requested, timeout=1000) as asked:
            qtbot.mouseClick(plot.canvas, Qt.MouseButton.LeftButton, pos=place)
        assert abs(asked.args[0] - 120) <= 1


def test_that_a_click_beside_the_run_stays_within_it(view, qtbot):
    view.show_packet(packet())
    QApplication.processEvents()
    edge = place_of(view.goal_plot, view.goal_plot.canvas.run[1]) - QPoint(2, 0)
    with qtbot.waitSignal(view.seek_requested, timeout=1000) as asked:
        qtbot.mouseClick(view.goal_plot.canvas, Qt.MouseButton.LeftButton, pos=edge)
    assert asked.args == [200]


def test_that_hovering_reads_the_values_there_and_leaving_gives_the_frame_back(view):
    view.show_packet(packet(80))
    QApplication.processEvents()
    viewport = view.goal_plot.canvas
    place = QPointF(place_of(view.goal_plot, 40))
    event = QMouseEvent(
        QMouseEvent.Type.MouseMove, place, QPointF(viewport.mapToGlobal(place.toPoint())), Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)
    read = float(view.goal_plot.readout.words.split()[-1])
    assert read == pytest.approx(np.exp(-40 / 50), rel=0.05)
    assert view.goal_plot.canvas.marker == 80
    QApplication.sendEvent(view.goal_plot, QEvent(QEvent.Type.Leave))
    assert float(view.goal_plot.readout.words.split()[-1]) == pytest.approx(np.exp(-80 / 50), rel=0.01)


def test_that_the_log_scale_shows_factors_and_leaves_the_values_alone(view, qtbot):
    view.show_packet(packet())
    qtbot.mouseClick(view.log_box, Qt.MouseButton.LeftButton, pos=QPoint(8, view.log_box.height() // 2))
    assert view.log_box.isChecked()
    low, high = view.goal_plot.canvas.values
    assert low < np.log10(SERIES["loss"][-1]) and high > 0 and high - low < 4
    assert f"{SERIES['loss'][80]:.4g}" in view.goal_plot.readout.words


@pytest.mark.parametrize("height", [320, 480, 900])
def test_that_the_ticks_of_a_log_scale_are_round_and_not_written_over_each_other(view, height):
    view.resize(340, height)
    view.show_packet(packet())
    view.log_box.setChecked(True)
    QApplication.processEvents()
    canvas = view.goal_plot.canvas
    (low, high), ticks = canvas.values, canvas.ticks()[1]
    places = [place for place, _ in ticks]
    assert len(places) >= 2 and all(low <= place <= high for place in places)
    assert np.diff(places).min() * canvas.plot_rect().height() / (high - low) >= 9
    assert all(float(words.replace(",", "")) == pytest.approx(10**place) for place, words in ticks)


def test_that_log_is_not_offered_where_there_is_nothing_above_zero(view):
    flat = Curves(STEPS, {"loss": -SERIES["loss"]}, LABELS)
    view.show_packet(packet(curves=flat, metrics={}))
    assert not view.log_box.isVisible() and not view.is_empty


def test_that_a_short_run_shows_its_points(view):
    rounds = Curves(np.arange(4.0), {"inertia": np.array([np.nan, 242.0, 120.0, 87.0])}, LABELS)
    view.show_packet(packet(3, goal="inertia", curves=rounds, metrics={}, reached=3))
    assert view.goal_plot.lines["inertia"].has_dots
    assert len(drawn(view.goal_plot, "inertia")[0]) == 3
    assert not view.score_plot.isVisible()
    view.show_packet(packet())
    assert not view.goal_plot.lines["loss"].has_dots
    assert view.score_plot.isVisible()


def test_that_a_share_stands_on_the_whole_scale_and_has_no_log(view):
    ratio = Curves(np.arange(4.0), {"explained_variance_ratio": np.array([0.6, 0.7, 0.9, 0.91])}, {})
    view.show_packet(packet(3, goal="explained_variance_ratio", curves=ratio, metrics={}, reached=3))
    low, high = view.goal_plot.canvas.values
    assert -0.2 < low < 0 and 1 < high < 1.2
    assert not view.log_box.isVisible()
    view.show_packet(packet())
    assert view.log_box.isVisible()


def test_that_a_short_run_counts_in_whole_numbers(view):
    rounds = Curves(np.arange(4.0), {"inertia": np.array([250.0, 242.0, 120.0, 87.0])}, LABELS)
    view.show_packet(packet(3, goal="inertia", curves=rounds, metrics={}, reached=3))
    assert [words for _, words in view.goal_plot.canvas.ticks()[0]] == ["0", "1", "2", "3"]


def test_that_low_plots_name_their_common_axis_once(view):
    view.resize(260, 320)
    view.show_packet(packet())
    assert not view.goal_plot.canvas.bottom_name and view.score_plot.canvas.bottom_name
    view.resize(260, 600)
    QApplication.processEvents()
    assert view.goal_plot.canvas.bottom_name == "반복"


def test_that_a_long_name_is_whole_in_the_readout_and_fits_along_the_axis(view):
    name = Text("a very long name of a metric that fills more than the height of any plot", "매우 긴 이름 " * 12)
    view.show_packet(packet(curves=Curves(STEPS, SERIES, {**LABELS, "loss": name})))
    QApplication.processEvents()
    canvas = view.goal_plot.canvas
    for height in (480, 300):
        view.resize(340, height)
        QApplication.processEvents()
        shot, room = canvas.grab().toImage(), canvas.plot_rect()
        beside = QRectF(0.0, 0.0, canvas.fontMetrics().height() / 2, room.top() - 1.0)  # over the name's upper end
        assert canvas.left_name == name.ko and all(
            shot.pixelColor(x, y) == theme.color("surface")
            for x in range(int(beside.width()))
            for y in (*range(int(beside.height())), *range(int(room.bottom()) + 3, canvas.height()))
        )
    assert name.ko in view.goal_plot.readout.words


def test_that_a_run_without_a_separate_goal_shows_the_scores_alone(view):
    view.show_packet(packet(goal="accuracy"))
    assert not view.goal_plot.isVisible() and view.score_plot.isVisible()


def test_that_only_finite_contiguous_numbers_reach_the_plot():
    x = np.arange(20, dtype=np.int32)[::2]
    y = np.array([1, np.nan, np.inf, -np.inf, 1e300, -2, 0, 3, 4, 5], dtype=np.float64)
    xs, ys = plottable(x, y)
    assert xs.tolist() == [0, 10, 12, 14, 16, 18] and ys.tolist() == [1, -2, 0, 3, 4, 5]
    assert xs.dtype == ys.dtype == np.float64 and xs.flags.c_contiguous and ys.flags.c_contiguous
    assert plottable(x, y, is_log=True)[1].tolist() == [1, 3, 4, 5]
    assert len(plottable(x[:0], y)[0]) == 0


def test_that_a_diverging_run_is_drawn_as_far_as_it_can_be(view):
    wild = 10.0 ** np.linspace(0, 300, 201)
    view.show_packet(packet(curves=Curves(STEPS, {"loss": wild}, LABELS), metrics={}))
    view.grab()
    assert drawn(view.goal_plot, "loss")[1].max() <= 1e15


def test_that_the_theme_changes_the_ground_and_the_lines(view):
    view.show_packet(packet())
    canvas = view.goal_plot.canvas

    def colours() -> set[str]:
        shot, rect = canvas.grab().toImage(), canvas.plot_rect().toRect()
        assert shot.pixelColor(1, 1) == theme.color("surface")
        across = range(rect.left() + 2, rect.right())
        return {shot.pixelColor(x, y).name() for x in across for y in range(rect.top(), rect.bottom())}

    ink = theme.color("ink").name()
    assert ink in colours()
    theme.set("dark")
    assert theme.color("ink").name() in colours() and theme.color("ink").name() != ink


def test_that_a_hidden_view_catches_up_when_it_is_shown(view):
    view.show_packet(packet(10))
    view.hide()
    view.show_packet(packet(190))
    assert view.goal_plot.canvas.marker == 10
    view.show()
    assert view.goal_plot.canvas.marker == 190


def drag(plot, at: QPoint, buttons=Qt.MouseButton.LeftButton) -> None:
    viewport = plot.canvas
    event = QMouseEvent(
        QMouseEvent.Type.MouseMove, QPointF(at), QPointF(viewport.mapToGlobal(at)), Qt.MouseButton.NoButton, buttons,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


def test_that_dragging_runs_through_the_run_and_asks_for_each_iteration_once(view, qtbot):
    view.show_packet(packet())
    QApplication.processEvents()
    plot, asked = view.goal_plot, []
    view.seek_requested.connect(asked.append)
    qtbot.mousePress(plot.canvas, Qt.MouseButton.LeftButton, pos=place_of(plot, 50))
    for x in (100, 100, 150):
        drag(plot, place_of(plot, x))
    drag(plot, QPoint(5000, -50))
    qtbot.mouseRelease(plot.canvas, Qt.MouseButton.LeftButton, pos=QPoint(5000, -50))
    drag(plot, place_of(plot, 20), Qt.MouseButton.NoButton)
    assert len(asked) == 4 and asked == pytest.approx([50, 100, 150, 200], abs=1)


def test_that_a_drag_that_begins_on_an_axis_goes_nowhere(view, qtbot):
    view.show_packet(packet())
    QApplication.processEvents()
    plot = view.goal_plot
    with qtbot.assertNotEmitted(view.seek_requested):
        qtbot.mousePress(plot.canvas, Qt.MouseButton.LeftButton, pos=QPoint(5, 20))
        drag(plot, place_of(plot, 100))


def test_that_hovering_draws_a_crosshair_with_a_dot_on_every_line_in_both_plots(view):
    view.show_packet(packet(80))
    QApplication.processEvents()
    assert view.score_plot.canvas.cross is None
    drag(view.goal_plot, place_of(view.goal_plot, 40), Qt.MouseButton.NoButton)
    x = view.score_plot.canvas.cross
    assert x == view.goal_plot.canvas.cross == pytest.approx(40, abs=1)
    xs, ys, _ = zip(*view.score_plot.canvas.dots, strict=True)
    assert xs == (x, x) and ys == pytest.approx([SERIES[n][round(x)] for n in ("accuracy", "test_accuracy")])
    QApplication.sendEvent(view.goal_plot, QEvent(QEvent.Type.Leave))
    assert view.goal_plot.canvas.cross is None
    assert [dot[0] for dot in view.score_plot.canvas.dots] == [80.0, 80.0], "at the shown frame again"


def test_that_the_crosshairs_dots_lie_on_the_curve_on_a_log_scale_too(view, qtbot):
    view.show_packet(packet())
    view.log_box.setChecked(True)
    QApplication.processEvents()
    drag(view.goal_plot, place_of(view.goal_plot, 40), Qt.MouseButton.NoButton)
    canvas = view.goal_plot.canvas
    [(x, y, _)] = canvas.dots
    assert x == pytest.approx(40, abs=1)
    assert y == pytest.approx(SERIES["loss"][round(x)])
    at, (low, high) = canvas.to_pixel(x, y), canvas.values
    share = (canvas.plot_rect().bottom() - at.y()) / canvas.plot_rect().height()
    assert low + share * (high - low) == pytest.approx(np.log10(y))


def test_that_a_curve_goes_no_further_than_the_shown_moment(view):
    view.show_packet(packet(80))
    seen = view.goal_plot.canvas.seen["loss"]
    assert seen.x.tolist() == list(range(81)) and seen.y == pytest.approx(SERIES["loss"][:81])
    drag(view.goal_plot, place_of(view.goal_plot, 150), Qt.MouseButton.NoButton)
    assert view.goal_plot.canvas.cross is None, "what is not shown is not read either"
    assert number(SERIES["loss"][80]) in view.goal_plot.readout.words
    scale = view.goal_plot.canvas.values
    view.show_packet(packet(0))
    assert view.goal_plot.canvas.seen["loss"].x.tolist() == [0.0] and view.goal_plot.canvas.values == scale
    shot = view.goal_plot.canvas.grab().toImage()
    rect = view.goal_plot.canvas.plot_rect().toRect().adjusted(20, 0, 0, 0)
    ink = theme.color("ink")
    assert not any(
        shot.pixelColor(x, y) == ink for x in range(rect.left(), rect.right()) for y in range(rect.top(), rect.bottom())
    )


def test_that_half_a_step_has_a_point_of_its_own(view):
    """The round is done at 5 with 657; its assignment, half a round earlier, has another value than either end."""
    rounds = Curves(np.arange(6.0), {"inertia": np.array([np.nan, 900.0, 800.0, 750.0, 700.0, 657.0])}, LABELS)
    given = {"curves": rounds, "goal": "inertia", "reached": 5, "moments": 2, "state": "paused"}
    view.show_packet(packet(frame=Frame(5, 0), metrics={"inertia": 857.7}, **given))
    canvas = view.goal_plot.canvas
    assert canvas.marker == 4.5
    assert canvas.seen["inertia"].x.tolist() == [1, 2, 3, 4, 4.5] and canvas.seen["inertia"].y[-1] == 857.7
    [(x, y, _)] = canvas.dots
    assert (x, y) == (4.5, 857.7) and "857.7" in view.goal_plot.readout.words
    view.show_packet(packet(frame=Frame(1, 0), metrics={"inertia": 1800.0}, **given))
    low, high = canvas.values
    assert low < 1800.0 < high and canvas.seen["inertia"].x.tolist() == [0.5], "the scale shows it"
    view.show_packet(packet(frame=Frame(5, 1), metrics={"inertia": 657.0}, **given))
    assert canvas.marker == 5 and canvas.seen["inertia"].x.tolist() == [1, 2, 3, 4, 5] and canvas.values == (low, high)


def test_that_the_best_score_is_the_best_of_what_is_shown(view):
    curves = Curves(STEPS, {**SERIES, "test_accuracy": PEAK}, LABELS)
    view.show_packet(packet(20, curves=curves))
    assert view.score_plot.best == (20.0, pytest.approx(PEAK[20]))
    view.show_packet(packet(150, curves=curves))
    assert view.score_plot.best == (60.0, pytest.approx(0.9))


PEAK = 0.9 - ((STEPS - 60) / 300) ** 2


def test_that_the_best_test_score_has_a_star_and_a_button_that_goes_there(view, qtbot):
    view.show_packet(packet(curves=Curves(STEPS, {**SERIES, "test_accuracy": PEAK}, LABELS)))
    QApplication.processEvents()
    assert view.score_plot.best == (60.0, pytest.approx(0.9))
    assert view.score_plot.canvas.star[:2] == pytest.approx((60.0, 0.9))
    assert "0.900" in view.best.text() and "테스트 정확도" in view.best.toolTip() and "60" in view.best.toolTip()
    with qtbot.waitSignal(view.seek_requested, timeout=500) as asked:
        qtbot.mouseClick(view.best, Qt.MouseButton.LeftButton)
    assert asked.args == [60]
    beside = view.score_plot.canvas.to_pixel(60.0, 0.9).toPoint() + QPoint(4, 3)
    with qtbot.waitSignal(view.seek_requested, timeout=500) as asked:
        qtbot.mouseClick(view.score_plot.canvas, Qt.MouseButton.LeftButton, pos=beside)
    assert asked.args == [60]


def test_that_of_equally_good_test_scores_the_first_counts_and_without_test_data_there_is_none(view):
    flat = np.where(STEPS < 30, 0.5, 0.75)
    view.show_packet(packet(curves=Curves(STEPS, {**SERIES, "test_accuracy": flat}, LABELS)))
    assert view.score_plot.best == (30.0, 0.75)
    view.show_packet(packet(curves=Curves(STEPS, {"accuracy": SERIES["accuracy"]}, LABELS)))
    assert view.score_plot.best is None and not view.best.isVisible()


def test_that_training_and_test_loss_stand_in_one_plot(view):
    loss = {"loss": SERIES["loss"], "test_loss": SERIES["loss"] + 0.2}
    view.show_packet(
        packet(curves=Curves(STEPS, loss, {**LABELS, "test_loss": Text("test loss", "테스트 데이터 손실")}))
    )
    assert list(view.goal_plot.lines) == ["loss", "test_loss"] and "테스트 데이터 손실" in view.goal_plot.readout.words
    assert view.goal_plot.lines["test_loss"].is_dashed


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Text("neighbour {rank}/{k}", "이웃 {rank}/{k}"), "이웃"),
        (Text("round {round}", "반복 {round}"), "반복"),
        (Text("component {component}, power step {turns}", "주성분 {component}, 거듭제곱법 {turns}회"), "반복"),
    ],
)
def test_that_the_axis_counts_in_the_algorithms_own_word_where_it_has_one(view, place, expected):
    said = Said(place, dict.fromkeys(("rank", "k", "round", "component", "turns"), 3))
    view.show_packet(packet(3, place=said))
    assert view.goal_plot.canvas.bottom_name == expected
    view.show_packet(packet(0, place=Said(Text("at the start", "시작 전"), {})))
    assert view.goal_plot.canvas.bottom_name == expected, "the axis changes its name on the way"


def test_that_a_curve_of_many_points_is_drawn_with_no_more_than_the_pixels_show_and_keeps_its_peaks(view):
    steps = np.arange(20_001.0)
    wild = np.where(steps == 7_777, 5.0, 1.0 + 0.1 * np.sin(steps))
    view.show_packet(packet(curves=Curves(steps, {"loss": wild}, LABELS), metrics={}, reached=20_000))
    QApplication.processEvents()
    x, y = view.goal_plot.canvas.drawn(*drawn(view.goal_plot, "loss"))
    assert len(x) < 4 * view.width() and y.max() == 5.0


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.123456, "0.1235"), (-2.5, "−2.5"), (15234.5, "15,234"), (float("nan"), "?"), (float("-inf"), "−∞"),
        (1.23456e-7, "1.235×10⁻⁷"), (-4.0e12, "−4×10¹²"),
    ],
)  # fmt: skip
def test_that_numbers_are_written_for_people(value, shown):
    assert number(value) == shown


def test_that_a_long_test_curve_still_shows_its_dashes(view):
    """A row of pixels across a level test curve has gaps; across a training curve it has none."""
    steps = np.arange(257.0)
    level = {"accuracy": np.full(257, 0.3), "test_accuracy": np.full(257, 0.8)}  # between two lines of the grid
    view.show_packet(packet(256, curves=Curves(steps, level, LABELS), reached=256))
    QApplication.processEvents()
    plot = view.score_plot
    plot.show_best(None)
    shot = plot.canvas.grab().toImage()
    gaps = []
    for height in (0.3, 0.8):
        left, right = (plot.canvas.to_pixel(x, height).toPoint() for x in (20.0, 230.0))
        row = [shot.pixelColor(x, left.y()) for x in range(left.x(), right.x())]
        gaps.append(sum(color == theme.color("surface") for color in row))
    assert gaps[0] == 0 and gaps[1] > 20


def test_that_a_plain_scale_has_round_ticks_that_are_not_written_over_each_other(view):
    for steps, height in ((200, 480), (123_456, 480), (200, 320)):
        x = np.linspace(0.0, steps, 201)
        view.resize(340, height)
        view.show_packet(packet(curves=Curves(x, SERIES, LABELS), reached=steps))
        QApplication.processEvents()
        canvas = view.goal_plot.canvas
        across, up = canvas.ticks()
        assert len(across) >= 2 and len(up) >= 2
        room = canvas.plot_rect().width() / (canvas.run[1] - canvas.run[0])
        metrics = canvas.fontMetrics()
        for (one, left), (other, right) in zip(across[:-1], across[1:], strict=True):
            assert (other - one) * room > (metrics.horizontalAdvance(left) + metrics.horizontalAdvance(right)) / 2
        assert all(float(words.replace(",", "")) == pytest.approx(place) for place, words in (*across, *up))


def test_that_the_whole_canvas_is_painted_in_every_state(view):
    """A canvas that says it is opaque must leave no pixel as it was."""
    view.show_packet(packet())
    view.log_box.setChecked(True)
    view.show_packet(packet(3, curves=Curves(np.arange(4.0), {"loss": np.array([1.0, 1.0, 1.0, 1.0])}, LABELS)))
    for plot in (view.goal_plot, view.score_plot):
        shot = plot.canvas.grab().toImage()
        assert all(shot.pixelColor(x, y).alpha() == 255 for x in (0, shot.width() - 1) for y in (0, shot.height() - 1))


def test_that_thinning_keeps_the_least_and_the_greatest_of_every_column():
    x, y = np.arange(10_000.0), np.random.default_rng(0).normal(size=10_000)
    xs, ys = thinned(x, y, 100)
    assert len(xs) == len(ys) <= 202 and (np.diff(xs) >= 0).all()
    assert ys.min() == y.min() and ys.max() == y.max()
    assert len(thinned(x[:300], y[:300], 100)[0]) == 300


@pytest.mark.parametrize("is_log", [False, True])
def test_that_a_low_plot_has_two_ticks_at_least(view, is_log):
    canvas = view.goal_plot.canvas
    series = {"loss": np.linspace(0.85, 0.31, 201), "accuracy": SERIES["accuracy"]}
    view.show_packet(packet(curves=Curves(STEPS, series, LABELS)))
    view.log_box.setChecked(is_log)
    view.resize(340, 240)
    QApplication.processEvents()
    assert canvas.is_log == is_log and canvas.plot_rect().height() < 90, "this is a low plot"
    places = [
        canvas.plot_rect().height() * place / (canvas.values[1] - canvas.values[0]) for place, _ in canvas.ticks()[1]
    ]
    assert len(places) >= 2
    assert min(b - a for a, b in pairwise(places)) >= 0.8 * QFontMetricsF(canvas.font()).height()


@pytest.mark.parametrize("last", [0.24, 0.9, 3.5, 11.0, 87.5, 999.0, 25_000.0, 1_000_000.0])
@pytest.mark.parametrize("width, height", [(180, 70), (280, 110), (700, 300)])
def test_that_no_two_ticks_are_written_over_each_other(view, last, width, height):
    steps = np.linspace(0.0, last, 30)
    share = np.linspace(0.2, 0.9, 30)
    view.show_packet(packet(curves=Curves(steps, {"loss": 700.0 * share, "accuracy": share}, LABELS), metrics={}))
    for plot in (view.goal_plot, view.score_plot):
        canvas = plot.canvas
        canvas.setFixedSize(width, height)
        rect, metrics = canvas.plot_rect(), QFontMetricsF(canvas.font())
        across, up = canvas.ticks()
        for (one, words), (other, more) in pairwise(across):
            room = (other - one) / (canvas.run[1] - canvas.run[0]) * rect.width()
            assert room >= (metrics.horizontalAdvance(words) + metrics.horizontalAdvance(more)) / 2, across
        if canvas.is_share and len(up) > 1:
            assert rect.height() / (len(up) - 1) >= metrics.height() * 0.9, up
