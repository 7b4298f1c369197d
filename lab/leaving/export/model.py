"""model.safetensors + model.json: a model that runs elsewhere, and back again without running anything in the files.

model.json says what the numbers mean; model.safetensors holds the arrays of the State. A reader needs both: a
checksum ties them together. Reading trusts neither: names, kinds and shapes must be the ones that this algorithm with
these settings makes from data of this size, and every number must be finite.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

import models
from lab.data.datasets import TARGET_AXIS
from lab.document.edits import LARGEST
from lab.document.json_fields import Fields
from lab.document.project_json import parse_json, settings_from_json
from lab.errors import LabError
from lab.leaving.export.assembling import assembled
from lab.leaving.export.result import plain, readable_json
from lab.writing import write_bytes
from models.core.abilities import HasPrediction
from models.core.learner import Fitted, Learner
from models.core.params import SettingError
from models.core.problem import Rows, Scaler, Task
from models.core.state import State
from models.words.text import Text

if TYPE_CHECKING:
    from lab.leaving.export.taken import Taken

FORMAT = 1
MODEL_JSON, WEIGHTS = "model.json", "model.safetensors"
MOST_BYTES = 512 * 2**20
MOST_HEADER_BYTES = 64 * 2**10
MOST_COLUMNS, MOST_CLASSES, MOST_ROWS = 1_000, 100, 16 * 2**20
_FEW_ROWS = 64
_TASKS = ("classifier", "regressor", "clusterer", "transformer")

NOT_FINITE = Text(
    "This model holds numbers beyond all bounds, so it was not written. Go back to a step before it diverged.",
    "모델에 무한대나 계산할 수 없는 값이 있어 쓰지 않았습니다. 발산하기 전 단계로 돌아가세요.",
)
NO_MODEL = Text(
    "There is no model in {folder}: it must hold model.json and model.safetensors, as an export leaves them.",
    "{folder}에 모델이 없습니다. 내보내기로 만든 model.json과 model.safetensors가 있어야 합니다.",
)
UNREADABLE = Text(
    "{file} in {folder} could not be read ({reason}). Copy the folder to another place and try again.",
    "{folder}의 {file:을/를} 읽지 못했습니다({reason}). 폴더를 다른 곳에 복사한 뒤 다시 시도하세요.",
)
NEWER = Text(
    "{file} was made by a newer Learnscope: its format is {theirs}, and this one reads formats up to {ours}. Update "
    "Learnscope.",
    "{file:은/는} 더 새로운 Learnscope에서 만들었습니다. 파일의 형식은 {theirs}번이고 이 프로그램은 {ours}번까지 "
    "읽습니다. Learnscope를 업데이트하세요.",
)
MISMATCH = Text(
    "{weights} does not belong to {json}: it was changed or comes from another export. Export the model again.",
    "{weights:은/는} {json:과/와} 짝이 맞지 않습니다. 바뀌었거나 다른 내보내기의 파일입니다. 모델을 다시 내보내세요.",
)
WRONG_ARRAYS = Text(
    "{weights} does not hold the numbers of a {algorithm} model: {what}. Export the model again.",
    "{weights}에 {algorithm} 모델의 값이 들어 있지 않습니다({what}). 모델을 다시 내보내세요.",
)
TOO_LARGE = Text(
    "{file} is larger than {most:d} MB, which no model of Learnscope is. It was not opened.",
    "{file:은/는} {most:d}MB보다 커서 Learnscope의 모델일 수 없습니다. 열지 않았습니다.",
)


@dataclass(frozen=True, eq=False)
class SavedModel:
    """A model as read from a folder. `class_names` are by the number that `predict` gives; axes are the plane's."""

    learner: Learner
    state: State
    scaler: Scaler
    task: Task
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    target_name: str
    axes: tuple[int, int]

    @property
    def fitted(self) -> Fitted:
        return Fitted(self.learner, self.state, self.scaler)


# -- writing -----------------------------------------------------------------------------------------------------------


def write_model(folder: Path | str, learner: Learner, state: State, problem: Rows) -> None:
    """Write both files into a folder that exists. Raises LabError, and writes nothing, for a state that is not finite
    or a folder that cannot be written."""
    if not state.is_finite():
        raise LabError(NOT_FINITE)
    arrays = {name: np.array(array, order="C") for name, array in state.arrays().items()}
    weights = safetensors.numpy.save(arrays)
    description = readable_json(_description(learner, problem, arrays, weights)).encode("utf-8", "backslashreplace")
    # The weights first: a model.json without its own weights beside it is refused by the checksum.
    write_bytes(Path(folder) / WEIGHTS, weights)
    write_bytes(Path(folder) / MODEL_JSON, description)


