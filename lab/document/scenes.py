"""Scenes: prepared experiments with a question and a script, in both languages. One small JSON file each.

The scenes that ship lie in resources/scenes; a teacher's own lie in a folder of theirs, with the whole project inside.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

import numpy as np

from lab import reading
from lab.data import generators
from lab.data.datasets import Dataset
from lab.document.edits import LARGEST, MOST_SEED, check_algorithm
from lab.document.json_fields import Fields
from lab.document.project import Experiment, Project, Scaling, View
from lab.document.project_json import from_json, parse_json, settings_from_json, to_json
from lab.errors import LabError
from lab.writing import make_folder, write_bytes
from models.words.text import Lang, Text

SHIPPED_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "scenes"
FIRST_OWN_NUMBER = 51  # the numbers below are for scenes that ship
FIRST = "01-line"
OFFERED = ("06-whose-side", "09-assign-move")
_ID = re.compile(r"[0-9]{2,4}-[0-9a-z-]{1,60}")


@dataclass(frozen=True, eq=False)
class Scene:
    """A prepared experiment. `speed` is a step of SPEEDS, 0 slow to 3 maximum; `own` tells a teacher's own scene."""

    id: str
    number: int
    title: Text
    question: Text
    script: tuple[Text, ...]
    project: Project
    speed: int
    own: bool = False


def all_scenes(own_folder: Path | None = None) -> tuple[Scene, ...]:
    """Every scene by number: those that ship, then the readable ones of a teacher's own (see `broken_scenes`)."""
    return (*_shipped(), *_read_own(own_folder)[0])


def broken_scenes(own_folder: Path | None) -> tuple[LabError, ...]:
    """What is wrong with the files in the folder of own scenes that could not be read, one error for each."""
    return _read_own(own_folder)[1]


def find(id: str, own_folder: Path | None = None) -> Scene:
    """The scene with this id or number ("06-whose-side", "6"). Raises LabError when there is none."""
    if _ID.fullmatch(id) and (SHIPPED_FOLDER / f"{id}.json").is_file():
        return _shipped_scene(id)
    scenes = all_scenes(own_folder)
    for scene in scenes:
        if id == scene.id or id.isdecimal() and int(id) == scene.number:
            return scene
    raise LabError(_NO_SUCH_SCENE, name=str(id)[:40], known=", ".join(str(scene.number) for scene in scenes))


def first_scene() -> Scene:
    """The scene that the first start opens; the others are not read for it."""
    return _shipped_scene(FIRST)


def offered() -> tuple[Scene, ...]:
    """The scenes offered beside the first one at the first start."""
    return tuple(_shipped_scene(id) for id in OFFERED)


