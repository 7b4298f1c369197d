"""Fields as pixels: class colours mixed by share and kept pale, and the PNG that carries them."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from lab.looks.palette import ThemeName, class_colors, cluster_colors, rgb, role_color
from models.core.marks import Field

STRENGTH: dict[ThemeName, float] = {"light": 0.27, "dark": 0.28}  # of the colour over the plane's ground

_STEPS = 256  # of colour between the least and the greatest level: pale colours have fewer


def field_pixels(field: Field, theme: ThemeName) -> np.ndarray:
    """The evaluated field as pixels (h, w, 3) uint8, first row at the top.

    Shares are colours mixed in proportion; levels run from orange to blue over `level_range` (see `value_colors`).
    Both are laid over the plane's ground at `STRENGTH`, so that points stay stronger than the field.
    Raises ValueError for a field that was not evaluated.
    """
    ground = np.array(rgb(role_color("surface", theme)), dtype=np.float32)
    if field.shares is not None:
        colors = cluster_colors(theme) if field.group_role == "cluster" else class_colors(theme)
        wheel = np.array([rgb(colors[i % len(colors)]) for i in range(field.shares.shape[2])], dtype=np.float32)
        # The window does this for every picture: one product of small matrices, and no wider than the eye is.
        # One class alone fades into the ground, since what its share leaves is the ground's.
        shares = np.ascontiguousarray(field.shares[::-1], dtype=np.float32)
        pale = shares.reshape(-1, len(wheel)) @ ((wheel - ground) * np.float32(STRENGTH[theme]))
        pale += ground + np.float32(0.5)
        return np.clip(pale, 0, 255, out=pale).astype(np.uint8).reshape(*shares.shape[:2], 3)
    if field.levels is None:
        raise ValueError("the field has neither shares nor levels")
    low, high = field.level_range
    mixed = value_colors(np.linspace(low, high, _STEPS), field.level_range, theme)
    table = np.clip(np.rint(ground + (mixed - ground) * STRENGTH[theme]), 0, 255).astype(np.uint8)
    steps = np.asarray(field.levels[::-1], dtype=np.float64) - low
    steps = np.clip(steps * ((_STEPS - 1) / ((high - low) or 1.0)) + 0.5, 0, _STEPS - 1)
    return table[steps.astype(np.uint8)]


def value_colors(
    values: np.ndarray, value_range: tuple[float, float], theme: ThemeName, middle: str = "surface"
) -> np.ndarray:
    """Numbers as colours (..., 3) in 0..255: orange (class 4) for the least, blue (class 0) for the most, the role
    `middle` between them (the ground for a field; points need one that stands out from it)."""
    low, high = value_range
    share = np.clip((np.asarray(values, dtype=np.float64) - low) / ((high - low) or 1.0), 0.0, 1.0)[..., None]
    first, last = (np.array(rgb(class_colors(theme)[i]), dtype=np.float64) for i in (4, 0))
    ground = np.array(rgb(role_color(middle, theme)), dtype=np.float64)
    # Through the ground's colour in the middle, so that zero of a signed target reads as neither.
    return np.where(share < 0.5, first + (ground - first) * 2 * share, ground + (last - ground) * (2 * share - 1))


def png(pixels: np.ndarray) -> bytes:
    """An RGB picture (h, w, 3) uint8 as a PNG file (PNG specification, W3C 2003: 8 bits, colour type 2)."""
    height, width = pixels.shape[:2]
    lines = np.zeros((height, 1 + 3 * width), dtype=np.uint8)  # each line starts with filter type 0
    lines[:, 1:] = pixels.reshape(height, 3 * width)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
