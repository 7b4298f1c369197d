from __future__ import annotations

import dataclasses
import io
import json
import os
import struct
import time
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import models
from lab.data.datasets import Dataset, empty
from lab.data.generators import generate
from lab.document import edits, project_json, storage
from lab.document.changes import Move, Retune
from lab.document.project import Experiment, Project, View
from lab.document.project_json import from_json, parse_json, to_json
from lab.errors import LabError
from models.core.learner import Edit


def rich() -> Project:
    """A project in which nothing is at its default."""
    experiment = Experiment(
        algorithm="kmeans",
        settings={"n_clusters": 2, "start_centers": (0.1, -1.0, 2.5, 3.0)},
        seed=11,
        device="cpu",
        scaling="standard",
        train_share=0.7,
        schedule=((0, Edit("centroid:1", (0.1, 0.2))), (2, Move("cuda:0"))),
    )
    data = generate("spirals", 12, 0.3, 5).replace(axes=(1, 0), notes=("3 rows skipped: 1, 2, 3",), name="나선 {x}")
    other = Experiment(algorithm="pca", settings={})
    third = Experiment(
        algorithm="perceptron", schedule=((2, Retune("learning_rate", 0.5)), (2, Retune("learning_rate", 2.0)))
    )
    return Project(data, (experiment, other, third), View(2, False, False), "09-assign-move")


def table(targets) -> Project:
    names = ("꽃 A", "B") if targets is not None and targets.dtype.kind == "i" else ()
    data = Dataset("t", ("가로", "b", "c"), np.arange(9.0).reshape(3, 3) ** 9, targets, names, "값", origin="table")
    return Project(data)


PROJECTS = {
    "default": Project(),
    "rich": rich(),
    "classes": table(np.array([0, 1, 0])),
    "values": table(np.array([0.1, 1e-300, -1e99])),
    "no targets": table(None),
    "empty": Project(empty()),
}


def same(a: Project, b: Project) -> bool:
    arrays = (
        (a.dataset.features, b.dataset.features),
        (a.dataset.targets, b.dataset.targets),
    )
    for one, other in arrays:
        if (one is None) != (other is None):
            return False
        if one is not None and (
            one.dtype != other.dtype or one.shape != other.shape or one.tobytes() != other.tobytes()
        ):
            return False
    plain = {f.name for f in dataclasses.fields(Dataset)} - {"features", "targets"}
    return all(getattr(a.dataset, name) == getattr(b.dataset, name) for name in plain) and (
        a.experiments,
        a.view,
        a.scene,
    ) == (b.experiments, b.view, b.scene)


def file_of(project: Project, folder) -> bytes:
    storage.save(project, folder / "good.learnscope")
    return (folder / "good.learnscope").read_bytes()


