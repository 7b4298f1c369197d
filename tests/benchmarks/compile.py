"""The first use on a fresh machine: how long an algorithm's first moments take with nothing compiled, and with the
compiled code of an earlier start at hand. Only figures; what a person notices of it is for the other rooms."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measures import Measure

import models

_HOUSE = Path(__file__).resolve().parents[2]
_WITHIN_S = 300

# Imports are not what is measured here: torch and numba are there when the clock starts.
_FIRST_USE = """
import json, sys, time
import numba, torch
import models
from lab.protocol.commands import Begin, Frame, Seek, Step
from lab.data.generators import generate
from lab.document.project import Experiment
from lab.sessions.session import Session
algorithm = sys.argv[1]
data = generate("gaussians", n=30)
begun = time.perf_counter()
session = Session()
session.handle(Begin(data, Experiment(algorithm), 1))
for _ in range(6):
    session.handle(Step(1))
    session.take_packet()
session.handle(Seek(Frame(20)))
while session.advance(0.0):
    pass
took = time.perf_counter() - begun
if session.state == "failed":
    raise RuntimeError(f"{algorithm} failed")
print(json.dumps({"took": took}))
"""


def measure(quick: bool) -> list[Measure]:
    rounds = 1 if quick else 3
    rows = []
    for row in models.CATALOGUE:
        cold, warm, kept = [], [], 0
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as cache:
                cold.append(_first_use(row.id, cache))
                kept = sum(1 for _ in Path(cache).rglob("*.nbi"))
                warm.append(_first_use(row.id, cache))
        note = f"{kept} functions kept for the next start"
        rows.append(Measure.median(f"first use of {row.id}, nothing compiled", cold, "s", note=note))
        rows.append(Measure.median("  with compiled code at hand", warm, "s"))
    return rows


def _first_use(algorithm: str, cache: str) -> float:
    """Seconds of an algorithm's first moments in a process of its own, with compiled code kept in `cache`."""
    done = subprocess.run(
        [sys.executable, "-c", _FIRST_USE, algorithm], cwd=_HOUSE, env={**os.environ, "NUMBA_CACHE_DIR": cache},
        capture_output=True, text=True, timeout=_WITHIN_S,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"first use of {algorithm}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.strip().splitlines()[-1])["took"]
