from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from widgets.kit.settings import Settings


def test_that_settings_come_back_and_are_written_at_once(qapp, tmp_path):
    one = Settings(tmp_path / "deep" / "s.json")
    one.language, one.theme, one.geometry = "ko", "dark", QByteArray(b"\x00\xff\x80")
    (tmp_path / "한글 폴더").mkdir()
    one.folder = tmp_path / "한글 폴더"
    again = Settings(tmp_path / "deep" / "s.json")
    assert (again.language, again.theme, again.folder) == ("ko", "dark", tmp_path / "한글 폴더")
    assert again.geometry == QByteArray(b"\x00\xff\x80")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["s.json"]


def test_that_two_windows_do_not_undo_each_others_settings(qapp, tmp_path):
    one, other = Settings(tmp_path / "s.json"), Settings(tmp_path / "s.json")
    one.language = "ko"
    other.theme = "dark"
    again = Settings(tmp_path / "s.json")
    assert (again.language, again.theme) == ("ko", "dark")


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"theme": 7, "language": ["ko"]}', b"\xff\xfe", b"[" * 9999])
def test_that_a_file_of_another_kind_is_passed_over_and_replaced(qapp, tmp_path, content):
    path = tmp_path / "s.json"
    path.write_bytes(content)
    one = Settings(path)
    assert one.theme == "light" and one.geometry == QByteArray()
    one.theme = "dark"
    assert json.loads(path.read_bytes())["theme"] == "dark"


@pytest.mark.parametrize("name", ["s.json", "s.ini"])
def test_that_the_settings_of_earlier_versions_are_taken_over(qapp, tmp_path, name):
    ini = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    ini.setValue("language", "ko")
    ini.setValue("theme", "dark")
    ini.setValue("folder", str(tmp_path))
    ini.setValue("window/geometry", QByteArray(b"\x01\xd9\x00\xff"))
    ini.sync()
    one = Settings(tmp_path / name)
    assert (one.language, one.theme, one.folder) == ("ko", "dark", tmp_path)
    assert one.geometry == QByteArray(b"\x01\xd9\x00\xff")
    one.theme = "light"
    assert Settings(tmp_path / name).theme == "light" and Settings(tmp_path / name).language == "ko"


def test_that_a_folder_that_is_gone_is_not_offered(qapp, tmp_path):
    one = Settings(tmp_path / "s.json")
    one.folder = tmp_path / "gone"
    assert Settings(tmp_path / "s.json").folder == Path.home()
