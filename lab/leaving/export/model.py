"""model.safetensors + model.json: a model that runs elsewhere, and back again without running anything in the files.

model.json says what the numbers mean; model.safetensors holds the arrays of the State. A reader needs both: a
checksum ties them together. Reading trusts neither: names, kinds and shapes must be the ones that this algorithm with
these settings makes from data of this size, which is seen from the headers alone, before anything of the size that they
claim is made; and every number must be finite.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

import models
from lab import reading
from lab.data.datasets import TARGET_AXIS
from lab.document.edits import LARGEST
from lab.document.json_fields import Fields
from lab.document.outlines import outline
from lab.document.project_json import MOST_JSON_BYTES, parse_json, settings_from_json
from lab.errors import LabError
from lab.leaving.export.assembling import assembled
from lab.leaving.export.result import plain, readable_json
from lab.writing import write_bytes
from models.core.abilities import HasPrediction
from models.core.learner import Fitted, Learner
from models.core.params import SettingError
from models.core.problem import Rows, Scaler, Task
from models.core.state import ArrayForm, State
from models.words.text import Text

if TYPE_CHECKING:
    from lab.leaving.export.taken import Taken

FORMAT = 1
MODEL_JSON, WEIGHTS = "model.json", "model.safetensors"
MOST_BYTES = 512 * 2**20
MOST_HEADER_BYTES = 64 * 2**10
MOST_COLUMNS, MOST_CLASSES, MOST_ROWS = 1_000, 100, 16 * 2**20
MOST_MADE_UP = 2**23  # numbers of a table that is made up to see a start on it
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

    learner: Learner[Any, Any]
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


def write_model(folder: Path | str, learner: Learner[Any, Any], state: State, problem: Rows) -> None:
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


def _description(
    learner: Learner[Any, Any], problem: Rows, arrays: dict[str, np.ndarray], weights: bytes
) -> dict[str, Any]:
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
    problem = _outline(reader)
    task = reader.choice("task", _TASKS)
    distinct = reader.inside("trained_on").whole("distinct_rows", 1, problem.n)
    weights = _bytes(folder, WEIGHTS)
    if hashlib.sha256(weights).hexdigest() != reader.inside("weights").text("sha256"):
        raise LabError(MISMATCH, weights=WEIGHTS, json=MODEL_JSON)
    state = _state(learner, problem, distinct, weights)
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
    most = MOST_BYTES if name == WEIGHTS else MOST_JSON_BYTES
    try:
        with reading.opened(folder / name) as file:
            content = reading.read_at_most(file, most)
    except reading.NoFileError as error:
        raise LabError(NO_MODEL, folder=str(folder)) from error
    except OSError as error:
        raise reading.said_of(error, folder / name) from error
    if content is None:
        raise LabError(TOO_LARGE, file=name, most=most // 2**20)
    return content


def _learner(reader: Fields) -> Learner[Any, Any]:
    algorithm = reader.text("algorithm")
    try:
        learner = models.load(algorithm)
    except KeyError as error:
        raise reader.wrong("algorithm") from error
    try:
        return learner.with_settings(settings_from_json(reader.inside("settings")))
    except SettingError as error:
        raise LabError(error.text, **error.values) from error


def _outline(reader: Fields) -> Rows:
    """The problem that the model learned from, without its numbers: rows, columns, classes, scaler, axes."""
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
    return outline(
        n=reader.inside("trained_on").whole("rows", 1, MOST_ROWS),
        feature_names=features,
        kind=kind,
        class_names=classes,
        target_name=target.text("name"),
        axes=axes,
        scaler=Scaler(scaler.choice("kind", ("none", "standard")), np.array(mean), np.array(scale)),
    )


def _state(learner: Learner[Any, Any], problem: Rows, distinct: int, weights: bytes) -> State:
    """The state in the file, once its header is seen to announce the arrays that a run of this kind has."""
    announced = _announced(learner, weights)
    forms = _forms(learner, problem, distinct, announced)
    if forms.keys() != announced.keys():
        raise _wrong(learner, f"{', '.join(sorted(announced))[:80]} / {', '.join(sorted(forms))[:80]}")
    for name, (dtype, shape) in announced.items():
        if not forms[name].fits(dtype, shape):
            raise _wrong(learner, f"{name} {dtype}{list(shape)}")
    try:
        arrays = safetensors.numpy.load(weights)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise _wrong(learner, "header") from error
    for name, array in arrays.items():
        if not forms[name].holds(array):
            raise _wrong(learner, name)
    return learner.state_type.from_arrays(arrays)


_DTYPES = {"F64": "float64", "I64": "int64", "I32": "int32", "BOOL": "bool"}


def _announced(learner: Learner[Any, Any], weights: bytes) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Dtype and shape of each array as the header of a safetensors file has them; the library checks later that they
    agree with the bytes behind it. https://github.com/huggingface/safetensors#format"""
    size = int.from_bytes(weights[:8], "little")
    if len(weights) < 8 + size or size > MOST_HEADER_BYTES:
        raise _wrong(learner, "header")
    header = parse_json(weights[8 : 8 + size], WEIGHTS)
    header.pop("__metadata__", None)
    reader = Fields(header, WEIGHTS)
    found = {}
    for name in header:
        entry = reader.inside(name)
        sizes = entry.given.get("shape")
        shape = entry.numbers("shape", len(sizes) if isinstance(sizes, list) else 0, 0, MOST_BYTES, whole=True)
        found[name] = (_DTYPES[entry.choice("dtype", tuple(_DTYPES))], shape)
    return found