def save_own(folder: Path, title: str, question: str, project: Project, lang: Lang) -> Scene:
    """Keep this experiment as a scene of one's own: a new file in `folder`, which is made if it is missing.

    The words stand for both languages; `lang`, the one they were written in, is noted in the file. Raises LabError
    when there is no title or the file cannot be written.
    """
    title, question = " ".join(title.split())[:200], " ".join(question.split())[:500]
    if not title:
        raise LabError(_NO_TITLE)
    own, _ = _read_own(folder)
    taken = {scene.number for scene in own} | {_number_in_name(path) for path in folder.glob("*.json")}
    number = max((FIRST_OWN_NUMBER - 1, *taken)) + 1
    latin = re.sub(r"[^0-9a-z]+", "-", title.lower()).strip("-")[:40].strip("-")
    scene_id = f"{number:02d}-{latin or 'own'}"
    document = {
        "id": scene_id,
        "number": number,
        "written_in": lang,
        "title": {"en": title, "ko": title},
        "question": {"en": question or title, "ko": question or title},
        "script": [],
        "speed": project.view.speed,
        "project": to_json(project.replace(scene=scene_id)),
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")
    scene = read(text, f"{scene_id}.json", own=True)  # what cannot be read again is not written
    make_folder(folder)
    write_bytes(folder / f"{scene_id}.json", text)
    return scene


def read(text: bytes, where: str, *, own: bool) -> Scene:
    """The scene in a file's bytes; `where` names the file in errors. Raises LabError for whatever cannot be."""
    fields = Fields(parse_json(text, where), where)
    scene_id = fields.text("id")
    if not _ID.fullmatch(scene_id):
        raise fields.wrong("id")
    speed = fields.whole("speed", 0, 3)
    if own:
        project = from_json(fields.inside("project").given, where)
    else:
        project = Project(_dataset(fields.inside("data")), (_experiment(fields),))
    return Scene(
        id=scene_id,
        number=fields.whole("number", 1, 9999),
        title=_both(fields.inside("title")),
        question=_both(fields.inside("question")),
        script=tuple(_both(step) for step in fields.several("script", 0, 12)),
        project=project.replace(scene=scene_id, view=View(speed, project.view.surface, project.view.test_points)),
        speed=speed,
        own=own,
    )


@cache
def _shipped_scene(id: str) -> Scene:
    """The scene of the file ID.json among those that ship."""
    path = SHIPPED_FOLDER / f"{id}.json"
    return read(path.read_bytes(), path.name, own=False)


@cache
def _shipped() -> tuple[Scene, ...]:
    scenes = [_shipped_scene(path.stem) for path in SHIPPED_FOLDER.glob("*.json")]
    return tuple(sorted(scenes, key=lambda scene: scene.number))


def _read_own(folder: Path | None) -> tuple[tuple[Scene, ...], tuple[LabError, ...]]:
    """The readable scenes of a folder by number, and one error for each file that is not readable or says an id or
    number again."""
    scenes: dict[int, Scene] = {}
    errors: list[LabError] = []
    for path in sorted(folder.glob("*.json")) if folder is not None else ():
        try:
            scene = read(reading.read_bytes(path, _MOST_SCENE_BYTES), path.name, own=True)
            if scene.number in scenes or scene.number < FIRST_OWN_NUMBER:
                raise LabError(_NUMBER_TAKEN, file=path.name, number=scene.number)
            scenes[scene.number] = scene
        except LabError as error:
            errors.append(error)
    return tuple(scenes[number] for number in sorted(scenes)), tuple(errors)


_MOST_SCENE_BYTES = 8 * 2**20  # more than parse_json takes, so that it says so


def _number_in_name(path: Path) -> int:
    digits = re.match(r"[0-9]{1,4}", path.name)
    return int(digits[0]) if digits else 0


def _both(fields: Fields) -> Text:
    """A text in both languages, its braces kept as they are (a scene's words take no values)."""
    en, ko = (fields.text(lang).replace("{", "{{").replace("}", "}}") for lang in get_args(Lang))
    if not en or not ko:
        raise fields.wrong("en")
    return Text(en, ko)


def _experiment(fields: Fields) -> Experiment:
    """The experiment of a scene that ships. The algorithm itself checks the settings when it starts (no algorithm is
    imported before the window stands), and a test does before that."""
    check_algorithm(fields.text("algorithm"))
    return Experiment(
        algorithm=fields.text("algorithm"),
        settings=settings_from_json(fields.inside("settings")),
        seed=fields.whole("seed", 0, MOST_SEED),
        scaling=fields.choice("scaling", get_args(Scaling)),
        train_share=fields.number("train_share", 0.01, 1.0),
    )


def _dataset(data: Fields) -> Dataset:
    """The data of a scene that ships: an entry of the gallery, a bundled table with perhaps its target, the
    columns and the part of the plane to show, points with their classes, or normal clouds."""
    if "table" in data.given:
        from lab.data.tables.files import bundled_dataset  # the first scene is no table

        target = data.text("target") if "target" in data.given else "auto"
        dataset = bundled_dataset(data.text("table"), target)
        last = dataset.features.shape[1] - 1
        return dataset.replace(
            axes=data.numbers("axes", 2, 0, last, whole=True) if "axes" in data.given else dataset.axes,
            view=data.numbers("view", 4, -LARGEST, LARGEST) if "view" in data.given else None,
        )
    if "generator" in data.given:
        return generators.generate(
            data.text("generator"),
            data.whole("n", 4, 100_000),
            data.number("noise", 0.0, 1.0),
            data.whole("seed", 0, MOST_SEED),
        )
    if "points" in data.given:
        places = data.several("points", 1, 10_000)
        xy = np.array([place.numbers("at", 2, -LARGEST, LARGEST) for place in places])
        letters = [place.text("class") for place in places]
    else:
        parts = data.several("clouds", 1, 20)
        centers = np.array([part.numbers("center", 2, -LARGEST, LARGEST) for part in parts])
        deviations = np.array([part.numbers("deviation", 2, 0.0, LARGEST) for part in parts])
        counts = [part.whole("count", 1, 100_000) for part in parts]
        random = np.random.default_rng(data.whole("seed", 0, MOST_SEED))
        xy, groups = generators.clouds(centers, deviations, counts, random)
        letters = [parts[group].text("class") for group in groups]
    names = tuple(sorted(set(letters)))
    return Dataset(
        name=data.text("name"),
        feature_names=data.texts("columns", 2, 2),
        features=xy,
        targets=np.array([names.index(letter) for letter in letters], dtype=np.int64),
        class_names=names,
        origin="generated" if "clouds" in data.given else "drawn",
        view=data.numbers("view", 4, -LARGEST, LARGEST),
    )


_NO_SUCH_SCENE = Text(
    "There is no scene called {name}. Choose one of the numbers {known}.",
    "{name:이라는/라는} 수업 장면은 없습니다. 다음 번호 가운데 하나를 고르세요: {known}.",
)
_NO_TITLE = Text("A scene needs a title. Write one.", "수업 장면에는 제목이 필요합니다. 제목을 적으세요.")
_NUMBER_TAKEN = Text(
    "The scene file {file} has the number {number}, which another scene has. Give it a number of its own.",
    "수업 장면 파일 {file}의 번호 {number:은/는} 다른 수업 장면의 번호입니다. 다른 번호를 주세요.",
)
