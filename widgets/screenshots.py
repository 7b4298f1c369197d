"""Pictures of the real window: both languages, both themes, two sizes; each algorithm in the middle of a run, each pane,
presentation mode and the question card."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from lab.panes import PaneId
from models.core.text import Lang

SIZES = ((1280, 720), (1920, 1080))
THEMES = ("light", "dark")
WAIT_S = 60.0
QUIET_S = 0.4  # without another packet


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
        print("usage: python main.py screenshots DIR", file=sys.stderr)
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for path in take_all(Path(arguments[0])):
        print(path)
    return 0


def take_all(folder: Path, sizes: Sequence[tuple[int, int]] = SIZES, shots: Sequence[Shot] = SHOTS) -> list[Path]:
    """The pictures NAME-LANGUAGE-THEME-WIDTHxHEIGHT.png, NAME that of a shot or "start"; the paths written."""
    from lab import scenes
    from lab.commands import Frame
    from lab.generators import generate
    from lab.project import Experiment, Project
    from widgets.app import make_application, make_window
    from widgets.language import language
    from widgets.settings import Settings
    from widgets.theme import theme
    from widgets.typeset import typesetter

    app = make_application()
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    settings = folder / "screenshots.ini"
    window = make_window(Settings(settings))
    player = window.player

    def wait(until: Callable[[], bool]) -> None:
        end = time.monotonic() + WAIT_S
        while not until():
            if time.monotonic() > end:
                raise TimeoutError("the run did not come to the frame of the picture")
            app.processEvents()
            time.sleep(0.005)

    def settle() -> None:
        """Until no packet has come for a while and every formula is set: the raster follows the size of the view."""
        quiet_since = time.monotonic()
        seen = player.packet
        while time.monotonic() - quiet_since < QUIET_S:
            app.processEvents()
            if player.packet is not seen or typesetter().is_working:
                seen, quiet_since = player.packet, time.monotonic()
            time.sleep(0.005)

    def take(name: str) -> None:
        for width, height in sizes:
            window.resize(width, height)
            for lang in get_args(Lang):
                for look in THEMES:
                    language.set(lang)
                    theme.set(look)  # type: ignore[arg-type]
                    settle()
                    path = folder / f"{name}-{lang}-{look}-{width}x{height}.png"
                    window.grab().save(str(path))
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
            player.step(1)
        if shot.moments:
            wait(lambda: player.is_current and player.packet.frame != Frame(0, 0))

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
