"""The panes beside the plane: composing a full picture of a deep network, and drawing it."""

from __future__ import annotations

import time

import numpy as np
from measures import Measure
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lab.composing.panes_of.network import MOST_PX, NetworkPictures
from lab.data.generators import generate
from lab.document.project import Experiment
from lab.protocol.commands import Frame, Look
from lab.protocol.packet import Packet
from lab.running.problems import problem_for
from models.algorithms.mlp.learner import MLP
from models.core.formula import Shown
from widgets.kit.theme import theme
from widgets.panes.network.view import NetworkView

LOOK = Look(-6.0, 6.0, -6.0, 6.0)


def measure(quick: bool) -> list[Measure]:
    learner = MLP(hidden_layer_sizes=(8,) * 6, loss="squared")
    problem = problem_for(generate("circles", n=500), Experiment("mlp"), learner)
    state = learner.start(problem, 7)
    pictures, times, made = NetworkPictures(), [], []
    for iteration in range(20 if quick else 60):
        moments = list(learner.iterate(state, problem, 7, iteration))
        shown = Shown(iteration + 1, moments[-1], state)
        begun = time.perf_counter()
        made.append(pictures.picture(learner, shown, problem, LOOK, MOST_PX))
        times.append((time.perf_counter() - begun) * 1000)
        state = moments[-1].state
    cells = made[0].units[0].shape[1:]
    units = sum(len(layer) for layer in made[0].units)
    note = f"p99 {np.percentile(times, 99):.1f} ms; {units} neurons of {cells[0]} x {cells[1]} cells"
    return [
        Measure("MLP 2-8x6-1: a full network picture", float(np.median(times)), "ms", "< 10", note),
        *_drawing(made[-20:]),
    ]


def _drawing(pictures: list) -> list[Measure]:
    """What the window does with them: a new picture a few times a second, the same one at every other repaint."""
    application = QApplication.instance() or QApplication([])
    theme.apply(application)
    view = NetworkView()
    view.resize(900, 560)
    view.show()
    QTest.qWaitForWindowExposed(view)
    application.processEvents()
    anew, again = [], []
    for k, picture in enumerate(pictures):
        view.show_packet(
            Packet(1, "paused", Frame(k + 1), abilities=frozenset({"network"}), beside={"network": picture})
        )
        for times in (anew, again):
            begun = time.perf_counter()
            view.canvas.repaint()
            times.append((time.perf_counter() - begun) * 1000)
    edges = len(view.canvas.layout_now.edge_layer)
    note = f"p99 {np.percentile(anew, 99):.1f} ms; {edges} edges"
    return [
        Measure("  drawn anew, 900 x 560", float(np.median(anew)), "ms", note=note),
        Measure("  repainted", float(np.median(again)), "ms", "< 4", note=f"p99 {np.percentile(again, 99):.1f} ms"),
    ]
