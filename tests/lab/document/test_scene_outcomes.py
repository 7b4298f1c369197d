"""Each scene's stated outcome (what the class is to see), by running the scene's own learner on its own problem."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import models
from lab.data.generators import generate
from lab.document import scenes
from lab.document.edits import set_algorithm, set_dataset, set_scaling, set_seed, set_setting
from lab.document.project import Project
from lab.running.metrics import scores
from lab.running.problems import problem_for
from models.core.learner import Edit


class Played:
    """A project's run to its outcome (or `most` iterations), iteration by iteration: every moment is kept."""

    def __init__(self, project: Project, most: int = 2_000) -> None:
        experiment = project.experiment
        self.learner = models.load(experiment.algorithm).with_settings(experiment.settings)
        self.problem = problem_for(project.dataset, experiment, self.learner)
        self.state = self.learner.start(self.problem, experiment.seed)
        self.outcome, self.iterations, self.moments = None, 0, []
        self.settled = [self.state]
        while self.outcome is None and self.iterations < most:
            made = list(self.learner.iterate(self.state, self.problem, experiment.seed, self.iterations))
            self.moments += made
            self.state = made[-1].state
            self.settled.append(self.state)
            self.iterations += 1
            self.outcome = self.learner.outcome(self.state, self.problem)

    @property
    def said(self) -> str:
        return self.outcome.said.say("en")

    def scores(self) -> dict[str, float]:
        return scores(self.learner, self.state, self.problem)

    def accuracies(self) -> np.ndarray:
        """The training accuracy after each iteration, the start included."""
        wanted = self.problem.targets
        return np.array(
            [(self.learner.predict(s, self.problem.features).argmax(1) == wanted).mean() for s in self.settled]
        )


def project(number: int) -> Project:
    return scenes.find(str(number)).project


def changed(number: int, **settings) -> Project:
    new = project(number)
    for name, value in settings.items():
        new = set_setting(new, name, value)
    return new


def first_above(values: np.ndarray, bound: float) -> int | None:
    above = np.flatnonzero(values > bound)
    return int(above[0]) if len(above) else None


def test_that_scene_1_ends_in_epoch_4_after_five_corrections_with_the_lectures_weights():
    run = Played(project(1))
    assert run.outcome.kind == "converged" and run.iterations == 16
    assert run.learner.metrics(run.state, run.problem)["corrections"] == 5
    weights, bias = run.state.weights[0], run.state.bias[0]
    assert weights.tolist() == [0.5, 0.5] and bias == -0.75
    assert (run.problem.features @ weights + bias).tolist() == [-0.75, -0.25, -0.25, 0.25]
    assert (np.diff(run.accuracies()) < 0).any(), "a correction makes another point wrong"


def test_that_scene_2_never_has_an_epoch_without_a_mistake_and_says_that_it_repeats_itself():
    run = Played(project(2))
    assert run.outcome.kind == "gave_up" and run.iterations == 400
    assert "100" in run.said and "Repeated" in run.said
    assert run.accuracies().max() <= 0.75, "a line gets at most three of the four right"


def test_that_in_scene_2_a_hidden_layer_of_four_neurons_solves_it():
    run = Played(set_algorithm(project(2), "mlp"))
    assert run.learner.hidden_layer_sizes == (4,) and run.accuracies()[-1] == 1.0


def test_that_in_scene_3_two_neurons_stay_below_90_percent_and_four_pass_it_in_80_to_260_mini_batches():
    two = Played(project(3))
    assert two.outcome is not None and 0.7 <= two.accuracies()[100:].min() and two.accuracies().max() < 0.9
    four = Played(changed(3, hidden_layer_sizes=(4,)), most=400)
    assert 80 <= first_above(four.accuracies(), 0.9) <= 260


def test_that_in_scene_4_identity_stays_straight_at_any_depth_and_tanh_closes_the_circle():
    for layers in ((4, 2), (4, 4, 4, 2)):
        run = Played(changed(4, hidden_layer_sizes=layers))
        assert run.accuracies().max() < 0.8
        # One straight boundary: along any line the difference of the two scores changes sign at most once.
        angles = np.linspace(0, np.pi, 24, endpoint=False)
        along = np.linspace(-3, 3, 241)
        for offset in (-1.0, 0.0, 0.7):
            for a in angles:
                way, side = np.array([np.cos(a), np.sin(a)]), np.array([-np.sin(a), np.cos(a)])
                classes = run.learner.predict(run.state, along[:, None] * way + offset * side).argmax(1)
                assert np.abs(np.diff(classes)).sum() <= 1
        ring = np.stack([np.cos(2 * angles), np.sin(2 * angles)], axis=1)
        assert len(set(run.learner.predict(run.state, ring).argmax(1))) == 2, "the line runs through the data"
        assert "straight at any depth" in run.said
    tanh = Played(changed(4, activation="tanh"), most=200).accuracies()
    assert 70 <= first_above(tanh, 0.9) <= 130
    assert first_above(Played(changed(4, activation="relu"), most=400).accuracies(), 0.9) is not None


def test_that_in_scene_6_three_neighbours_say_b_and_seven_say_a():
    three, seven = Played(project(6)), Played(changed(6, n_neighbors=7))
    assert three.state.votes.tolist() == [1, 2] and three.said.endswith("B")
    assert seven.state.votes.tolist() == [4, 3] and seven.said.endswith("A")
    assert np.round(seven.state.distances, 2).tolist() == [0.85, 0.99, 1.12, 1.36, 1.56, 1.99, 2.26]