def zipped(members, compression=zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def parts(good: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def refused(data: bytes, folder) -> str:
    """Load bytes that must be refused; the sentence, which names the file in both languages."""
    path = folder / "bad.learnscope"
    path.write_bytes(data)
    with pytest.raises(LabError) as caught:
        storage.load(path)
    assert "bad.learnscope" in caught.value.said.say("en") and "bad.learnscope" in caught.value.said.say("ko")
    return caught.value.said.say("en")


@pytest.mark.parametrize("name", PROJECTS)
def test_that_a_saved_project_comes_back_bit_for_bit(name, tmp_path):
    storage.save(PROJECTS[name], tmp_path / "실험 1.learnscope")
    assert same(storage.load(tmp_path / "실험 1.learnscope"), PROJECTS[name])
    assert same(from_json(json.loads(json.dumps(to_json(PROJECTS[name])))), PROJECTS[name])


def test_that_the_file_is_a_zip_of_one_description_and_arrays_that_numpy_reads_without_pickle(tmp_path):
    members = parts(file_of(rich(), tmp_path))
    assert set(members) == {"project.json", "features.npy", "targets.npy"}
    assert json.loads(members["project.json"])["format"] == 1
    features = np.load(io.BytesIO(members["features.npy"]), allow_pickle=False)
    assert np.array_equal(features, rich().dataset.features)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    folder = tmp_path_factory.mktemp("good")
    return {name: file_of(PROJECTS[name], folder) for name in ("rich", "no targets")}


@settings(max_examples=200, deadline=2000)
@given(st.data())
def test_that_a_file_cut_or_altered_anywhere_gives_our_own_error_or_a_project(good, tmp_path_factory, data):
    whole = good[data.draw(st.sampled_from(sorted(good)))]
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        mutated = whole[:at]
    else:
        mutated = bytearray(whole)
        mutated[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.getbasetemp() / "mutated.learnscope"
    path.write_bytes(bytes(mutated))
    try:
        project = storage.load(path)
    except LabError as error:
        assert error.said.say("ko") and error.said.say("en")
    else:
        assert isinstance(project, Project) and np.isfinite(project.dataset.features).all()


@settings(max_examples=150, deadline=2000)
@given(st.data())
def test_that_a_description_altered_behind_a_right_checksum_gives_our_own_error_or_a_project(good, data):
    """The checksum guards against accidents only: here every value is replaced on purpose."""
    members = parts(good["rich"])
    document = json.loads(members["project.json"])
    place, key = document, None
    while True:
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if isinstance(place[key], (dict, list)) and place[key] and data.draw(st.booleans()):
            place = place[key]
            continue
        break
    strange = st.one_of(
        st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=5), st.lists(st.integers(), max_size=3), st.dictionaries(st.text(max_size=3), st.integers()),
        st.sampled_from([[[]] * 5, "cpu", "\ud800", 1e300, 2**63, [0, 0], [5, 1]]),
    )  # fmt: skip
    if key is not None:
        place[key] = data.draw(strange)
    members["project.json"] = json.dumps(document).encode()
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = os.path.join(folder, "altered.learnscope")
        with open(path, "wb") as file:
            file.write(zipped(members.items()))
        try:
            project = storage.load(path)
        except LabError as error:
            assert error.said.say("ko") and error.said.say("en")
        else:
            assert same(from_json(to_json(project)), project)


def test_that_a_bomb_is_refused_before_it_is_unpacked(good, tmp_path):
    members = parts(good["rich"])
    members["features.npy"] = bytes(300 * 2**20)
    bomb = zipped(members.items())
    members.clear()
    start = time.perf_counter()
    assert len(bomb) < 2**20 and "128 MB" in refused(bomb, tmp_path)
    assert time.perf_counter() - start < 1


def test_that_a_member_longer_than_it_declares_is_refused(good, tmp_path):
    members = parts(good["rich"])
    members["features.npy"] += b"\0" * 8
    refused(zipped(members.items()), tmp_path)
    liar = bytearray(zipped(members.items(), zipfile.ZIP_STORED))
    at = liar.index(b"PK\x01\x02") + 24  # the declared size of the first member in the directory
    liar[at : at + 4] = (10).to_bytes(4, "little")
    refused(bytes(liar), tmp_path)


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "features.npy/..", "FEATURES.npy", "extra.txt"])
def test_that_only_our_own_member_names_are_taken(good, tmp_path, name):
    members = parts(good["no targets"])
    refused(zipped([*members.items(), (name, b"x")]), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.learnscope"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_that_members_twice_missing_or_too_many_are_refused(good, tmp_path):
    members = list(parts(good["rich"]).items())
    refused(zipped([*members[:2], members[0]]), tmp_path)
    refused(zipped([*members, members[0]]), tmp_path)
    refused(zipped(members[:1]), tmp_path)
    refused(zipped(members[:2]), tmp_path)  # the description announces classes, and their array is missing
    refused(zipped([]), tmp_path)
    refused(zipped([(f"{i}", b"") for i in range(5000)]), tmp_path)
    refused(b"", tmp_path)
    refused(b"PK not a zip at all", tmp_path)


def test_that_an_array_header_that_claims_80_gb_is_refused_before_memory_is_asked_for(good, tmp_path):
    members = parts(good["rich"])
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**10, 1)})
    members["features.npy"] = header.getvalue() + bytes(64)
    assert "features.npy" in refused(zipped(members.items()), tmp_path)


@pytest.mark.parametrize("array", [np.zeros((12, 2), dtype="<f4"), np.zeros((2, 12)), np.zeros((12, 2), dtype=object),
                                   np.asfortranarray(np.ones((12, 2))), np.full((12, 2), np.nan),
                                   np.full((12, 2), np.inf), np.full((12, 2), 1e200)])  # fmt: skip
def test_that_an_array_of_another_kind_shape_or_with_odd_numbers_is_refused(good, tmp_path, array):
    members = parts(good["rich"])
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    members["features.npy"] = buffer.getvalue()
    refused(zipped(members.items()), tmp_path)


