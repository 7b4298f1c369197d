"""Exports: what comes out can be read by others, comes back the same, and never trusts a file."""

from __future__ import annotations

import csv
import hashlib
import json
import struct
import tracemalloc

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.metrics import accuracy_score

import models
from lab.data.datasets import Dataset
from lab.data.generators import generate
from lab.data.tables.files import read_table, to_dataset
from lab.document.changes import Retune
from lab.document.project import Experiment
from lab.errors import LabError
from lab.leaving.export import folder as export_folder
from lab.leaving.export.assembling import NOT_A_FOLDER, assembled
from lab.leaving.export.folder import FILES, export_run
from lab.leaving.export.metrics import write_metrics
from lab.leaving.export.model import read_model, write_model
from lab.leaving.export.result import plain, readable_json, result, summary
from lab.protocol.commands import Apply, Begin
from lab.sessions.driving import run_to_end
from lab.sessions.session import Session
from models.core.learner import Edit, Fitted, Learner

ALGORITHMS = ("perceptron", "mlp", "knn", "kmeans", "pca")


def _session(algorithm: str, dataset: Dataset | None = None, most: int | None = 60, **experiment) -> Session:
    session = Session()
    dataset = generate("gaussians", 60, seed=3) if dataset is None else dataset
    session.handle(Begin(dataset, Experiment(algorithm=algorithm, **experiment), version=1))
    run_to_end(session, most_iterations=most)
    return session


