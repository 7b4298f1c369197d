"""What algorithms from elsewhere import: exactly these names, so that none disappears."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import learnscope

HOUSE = Path(__file__).resolve().parents[2]
EXAMPLE = HOUSE / "tests" / "elsewhere"
NAMES = (
    "Advance ArrayForm Edit Finding Formula HasLabels HasLossSurface HasNetwork HasPlaneInSpace HasPrediction Learner Moment "
    "Outcome Phase Pin Problem Remedy Row Rows Said Shown State Tensor Text Wiring activate declare draws lacks_answers "
    "marks"
)


def laws(name: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(HOUSE), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "learnscope.laws", name]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=300
    )


def test_that_exactly_these_names_are_public_and_there():
    assert " ".join(sorted(learnscope.__all__, key=lambda name: (name[0].islower(), name))) == NAMES
    for name in learnscope.__all__:
        assert getattr(learnscope, name) is not None


def test_that_a_row_needs_no_heavy_import():
    code = (
        "import sys; from learnscope import Row, Text;"
        "print([n for n in ('numpy', 'pydantic', 'numba', 'pytest') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=HOUSE, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_that_the_laws_are_run_over_a_package_that_is_not_installed_yet():
    done = laws("nearest_mean", EXAMPLE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kept        the same seed gives the same frames" in done.stdout and " 0 broken" in done.stdout


def test_that_a_broken_law_is_named(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    learner = tmp_path / "nearest_mean" / "learner.py"
    text = learner.read_text(encoding="utf-8")
    assert text.count("shares / shares.sum(axis=1, keepdims=True)") == 1
    learner.write_text(text.replace("shares / shares.sum(axis=1, keepdims=True)", "shares"), encoding="utf-8")
    done = laws("nearest_mean:ROW", tmp_path)
    assert done.returncode == 1
    assert "BROKEN      predicting one row is predicting it among others" in done.stdout and " 1 broken" in done.stdout


def test_that_an_unknown_name_is_refused_in_a_sentence(tmp_path):
    done = laws("no_such_thing", tmp_path)
    assert done.returncode == 2 and "no_such_thing" in done.stderr and "Traceback" not in done.stderr