def test_that_a_class_number_without_a_name_is_refused(good, tmp_path):
    for number in (-1, 2, 2**62):
        members = parts(good["rich"])
        buffer = io.BytesIO()
        np.save(buffer, np.full(12, number, dtype="<i8"))
        members["targets.npy"] = buffer.getvalue()
        assert "dataset.targets" in refused(zipped(members.items()), tmp_path)


@pytest.mark.parametrize("text", ['{"format": 1, "format": 1}', '{"format": NaN}', '{"format": Infinity}',
                                  '{"format": 1e999}', "[" * 100_000, '{"a":' * 5000 + "1" + "}" * 5000, "[]", "nul",
                                  '{"format": "1"}', '{"format": true}', '{"format": 0}', "{}", "\ufeff{}",
                                  '{"format": ' + "9" * 5000 + "}", '{"a": "\\', '"' + '\\"' * 100_000,
                                  '{"a": "' + "x" * 5_000_000 + '"}'],
                         ids=lambda text: text[:16])  # fmt: skip
def test_that_json_tricks_are_refused_quickly(good, tmp_path, text):
    members = parts(good["no targets"]) | {"project.json": text.encode()}
    start = time.perf_counter()
    refused(zipped(members.items()), tmp_path)
    assert time.perf_counter() - start < 1


def test_that_bytes_that_are_no_utf8_are_refused():
    with pytest.raises(LabError, match="JSON"):
        parse_json(b'{"a": "\xff"}', "a.json")


def test_that_deep_brackets_inside_a_string_are_no_depth():
    assert parse_json(json.dumps({"a": '[{"' * 50}).encode(), "a.json") == {"a": '[{"' * 50}


def test_that_a_newer_format_is_refused_with_both_versions_named(good, tmp_path):
    members = parts(good["rich"])
    members["project.json"] = members["project.json"].replace(b'"format": 1', b'"format": 12')
    sentence = refused(zipped(members.items()), tmp_path)
    assert "12" in sentence and "up to 1" in sentence


@pytest.mark.parametrize("kind", ["baskets", "", None, 3, ["rows"], "x" * 900])
def test_that_an_unknown_kind_of_data_is_refused_and_named(good, tmp_path, kind):
    members = parts(good["rich"])
    document = json.loads(members["project.json"])
    document["dataset"]["kind"] = kind
    members["project.json"] = json.dumps(document).encode()
    sentence = refused(zipped(members.items()), tmp_path)
    assert "kind of dataset" in sentence and str(kind)[:40] in sentence


def test_that_data_that_names_its_kind_opens_as_data_that_does_not(good, tmp_path):
    members = parts(good["rich"])
    document = json.loads(members["project.json"])
    document["dataset"]["kind"] = "rows"
    members["project.json"] = json.dumps(document).encode()
    path = tmp_path / "named.learnscope"
    path.write_bytes(zipped(members.items()))
    assert storage.load(path).scene == "09-assign-move"


def test_that_an_older_format_is_brought_up_step_by_step(monkeypatch, good, tmp_path):
    path = tmp_path / "old.learnscope"
    path.write_bytes(good["rich"])
    monkeypatch.setattr(project_json, "FORMAT", 3)
    steps = {
        1: lambda document: {**document, "scene": document["scene"] + " two"},
        2: lambda document: {**document, "scene": document["scene"] + " three"},
    }
    monkeypatch.setattr(project_json, "UPGRADES", steps)
    assert storage.load(path).scene == "09-assign-move two three"
    monkeypatch.setitem(steps, 2, lambda document: document["no such key"])
    with pytest.raises(LabError, match="older format"):
        storage.load(path)


def test_that_a_setting_no_algorithm_takes_is_refused_with_the_algorithms_sentence(good, tmp_path):
    members = parts(good["rich"])
    members["project.json"] = members["project.json"].replace(b'"n_clusters": 2', b'"n_clusters": -2')
    path = tmp_path / "bad.learnscope"
    path.write_bytes(zipped(members.items()))
    with pytest.raises(LabError, match="n_clusters"):
        storage.load(path)


