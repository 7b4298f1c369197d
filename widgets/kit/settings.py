"""What the program remembers between two starts: language, theme, the window's shape, the last folder."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QLocale, QSettings, QStandardPaths

from lab.errors import LabError
from lab.own_folders import home_folder
from lab.reading import read_bytes
from lab.writing import make_folder, write_bytes
from models.words.text import Lang, Said, Text

log = logging.getLogger("learnscope.settings")

NOT_KEPT = Text(
    "Language, theme and the last folder cannot be kept on this computer for the next start. {why}",
    "언어, 테마, 마지막 폴더를 이 컴퓨터에 기억해 둘 수 없습니다. {why}",
)
_MOST_BYTES = 2**20


class SettingsFile:
    """Texts by name in a JSON file; what stands there that is no such file is taken for the INI file of earlier versions.

    A value is written as soon as it is set, over what another window has written meanwhile. When that fails the program
    goes on with what it knows, and `on_trouble` is told once.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_in_trouble = False
        self.on_trouble: Callable[[Said], None] | None = None
        self._values = self._read()

    def value(self, name: str, default: str) -> str:
        return self._values.get(name, default)

    def set_value(self, name: str, value: str) -> None:
        if self._values.get(name) == value:
            return
        self._values = {**self._values, **self._read(), name: value}
        try:
            make_folder(self._path.parent)
            write_bytes(self._path, json.dumps(self._values, ensure_ascii=False, indent=1).encode("utf-8", "replace"))
        except LabError as error:
            log.warning("%s", error)
            if not self._is_in_trouble and self.on_trouble is not None:
                self._is_in_trouble = True
                self.on_trouble(Said(NOT_KEPT, {"why": Text(error.said.say("en"), error.said.say("ko"))}))

    def _read(self) -> dict[str, str]:
        try:
            given: Any = json.loads(read_bytes(self._path, _MOST_BYTES))
            return {name: value for name, value in given.items() if isinstance(value, str)}
        except (LabError, ValueError, AttributeError, RecursionError):
            return self._of_earlier_versions()

    def _of_earlier_versions(self) -> dict[str, str]:
        place = self._path if self._path.exists() else self._path.with_suffix(".ini")
        if not place.is_file():
            return {}
        ini = QSettings(str(place), QSettings.Format.IniFormat)
        found = {name: ini.value(name, "", type=str) for name in ("language", "theme", "folder")}
        geometry = ini.value("window/geometry", QByteArray(), type=QByteArray)
        if isinstance(geometry, QByteArray):  # Qt gives what stands there where it is no such thing
            found["window/geometry"] = bytes(geometry.toBase64().data()).decode("ascii")
        return {name: value for name, value in found.items() if value}


class Settings:
    """A file in the system's place for settings; every value is read with its type."""

    def __init__(self, path: Path | None = None) -> None:
        folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppConfigLocation))
        self.file = SettingsFile(path or folder / "learnscope.json")

    @property
    def language(self) -> Lang:
        """The chosen language; at the first start Korean where the system speaks it, else English."""
        is_korean = QLocale.system().language() == QLocale.Language.Korean
        code = self.file.value("language", "ko" if is_korean else "en")
        return "ko" if code == "ko" else "en"

    @language.setter
    def language(self, code: Lang) -> None:
        self.file.set_value("language", code)

    @property
    def theme(self) -> str:
        name = self.file.value("theme", "light")
        return name if name in ("light", "dark") else "light"

    @theme.setter
    def theme(self, name: str) -> None:
        self.file.set_value("theme", name)

    @property
    def geometry(self) -> QByteArray:
        return QByteArray.fromBase64(self.file.value("window/geometry", "").encode("ascii", "replace"))

    @geometry.setter
    def geometry(self, geometry: QByteArray) -> None:
        self.file.set_value("window/geometry", bytes(geometry.toBase64().data()).decode("ascii"))

    @property
    def folder(self) -> Path:
        """Where a file was last opened or saved; the documents folder at first."""
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        folder = Path(self.file.value("folder", documents))
        return folder if os.path.isdir(folder) else home_folder() or Path(folder.anchor or os.sep)

    @folder.setter
    def folder(self, folder: Path) -> None:
        self.file.set_value("folder", str(folder))


def own_scenes_folder() -> Path:
    """Where a teacher's own scenes are kept."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)) / "scenes"


def log_folder() -> Path:
    """Where the log and the traces of crashes are written."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)) / "log"
