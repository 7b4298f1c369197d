"""Data sets made by a rule and a seed: the gallery. The same id, count, noise and seed give the same points.

Circles, exclusive or, two Gaussians and spirals have the measures of the best-known neural-network playground
(product.md, parity set), so that a teacher's old exercises still work; noise 0.5 is its 50 %, apart from the
Gaussians, whose variance runs over its whole range (0.5 to 4) as the noise goes from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lab.data.datasets import CLASS_LETTERS, Dataset
from lab.errors import LabError
from models.words.text import Text

DEFAULT_SEED = 7
LEAST_POINTS, MOST_POINTS = 4, 100_000
PLANE = (-6.0, 6.0, -6.0, 6.0)
LOGIC_PLANE = (-0.5, 1.5, -0.5, 1.5)
RADIUS = 5.0  # everything lies within about this distance of the middle

Drawer = Callable[[int, float, np.random.Generator], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Generator:
    """One entry of the gallery. `counts`: its number of points can be chosen; `has_noise`: its noise can."""

    id: str
    title: Text
    draw: Drawer  # (n, noise, random numbers) -> places (n, 2) or (n, 3), class numbers (n,)
    n_classes_hint: int
    default_n: int = 200
    default_noise: float = 0.1
    has_noise: bool = True
    counts: bool = True


def generate(id: str, n: int | None = None, noise: float | None = None, seed: int = DEFAULT_SEED) -> Dataset:
    """The data set `id` with n points, noise in 0..1, and this seed; None means the entry's default.

    Classes come as evenly as n allows, rows in a random order. Logic tables have four points and no noise: n, noise
    and seed do not touch them. Raises LabError for an unknown id or a value outside its range.
    """
    if id not in GENERATORS:
        raise LabError(_UNKNOWN, name=str(id)[:40], known=", ".join(GENERATORS))
    entry = GENERATORS[id]
    n = entry.default_n if n is None or not entry.counts else n
    noise = entry.default_noise if noise is None or not entry.has_noise else noise
    if isinstance(n, bool) or n != int(n) or entry.counts and not LEAST_POINTS <= n <= MOST_POINTS:
        raise LabError(_COUNT, least=LEAST_POINTS, most=MOST_POINTS, given=str(n)[:40])
    if not 0.0 <= noise <= 1.0:
        raise LabError(_NOISE, given=str(noise)[:40])
    if isinstance(seed, bool) or seed != int(seed) or seed < 0:
        raise LabError(_SEED, given=str(seed)[:40])
    xy, classes = entry.draw(int(n), float(noise), np.random.default_rng(int(seed)))
    is_logic = id.startswith("logic_")
    return Dataset(
        name=id,
        feature_names=("x", "y", "z")[: xy.shape[1]],
        features=np.ascontiguousarray(xy, dtype=np.float64),
        targets=np.ascontiguousarray(classes, dtype=np.int64),
        class_names=CLASS_LETTERS[: entry.n_classes_hint],
        origin="logic" if is_logic else "generated",
        view=LOGIC_PLANE if is_logic else PLANE,
    )


def clouds(
    centers: np.ndarray, deviations: np.ndarray, counts: list[int], random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Normal clouds: centers (k, 2), deviations (k, 2) along x and y, counts (k). Places (n, 2), cloud numbers (n,)."""
    groups = np.repeat(np.arange(len(counts)), counts)
    return centers[groups] + deviations[groups] * random.standard_normal((len(groups), 2)), groups


# -- the gallery -----------------------------------------------------------------------------------------------------