FOUR = Dataset("four", ("x", "y", "z"), np.arange(12.0).reshape(4, 3), np.array([0, 1, 2, 1]), ("A", "B", "C"))
VALUES = FOUR.replace(targets=np.arange(4.0), class_names=(), target_name="t")
LINE = Dataset("line", ("x",), np.arange(4.0)[:, None], np.arange(4.0), axes=(0, -1))
TWO = {"hidden_layer_sizes": (2,)}
HANDLES = {  # algorithm, data, settings, handles with values that a run has, and ones that it has not
    "kmeans": ("kmeans", FOUR, {"n_clusters": 2}, [("centroid:0", 2), ("centroid:1", 2)],
               [("centroid:2", 2), ("centroid:-1", 2), ("centroid:0", 4), ("centroid:٠", 2), ("centroid", 2), ("axis", 2)]),
    "pca": ("pca", FOUR, {}, [("axis", 2), ("axis:0", 2)], [("axis:1", 2), ("axis", 3), ("centroid:0", 2)]),
    "knn": ("knn", FOUR, {}, [], [("query", 2), ("centroid:0", 2), ("parameters", 1)]),
    "perceptron": ("perceptron", FOUR, {}, [("weight:1:2:-1", 1), ("weight:1:0:2", 1), ("parameters", 12)],
                   [("loss", 1), ("weight:1:3:0", 1), ("weight:1:0:3", 1), ("weight:1:0:-2", 1), ("weight:2:0:0", 1),
                    ("weight:1:0:0", 2), ("parameters", 11), ("freeze:1:0:0", 1)]),
    "two classes": ("logistic_regression", FOUR.replace(targets=np.array([0, 2, 2, 0])), {}, [("parameters", 4)],
                    [("parameters", 12), ("weight:1:1:0", 1)]),
    "line": ("linear_regression", LINE, {}, [("line:0", 2), ("line:1", 2), ("weight:1:0:0", 1), ("parameters", 2)],
             [("line:2", 2), ("line:0", 1), ("weight:1:0:1", 1)]),
    "plane": ("linear_regression", VALUES, {}, [("weight:1:0:2", 1)], [("line:0", 2), ("weight:1:1:0", 1)]),
    "mlp": ("mlp", FOUR, TWO, [("weight:1:1:2", 1), ("freeze:2:2:-1", 1), ("parameters", 17)],
            [("weight:1:2:0", 1), ("weight:3:0:0", 1), ("freeze:2:0:2", 1), ("freeze:0:0:0", 1), ("freeze:1:0", 1),
             ("parameters", 16), ("weight:1:0:0", 2), ("weight:1:x:0", 1), ("freeze:9:9:9", 1)]),
    "mlp of values": ("mlp", VALUES, TWO, [("weight:2:0:1", 1), ("parameters", 11)], [("weight:2:1:0", 1)]),
}  # fmt: skip


@pytest.mark.parametrize("case", HANDLES)
def test_that_a_schedule_opens_with_the_handles_that_a_run_has_and_a_handle_that_it_lacks_is_named(tmp_path, case):
    algorithm, data, settings, has, lacks = HANDLES[case]

    def opened_with(handle, count) -> Project:
        schedule = ((0, Move("cpu")), (3, Edit(handle, (0.5,) * count)))
        document = to_json(Project(data, (Experiment(algorithm, settings, schedule=schedule),)))
        return from_json(json.loads(json.dumps(document)))

    for handle, count in has:
        assert opened_with(handle, count).experiment.schedule[1][1] == Edit(handle, (0.5,) * count)
    for handle, count in lacks:
        with pytest.raises(LabError, match="project.json") as caught:
            opened_with(handle, count)
        for lang in ("en", "ko"):
            said = caught.value.said.say(lang)
            assert "experiments[0].schedule[1].handle" in said and handle in said and "0.5" in said


@pytest.mark.parametrize("algorithm, name, value", [
    ("kmeans", "max_iter", 1), ("knn", "query", [1, 2, 3]), ("mlp", "hidden_layer_sizes", [9]), ("pca", "n_components", 1),
])  # fmt: skip
def test_that_a_setting_that_no_run_takes_on_its_way_is_named(algorithm, name, value):
    document = to_json(Project(FOUR, (Experiment(algorithm),)))
    document["experiments"][0]["schedule"] = [{"at": 1, "change": "retune", "name": name, "value": value}]
    with pytest.raises(LabError, match=r"experiments\[0\].schedule\[0\].name") as caught:
        from_json(document)
    assert models.load(algorithm).param(name).label.say("ko") in caught.value.said.say("ko")