def _description(learner: Learner, problem: Rows, arrays: dict[str, np.ndarray], weights: bytes) -> dict[str, Any]:
    kind = "none" if problem.targets is None else "classes" if problem.has_classes else "values"
    return {
        "format": FORMAT,
        "program": "learnscope",
        "algorithm": learner.id,
        "task": learner.task_on(problem),
        "settings": plain(learner.model_dump()),
        "features": list(problem.feature_names),
        "target": {"name": problem.target_name, "kind": kind},
        "classes": list(problem.class_names),
        "axes": list(problem.axes),
        "scaler": {
            "kind": problem.scaler.kind,
            "mean": problem.scaler.mean.tolist(),
            "scale": problem.scaler.scale.tolist(),
        },
        # What the shapes of the arrays follow from, beside the settings: checked when the model is read.
        "trained_on": {"rows": problem.n, "distinct_rows": len(np.unique(problem.features, axis=0))},
        "arrays": {name: {"shape": list(a.shape), "type": str(a.dtype)} for name, a in arrays.items()},
        "weights": {"file": WEIGHTS, "sha256": hashlib.sha256(weights).hexdigest()},
    }


# -- reading -----------------------------------------------------------------------------------------------------------


def read_model(folder: Path | str) -> SavedModel:
    """The model in a folder. Raises LabError, which says what is wrong, for anything but a sound model."""
    folder = Path(folder)
    reader = Fields(parse_json(_bytes(folder, MODEL_JSON), MODEL_JSON), MODEL_JSON)
    if reader.whole("format", 1, 10**9) > FORMAT:
        raise LabError(NEWER, file=MODEL_JSON, theirs=reader.whole("format", 1, 10**9), ours=FORMAT)
    learner = _learner(reader)
    problem = _kind_of_problem(reader)
    task = reader.choice("task", _TASKS)
    weights = _bytes(folder, WEIGHTS)
    if hashlib.sha256(weights).hexdigest() != reader.inside("weights").text("sha256"):
        raise LabError(MISMATCH, weights=WEIGHTS, json=MODEL_JSON)
    state = _state(learner, problem, weights, reader.inside("trained_on"))
    if task != learner.task_on(problem):
        raise reader.wrong("task")
    _try(learner, state, problem, task)
    return SavedModel(
        learner=learner,
        state=state,
        scaler=problem.scaler,
        task=task,
        feature_names=problem.feature_names,
        class_names=problem.class_names,
        target_name=problem.target_name,
        axes=problem.axes,
    )


