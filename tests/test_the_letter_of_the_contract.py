"""A learner written to the letter of the contract, in one folder, works in every part of the program; and nobody asks a
learner for a name that the contract does not declare."""

from __future__ import annotations

import ast
import csv
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import NearestCentroid as Referee

import models
from lab.data.generators import generate
from lab.document.project import Experiment, Project
from lab.leaving.cli import main
from lab.leaving.export.model import read_model, write_model
from lab.protocol.commands import Frame
from lab.running.run import Run
from models.core.marks import Field, Points
from tests.nearest_centroid import ROW
from tests.nearest_centroid.learner import NearestCentroid
from tests.window_end import end

HOUSE = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _in_the_catalogue(monkeypatch):
    monkeypatch.setattr(models, "CATALOGUE", (*models.CATALOGUE, ROW))


@pytest.fixture
def run() -> Run:
    made = Run(generate("blobs", n=60), Experiment(ROW.id, train_share=0.5))
    made.begin()
    made.advance(0, made.state_after(0), 100)
    return made


def test_that_it_is_short():
    lines = (HOUSE / "tests" / "nearest_centroid" / "learner.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 150


def test_that_it_learns_what_scikit_learn_does(run):
    referee = Referee().fit(run.problem.features, run.problem.targets)
    state = run.state_after(run.reached)
    assert np.allclose(state.centroids, referee.centroids_, rtol=1e-12)
    predicted = run.learner.predict(state, run.problem.test_features).argmax(axis=1)
    assert (predicted == referee.predict(run.problem.test_features)).all()


def test_that_its_exported_model_answers_the_same(run, tmp_path):
    state = run.state_after(run.reached)
    write_model(tmp_path, run.learner, state, run.problem)
    fitted = read_model(tmp_path).fitted
    rows = run.problem.scaler.inverse(run.problem.test_features)
    assert np.array_equal(fitted.predict(rows), run.learner.predict(state, run.problem.test_features))


def test_that_the_command_line_lists_runs_exports_and_asks_it(capsys, tmp_path):
    assert main(["list"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert ROW.id in json.dumps(listed)
    given = ["--data", "blobs", "--algorithm", ROW.id, "--set", "share=0.5", "--export", str(tmp_path)]
    assert main(["run", *given]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["algorithm"] == ROW.id and found["outcome"] == "finished" and found["metrics"]["accuracy"] > 0.8
    assert (tmp_path / "plot.svg").read_text(encoding="utf-8").count("<path") > 3
    assert main(["predict", "--model", str(tmp_path), "--data", str(tmp_path / "predictions.csv")]) == 0
    header, *rows = csv.reader(capsys.readouterr().out.splitlines())
    assert len(rows) == 150 and all(row[-1] == row[3] for row in rows)


def test_that_the_window_shows_it_in_form_plane_and_numbers(qtbot, tmp_path):
    from widgets.kit.settings import Settings
    from widgets.window.main_window import MainWindow

    project = Project(generate("blobs", n=60), (Experiment(ROW.id),))
    window = MainWindow(Settings(tmp_path / "settings.ini"), project)
    window.show()
    try:
        player = window.player
        player.start()
        qtbot.waitUntil(lambda: player.is_ready and player.is_current, timeout=90_000)
        window.panes.show_pane("numbers")
        player.step(1)
        player.step(1)
        qtbot.waitUntil(lambda: player.is_current and player.packet.frame == Frame(1, 1), timeout=20_000)
        qtbot.waitUntil(lambda: player.packet.beside.get("numbers") is not None, timeout=20_000)
        packet = player.packet
        assert [type(mark) for mark in packet.picture.marks] == [Field, Points]
        assert packet.narration.say("en") == "Its centroid moves to their mean."
        assert [formula.key for formula in packet.beside["numbers"].formulas] == ["mean"]
        assert [tensor.name for tensor in packet.beside["numbers"].tensors] == ["centroids"]
        assert list(window.form._fields) == ["share"]
        window.tuning.tune("share", 0.5, "live")
        player.step(1, "iteration")
        qtbot.waitUntil(lambda: player.is_current and player.packet.frame.iteration == 2, timeout=20_000)
        assert player.packet.settings["share"] == 0.5
    finally:
        window.document.undo_stack.setClean()
        end(window)


def _asked(path: Path) -> list[str]:
    """Calls of getattr and hasattr whose first argument is called learner, kind or algorithm, or ends so."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("getattr", "hasattr"):
            of = ast.unparse(node.args[0])
            if of.split(".")[-1].strip("_") in ("learner", "state", "algorithm"):
                found.append(f"{path.relative_to(HOUSE)}:{node.lineno} {ast.unparse(node)}")
    return found


def test_that_nobody_asks_a_learner_for_a_name_that_is_not_declared():
    files = [path for floor in ("lab", "widgets", "models/core") for path in (HOUSE / floor).rglob("*.py")]
    assert len(files) > 150
    asked = [line for path in files for line in _asked(path)]
    # A Trail names a field of the state; settings are read by the names that were declared.
    allowed = {"getattr(state, mark.source)", "getattr(learner, name)"}
    assert [line for line in asked if line.split(" ", 1)[1] not in allowed] == []


def test_that_no_algorithm_is_named_in_the_contract():
    ids = [row.id for row in models.CATALOGUE if row is not ROW]
    for path in (HOUSE / "models" / "core").rglob("*.py"):
        strings = {
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not strings & set(ids), path


def test_that_it_has_what_it_declares():
    assert [param.name for param in NearestCentroid.params()] == ["share"]