@pytest.mark.parametrize("header", [
    b"{'descr': (), 'fortran_order': False, 'shape': (12, 2), }",
    b"{'descr': '<f8', 'fortran_order': 0, 'shape': (12, 2), }",
    b"{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (12, 2), }",
    b"{'descr': ('<f8', (12, 2)), 'fortran_order': False, 'shape': (), }",
    b"{'descr': '|O', 'fortran_order': False, 'shape': (12, 2), }",
    b"{'descr': '\\x3cf8', 'fortran_order': False, 'shape': (12, 2), }",
    b"{'descr': '>f8', 'fortran_order': False, 'shape': (12, 2), }",
    b"{'descr': '<f8', 'fortran_order': True, 'shape': (12, 2), }",
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (-12, -2), }",
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (12, 2.0), }",
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (1_2, 2), }",
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999, 2), }",
    b"{'descr': '<f8', 'fortran_order': False, 'shape': 24, }",
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (12, 2), 'more': 1, }",
    b"{'descr': '<f8', 'shape': (12, 2), }",
    b"__import__('os')", b"(" * 900, b"'" * 900, b"\x00" * 64, b"\xff" * 64, b"", b"{}", b"[]", b"None",
], ids=range(24))  # fmt: skip
def test_that_the_header_of_an_array_is_read_strictly_and_never_evaluated(good, tmp_path, monkeypatch, header):
    for name in ("read_array_header_1_0", "read_array", "read_magic"):
        monkeypatch.setattr(np.lib.format, name, None)
    members = parts(good["rich"])
    members["features.npy"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header + b"\n" + bytes(192)
    refused(zipped(members.items()), tmp_path)


@pytest.mark.parametrize("start", [b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00" + bytes(80),
                                   b"\x93NUMPY\x01\x00\xff\xff" + b" " * 65535, b"PK" * 40])  # fmt: skip
def test_that_a_member_that_is_no_array_is_damaged(good, tmp_path, start):
    members = parts(good["rich"]) | {"features.npy": start}
    assert "damaged" in refused(zipped(members.items()), tmp_path)


# -- writing -----------------------------------------------------------------------------------------------------------


def test_that_a_failure_at_any_point_of_saving_keeps_the_old_file_and_leaves_no_rest(monkeypatch, tmp_path):
    path = tmp_path / "mine.learnscope"
    storage.save(rich(), path)
    before = path.read_bytes()

    def fails(*arguments, **options):
        raise OSError(28, "No space left on device")

    for module, name in ((storage.os, "fsync"), (storage.os, "replace"), (storage.zipfile.ZipFile, "writestr")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, fails)
            with pytest.raises(LabError, match="full"):
                storage.save(Project(), path)
        assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["mine.learnscope"]


def test_that_a_file_that_reads_back_differently_never_replaces_the_old_one(monkeypatch, tmp_path):
    path = tmp_path / "mine.learnscope"
    storage.save(rich(), path)
    before = path.read_bytes()
    other = edits.set_seed(rich(), 12)
    monkeypatch.setattr(storage, "load", lambda path: other)
    with pytest.raises(LabError, match="read back"):
        storage.save(rich(), path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_that_what_could_not_be_opened_again_is_not_written(tmp_path):
    for broken in (
        Project(generate("xor").replace(name="half \ud800")),
        Project(table(None).dataset.replace(features=np.full((3, 3), np.inf))),
    ):
        with pytest.raises(LabError):
            storage.save(broken, tmp_path / "a.learnscope")
    assert list(tmp_path.iterdir()) == []


def test_that_a_missing_folder_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(LabError, match="nowhere"):
        storage.save(Project(), tmp_path / "nowhere" / "a.learnscope")
    with pytest.raises(LabError, match="gone.learnscope"):
        storage.load(tmp_path / "gone.learnscope")
    with pytest.raises(LabError):
        storage.load(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="links and modes as POSIX has them")
def test_that_saving_over_a_link_keeps_the_link_and_the_files_mode(tmp_path):
    real, link = tmp_path / "real.learnscope", tmp_path / "link.learnscope"
    storage.save(Project(), real)
    real.chmod(0o640)
    link.symlink_to(real)
    storage.save(rich(), link)
    assert link.is_symlink() and same(storage.load(real), rich()) and real.stat().st_mode & 0o777 == 0o640


def test_that_weights_set_and_frozen_by_hand_survive_the_file(tmp_path):
    hands = (
        (0, Edit("weight:1:0:-1", (0.25,))),
        (3, Edit("freeze:1:1:0", (1.0,))),
        (5, Edit("parameters", (0.5,) * 22)),
    )
    project = Project(generate("xor", n=40)).with_experiment(algorithm="mlp", schedule=hands)
    storage.save(project, tmp_path / "a.learnscope")
    assert storage.load(tmp_path / "a.learnscope").experiment.schedule == hands