def _rows(path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _saved(tmp_path, algorithm: str = "knn", **more) -> tuple[Session, Fitted]:
    session = _session(algorithm, **more)
    run = session.run
    learner, problem = run.in_force(run.reached)
    state = run.state_after(run.reached)
    write_model(tmp_path, learner, state, problem)
    return session, Fitted(learner, state, problem.scaler)


# -- the model ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_a_model_read_back_predicts_the_same_bits(tmp_path, algorithm, scaling):
    session, fitted = _saved(tmp_path, algorithm, scaling=scaling, train_share=0.8)
    model = read_model(tmp_path)
    somewhere = np.random.default_rng(0).uniform(-6, 6, (200, 2))
    assert np.array_equal(model.fitted.predict(somewhere), fitted.predict(somewhere))
    assert model.state.same_as(fitted.state)
    assert model.learner == fitted.learner
    assert model.feature_names == ("x", "y") and model.class_names == ("A", "B")


def test_that_a_model_of_numbers_and_one_of_three_classes_come_back(tmp_path):
    random = np.random.default_rng(1)
    features = random.normal(size=(40, 3))
    numbers = Dataset("n", ("a", "b", "c"), features, features @ [1.0, -2.0, 0.5], target_name="y", origin="table")
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    _, fitted = _saved(tmp_path / "one", "mlp", dataset=numbers, settings={"hidden_layer_sizes": (5, 3)})
    assert np.array_equal(read_model(tmp_path / "one").fitted.predict(features), fitted.predict(features))
    blobs = generate("blobs", 60, seed=2)
    for algorithm in ("perceptron", "mlp", "knn"):
        _, fitted = _saved(tmp_path / "two", algorithm, dataset=blobs)
        assert np.array_equal(
            read_model(tmp_path / "two").fitted.predict(blobs.features), fitted.predict(blobs.features)
        )


def test_that_a_model_with_fewer_clusters_than_asked_for_comes_back(tmp_path):
    twice = generate("logic_xor")
    twice = twice.replace(features=np.repeat(twice.features[:2], 10, axis=0), targets=np.zeros(20, dtype=np.int64))
    _saved(tmp_path, "kmeans", dataset=twice, settings={"n_clusters": 5})
    assert len(read_model(tmp_path).state.centroids) == 2


def test_that_the_weights_are_the_state_for_anyone_who_reads_safetensors(tmp_path):
    _, fitted = _saved(tmp_path, "mlp")
    arrays = safetensors.numpy.load_file(tmp_path / "model.safetensors")
    for name, array in fitted.state.arrays().items():
        assert arrays[name].dtype == array.dtype and np.array_equal(arrays[name], array)


def test_that_a_state_with_numbers_beyond_all_bounds_is_not_written(tmp_path):
    session = _session("kmeans")
    run = session.run
    state = run.state_after(run.reached)
    broken = state.replace(centroids=state.centroids * np.inf)
    with pytest.raises(LabError):
        write_model(tmp_path, run.learner, broken, run.problem)
    assert list(tmp_path.iterdir()) == []


def _refused(folder) -> LabError:
    with pytest.raises(LabError) as caught:
        read_model(folder)
    for lang in ("en", "ko"):
        assert caught.value.said.say(lang)
    return caught.value


def _rewrite(folder, arrays: dict[str, np.ndarray] | None = None, content: bytes | None = None, **changes) -> None:
    """Change model.json and the arrays as someone would who also knows the checksum."""
    description = json.loads((folder / "model.json").read_text())
    if arrays is not None:
        content = safetensors.numpy.save({**safetensors.numpy.load_file(folder / "model.safetensors"), **arrays})
    if content is not None:
        (folder / "model.safetensors").write_bytes(content)
        description["weights"]["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "model.json").write_text(json.dumps({**description, **changes}))


def test_that_weights_of_another_export_are_refused(tmp_path):
    _saved(tmp_path, "knn")
    description = (tmp_path / "model.json").read_bytes()
    _saved(tmp_path, "kmeans")
    (tmp_path / "model.json").write_bytes(description)
    assert "does not belong" in str(_refused(tmp_path))


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("targets", np.full(60, 2, dtype=np.int64)),  # a class that there is not
        ("targets", np.full(60, -1, dtype=np.int64)),
        ("targets", np.zeros(60)),  # another kind
        ("targets", np.zeros(59, dtype=np.int64)),  # another length
        ("features", np.zeros((60, 3))),
        ("features", np.full((60, 2), np.nan)),
        ("votes", np.array([1.0, np.inf])),
        ("found", np.zeros(61, dtype=np.int64)),
        ("surprise", np.zeros(1)),
    ],
)
def test_that_arrays_that_a_run_could_not_have_made_are_refused(tmp_path, name, array):
    _saved(tmp_path, "knn")
    _rewrite(tmp_path, {name: array})
    _refused(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"settings": {"hidden_layer_sizes": [64, 64]}},
        {"features": ["x", "y", "z"], "scaler": {"kind": "none", "mean": [0, 0, 0], "scale": [1, 1, 1]}},
        {"classes": ["A", "B", "C"]},
        {"classes": []},
        {"algorithm": "os.system"},
        {"algorithm": "kmeans"},
        {"task": "regressor"},
        {"settings": {"bogus": 1}},
        {"settings": {"learning_rate": "nan"}},
        {"scaler": {"kind": "none", "mean": [0, 0], "scale": [0, 1]}},
        {"scaler": {"kind": "none", "mean": [0], "scale": [1]}},
        {"axes": [0, 0]},
        {"axes": [0, 9]},
        {"trained_on": {"rows": 10**9, "distinct_rows": 1}},
        {"trained_on": {"rows": 0, "distinct_rows": 0}},
        {"weights": {}},
    ],
)
def test_that_a_description_that_does_not_fit_the_weights_is_refused(tmp_path, changes):
    _saved(tmp_path, "mlp")
    _rewrite(tmp_path, **changes)
    _refused(tmp_path)


def test_that_a_newer_format_is_refused_with_both_numbers(tmp_path):
    _saved(tmp_path, "knn")
    _rewrite(tmp_path, format=2)
    said = str(_refused(tmp_path))
    assert "format is 2" in said and "up to 1" in said


def test_that_a_missing_folder_or_file_is_said(tmp_path):
    assert "model.json" in str(_refused(tmp_path / "nowhere"))
    _saved(tmp_path, "knn")
    (tmp_path / "model.safetensors").unlink()
    _refused(tmp_path)


def test_that_very_many_tiny_arrays_are_refused_before_they_are_read(tmp_path):
    _saved(tmp_path, "knn")
    header = json.dumps({f"a{i}": {"dtype": "F64", "shape": [0], "data_offsets": [0, 0]} for i in range(200_000)})
    tracemalloc.start()
    _rewrite(tmp_path, content=struct.pack("<Q", len(header)) + header.encode())
    _refused(tmp_path)
    assert tracemalloc.get_traced_memory()[1] < 200 * 2**20
    tracemalloc.stop()


