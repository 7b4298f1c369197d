"""start.py: what goes wrong on a fresh machine is one sentence, never a traceback."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

import start

HOUSE = Path(start.HOUSE)


@pytest.fixture
def english(monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")


def refused(call, capsys) -> str:
    with pytest.raises(SystemExit) as stopped:
        call()
    assert stopped.value.code == 1
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "Traceback" not in said
    return said


def test_that_an_old_python_is_named_with_the_needed_one(monkeypatch, capsys, english):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    said = refused(start.check_python, capsys)
    assert "3.9" in said and "3.11" in said


def test_that_the_script_can_be_read_by_python_3_8():
    import ast

    ast.parse((HOUSE / "start.py").read_text(encoding="utf-8"), feature_version=(3, 8))


def test_that_a_missing_venv_module_is_said_with_the_apt_line(monkeypatch, capsys, english):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert "sudo apt install python3." in refused(start.check_python, capsys)


def test_that_missing_system_libraries_are_said_with_the_apt_line(monkeypatch, capsys, english):
    def absent(name, *_):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", absent)
    said = refused(lambda: start.check_system(needs_window=False), capsys)
    assert "sudo apt install libgl1 libegl1" in said and "xcb" not in said
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    assert "libxcb-cursor0" in refused(lambda: start.check_system(needs_window=True), capsys)


def test_that_a_missing_screen_is_said(monkeypatch, capsys, english):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(start, "missing_libraries", lambda needs_window: [])
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert "no screen" in refused(lambda: start.check_system(needs_window=True), capsys)


@pytest.mark.parametrize(
    ("output", "sign"),
    [
        ("WARNING: Retrying after connection broken by 'NewConnectionError(...)'", "no network"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("Collecting x\nERROR: No matching distribution found for x==9", "No matching distribution"),
    ],
)
def test_that_a_failed_install_is_one_sentence(output, sign, capsys, english):
    assert sign in refused(lambda: start.explain_failure(output), capsys)


def test_that_a_korean_system_is_answered_in_korean(monkeypatch, capsys):
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert "네트워크" in refused(lambda: start.explain_failure("ConnectTimeout"), capsys)


def test_that_setup_is_done_once_and_again_when_the_lock_changes(monkeypatch, tmp_path):
    lock, stamp, python = tmp_path / "requirements.lock", tmp_path / "stamp", tmp_path / "python"
    lock.write_text("numpy==2.4.6\n")
    python.write_text("")
    monkeypatch.setattr(start, "LOCK", str(lock))
    monkeypatch.setattr(start, "STAMP", str(stamp))
    monkeypatch.setattr(start, "venv_python", lambda: str(python))
    assert not start.is_set_up()
    stamp.write_text(start.wanted_stamp(), encoding="utf-8")
    assert start.is_set_up()
    lock.write_text("numpy==2.4.7\n")
    assert not start.is_set_up()


def test_that_the_lock_lies_within_the_ranges_of_pyproject():
    import tomllib

    from packaging.requirements import Requirement

    locked = dict(
        line.strip().lower().split("==")
        for line in (HOUSE / "requirements.lock").read_text().splitlines()
        if "==" in line
    )
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for wanted in project["dependencies"] + project["optional-dependencies"]["test"]:
        requirement = Requirement(wanted)
        assert locked[requirement.name.lower()] in requirement.specifier, wanted
    low, high = start.TORCH_RANGE
    version = tuple(int(part) for part in locked["torch"].split(".")[:2])
    assert low <= version < high


def test_that_a_torch_chosen_by_hand_is_kept(monkeypatch):
    def answer(version):
        return lambda *_, **__: subprocess.CompletedProcess([], 0, stdout=version + "\n", stderr="")

    monkeypatch.setattr(subprocess, "run", answer("2.13.1+cu130"))
    assert start.torch_to_keep() == "2.13.1+cu130"
    monkeypatch.setattr(subprocess, "run", answer("2.9.0"))
    assert start.torch_to_keep() is None
