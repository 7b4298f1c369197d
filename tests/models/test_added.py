"""Algorithms of installed packages: a distribution that is good, and every way in which one can be broken."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
EXAMPLE = HOUSE / "tests" / "elsewhere" / "nearest_mean"

ROW = """
from learnscope import Row, Text
ROW = Row("{id}", "supervised", Text("a", "가"), Text("b", "나"), "{module}", "{kind}")
"""
# Each a package of one file and what its entry point names, with words of the sentence about it in both languages.
BROKEN = {
    "raises": ("raise RuntimeError('on purpose')", "raises:ROW", ("on purpose", "불러올 수 없습니다")),
    "exits": ("import sys; sys.exit(3)", "exits:ROW", ("could not be imported", "불러올 수 없습니다")),
    "rowless": ("ROW = 'a word'", "rowless:ROW", ("no whole catalogue row", "온전한 목록 행")),
    "nameless": ("", "nameless:ROW", ("could not be imported", "불러올 수 없습니다")),
    "twice": (ROW.format(id="knn", module="twice", kind="K"), "twice:ROW", ("the id knn is taken", "이미 쓰고")),
    "spaced": (ROW.format(id="a b", module="spaced", kind="K"), "spaced:ROW", ("Latin letters", "영문자")),
    "classless": (ROW.format(id="classless", module="classless", kind="K"), "classless:ROW", ("K could not", "불러올 수 없")),
    "elsewise": (
        ROW.format(id="elsewise", module="elsewise", kind="K") + "class K: pass",
        "elsewise:ROW",
        ("is not a Learner", "Learner가 아닙니다"),
    ),
    "half": (
        ROW.format(id="half", module="half_kind", kind="K"),
        "half:ROW",
        ("lacks a part", "선언하는 것을 갖추지"),
    ),
}  # fmt: skip


def install(site: Path, name: str, target: str) -> None:
    """What pip leaves behind of a package with one entry point."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[learnscope.algorithms]\n{name} = {target}\n", encoding="utf-8")


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    site = tmp_path_factory.mktemp("good")
    shutil.copytree(EXAMPLE, site / "nearest_mean", ignore=shutil.ignore_patterns("__pycache__"))
    install(site, "nearest_mean", "nearest_mean:ROW")
    return site


@pytest.fixture(scope="module")
def mixed(tmp_path_factory, good) -> Path:
    """The good one among all that are broken."""
    site = tmp_path_factory.mktemp("mixed")
    shutil.copytree(good, site, dirs_exist_ok=True)
    for name, (code, target, _) in BROKEN.items():
        (site / f"{name}.py").write_text(code, encoding="utf-8")
        install(site, name, target)
    half = "from learnscope import Learner\nclass K(Learner):\n    id = 'half'\n"
    (site / "half_kind.py").write_text(half, encoding="utf-8")
    return site


def run(site: Path, *arguments: str, cwd: Path = HOUSE) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(HOUSE)]), "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=120
    )  # fmt: skip


def test_that_the_row_of_an_installed_package_costs_no_import_of_its_learner(good):
    code = """
import sys, models
print(models.CATALOGUE[-1].id, models.is_added("nearest_mean"), models.is_added("knn"))
print([n for n in ("numpy", "pydantic", "numba", "nearest_mean.learner", "models.core.learner") if n in sys.modules])
"""
    assert run(good, "-c", code).stdout.splitlines() == ["nearest_mean True False", "[]"]


def test_that_without_such_packages_no_metadata_is_read_at_the_start():
    code = "import sys, models; print('importlib.metadata' in sys.modules, models.broken())"
    assert run(Path(), "-c", code).stdout.strip() == "False ()"


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_that_list_shows_the_good_one_and_names_each_broken_one(mixed, lang):
    done = run(mixed, "main.py", "list", "--lang", lang)
    assert done.returncode == 0, done.stderr
    ids = [entry["id"] for entry in json.loads(done.stdout)["algorithms"]]
    assert ids[-1] == "nearest_mean" and not set(ids) & (BROKEN.keys() - {"knn"}) and ids.count("knn") == 1
    for name, (_, _, words) in BROKEN.items():
        wanted = words[0] if lang == "en" else words[1]
        assert [line for line in done.stderr.splitlines() if f" {name}" in line and wanted in line], (name, done.stderr)


