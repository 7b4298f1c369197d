"""What a person gets who watches: epochs and frames a second, how late the window is, and a spiral solved while the
key is still going up; and at one moment a second, what the calm costs."""

from __future__ import annotations

import time

from measures import Measure, percentiles
from projects import NORMAL, deep_network, default_network, project, spiral
from stage import Stage

from lab.document.project import Project

LATE = "< 10"
CALM_MOMENTS_S = 4.0  # the first mini-batch of a network stays this long, a moment a second


def measure(quick: bool) -> list[Measure]:
    seconds = 1.5 if quick else 5.0
    rows = []
    stage = Stage(default_network())
    try:
        rows += _at_full_speed(stage, "network as it is found (2-4-2), 500 points", default_network(), seconds)
        rows += _at_full_speed(stage, "network 2-8x6-1, 500 points, all panes", deep_network(), seconds, has_panes=True)
        # The spiral ends within a second: it is started again and again.
        rows += _at_full_speed(
            stage, "spiral, network 2-16-16-2, 200 points, all panes", spiral(), seconds, has_panes=True
        )
        rows += _at_full_speed(stage, "spiral, network 2-16-16-2, 200 points", spiral(), seconds)
        rows += _solving(stage, 5 if quick else 9)
        rows += _calm(stage, 1 if quick else 3)
    finally:
        stage.close()
    return rows


def _at_full_speed(stage: Stage, what: str, it: Project, seconds: float, has_panes: bool = False) -> list[Measure]:
    """Speed without the timer that watches, then lateness with it."""
    stage.open(it)
    if has_panes:
        stage.window.panes.show_pane("network")
        stage.watch_everything()
    else:
        stage.window.panes.show_pane("curves")
        stage.watch_nothing_more()
    stage.play()
    stage.settle(1.0)
    begun = time.perf_counter()
    stage.run_for(seconds)
    took = time.perf_counter() - begun
    per_epoch = stage.player.packet.per_epoch or 1
    epochs, frames = stage.iterations / per_epoch / took, len(stage.shown) / took
    note = f"{per_epoch} mini-batches an epoch; {stage.runs} runs ended"
    late = stage.lateness(seconds)
    stage.pause()
    stage.window.watching.watch_also(frozenset())
    return [
        Measure(f"watched: {what}", epochs, "epochs/s", note=note),
        Measure("  frames shown meanwhile", frames, "frames/s"),
        _lateness(late),
    ]


def _solving(stage: Stage, times: int) -> list[Measure]:
    """The spiral from the key press until the finished picture is in the window, its start shown afresh each time."""
    took, reached, scores = [], 0, {}
    for _ in range(times):
        stage.open(spiral())
        stage.reset_counts()
        begun = stage.press_play()
        stage.wait_until(lambda: stage.state in ("finished", "diverged"), 30.0)
        took.append(stage.shown[-1][0] - begun)
        reached, scores = stage.player.packet.reached, dict(stage.player.packet.metrics)
    note = f"median of {times}; {reached:,} mini-batches"
    return [
        Measure.median("spiral solved, from the key press to the finished picture", took, "s", note=note),
        Measure("  its accuracy: training points", 100 * scores.get("accuracy", float("nan")), "%"),
        Measure("  test points", 100 * scores.get("test_accuracy", float("nan")), "%"),
    ]


def _calm(stage: Stage, times: int) -> list[Measure]:
    """One moment a second: the first mini-batch of a network with its panes, and nearest neighbours one by one."""
    rows = []
    view = default_network().view
    cases = (
        ("network, all panes", default_network().replace(view=type(view)(NORMAL)), True),
        ("nearest neighbours", project("knn", speed=NORMAL), False),
    )
    for what, it, has_panes in cases:
        late: list[float] = []
        busy = wall = 0.0
        stage.open(it)
        stage.play()
        stage.settle(0.0)
        for round_number in range(2 * times):
            stage.open(it)
            if has_panes:
                stage.window.panes.show_pane("network")
                stage.watch_everything()
            stage.play()
            if round_number % 2:
                late += stage.lateness(CALM_MOMENTS_S)
            else:  # without the timer, which costs something itself
                begun, spent = time.perf_counter(), time.process_time()
                stage.run_for(CALM_MOMENTS_S)
                busy += time.process_time() - spent
                wall += time.perf_counter() - begun
            stage.pause()
            stage.window.watching.watch_also(frozenset())
        rows += [
            Measure(
                f"one moment a second, {what}: processor time of the process", 100 * busy / wall, "%",
                note="of one core, drawing and both threads together",
            ),
            _lateness(late),
        ]  # fmt: skip
    return rows


def _lateness(late: list[float]) -> Measure:
    p50, p95, p99 = percentiles(late, 50, 95, 99)
    note = f"p50 {p50:.1f}, p95 {p95:.1f}, worst {max(late):.0f}"
    return Measure("  timer lateness p99", p99, "ms", LATE, note)
