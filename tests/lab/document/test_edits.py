from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.data.datasets import Dataset, empty
from lab.data.generators import generate
from lab.document import edits
from lab.document.changes import Retune
from lab.document.project import Experiment, Project
from lab.document.project_json import to_json
from lab.errors import LabError

RETUNED = ((3, Retune("learning_rate", 0.5)),)


def table(targets=None, class_names=()) -> Dataset:
    features = np.array([[1.0, 10.0, 100.0], [2.0, 20.0, 300.0], [3.0, 60.0, 200.0]])
    return Dataset("cars", ("a", "b", "c"), features, targets, class_names, "price", axes=(0, 2), origin="table")


def project(dataset=None, **experiment) -> Project:
    dataset = generate("xor", 20, 0.0, 1) if dataset is None else dataset
    return Project(dataset=dataset, experiments=(Experiment(schedule=RETUNED, **experiment),), scene="01-line")


coordinates = st.floats(-1e6, 1e6)
strokes = st.lists(st.tuples(coordinates, coordinates), max_size=8)
rows = st.lists(st.integers(-3, 30), max_size=10)
EDITS = st.one_of(
    st.tuples(st.just(edits.add_points), st.tuples(strokes, st.integers(0, 6))),
    st.tuples(st.just(edits.remove_rows), st.tuples(rows)),
    st.tuples(st.just(edits.move_rows), st.tuples(rows, st.tuples(coordinates, coordinates))),
    st.tuples(st.just(edits.clear_points), st.just(())),
    st.tuples(st.just(edits.set_dataset), st.tuples(st.sampled_from([empty(), generate("moons", 8)]))),
    st.tuples(st.just(edits.set_algorithm), st.tuples(st.sampled_from(["perceptron", "knn", "kmeans", "pca"]))),
    st.tuples(st.just(edits.set_seed), st.tuples(st.integers(0, 50))),
    st.tuples(st.just(edits.set_scaling), st.tuples(st.sampled_from(["auto", "none", "standard"]))),
    st.tuples(st.just(edits.set_train_share), st.tuples(st.floats(0.01, 1.0))),
    st.tuples(st.just(edits.set_axes), st.tuples(st.just(1), st.just(0))),
    st.tuples(st.just(edits.set_schedule), st.tuples(st.sampled_from([(), RETUNED]))),
    st.tuples(st.just(edits.reset_settings), st.just(())),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(EDITS, max_size=8))
def test_that_old_projects_never_change_so_that_undo_is_going_back_to_a_value(steps):
    history = [project()]
    kept = [to_json(history[0])]
    for function, arguments in steps:
        history.append(function(history[-1], *arguments))
        kept.append(to_json(history[-1]))
        data = history[-1].dataset
        assert len(data.targets) == data.n and data.features.dtype == np.float64
        assert data.n == 0 or 0 <= data.targets.min() and data.targets.max() < len(data.class_names)
        assert not data.features.flags.writeable and not data.targets.flags.writeable
    assert [to_json(earlier) for earlier in history] == kept


@settings(max_examples=40, deadline=None)
@given(strokes, st.integers(0, 6))
def test_that_drawing_and_erasing_the_same_points_gives_the_points_back(stroke, number):
    before = project()
    after = edits.add_points(before, np.array(stroke).reshape(-1, 2), number)
    assert after.dataset.n == 20 + len(stroke)
    assert after.dataset.features[20:].tolist() == [list(place) for place in stroke]
    assert (after.dataset.targets[20:] == number).all()
    erased = edits.remove_rows(after, np.arange(20, 20 + len(stroke)))
    assert erased.dataset.features.tobytes() == before.dataset.features.tobytes()
    assert erased.dataset.targets.tobytes() == before.dataset.targets.tobytes()


def test_that_a_new_class_gets_its_letter_and_erasing_keeps_the_name():
    drawn = edits.add_points(project(), np.array([[0.0, 0.0]]), 3)
    assert drawn.dataset.class_names == ("A", "B", "C", "D")
    assert edits.remove_rows(drawn, [20]).dataset.class_names == ("A", "B", "C", "D")


def test_that_names_of_new_classes_never_repeat_a_name_of_the_table():
    data = table(np.array([0, 1, 0]), ("C", "cat"))
    names = edits.add_points(project(data), np.array([[0.0, 0.0]]), 3).dataset.class_names
    assert names[:2] == ("C", "cat") and len(set(names)) == 4


def test_that_a_point_drawn_into_a_table_has_the_medians_of_the_hidden_columns():
    drawn = edits.add_points(project(table(np.array([0, 1, 0]), ("A", "B"))), np.array([[7.0, 8.0]]), 1)
    assert drawn.dataset.features[-1].tolist() == [7.0, 20.0, 8.0]


def test_that_a_table_without_targets_takes_points_and_one_with_numbers_says_why_not():
    assert edits.add_points(project(table()), np.array([[7.0, 8.0]]), 1).dataset.targets is None
    with pytest.raises(LabError, match="price"):
        edits.add_points(project(table(np.array([1.5, 2.5, 3.5]))), np.array([[7.0, 8.0]]), 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e200])
def test_that_places_no_number_can_hold_are_refused(bad):
    with pytest.raises(LabError):
        edits.add_points(project(), np.array([[0.0, bad]]), 0)
    with pytest.raises(LabError):
        edits.move_rows(project(), [0], (bad, 0.0))


