"""The project as plain JSON values, and back: what the project file and scenes are written in.

Reading treats every value as a stranger's: depth, duplicate keys, kinds and ranges are checked before anything is
made of them, and whatever is wrong comes out as a LabError that names the field.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, get_args

import numpy as np

import models
from lab.data.datasets import TARGET_AXIS, Dataset, Origin, TargetChoice
from lab.document.changes import Change, Move, Retune, Schedule
from lab.document.edits import LARGEST, MOST_SEED, check_algorithm, check_settings
from lab.document.json_fields import Fields
from lab.document.outlines import outline_of
from lab.document.project import Experiment, Project, Scaling, View
from lab.errors import LabError
from models.core.moment import Edit
from models.words.numbers import number as shown_number
from models.words.text import Text

FORMAT = 1
# The step from format n to n + 1, by n: takes the parsed project.json and gives it in the newer form.
UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}

# Named parts: what stands under a key may be of several kinds, named by "kind" inside it. A document that names none is of
# the first, which is how 0.3.0 wrote it. docs/decisions/0002 says when a number rises and when a name is added.
KINDS: dict[str, tuple[str, ...]] = {"dataset": ("rows",)}

FEATURES, TARGETS = "features", "targets"
MOST_JSON_BYTES = 4 * 2**20
MOST_DEPTH = 12
MOST_ROWS = 16 * 2**20
MOST_COLUMNS = 1_000
MOST_CHANGES = 10_000
MOST_EDITED = 100_000  # numbers in one edit: every parameter of the largest network
MOST_ITERATION = 10**12
_DEVICE = re.compile(r"[a-z]{1,16}(:[0-9]{1,3})?")


# -- to plain values ---------------------------------------------------------------------------------------------------


def to_json(project: Project) -> dict[str, Any]:
    """The whole project as plain JSON values, its points as lists: what a scene of one's own holds."""
    document, arrays = taken_apart(project)
    document["dataset"][FEATURES] = arrays[FEATURES].tolist()
    if TARGETS in arrays:
        document["dataset"][TARGETS] = arrays[TARGETS].tolist()
    return document


def taken_apart(project: Project) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Everything but the numbers as plain JSON values, and the arrays by name (FEATURES, and TARGETS if any)."""
    data = project.dataset
    arrays = {FEATURES: data.features}
    if data.targets is not None:
        arrays[TARGETS] = data.targets
    document = {
        "format": FORMAT,
        "dataset": {
            "name": data.name,
            "rows": data.n,
            "columns": list(data.feature_names),
            "target": "none" if data.targets is None else "classes" if data.has_classes else "values",
            "target_name": data.target_name,
            "class_names": list(data.class_names),
            "axes": [int(axis) for axis in data.axes],
            "origin": data.origin,
            "view": None if data.view is None else [float(edge) for edge in data.view],
            "notes": list(data.notes),
            **({"target_choice": data.target_choice} if data.target_choice else {}),
        },
        "experiments": [_experiment_to_json(experiment) for experiment in project.experiments],
        "view": {
            "speed": project.view.speed,
            "surface": project.view.surface,
            "test_points": project.view.test_points,
        },
        "scene": project.scene,
    }
    return document, arrays


def _experiment_to_json(experiment: Experiment) -> dict[str, Any]:
    return {
        "algorithm": experiment.algorithm,
        "settings": {name: _plain(value) for name, value in experiment.settings.items()},
        "seed": int(experiment.seed),
        "device": experiment.device,
        "scaling": experiment.scaling,
        "train_share": float(experiment.train_share),
        "schedule": [{"at": int(at), **_change_to_json(change)} for at, change in experiment.schedule],
    }


def _change_to_json(change: Change) -> dict[str, Any]:
    if isinstance(change, Retune):
        return {"change": "retune", "name": change.name, "value": _plain(change.value)}
    if isinstance(change, Edit):
        return {"change": "edit", "handle": change.handle, "value": [float(number) for number in change.value]}
    return {"change": "move", "device": change.device}


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value.item() if isinstance(value, np.generic) else value


# -- from bytes to plain values -----------------------------------------------------------------------------------


def from_json(given: Any, where: str = "project.json", *, checks_settings: bool = True) -> Project:
    """The project that `to_json` gave. `where` names the file in error sentences.

    checks_settings False leaves the settings' values to the algorithm: for files that ship with the program, so that
    no algorithm is imported before the window stands. Raises LabError for anything out of place.
    """
    reader = Fields(upgraded(given, where), where)
    rows, columns, target = announced(reader)
    data = reader.inside("dataset")
    features = data.table(FEATURES, rows, columns)
    targets = None if target == "none" else data.column(TARGETS, rows, whole=target == "classes")
    return assembled(reader, features, targets, checks_settings)


def parse_json(text: bytes | bytearray, where: str) -> dict[str, Any]:
    """A JSON object from a stranger's bytes. Refuses more than MOST_JSON_BYTES, deep nesting, duplicate keys, NaN and
    infinities, and everything that is not UTF-8 or not an object, with a LabError."""
    if len(text) > MOST_JSON_BYTES:
        raise LabError(_TOO_LONG, file=where, most=MOST_JSON_BYTES // 2**20)
    try:
        decoded = text.decode("utf-8")
        if _depth(decoded) > MOST_DEPTH:
            raise ValueError
        given = json.loads(
            decoded, object_pairs_hook=_without_duplicates, parse_constant=_refused, parse_float=_finite_float
        )
    except (ValueError, RecursionError) as error:
        raise LabError(_NOT_JSON, file=where) from error
    if not isinstance(given, dict):
        raise LabError(_NOT_JSON, file=where)
    return given


_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


def _depth(text: str) -> int:
    """How deep the brackets outside strings nest; stops counting above the limit."""
    depth = deepest = 0
    for found in _BRACKETS.finditer(text):
        first = text[found.start()]
        if first in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MOST_DEPTH:
                break
        elif first in "]}":
            depth -= 1
    return deepest


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is not a number")


def _finite_float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:40]} is too large")
    return number


def upgraded(given: Any, where: str) -> dict[str, Any]:
    """The document in today's format. Raises LabError for a newer format, naming both."""
    if not isinstance(given, dict) or type(given.get("format")) is not int or given["format"] < 1:
        raise LabError(_NO_FORMAT, file=where)
    if given["format"] > FORMAT:
        raise LabError(_NEWER, file=where, theirs=min(given["format"], 10**9), ours=FORMAT)
    for number in range(given["format"], FORMAT):
        try:
            given = UPGRADES[number](given)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise LabError(_NO_UPGRADE, file=where) from error
    _check_kinds(given, where)
    return {**given, "format": FORMAT}


