"""The benchmarks: python3 start.py bench [--quick] [--only ROOM ...] [--json FILE] [--compare OLD [NEW]]

Every room runs in a process of its own; ratios are taken within one. Prints one table; the exit code is 1 when a
target is missed or a room could not be measured. README.md beside this file says how to read it.
"""

from __future__ import annotations

import os

# Before numpy and torch: as the program itself does.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_name] = "1"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import argparse  # noqa: E402
import importlib.util  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import platform  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
import traceback  # noqa: E402
from pathlib import Path  # noqa: E402

from measures import Measure, comparison, from_json, headed, not_measured, table  # noqa: E402

# A module beside this one for each, with measure(quick) -> list[Measure]; imported by the room's own process alone.
ROOMS = {
    "opening": "from the start of the process to the first picture",
    "lateness": "how late the window is while each algorithm runs at full speed",
    "watched": "a network watched at 60 frames/s: epochs, lateness, a spiral solved from the key press",
    "engines": "steps/s of every path of the network against torch, numpy and scikit-learn",
    "clusters": "K-means, PCA and nearest neighbours against scikit-learn",
    "lines": "perceptron, linear and logistic regression",
    "accelerator": "the same work on a GPU, where there is one",
    "refining": "how soon the plane is sharp when a run pauses",
    "panes": "composing and drawing the network pane",
    "many_points": "fifty thousand points: reading, panning, playing",
    "seeking": "going to any frame of a long run",
    "stopping": "pause and close, in every state",
    "resting": "what the window costs while nothing happens",
    "compile": "the first use on a fresh machine: compiling each algorithm",
    "memory": "memory over five minutes at full speed",
}
BUSY = "The machine was busy before it began: on a quiet one the figures are better, above all those with a window."
_HOUSE = Path(__file__).resolve().parents[2]
_ROOM_WITHIN_S = 1200


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="start.py bench", description="Measure Learnscope on this machine.",
        epilog="rooms:\n" + "\n".join(f"  {room:12} {what}" for room, what in ROOMS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="shorter runs: figures vary more")
    parser.add_argument(
        "--only", nargs="+", choices=ROOMS, default=list(ROOMS), metavar="ROOM", help="these rooms only"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures and the machine there, too")
    parser.add_argument(
        "--compare", nargs="+", type=Path, metavar=("OLD", "NEW"),
        help="measure, then show a JSON file of earlier beside it; with two files only show them side by side",
    )  # fmt: skip
    parser.add_argument("--room", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.room:
        return _measure_here(options.room, options.quick, options.json)
    try:
        earlier = [json.loads(file.read_text(encoding="utf-8")) for file in options.compare or ()]
    except (OSError, ValueError) as error:
        parser.error(f"--compare: {error}")
    if len(earlier) > 2:
        parser.error("--compare takes one file or two")
    if len(earlier) == 2:
        print(compared(*earlier))
        return 0
    record = measure_all(options.only, options.quick)
    if options.json:
        options.json.write_text(json.dumps(record, indent=1), encoding="utf-8")
    print(summary(record))
    if earlier:
        print(f"\n{compared(earlier[0], record)}")
    return 1 if any(measure.is_met is False for _, measure in lines_of(record)) else 0


# -- a run and what is shown of it -------------------------------------------------------------------------------------


def measure_all(rooms: list[str], quick: bool) -> dict:
    """Measure the rooms one after the other: {"machine": ..., "measures": [...]}, as it is written to a file."""
    rows, seconds, load_before = [], {}, _load()
    for room in rooms:
        print(f"{room}: {ROOMS[room]} ...", file=sys.stderr, flush=True)
        begun = time.monotonic()
        rows += [{"room": room, **measure.as_json()} for measure in measure_apart(room, quick)]
        seconds[room] = round(time.monotonic() - begun, 1)
    machine = {**_machine(), "load_before": load_before, "load_after": _load(), "quick": quick, "seconds": seconds}
    return {"machine": machine, "measures": rows}


def lines_of(record: dict) -> list[tuple[str, Measure]]:
    return [(row.get("room", ""), from_json(row)) for row in record["measures"]]


def summary(record: dict) -> str:
    """The table of a run, the targets that it missed, and the machine."""
    measures, machine = [measure for _, measure in lines_of(record)], record["machine"]
    aimed = [(heading, measure) for heading, measure in headed(measures) if measure.is_met is not None]
    missed = [
        f"  missed: {heading + ' | ' if heading else ''}{measure.name.strip()}: {measure.said}, wanted {measure.target}"
        for heading, measure in aimed
        if not measure.is_met
    ]
    minutes, seconds = divmod(round(sum(machine["seconds"].values())), 60)
    load = f"load average {machine['load_before']} before, {machine['load_after']} after"
    return "\n".join(
        [table(measures), "", f"{len(aimed) - len(missed)} of {len(aimed)} targets met", *missed,
         f"{_described(machine)}; {load}; {minutes} min {seconds} s in all"]
        + ([BUSY] if machine["load_before"] > machine["cores"] / 4 else [])
    )  # fmt: skip


def compared(old: dict, new: dict) -> str:
    """The rooms that two runs share, side by side, and on which machines they were measured."""
    before, after = lines_of(old), lines_of(new)
    shared = {room for room, _ in before} & {room for room, _ in after}
    sides = ([(room, measure) for room, measure in lines if room in shared] for lines in (before, after))
    machines = [f"old: {_described(old['machine'])}", f"new: {_described(new['machine'])}"]
    return "\n".join((comparison(*sides), "", *machines))


def _described(machine: dict) -> str:
    length = ", --quick" if machine.get("quick") else ""
    return f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}{length}"


# -- one room ----------------------------------------------------------------------------------------------------------


def measure_apart(room: str, quick: bool) -> list[Measure]:
    """A room in a process of its own. A room that fails is a line that says so, not the end of the run."""
    if importlib.util.find_spec(room) is None:
        return [not_measured(room, f"tests/benchmarks/{room}.py is missing")]
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "measures.json"
        command = [sys.executable, __file__, "--room", room, "--json", str(found), *(["--quick"] if quick else [])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_HOUSE), os.environ.get("PYTHONPATH", "")])}
        try:
            done = subprocess.run(command, env=environment, timeout=_ROOM_WITHIN_S, capture_output=True, text=True)
            said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        except subprocess.TimeoutExpired:
            said = [f"not done in {_ROOM_WITHIN_S} s"]
        if not found.exists():
            print("\n".join(f"  {line}" for line in said[-12:]), file=sys.stderr, flush=True)
            return [not_measured(room, said[-1][:160])]
        return [from_json(row) for row in json.loads(found.read_text(encoding="utf-8"))]


def _measure_here(room: str, quick: bool, file: Path) -> int:
    from lab.sessions import kernel_cache as kernels

    kernels.use_cache()
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


def _load() -> float:
    """Processes that wanted a core in the last minute; 0 where the system does not say."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0


if __name__ == "__main__":
    sys.exit(main())