def test_that_in_scene_7_one_neighbour_is_perfect_on_training_data_and_59_are_no_better_than_chance():
    found = {k: Played(changed(7, n_neighbors=k)) for k in (1, 5, 15, 59)}
    tests = {k: run.scores()["test_accuracy"] for k, run in found.items()}
    trains = {k: run.scores()["accuracy"] for k, run in found.items()}
    assert found[1].problem.n == len(found[1].problem.test_features) == 60
    assert trains[1] == 1.0 and 0.74 <= tests[1] <= 0.85
    assert tests[5] > tests[1] and tests[15] > tests[1] and trains[15] < 1.0
    assert 0.35 <= tests[59] <= 0.6
    side = np.linspace(-6, 6, 30)
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    classes = found[59].learner.predict(found[59].state, plane).argmax(1)
    assert np.bincount(classes).max() / len(classes) > 0.95, "one class has nearly the whole plane"


def test_that_in_scene_8_scaling_lifts_the_test_accuracy_from_chance_to_nearly_all():
    raw = Played(project(8))
    assert 0.35 <= raw.scores()["test_accuracy"] <= 0.55
    assert raw.learner.advice(raw.problem) is not None, "the ranges differ more than tenfold, and a word says so"
    scaled = Played(set_scaling(project(8), "standard"))
    assert scaled.scores()["test_accuracy"] >= 0.95
    assert raw.said[-1] == "B" and scaled.said[-1] == "A", "the answer for the new point itself changes"


def test_that_scene_9_ends_in_4_to_8_rounds_while_fewer_and_fewer_points_change_sides():
    run = Played(project(9))
    assert run.outcome.kind == "converged" and 4 <= run.iterations <= 8
    counts = [moment.values["changed"] for moment in run.moments if moment.phase == "assign"]
    assert counts[0] == 150 and counts[-1] == 0 and all(later < earlier for earlier, later in pairwise(counts))
    assert {moment.phase for moment in run.moments} == {"assign", "move"}


def test_that_in_scene_10_the_bad_start_stops_at_242_and_a_good_one_at_87():
    def inertia(new: Project) -> float:
        run = Played(new)
        assert run.outcome.kind == "converged"
        return run.learner.metrics(run.state, run.problem)["inertia"]

    bad, good = inertia(project(10)), inertia(changed(10, start_centers=(-4, 1.5, 3, -1.5, 3, 0)))
    assert bad == pytest.approx(242, rel=0.05) and good == pytest.approx(87, rel=0.05)
    free = changed(10, start_centers=None)
    ends = {
        init: np.array([inertia(set_seed(set_setting(free, "init", init), seed)) for seed in range(60)])
        for init in ("random", "k-means++")
    }
    assert 0.1 <= (ends["random"] > 1.5 * good).mean() <= 0.4
    assert (ends["k-means++"] > 1.5 * good).mean() <= 0.05


def agreement(run: Played) -> float:
    """The share of points whose cluster is their class, for the better of the two ways to match them."""
    same = np.mean(run.state.labels == run.problem.targets)
    return float(max(same, 1 - same))


def test_that_in_scene_11_clusters_cut_across_the_stripes_and_three_quarters_of_the_moons_agree():
    stripes = Played(project(11))
    assert agreement(stripes) == pytest.approx(0.57, abs=0.02)
    centers = stripes.state.centroids
    assert abs(centers[0, 0] - centers[1, 0]) > 4 and abs(centers[0, 1] - centers[1, 1]) < 0.8
    moons = Played(set_dataset(project(11), generate("moons", seed=12)))
    assert agreement(moons) == pytest.approx(0.75, abs=0.03)
    first = {int(Played(set_seed(project(11), seed)).state.centroids[0, 0] < 0) for seed in range(1, 9)}
    assert first == {0, 1}, "another start gives the clusters other numbers"


def test_that_in_scene_12_the_axis_turns_into_place_and_keeps_more_than_any_other_direction():
    run = Played(project(12))
    seen = [m for m in run.moments if m.phase == "turn" and m.values["angle"] >= 0.01]
    assert run.outcome.kind == "finished" and 6 <= len(seen) <= 10, "turns that the eye can see, in degrees"
    assert seen[0].values["angle"] < 60 and seen[1].values["angle"] > 5, "the axis arrives in several strides"
    kept = run.learner.metrics(run.state, run.problem)["explained_variance_ratio"]
    x = run.problem.features - run.problem.features.mean(axis=0)
    angles = np.radians(np.arange(180))
    shares = np.array([(x @ [np.cos(a), np.sin(a)]).var() for a in angles]) / x.var(axis=0).sum()
    assert kept >= shares.max() - 1e-9 and kept == pytest.approx(shares.max(), abs=1e-3)
    assert shares.max() / shares.min() == pytest.approx(4.0, rel=0.2), "variances of about 4:1"
    assert kept > x.var(axis=0).max() / x.var(axis=0).sum() + 0.1, "dropping a column would be worse"


def test_that_in_scene_12_an_axis_turned_by_hand_shows_what_it_keeps_and_never_beats_the_revealed_one():
    run = Played(project(12))
    centered = next(moment.state for moment in run.moments if moment.phase == "covariance")
    best = run.learner.metrics(run.state, run.problem)["explained_variance_ratio"]
    kept = []
    for angle in np.radians(np.arange(0, 180, 5)):
        by_hand = Edit("axis", tuple(run.problem.features.mean(axis=0) + 3 * np.array([np.cos(angle), np.sin(angle)])))
        turned = run.learner.edit(centered, by_hand, run.problem)
        kept.append(run.learner.metrics(turned, run.problem)["explained_variance_ratio"])
    assert max(kept) <= best and max(kept) == pytest.approx(best, abs=0.01) and min(kept) < 0.25
