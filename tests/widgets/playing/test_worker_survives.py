"""Whatever a learner raises, the window says so and offers a worker anew; data, settings and recorded changes stay."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

import models
from lab.data.generators import generate
from lab.document.changes import Retune
from lab.document.project import Experiment, Project
from models.words.text import Text
from widgets.playing.document import Document
from widgets.playing.player import Player, WorkerLostError

SETTINGS = {"learning_rate": 0.02}
LABEL = Text("an edit", "고치기")
WAIT_MS = 20_000


class _Unsayable(BaseException):
    def __str__(self) -> str:
        raise RuntimeError("not even its words")


FATAL = [KeyboardInterrupt, SystemExit, GeneratorExit, _Unsayable]
FAILED_RUNS = [MemoryError, RecursionError, ZeroDivisionError]  # the session says these by itself


@pytest.fixture
def player(qtbot):
    document = Document(
        Project(dataset=generate("blobs", 60, 0.2, 7), experiments=(Experiment("perceptron", SETTINGS),))
    )
    made = Player(document)
    made.document = document
    made.start()
    qtbot.waitUntil(lambda: made.packet is not None, timeout=WAIT_MS)
    yield made
    assert made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def raise_in_iterations(kind: type[BaseException]):
    """Every iteration of the perceptron raises, until the patch that comes back is undone."""

    def iterate(self, *given, **named):
        raise kind("raised in a learner")

    patch = pytest.MonkeyPatch()
    patch.setattr(models.load("perceptron"), "iterate", iterate)
    patch.setattr(models.load("perceptron"), "advance", iterate)
    return patch


@pytest.mark.parametrize("kind", FATAL, ids=lambda kind: kind.__name__)
def test_that_the_run_goes_on_with_a_new_worker_twice(player, qtbot, kind):
    project = player.document.project
    player.apply(Retune("learning_rate", 0.5), LABEL)
    qtbot.waitUntil(lambda: bool(player.packet.schedule), timeout=WAIT_MS)
    schedule = player.packet.schedule
    for _ in range(2):
        patch = raise_in_iterations(kind)
        player.step(1, "iteration")
        qtbot.waitUntil(lambda: bool(player.failure), timeout=WAIT_MS)
        patch.undo()
        assert kind.__name__ in player.failure
        assert player.document.project is project, "nothing of the document has changed"
        player.restart()
        qtbot.waitUntil(lambda: player.is_ready and player.is_current, timeout=WAIT_MS)
        assert player.failure == "" and player.packet.schedule == schedule
    player.step(1, "iteration")
    qtbot.waitUntil(lambda: player.packet.frame.iteration >= 1, timeout=WAIT_MS)
    assert player.document.project_to_save().experiment.schedule == schedule


@pytest.mark.parametrize("kind", FAILED_RUNS, ids=lambda kind: kind.__name__)
def test_that_a_run_that_fails_is_begun_again_by_the_same_worker(player, qtbot, kind):
    patch = raise_in_iterations(kind)
    player.step(1, "iteration")
    qtbot.waitUntil(lambda: player.packet.state == "failed", timeout=WAIT_MS)
    patch.undo()
    player.rewind()
    qtbot.waitUntil(lambda: player.is_current and player.packet.state == "idle", timeout=WAIT_MS)
    player.step(1, "iteration")
    qtbot.waitUntil(lambda: player.packet.frame.iteration >= 1, timeout=WAIT_MS)
    assert player.failure == ""


def test_that_a_job_that_raises_anything_is_answered_and_the_worker_lives(player, qtbot):
    def job(_session):
        raise SystemExit(3)

    answers: list = []
    player.ask(job, lambda result, error: answers.append(error))
    qtbot.waitUntil(lambda: bool(answers), timeout=WAIT_MS)
    assert isinstance(answers[0], SystemExit)
    player.step(1, "iteration")
    qtbot.waitUntil(lambda: player.packet.frame.iteration >= 1, timeout=WAIT_MS)


def test_that_what_was_asked_of_a_lost_worker_is_answered(player, qtbot):
    answers: list = []
    player.on_failed("SystemExit: gone")
    player.ask(lambda session: 1, lambda result, error: answers.append(error))
    assert isinstance(answers[0], WorkerLostError)