def _bytes(folder: Path, name: str) -> bytes:
    try:
        with open(folder / name, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            if size > MOST_BYTES:
                raise LabError(TOO_LARGE, file=name, most=MOST_BYTES // 2**20)
            file.seek(0)
            return file.read(size)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise LabError(NO_MODEL, folder=str(folder)) from error
    except OSError as error:
        raise LabError(UNREADABLE, file=name, folder=str(folder), reason=error.strerror or str(error)) from error


def _learner(reader: Fields) -> Learner:
    algorithm = reader.text("algorithm")
    try:
        learner = models.load(algorithm)
    except KeyError as error:
        raise reader.wrong("algorithm") from error
    try:
        return learner.with_settings(settings_from_json(reader.inside("settings")))
    except SettingError as error:
        raise LabError(error.text, **error.values) from error


def _kind_of_problem(reader: Fields) -> Rows:
    """The problem's frame without its rows: columns, classes, scaler, axes."""
    features = reader.texts("features", 1, MOST_COLUMNS)
    d = len(features)
    scaler = reader.inside("scaler")
    mean, scale = scaler.numbers("mean", d, -LARGEST, LARGEST), scaler.numbers("scale", d, 0.0, LARGEST)
    if min(scale) <= 0.0:
        raise scaler.wrong("scale")
    axes = reader.numbers("axes", 2, TARGET_AXIS, d - 1, whole=True)
    target = reader.inside("target")
    kind = target.choice("kind", ("none", "classes", "values"))
    if axes[0] == axes[1] or axes[0] == TARGET_AXIS or (axes[1] == TARGET_AXIS and kind != "values"):
        raise reader.wrong("axes")
    classes = reader.texts("classes", 0, MOST_CLASSES)
    if (kind == "classes") != bool(classes):
        raise reader.wrong("classes")
    return Rows(
        features=np.zeros((0, d)),
        targets={"none": None, "classes": np.zeros(0, np.int64), "values": np.zeros(0)}[kind],
        class_names=classes,
        feature_names=features,
        target_name=target.text("name"),
        rows=np.zeros(0, dtype=np.int64),
        test_features=np.zeros((0, d)),
        test_targets=None,
        test_rows=np.zeros(0, dtype=np.int64),
        scaler=Scaler(scaler.choice("kind", ("none", "standard")), np.array(mean), np.array(scale)),
        axes=axes,
        held=np.zeros(d),
    )


def _state(learner: Learner, problem: Rows, weights: bytes, trained_on: Fields) -> State:
    """The state in the file, once its arrays are seen to be the ones that a run of this kind has.

    The measure is a start of the same learner on data of the same form, made here. An array that is empty at the start
    may have grown, up to the number of rows.
    """
    arrays = _arrays(learner, weights)
    rows = trained_on.whole("rows", 1, MOST_ROWS)
    distinct = trained_on.whole("distinct_rows", 1, rows)
    # Where no array has a place for each row, the number of rows does not show in the shapes.
    like = rows if any(rows in array.shape for array in arrays.values()) else min(rows, _FEW_ROWS)
    wanted = _start_like(learner, problem, like, min(distinct, like)).arrays()
    if wanted.keys() != arrays.keys():
        raise _wrong(learner, f"{', '.join(sorted(arrays))[:80]} / {', '.join(sorted(wanted))[:80]}")
    for name, array in arrays.items():
        model = wanted[name]
        is_same = array.dtype == model.dtype and array.ndim == model.ndim
        has_grown = [size == 0 and found <= rows for found, size in zip(array.shape, model.shape, strict=False)]
        fits = [found == size for found, size in zip(array.shape, model.shape, strict=False)]
        if not is_same or not all(a or b for a, b in zip(fits, has_grown, strict=True)):
            raise _wrong(learner, f"{name} {array.dtype}{list(array.shape)}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise _wrong(learner, f"{name}: nan, inf")
        if name == "targets" and array.dtype.kind == "i" and not ((array >= 0) & (array < problem.n_classes)).all():
            raise _wrong(learner, name)
    return learner.state_type.from_arrays(arrays)


def _arrays(learner: Learner, weights: bytes) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file whose header is small: so many tiny tensors are refused unread."""
    if len(weights) < 8 or int.from_bytes(weights[:8], "little") > MOST_HEADER_BYTES:
        raise _wrong(learner, "header")
    try:
        return safetensors.numpy.load(weights)
    except (SafetensorError, ValueError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise _wrong(learner, "header") from error


def _start_like(learner: Learner, problem: Rows, rows: int, distinct: int) -> State:
    """A start on made-up data of the same form: as many rows, columns, classes and different places."""
    d = problem.d
    places = np.arange(rows) % distinct
    features = np.stack([(places * (j + 1) + 0.5) / distinct for j in range(d)], axis=1)
    targets = None
    if problem.targets is not None:
        targets = np.arange(rows) % problem.n_classes if problem.has_classes else places / distinct
    made_up = Rows(
        **{name: getattr(problem, name) for name in ("class_names", "feature_names", "target_name", "axes", "held")},
        features=np.ascontiguousarray(features),
        targets=targets,
        rows=np.arange(rows),
        test_features=problem.test_features,
        test_targets=targets if targets is None else targets[:0],
        test_rows=problem.test_rows,
        scaler=Scaler("none", np.zeros(d), np.ones(d)),
    )
    try:
        with np.errstate(all="ignore"):
            return learner.start(made_up, 0)
    except (ValueError, IndexError, ArithmeticError, AssertionError, np.linalg.LinAlgError) as error:
        raise _wrong(learner, "settings") from error  # settings that cannot belong to data of this form


def _try(learner: Learner, state: State, problem: Rows, task: Task) -> None:
    """Ask the model once: an answer of the right form, or the file is refused."""
    if not isinstance(learner, HasPrediction):
        return
    try:
        with np.errstate(all="ignore"):
            answer = learner.predict(state, np.zeros((2, problem.d)))
    except (ValueError, IndexError, ArithmeticError, AssertionError) as error:
        raise _wrong(learner, "predict") from error
    form = (2,) if task == "regressor" else (2, problem.n_classes) if task == "classifier" else (2, *answer.shape[1:2])
    if answer.shape != form or not np.isfinite(answer).all():
        raise _wrong(learner, "predict")


def _wrong(learner: Learner, what: str) -> LabError:
    return LabError(WRONG_ARRAYS, weights=WEIGHTS, algorithm=learner.title, what=what)


def take(path: Path, taken: Taken) -> int:
    """The model that the run has come to, into a folder."""
    run = taken.run
    learner, problem = run.in_force(run.reached)
    with assembled(path) as fresh:
        write_model(fresh, learner, run.state_after(run.reached), problem)
    return run.reached
