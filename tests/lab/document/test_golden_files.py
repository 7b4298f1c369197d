"""Files that earlier versions wrote are opened for ever: each folder of tests/golden that has an expected.json."""

from __future__ import annotations

import csv
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import models
from lab.data.tables.files import write_rows_csv
from lab.document import scenes
from lab.document.changes import Change, Move, Retune
from lab.document.project import Experiment, Project
from lab.document.storage import load, save
from lab.leaving import cli
from lab.leaving.export.metrics import write_metrics
from lab.leaving.export.model import read_model
from lab.leaving.export.predictions import prediction_columns
from lab.leaving.export.result import plain, result
from lab.running.run import Run

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
VERSIONS = sorted(path.parent.name for path in GOLDEN.glob("*/expected.json"))
NOT_GOLDEN = ("README.md", "expected.json")  # the words about the files, and what is expected of them
TEXT_FILES = (".json", ".csv")  # git may give them the line ends of the machine
MODEL_FILES = ("model.json", "model.safetensors")


@cache
def expected(version: str) -> dict[str, Any]:
    return json.loads((GOLDEN / version / "expected.json").read_text(encoding="utf-8"))


def all_of(kind: str) -> list[tuple[str, str]]:
    """(version, name) of everything of a kind: "projects", "scenes", "runs" or "models"."""
    return [(version, name) for version in VERSIONS for name in expected(version)[kind]]


def digest(path: Path) -> str:
    content = path.read_bytes()
    return hashlib.sha256(content.replace(b"\r\n", b"\n") if path.suffix in TEXT_FILES else content).hexdigest()


# What a project is, in words that no file format has a say in: the format may change, this may not. Fields that later
# versions add are not looked at.


def described(project: Project) -> dict[str, Any]:
    data, view = project.dataset, project.view
    return plain(
        {
            "dataset": {
                "name": data.name,
                "rows": data.n,
                "columns": data.feature_names,
                "target": "none" if data.targets is None else "classes" if data.has_classes else "values",
                "target_name": data.target_name,
                "class_names": data.class_names,
                "axes": data.axes,
                "origin": data.origin,
                "view": data.view,
                "notes": data.notes,
                "features_sha256": hashlib.sha256(data.features.astype("<f8").tobytes()).hexdigest(),
                "targets_sha256": sha256_of_targets(data.targets),
            },
            "experiments": [described_experiment(experiment) for experiment in project.experiments],
            "view": {"speed": view.speed, "surface": view.surface, "test_points": view.test_points},
            "scene": project.scene,
        }
    )


def sha256_of_targets(targets: np.ndarray | None) -> str | None:
    if targets is None:
        return None
    return hashlib.sha256(targets.astype("<i8" if targets.dtype.kind == "i" else "<f8").tobytes()).hexdigest()


def described_experiment(experiment: Experiment) -> dict[str, Any]:
    return {
        "algorithm": experiment.algorithm,
        "settings": dict(experiment.settings),
        "seed": experiment.seed,
        "device": experiment.device,
        "scaling": experiment.scaling,
        "train_share": experiment.train_share,
        "schedule": [[at, *described_change(change)] for at, change in experiment.schedule],
    }


def described_change(change: Change) -> tuple[Any, ...]:
    if isinstance(change, Retune):
        return "retune", change.name, change.value
    if isinstance(change, Move):
        return "move", change.device
    return "edit", change.handle, change.value


# -- the folders -------------------------------------------------------------------------------------------------------


def test_that_the_files_of_the_first_version_with_golden_files_are_still_there():
    assert "0.3.0" in VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_that_the_files_in_the_folder_are_the_expected_ones_and_were_never_written_again(version):
    folder = GOLDEN / version
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    found = {name: digest(path) for name, path in paths.items() if name not in NOT_GOLDEN}
    assert found == expected(version)["files"]
    assert expected(version)["written_by"] == version


