"""What follows for the run on screen, by every kind of change."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import models
from lab.data.datasets import Dataset
from lab.data.generators import generate
from lab.document import edits
from lab.document.changes import Retune
from lab.document.project import Experiment, Project
from lab.document.upshot import Comparison

RNG = np.random.default_rng(5)
WIDE = Dataset("wide", ("a", "b", "c"), RNG.normal(size=(30, 3)), np.arange(30) % 2, ("A", "B"), origin="table")


def project(algorithm: str = "perceptron", data: Dataset | None = None, **settings) -> Project:
    return Project(dataset=data or generate("blobs", 60, 0.2, 7), experiments=(Experiment(algorithm, settings),))


def comparison(begun: Project, change) -> Comparison:
    new = change(begun)
    return Comparison(begun, new, models.load(new.experiment.algorithm).params())


CHANGES = {
    "drawn": (project(), lambda p: edits.add_points(p, np.zeros((1, 2)), 0), "data"),
    "moved": (project(), lambda p: edits.move_rows(p, np.array([3]), np.array([0.1, 0.0])), "data"),
    "cleared": (project(), edits.clear_points, "begin"),
    "other data": (project(), lambda p: edits.set_dataset(p, generate("moons", 60, 0.2, 7)), "begin"),
    "seed": (project(), lambda p: edits.set_seed(p, 11), "begin"),
    "algorithm": (project(), lambda p: edits.set_algorithm(p, "kmeans"), "begin"),
    "share": (project(), lambda p: edits.set_train_share(p, 0.7), "settings"),
    "scaling": (project(), lambda p: edits.set_scaling(p, "standard"), "settings"),
    "device": (project(), lambda p: edits.set_device(p, "cuda"), "settings"),
    "setting of the start": (project("mlp"), lambda p: edits.set_setting(p, "hidden_layer_sizes", (3,)), "settings"),
    "setting answered at once": (project("knn"), lambda p: edits.set_setting(p, "n_neighbors", 5), "keep_place"),
    "a default named": (project("knn"), lambda p: edits.set_setting(p, "n_neighbors", 3), "same"),
    "plane turned": (project(data=WIDE), lambda p: edits.set_axes(p, 0, 2), "keep_place"),
    "nothing": (project(), lambda p: p, "same"),
    "view": (project(), lambda p: dataclasses.replace(p, view=dataclasses.replace(p.view, speed=0)), "same"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_follows_for_a_run_that_has_left_its_start(name):
    begun, change, wanted = CHANGES[name]
    assert comparison(begun, change).upshot(rebuilds=False, has_progress=True) == wanted


@pytest.mark.parametrize("name", CHANGES)
def test_that_at_the_start_nothing_waits(name):
    begun, change, wanted = CHANGES[name]
    at_start = "begin" if wanted in ("data", "settings") else wanted
    assert comparison(begun, change).upshot(rebuilds=False, has_progress=False) == at_start


@pytest.mark.parametrize("name", CHANGES)
def test_that_a_learner_with_nothing_to_train_answers_at_once(name):
    begun, change, wanted = CHANGES[name]
    at_once = "keep_place" if wanted in ("data", "settings") else wanted
    for has_progress in (False, True):
        assert comparison(begun, change).upshot(rebuilds=True, has_progress=has_progress) == at_once


@pytest.mark.parametrize("name", CHANGES)
def test_that_taking_a_change_back_is_the_run_on_screen_again(name):
    begun, change, _ = CHANGES[name]
    assert comparison(begun, lambda p: (change(p), begun)[1]).upshot(rebuilds=False, has_progress=True) == "same"


def test_that_another_scene_is_another_run_and_leaving_one_is_not():
    begun = dataclasses.replace(project(), scene="xor")
    assert comparison(begun, lambda p: dataclasses.replace(p, scene="moons")).is_another_run
    assert not comparison(begun, lambda p: dataclasses.replace(p, scene="")).is_another_run


@pytest.mark.parametrize(
    ("name", "keeps"),
    [("drawn", True), ("plane turned", True), ("setting answered at once", True), ("nothing", True),
     ("other data", False), ("seed", False), ("algorithm", False), ("share", False), ("setting of the start", False)],
)  # fmt: skip
def test_that_recorded_changes_live_on_where_they_still_belong(name, keeps):
    begun, change, _ = CHANGES[name]
    assert comparison(begun, change).keeps_schedule is keeps


def test_that_what_was_recorded_in_the_run_is_no_difference():
    begun = project()
    recorded = begun.experiment.replace(schedule=((4, Retune("learning_rate", 0.5)),))
    other = dataclasses.replace(begun, experiments=(recorded,))
    assert Comparison(begun, other, ()).upshot(rebuilds=False, has_progress=True) == "same"
