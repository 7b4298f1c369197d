"""start.py: what goes wrong on a fresh machine is one sentence, never a traceback."""

from __future__ import annotations

import ctypes
import os
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
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "hash differs"),
        ("Collecting x\nERROR: No matching distribution found for x==9", "No matching distribution"),
    ],
)
def test_that_a_failed_install_is_one_sentence(output, sign, capsys, english):
    assert sign in refused(lambda: start.explain_failure(output), capsys)


def test_that_a_korean_system_is_answered_in_korean(monkeypatch, capsys):
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert "네트워크" in refused(lambda: start.explain_failure("ConnectTimeout"), capsys)


@pytest.fixture
def fresh(monkeypatch, tmp_path) -> Path:
    """A folder in which nothing is set up, with locks of its own."""
    (tmp_path / "python").write_text("")
    for name, file in (("LOCK", "requirements.lock"), ("TEST_LOCK", "requirements-test.lock")):
        (tmp_path / file).write_text("numpy==2.4.6\n")
        monkeypatch.setattr(start, name, str(tmp_path / file))
    for name in ("STAMP", "LOG"):
        monkeypatch.setattr(start, name, str(tmp_path / name))
    monkeypatch.setattr(start, "venv_python", lambda: str(tmp_path / "python"))
    monkeypatch.setattr(start, "works", lambda python: True)
    monkeypatch.setattr(start, "prepare", lambda: None)
    return tmp_path


def test_that_setup_is_done_once_and_again_when_the_lock_changes(fresh, monkeypatch, english):
    installed = []
    monkeypatch.setattr(start, "install", installed.append)
    for _ in range(2):
        start.set_up()
    assert installed == [start.LOCK]
    (fresh / "requirements.lock").write_text("numpy==2.4.7\n")
    start.set_up()
    assert installed == [start.LOCK] * 2


def test_that_a_user_gets_no_test_tools_and_whoever_tests_gets_both_once(fresh, monkeypatch, english):
    installed = []
    monkeypatch.setattr(start, "install", installed.append)
    start.set_up()
    for _ in range(2):
        start.set_up(with_tests=True)
        start.set_up()  # the tools beside it disturb nobody
    assert installed == [start.LOCK, start.TEST_LOCK]
    (fresh / "requirements-test.lock").write_text("numpy==2.4.6\nruff==1\n")
    start.set_up()
    assert installed == [start.LOCK, start.TEST_LOCK], "a user does not feel a change of the tools"
    start.set_up(with_tests=True)
    assert installed == [start.LOCK, start.TEST_LOCK, start.TEST_LOCK]


@pytest.mark.parametrize(
    ("word", "with_tests"), [("setup", False), ("--", False), ("test", True), ("monkey", True), ("fuzz", True)]
)
def test_that_only_what_tests_asks_for_the_test_tools(word, with_tests, monkeypatch):
    asked = []
    monkeypatch.setattr(start, "set_up", lambda with_tests=False: asked.append(with_tests))
    for name in ("check_system", "test", "run_module", "run_main", "open_console"):
        monkeypatch.setattr(start, name, lambda *_, **__: 0)
    start.main([word])
    assert asked == [with_tests]


@pytest.mark.parametrize(("word", "module"), [("monkey", "tests.e2e.monkey"), ("fuzz", "tests.fuzz")])
def test_that_the_tools_get_their_arguments_and_give_their_exit_code(word, module, monkeypatch):
    ran = []
    monkeypatch.setattr(start, "set_up", lambda with_tests: None)
    monkeypatch.setattr(start, "check_system", lambda needs_window: None)
    monkeypatch.setattr(start, "run", lambda arguments, **more: ran.append((arguments, more["PYTHONPATH"])) or 3)
    assert start.main([word, "--minutes", "2"]) == 3
    assert ran == [(["-m", module, "--minutes", "2"], start.HOUSE)]


def commands(monkeypatch, fresh, codes: dict[str, int]) -> list[list[str]]:
    """What `install` would have run, with the exit codes that the installers are to give."""
    ran = []

    def listen(command, count, log):
        name = "uv" if command[0] == "/bin/uv" else "pip"
        ran.append([name, *command[command.index("install") + 1 :]])
        return codes[name], "ERROR: no such package"

    monkeypatch.setattr(start, "listen", listen)
    monkeypatch.setattr(start, "torch_to_keep", lambda: None)
    monkeypatch.setattr(start.subprocess, "run", lambda *_, **__: None)
    start.install(start.LOCK)
    return ran


