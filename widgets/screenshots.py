"""Pictures of the real window: both languages, both themes, two sizes, idle and in the middle of each run."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

from models.core.text import Lang

SIZES = ((1280, 720), (1920, 1080))
THEMES = ("light", "dark")
# A scene for each algorithm, and how many moments into its run the picture is taken.
SCENES = {
    "perceptron": ("01-line", 6),
    "mlp": ("04-activation", 0),
    "knn": ("06-whose-side", 3),
    "kmeans": ("09-assign-move", 3),
    "pca": ("12-shadow", 5),
}
MLP_ITERATION = 120  # the surface has begun to bend there
WAIT_S = 60.0


def main(arguments: Sequence[str]) -> int:
    """Write every picture into the folder named first. Returns the exit code."""
    if len(arguments) != 1:
        print("usage: python main.py screenshots DIR", file=sys.stderr)
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for path in take_all(Path(arguments[0])):
        print(path)
    return 0


def take_all(folder: Path, sizes: Sequence[tuple[int, int]] = SIZES) -> list[Path]:
    """The pictures NAME-LANGUAGE-THEME-WIDTHxHEIGHT.png, NAME an algorithm or "start"; the paths written."""
    from lab import scenes
    from lab.commands import Frame
    from widgets.app import make_application, make_window
    from widgets.language import language
    from widgets.settings import Settings
    from widgets.theme import theme

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
        """Until no packet has come for a while: the raster follows the size of the view."""
        quiet_since = time.monotonic()
        seen = player.packet
        while time.monotonic() - quiet_since < 0.4:
            app.processEvents()
            if player.packet is not seen:
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

    try:
        window.resize(*sizes[0])
        window.show()
        player.start()
        wait(lambda: player.is_ready and player.is_current)
        take("start")
        for name, (scene, moments) in SCENES.items():
            window.document.reset(scenes.find(scene).project)
            wait(lambda: player.is_current)
            if name == "mlp":
                player.seek(MLP_ITERATION)
                wait(lambda: player.is_current and player.packet.frame.iteration == MLP_ITERATION)
            else:
                for _ in range(moments):
                    player.step(1)
                wait(lambda: player.is_current and player.packet.frame != Frame(0, 0))
            take(name)
    finally:
        window.document.undo_stack.setClean()
        window.close()
        settings.unlink(missing_ok=True)
    return written
