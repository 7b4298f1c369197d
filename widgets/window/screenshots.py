"""Pictures of the real window: both languages, both themes, two sizes; each algorithm in the middle of a run, each pane,
presentation mode and the question card. Two runs of one tree take the same pictures, pixel for pixel: nothing in them
depends on how fast the machine is, and none is taken while anything still moves."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, get_args

from lab import console
from lab.errors import LabError
from lab.protocol.pane_kinds import PaneId
from lab.writing import make_folder, write_bytes
from models.words.text import Lang

SIZES = ((1280, 720), (1920, 1080))
THEMES = ("light", "dark")
WAIT_S = 60.0
QUIET_TURNS = 20  # of the event loop in which nothing happens, or was about to: they are counted, not timed
TURN_S = 0.005


@dataclass(frozen=True)
class Shot:
    """One view: a scene (or an algorithm on a generated data set, "algorithm:data"), how far into its run, and what is
    open beside the plane or over it. `iteration` is sought; else that many `moments` are stepped."""

    name: str
    opens: str
    moments: int = 0
    iteration: int = 0
    pane: PaneId = "curves"
    is_presented: bool = False
    is_asked: bool = False


SHOTS = (
    Shot("perceptron", "01-line", 6),
    Shot("mlp", "04-activation", iteration=120),  # the surface has begun to bend there
    Shot("knn", "06-whose-side", 3),
    Shot("kmeans", "09-assign-move", 3),
    Shot("pca", "12-shadow", 5),
    Shot("linear_regression", "16-stride", 6),
    Shot("logistic_regression", "logistic_regression:blobs", iteration=12),
    Shot("pca-3d", "20-shadow-3d", 5),
    Shot("pane-network", "05-forward-back", 3, pane="network"),
    Shot("pane-numbers", "05-forward-back", 3, pane="numbers"),
    Shot("pane-scores", "logistic_regression:blobs", iteration=12, pane="matrix"),
    Shot("pane-loss-surface", "16-stride", 6, pane="loss_surface"),
    Shot("pane-activation", "05-forward-back", 3, pane="activation"),
    Shot("question", "01-line", is_asked=True),
    Shot("presentation", "05-forward-back", 3, is_presented=True),
    Shot("presentation-network", "05-forward-back", 3, pane="network", is_presented=True),
)


def main(arguments: Sequence[str]) -> int:
    """Write every picture into the folder named first. Returns the exit code."""
    if len(arguments) != 1:
        console.say_aside("usage: python main.py screenshots DIR")
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        for path in take_all(Path(arguments[0])):
            console.say(str(path))
        console.flush()
    except LabError as error:
        console.say_aside(str(error))
        return 2
    except console.OutputLostError as lost:
        return console.give_up(lost, "en")
    return 0


def take_all(
    folder: Path,
    sizes: Sequence[tuple[int, int]] = SIZES,
    shots: Sequence[Shot] = SHOTS,
    langs: Sequence[Lang] = get_args(Lang),
    looks: Sequence[str] = THEMES,
) -> list[Path]:
    """The pictures NAME-LANGUAGE-THEME-WIDTHxHEIGHT.png, NAME that of a shot or "start"; the paths written."""
    from PySide6.QtCore import QTimer, QVariantAnimation

    from lab.data.generators import generate
    from lab.document import scenes
    from lab.document.project import Experiment, Project
    from widgets.formulas.typeset import typesetter
    from widgets.kit.language import language
    from widgets.kit.pictures import png_bytes
    from widgets.kit.settings import Settings
    from widgets.kit.theme import theme
    from widgets.playing.worker import Worker, prepare
    from widgets.window.app import make_application, make_window

    app = make_application()
    app.setCursorFlashTime(0)  # a text cursor that blinks is in one picture and not in the next
    make_folder(folder)
    written: list[Path] = []
    settings = folder / "screenshots.json"
    window = make_window(Settings(settings), make_worker=lambda: Worker(partial(prepare, is_patient=True)))
    player = window.player

    def wait(until: Callable[[], bool]) -> None:
        end = time.monotonic() + WAIT_S
        while not until():
            if time.monotonic() > end:
                raise TimeoutError("the window did not come to rest at the frame of the picture")
            app.processEvents()
            time.sleep(TURN_S)

    def is_moving() -> bool:
        """Whether the window has something to do by itself: a mark on its way, a formula being set, anything that a
        timer will bring (the frame clock stands still when no packet has come for half a second)."""
        return (
            typesetter().is_working
            or any(timer.isActive() for timer in window.findChildren(QTimer))
            or any(a.state() == a.State.Running for a in window.findChildren(QVariantAnimation))
        )

    def settle() -> None:
        """Until neither the window nor the worker has anything left to do: the raster follows the size of the view, and
        the panes what is watched."""
        seen, turns = player.packet, 0
        answers: list[bool] = []  # of the worker, to the newest question

        def is_settled() -> bool:
            nonlocal seen, turns, answers
            is_quiet = player.packet is seen and not is_moving() and answers != [False]
            seen, turns = player.packet, turns + 1 if is_quiet else 0
            if turns <= QUIET_TURNS:
                answers = []  # an older one counts no more: the worker may have been asked for something since
            if turns == QUIET_TURNS:
                player.ask(_is_idle, lambda result, error, to=answers: to.append(error is None and result))
            return answers == [True]

        wait(is_settled)

    def take(name: str) -> None:
        for width, height in sizes:
            window.resize(width, height)
            for lang in langs:
                for look in looks:
                    language.set(lang)
                    theme.set(look)  # type: ignore[arg-type]
                    settle()
                    path = folder / f"{name}-{lang}-{look}-{width}x{height}.png"
                    write_bytes(path, png_bytes(window.grab()))
                    written.append(path)

    def project(opens: str) -> Project:
        algorithm, _, data = opens.partition(":")
        return Project(generate(data), (Experiment(algorithm),)) if data else scenes.find(opens).project

    def go(shot: Shot) -> None:
        """To the frame of the shot."""
        window.document.reset(project(shot.opens))
        wait(lambda: player.is_current)
        if shot.iteration:
            player.seek(shot.iteration)
            wait(lambda: player.is_current and player.packet.frame.iteration == shot.iteration)
        for _ in range(shot.moments):
            # One after another: what a packet is made with (what was recognised last) or glides from would depend on
            # which of the frames between were seen.
            settle()
            before = player.packet.frame
            player.step(1)
            wait(lambda before=before: player.packet.frame != before)

    def show(shot: Shot) -> None:
        go(shot)
        window.panes.show_pane(shot.pane)
        if shot.is_presented:
            window.presentation.start()
            settle()  # the full screen has come, and the sizes of the pictures follow it
            if shot.pane != "curves":
                window.presentation.bring(shot.pane)
        if shot.is_asked:
            window.on_question_asked()
        take(shot.name)
        window.question_card.close_card()
        window.presentation.leave()

    try:
        window.resize(*sizes[0])
        window.show()
        player.start()
        wait(lambda: player.is_ready and player.is_current)
        take("start")
        for shot in shots:
            show(shot)
    finally:
        window.document.undo_stack.setClean()
        window.close()
        settings.unlink(missing_ok=True)
    return written


def _is_idle(session: Any) -> bool:
    """In the worker: whether its session has nothing to show and nothing to do."""
    return not session.has_news() and session.next_due() is None