def _check_kinds(document: dict[str, Any], where: str) -> None:
    """Every named part is of a kind that is known here. Raises LabError, naming the kind, where one is not."""
    for key, known in KINDS.items():
        part = document.get(key)
        kind = part.get("kind", known[0]) if isinstance(part, dict) else known[0]
        if kind not in known:
            raise LabError(_UNKNOWN_KIND, file=where, part=key, kind=str(kind)[:40])


# -- from plain values to the project ----------------------------------------------------------------------------------


def announced(reader: Fields) -> tuple[int, int, str]:
    """What the document says of its arrays: rows, columns, and its targets' kind: "none", "classes" or "values"."""
    data = reader.inside("dataset")
    columns = len(data.texts("columns", 1, MOST_COLUMNS))
    rows = data.whole("rows", 0, MOST_ROWS // columns)
    return rows, columns, data.choice("target", ("none", "classes", "values"))


def assembled(reader: Fields, features: np.ndarray, targets: np.ndarray | None, checks_settings: bool) -> Project:
    """The project of a document and its arrays, every value checked. Raises LabError naming the first wrong field."""
    data = reader.inside("dataset")
    class_names = data.texts("class_names", 0, 10_000)
    for name, array in ((FEATURES, features), (TARGETS, targets)):
        if array is not None and array.dtype.kind == "f" and not np.all(np.abs(array) <= LARGEST):
            raise data.wrong(name)
    has_classes = targets is not None and targets.dtype.kind == "i"
    if targets is not None and has_classes and not np.all((targets >= 0) & (targets < len(class_names))):
        raise data.wrong(TARGETS)
    columns = features.shape[1]
    axes = data.numbers("axes", 2, TARGET_AXIS, columns - 1, whole=True)
    view = None if data.is_null("view") else data.numbers("view", 4, -LARGEST, LARGEST)
    is_value = targets is not None and targets.dtype.kind == "f"
    if axes[0] == axes[1] or axes[0] == TARGET_AXIS or (axes[1] == TARGET_AXIS and not is_value):
        raise data.wrong("axes")
    if view is not None and not (view[0] < view[1] and view[2] < view[3]):
        raise data.wrong("view")
    dataset = Dataset(
        name=data.text("name"),
        feature_names=data.texts("columns", 1, MOST_COLUMNS),
        features=features,
        targets=targets,
        class_names=class_names,
        target_name=data.text("target_name"),
        axes=axes,
        origin=data.choice("origin", get_args(Origin)),
        view=view,
        notes=data.texts("notes", 0, 1_000),
        # Not in files of 0.3.0, which leave it open.
        target_choice=data.choice("target_choice", get_args(TargetChoice)) if "target_choice" in data.given else "",
    )
    look = reader.inside("view")
    experiments = reader.several("experiments", 1, 8)
    return Project(
        dataset=dataset,
        experiments=tuple(_experiment(fields, dataset, checks_settings) for fields in experiments),
        view=View(look.whole("speed", 0, 3), look.flag("surface"), look.flag("test_points")),
        scene=reader.text("scene"),
    )


def _experiment(fields: Fields, dataset: Dataset, checks_settings: bool) -> Experiment:
    algorithm = fields.text("algorithm")
    check_algorithm(algorithm)
    settings = settings_from_json(fields.inside("settings"))
    if settings and checks_settings:
        settings = check_settings(algorithm, settings)
    share = fields.number("train_share", 0.0, 1.0)
    if share == 0.0:
        raise fields.wrong("train_share")
    device = fields.text("device")
    if not _DEVICE.fullmatch(device):
        raise fields.wrong("device")
    schedule = _schedule(fields, algorithm)
    _check_handles(fields, schedule, dataset, algorithm, settings)
    return Experiment(
        algorithm=algorithm,
        settings=settings,
        seed=fields.whole("seed", 0, MOST_SEED),
        device=device,
        scaling=fields.choice("scaling", get_args(Scaling)),
        train_share=share,
        schedule=schedule,
    )


def settings_from_json(fields: Fields) -> dict[str, Any]:
    """Settings as they stood before they were written: lists as tuples, values still to be checked."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.given.items()}


def _schedule(fields: Fields, algorithm: str) -> Schedule:
    schedule: list[tuple[int, Change]] = []
    for entry in fields.several("schedule", 0, MOST_CHANGES):
        at = entry.whole("at", schedule[-1][0] if schedule else 0, MOST_ITERATION)
        kind = entry.choice("change", ("retune", "edit", "move"))
        if kind == "retune":
            name, value = entry.text("name"), entry.given.get("value")
            clean = check_settings(algorithm, {name: value})[name]
            param = models.load(algorithm).param(name)
            if param.change != "live":
                where = {"file": entry.file, "field": f"{entry.path}name"}
                raise LabError(_NOT_LIVE, **where, setting=param.label, algorithm=models.row(algorithm).title)
            schedule.append((at, Retune(name, clean)))
        elif kind == "edit":
            given = entry.given.get("value")
            length = len(given) if isinstance(given, list) else 0
            if not 1 <= length <= MOST_EDITED:
                raise entry.wrong("value")
            schedule.append((at, Edit(entry.text("handle"), entry.numbers("value", length, -LARGEST, LARGEST))))
        else:
            device = entry.text("device")
            if not _DEVICE.fullmatch(device):
                raise entry.wrong("device")
            schedule.append((at, Move(device)))
    return tuple(schedule)


def _check_handles(
    fields: Fields, schedule: Schedule, dataset: Dataset, algorithm: str, settings: dict[str, Any]
) -> None:
    """Raises LabError for an edit of a handle that a run of this experiment does not have."""
    edits = [(number, change) for number, (_, change) in enumerate(schedule) if isinstance(change, Edit)]
    if not edits:
        return
    learner = models.load(algorithm).with_settings(settings)
    problem = outline_of(dataset, learner)
    for number, edit in edits:
        if not learner.has_handle(edit, problem):
            where = f"{fields.path}schedule[{number}].handle"
            value = ", ".join(map(shown_number, edit.value[:4])) + (", ..." if len(edit.value) > 4 else "")
            change = f"{edit.handle[:40]} = {value}"
            raise LabError(_NO_HANDLE, file=fields.file, field=where, algorithm=learner.title, change=change)


# -- sentences -------------------------------------------------------------------------------------------------------

_NOT_JSON = Text(
    "The description in {file} cannot be read as JSON. Open another copy of it.",
    "{file}의 설명 부분을 JSON으로 읽을 수 없습니다. 다른 사본을 여세요.",
)
_NO_FORMAT = Text(
    "{file} does not say which format it has. Open another file.",
    "{file}에는 형식 번호가 없습니다. 다른 파일을 여세요.",
)
_NEWER = Text(
    "{file} was made by a newer Learnscope: its format is {theirs}, and this one reads formats up to {ours}. Update "
    "Learnscope.",
    "{file:은/는} 더 새로운 Learnscope에서 만들었습니다. 파일의 형식은 {theirs}번이고 이 프로그램은 {ours}번까지 "
    "읽습니다. Learnscope를 업데이트하세요.",
)
_UNKNOWN_KIND = Text(
    "{file} holds a kind of {part} that this Learnscope does not know ({kind}): it was made by a newer one. Update "
    "Learnscope.",
    "{file}에 이 프로그램이 모르는 종류({kind})의 {part:이/가} 있습니다. 더 새로운 Learnscope에서 만든 파일이니 "
    "Learnscope를 업데이트하세요.",
)
_NO_HANDLE = Text(
    "In {file}, {field} sets something by hand that {algorithm} does not have on this data ({change}). Open another copy "
    "of it.",
    "{file} 안의 {field:이/가} 이 데이터의 {algorithm}에 없는 것({change})을 손으로 바꿉니다. 다른 사본을 여세요.",
)
_NOT_LIVE = Text(
    "In {file}, {field} changes a setting during the run that {algorithm} takes at the start alone ({setting}). Open "
    "another copy of it.",
    "{file} 안의 {field:이/가} {algorithm}에서 시작할 때만 정하는 설정({setting})을 학습 도중에 바꿉니다. 다른 사본을 여세요.",
)
_TOO_LONG = Text(
    "The description in {file} is longer than {most} MB, which no experiment needs. Open another copy of it.",
    "{file}의 설명 부분이 {most}MB보다 길어 열지 않았습니다. 다른 사본을 여세요.",
)
_NO_UPGRADE = Text(
    "{file} has an older format and does not hold what that format has. Open another copy of it.",
    "{file:은/는} 예전 형식인데 그 형식에 있어야 할 내용이 없습니다. 다른 사본을 여세요.",
)