@pytest.mark.parametrize("version", VERSIONS)
def test_that_something_is_expected_of_every_file(version):
    known = expected(version)
    used = {*known["projects"], *known["scenes"]}
    used |= {run[key] for run in known["runs"].values() for key in ("result", "curves")}
    used |= {f"{folder}/{name}" for folder in known["models"] for name in MODEL_FILES}
    assert used == set(known["files"])


def test_that_every_algorithm_of_0_3_0_left_a_model():
    of = {model["algorithm"] for model in expected("0.3.0")["models"].values()}
    assert of == {"perceptron", "mlp", "linear_regression", "logistic_regression", "knn", "kmeans", "pca"}


# -- projects and scenes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version, name", all_of("projects"))
def test_that_a_project_opens_with_everything_that_was_saved_in_it(version, name):
    assert described(load(GOLDEN / version / name)) == expected(version)["projects"][name]


@pytest.mark.parametrize("version, name", all_of("projects"))
def test_that_a_project_saved_again_by_todays_version_still_holds_everything(version, name, tmp_path):
    save(load(GOLDEN / version / name), tmp_path / name)
    assert described(load(tmp_path / name)) == expected(version)["projects"][name]


@pytest.mark.parametrize("version, name", all_of("projects"))
def test_that_every_experiment_in_a_project_can_begin(version, name):
    project = load(GOLDEN / version / name)
    for experiment in project.experiments:
        run = Run(project.dataset, experiment.replace(device="cpu"))
        assert run.learner.unready(run.problem) is None
        run.begin()
        assert run.state_after(0).is_finite()


@pytest.mark.parametrize("version, name", all_of("scenes"))
def test_that_a_scene_of_ones_own_opens_with_its_words_and_its_project(version, name):
    path = GOLDEN / version / name
    wanted = expected(version)["scenes"][name]
    scene = scenes.find(wanted["id"], path.parent)
    assert scenes.broken_scenes(path.parent) == ()
    assert scene.own and (scene.id, scene.number, scene.speed) == (wanted["id"], wanted["number"], wanted["speed"])
    for lang in ("en", "ko"):  # what a teacher wrote stands for both languages
        assert (scene.title.say(lang), scene.question.say(lang)) == (wanted["title"], wanted["question"])
    assert described(scene.project) == wanted["project"]


@pytest.mark.parametrize("version, name", all_of("scenes"))
def test_that_a_scene_kept_again_as_ones_own_or_as_a_project_still_holds_everything(version, name, tmp_path):
    wanted = expected(version)["scenes"][name]
    scene = scenes.find(wanted["id"], (GOLDEN / version / name).parent)
    again = scenes.save_own(tmp_path, wanted["title"], wanted["question"], scene.project, "ko")
    found = scenes.find(again.id, tmp_path)
    assert described(found.project) == {**wanted["project"], "scene": again.id}
    save(scene.project, tmp_path / "scene.learnscope")
    assert described(load(tmp_path / "scene.learnscope")) == wanted["project"]


# -- runs --------------------------------------------------------------------------------------------------------------


def run_again(version: str, name: str) -> Run:
    """The experiment of a project with its changes, as far as it was run then."""
    project = load(GOLDEN / version / name)
    run = Run(project.dataset, project.experiment)
    run.begin()
    run.advance(0, run.state_after(0), expected(version)["runs"][name]["iterations"])
    return run


@pytest.mark.parametrize("version, name", all_of("runs"))
def test_that_a_run_with_its_recorded_changes_comes_to_where_it_came_then(version, name):
    wanted = expected(version)["runs"][name]
    run = run_again(version, name)
    assert run.reached == wanted["iterations"]
    assert (None if run.outcome is None else run.outcome.kind) == wanted["outcome"]
    figures = run.metrics(run.reached, run.state_after(run.reached))
    for figure, value in wanted["metrics"].items():
        assert figures[figure] == pytest.approx(value, rel=1e-6), figure