def _split(n: int, parts: int) -> list[int]:
    """n points shared out as evenly as can be."""
    return [n // parts + (part < n % parts) for part in range(parts)]


def _mixed(xy: np.ndarray, classes: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    order = random.permutation(len(xy))
    return xy[order], classes[order]


def _circles(n: int, noise: float, random: np.random.Generator):
    """Inner disc r < 2.5, ring 3.5-5. Noise nudges the place at which the class is read, up to 5 * noise each way."""
    inner, outer = _split(n, 2)
    r = np.concatenate([random.uniform(0, 0.5 * RADIUS, inner), random.uniform(0.7 * RADIUS, RADIUS, outer)])
    angle = random.uniform(0, 2 * np.pi, n)
    xy = np.stack([r * np.sin(angle), r * np.cos(angle)], axis=1)
    read_at = xy + random.uniform(-RADIUS, RADIUS, (n, 2)) * noise
    return _mixed(xy, (np.hypot(*read_at.T) >= 0.5 * RADIUS).astype(np.int64), random)


def _xor(n: int, noise: float, random: np.random.Generator):
    """Sign of x * y over +-5, each quarter pushed 0.3 away from the axes. Noise as for circles."""
    xy = random.uniform(-RADIUS, RADIUS, (n, 2))
    quarters = np.arange(n) % 4  # the four quarters get even shares
    xy = np.abs(xy) * np.stack([np.where(quarters < 2, 1, -1), np.where(quarters % 2 == 0, 1, -1)], axis=1)
    xy = xy + np.where(xy > 0, 0.3, -0.3)
    read_at = xy + random.uniform(-RADIUS, RADIUS, (n, 2)) * noise
    return _mixed(xy, (read_at[:, 0] * read_at[:, 1] < 0).astype(np.int64), random)


def _gaussians(n: int, noise: float, random: np.random.Generator):
    """Means (2, 2) and (-2, -2), variance 0.5 + 3.5 * noise."""
    spread = np.full((2, 2), np.sqrt(0.5 + 3.5 * noise))
    return _mixed(*clouds(np.array([[2.0, 2.0], [-2.0, -2.0]]), spread, _split(n, 2), random), random)


def _spirals(n: int, noise: float, random: np.random.Generator):
    """Two arms: r = 5 i / n, t = 1.75 * 2 pi * i / n, half a turn apart; noise moves points up to `noise` each way."""
    counts = _split(n, 2)
    share = np.concatenate([np.arange(count) / count for count in counts])
    arm = np.repeat([0, 1], counts)
    angle = 1.75 * 2 * np.pi * share + np.pi * arm
    xy = RADIUS * share[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return _mixed(xy + random.uniform(-1, 1, (n, 2)) * noise, arm, random)


def _moons(n: int, noise: float, random: np.random.Generator):
    """Two half circles of radius 3 that reach into each other; noise is a normal deviation of 1.5 * noise."""
    counts = _split(n, 2)
    angle = np.concatenate([np.linspace(0, np.pi, count) for count in counts])
    moon = np.repeat([0, 1], counts)
    side = np.where(moon == 0, 1.0, -1.0)
    xy = 3.0 * side[:, None] * np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
    return _mixed(xy + 1.5 * noise * random.standard_normal((n, 2)), moon, random)


def _blobs(n: int, noise: float, random: np.random.Generator):
    """Three round clouds at the corners of a triangle, deviation 0.5 + 1.6 * noise (1.3 at noise 0.5)."""
    centers = np.array([[-2.6, -1.6], [2.6, -1.6], [0.0, 2.9]])
    return _mixed(*clouds(centers, np.full((3, 2), 0.5 + 1.6 * noise), _split(n, 3), random), random)


def _stripes(n: int, noise: float, random: np.random.Generator):
    """Two long level stripes, 11 wide, at y = +-1.2; noise is their deviation in y, 0.15 + noise."""
    stripe = np.repeat([0, 1], _split(n, 2))
    x = random.uniform(-5.5, 5.5, n)
    y = np.where(stripe == 0, 1.2, -1.2) + (0.15 + noise) * random.standard_normal(n)
    return _mixed(np.stack([x, y], axis=1), stripe, random)


def _tilted(n: int, noise: float, random: np.random.Generator):
    """One long cloud, turned by 30 degrees: deviation 2.4 along it and 0.6 across at noise 0.1 (4:1), 1.2 at
    noise 0.4 (variances of 4:1: an axis is then seen to turn several times); rounder with more noise. One class, since nothing that finds directions asks for classes, and the brush still has one."""
    along, across = 2.4, 2.4 * (0.25 + 0.75 * (noise - 0.1) / 0.9 if noise > 0.1 else 0.15 + noise)
    turn = np.deg2rad(30.0)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return random.standard_normal((n, 2)) * [along, across] @ rotation, np.zeros(n, dtype=np.int64)


def _disc_in_space(n: int, noise: float, random: np.random.Generator):
    """A flat disc, half as long again as it is wide, tilted so that no column can be left out without loss: radii 6
    and 4, a thickness that deviates by 0.2 + noise."""
    angle, r = random.uniform(0, 2 * np.pi, n), np.sqrt(random.uniform(0, 1, n))
    flat = np.stack([6 * r * np.cos(angle), 4 * r * np.sin(angle), (0.2 + noise) * random.standard_normal(n)], axis=1)
    along = np.array([0.60, 0.35, 0.72])
    across = np.array([0.55, -0.83, -0.05])
    along, across = along / np.linalg.norm(along), across - across @ along / (along @ along) * along
    across = across / np.linalg.norm(across)
    xyz = flat @ np.stack([along, across, np.cross(along, across)])
    return np.clip(xyz, -5.9, 5.9), np.zeros(n, dtype=np.int64)


def _logic(answers: tuple[int, int, int, int]) -> Drawer:
    def draw(n: int, noise: float, random: np.random.Generator):
        return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array(answers, dtype=np.int64)

    return draw


GENERATORS: dict[str, Generator] = {
    entry.id: entry
    for entry in (
        Generator("circles", Text("Circles", "원"), _circles, 2, default_noise=0.0),
        Generator("xor", Text("Exclusive or", "배타적 논리합(XOR)"), _xor, 2, default_noise=0.0),
        Generator("gaussians", Text("Two Gaussians", "가우스 분포 둘"), _gaussians, 2, default_noise=0.2),
        Generator("spirals", Text("Spirals", "나선"), _spirals, 2, default_noise=0.0),
        Generator("moons", Text("Moons", "초승달"), _moons, 2, default_noise=0.15),
        Generator("blobs", Text("Blobs", "덩어리 셋"), _blobs, 3, default_n=150, default_noise=0.5),
        Generator("stripes", Text("Stripes", "줄무늬"), _stripes, 2, default_noise=0.1),
        Generator("tilted", Text("Tilted cloud", "기울어진 구름"), _tilted, 1, default_n=100, default_noise=0.4),
        Generator("disc3d", Text("Flat disc in space", "공간 속 납작한 원반"), _disc_in_space, 1, default_noise=0.4),
        Generator("logic_and", Text("Logic: AND", "논리 AND"), _logic((0, 0, 0, 1)), 2, 4, 0.0, False, False),
        Generator("logic_or", Text("Logic: OR", "논리 OR"), _logic((0, 1, 1, 1)), 2, 4, 0.0, False, False),
        Generator("logic_xor", Text("Logic: XOR", "논리 XOR"), _logic((0, 1, 1, 0)), 2, 4, 0.0, False, False),
    )
}

_UNKNOWN = Text(
    "There is no built-in data set called {name}. Choose one of: {known}.",
    "{name:이라는/라는} 내장 데이터셋은 없습니다. 다음 가운데 하나를 고르세요: {known}.",
)
_COUNT = Text(
    "The number of points must be a whole number from {least} to {most}, but {given} was given.",
    "점의 개수는 {least} 이상 {most} 이하의 정수여야 하는데 {given:이/가} 주어졌습니다.",
)
_NOISE = Text(
    "The noise must lie between 0 and 1, but {given} was given.",
    "잡음은 0 이상 1 이하여야 하는데 {given:이/가} 주어졌습니다.",
)
_SEED = Text(
    "The seed must be a whole number, 0 or more, but {given} was given.",
    "시드는 0 이상의 정수여야 하는데 {given:이/가} 주어졌습니다.",
)
