"""A pinned neuron on the plane in the colours that it has in the network pane; what glows beside it."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from lab.composing.surfaces import evaluate_unit, raster
from lab.data.datasets import empty
from lab.data.generators import generate
from lab.document.edits import add_points
from lab.document.project import Experiment, Project
from lab.looks.palette import class_colors, rgb, role_color
from lab.looks.raster import STRENGTH, field_pixels
from lab.protocol.commands import Apply, Begin, Look, Step, Watch
from lab.sessions.session import Session
from models.core.learner import Edit, Pin
from models.core.marks import Field

LOOK = Look(-6.0, 6.0, -6.0, 6.0, 40)


def session(algorithm: str, data: str, **settings) -> Session:
    made = Session()
    made.handle(LOOK)
    made.handle(Begin(generate(data), Experiment(algorithm, settings), 1))
    return made


def field_of(made: Session, unit: tuple[int, int]) -> Field:
    run = made.run
    return evaluate_unit(run.learner, made.moment, unit, run.problem, LOOK)


def test_that_an_output_for_a_class_is_the_share_of_that_class_alone():
    made = session("mlp", "blobs", hidden_layer_sizes=(3,))
    run = made.run
    whole = [mark for mark in made.take_packet().picture.marks if isinstance(mark, Field)][0].shares
    for unit in range(3):
        shares = field_of(made, (2, unit)).shares
        assert np.allclose(shares[..., run.problem.class_ids[unit]], whole[..., run.problem.class_ids[unit]])
        assert np.count_nonzero(shares.any(axis=(0, 1))) == 1


@pytest.mark.parametrize(("algorithm", "settings"), [("logistic_regression", {}), ("perceptron", {})])
def test_that_one_output_between_two_classes_has_the_colours_of_both(algorithm, settings):
    made = session(algorithm, "gaussians", **settings)
    made.handle(Apply(Edit("weight:1:0:0", (1.5,))))
    shares = field_of(made, (1, 0)).shares
    assert shares.shape[2] == 2 and np.allclose(shares.sum(axis=2), 1.0)
    assert shares[:, -1, 1].mean() > shares[:, 0, 1].mean()  # the weight of x is above 0: class B to the right


def test_that_a_hidden_neuron_has_levels_about_zero():
    field = field_of(session("mlp", "circles"), (1, 0))
    assert field.shares is None and field.level_range[0] == -field.level_range[1]


def test_that_one_class_alone_fades_into_the_ground():
    shares = np.zeros((1, 3, 2), dtype=np.float32)
    shares[0, :, 1] = 0.0, 0.5, 1.0
    pixels = field_pixels(Field(key="unit:2:1", shares=shares), "light")[0].astype(float)
    ground, color = (
        np.array(rgb(name), dtype=float) for name in (role_color("surface", "light"), class_colors("light")[1])
    )
    full = ground + (color - ground) * STRENGTH["light"]
    assert np.allclose(pixels, [ground, (ground + full) / 2, full], atol=1.0)


def test_that_the_picked_point_glows_beside_those_that_the_numbers_are_about():
    made = session("perceptron", "gaussians")
    made.handle(Watch(frozenset({"numbers"})))
    made.handle(Step(1))
    turn = made.take_packet().picture.glow
    other = int(made.run.problem.rows[made.run.problem.rows != turn[0]][0])
    made.handle(Watch(frozenset({"numbers"}), Pin(row=other)))
    assert sorted(made.take_packet().picture.glow) == sorted([int(turn[0]), other])
    made.handle(Watch(frozenset({"curves"}), Pin(row=other)))
    assert made.take_packet().picture.glow.tolist() == [other]


@pytest.mark.parametrize(("algorithm", "has_network"), [("mlp", True), ("knn", False)])
def test_that_a_run_that_is_not_ready_says_which_panes_it_will_have(algorithm, has_network):
    drawn = add_points(Project(empty(), ()), np.array([[0.0, 0.0], [1.0, 1.0]]), 0).dataset  # one class: too few
    made = Session()
    made.handle(Begin(drawn, Experiment(algorithm), 1))
    packet = made.take_packet()
    assert packet.state == "unready" and ("network" in packet.abilities) == has_network


def test_that_one_neuron_of_a_wide_network_is_pictured_in_little_memory():
    made = session("mlp", "moons", hidden_layer_sizes=(256,) * 4)
    learner, problem = made.run.learner, made.run.problem
    tracemalloc.start()
    field = evaluate_unit(learner, made.moment, (1, 3), problem, Look(-3.0, 3.0, -3.0, 3.0, cells=120))
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert field.levels.shape == (120, 120)
    assert used < 40e6  # all neurons at all of its places would be 120 MB, and as much again for their outputs


def test_that_a_neurons_picture_is_that_of_its_output_in_double_precision():
    made = session("mlp", "moons", hidden_layer_sizes=(64, 64))
    learner, problem = made.run.learner, made.run.problem
    look = Look(-3.0, 3.0, -3.0, 3.0, cells=40)
    xs, ys = raster(look)
    x = problem.from_plane(problem.scale_plane(np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)))
    wanted = np.tanh(learner.sums(made.moment.state, x)[1][:, 5]).reshape(40, 40)
    assert evaluate_unit(learner, made.moment, (2, 5), problem, look).levels == pytest.approx(wanted, abs=1e-5)
