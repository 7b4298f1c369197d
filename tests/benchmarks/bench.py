"""The benchmarks: python tests/benchmarks/bench.py [--quick] [--json FILE] [--only ROOM ...]

Every room runs in a process of its own; ratios are taken within one. Prints one table; the exit code is 1 when a
target is missed or a room could not be measured.
"""

from __future__ import annotations

import os

# Before numpy and torch: as the program itself does.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_name] = "1"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import argparse  # noqa: E402
import importlib  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import platform  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
import traceback  # noqa: E402
from pathlib import Path  # noqa: E402

from measures import Measure, from_json, table  # noqa: E402

ROOMS = ("opening", "lateness", "engines", "memory", "seeking", "many_points", "stopping", "panes")
_HOUSE = Path(__file__).resolve().parents[2]
_ROOM_WITHIN_S = 600


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench", description="Measure Learnscope on this machine.")
    parser.add_argument("--quick", action="store_true", help="shorter runs: figures vary more")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures and the machine there, too")
    parser.add_argument("--only", nargs="+", choices=ROOMS, default=ROOMS, metavar="ROOM", help=", ".join(ROOMS))
    parser.add_argument("--room", choices=ROOMS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.room:
        return _measure_here(options.room, options.quick, options.json)
    measures, seconds = [], {}
    for room in options.only:
        print(f"{room} ...", file=sys.stderr, flush=True)
        begun = time.monotonic()
        measures += _measure_apart(room, options.quick)
        seconds[room] = round(time.monotonic() - begun, 1)
    machine = {**_machine(), "load_after": _load(), "quick": options.quick, "seconds": seconds}
    print(table(measures))
    print(f"\n{machine['cpu']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}; "
          f"load average after the run: {machine['load_after']}")  # fmt: skip
    if options.json:
        options.json.write_text(
            json.dumps({"machine": machine, "measures": [m.as_json() for m in measures]}, indent=1), encoding="utf-8"
        )
    return 1 if any(m.is_met is False for m in measures) else 0


def _measure_apart(room: str, quick: bool) -> list[Measure]:
    """A room in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "measures.json"
        command = [sys.executable, __file__, "--room", room, "--json", str(found), *(["--quick"] if quick else [])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_HOUSE), os.environ.get("PYTHONPATH", "")])}
        try:
            done = subprocess.run(command, env=environment, timeout=_ROOM_WITHIN_S, capture_output=True, text=True)
            what = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        except subprocess.TimeoutExpired:
            what = f"not done in {_ROOM_WITHIN_S} s"
        if not found.exists():
            return [Measure(room, float("nan"), target=">= 0", note=what[:120])]
        return [from_json(row) for row in json.loads(found.read_text(encoding="utf-8"))]


def _measure_here(room: str, quick: bool, file: Path) -> int:
    logging.disable(logging.ERROR)  # faults are injected on purpose
    code = 0
    try:
        measures = importlib.import_module(room).measure(quick)
        file.write_text(json.dumps([m.as_json() for m in measures]), encoding="utf-8")
    except Exception:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a worker that was left behind in a library must not hold the process


def _machine() -> dict:
    cpu = platform.processor() or platform.machine()
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        names = [
            line.split(":", 1)[1].strip() for line in facts.read_text().splitlines() if line.startswith("model name")
        ]
        cpu = names[0] if names else cpu
    return {"cpu": cpu, "cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}


def _load() -> str:
    return ", ".join(f"{x:.2f}" for x in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"


if __name__ == "__main__":
    sys.exit(main())
