"""kill -9 at random moments of drawing, training and importing: `python -m tests.e2e.kills --times 100`.

A window works in a process of its own and writes into a journal what its document held and since when. It is killed, the
autosaves are looked through as the next start does it, and what is gone is the time from the first change that is in no
autosave to the kill.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
MOST_LOST_S = 5.0  # the promise is 20 s; a window that works for some seconds must be held to less to tell anything
LONGEST_S = 9.0  # of work before a kill
READY_WITHIN_S = 120.0


def digest(project) -> str:
    """A name for everything that a project file holds."""
    from lab.document.project_json import taken_apart

    document, arrays = taken_apart(project)
    found = hashlib.sha256(json.dumps(document, sort_keys=True).encode())
    for name in sorted(arrays):
        found.update(arrays[name].tobytes())
    return found.hexdigest()[:20]


# -- the window that will be killed --------------------------------------------------------------------------------------


def work(journal: Path, seed: int) -> None:
    """Use a window at random until somebody kills it."""
    import numpy as np

    from lab.data.bundled_tables import BUNDLED
    from widgets.kit.settings import Settings
    from widgets.playing.document import Document
    from widgets.window.app import make_application, make_window
    from widgets.window.keeping import Keeping

    app = make_application()
    window = make_window(Settings(journal.with_suffix(".settings")))
    keeping = Keeping(window)
    draws, numbers = random.Random(seed), np.random.default_rng(seed)
    document: Document = window.document
    lines = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(what: str) -> None:
        state = digest(document.project_to_save()) if document.is_dirty else ""
        os.write(lines, json.dumps([time.time(), what, state]).encode() + b"\n")

    def run(seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            app.processEvents()
            time.sleep(0.002)

    def draw() -> None:
        center = numbers.uniform(-3, 3, 2)
        window.plane.points_drawn.emit(numbers.normal(center, 0.4, (draws.randint(1, 40), 2)), draws.randint(0, 2))

    def take_table() -> None:
        window.edits.on_table_requested(draws.choice(tuple(BUNDLED)))

    def train() -> None:
        window.player.play_pause()

    def tune() -> None:
        window.tuning.set_seed(draws.randint(0, 10**6))

    def undo() -> None:
        document.undo_stack.undo()

    current = ""

    def note_change(*_: object) -> None:
        nonlocal current
        state = digest(document.project_to_save()) if document.is_dirty else ""
        if state != current:
            current = state
            note("change")

    document.changed.connect(note_change)
    document.state_changed.connect(note_change)
    window.show()
    window.player.start()
    end = time.monotonic() + READY_WITHIN_S
    while not (window.player.is_ready and window.player.is_current) and time.monotonic() < end:
        run(0.01)
    run(0.3)
    if keeping._bar is not None and keeping._bar.isVisible():
        note("offered")
        (keeping.on_restore_asked if draws.random() < 0.5 else keeping.on_discard_asked)()
        run(0.1)
    note("ready")
    print("ready", flush=True)
    while True:
        (draw, draw, draw, take_table, train, tune, undo)[draws.randrange(7)]()
        run(draws.choice((0.0, 0.01, 0.05, 0.2, 0.6)))


# -- the one who kills ---------------------------------------------------------------------------------------------------


@dataclass
class Kill:
    """What one kill left. lost_s: 0.0 where nothing was unsaved, or all of it was kept."""

    lost_s: float
    was_dirty: bool
    offered: int
    problem: str = ""


def kill_once(folder: Path, number: int, seed: int, after_s: float) -> Kill:
    """Let a window work in `folder` (its state and its journal), kill it, and look at what is left."""
    from lab.document.autosaves import left_behind
    from lab.errors import LabError

    journal, places = folder / f"journal-{number}", (folder / "state" / "learnscope" / "autosaves",)
    environment = {
        **os.environ, "XDG_STATE_HOME": str(folder / "state"), "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(HOUSE), "PYTHONUTF8": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.e2e.kills", "--work", str(journal), "--seed", str(seed)]
    with subprocess.Popen(
        command, cwd=HOUSE, env=environment, stdout=subprocess.PIPE, stderr=(folder / "errors").open("a")
    ) as process:
        is_ready = process.stdout.readline() == b"ready\n"
        time.sleep(after_s)
        process.kill()
        killed_at = time.time()
    if not is_ready:
        return Kill(0.0, False, 0, "the window did not come up")
    lines = [json.loads(line) for line in journal.read_bytes().splitlines() if line.endswith(b"]")]
    changes = [(at, state) for at, what, state in lines if what == "change"]
    lefts = [left for left in left_behind(places)]
    try:
        kept = [digest(left.load()) for left in lefts]
    except LabError as error:
        return Kill(0.0, True, len(lefts), f"an autosave does not open: {error}")
    if not changes or not changes[-1][1]:
        return Kill(0.0, False, len(lefts))
    # The newest state that is kept; the document was clean before the first change and after a save.
    for place in range(len(changes) - 1, -1, -1):
        if changes[place][1] in kept or not changes[place][1]:
            lost = 0.0 if place == len(changes) - 1 else killed_at - changes[place + 1][0]
            break
    else:
        lost = killed_at - changes[0][0]
    problem = f"{lost:.1f} s are gone" if lost > MOST_LOST_S else ""
    return Kill(lost, True, len(lefts), problem)


def kill_often(times: int, seed: int, folder: Path) -> list[Kill]:
    """So many kills, one after another, each window offered what the one before it left."""
    draws, kills = random.Random(seed), []
    for number in range(times):
        kills.append(kill_once(folder, number, draws.randrange(10**9), draws.uniform(0.0, LONGEST_S)))
        print(number + 1, kills[-1], flush=True)
    return kills


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path)
    options = parser.parse_args()
    if options.work is not None:
        work(options.work, options.seed)
        return 0
    with tempfile.TemporaryDirectory(prefix="learnscope-kills-") as name:
        kills = kill_often(options.times, options.seed, Path(name))
        errors = (Path(name) / "errors").read_text(errors="replace")
    lost = sorted(kill.lost_s for kill in kills if kill.was_dirty)
    print(f"{len(kills)} kills, {len(lost)} with unsaved work, {sum(kill.offered > 0 for kill in kills)} with an offer")
    if lost:
        print(
            f"gone: median {lost[len(lost) // 2]:.2f} s, most {lost[-1]:.2f} s, nothing in {sum(s == 0 for s in lost)}"
        )
    problems = Counter(kill.problem for kill in kills if kill.problem)
    print("problems:", dict(problems) or "none")
    if "Traceback" in errors:
        print(errors[-3000:])
    return 1 if problems or "Traceback" in errors else 0


if __name__ == "__main__":
    sys.exit(main())