@pytest.mark.parametrize("sizes", [[1, 2, 2, 2], [2, 2**40, 2, 2], [2, 8, 8, -2], [0, 0, 0, 0]])
def test_that_sizes_that_are_not_those_of_the_settings_never_reach_a_kernel(tmp_path, sizes):
    _saved(tmp_path, "mlp", settings={"hidden_layer_sizes": (8, 8)})
    _rewrite(tmp_path, {"sizes": np.array(sizes)})
    assert "sizes" in str(_refused(tmp_path))


def test_that_a_network_of_which_more_weights_are_frozen_than_there_are_rows_comes_back(tmp_path):
    session = _session("mlp", most=1, settings={"hidden_layer_sizes": (8, 8)})
    for unit in range(8):
        for column in (-1, 0, 1):
            session.handle(Apply(Edit(f"freeze:1:{unit}:{column}", (1.0,))))
        for after in range(8):
            session.handle(Apply(Edit(f"freeze:2:{after}:{unit}", (1.0,))))
    run = session.run
    state = run.state_after(run.reached)
    assert len(state.frozen) == 88 > run.problem.n
    write_model(tmp_path, run.learner, state, run.problem)
    assert read_model(tmp_path).state.same_as(state)


def _peak_of_refusal(folder) -> int:
    tracemalloc.start()
    try:
        _refused(folder)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


ALGORITHMS = ("knn", "kmeans", "pca", "perceptron", "mlp", "logistic_regression")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_that_what_a_small_model_claims_of_its_data_takes_no_memory(tmp_path, algorithm):
    """An array of no bytes may still say that it has sixteen million rows."""
    _saved(tmp_path, algorithm)
    names = [f"x{j}" for j in range(1000)]
    scaler = {"kind": "none", "mean": [0] * 1000, "scale": [1] * 1000}
    arrays = safetensors.numpy.load_file(tmp_path / "model.safetensors")
    first = next(name for name, array in sorted(arrays.items()) if array.ndim)
    _rewrite(
        tmp_path,
        {first: np.zeros((16 * 2**20, 0), dtype=arrays[first].dtype)},
        features=names,
        scaler=scaler,
        trained_on={"rows": 16 * 2**20, "distinct_rows": 16 * 2**20},
    )
    assert _peak_of_refusal(tmp_path) < 4 * 2**20


@pytest.mark.parametrize(
    ("algorithm", "claimed"),
    [
        ("mlp", {"hidden_layer_sizes": [512] * 8}),
        ("mlp", {"hidden_layer_sizes": [512], "optimizer": "adam"}),
        ("kmeans", {"n_clusters": 20}),
        ("pca", {"n_components": 64}),
        ("logistic_regression", {"classes": [f"c{i}" for i in range(100)]}),
        ("perceptron", {"classes": [f"c{i}" for i in range(100)]}),
    ],
)
def test_that_settings_are_compared_with_the_arrays_before_anything_of_their_size_is_made(tmp_path, algorithm, claimed):
    _saved(tmp_path, algorithm, settings={"n_components": 1} if algorithm == "pca" else {})
    features = [f"x{j}" for j in range(1000)]
    scaler = {"kind": "none", "mean": [0] * 1000, "scale": [1] * 1000}
    wide = {"features": features, "scaler": scaler, "trained_on": {"rows": 16 * 2**20, "distinct_rows": 10**6}}
    description = claimed if "classes" in claimed else {"settings": claimed}
    _rewrite(tmp_path, **wide, **description)
    assert _peak_of_refusal(tmp_path) < 4 * 2**20


def test_that_a_start_for_comparison_is_made_only_of_data_of_bounded_size(tmp_path, monkeypatch):
    """For an algorithm from elsewhere that does not say what its states look like."""
    monkeypatch.setattr(models.load("kmeans"), "state_forms", Learner.state_forms)
    _saved(tmp_path, "kmeans", settings={"n_clusters": 2})
    assert len(read_model(tmp_path).state.centroids) == 2
    features = [f"x{j}" for j in range(1000)]
    scaler = {"kind": "none", "mean": [0] * 1000, "scale": [1] * 1000}
    rows = {"rows": 2**20, "distinct_rows": 2**20}
    _rewrite(tmp_path, {"labels": np.zeros(2**20, np.int32)}, features=features, scaler=scaler, trained_on=rows)
    assert _peak_of_refusal(tmp_path) < 40 * 2**20


