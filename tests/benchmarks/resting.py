"""The window at rest: what a paused run costs the processor, and the memory held beside that of the bare imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from measures import Measure

_HOUSE = Path(__file__).resolve().parents[2]
# What the window's process imports that is large; the bare process imports those of them that ours really has.
HEAVY = ("torch", "numba", "sklearn", "scipy", "scipy.spatial", "numpy", "contourpy", "pydantic", "pyqtgraph")
SETTLING_S = 2.0  # after which whatever was still to be composed is there
LEAST_SHARE = 0.1  # % of one core: what an event loop that sleeps has been seen to use


def measure(quick: bool) -> list[Measure]:
    return [*_idle(2.0 if quick else 5.0), *_memory(3 if quick else 5)]


# -- the processor -----------------------------------------------------------------------------------------------------


def _idle(seconds: float) -> list[Measure]:
    shares = dict(_shares(seconds))
    worst = max(shares, key=lambda name: shares[name])
    return [
        Measure(
            "idle: processor time of the process while nothing runs", shares[worst], "%", f"< {LEAST_SHARE}",
            f"of one core, {seconds:.0f} s each; the worst of {len(shares)}: {worst}",
        )
    ]  # fmt: skip


def _shares(seconds: float) -> Iterator[tuple[str, float]]:
    """Where the window rests, and the share of one core (%) that its process uses there."""
    from projects import default_network
    from stage import Stage

    from lab.document import scenes

    stage = Stage(default_network())
    window = stage.window

    def share() -> float:
        _wait_for_quiet(stage)
        begun, spent = time.perf_counter(), time.process_time()
        stage.run_for(seconds)
        return 100 * (time.process_time() - spent) / (time.perf_counter() - begun)

    try:
        yield "ready to play", share()
        stage.play(plays_on=False)
        stage.settle(0.5)
        stage.pause()
        for pane in sorted(window.panes.offered):
            window.panes.show_pane(pane)
            yield f"paused, {pane} in view", share()
        window.presentation.start()
        yield "paused, presentation", share()
        window.presentation.bring("network")
        yield "paused, presentation with the network", share()
        window.presentation.leave()
        window.question_card.set_texts("?")  # one to be written would have a cursor that blinks
        window.on_question_asked()
        yield "paused, question card", share()
        window.question_card.close_card()
        stage.open(scenes.find("01-line").project)
        stage.play(plays_on=False)
        stage.wait_until(lambda: stage.state == "finished", 60.0)
        yield "finished", share()
        stage.open(scenes.find("20-shadow-3d").project)
        yield "three columns in space", share()
    finally:
        stage.close()


def _wait_for_quiet(stage) -> None:
    """Until nothing more is composed for what is in view; a picture that never ends is told by the figure itself."""
    end = time.perf_counter() + 15 * SETTLING_S
    while time.perf_counter() < end:
        spent = time.process_time()
        stage.run_for(SETTLING_S)
        if time.process_time() - spent < 0.01 * SETTLING_S:
            return


# -- memory ------------------------------------------------------------------------------------------------------------


def _memory(rounds: int) -> list[Measure]:
    """The two processes by turns."""
    ours, bare, has = [], [], ()
    for _ in range(rounds):
        held, has = _told("ours")
        ours.append(held)
        bare.append(_told("bare", *has)[0])
    ratios = [one / other for one, other in zip(ours, bare, strict=True)]
    return [
        Measure.median("memory at rest: ready, all algorithms loaded, paused", ours, "MB"),
        Measure.median("  the same imports and an empty window", bare, "MB", note=", ".join(has)),
        Measure.median("  ratio", ratios, "times", "< 1.2"),
    ]


def _told(*arguments: str) -> tuple[float, tuple[str, ...]]:
    """Run this file as a process of its own: the memory it holds in MB, and which of HEAVY it has imported."""
    path = os.pathsep.join([str(_HOUSE), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, __file__, *arguments],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    if not done.stdout.strip():
        raise RuntimeError(f"the process told nothing (exit {done.returncode}):\n{done.stderr[-2000:]}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return told["held"], tuple(told["imported"])


def _tell() -> None:
    from memory import resident_mb

    imported = [name for name in HEAVY if name in sys.modules]
    print(json.dumps({"held": resident_mb(), "imported": imported}), flush=True)


def _tell_ours() -> None:
    """The window as people open it, some seconds after it is ready."""
    import gc

    gc.disable()  # as main.py does
    from PySide6.QtCore import QStandardPaths, QTimer

    QStandardPaths.setTestModeEnabled(True)
    import widgets.window.app as app

    make_window = app.make_window

    def tell_and_close(window) -> None:
        _tell()
        window.close()

    def watched(*arguments):
        window = make_window(*arguments)
        after = round(1000 * SETTLING_S)
        window.player.ready.connect(lambda _devices: QTimer.singleShot(after, lambda: tell_and_close(window)))
        return window

    app.make_window = watched
    app.main(())


def _tell_bare(names: list[str]) -> None:
    """The same libraries, and a window with nothing in it."""
    for name in names:
        __import__(name)
    from PySide6.QtWidgets import QApplication, QMainWindow

    app = QApplication([])
    window = QMainWindow()
    window.resize(1280, 720)
    window.show()
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.01)
    _tell()


if __name__ == "__main__":
    for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[_name] = "1"
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if sys.argv[1] == "ours":
        _tell_ours()
    else:
        _tell_bare(sys.argv[2:])
    sys.stdout.flush()
    os._exit(0)
