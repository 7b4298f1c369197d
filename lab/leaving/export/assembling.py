"""Files that belong together, put in place only when all of them are written."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from lab.errors import LabError
from lab.writing import make_folder, prepared, put_all_in_place, remove_stale, said_of, temporary_name
from models.words.text import Text

NOT_A_FOLDER = Text(
    "{folder} is a file, not a folder: choose another name for the export.",
    "{folder:은/는} 폴더가 아니라 파일입니다. 내보낼 폴더의 이름을 바꾸세요.",
)


def check_folder(folder: Path | str) -> Path:
    """The folder, or the nearest one above it that is there already: files can be made in it.

    Raises LabError, before any work is done, where an export could not be put.
    """
    folder = Path(folder).absolute()
    with said_of(folder):
        nearest = next(place for place in (folder, *folder.parents) if place.exists())
        if not nearest.is_dir():
            raise LabError(NOT_A_FOLDER, folder=str(nearest))
    with said_of(nearest / folder.name):
        trial = nearest / temporary_name()
        trial.mkdir()
        trial.rmdir()
    return nearest


@contextlib.contextmanager
def assembled(folder: Path | str) -> Iterator[Path]:
    """An empty folder on the same disk as `folder`, whose files come there when the block ends without an error: all of
    them, or none. Raises LabError."""
    folder = Path(folder).absolute()
    nearest = check_folder(folder)
    remove_stale(nearest)
    fresh = nearest / temporary_name()
    try:
        with said_of(nearest / folder.name):
            fresh.mkdir()
            yield fresh
        made = [place for place in (folder, *folder.parents) if not place.exists()]
        try:
            make_folder(folder)
            with contextlib.ExitStack() as stack:
                files = sorted(fresh.iterdir())
                put_all_in_place([stack.enter_context(prepared(folder / f.name, _copy_of(f))) for f in files])
        except BaseException:
            for place in made:
                with contextlib.suppress(OSError):
                    place.rmdir()
            raise
    except LabError as error:
        if error.said.values.get("folder") != str(fresh):
            raise
        raise LabError(error.said.text, **{**error.said.values, "folder": str(folder)}) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _copy_of(source: Path) -> Callable[[BinaryIO], None]:
    """Writes what a file holds."""

    def write(file: BinaryIO) -> None:
        with source.open("rb") as stream:
            shutil.copyfileobj(stream, file, 2**20)

    return write
