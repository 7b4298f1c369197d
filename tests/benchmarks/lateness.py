"""How late a 5-ms timer in the window is while each algorithm runs at full speed."""

from __future__ import annotations

from measures import Measure, percentiles
from projects import deep_network, project
from stage import Stage

ALGORITHMS = ("perceptron", "mlp", "linear_regression", "logistic_regression", "knn", "kmeans", "pca")


def measure(quick: bool) -> list[Measure]:
    seconds = 1.5 if quick else 4.0
    stage = Stage(project("perceptron"))
    rows = []
    try:
        p50, p95, p99 = percentiles(stage.lateness(seconds), 50, 95, 99)
        rows.append(Measure("timer lateness p99, nothing playing", p99, "ms", note=f"p50 {p50:.1f}, p95 {p95:.1f}"))
        for algorithm in ALGORITHMS:
            stage.open(project(algorithm))
            stage.play()
            stage.settle(1.0)
            late = stage.lateness(seconds)
            p50, p95, p99 = percentiles(late, 50, 95, 99)
            note = (
                f"p50 {p50:.1f}, p95 {p95:.1f}, worst {max(late):.0f}; {len(stage.shown) / seconds:.0f} frames/s, "
                f"{stage.runs} runs ended"
            )
            rows.append(Measure(f"timer lateness p99, {algorithm}, full speed, 500 points", p99, "ms", "< 10", note))
            stage.pause()
        rows += _with_panes(stage, seconds)
    finally:
        stage.close()
    return rows


def _with_panes(stage: Stage, seconds: float) -> list[Measure]:
    """A deep network at full speed with each pane in view in turn, every other one composed as well."""
    rows = []
    for pane in ("curves", "network", "numbers", "matrix", "loss_surface", "activation"):
        stage.open(deep_network())
        stage.window.panes.show_pane(pane)
        stage.watch_everything()
        stage.play()
        stage.settle(1.5)
        late = stage.lateness(seconds)
        p50, p95, p99 = percentiles(late, 50, 95, 99)
        note = f"p50 {p50:.1f}, p95 {p95:.1f}, worst {max(late):.0f}; {len(stage.shown) / seconds:.0f} frames/s"
        rows.append(Measure(f"timer lateness p99, MLP 2-8x6-1, all panes on, {pane} in view", p99, "ms", "< 10", note))
        stage.pause()
    return rows
