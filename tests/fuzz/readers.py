"""The table of readers: what is mutated, how it is read, and what a value that was read must bear.

A reader that is new joins READERS by one line: good files to begin with, how one is changed, the function that reads
it, and a step of using what it gave. Files are given by name; reading is given the folder that they lie in.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import models as catalogue
from lab.data.datasets import Dataset
from lab.data.generators import generate
from lab.data.tables.files import column_kinds, read_table, to_dataset
from lab.document import scenes, storage
from lab.document.changes import Move, Retune
from lab.document.project import Experiment, Project
from lab.document.project_json import from_json, to_json
from lab.errors import LabError
from lab.leaving.export.model import MODEL_JSON, WEIGHTS, read_model, write_model
from lab.leaving.export.predictions import prediction_columns
from lab.protocol.commands import Begin, Frame, Pin, Seek, Step, Watch
from lab.protocol.pane_kinds import PANE_IDS
from lab.running.run import Run
from lab.sessions.session import Session
from models.core.learner import Edit, Learner
from models.core.params import Param
from tests.fuzz import mutations

HOUSE = Path(__file__).resolve().parents[2]
GOLDEN = HOUSE / "tests" / "golden" / "0.3.0"
Files = dict[str, bytes]
_ITERATIONS = 3  # as far as a run is followed


@dataclass(frozen=True)
class Reader:
    """seeds: good files. mutate: one of them changed (random numbers, the files, all seeds). read: what is measured.
    use: what must not fail where reading did not."""

    seeds: Callable[[], Sequence[Files]]
    mutate: Callable[[Random, Files, Sequence[Files]], Files]
    read: Callable[[Path], Any]
    use: Callable[[Any], None]


class RunFailedError(Exception):
    """A run on what was read stopped with a fault of the program."""


# -- good files ----------------------------------------------------------------------------------------------------------

_SCHEDULE = ((0, Edit("parameters", (0.5, -0.5, 0.25))), (1, Retune("learning_rate", 0.2)), (2, Move("cpu")))
_EXPERIMENTS: tuple[tuple[str, Experiment], ...] = (
    ("gaussians", Experiment("perceptron", {"learning_rate": 0.5}, schedule=_SCHEDULE)),
    ("xor", Experiment("mlp", {"hidden_layer_sizes": (3, 2), "activation": ("relu", "tanh"), "optimizer": "adam"},
                       schedule=((0, Edit("freeze:1:0:0", (1.0,))), (1, Edit("weight:2:0:1", (0.5,))))) ),
    ("blobs", Experiment("kmeans", {"n_clusters": 3, "init": "k-means++"}, schedule=((1, Edit("centroid:1", (0.5, 0.5))),))),
    ("moons", Experiment("knn", {"n_neighbors": 5, "weights": "distance", "query": (0.5, 0.5)}, train_share=0.7)),
    ("gaussians", Experiment("logistic_regression", {"l2": 0.1}, scaling="none", schedule=_SCHEDULE)),
    ("circles", Experiment("pca", {"n_components": 2}, schedule=((0, Edit("axis", (1.0, 2.0))),))),
)  # fmt: skip


@cache
def projects() -> tuple[Files, ...]:
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for data, experiment in _EXPERIMENTS:
            project = Project(generate(data, 24, 0.2, 5), (experiment, Experiment("kmeans")))
            storage.save(project, Path(folder) / "it.learnscope")
            made.append({"it.learnscope": (Path(folder) / "it.learnscope").read_bytes()})
    kept = [{"it.learnscope": path.read_bytes()} for path in sorted(GOLDEN.glob("*.learnscope"))]
    return tuple(made + kept)


@cache
def models() -> tuple[Files, ...]:
    folders = sorted(path for path in (GOLDEN / "models").iterdir())
    made = [{name: (folder / name).read_bytes() for name in (MODEL_JSON, WEIGHTS)} for folder in folders]
    with tempfile.TemporaryDirectory() as folder:
        for data, experiment in _EXPERIMENTS:
            run = Run(generate(data, 24, 0.2, 5), experiment)
            run.begin()
            run.advance(0, run.state_after(0), 2)
            write_model(folder, run.learner, run.state_after(run.reached), run.problem)
            made.append({name: (Path(folder) / name).read_bytes() for name in (MODEL_JSON, WEIGHTS)})
    return tuple(made)


@cache
def tables() -> tuple[Files, ...]:
    texts = [
        "x,y,class\n1,2,A\n3,4,B\n5,6,A\n",
        "x;y;z\n1,5;2,5;3\n4,5;6;7,25\n8;9;1\n",
        "x\ty\tz\n1\t2\t있음\n3\t4\t없음\n5\t\t있음\n",
        '"name, a","b ""q""",c\n"1","2","x\ny"\n3,4,z\n',
        "\ufeff키,몸무게,성별\n170,60,남\n160,50,여\n180,80,남\n",
        "1,2,3\n4,5,6\n7,8,9\n",
        "x,y\n" + "".join(f"{i},{i * i % 17}\n" for i in range(300)),
        "a,b,c,d\n,,,\n1,,3,4\n# note\n5,6,7,8\nsum,14,,\n",
    ]
    shipped = [path.read_bytes() for path in sorted((HOUSE / "resources" / "datasets").glob("*.csv"))]
    return tuple({"it.csv": content} for content in (*(text.encode() for text in texts), *shipped))


