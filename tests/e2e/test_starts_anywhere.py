"""The program starts wherever it is: without a home, on a full disk, as nobody, with a console that takes nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
POSIX = pytest.mark.skipif(not hasattr(os, "getuid"), reason="homes, limits and file descriptors of POSIX")
RUN = ["run", "--data", "blobs", "--algorithm", "kmeans", "--iterations", "2"]

NO_ROOM = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
"""
COMMAND = """
import sys
sys.path.insert(0, {house!r})
import main
sys.exit(main.main({arguments!r}))
"""
WINDOW = """
import faulthandler, sys
faulthandler.dump_traceback_later(200, exit=True)
sys.path.insert(0, {house!r})
import main
from PySide6.QtCore import QTimer
from widgets.window import app

class Watched(app._Begin):
    def on_painted(self):
        super().on_painted()
        self.said = []
        self._window.player.ready.connect(self.on_there)
        self._window.player._worker.noted.connect(lambda said: self.said.append(said.say("en")))

    def on_there(self, _devices):
        self.clock = QTimer(interval=1000)
        self.clock.timeout.connect(self.on_time)
        self.clock.start()

    def on_time(self):
        packet = self._window.player.packet
        if packet is not None and packet.frame == (0, 0):
            self._window.player.step(1)  # again, if the run began anew meanwhile
        elif packet is not None:
            self.clock.stop()
            print("stepped", len(self.said), *self.said, flush=True)
            self._window.close()

app._Begin = Watched
sys.exit(main.main([]))
"""


def as_nobody() -> list[str]:
    """What to put before a command so that it is not root's, who may write everywhere; skips where that cannot be."""
    if os.getuid() != 0:
        return []
    before = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    if shutil.which("setpriv") is None:
        pytest.skip("run as root, and there is no setpriv")
    try:
        probe = subprocess.run(
            [*before, sys.executable, "-c", "import numba, PySide6"], capture_output=True, timeout=120
        )
    except OSError:
        pytest.skip("nobody cannot run this Python")
    if probe.returncode:
        pytest.skip("nobody cannot run this Python")
    return before


@pytest.fixture
def homes(tmp_path) -> dict[str, str | None]:
    """Homes that are none."""
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "locked").mkdir(mode=0o500)
    tmp_path.chmod(0o755)
    for above in tmp_path.parents[:2]:
        above.chmod(0o755)
    return {
        "unset": None,
        "absent": "/nonexistent/home",
        "file": str(tmp_path / "file"),
        "link": str(tmp_path / "link"),
        "locked": str(tmp_path / "locked"),
    }


def started(code: str, home: str | None, before: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    left_out = ("HOME", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    environment.update({"QT_QPA_PLATFORM": "offscreen", "PYTHONUTF8": "1", **more})
    if home is not None:
        environment["HOME"] = home
    return subprocess.run(
        [*before, sys.executable, "-c", code],
        env=environment, cwd="/", capture_output=True, text=True, encoding="utf-8", timeout=300,
    )  # fmt: skip


@POSIX
@pytest.mark.parametrize("home", ["unset", "locked"])
def test_that_a_run_needs_no_home(homes, home):
    done = started(COMMAND.format(house=str(HOUSE), arguments=RUN), homes[home], as_nobody())
    assert done.returncode == 0 and json.loads(done.stdout.splitlines()[-1])["iterations"] == 2, done.stderr
    assert "Traceback" not in done.stderr


@POSIX
@pytest.mark.parametrize("home", ["unset", "absent", "file", "link"])
def test_that_the_window_needs_no_home(homes, home):
    done = started(WINDOW.format(house=str(HOUSE)), homes[home], as_nobody())
    assert done.returncode == 0 and "stepped" in done.stdout, done.stderr
    assert "Traceback" not in done.stderr


@POSIX
def test_that_folders_of_the_desktop_that_cannot_be_are_no_hindrance(homes):
    places = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
    more = {place: str(homes[kind]) for place, kind in zip(places, ("file", "link", "locked", "absent"), strict=True)}
    done = started(WINDOW.format(house=str(HOUSE)), homes["locked"], as_nobody(), **more)
    assert done.returncode == 0 and "stepped" in done.stdout, done.stderr
    assert "Traceback" not in done.stderr


@POSIX
def test_that_a_run_on_a_full_disk_says_once_that_nothing_is_kept(tmp_path):
    code = NO_ROOM + COMMAND.format(house=str(copied(tmp_path)), arguments=RUN)
    done = started(code, str(tmp_path), [])
    assert done.returncode == 0 and json.loads(done.stdout.splitlines()[-1])["iterations"] == 2, done.stderr
    assert done.stderr.count("cannot be kept") == 1 and done.stderr.count("\n") == 1


@POSIX
def test_that_the_window_on_a_full_disk_says_once_that_nothing_is_kept(tmp_path):
    done = started(NO_ROOM + WINDOW.format(house=str(copied(tmp_path))), str(tmp_path), [])
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    assert done.stdout.startswith("stepped 1 ") and done.stdout.count("cannot be kept") == 1


def copied(tmp_path: Path) -> Path:
    """The program in another place: nothing is compiled for it."""
    house = tmp_path / "house"
    for name in ("models", "lab", "widgets", "learnscope"):
        shutil.copytree(HOUSE / name, house / name, ignore=shutil.ignore_patterns("__pycache__"))
    (house / "resources").symlink_to(HOUSE / "resources")
    shutil.copy(HOUSE / "main.py", house)
    return house