@settings(max_examples=60, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_that_whatever_happens_to_the_files_only_a_lab_error_comes_out(tmp_path_factory, good_model, data):
    folder = tmp_path_factory.mktemp("mutated")
    name = data.draw(st.sampled_from(["model.json", "model.safetensors"]))
    for file, content in good_model.items():
        content = bytearray(content)
        if file == name:
            if data.draw(st.booleans()):
                content = content[: data.draw(st.integers(0, len(content) - 1))]
            else:
                place = data.draw(st.integers(0, len(content) - 1))
                content[place] ^= 1 << data.draw(st.integers(0, 7))
        (folder / file).write_bytes(content)
    if name == "model.safetensors":
        _rewrite(folder, content=(folder / name).read_bytes())  # the checksum alone must not be what protects
    try:
        model = read_model(folder)
    except LabError:
        return
    assert np.isfinite(model.fitted.predict(np.zeros((3, 2)))).all()


@pytest.fixture(scope="module")
def good_model(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("good")
    _saved(folder, "knn")
    return {name: (folder / name).read_bytes() for name in ("model.json", "model.safetensors")}


# -- result, predictions, metrics --------------------------------------------------------------------------------------


def test_that_the_whole_export_is_there_and_the_same_on_every_call(tmp_path):
    for name in ("one", "two"):
        session = _session("mlp")
        assert export_run(tmp_path / name, session.run, session.take_packet(), "ko") == []
    assert {path.name for path in (tmp_path / "one").iterdir()} == set(FILES)
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_that_weights_in_original_units_give_the_predictions_in_the_table(tmp_path):
    dataset = generate("gaussians", 60, noise=0.4, seed=3)
    session = _session("perceptron", dataset=dataset, most=None, scaling="standard", train_share=0.7)
    export_run(tmp_path, session.run, session.take_packet(), "en")
    found = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    weights, bias = np.array(found["parameters"]["weights"]), np.array(found["parameters"]["bias"])
    fires = (dataset.features @ weights.T + bias)[:, 0] >= 0
    rows = _rows(tmp_path / "predictions.csv")
    assert [row["prediction"] for row in rows] == ["B" if fired else "A" for fired in fires]
    assert [row["class"] for row in rows] == [dataset.class_names[i] for i in dataset.targets]
    train = session.run.problem.rows
    referee = accuracy_score([rows[i]["class"] for i in train], [rows[i]["prediction"] for i in train])
    assert found["metrics"]["accuracy"] == pytest.approx(referee)


def test_that_centroids_in_the_result_explain_labels_and_predictions(tmp_path):
    session = _session("kmeans", most=None, scaling="none")
    export_run(tmp_path, session.run, session.take_packet(), "en")
    found = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    centers = np.array(found["parameters"]["cluster_centers"])
    distances = np.linalg.norm(session.run.dataset.features[:, None] - centers[None], axis=2)
    assert found["parameters"]["labels"] == distances.argmin(axis=1).tolist()
    assert [int(row["prediction"]) for row in _rows(tmp_path / "predictions.csv")] == found["parameters"]["labels"]
    assert found["outcome"] == "converged" and found["converged"] is True
    assert found["reason"]["ko"] != found["reason"]["en"]


def test_that_projections_agree_with_scikit_learn(tmp_path):
    session = _session("pca", most=None, scaling="none")
    export_run(tmp_path, session.run, session.take_packet(), "en")
    projected = PCA(n_components=1).fit_transform(session.run.dataset.features)[:, 0]
    ours = np.array([float(row["pc1"]) for row in _rows(tmp_path / "predictions.csv")])
    assert np.allclose(np.abs(ours), np.abs(projected), atol=1e-6)


def test_that_a_table_keeps_its_rows_and_columns_and_names_classes_as_in_the_file(tmp_path):
    source = tmp_path / "꽃.csv"
    cells = [
        ["이름", "a", "b", "종류"],
        ["=1+1", "1", "2", "붓꽃"],
        ["두,번째", "8", "9", "장미"],
        ["빠짐", "", "3", "장미"],
        ["넷", "7.50", "9", "장미"],
        ["다섯", "1.5", "2", "붓꽃"],
        ["물음", "1", "2", ""],
    ]
    with open(source, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(cells)
    table = read_table(source)
    dataset, _ = to_dataset(table, features=("a", "b"), target="종류")
    session = _session("knn", dataset=dataset, settings={"n_neighbors": 1})
    notes = export_run(tmp_path / "out", session.run, session.take_packet(), "ko", table)
    rows = _rows(tmp_path / "out" / "predictions.csv")
    assert list(rows[0]) == ["이름", "a", "b", "종류", "prediction"]
    assert [row["prediction"] for row in rows] == ["붓꽃", "장미", "", "장미", "붓꽃", "붓꽃"]
    assert [row["a"] for row in rows] == ["1", "8", "", "7.50", "1.5", "1"]
    assert rows[0]["이름"].endswith("=1+1") and not rows[0]["이름"].startswith("=")
    assert len(notes) == 1 and "4" in notes[0].say("en")


def test_that_metrics_have_a_row_for_each_kept_iteration_and_empty_cells_for_gaps(tmp_path):
    session = _session("kmeans", most=None)
    header, rows = session.run.metrics_rows()
    write_metrics(tmp_path / "metrics.csv", header, rows)
    found = _rows(tmp_path / "metrics.csv")
    assert list(found[0]) == header and len(found) == len(rows)
    assert found[0]["inertia"] == "" and int(found[-1]["iteration"]) == session.run.reached
    column = header.index("inertia")
    assert [float(row["inertia"]) for row in found[1:]] == [row[column] for row in rows[1:]]  # not a digit is lost


def test_that_the_result_says_what_was_changed_on_the_way(tmp_path):
    session = _session("mlp", most=20, schedule=((5, Retune("learning_rate", 0.5)),))
    found = result(session.run)
    assert found["changes"] == [{"iteration": 5, "setting": "learning_rate", "value": 0.5}]
    assert found["settings"]["learning_rate"] == 0.5
    assert summary(session.run)["outcome"] == "stopped" and summary(session.run)["converged"] is False


def test_that_readable_json_is_json_with_rows_on_one_line():
    value = {
        "weights": [[1.5, 2.0], [3.0, 4.0]],
        "none": None,
        "한글": '"a\n',
        "empty": {},
        "list": [1, "b", True],
        "e": [],
    }
    text = readable_json(value)
    assert json.loads(text) == value
    assert "[1.5, 2.0]" in text and "한글" in text and text.count("\n") > 8
    with pytest.raises(ValueError):
        readable_json({"x": float("nan")})
    assert plain({"x": float("nan"), "y": (np.float64(2.0), np.int64(3))}) == {"x": None, "y": [2.0, 3]}


# -- all or nothing ----------------------------------------------------------------------------------------------------


def test_that_nothing_is_left_behind_when_a_part_fails(tmp_path, monkeypatch):
    session = _session("kmeans")

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export_folder, "write_plot_svg", fail)
    with pytest.raises(LabError, match=r"disk that holds .* is full"):
        export_run(tmp_path / "a" / "b", session.run, session.take_packet(), "en")
    assert list(tmp_path.iterdir()) == []


def test_that_an_older_export_stays_whole_when_a_new_one_fails(tmp_path, monkeypatch):
    session = _session("kmeans")
    export_run(tmp_path / "out", session.run, session.take_packet(), "en")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def fail(*arguments):
        raise LabError(NOT_A_FOLDER, folder="x")

    monkeypatch.setattr(export_folder, "write_metrics", fail)
    with pytest.raises(LabError):
        export_run(tmp_path / "out", session.run, session.take_packet(), "ko")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_that_a_file_in_the_folders_place_is_said_and_kept(tmp_path):
    (tmp_path / "out").write_text("mine")
    for target in (tmp_path / "out", tmp_path / "out" / "deeper"):
        with pytest.raises(LabError, match="is a file"), assembled(target):
            pass
    assert (tmp_path / "out").read_text() == "mine"
