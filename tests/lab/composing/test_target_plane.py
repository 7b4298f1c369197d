"""The plane whose vertical axis is the target: drawn points and tables for learners that predict numbers."""

from __future__ import annotations

import numpy as np
import pytest

from lab.composing.picture import to_plane
from lab.composing.surfaces import evaluate_field
from lab.data.datasets import TARGET_AXIS, Dataset, seen_by
from lab.data.generators import generate
from lab.data.tables.files import read_table, to_dataset
from lab.document import edits, storage
from lab.document.project import Experiment, Project
from lab.errors import LabError
from lab.protocol.commands import Look
from lab.running.problems import problem_for
from models.algorithms.mlp.learner import MLP
from models.core.marks import Field


def years_and_pay() -> Dataset:
    rng = np.random.default_rng(3)
    years = rng.uniform(0, 13, 30)
    return Dataset("pay", ("years",), years[:, None].copy(), 1.5 + 0.7 * years, (), "pay", (0, TARGET_AXIS), "table")


def test_that_drawn_points_are_numbers_to_predict_for_a_regressor():
    data = generate("tilted")
    seen = seen_by(data, "regressor")
    assert seen.feature_names == ("x",) and seen.target_name == "y" and seen.axes == (0, TARGET_AXIS)
    assert np.array_equal(seen.features[:, 0], data.features[:, 0])
    assert np.array_equal(seen.targets, data.features[:, 1]) and np.array_equal(seen.plane, data.plane)
    assert seen_by(data, "classifier") is data


def test_that_a_learner_without_answers_takes_the_target_as_one_column_more():
    data = years_and_pay()
    seen = seen_by(data, "clusterer")
    assert seen.feature_names == ("years", "pay") and seen.targets is None and seen.axes == (0, 1)
    assert np.array_equal(seen.plane, data.plane)


def test_that_marks_map_back_to_the_points_they_came_from():
    data = years_and_pay()
    problem = problem_for(data, Experiment("mlp"), MLP())
    assert problem.scaler.kind == "standard" and problem.shows_target
    assert np.allclose(to_plane(problem.places, problem), data.plane)
    assert np.allclose(problem.scale_plane(data.plane), problem.places)
    assert problem.scale_point(data.plane[4]).shape == (1,)


def test_that_a_surface_is_the_curve_of_predictions_from_edge_to_edge():
    data = years_and_pay()
    learner = MLP()
    problem = problem_for(data, Experiment("mlp"), learner)
    state = learner.start(problem, 7)
    done = evaluate_field(Field(key="surface"), learner, state, problem, Look(0, 13, 0, 12, 50))
    (curve,) = done.boundary
    assert done.levels is None and done.shares is None and curve[0, 0] == 0 and curve[-1, 0] == 13
    wanted = learner.predict(state, problem.scaler.transform(curve[:, :1]))
    assert np.allclose(curve[:, 1], wanted)


def test_that_points_drawn_and_moved_carry_their_height_as_the_target():
    project = Project(years_and_pay())
    drawn = edits.add_points(project, np.array([[5.0, 9.0]]), 0).dataset
    assert drawn.features[-1, 0] == 5 and drawn.targets[-1] == 9
    moved = edits.move_rows(project, [2], (1.0, -2.0)).dataset
    before = project.dataset
    assert moved.features[2, 0] == before.features[2, 0] + 1 and moved.targets[2] == before.targets[2] - 2
    assert np.array_equal(moved.targets[:2], before.targets[:2])


def test_that_a_table_of_one_feature_and_a_numeric_target_opens_and_survives_the_file(tmp_path):
    path = tmp_path / "pay.csv"
    path.write_text("years,pay\n0,2.6\n3,3.1\n5,4.3\n8,6.5\n")
    dataset, _ = to_dataset(read_table(path), features=["years"], target="pay")
    assert dataset.axes == (0, TARGET_AXIS) and dataset.has_values
    storage.save(Project(dataset), tmp_path / "a.learnscope")
    again = storage.load(tmp_path / "a.learnscope").dataset
    assert again.axes == (0, TARGET_AXIS) and np.array_equal(again.plane, dataset.plane)


def test_that_one_feature_without_a_numeric_target_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "pay.csv"
    path.write_text("years,kind\n0,a\n3,b\n5,a\n8,b\n")
    with pytest.raises(LabError, match="two columns"):
        to_dataset(read_table(path), features=["years"], target="kind")
    with pytest.raises(LabError, match="two columns"):
        to_dataset(read_table(path), features=["years"], target=None)


def test_that_the_target_can_be_chosen_for_the_vertical_axis_of_a_wider_table_and_of_no_other():
    wide = Dataset("w", ("a", "b"), np.zeros((4, 2)), np.arange(4.0), (), "price", (0, 1), "table")
    assert edits.set_axes(Project(wide), 1, TARGET_AXIS).dataset.axis_names == ("b", "price")
    with pytest.raises(LabError):
        edits.set_axes(Project(generate("xor")), 0, TARGET_AXIS)
    with pytest.raises(LabError):
        edits.set_axes(Project(wide), TARGET_AXIS, 0)
