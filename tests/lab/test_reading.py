"""What no reader may wait for: pipes, devices, sockets, folders, endless files, names that no file can have."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import reading
from lab.data.tables.files import read_table
from lab.document import scenes, storage
from lab.errors import LabError
from lab.leaving.export.model import read_model

HOUSE = Path(__file__).resolve().parents[2]
only_posix = pytest.mark.skipif(os.name != "posix", reason="these are kinds of files that Windows has not")


def of_model(path: Path) -> object:
    """The reader of models, with the file as the description in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(path, os.path.join(folder, "model.json"))
        return read_model(folder)


READERS: dict[str, Callable[[Path], object]] = {"project": storage.load, "table": read_table, "model": of_model}


def refused_soon(read: Callable[[Path], object], path: Path) -> LabError:
    """The error of a reader, which must come within seconds whatever stands there."""
    errors: list[BaseException] = []

    def call() -> None:
        try:
            read(path)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(5.0)
    assert not thread.is_alive(), f"still reading {path}"
    assert len(errors) == 1 and isinstance(errors[0], LabError), errors
    assert errors[0].said.say("ko") and "\n" not in errors[0].said.say("en")
    return errors[0]


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@only_posix
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("make", [os.mkfifo, a_socket, os.mkdir], ids=["pipe", "socket", "folder"])
def test_that_what_is_no_ordinary_file_is_refused_at_once(tmp_path, reader, make):
    path = tmp_path / "it.learnscope"
    make(path)
    sentence = str(refused_soon(READERS[reader], path))
    assert "folder" in sentence if make is os.mkdir else "not an ordinary file" in sentence


@only_posix
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "name",
    ["/dev/zero", "/dev/urandom", "/dev/null", "/dev/tty", "/proc/self/maps", "/proc/self/pagemap", "/proc/kmsg"],
)
def test_that_devices_and_files_made_while_they_are_read_are_refused_at_once(tmp_path, reader, name):
    if not os.path.exists(name):
        pytest.skip("not on this system")
    sentence = str(refused_soon(READERS[reader], Path(name)))
    assert any(word in sentence for word in ("not an ordinary file", "may not be read", "could not read"))


@pytest.mark.parametrize("reader", ["project", "table"])
@pytest.mark.parametrize("name", ["nul\0.csv", "half\ud800.csv", "x" * 5000, "line\nbreak.csv"])
def test_that_a_name_that_no_file_has_earns_a_sentence_on_one_line(tmp_path, reader, name):
    refused_soon(READERS[reader], tmp_path / name)


@only_posix
def test_that_a_pipe_put_in_the_files_place_after_it_was_looked_at_is_refused_too(tmp_path, monkeypatch):
    path = tmp_path / "it.csv"
    path.write_text("a,b\n")
    ordinary = os.stat(path)
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(reading.os, "stat", lambda path: ordinary)
    assert "not an ordinary file" in str(refused_soon(reading.opened, path))


@only_posix
def test_that_a_pipe_among_ones_own_scenes_is_named_and_the_others_are_there(tmp_path):
    os.mkfifo(tmp_path / "51-pipe.json")
    errors: list[LabError] = []
    thread = threading.Thread(target=lambda: errors.extend(scenes.broken_scenes(tmp_path)), daemon=True)
    thread.start()
    thread.join(5.0)
    assert not thread.is_alive() and len(errors) == 1 and "51-pipe.json" in str(errors[0])


@only_posix
@pytest.mark.parametrize("arguments", [
    ("run", "--project", "PIPE"), ("run", "--data", "PIPE", "--algorithm", "kmeans"), ("predict", "--model", "PIPE", "--data", "PIPE"),
    ("predict", "--model", "MODEL", "--data", "PIPE"),
])  # fmt: skip
def test_that_the_command_line_says_so_for_every_file_that_it_takes(tmp_path, arguments):
    os.mkfifo(tmp_path / "pipe.csv")
    places = {
        "PIPE": str(tmp_path / "pipe.csv"),
        "MODEL": str(HOUSE / "tests" / "golden" / "0.3.0" / "models" / "kmeans"),
    }
    command = [sys.executable, "main.py", *(places.get(word, word) for word in arguments)]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
