"""The command line: what it prints, what it leaves, and that wrong input is one line and exit code 2."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

import models
from lab.data.generators import GENERATORS, generate
from lab.document.project import Experiment, Project
from lab.document.storage import save
from lab.leaving.cli import main
from lab.leaving.export.folder import FILES
from lab.running.devices import CPU_TITLE, DeviceRow

ROOT = Path(__file__).resolve().parents[3]
SUMMARY = {"algorithm", "device", "path", "seed", "iterations", "outcome", "converged", "metrics", "seconds"}


def _last(capsys) -> dict:
    """The JSON object on the last line of standard output."""
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def _ran(capsys, *arguments: str) -> dict:
    assert main(["run", *arguments]) == 0
    return _last(capsys)


def _wrong(capsys, *arguments: str) -> str:
    """Standard error of wrong input: one line, and nothing on standard output."""
    assert main(list(arguments)) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.endswith("\n") and said.err.count("\n") == 1
    assert "Traceback" not in said.err
    return said.err


@pytest.mark.parametrize("algorithm", [row.id for row in models.CATALOGUE])
def test_that_every_algorithm_runs_to_its_outcome_and_exports(capsys, tmp_path, algorithm):
    found = _ran(capsys, "--data", "gaussians", "--algorithm", algorithm, "--export", str(tmp_path / "out"))
    assert found.keys() == SUMMARY
    assert found["algorithm"] == algorithm and found["device"] == "cpu" and found["path"] == "kernel"
    assert found["seed"] == 7 and found["iterations"] > 0 and found["seconds"] > 0
    assert found["outcome"] in ("converged", "finished") and found["converged"] is True
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(FILES)
    result = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert all(result[key] == found[key] for key in SUMMARY - {"seconds"})


@pytest.mark.parametrize("algorithm", [row.id for row in models.CATALOGUE])
def test_that_an_exported_model_predicts_the_same_again(capsys, tmp_path, algorithm):
    _ran(capsys, "--data", "blobs", "--algorithm", algorithm, "--export", str(tmp_path), "--iterations", "200")
    assert main(["predict", "--model", str(tmp_path), "--data", str(tmp_path / "predictions.csv")]) == 0
    header, *rows = csv.reader(capsys.readouterr().out.splitlines())
    added = (len(header) - 3) // 2
    assert added >= 1 and header[-added:] == header[3 : 3 + added] and len(rows) == 150
    assert all(row[-added:] == row[3 : 3 + added] for row in rows)
    target = tmp_path / "again.csv"
    assert (
        main(
            ["predict", "--model", str(tmp_path), "--data", str(tmp_path / "predictions.csv"), "--output", str(target)]
        )
        == 0
    )
    with open(target, encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [header, *rows]
    assert capsys.readouterr().out == ""


def test_that_the_same_seed_gives_the_same_numbers_and_another_seed_others(capsys):
    arguments = ("--data", "xor", "--algorithm", "mlp", "--iterations", "50", "--train-share", "0.7")
    one, two, other = (_ran(capsys, *arguments, "--seed", seed) for seed in ("7", "7", "8"))
    assert {**one, "seconds": 0} == {**two, "seconds": 0}
    assert one["metrics"] != other["metrics"] and "test_accuracy" in one["metrics"]


def test_that_a_run_stops_at_the_cap_and_still_ends_well(capsys):
    found = _ran(capsys, "--data", "circles", "--algorithm", "mlp", "--iterations", "7")
    assert found["iterations"] == 7 and found["outcome"] == "stopped" and found["converged"] is False


@pytest.mark.parametrize("stop", [("--iterations", "1"), ("--set", "max_iter=1")])
def test_that_clusters_of_a_run_that_was_stopped_belong_to_its_centroids_in_every_file(capsys, tmp_path, stop):
    source, out = tmp_path / "column.csv", tmp_path / "out"
    source.write_text("x,y\n0,0\n1,0\n2,0\n3,0\n10,0\n", encoding="utf-8")
    found = _ran(capsys, "--data", str(source), "--algorithm", "kmeans", "--scaling", "none", "--set", "n_clusters=2",
                 "--set", "start_centers=0,0,1,0", *stop, "--export", str(out))  # fmt: skip
    assert found["metrics"]["inertia"] == 42.0 and found["iterations"] == 1
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    learned = result["parameters"]
    assert learned["cluster_centers"] == [[0.0, 0.0], [4.0, 0.0]]
    assert (learned["labels"], learned["inertia"], result["metrics"]["inertia"]) == ([0, 0, 0, 1, 1], 42.0, 42.0)
    with open(out / "predictions.csv", encoding="utf-8-sig", newline="") as file:
        assert [int(row["prediction"]) for row in csv.DictReader(file)] == [0, 0, 0, 1, 1]
    with open(out / "metrics.csv", encoding="utf-8-sig", newline="") as file:
        assert [float(row["inertia"]) for row in csv.DictReader(file) if row["inertia"]] == [42.0]
    assert ">42</text>" in (out / "plot.svg").read_text(encoding="utf-8")
    assert main(["predict", "--model", str(out), "--data", str(source)]) == 0
    assert [line[-1] for line in capsys.readouterr().out.split()[1:]] == ["0", "0", "0", "1", "1"]


def test_that_settings_and_scaling_reach_the_run(capsys, tmp_path):
    _ran(capsys, "--data", "blobs", "--algorithm", "kmeans", "--set", "n_clusters=4", "--set", "init=k-means++",
         "--scaling", "standard", "--export", str(tmp_path))  # fmt: skip
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert result["settings"]["n_clusters"] == 4 and result["settings"]["init"] == "k-means++"
    assert result["scaling"] == "standard" and len(result["parameters_scaled"]["cluster_centers"]) == 4
    _ran(capsys, "--data", "xor", "--algorithm", "mlp", "--set", "hidden_layer_sizes=3,2", "--iterations", "1",
         "--export", str(tmp_path))  # fmt: skip
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert result["settings"]["hidden_layer_sizes"] == [3, 2]


def test_that_a_table_is_run_with_chosen_columns(capsys, tmp_path):
    source = tmp_path / "표.csv"
    source.write_text("이름,a,b,c,종류\n가,1,2,3,x\n나,2,1,9,x\n다,8,9,1,y\n라,9,8,2,y\n마,,8,2,y\n", encoding="utf-8")
    _ran(capsys, "--data", str(source), "--features", "a, c", "--target", "종류", "--algorithm", "perceptron",
         "--export", str(tmp_path / "out"))  # fmt: skip
    result = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert result["features"] == ["a", "c"] and result["target"] == "종류" and result["classes"] == ["x", "y"]
    with open(tmp_path / "out" / "predictions.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["이름", "a", "b", "c", "종류", "prediction"]
    assert [row["prediction"] for row in rows] == ["x", "x", "y", "y", ""]


def test_that_skipped_rows_are_said_once(capsys, tmp_path):
    source = tmp_path / "gaps.csv"
    source.write_text("a,b\n1,2\n2,\n3,4\n5,1\n", encoding="utf-8")
    assert main(["run", "--data", str(source), "--algorithm", "pca", "--export", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().err
    assert said.count("skipped") == 1 and "3" in said


def test_that_a_bundled_table_and_a_scene_are_data_by_name(capsys):
    assert _ran(capsys, "--data", "iris", "--algorithm", "knn")["metrics"]["accuracy"] > 0.9
    assert _ran(capsys, "--data", "9", "--algorithm", "kmeans")["outcome"] == "converged"


def test_that_a_saved_experiment_and_a_scene_are_run_as_they_stand(capsys, tmp_path):
    experiment = Experiment(algorithm="kmeans", settings={"n_clusters": 2}, seed=11)
    save(Project(generate("moons", 40), (experiment,)), tmp_path / "mine.learnscope")
    direct = _ran(capsys, "--project", str(tmp_path / "mine.learnscope"))
    assert direct["seed"] == 11 and direct["algorithm"] == "kmeans"
    assert _ran(capsys, "--project", str(tmp_path / "mine.learnscope"), "--seed", "3")["seed"] == 3
    assert _ran(capsys, "--project", "6")["algorithm"] == "knn"


def test_that_sentences_and_the_plot_follow_the_language(capsys, tmp_path):
    assert main(["run", "--data", "gaussians", "--algorithm", "kmeans", "--lang", "ko", "--export", str(tmp_path)]) == 0
    assert "끝났습니다" in capsys.readouterr().out
    assert "군집" in (tmp_path / "plot.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--data", "gaussians"),
        ("--algorithm", "kmeans"),
        ("--data", "gaussians", "--algorithm", "kmeans", "--project", "6"),
        ("--data", "nowhere", "--algorithm", "kmeans"),
        ("--data", "nowhere.csv", "--algorithm", "kmeans"),
        ("--data", ".", "--algorithm", "kmeans"),
        ("--data", "gaussians", "--algorithm", "magic"),
        ("--data", "gaussians", "--algorithm", "kmeans", "--bogus"),
        ("--data", "gaussians", "--algorithm", "kmeans", "--seed"),
        ("--data", "gaussians", "--algorithm", "kmeans", "--seed", "1.5"),
        ("--data", "gaussians", "--algorithm", "kmeans", "--seed", "-1"),
        ("--data", "gaussians", "--algorithm", "kmeans", "--seed", "1_0"),
        ("--data", "gaussians", "--algorithm", "kmeans", "--iterations", "0"),
        ("--data", "gaussians", "--algorithm", "kmeans", "--train-share", "1.5"),
        ("--data", "gaussians", "--algorithm", "kmeans", "--train-share", "nan"),
        ("--data", "gaussians", "--algorithm", "kmeans", "--scaling", "log"),
        ("--data", "gaussians", "--algorithm", "kmeans", "--set", "n_clusters"),
        ("--data", "gaussians", "--algorithm", "kmeans", "--set", "n_clusters=0"),
        ("--data", "gaussians", "--algorithm", "kmeans", "--set", "bogus=1"),
        ("--data", "gaussians", "--algorithm", "kmeans", "--device", "abacus"),
        ("--data", "gaussians", "--algorithm", "kmeans", "--features", "x,y"),
        ("--data", "iris", "--algorithm", "kmeans", "--features", "sepal_length,bogus"),
        ("--data", "iris", "--algorithm", "kmeans", "--target", "bogus"),
        ("--data", "salary", "--algorithm", "knn", "--target", "none"),
        ("--data", "tilted", "--algorithm", "perceptron"),
        ("--project", "missing.learnscope"),
        ("--lang", "fr", "--data", "gaussians", "--algorithm", "kmeans"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_that_wrong_input_is_one_line_and_leaves_nothing(capsys, tmp_path, arguments, lang):
    out = tmp_path / "out"
    _wrong(capsys, "run", *arguments, "--export", str(out), "--lang", lang) if "--lang" not in arguments else _wrong(
        capsys, "run", *arguments, "--export", str(out)
    )
    assert list(tmp_path.iterdir()) == []


def test_that_wrong_input_to_predict_is_one_line_too(capsys, tmp_path):
    model, data, out = tmp_path / "model", tmp_path / "new.csv", tmp_path / "out.csv"
    _ran(capsys, "--data", "gaussians", "--algorithm", "knn", "--export", str(model))
    assert "nowhere" in _wrong(capsys, "predict", "--model", "nowhere", "--data", str(model / "predictions.csv"))
    assert "new.csv" in _wrong(capsys, "predict", "--model", str(model), "--data", str(data))
    for text, word in (("x,z\n1,2\n", "y"), ("x,y\n1,two\n", "two"), ("x,y\n", "new.csv")):
        data.write_text(text)
        assert word in _wrong(capsys, "predict", "--model", str(model), "--data", str(data), "--output", str(out))
    assert not out.exists()
    _wrong(capsys, "predict", "--model", str(model))
    assert "명령" in _wrong(capsys, "predict", "--lang", "ko")


def test_that_a_command_that_does_not_exist_is_said(capsys):
    _wrong(capsys, "fly")
    _wrong(capsys)


def test_that_export_into_a_file_is_refused_before_the_run(capsys, tmp_path):
    (tmp_path / "out").write_text("mine")
    said = _wrong(capsys, "run", "--data", "gaussians", "--algorithm", "kmeans", "--export", str(tmp_path / "out"))
    assert "is a file" in said and (tmp_path / "out").read_text() == "mine"


def test_that_list_names_everything_in_both_languages(capsys, monkeypatch):
    monkeypatch.setattr("lab.leaving.catalogue_json.probe", lambda: (DeviceRow("cpu", CPU_TITLE, True),))
    assert main(["list"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [entry["id"] for entry in found["algorithms"]] == [row.id for row in models.CATALOGUE]
    assert {entry["id"] for entry in found["datasets"]} >= set(GENERATORS)
    assert len(found["scenes"]) >= 11 and found["devices"][0]["available"] is True
    for entry in found["algorithms"]:
        declared = models.load(entry["id"]).params()
        assert [param["name"] for param in entry["params"]] == [param.name for param in declared]
        for param in entry["params"]:
            assert param["label"]["en"] and param["label"]["ko"] and param["help"]["ko"] and "type" in param
    kmeans = next(entry for entry in found["algorithms"] if entry["id"] == "kmeans")
    n_clusters = next(param for param in kmeans["params"] if param["name"] == "n_clusters")
    assert (n_clusters["default"], n_clusters["minimum"], n_clusters["maximum"]) == (3, 1, 20)


def test_that_help_speaks_both_languages(capsys):
    for lang, word in (("en", "folder"), ("ko", "폴더")):
        assert main(["run", "--help", "--lang", lang]) == 0
        assert word in capsys.readouterr().out


class _Terminal:
    """Standard error as a terminal."""

    def __init__(self) -> None:
        self.written = ""

    def write(self, text: str) -> None:
        self.written += text

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return True


def test_that_a_terminal_sees_a_bar_that_ends_full_and_a_pipe_sees_none(capsys, monkeypatch):
    arguments = ["run", "--data", "gaussians", "--algorithm", "perceptron"]
    assert main(arguments) == 0  # where nothing is compiled yet, that is said
    capsys.readouterr()
    assert main(arguments) == 0
    assert capsys.readouterr().err == ""
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(arguments) == 0
    assert terminal.written.startswith("\r[") and terminal.written.endswith("\n")
    assert "#" * 30 in terminal.written.splitlines()[-1]


def test_that_the_program_imports_no_qt_and_sets_one_thread():
    code = (
        "import os, sys\n"
        "import main\n"
        "rc = main.main(['run', '--data', 'gaussians', '--algorithm', 'kmeans', '--iterations', '2'])\n"
        "assert rc == 0 and os.environ['OMP_NUM_THREADS'] == '1'\n"
        "loaded = [m for m in sys.modules if m.split('.')[0] in ('PySide6', 'shiboken6', 'pyqtgraph', 'torch')]\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.strip().splitlines()[-1])["iterations"] == 2


def test_that_an_exit_code_of_two_reaches_the_shell():
    done = subprocess.run([sys.executable, "main.py", "run"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and done.stdout == ""


def test_that_a_folder_with_the_name_of_a_bundled_table_is_not_taken_for_the_table(capsys, tmp_path, monkeypatch):
    (tmp_path / "iris").mkdir()
    monkeypatch.chdir(tmp_path)
    assert _ran(capsys, "--data", "iris", "--algorithm", "knn")["outcome"] == "finished"