@pytest.mark.parametrize(
    ("where", "codes", "used"),
    [
        ("/bin/uv", {"uv": 0}, ["uv", "uv"]),
        ("/bin/uv", {"uv": 1, "pip": 0}, ["uv", "pip", "uv", "pip"]),
        (None, {"pip": 0}, ["pip", "pip"]),
    ],
)
def test_that_uv_installs_where_it_is_and_pip_where_it_is_not_or_fails(where, codes, used, fresh, monkeypatch, english):
    monkeypatch.setattr(start, "uv", lambda: where)
    ran = commands(monkeypatch, fresh, codes)
    assert [command[0] for command in ran] == used
    for command in ran[: len(ran) // 2]:
        assert command[-5:] == ["--require-hashes", "--only-binary", ":all:", "-r", start.LOCK]
    assert all(command[-1] == "torch==" + start.TORCH for command in ran[len(ran) // 2 :])


def locked(name: str) -> dict[str, set[str]]:
    """The packages of a lock with their versions; every one has a hash."""
    found: dict[str, set[str]] = {}
    text = (HOUSE / name).read_text(encoding="utf-8")
    for entry in text.replace("\\\n", " ").splitlines():
        if entry and not entry.startswith("#"):
            package, version = entry.split()[0].split("==")
            assert " --hash=sha256:" in entry, entry
            found.setdefault(package, set()).add(version)
    return found


def test_that_the_locks_lie_within_the_ranges_of_pyproject():
    import tomllib

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tools = project["optional-dependencies"]["test"]
    for name, wanted in (
        ("requirements.lock", project["dependencies"]),
        ("requirements-test.lock", project["dependencies"] + tools),
    ):
        versions = locked(name) | {"torch": {start.TORCH}}
        for requirement in map(Requirement, wanted):
            for version in versions[canonicalize_name(requirement.name)]:
                assert version in requirement.specifier, requirement
    low, high = start.TORCH_RANGE
    assert low <= tuple(int(part) for part in start.TORCH.split(".")[:2]) < high


def test_that_a_users_lock_is_the_testers_less_the_tools_and_neither_has_torch_addons_or_places_to_fetch_from():
    users, testers = locked("requirements.lock"), locked("requirements-test.lock")
    assert users.items() < testers.items()
    tools = {"pytest", "pytest-qt", "hypothesis", "import-linter", "ruff", "mypy", "pandas"}
    assert tools <= testers.keys() and not tools & users.keys()
    for package in testers:
        assert package not in ("torch", "triton", "pyside6", "pyside6-addons") and not package.startswith("nvidia")
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (HOUSE / name).read_text(encoding="utf-8")
        assert "://" not in text and "--index" not in text and "--find-links" not in text


def test_that_no_part_of_qt_is_used_that_the_essentials_have_not():
    import re
    from importlib.metadata import files

    inside = [file for file in files("PySide6_Essentials") if file.parent.name == "PySide6"]
    essentials = {file.name.split(".")[0] for file in inside if file.suffix in (".so", ".pyd")}
    assert "QtWidgets" in essentials and "QtPdf" not in essentials
    used = set()
    for folder in ("main.py", "lab", "models", "widgets", "learnscope", "tests"):
        for path in (HOUSE / folder).rglob("*.py") if (HOUSE / folder).is_dir() else [HOUSE / folder]:
            text = path.read_text(encoding="utf-8")
            used.update(re.findall(r"^\s*(?:from|import) PySide6\.(\w+)", text, re.MULTILINE))
            for names in re.findall(r"^\s*from PySide6 import \(?([\w, ]+)", text, re.MULTILINE):
                used.update(name.strip() for name in names.split(",") if name.strip())
    assert {"QtCore", "QtGui", "QtWidgets", "QtSvg", "QtTest"} <= used
    assert used <= essentials


def started(*arguments: str, **options) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, str(HOUSE / "start.py"), *arguments], timeout=60, **options)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp949", "utf-8"])
def test_that_a_narrow_console_gets_replacement_marks(encoding, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    code = "import start; start.stop('No network.', '네트워크가 없습니다.')"
    done = subprocess.run([sys.executable, "-c", code], cwd=HOUSE, capture_output=True, timeout=60)
    assert done.returncode == 1 and done.stderr == b""
    said = done.stdout.decode(encoding).strip()
    assert said == ("네트워크가 없습니다." if encoding in ("cp949", "utf-8") else "????? ????.")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="closes file descriptors as a POSIX shell does")
def test_that_closed_full_and_broken_outputs_are_no_traceback():
    closed = started("--help", stderr=subprocess.PIPE, preexec_fn=lambda: os.close(1))
    assert closed.returncode == 1 and b"Traceback" not in closed.stderr
    with open("/dev/full", "wb") if Path("/dev/full").exists() else open(os.devnull, "wb") as full:
        done = started("--help", stdout=full, stderr=subprocess.PIPE)
        assert done.returncode == (1 if full.name == "/dev/full" else 0) and done.stderr == b""
    read, write = os.pipe()
    os.close(read)
    done = started("--help", stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert done.returncode == 0 and done.stderr == b""


def test_that_a_torch_chosen_by_hand_is_kept(monkeypatch):
    def answer(version):
        return lambda *_, **__: subprocess.CompletedProcess([], 0, stdout=version + "\n", stderr="")

    monkeypatch.setattr(subprocess, "run", answer("2.13.1+cu130"))
    assert start.torch_to_keep() == "2.13.1+cu130"
    monkeypatch.setattr(subprocess, "run", answer("2.9.0"))
    assert start.torch_to_keep() is None
