"""The activation pane: the curves are the functions, the strokes are the weighted sums, the sample is marked."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lab.protocol.commands import Frame
from lab.protocol.packet import Packet
from lab.protocol.pane_records import ActivationPicture
from widgets.kit.language import language
from widgets.kit.theme import theme
from widgets.panes.activation.view import ActivationView

SUMS = np.random.default_rng(0).normal(0.5, 1.0, 200)
TORCH = {"identity": lambda z: z, "tanh": torch.tanh, "logistic": torch.sigmoid, "relu": torch.relu}


def packet(name="tanh", sums=SUMS, here=0.7, version=1, frame=1) -> Packet:
    picture = ActivationPicture(name, (1, 2), np.asarray(sums), here)
    return Packet(version, "paused", Frame(frame), abilities=frozenset({"activation"}), beside={"activation": picture})


@pytest.fixture
def view(qtbot):
    view = ActivationView()
    view.resize(320, 440)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.mark.parametrize("name", TORCH)
def test_that_the_curves_are_the_function_and_its_derivative(view, name):
    view.show_packet(packet(name))
    z, a = view.function.getData()
    there = torch.tensor(np.asarray(z), dtype=torch.float64, requires_grad=True)
    value = TORCH[name](there)
    value.sum().backward()
    assert np.allclose(a, value.detach().numpy())
    assert np.allclose(view.derivative.getData()[1], there.grad.numpy())


def test_that_the_step_function_jumps_without_a_slope_between(view):
    view.show_packet(packet("step"))
    z, a = view.function.getData()
    assert set(a) == {0.0, 1.0} and all(z[k] == 0.0 for k in range(1, 3))


def test_that_every_weighted_sum_has_a_stroke_under_the_curve(view):
    view.show_packet(packet())
    x, y = view.rug.getData()
    assert np.allclose(x[::2], SUMS) and np.allclose(x[1::2], SUMS)
    assert y.max() < view.function.getData()[1].min()
    low, high = view.plot.getViewBox().viewRange()[0]
    assert low <= SUMS.min() and SUMS.max() <= high


def test_that_the_sample_is_marked_on_the_curve_with_its_numbers(view):
    view.show_packet(packet(here=0.7))
    x, y = view.marker.getData()
    assert x[0] == 0.7 and y[0] == pytest.approx(np.tanh(0.7))
    assert "z = 0.7" in view.at.sentence and f"a = {np.tanh(0.7):.4g}" in view.at.sentence
    view.show_packet(packet(here=None, frame=2))
    assert not view.marker.isVisible() and not view.at.isVisible()


def test_that_the_scale_stands_still_while_the_sums_move_a_little(view):
    view.show_packet(packet())
    before = view.plot.getViewBox().viewRange()
    view.show_packet(packet(sums=SUMS * 1.05, frame=2))
    assert view.plot.getViewBox().viewRange() == before
    view.show_packet(packet(sums=SUMS * 8, frame=3))
    assert view.plot.getViewBox().viewRange()[0][1] > before[0][1]


def test_that_a_saturated_neuron_is_said_to_learn_little(view):
    view.show_packet(packet("logistic", sums=SUMS * 0.3))
    assert "평평" not in view.note.sentence
    view.show_packet(packet("logistic", sums=SUMS * 30, frame=2))
    assert "평평" in view.note.sentence


def test_that_values_beyond_all_bounds_do_no_harm(view):
    view.show_packet(packet("relu", sums=[np.nan, np.inf, -1e300, 1.0], here=np.nan))
    view.grab()
    assert not view.at.isVisible()
    view.show_packet(packet("relu", sums=[], here=None, frame=2))
    view.grab()


def test_that_softmax_has_words_in_place_of_a_curve(view):
    view.show_packet(packet("softmax"))
    assert view.empty.isVisible() and "소프트맥스" in view.empty.sentence


def test_that_an_algorithm_without_activations_says_so(view):
    view.show_packet(Packet(1, "unready"))  # no data yet: nothing is known of what there will be
    assert view.empty.isVisible() and "없습니다" not in view.empty.sentence
    view.show_packet(Packet(1, "idle", abilities=frozenset({"curves"})))
    assert view.empty.isVisible() and "없습니다" in view.empty.sentence
    view.show_packet(packet())
    assert not view.empty.isVisible()


def test_that_names_and_colours_follow_the_language_and_the_theme(view):
    view.show_packet(packet("logistic"))
    assert "시그모이드" in view.title.sentence
    language.set("en")
    assert "sigmoid" in view.title.sentence and "neuron 3" in view.title.sentence
    assert "weighted sum" in view.plot.getAxis("bottom").labelText
    light = view.grab().toImage()
    theme.set("dark")
    assert view.grab().toImage() != light