def test_that_it_runs_from_the_command_line_like_any_other(good):
    done = run(good, "main.py", "run", "--data", "blobs", "--algorithm", "nearest_mean", "--set", "sharpness=2")
    assert done.returncode == 0, done.stderr
    assert "Every mean is known." in done.stdout


def test_that_running_a_broken_one_says_why(mixed):
    done = run(mixed, "main.py", "run", "--data", "blobs", "--algorithm", "elsewise")
    assert done.returncode != 0
    assert "elsewise:K is not a Learner" in done.stderr and "Traceback" not in done.stderr


def test_that_a_project_with_an_unknown_algorithm_says_so_and_imports_nothing(mixed, tmp_path):
    """Nothing in a file makes code run: `loud` could be imported, and no package has added it."""
    (mixed / "loud.py").write_text("print('I was imported')", encoding="utf-8")
    code = f"""
import json, sys, zipfile
from pathlib import Path
from lab.document import scenes, storage
from lab.errors import LabError
saved, path = Path({str(tmp_path)!r}) / "saved.learn", Path({str(tmp_path)!r}) / "one.learn"
project = scenes.first_scene().project
storage.save(project, saved)
for id in ("loud", "loud:ROW", "elsewise"):
    with zipfile.ZipFile(saved) as there, zipfile.ZipFile(path, "w") as here:
        for name in there.namelist():
            content = there.read(name)
            if name == "project.json":
                document = json.loads(content)
                experiment = document["experiments"][0]
                experiment.update(algorithm=id, settings={{}}, schedule=[])
                content = json.dumps(document)
            here.writestr(name, content)
    try:
        storage.load(path)
    except LabError as error:
        print(error)
    print("loud" in sys.modules)
"""
    done = run(mixed, "-c", code)
    lines = done.stdout.splitlines()
    assert "I was imported" not in done.stdout, done.stdout
    assert "There is no algorithm called loud." in lines[0] and "called loud:ROW." in lines[2], (
        done.stdout + done.stderr
    )
    assert "elsewise:K is not a Learner" in lines[4] and lines[1::2] == ["False"] * 3


def test_that_the_worker_prepares_in_spite_of_broken_packages(mixed):
    code = """
import models
from widgets.playing.worker import prepare
session, devices = prepare()
print([row.id for row in models.CATALOGUE][-1], sorted(entry.name for entry in models.broken()))
"""
    done = run(mixed, "-c", code)
    assert done.stdout.strip() == f"nearest_mean {sorted(BROKEN)}", done.stderr
    assert "raise RuntimeError('on purpose')" in done.stderr  # the log says where


def test_that_the_window_leaves_broken_ones_out_of_the_picker_and_says_so(mixed, tmp_path):
    code = f"""
import os, pathlib, time, models
from widgets.window.app import make_application, make_window
from widgets.kit.language import language
from widgets.kit.settings import Settings
app = make_application()
window = make_window(Settings(pathlib.Path({str(tmp_path)!r}) / "s.ini"))
window.show()
before = window.picker.box.findText("가") >= 0 or window.picker.box.findText("a") >= 0
window.player.start()
end = time.monotonic() + 60
while not window.player.is_ready and time.monotonic() < end:
    app.processEvents()
for lang in ("en", "ko"):
    language.set(lang)
    app.processEvents()
box = window.picker.box
texts = [box.itemText(i) for i in range(box.count())]
print(before, "가" in texts, "최근접 평균" in texts)
print(window.player.message.say("en"))
window.edits.on_algorithm_picked("nearest_mean")
end = time.monotonic() + 20
while window.player.packet is None and time.monotonic() < end:
    app.processEvents()
print(window.document.project.experiment.algorithm, window.picker.current, window.player.packet.state, flush=True)
os._exit(0)  # closing would ask whether to save
"""
    done = run(mixed, "-c", code)
    lines = done.stdout.splitlines()
    assert lines[0] == "True False True", done.stdout + done.stderr
    assert all(words[0] in lines[1] for _, _, words in BROKEN.values()), lines[1]
    assert lines[2].startswith("nearest_mean nearest_mean"), done.stdout + done.stderr