@pytest.mark.parametrize("version, name", all_of("runs"))
def test_that_readers_of_result_json_find_every_key_and_kind_they_found_then(version, name):
    path = GOLDEN / version / expected(version)["runs"][name]["result"]
    todays = json.loads(json.dumps(plain(result(run_again(version, name)))))
    assert_still_there(json.loads(path.read_text(encoding="utf-8")), todays, "result.json")


def assert_still_there(old: Any, new: Any, where: str) -> None:
    """Every key is there with a value of the same kind; numbers agree to what rounding on another machine allows."""
    if isinstance(old, dict) and "en" in old and "ko" in old:
        assert new["en"] and new["ko"], where  # sentences may be said better
    elif isinstance(old, dict):
        for key, value in old.items():
            assert key in new, f"{where}.{key}"
            assert_still_there(value, new[key], f"{where}.{key}")
    elif isinstance(old, list):
        assert len(old) == len(new), where
        for place, (before, now) in enumerate(zip(old, new, strict=True)):
            assert_still_there(before, now, f"{where}[{place}]")
    elif isinstance(old, float):
        assert new == pytest.approx(old, rel=1e-6, abs=1e-9), where
    elif not where.endswith((".path", ".format")):  # who computes, and how it is written, are free
        assert new == old, where


@pytest.mark.parametrize("version, name", all_of("runs"))
def test_that_readers_of_metrics_csv_find_every_column_and_its_last_figures(version, name, tmp_path):
    def last_row(path: Path) -> dict[str, str]:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))[-1]

    write_metrics(tmp_path / "metrics.csv", *run_again(version, name).metrics_rows())
    todays = last_row(tmp_path / "metrics.csv")
    for column, cell in last_row(GOLDEN / version / expected(version)["runs"][name]["curves"]).items():
        same = todays[column] == cell == "" or float(todays[column]) == pytest.approx(float(cell), rel=1e-6)
        assert same, column


# -- models ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version, folder", all_of("models"))
def test_that_a_model_opens_as_what_it_was_and_predicts_what_it_predicted(version, folder):
    wanted = expected(version)["models"][folder]
    model = read_model(GOLDEN / version / folder)
    assert type(model.learner) is models.load(wanted["algorithm"])
    assert (model.task, model.target_name, model.scaler.kind) == (wanted["task"], wanted["target"], wanted["scaling"])
    for found, key in ((model.feature_names, "features"), (model.class_names, "classes"), (model.axes, "axes")):
        assert list(found) == wanted[key]
    rows = np.array(wanted["rows"], dtype=np.float64)
    answers = model.fitted.predict(rows)
    np.testing.assert_allclose(answers, np.array(wanted["predictions"]), rtol=1e-9, atol=1e-12)
    names, columns = prediction_columns(model.fitted, model.task, model.class_names, rows)
    assert names == list(wanted["columns"])
    for found, told in zip(columns, wanted["columns"].values(), strict=True):
        assert found == (told if isinstance(told[0], (str, int)) else pytest.approx(told, rel=1e-9, abs=1e-12))


@pytest.mark.parametrize("version, folder", all_of("models"))
def test_that_the_command_line_predicts_with_a_model_for_the_rows_of_a_table(version, folder, tmp_path):
    wanted = expected(version)["models"][folder]
    write_rows_csv(tmp_path / "rows.csv", wanted["features"], wanted["rows"])
    given = ("--model", str(GOLDEN / version / folder), "--data", str(tmp_path / "rows.csv"))
    assert cli.main(["predict", *given, "--output", str(tmp_path / "out.csv")]) == 0
    with open(tmp_path / "out.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for name, column in wanted["columns"].items():
        cells = [row[name] for row in rows]
        if isinstance(column[0], str):
            assert cells == column
        else:
            assert [float(cell) for cell in cells] == pytest.approx(column, rel=1e-9, abs=1e-12)
