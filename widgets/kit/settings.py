"""What the program remembers between two starts: language, theme, the window's shape, the last folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QLocale, QSettings, QStandardPaths

from models.words.text import Lang


class Settings:
    """An INI file in the system's place for settings; every value is read with its type."""

    def __init__(self, path: Path | None = None) -> None:
        folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppConfigLocation))
        self._ini = QSettings(str(path or folder / "learnscope.ini"), QSettings.Format.IniFormat)

    @property
    def language(self) -> Lang:
        """The chosen language; at the first start Korean where the system speaks it, else English."""
        is_korean = QLocale.system().language() == QLocale.Language.Korean
        code = self._ini.value("language", "ko" if is_korean else "en", type=str)
        return "ko" if code == "ko" else "en"

    @language.setter
    def language(self, code: Lang) -> None:
        self._ini.setValue("language", code)

    @property
    def theme(self) -> str:
        name = self._ini.value("theme", "light", type=str)
        return name if name in ("light", "dark") else "light"

    @theme.setter
    def theme(self, name: str) -> None:
        self._ini.setValue("theme", name)

    @property
    def geometry(self) -> QByteArray:
        return self._ini.value("window/geometry", QByteArray(), type=QByteArray)

    @geometry.setter
    def geometry(self, geometry: QByteArray) -> None:
        self._ini.setValue("window/geometry", geometry)

    @property
    def folder(self) -> Path:
        """Where a file was last opened or saved; the documents folder at first."""
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        folder = Path(self._ini.value("folder", documents, type=str))
        return folder if folder.is_dir() else Path.home()

    @folder.setter
    def folder(self, folder: Path) -> None:
        self._ini.setValue("folder", str(folder))

    def sync(self) -> None:
        self._ini.sync()


def own_scenes_folder() -> Path:
    """Where a teacher's own scenes are kept."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)) / "scenes"


def log_folder() -> Path:
    """Where the log and the traces of crashes are written."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)) / "log"
