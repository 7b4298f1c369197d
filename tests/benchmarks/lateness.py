"""How late a 5-ms timer in the window is while each algorithm runs at full speed."""

from __future__ import annotations

from measures import Measure, percentiles
from projects import project
from stage import Stage

ALGORITHMS = ("perceptron", "mlp", "knn", "kmeans", "pca")


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
            stage.run_for(1.0)  # kernels loaded, rates settled
            stage.reset_counts()
            late = stage.lateness(seconds)
            p50, p95, p99 = percentiles(late, 50, 95, 99)
            note = (
                f"p50 {p50:.1f}, p95 {p95:.1f}, worst {max(late):.0f}; {len(stage.shown) / seconds:.0f} frames/s, "
                f"{stage.runs} runs ended"
            )
            rows.append(Measure(f"timer lateness p99, {algorithm}, full speed, 500 points", p99, "ms", "< 16", note))
            stage.pause()
    finally:
        stage.close()
    return rows