def test_that_moving_touches_the_chosen_rows_in_the_shown_columns_only():
    before = project(table(np.array([0, 1, 0]), ("A", "B")))
    moved = edits.move_rows(before, [1, 1, 99], (1.0, -5.0)).dataset.features - before.dataset.features
    assert moved.tolist() == [[0, 0, 0], [1, 0, -5], [0, 0, 0]]


def test_that_clearing_leaves_a_plane_that_can_be_drawn_on():
    for data in (generate("logic_and"), table(), table(np.array([0.5, 1, 2])), generate("tilted")):
        cleared = edits.clear_points(project(data))
        assert cleared.dataset.n == 0 and cleared.dataset.origin == "drawn"
        assert edits.add_points(cleared, np.array([[0.0, 0.0]]), 1).dataset.targets.tolist() == [1]
    assert edits.clear_points(project(generate("blobs"))).dataset.class_names == ("A", "B", "C")


def test_that_drawing_keeps_the_schedule_and_whatever_makes_another_run_drops_it():
    before = project(algorithm="perceptron")
    point = np.array([[0.0, 0.0]])
    for kept in (edits.add_points(before, point, 0), edits.remove_rows(before, [0]), edits.set_axes(before, 1, 0)):
        assert kept.experiment.schedule == RETUNED
    for dropped in (
        edits.set_dataset(before, empty()),
        edits.set_algorithm(before, "pca"),
        edits.set_setting(before, "learning_rate", 0.7),
        edits.set_seed(before, 8),
        edits.set_device(before, "cuda:0"),
        edits.set_scaling(before, "standard"),
        edits.set_train_share(before, 0.5),
    ):
        assert dropped.experiment.schedule == ()


def test_that_an_edit_that_changes_nothing_gives_the_same_project():
    before = project(algorithm="perceptron")
    for same in (
        edits.add_points(before, np.zeros((0, 2)), 0),
        edits.remove_rows(before, [99]),
        edits.move_rows(before, [0], (0.0, 0.0)),
        edits.clear_points(edits_cleared := edits.clear_points(before)),
        edits.set_algorithm(before, "perceptron"),
        edits.set_setting(before, "learning_rate", 0.1),
        edits.reset_settings(before),
        edits.set_seed(before, 7),
        edits.set_scaling(before, "auto"),
        edits.set_axes(before, 0, 1),
        edits.set_schedule(before, RETUNED),
    ):
        assert same is before or same is edits_cleared


def test_that_another_algorithm_starts_from_its_defaults_on_the_same_data():
    before = project(algorithm="perceptron", settings={"learning_rate": 0.5}, seed=9, train_share=0.6)
    after = edits.set_algorithm(before, "kmeans")
    assert after.dataset is before.dataset
    assert after.experiment == Experiment(algorithm="kmeans", seed=9, train_share=0.6)
    back = edits.set_algorithm(after, "perceptron")
    assert back.experiment.settings == {}


def test_that_a_setting_is_cleaned_kept_when_it_differs_and_dropped_when_it_is_the_default():
    changed = edits.set_setting(project(algorithm="kmeans"), "n_clusters", "5")
    assert changed.experiment.settings == {"n_clusters": 5}
    assert edits.set_setting(changed, "n_clusters", 3).experiment.settings == {}


def test_that_start_places_do_not_outlive_the_columns_they_were_given_for():
    before = project(algorithm="kmeans", settings={"n_clusters": 2, "start_centers": (0.0, 1.0, 2.0, 3.0)})
    assert edits.set_dataset(before, generate("moons")).experiment.settings == before.experiment.settings
    assert edits.set_dataset(before, table()).experiment.settings == {"n_clusters": 2}


@pytest.mark.parametrize(
    ("edit", "word"),
    [
        (lambda p: edits.set_setting(p, "learning_rate", -1), "학습률"),
        (lambda p: edits.set_setting(p, "no_such", 1), "no_such"),
        (lambda p: edits.set_algorithm(p, "oracle"), "oracle"),
        (lambda p: edits.set_seed(p, -1), "시드"),
        (lambda p: edits.set_seed(p, 2**40), "시드"),
        (lambda p: edits.set_scaling(p, "weird"), "weird"),
        (lambda p: edits.set_train_share(p, 0.0), "훈련 데이터 비율"),
        (lambda p: edits.set_train_share(p, float("nan")), "훈련 데이터 비율"),
        (lambda p: edits.set_axes(p, 0, 0), "열 2개"),
        (lambda p: edits.set_axes(p, 0, 5), "열 2개"),
        (lambda p: edits.add_points(p, np.zeros((1, 2)), 7), "클래스"),
    ],
)
def test_that_what_cannot_be_is_refused_with_a_korean_sentence_that_names_it(edit, word):
    with pytest.raises(LabError) as caught:
        edit(project(algorithm="perceptron"))
    assert word in caught.value.said.say("ko") and caught.value.said.say("en")


def test_that_exchanging_the_axes_turns_the_part_in_view_too():
    before = project()
    seen = before.replace(dataset=before.dataset.replace(view=(0.0, 1.0, 2.0, 4.0)))
    turned = edits.set_axes(seen, 1, 0)
    assert turned.dataset.axes == (1, 0) and turned.dataset.view == (2.0, 4.0, 0.0, 1.0)
    assert edits.set_axes(turned, 0, 1).dataset.view == seen.dataset.view
