"""The data that a command line asks for: a table with its columns, a data set or a scene by name."""

from __future__ import annotations

import argparse
import csv

from lab.data.datasets import Dataset
from lab.data.generators import GENERATORS, generate
from lab.data.tables.cells import same_text
from lab.data.tables.files import BUNDLED, BUNDLED_TARGETS, Table, bundled_path, read_table, to_dataset
from lab.data.tables.source import as_it_is_on_disk
from lab.data.tables.targets import TargetKind, WordsMean
from lab.document import scenes
from lab.errors import LabError
from models.words.text import Said, Text

_OF_TABLES = ("features", "target", "target_kind", "missing_words")

NO_DATA = Text(
    "There is no file, data set or scene {given}. Data sets: {known}. Or give the path of a CSV file.",
    "{given:이라는/라는} 파일, 데이터셋, 수업 장면이 없습니다. 데이터셋: {known}. 또는 CSV 파일의 경로를 쓰세요.",
)
BAD_LIST = Text(
    "--features {given} is no list of columns: a quotation mark is not closed. Write it as a line of CSV, a name with a "
    "comma in quotation marks.",
    "--features {given:은/는} 열 목록이 아닙니다. 따옴표가 닫히지 않았습니다. CSV의 한 줄처럼 쓰고, 쉼표가 든 이름은 "
    "따옴표로 묶으세요.",
)
ONLY_FOR_TABLES = Text(
    "{option} chooses columns of a table; {data} is not one. Leave {option} out.",
    "{option:은/는} 표의 열을 고르는 옵션인데 {data:은/는} 표가 아닙니다. {option:을/를} 빼세요.",
)


def data_of(options: argparse.Namespace) -> tuple[Dataset, Table | None, list[Said]]:
    """The data set of --data: a file, a bundled table, a generated one, or that of a scene."""
    name = options.data
    is_known = name in BUNDLED or name in GENERATORS  # a folder of that name, perhaps an export, is not meant
    path = as_it_is_on_disk(name)
    is_file = path.is_file() or path.is_dir() and not is_known or not name.isidentifier() and bool(path.suffix)
    if is_file or name in BUNDLED:
        table = read_table(path if is_file else bundled_path(name))
        features = None if options.features is None else _columns(options.features, table)
        guess = "auto" if is_file or features is not None else BUNDLED_TARGETS.get(name, "auto")
        target = guess if options.target is None else options.target
        if target == "none" and "none" not in table.header:
            target = None
        kind: TargetKind = options.target_kind or "auto"
        words: WordsMean = options.missing_words or "auto"
        dataset, notes = to_dataset(table, features, target, kind=kind, words=words)
        if options.target is None and target == guess != "auto":
            dataset = dataset.replace(target_choice="")
        return dataset, table, notes
    refuse_columns(options, name)
    if name in GENERATORS:
        return generate(name), None, []
    if any(name in (scene.id, str(scene.number)) for scene in scenes.all_scenes()):
        return scenes.find(name).project.dataset, None, []
    raise LabError(NO_DATA, given=name[:60], known=", ".join((*GENERATORS, *BUNDLED)))


def _columns(given: str, table: Table) -> tuple[str, ...]:
    """The names in --features, written as a line of CSV; one name that holds a comma may stand alone."""
    if same_text(given.strip()) in table.header:
        return (given.strip(),)
    if given.count('"') % 2:
        raise LabError(BAD_LIST, given=given[:60])
    rows = csv.reader([given], skipinitialspace=True)
    return tuple(name.strip() for row in rows for name in row)


def refuse_columns(options: argparse.Namespace, data: str) -> None:
    """Raises LabError when an option that is about the columns of a table is given with other data."""
    for option in _OF_TABLES:
        if getattr(options, option) is not None:
            raise LabError(ONLY_FOR_TABLES, option=f"--{option.replace('_', '-')}", data=data[:60])