def _forms(
    learner: Learner[Any, Any], problem: Rows, distinct: int, announced: Mapping[str, tuple[str, tuple[int, ...]]]
) -> Mapping[str, ArrayForm]:
    """What the arrays must be like: as the learner says, or as a start has them where it does not say.

    A start needs data. It is made up here, of as many rows only where an array with bytes in it has a place for each;
    an array that is empty at the start may have grown, up to the number of rows.
    """
    said = learner.state_forms(problem, distinct)
    if said is not None:
        return said
    rows = problem.n
    is_by_row = any(rows in shape and 0 not in shape for _, shape in announced.values())
    like = rows if is_by_row else min(rows, _FEW_ROWS)
    return {
        name: ArrayForm(array.dtype.name, tuple(size or range(rows + 1) for size in array.shape))
        for name, array in _start_like(learner, problem, like, min(distinct, like)).arrays().items()
    }


def _start_like(learner: Learner[Any, Any], problem: Rows, rows: int, distinct: int) -> State:
    """A start on made-up data of the same form: as many rows, columns, classes and different places."""
    if rows * problem.d > MOST_MADE_UP:
        raise _wrong(learner, f"{rows} x {problem.d}")
    places = np.arange(rows) % distinct
    features = np.empty((rows, problem.d))
    for column in range(problem.d):
        features[:, column] = (places * (column + 1) + 0.5) / distinct
    targets = None
    if problem.targets is not None:
        targets = np.arange(rows) % problem.n_classes if problem.has_classes else places / distinct
    made_up = dataclasses.replace(
        problem,
        features=features,
        targets=targets,
        rows=np.arange(rows),
        scaler=Scaler("none", np.zeros(problem.d), np.ones(problem.d)),
    )
    try:
        with np.errstate(all="ignore"):
            return learner.start(made_up, 0)
    except (ValueError, IndexError, ArithmeticError, AssertionError, np.linalg.LinAlgError) as error:
        raise _wrong(learner, "settings") from error  # settings that cannot belong to data of this form


def _try(learner: Learner[Any, Any], state: State, problem: Rows, task: Task) -> None:
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


def _wrong(learner: Learner[Any, Any], what: str) -> LabError:
    return LabError(WRONG_ARRAYS, weights=WEIGHTS, algorithm=learner.title, what=what)


def take(path: Path, taken: Taken) -> int:
    """The model that the run has come to, into a folder."""
    run = taken.run
    learner, problem = run.in_force(run.reached)
    with assembled(path) as fresh:
        write_model(fresh, learner, run.state_after(run.reached), problem)
    return run.reached
