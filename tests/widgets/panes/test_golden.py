"""Every pane as it is painted, in both languages and themes, against committed pictures.

Letters and edges are smoothed otherwise from machine to machine, so means over small blocks are compared. A picture
that changed on purpose: `python -m tests.widgets.panes.make_golden` paints all of them anew.
"""

from __future__ import annotations

import sys

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage

from tests.widgets.panes.golden_panes import FOLDER, HEIGHT, LOOKS, RECORDS, WIDTH, painted
from widgets.formulas.typeset import typesetter

BLOCK = 4  # pixels
MOST_MEAN, MOST_BLOCK = 0.6, 24.0  # of 255: over all blocks, and in any one of them

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="letters are as wide as here on Linux alone")


@pytest.fixture(autouse=True)
def _closed_press():
    yield
    typesetter().close()


def blocks(pixels: np.ndarray) -> np.ndarray:
    """The means over blocks (h, w, 3)."""
    h, w = HEIGHT // BLOCK, WIDTH // BLOCK
    return pixels.astype(np.float64).reshape(h, BLOCK, w, BLOCK, 3).mean(axis=(1, 3))


def pixels_of(image: QImage) -> np.ndarray:
    assert image.bytesPerLine() == 3 * WIDTH
    return np.frombuffer(image.constBits(), dtype=np.uint8).reshape(HEIGHT, WIDTH, 3).copy()


def differences(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """The mean over all blocks, and the most in any one of them."""
    apart = np.abs(blocks(one) - blocks(other))
    return float(apart.mean()), float(apart.max())


@pytest.mark.parametrize(("lang", "look"), LOOKS)
@pytest.mark.parametrize("id", RECORDS)
def test_that_a_pane_is_painted_as_in_the_committed_picture(qapp, tmp_path, id, lang, look):
    name = f"{id}_{lang}_{look}.png"
    kept = np.asarray(Image.open(FOLDER / name).convert("RGB"))
    image = painted(id, lang, look)
    mean, most = differences(pixels_of(image), kept)
    if mean > MOST_MEAN or most > MOST_BLOCK:
        image.save(str(tmp_path / name))
        pytest.fail(f"{mean:.2f} on average (at most {MOST_MEAN}), {most:.0f} in a block (at most {MOST_BLOCK:.0f}): "
                    f"see {tmp_path / name} beside {FOLDER / name}")  # fmt: skip


def test_that_the_comparison_sees_a_shift_a_colour_and_a_missing_word_but_no_smoothing():
    kept = np.asarray(Image.open(FOLDER / "curves_ko_light.png").convert("RGB"))

    def is_seen(changed: np.ndarray) -> bool:
        mean, most = differences(changed, kept)
        return mean > MOST_MEAN or most > MOST_BLOCK

    background = kept[-2, -2]
    rows, columns = np.nonzero((np.abs(kept.astype(int) - background) > 60).any(axis=2))
    top, left = rows[0], columns[rows[0] == rows][0]
    wordless = kept.copy()
    wordless[top : top + 16, left : left + 40] = background
    assert is_seen(np.roll(kept, 2, axis=1)) and is_seen(np.roll(kept, 2, axis=0))
    assert is_seen(kept[..., ::-1]) and is_seen(wordless)
    away = np.random.default_rng(0).integers(-3, 4, kept.shape) * (np.abs(kept.astype(int) - background) > 20)
    assert not is_seen(np.clip(kept + 8 * away, 0, 255).astype(np.uint8))
