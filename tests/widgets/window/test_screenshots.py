"""Pictures of the window, taken twice: the same to the last pixel, also by a machine on which everything takes longer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops

ROOT = Path(__file__).parents[3]

# Marks glide to its last moment, and its surface is so dear that in the window the raster is a matter of time.
NAME = "knn"

TAKE = f"""
import sys
from pathlib import Path
from lab.sessions import kernel_cache as kernels
kernels.use_cache()
from lab.composing import refinement
from widgets.playing import player
from widgets.window import screenshots
slower = float(sys.argv[2])
refinement.AT_ONCE_S /= slower  # as if each row of a surface cost so many times as much
refinement.FREE_S /= slower
refinement.FINE_S /= slower
player.SLOW_GLIDE_MS = round(player.SLOW_GLIDE_MS * slower)
shots = [shot for shot in screenshots.SHOTS if shot.name == {NAME!r}]
screenshots.take_all(Path(sys.argv[1]), [(1920, 1080)], shots, ["en"], ["light"])
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> tuple[Path, Path]:
    """Two runs in processes of their own, the second on a machine that is slower."""
    made = tmp_path_factory.mktemp("usual"), tmp_path_factory.mktemp("slow")
    for folder, slower in zip(made, (1, 2), strict=True):
        command = [sys.executable, "-c", TAKE, str(folder), str(slower)]
        subprocess.run(command, cwd=ROOT, check=True, timeout=180)
    return made


@pytest.mark.parametrize("name", ["start", NAME])
def test_two_runs_take_the_same_picture(folders, name):
    usual, slow = (Image.open(folder / f"{name}-en-light-1920x1080.png").convert("RGB") for folder in folders)
    assert usual.size == (1920, 1080)
    assert len(usual.getcolors(1 << 24)) > 50, "there is something in the picture"
    assert ImageChops.difference(usual, slow).getbbox() is None
