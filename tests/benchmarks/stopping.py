"""How soon pause stands still, and how long the window takes to close in each state."""

from __future__ import annotations

import time

import numpy as np
from measures import Measure
from projects import MAXIMUM, NORMAL, diverging, heavy, project
from stage import Stage

from lab.document.project import Project
from models.core.learner import Learner

CLOSE_TARGET_S = "< 2"


def measure(quick: bool) -> list[Measure]:
    return [*_pauses(5 if quick else 20), *_closes()]


def _pauses(times: int) -> list[Measure]:
    cases = [("mlp", MAXIMUM), ("perceptron", MAXIMUM), ("kmeans", NORMAL), ("pca", NORMAL)]
    random = np.random.default_rng(0)
    worst, median = {}, {}
    stage = Stage(project("mlp"))
    try:
        for algorithm, speed in cases:
            stage.open(project(algorithm, speed=speed))
            found = []
            for _ in range(times):
                stage.play()
                stage.run_for(0.2 + 0.1 * random.random())
                found.append(_pause(stage))
            worst[algorithm, speed], median[algorithm, speed] = max(found), float(np.median(found))
    finally:
        stage.close()
    slowest = _pause_of_the_largest()
    name = max(worst, key=worst.__getitem__)
    note = "; ".join(f"{a} {median[a, s]:.0f}/{worst[a, s]:.0f}" for a, s in cases) + " (median/worst)"
    return [
        Measure("pause, to the last change on screen, worst", worst[name], "ms", "< 50", note),
        Measure(
            "  the same, largest network (8 x 64, batch 10,000)", slowest, "ms", note="its one iteration is not cut"
        ),
    ]


def _pause(stage: Stage, within_s: float = 0.4) -> float:
    """Milliseconds from the command to the last packet that was shown after it; 0 when none was."""
    stage.plays_on = False
    stage.reset_counts()
    begun = time.perf_counter()
    stage.player.pause()
    stage.run_for(within_s)
    if stage.state == "playing":
        return float("inf")
    return (stage.shown[-1][0] - begun) * 1000 if stage.shown else 0.0


def _pause_of_the_largest() -> float:
    """Milliseconds until the window says that it is paused, the worst of three."""
    stage, found = Stage(heavy()), []
    try:
        for _ in range(3):
            stage.play()
            stage.wait_until(lambda: stage.state == "playing" and stage.player.packet.frame.iteration > 0, 60.0)
            begun = time.perf_counter()
            stage.player.pause()
            stage.wait_until(lambda: stage.state != "playing", 60.0)
            found.append((time.perf_counter() - begun) * 1000)
    finally:
        stage.close()
    return max(found)


def _closes() -> list[Measure]:
    """A window for each state, closed in it."""
    states = {
        "unready": _unready, "idle": _idle, "playing": _playing, "playing at full speed": _playing_fast,
        "on the way to a far frame": _running_to, "paused": _paused, "past": _past, "finished": _finished,
        "diverged": _diverged, "failed": _failed,
    }  # fmt: skip
    took: dict[str, float] = {}
    stuck: list[str] = []
    for name, arrange in states.items():
        stage = arrange()
        took[name], has_ended = stage.close()
        if not has_ended:
            stuck.append(name)
    stage = Stage(heavy())
    stage.play()
    stage.run_for(1.5)
    heavy_took, has_ended = stage.close()
    slowest = max(took, key=took.__getitem__)
    note = f"{len(took)} states; slowest: {slowest}" + (
        f"; the worker was stuck in: {', '.join(stuck)}" if stuck else ""
    )
    value = float("inf") if stuck else took[slowest]
    return [
        Measure("close, slowest state", value, "s", CLOSE_TARGET_S, note),
        Measure(
            "  the same, largest network playing", heavy_took, "s", "< 2.1",
            "" if has_ended else "the worker did not end in time: the program leaves it behind, as it must",
        ),
    ]  # fmt: skip


def _expect(stage: Stage, *states: str) -> Stage:
    stage.wait_until(lambda: stage.state in states, 30.0)
    return stage


def _unready() -> Stage:
    return _expect(Stage(Project()), "unready")


def _idle() -> Stage:
    return _expect(Stage(project("kmeans")), "idle")


def _playing() -> Stage:
    stage = Stage(project("kmeans", speed=NORMAL))
    stage.play()
    return _expect(stage, "playing")


def _playing_fast() -> Stage:
    stage = Stage(project("mlp"))
    stage.play()
    stage.run_for(0.5)
    return _expect(stage, "playing")


def _running_to() -> Stage:
    stage = Stage(project("mlp"))
    stage.player.seek(20_000_000)
    stage.run_for(0.3)
    return _expect(stage, "playing")


def _paused() -> Stage:
    stage = _playing_fast()
    stage.pause()
    return _expect(stage, "paused")


def _past() -> Stage:
    stage = _paused()
    stage.player.seek(10)
    return _expect(stage, "past")


def _finished() -> Stage:
    stage = Stage(project("kmeans"))
    stage.play(plays_on=False)
    return _expect(stage, "finished")


def _diverged() -> Stage:
    stage = Stage(diverging())
    stage.play(plays_on=False)
    return _expect(stage, "diverged")


def _failed() -> Stage:
    """A fault injected into the learner of the run."""
    stage = Stage(project("mlp"))

    def fail(*_arguments: object) -> Learner:
        raise RuntimeError("injected fault")

    def inject(session) -> None:
        session.run.engine.learner_at = fail

    stage.player.ask(inject, lambda _result, _error: None)
    stage.play(plays_on=False)
    return _expect(stage, "failed")
