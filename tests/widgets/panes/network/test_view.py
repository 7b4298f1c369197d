"""The network pane: everything can be pointed at, walked to, pinned and edited; what is small stays reachable."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from lab.protocol.commands import Frame
from lab.protocol.packet import Packet
from lab.protocol.pane_records import NetworkPicture
from models.core.abilities import Wiring, activate
from models.core.learner import Pin
from models.words.numbers import number
from widgets.kit.language import language
from widgets.kit.theme import theme
from widgets.panes.network.layout import LEAST_SIDE, MOST_SIDE, Spot, arrange
from widgets.panes.network.scene import color_table, levels
from widgets.panes.network.view import NetworkView

LEFT = Qt.MouseButton.LeftButton


def strength_of(pictures: np.ndarray) -> np.ndarray:
    """How far each byte is from the middle."""
    return np.abs(pictures.astype(np.float32) - 128.0)


def network(sizes=(2, 4, 2), hidden="tanh", output="softmax", *, flow="", seed=0, frozen=False, px=20, **changes):
    """A drawn network with everything that a pane can show, computed here by numpy alone."""
    random = np.random.default_rng(seed)
    weights = [random.normal(0, 1, (a, b)) for a, b in zip(sizes, sizes[1:], strict=False)]
    biases = [random.normal(0, 0.5, b) for b in sizes[1:]]
    names = (hidden,) * (len(sizes) - 2) + (output,)
    a = x = random.normal(0, 1, sizes[0])
    sums, outputs = [], []
    for w, b, name in zip(weights, biases, names, strict=True):
        sums.append(a @ w + b)
        a = activate(name, sums[-1])
        outputs.append(a)
    gradients = [random.normal(0, 0.1, (w.shape[0] + 1, w.shape[1])) for w in weights]
    masks = [np.zeros((w.shape[0] + 1, w.shape[1]), dtype=bool) for w in weights]
    wiring = Wiring(
        tuple(f"in{k}" for k in range(sizes[0])), tuple("ABCDEFGH"[: sizes[-1]]), tuple(weights), tuple(biases), names,
        gradients=tuple(gradients), frozen=tuple(masks) if frozen else None, rows=np.array([0]), flow=flow,
    )  # fmt: skip
    units = tuple(random.integers(1, 256, (size, px, px), dtype=np.uint8) for size in sizes[1:])
    given = {
        "wiring": wiring, "inputs": x, "originals": 10 * x, "sums": tuple(sums), "outputs": tuple(outputs), "sample": 0,
        "units": units, "strengths": tuple(strength_of(layer).sum(axis=0) for layer in units),
        "unit_range": tuple(np.ones(size) for size in sizes[1:]),
        "input_units": tuple(random.integers(1, 256, (px, px), dtype=np.uint8) for _ in range(sizes[0])),
        "deltas": tuple(random.normal(0, 1, size) for size in sizes[1:]) if flow == "backward" else None,
        "steps": tuple(0.01 * g for g in gradients) if flow == "update" else None,
    }  # fmt: skip
    return NetworkPicture(**{**given, **changes})


def packet(picture, frame=1, state="paused", version=1, **changes) -> Packet:
    return Packet(
        version, state, Frame(frame), abilities=frozenset({"network"}), beside={"network": picture}, **changes
    )


@pytest.fixture
def shown(qtbot):
    """Makes a view of a picture, in a window with another control to Tab from."""
    windows = []  # held until the test is over: else a window could be collected while it is being painted

    def make(picture=None, width=420, height=560, **changes) -> NetworkView:
        window = QWidget()
        window.before, window.view = QLineEdit(), NetworkView()
        layout = QVBoxLayout(window)
        layout.addWidget(window.before)
        layout.addWidget(window.view)
        window.resize(width, height)
        qtbot.addWidget(window)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        windows.append(window)
        if picture is not None:
            window.view.show_packet(packet(picture, **changes))
        return window.view

    yield make
    windows.clear()


def place(view, spot: Spot) -> QPoint:
    layout = view.canvas.layout_now
    if spot.is_weight and spot.input >= 0:
        x0, y0, x1, y1 = layout.edge_ends[layout.edge(spot)]
        share = 0.55 + 0.05 * (spot.unit % 2)
        at = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
    elif spot.is_weight:
        at = layout.bias_place(spot.layer, spot.unit)
    else:
        at = layout.center(spot.layer, spot.unit)
    return QPoint(round(at[0]), round(at[1]))


def point(view, spot: Spot) -> None:
    QTest.mouseMove(view.canvas, QPoint(1, 1))
    QTest.mouseMove(view.canvas, place(view, spot))
    assert view.canvas.current == spot


def click(view, spot: Spot) -> None:
    QTest.mouseClick(view.canvas, LEFT, pos=place(view, spot))


def card_says(view) -> str:
    return view.card.title.text().replace("\u2060", "") + "\n" + view.card.body.sentence


# -- the layout ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(2, 1), (2, 4, 2), (4, 5, 6, 3), (2, *[8] * 6, 1), (2, *[8] * 8, 1), (2, 64, 64, 2)])
@pytest.mark.parametrize("width, height", [(270, 300), (880, 420), (1600, 900)])
def test_that_nothing_overlaps_nothing_is_outside_and_pictures_stay_legible(sizes, width, height):
    layout = arrange(sizes, [0] * len(sizes), width, height, 16.0)
    assert LEAST_SIDE <= layout.side <= MOST_SIDE
    half = layout.side / 2
    for column in layout.columns:
        ys = [*column.ys, *([column.rest_y] if column.rest else [])]
        assert column.x - half >= 0 and column.x + half <= layout.width
        assert min(ys) - half >= layout.header - 1 and max(ys) + half <= layout.height - layout.footer + 1
        assert all(after - before > layout.side for before, after in zip(ys, ys[1:], strict=False))
        assert len(column.units) + column.rest == sizes[column.layer]
    assert all(
        after.x - before.x >= layout.side + 30
        for before, after in zip(layout.columns, layout.columns[1:], strict=False)
    )


def test_that_a_point_finds_what_lies_under_it():
    layout = arrange((2, 4, 2), (0, 0, 0), 400, 400, 16.0)
    for spot in (Spot(0, 1), Spot(1, 3), Spot(2, 0)):
        assert layout.spot_at(*layout.center(spot.layer, spot.unit)) == spot
    assert layout.spot_at(*layout.bias_place(1, 2)) == Spot(1, 2, -1)
    for k, (x0, y0, x1, y1) in enumerate(layout.edge_ends.tolist()):
        spot = layout.spot_at(x0 + 0.05 * (x1 - x0) + 1, y0 + 0.05 * (y1 - y0))
        assert spot is not None and layout.edge(spot) is not None
        assert spot.input == layout.edge_input[k]  # near the start only edges from that neuron lie close
    assert layout.spot_at(1.0, 1.0) is None


def test_that_eight_layers_of_eight_scroll_in_a_narrow_pane_and_fit_in_a_wide_one(shown):
    narrow, wide = shown(network((2, *[8] * 8, 1)), 288, 520), shown(network((2, *[8] * 8, 1)), 1100, 620)
    assert narrow.scroll.horizontalScrollBar().maximum() > 0 and narrow.canvas.layout_now.side >= LEAST_SIDE
    assert wide.scroll.horizontalScrollBar().maximum() == 0
    assert all(len(column.units) == 8 for column in wide.canvas.layout_now.columns[1:-1])


# -- pointing and pinning ------------------------------------------------------------------------------------------------


def test_that_pointing_at_a_weight_shows_its_value_gradient_and_product(shown):
    picture = network(flow="forward")
    view = shown(picture)
    point(view, Spot(1, 0, 1))
    w, x = picture.wiring.weights[0][1, 0], picture.inputs[1]
    said = card_says(view)
    assert "in1" in said and "은닉층 1의 뉴런 1" in said
    for value in (w, x, w * x, picture.wiring.gradients[0][1, 0]):
        assert number(value) in said
    QTest.mouseMove(view.canvas, QPoint(1, 1))
    assert number(w * x) not in card_says(view)


def test_that_pointing_at_a_neuron_shows_its_weighted_sum_and_its_activation(shown):
    picture = network(flow="forward")
    view = shown(picture)
    point(view, Spot(1, 2))
    said = card_says(view)
    for value in (
        *picture.wiring.weights[0][:, 2],
        picture.sums[0][2],
        picture.outputs[0][2],
        picture.wiring.biases[0][2],
    ):
        assert number(value) in said
    assert "tanh(" in said
    point(view, Spot(2, 1))
    assert "e^" in card_says(view) and number(picture.outputs[1][1]) in card_says(view)
    point(view, Spot(0, 1))
    assert number(picture.originals[1]) in card_says(view)


def test_that_a_bias_has_a_dot_that_can_be_pointed_at(shown):
    picture = network()
    view = shown(picture)
    point(view, Spot(1, 3, -1))
    assert "편향" in card_says(view) and number(picture.wiring.biases[0][3]) in card_says(view)


def test_that_the_card_keeps_up_while_training(shown):
    view = shown(network(seed=0))
    point(view, Spot(1, 2))
    before = card_says(view)
    after = network(seed=5)
    view.show_packet(packet(after, frame=2))
    assert card_says(view) != before and number(after.sums[0][2]) in card_says(view)


def test_that_a_click_pins_and_a_second_click_lets_go(shown, qtbot):
    view = shown(network())
    with qtbot.waitSignal(view.pin_changed) as sent:
        click(view, Spot(1, 1))
    assert sent.args[0] == Pin(unit=(1, 1))
    point(view, Spot(2, 0))
    assert "은닉층 1의 뉴런 2" in card_says(view)  # what is pinned stays, wherever the mouse goes
    with qtbot.waitSignal(view.pin_changed) as sent:
        click(view, Spot(1, 0, 1))
    assert sent.args[0] == Pin(weight=(1, 0, 1))
    with qtbot.waitSignal(view.pin_changed) as sent:
        click(view, Spot(1, 0, 1))
    assert sent.args[0] == Pin() and view.pinned is None


def test_that_escape_lets_go_and_is_nobodys_business_without_a_pin(shown, qtbot):
    view = shown(network())
    click(view, Spot(1, 1))
    override = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    override.ignore()
    QApplication.sendEvent(view.canvas, override)
    assert override.isAccepted()
    with qtbot.waitSignal(view.pin_changed) as sent:
        qtbot.keyClick(view.canvas, Qt.Key.Key_Escape)
    assert sent.args[0] == Pin()
    override.ignore()
    QApplication.sendEvent(view.canvas, override)
    assert not override.isAccepted()


def test_that_other_pins_are_kept_and_a_late_packet_does_not_undo_a_click(shown):
    pinned = Pin(row=7, place=(1.0, 2.0))
    view = shown(network(), pin=pinned)
    sent = []
    view.pin_changed.connect(sent.append)
    click(view, Spot(1, 1))
    assert sent == [dataclasses.replace(pinned, unit=(1, 1))]
    view.show_packet(packet(network(), frame=2, pin=pinned))  # sent off before the worker heard of the click
    assert view.pinned == Spot(1, 1)
    view.show_packet(packet(network(), frame=3, pin=sent[0]))
    view.show_packet(packet(network(), frame=4, pin=Pin(weight=(2, 0, 3))))  # pinned elsewhere, in the numbers
    assert view.pinned == Spot(2, 0, 3)


def test_that_a_pin_of_another_network_is_not_shown(shown):
    view = shown(network((2, 4, 2)), pin=Pin(unit=(1, 3)))
    assert view.pinned == Spot(1, 3)
    view.show_packet(packet(network((2, 3, 2)), version=2, pin=Pin(unit=(1, 3))))
    assert view.pinned is None
    view.grab()


# -- editing -------------------------------------------------------------------------------------------------------------


def test_that_a_pinned_weight_can_be_set_by_typing_and_by_stepping(shown, qtbot):
    picture = network()
    view = shown(picture)
    assert not view.card.editor.isVisible()
    click(view, Spot(1, 2, 0))
    assert view.card.editor.isVisible() and not view.card.freeze.isVisible()
    value = picture.wiring.weights[0][0, 2]
    assert float(view.card.value.text()) == pytest.approx(value, rel=1e-3)
    with qtbot.waitSignal(view.edit_requested) as sent:
        qtbot.keyClick(view.card.value, Qt.Key.Key_Up)
    assert sent.args[0] == "weight:1:2:0" and sent.args[1][0] == pytest.approx(value + 0.1, abs=1e-3)
    view.card.value.selectAll()
    qtbot.keyClicks(view.card.value, "-2,5")
    with qtbot.waitSignal(view.edit_requested) as sent:
        qtbot.keyClick(view.card.value, Qt.Key.Key_Return)
    assert sent.args == ["weight:1:2:0", (-2.5,)]


@pytest.mark.parametrize("typed", ["much", "nan", "inf", "", "1e400"])
def test_that_what_is_no_number_sets_nothing(shown, qtbot, typed):
    view = shown(network())
    click(view, Spot(1, 1, -1))
    sent = []
    view.edit_requested.connect(lambda *given: sent.append(given))
    view.card.value.selectAll()
    qtbot.keyClicks(view.card.value, typed) if typed else qtbot.keyClick(view.card.value, Qt.Key.Key_Delete)
    qtbot.keyClick(view.card.value, Qt.Key.Key_Return)
    assert sent == []
    view.show_packet(packet(network(), frame=2))
    assert float(view.card.value.text()) == pytest.approx(network().wiring.biases[0][1], rel=1e-3)


def test_that_a_number_being_typed_is_not_overwritten_by_training(shown, qtbot):
    view = shown(network())
    click(view, Spot(1, 1, 0))
    view.card.value.selectAll()
    qtbot.keyClicks(view.card.value, "0.7")
    view.show_packet(packet(network(seed=3), frame=2))
    assert view.card.value.text() == "0.7"


def test_that_a_weight_can_be_frozen_and_freed_only_where_that_is_possible(shown, qtbot):
    view, picture = shown(network(frozen=True)), network(frozen=True)
    click(view, Spot(1, 2, -1))
    assert view.card.freeze.isVisible() and not view.card.freeze.isChecked()
    with qtbot.waitSignal(view.edit_requested) as sent:
        view.card.freeze.click()
    assert sent.args == ["freeze:1:2:-1", (1.0,)]
    before = view.canvas.grab().toImage()
    picture.wiring.frozen[0][-1, 2] = True
    view.show_packet(packet(picture, frame=2))
    assert view.card.freeze.isChecked() and "동결" in view.card.body.sentence
    assert view.canvas.grab().toImage() != before  # a lock stands beside it
    with qtbot.waitSignal(view.edit_requested) as sent:
        view.card.freeze.click()
    assert sent.args == ["freeze:1:2:-1", (0.0,)]


# -- keys ----------------------------------------------------------------------------------------------------------------


def tab_in(view, qtbot) -> None:
    view.window().before.setFocus()
    qtbot.keyClick(view.window().before, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is view.canvas


def test_that_the_arrows_walk_neurons_and_edges_and_enter_pins(shown, qtbot):
    view = shown(network())
    tab_in(view, qtbot)
    assert view.canvas.current == Spot(1, 0)
    for key, expected in (
        (Qt.Key.Key_Down, Spot(1, 1)),
        (Qt.Key.Key_Left, Spot(1, 1, 0)),
        (Qt.Key.Key_Down, Spot(1, 1, 1)),
        (Qt.Key.Key_Down, Spot(1, 1, -1)),
        (Qt.Key.Key_Up, Spot(1, 1, 1)),
        (Qt.Key.Key_Left, Spot(0, 1)),
        (Qt.Key.Key_Up, Spot(0, 0)),
        (Qt.Key.Key_Left, Spot(0, 0)),
    ):
        qtbot.keyClick(view.canvas, key)
        assert view.canvas.current == expected
    qtbot.keyClick(view.canvas, Qt.Key.Key_Right)
    assert view.canvas.current.input == 0 and view.canvas.current.layer == 1
    with qtbot.waitSignal(view.pin_changed) as sent:
        qtbot.keyClick(view.canvas, Qt.Key.Key_Return)
    assert sent.args[0].weight == (1, view.canvas.current.unit, 0)
    assert "in0" in card_says(view)


def test_that_the_arrows_stay_the_runs_own_after_a_click(shown, qtbot):
    view = shown(network())
    click(view, Spot(1, 1))

    def is_taken(key) -> bool:
        override = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
        override.ignore()
        QApplication.sendEvent(view.canvas, override)
        return override.isAccepted()

    assert not is_taken(Qt.Key.Key_Right) and not is_taken(Qt.Key.Key_Space)
    tab_in(view, qtbot)
    assert is_taken(Qt.Key.Key_Right) and not is_taken(Qt.Key.Key_Space)


def test_that_walking_scrolls_along(shown, qtbot):
    view = shown(network((2, *[8] * 8, 1)), 288, 520)
    tab_in(view, qtbot)
    for _ in range(14):
        qtbot.keyClick(view.canvas, Qt.Key.Key_Right)
    assert view.canvas.current.layer == 8
    assert view.scroll.horizontalScrollBar().value() > 0
    visible = view.canvas.visibleRegion().boundingRect()
    assert visible.contains(place(view, view.canvas.current))


# -- large layers --------------------------------------------------------------------------------------------------------


def test_that_a_large_layer_says_how_many_more_there_are_and_turns_to_each_of_them(shown):
    view = shown(network((2, 64, 20, 2)))
    assert view.canvas.shown_in(1) == tuple(range(8)) and view.canvas.layout_now.columns[1].rest == 56
    point(view, Spot(1))
    assert "56" in view.card.title.text() and "1~8" in card_says(view)
    seen = set()
    for _ in range(8):
        seen |= set(view.canvas.shown_in(1))
        click(view, Spot(1))
    assert seen == set(range(64)) and view.canvas.shown_in(1) == tuple(range(8))


def test_that_a_pin_among_those_not_shown_turns_its_layer_to_it(shown):
    view = shown(network((2, 64, 20, 2)), pin=Pin(unit=(2, 19)))
    assert 19 in view.canvas.shown_in(2)
    view.show_packet(packet(network((2, 64, 20, 2)), frame=2, pin=Pin(unit=(1, 37))))
    assert 37 in view.canvas.shown_in(1)
    view.show_packet(packet(network((2, 64, 20, 2)), frame=3, pin=Pin(weight=(2, 13, 3))))
    assert 13 in view.canvas.shown_in(2) and 3 in view.canvas.shown_in(1)


def test_that_the_picture_of_the_rest_is_the_mean_strength_of_those_not_shown(shown):
    picture = network((2, 64, 2))
    view = shown(picture, 600, 700)
    layout, image = view.canvas.layout_now, view.canvas.grab().toImage()
    ratio = image.width() / view.canvas.width()
    mean = (128 + strength_of(picture.units[0][8:]).mean(axis=0)).astype(np.uint8)
    column, side, table = layout.columns[1], layout.side, color_table(("surface", "ink"))
    for row, line in ((1, 1), (18, 18)):  # away from the number in the middle
        x = column.x - side / 2 + (2.5 / 20) * side
        y = column.rest_y + side / 2 - (line + 0.5) / 20 * side
        assert image.pixel(int(x * ratio), int(y * ratio)) == table[mean[row, 2]]


def test_that_a_neuron_of_a_large_layer_is_reached_by_its_number(shown, qtbot):
    view = shown(network((2, 512, 3, 2)), pin=Pin(unit=(1, 0)))
    assert view.card.finder.isVisible() and view.card.unit.value() == 1 and view.card.unit.maximum() == 512
    view.card.unit.setFocus()
    view.card.unit.selectAll()
    with qtbot.waitSignal(view.pin_changed) as sent:
        qtbot.keyClicks(view.card.unit, "300")
        qtbot.keyClick(view.card.unit, Qt.Key.Key_Return)
    assert sent.args[0].unit == (1, 299) and view.pinned == Spot(1, 299)
    assert 299 in view.canvas.shown_in(1) and "300" in view.card.title.text()
    assert view.card._of.sentence == "/ 512개"
    language.set("en")
    assert view.card._of.sentence == "of 512"
    view.show_packet(packet(network((2, 512, 3, 2)), frame=2, pin=Pin(unit=(2, 1))))
    assert not view.card.finder.isVisible(), "three neurons are all in view"


def test_that_a_number_being_typed_is_not_overwritten_by_the_next_packet(shown, qtbot):
    view = shown(network((2, 64, 2)), pin=Pin(unit=(1, 4)))
    view.card.unit.setFocus()
    view.card.unit.selectAll()
    qtbot.keyClicks(view.card.unit, "6")
    view.show_packet(packet(network((2, 64, 2), seed=1), frame=2, pin=Pin(unit=(1, 4))))
    assert view.card.unit.text() == "6"


# -- painting ------------------------------------------------------------------------------------------------------------


def test_that_a_neurons_picture_stands_upright_in_its_colours(shown):
    cells = np.full((20, 20), 255, dtype=np.uint8)
    cells[:10] = 1  # the lower half of the plane: as negative as can be
    picture = network((2, 1, 1), output="identity")
    picture = dataclasses.replace(picture, units=(cells[None], cells[None]))
    view = shown(picture, 600, 500)
    layout, image = view.canvas.layout_now, view.canvas.grab().toImage()
    ratio = image.width() / view.canvas.width()
    x, y = layout.center(1, 0)
    table = color_table(("class:4", "class:0"))
    for dy, byte in ((-0.3, 255), (0.3, 1)):
        assert image.pixel(round(x * ratio), round((y + dy * layout.side) * ratio)) == table[byte]


def test_that_an_output_has_the_colour_of_its_class(shown):
    picture = network((2, 3, 2), class_ids=(2, 0))
    full = np.full((2, 20, 20), 255, dtype=np.uint8)
    view = shown(dataclasses.replace(picture, units=(picture.units[0], full)), 600, 500)
    image, ratio = view.canvas.grab().toImage(), view.devicePixelRatioF()
    for unit, role in enumerate(("class:2", "class:0")):
        x, y = view.canvas.layout_now.center(2, unit)
        assert image.pixel(round(x * ratio), round(y * ratio)) == color_table((role,))[255]


def test_that_wider_lines_are_larger_weights_on_a_scale_that_stands_still():
    widths = levels(np.array([0.0, 0.3, -1.0, 2.0, -50.0, np.nan, np.inf]))
    assert list(widths[:5]) == sorted(widths[:5]) and widths[0] == 0 and widths[4] == widths.max()
    assert widths[5] == widths[6] == -1
    assert np.array_equal(levels(np.array([1.0])), levels(np.array([1.0, 80.0]))[:1])


@pytest.mark.parametrize("flow", ["", "forward", "loss", "backward", "update"])
def test_that_every_moment_has_a_caption_in_both_languages(shown, flow):
    view = shown(network(flow=flow))
    korean = view.caption.sentence
    language.set("en")
    assert korean and view.caption.sentence and korean != view.caption.sentence
    theme.set("dark")
    view.grab()


def test_that_each_moment_is_drawn_differently(shown):
    drawn = []
    for flow in ("forward", "backward", "update"):
        view = shown(network(flow=flow))
        drawn.append(view.canvas.grab().toImage())
    assert drawn[0] != drawn[1] and drawn[0] != drawn[2] and drawn[1] != drawn[2]


def test_that_values_sweep_through_the_layers_when_a_moment_glides(shown, qtbot, monkeypatch):
    monkeypatch.setattr("widgets.panes.network.view.is_still", lambda: False)
    view = shown(network(flow=""))
    view.glide_ms = 450
    view.show_packet(packet(network(flow="forward"), frame=2))
    view.grab()
    assert view.canvas._share < 1.0
    qtbot.waitUntil(lambda: view.canvas._share == 1.0, timeout=1500)
    view.glide_ms = 0
    view.show_packet(packet(network(flow="forward"), frame=3))
    assert view.canvas._share == 1.0


def test_that_reduced_motion_shows_all_values_at_once(shown, monkeypatch):
    monkeypatch.setattr("widgets.panes.network.view.is_still", lambda: True)
    view = shown(network(flow=""))
    view.glide_ms = 450
    view.show_packet(packet(network(flow="forward"), frame=2))
    assert view.canvas._share == 1.0


def test_that_numbers_stay_away_while_moments_pass_too_fast_to_be_read(shown):
    view = shown(network(flow="forward"))
    view.glide_ms = 0
    assert view.canvas.is_readable
    view._drawn_at = 0.0
    view.show_packet(packet(network(flow="forward"), frame=2, state="playing"))
    assert not view.canvas.is_readable
    view.show_packet(packet(network(flow="forward"), frame=3))
    assert view.canvas.is_readable


def test_that_a_playing_network_is_drawn_some_times_a_second_and_its_last_frame_always(shown, qtbot):
    view = shown(network())
    drawn = []
    view.canvas.show_picture = lambda picture, *rest: drawn.append(picture)
    pictures = [network(seed=k) for k in range(40)]
    for k, picture in enumerate(pictures):
        view.show_packet(packet(picture, frame=k + 2, state="playing"))
    assert len(drawn) < 20
    qtbot.waitUntil(lambda: bool(drawn) and drawn[-1] is pictures[-1], timeout=1000)


def test_that_values_beyond_all_bounds_are_drawn_and_said(shown):
    picture = network(flow="forward")
    for array in (picture.wiring.weights[0], picture.wiring.biases[0], picture.sums[0], picture.outputs[0]):
        array.flat[0] = np.nan
        array.flat[1] = np.inf
    view = shown(picture)
    point(view, Spot(1, 0))
    assert "?" in card_says(view)
    view.grab()


def test_that_a_plane_without_pictures_colours_a_neuron_by_its_value(shown):
    picture = network((1, 1), output="identity", units=(), unit_range=(), input_units=(), class_ids=())
    view = shown(picture)
    bright = view.canvas.grab().toImage()
    changed = dataclasses.replace(picture, outputs=(-picture.outputs[0],))
    view.show_packet(packet(changed, frame=2))
    assert view.canvas.grab().toImage() != bright


# -- the pane ------------------------------------------------------------------------------------------------------------


def test_that_the_size_of_pictures_is_told_when_it_changes(shown, qtbot):
    view = shown(network(), 420, 560)
    before = view.unit_px
    assert before == round(view.canvas.layout_now.side * view.devicePixelRatioF())
    with qtbot.waitSignal(view.unit_px_changed) as sent:
        view.window().resize(900, 800)
    assert sent.args[0] == view.unit_px > before


def test_that_an_algorithm_without_a_network_says_so(shown):
    view = shown()
    view.show_packet(Packet(1, "idle", abilities=frozenset({"numbers"})))
    assert view.empty.isVisible() and "신경망" in view.empty.sentence
    view.show_packet(packet(network(), version=2))
    assert not view.empty.isVisible()
    view.show_packet(Packet(2, "playing", Frame(5), abilities=frozenset({"network"})))  # not renewed for this frame
    assert not view.empty.isVisible()
    view.show_packet(Packet(3, "idle", abilities=frozenset({"network"})))  # another run: the old network is gone
    assert view.empty.isVisible()


def test_that_nothing_is_drawn_while_hidden_and_the_newest_when_shown(shown):
    view = shown(network())
    view.hide()
    newest = network(seed=8)
    view.show_packet(packet(newest, frame=9))
    assert view.canvas.picture is not newest
    view.show()
    assert view.canvas.picture is newest


def test_that_numbers_are_written_for_people():
    assert number(-0.25) == "−0.25" and number(0.0) == "0" and number(1234567) == "1.235×10⁶"
    assert number(0.000012) == "1.2×10⁻⁵" and number(float("nan")) == "?" and number(-np.inf) == "−∞"


def test_that_while_it_plays_too_fast_to_read_the_caption_promises_no_numbers(shown):
    language.set("en")
    view = shown(network(flow="forward"))
    assert "sample (" in view.caption.sentence
    view.glide_ms = 0
    view.show_packet(packet(network(flow="forward"), frame=2, state="playing"))
    view.refresh()
    assert "sample (" not in view.caption.sentence and "Pause" in view.caption.sentence


def test_that_larger_letters_are_larger_everywhere_and_come_back(shown):
    view = shown(network())
    parts = (view.caption, view.card.title, view.card.body, view.canvas)
    before = [part.font().pointSizeF() for part in parts]
    header = view.canvas.layout_now.header
    view.set_scale(1.5)
    assert [part.font().pointSizeF() for part in parts] == pytest.approx([1.5 * size for size in before])
    assert view.canvas.layout_now.header > header
    view.set_scale(1.0)
    assert [part.font().pointSizeF() for part in parts] == pytest.approx(before)
    assert view.canvas.layout_now.header == header


@pytest.mark.parametrize("typed", ["abc", "nan", "1e300", ""])
def test_that_what_is_no_weight_is_taken_back_and_sets_nothing(shown, typed):
    view = shown(network())
    asked = []
    view.edit_requested.connect(lambda *edit: asked.append(edit))
    click(view, Spot(1, 1, 0))
    field = view.card.value
    before = field.text()
    field.setFocus()
    field.lineEdit().selectAll()
    QTest.keyClicks(field.lineEdit(), typed) if typed else QTest.keyClick(field.lineEdit(), Qt.Key.Key_Delete)
    QTest.keyClick(field.lineEdit(), Qt.Key.Key_Return)
    assert field.text() == before and asked == []


def test_that_a_network_at_play_is_painted_in_steps_and_looks_as_if_it_were_painted_at_once(shown, qtbot):
    first, second = network(), network(seed=3)
    view = shown(first)
    view.show_packet(packet(second, 2, "playing"))
    before = view.canvas.grab().toImage()
    qtbot.waitUntil(lambda: view.canvas.picture is second and not view.canvas._steps.isActive(), timeout=1000)
    after = view.canvas.grab().toImage()
    view.canvas.repaint_all()
    assert before != after == view.canvas.grab().toImage()
