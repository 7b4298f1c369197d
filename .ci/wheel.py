"""Build the wheel, install it into an environment of its own, and use it from there: `python3 .ci/wheel.py`.

Needs what `start.py` has set up in .venv; the packages come the way start.py fetches them. Says what failed, exit code 1.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

HOUSE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, HOUSE)

import start  # noqa: E402

# What the wheel may put at the top of site-packages (README.md tells of it).
TOP = {"learnscope"}
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".kernels", "build", "dist", "*.egg-info", "__pycache__", ".*_cache")

WINDOW = """
import sys
import learnscope
from learnscope.__main__ import main
from PySide6.QtCore import QTimer
from widgets.window import app

class Watched(app._Begin):
    def on_painted(self):
        super().on_painted()
        self._window.player.ready.connect(lambda _: print("ready", app.__file__, flush=True) or self._window.close())
        QTimer.singleShot(120_000, app.QApplication.quit)

app._Begin = Watched
sys.exit(main())
"""


def check(is_so, what):
    if not is_so:
        print("wheel: " + what, flush=True)
        raise SystemExit(1)


def run(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", timeout=900, **more)
    check(done.returncode == 0, f"{command[:4]} ended with {done.returncode}\n{done.stdout[-2000:]}")
    return done.stdout


def built(folder):
    """The wheel, built from a copy: a build leaves folders behind. No build tool is fetched: setuptools is in the lock."""
    source = os.path.join(folder, "source")
    shutil.copytree(HOUSE, source, ignore=LEFT_OUT, symlinks=True)
    run([start.venv_python(), "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, source])
    (name,) = [name for name in os.listdir(folder) if name.endswith(".whl")]
    return os.path.join(folder, name), source


def check_contents(wheel, source):
    """Every file of the rooms, each once, and nothing beside the package."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    top = {name.split("/")[0] for name in names}
    check(
        {name for name in top if not name.endswith(".dist-info")} == TOP,
        f"at the top of site-packages: {sorted(top)}",
    )
    wanted = {"learnscope/_house/main.py"}
    for room, beneath in (
        ("learnscope", ""),
        *((room, "learnscope/_house/") for room in ("lab", "models", "resources", "widgets")),
    ):
        for folder, _, files in os.walk(os.path.join(source, room)):
            place = os.path.relpath(folder, source).replace(os.sep, "/")
            wanted.update(beneath + place + "/" + file for file in files)
    found = {name for name in names if ".dist-info/" not in name}
    check(found == wanted, f"missing {sorted(wanted - found)[:5]}, too many {sorted(found - wanted)[:5]}")


def installed(wheel, folder):
    """The Python of an empty environment with the wheel, what a user's lock names, and the torch that .venv has."""
    torch = start.torch_to_keep() or start.TORCH
    start.VENV = os.path.join(folder, "environment")
    start.LOG = os.path.join(folder, "install.log")
    run([sys.executable, "-m", "venv", start.VENV])
    start.TORCH = torch
    start.install(start.LOCK)
    run([start.venv_python(), "-m", "pip", "install", "-q", "--no-deps", wheel])
    run([start.venv_python(), "-m", "pip", "check"])  # the wheel asks for nothing that the lock has not
    return start.venv_python()


def check_in_use(python, folder):
    """The command, a run with its export, a prediction, and a window, from a folder that is not the checkout."""
    bare = ("PYTHONPATH", "NUMBA_CACHE_DIR")
    more = {"HOME": folder, "PYTHONUTF8": "1", "QT_QPA_PLATFORM": "offscreen"}
    settings = {**{name: value for name, value in os.environ.items() if name not in bare}, **more}
    away = os.path.join(folder, "away")
    os.mkdir(away)
    command = os.path.join(os.path.dirname(python), "learnscope")
    algorithms = json.loads(run([command, "list"], cwd=away, env=settings))["algorithms"]
    check(len(algorithms) >= 7, f"list knows {len(algorithms)} algorithms")
    told = run([command, "run", "--data", "blobs", "--algorithm", "kmeans", "--export", "out"], cwd=away, env=settings)
    check(json.loads(told.splitlines()[-1])["converged"] is True, "run said: " + told)
    out = os.path.join(away, "out")
    with open(os.path.join(out, "result.json"), encoding="utf-8") as file:
        check(json.load(file)["algorithm"] == "kmeans", "result.json is of another algorithm")
    rows = run(
        [command, "predict", "--model", out, "--data", os.path.join(out, "predictions.csv")], cwd=away, env=settings
    )
    check(len(rows.splitlines()) > 50, f"predict wrote {rows[:200]}")
    ready = run([python, "-c", WINDOW], cwd=away, env=settings)
    check(ready.startswith("ready ") and os.path.join("learnscope", "_house", "widgets") in ready, "window: " + ready)


def main():
    with tempfile.TemporaryDirectory(prefix="learnscope-wheel-") as folder:
        wheel, source = built(folder)
        check_contents(wheel, source)
        check_in_use(installed(wheel, folder), folder)
    print("wheel: built, installed, and used from an empty environment", flush=True)


if __name__ == "__main__":
    main()