@cache
def own_scenes() -> tuple[Files, ...]:
    kept = [{"it.json": path.read_bytes()} for path in sorted((GOLDEN / "scenes").glob("*.json"))]
    both = {"en": "a title", "ko": "제목"}
    for number, files in enumerate(projects()[:4]):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "it.learnscope").write_bytes(files["it.learnscope"])
            project = to_json(storage.load(Path(folder) / "it.learnscope"))
        scene = {
            "id": f"6{number}-own",
            "number": 60 + number,
            "title": both,
            "question": both,
            "script": [both],
            "speed": 1,
        }
        kept.append({"it.json": json.dumps({**scene, "project": project}, ensure_ascii=False).encode()})
    return tuple(kept)


# -- experiments that make sense, or nearly ----------------------------------------------------------------------------------

_HANDLES = ("parameters", "weight:1:0:0", "weight:1:0:-1", "weight:2:0:1", "freeze:1:0:0", "freeze:2:1:0", "centroid:0",
            "centroid:1", "centroid:5", "axis", "axis:0", "line:0", "line:1", "nothing")  # fmt: skip


def sensible(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """A project.json with another algorithm, settings within their bounds, or changes that may be possible: most of
    what is only bent is refused early, and the runs behind it are to be seen too."""
    document = json.loads(content)
    data = document.get("project", document)["dataset"]
    for experiment in document.get("project", document)["experiments"]:
        if random.random() < 0.5:
            experiment["algorithm"] = random.choice([row.id for row in catalogue.CATALOGUE])
            experiment["settings"], experiment["schedule"] = {}, []
        kind = catalogue.load(experiment["algorithm"])
        for param in random.sample(kind.params(), random.randrange(min(4, len(kind.params())) + 1)):
            experiment["settings"][param.name] = _value_for(random, param)
        if random.random() < 0.6:
            at = sorted(random.randrange(_ITERATIONS + 1) for _ in range(random.randrange(4)))
            experiment["schedule"] = [{"at": when, **_change(random, kind)} for when in at]
        experiment["seed"] = random.choice((0, 7, 2**31 - 1, random.randrange(1000)))
        experiment["scaling"] = random.choice(("auto", "none", "standard"))
        experiment["train_share"] = random.choice((1.0, 1.0, 0.5, 0.01, 0.99, 1e-9))
    if random.random() < 0.2 and len(data["columns"]) > 1:
        data["axes"] = random.sample(range(len(data["columns"])), 2)
    if random.random() < 0.1:
        data["origin"] = random.choice(("drawn", "generated", "logic", "table"))
    if random.random() < 0.1:
        data["view"] = random.choice((None, [-1e100, 1e100, -1e100, 1e100], [0, 1e-300, 0, 1e-300], [5, 6, -6, -5]))
    return json.dumps(document).encode()


def _value_for(random: Random, param: Param) -> Any:
    """A value that the setting takes, or one just beyond."""

    def number(whole: bool) -> Any:
        least = -5.0 if param.minimum is None else param.minimum
        most = 9.0 if param.maximum is None else param.maximum
        found = random.choice((least, most, least + random.random() * min(most - least, 8.0), 0, 1, 2, 3))
        return round(found) if whole else float(found)

    if param.optional and random.random() < 0.2:
        return None
    if param.kind == "bool":
        return random.random() < 0.5
    if param.kind in ("choice", "choices"):
        names = list(param.choices)
        count = random.choice((1, 1, 2, 3)) if param.kind == "choices" else 1
        return random.choice(names) if count == 1 else [random.choice(names) for _ in range(count)]
    if param.kind in ("ints", "floats"):
        return [number(param.kind == "ints") for _ in range(random.choice((1, 1, 2, 2, 3, 4, 6, 8)))]
    return number(param.kind == "int")


def _change(random: Random, kind: type[Learner]) -> dict[str, Any]:
    if random.random() < 0.5:
        handle = random.choice(_HANDLES)
        count = random.choice((1, 2, 2, 3, 6)) if handle == "parameters" else 1 if handle[0] in "wf" else 2
        value = [
            random.choice((0.0, 1.0, -0.5, 3.0, 1e-9, 1e9, 1e99, random.choice(mutations.FLOATS))) for _ in range(count)
        ]
        return {"change": "edit", "handle": handle, "value": value}
    if random.random() < 0.1:
        return {"change": "move", "device": "cpu"}
    param = random.choice(kind.params())
    return {"change": "retune", "name": param.name, "value": _value_for(random, param)}


def bent_or_sensible(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """Either; where an earlier mutation has left no experiment to make sense of, its values are bent."""
    if random.random() < 0.6:
        with contextlib.suppress(LookupError, TypeError, ValueError, AttributeError):
            return sensible(random, content, others)
    return mutations.json_values(random, content, others)


# -- how they are changed --------------------------------------------------------------------------------------------------


def of_one_file(mutation: mutations.Mutation, share_of_plain: float = 0.15) -> Callable[..., Files]:
    """For readers of a single file."""

    def mutate(random: Random, files: Files, seeds: Sequence[Files]) -> Files:
        ((name, content),) = files.items()
        others = [other for seed in seeds for other in seed.values()]
        chosen = mutations.plain if random.random() < share_of_plain else mutation
        return {name: chosen(random, content, others)}

    return mutate


def project(random: Random, files: Files, seeds: Sequence[Files]) -> Files:
    """A member changed from within and the zip made again with right checksums, or bytes of the file."""
    ((name, content),) = files.items()
    if random.random() < 0.08:
        return {name: mutations.plain(random, content, [other[name] for other in seeds])}
    members, others = mutations.unzipped(content), [mutations.unzipped(other[name]) for other in seeds]
    for _ in range(random.choice((1, 1, 1, 1, 1, 2))):
        member = random.choice(("project.json",) * 3 + tuple(members))
        if member not in members:
            continue
        same = [other[member] for other in others if member in other]
        if random.random() < 0.05:
            members[member] = random.choice(same)  # that of another file
        else:
            kind = bent_or_sensible if member.endswith(".json") else mutations.npy
            members[member] = kind(random, members[member], same)
    return {name: mutations.zipped(random, members)}


def model(random: Random, files: Files, seeds: Sequence[Files]) -> Files:
    """One of the two files changed from within; the checksum is most often made right again."""
    changed = dict(files)
    for name in random.choice(((MODEL_JSON,), (WEIGHTS,), (MODEL_JSON, WEIGHTS))):
        same = [other[name] for other in seeds]
        kind = mutations.json_values if name == MODEL_JSON else mutations.safetensors
        if random.random() < 0.1:
            kind = mutations.plain
        changed[name] = random.choice(same) if random.random() < 0.05 else kind(random, changed[name], same)
    if random.random() < 0.9:
        try:
            description = json.loads(changed[MODEL_JSON])
            description["weights"]["sha256"] = hashlib.sha256(changed[WEIGHTS]).hexdigest()
            changed[MODEL_JSON] = json.dumps(description).encode("utf-8", "surrogatepass")
        except (ValueError, TypeError, KeyError, RecursionError):
            pass
    return changed


# -- what they are used for --------------------------------------------------------------------------------------------------


def run_a_little(dataset: Dataset, experiment: Experiment) -> None:
    """The first frames of a run with every pane beside them, as the window would show them.

    Raises RunFailedError where the session says that the program has a fault.
    """
    session = Session()
    session.handle(Watch(frozenset(PANE_IDS), Pin(row=0)))
    session.handle(Begin(dataset, experiment, version=1))
    _composed(session)
    session.handle(Step(1))
    _composed(session)
    session.handle(Step(1, "iteration"))
    _composed(session)
    session.handle(Seek(Frame(_ITERATIONS, -1)))
    end = time.monotonic() + 5.0
    while session.advance(time.perf_counter() + 0.05) and time.monotonic() < end:
        pass
    _composed(session)


def _composed(session: Session) -> None:
    packet = session.take_packet()
    if packet is not None:
        for said in (packet.narration, packet.notice):
            if said is not None:
                said.say("en"), said.say("ko")
    if session.state == "failed":
        raise RunFailedError(packet.narration.say("en") if packet is not None else "failed")


def use_project(project: Project) -> None:
    """Run every experiment a little; save it and find the same."""
    for experiment in project.experiments:
        run_a_little(project.dataset, experiment.replace(device="cpu"))
    document = to_json(project)
    assert to_json(from_json(json.loads(json.dumps(document)))) == document
    with tempfile.TemporaryDirectory() as folder:
        storage.save(project, Path(folder) / "again.learnscope")


def use_model(model: Any) -> None:
    rows = np.random.default_rng(1).normal(size=(7, len(model.feature_names))) * model.scaler.scale + model.scaler.mean
    for given in (rows, np.zeros_like(rows), 1e100 * np.ones_like(rows), rows[:0]):
        try:
            with np.errstate(all="ignore"):
                names, columns = prediction_columns(model.fitted, model.task, model.class_names, given)
        except LabError:
            continue
        assert len(names) == len(columns) and all(len(column) == len(given) for column in columns)


def read_a_table(folder: Path) -> Any:
    table = read_table(folder / "it.csv")
    column_kinds(table)
    return to_dataset(table)


def use_table(read: Any) -> None:
    dataset, notes = read
    for note in notes:
        note.say("en"), note.say("ko")
    algorithm = "linear_regression" if dataset.has_values else "knn" if dataset.has_classes else "pca"
    run_a_little(dataset, Experiment(algorithm))


@cache
def settings_files() -> tuple[Files, ...]:
    values = {"language": "ko", "theme": "dark", "folder": str(HOUSE), "window/geometry": "AdnQywADAAA="}
    ini = "[General]\nlanguage=en\ntheme=dark\nfolder=/tmp\n\n[window]\ngeometry=@ByteArray(\\x1\\xd9)\n"
    return {"it.json": json.dumps(values, indent=1).encode()}, {"it.json": ini.encode()}, {"it.json": b"{}"}


def read_settings(folder: Path) -> Any:
    from widgets.kit.settings import Settings  # Qt is not for the other readers

    return Settings(folder / "it.json")


def use_settings(settings: Any) -> None:
    assert settings.language in ("en", "ko") and settings.theme in ("light", "dark")
    assert settings.folder.is_dir() and settings.geometry is not None
    settings.theme = "dark"


READERS: dict[str, Reader] = {
    "projects": Reader(projects, project, lambda folder: storage.load(folder / "it.learnscope"), use_project),
    "models": Reader(models, model, read_model, use_model),
    "tables": Reader(tables, of_one_file(mutations.csv_cells), read_a_table, use_table),
    "scenes": Reader(
        own_scenes,
        of_one_file(bent_or_sensible, share_of_plain=0.05),
        lambda folder: scenes.read((folder / "it.json").read_bytes(), "it.json", own=True),
        lambda scene: use_project(scene.project),
    ),
    "settings": Reader(settings_files, of_one_file(mutations.json_values, 0.4), read_settings, use_settings),
}
