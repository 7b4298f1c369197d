"""Files that belong together, put in place only when all of them are written."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import LabError
from models.words.text import Text

NOT_A_FOLDER = Text(
    "{folder} is a file, not a folder: choose another name for the export.",
    "{folder:은/는} 폴더가 아니라 파일입니다. 내보낼 폴더의 이름을 바꾸세요.",
)
NOT_WRITTEN = Text(
    "The export could not be written to {folder} ({reason}). Choose another folder.",
    "{folder}에 내보내지 못했습니다({reason}). 다른 폴더를 고르세요.",
)


def check_folder(folder: Path | str) -> Path:
    """The folder, or the nearest one above it that is there already: files can be made in it.

    Raises LabError, before any work is done, where an export could not be put.
    """
    folder = Path(folder).absolute()
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if not nearest.is_dir():
        raise LabError(NOT_A_FOLDER, folder=str(nearest))
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise LabError(NOT_WRITTEN, folder=str(folder), reason=os.strerror(errno.EACCES))
    return nearest


@contextmanager
def assembled(folder: Path | str) -> Iterator[Path]:
    """An empty folder on the same disk as `folder`, whose files move there when the block ends without an error."""
    folder = Path(folder).absolute()
    nearest = check_folder(folder)
    fresh: Path | None = None
    try:
        fresh = Path(tempfile.mkdtemp(prefix=".learnscope-", suffix=".tmp", dir=nearest))
        yield fresh
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted(fresh.iterdir()):
            os.replace(file, folder / file.name)
    except OSError as error:
        raise LabError(NOT_WRITTEN, folder=str(folder), reason=error.strerror or str(error)) from error
    finally:
        if fresh is not None:
            shutil.rmtree(fresh, ignore_errors=True)
