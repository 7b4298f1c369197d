"""The figures at the foot of the window: the same text as in the curves, the scores and the saved picture."""

from __future__ import annotations

import numpy as np
import pytest

from lab.composing.panes_of.scores import class_scores
from lab.data.datasets import empty
from lab.leaving.svg import render_svg
from lab.protocol.commands import Frame
from lab.protocol.packet import Curves, Packet
from lab.protocol.pane_records import Scoreboard
from models.words.text import Text
from widgets.kit.language import language
from widgets.panes.curves.view import CurvesView
from widgets.panes.scores.view import MatrixView
from widgets.transport.status_line import StatusLine

NAMES = {name: Text(name, name) for name in ("loss", "accuracy", "test_accuracy")}


@pytest.mark.parametrize("right", [2, 3])
def test_that_an_accuracy_is_the_same_text_wherever_it_is_shown(qtbot, right):
    language.set("en")
    figures = {"loss": 0.123456, "accuracy": right / 3, "test_accuracy": 0.98765}
    actual, predicted = np.zeros(3, dtype=int), np.array([0] * right + [1] * (3 - right))
    board = Scoreboard(
        kind="classes", names=("A", "B"), ids=(0, 1), classes={"train": class_scores(actual, predicted, 2)}
    )
    curves = Curves(np.arange(3.0), {name: np.full(3, value) for name, value in figures.items()}, {})
    packet = Packet(
        1, "paused", frame=Frame(2, 0), reached=2, metrics=figures, metric_labels=NAMES, goal="loss", curves=curves,
        beside={"matrix": board}, abilities=frozenset({"matrix"}),
    )  # fmt: skip
    wanted = {2: "0.667", 3: "1.000"}[right]
    line, pane, scores = StatusLine(), CurvesView(), MatrixView()
    for widget in (line, pane, scores):
        qtbot.addWidget(widget)
        widget.resize(700, 500)
        widget.show()
    line.show_packet(packet, is_supervised=True)
    assert (line.goal.text(), line.training.text()) == ("loss 0.1235", f"accuracy {wanted}")
    assert line.test.text() == "test_accuracy 0.988"
    pane.show_packet(packet)
    shown = pane.score_plot.readout.words
    assert shown.split("   ")[0].endswith(f" {wanted}") and shown.endswith(" 0.988")
    scores.show_packet(packet)
    assert f"accuracy {wanted} (" in scores.sections["train"].caption.text()
    drawn = render_svg(empty(), packet, "en")
    assert f">{wanted}</text>" in drawn and ">0.988</text>" in drawn and ">0.1235</text>" in drawn
