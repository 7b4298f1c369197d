"""The SVG renderer: against a committed picture of every mark, and against what a reader of the picture needs."""

from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lab.data.datasets import Dataset
from lab.leaving.svg import plane_bounds, render_svg
from lab.leaving.svg_marks import across, shortened, wrapped
from lab.looks import palette
from lab.looks.raster import field_pixels, png
from lab.protocol.packet import Packet, Picture
from models.core import marks
from models.core.marks import Arrow, Bars, Ellipse, Field, Note, Points, Segments, Trail
from models.core.marks import Path as PathMark
from models.words.text import Said, Text

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
SVG = "{http://www.w3.org/2000/svg}"
_PNG = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")


def _dataset(**changes) -> Dataset:
    xy = np.array([[-2.0, 1.0], [1.0, 2.0], [2.0, -1.5], [-1.0, -2.0], [0.5, 0.5], [-2.5, -0.5], [2.5, 1.5]])
    whole = Dataset(
        name="seven <points>",
        feature_names=("width (cm)", "height & depth (cm)"),
        features=xy,
        targets=np.arange(7),
        class_names=tuple("ABCDEFG"),
        view=(-3.0, 3.0, -3.0, 3.0),
    )
    return whole.replace(**changes)


def _every_mark() -> tuple[marks.Mark, ...]:
    """One of each type, and of each way in which a type can look."""
    left = np.linspace(1.0, 0.0, 8, dtype=np.float32)[None, :].repeat(6, axis=0)
    shares = np.stack([left, 1 - left], axis=2)
    return (
        Field(key="surface", shares=shares, extent=(-3.0, 3.0, -3.0, 3.0), boundary=(np.array([[0.0, -3], [0, 3]]),)),
        Points(key="ring", role="accent", at=np.array([[1.0, 2.0]]), rows=np.array([1])),
        Points(key="again", at=np.array([[-2.0, 1.0]]), rows=np.array([0]), symbol="data", emphasis="focus"),
        Points(key="grouped", at=np.array([[2.0, -1.5]]), rows=np.array([2]), symbol="data", groups=np.array([1])),
        Points(
            key="centers",
            at=np.array([[-1.5, 1.5], [1.5, -1.5]]),
            symbol="cross",
            groups=np.array([0, 1]),
            labels=("1", "2"),
        ),  # fmt: skip
        Points(key="query", role="accent", at=np.array([[0.0, 0.0]]), symbol="query"),
        Points(key="shadows", role="muted", at=np.array([[0.2, 0.2], [0.4, 0.4]]), symbol="dot", emphasis="muted"),
        Segments(key="line", starts=np.array([[-1.0, -1.0]]), ends=np.array([[1.0, 0.5]]), extend=True),
        Segments(
            key="links",
            starts=np.zeros((2, 2)),
            ends=np.array([[1.0, 2.0], [2.0, -1.5]]),
            thin=True,
            dashed=True,
            groups=np.array([0, 3]),
            group_role="class",
            labels=("0.85", "1.12"),
        ),  # fmt: skip
        PathMark(
            key="hull", role="ink", vertices=np.array([[-2.8, -2.8], [-2, -2.8], [-2, -2]]), closed=True, filled=True
        ),
        Arrow(
            key="weights", role="accent", at=np.zeros(2), direction=np.array([1.0, 1.0]), kind="normal", strength=0.5
        ),
        Arrow(key="shift", role="cluster:1", at=np.array([1.0, 1.0]), direction=np.array([0.5, 0.0])),
        Ellipse(key="circle", role="accent", center=np.zeros(2), radius=1.12, dashed=True),
        Trail(key="trails", source="centroids", paths=(np.array([[-2.0, 2.0], [-1.7, 1.6], [-1.5, 1.5]]),)),
        Bars(
            key="votes",
            title=Text("Votes", "득표"),
            labels=("A", Text("left", "왼쪽")),
            values=np.array([2.0, 1.0]),
            most=3.0,
            roles=("class:0", "class:1"),
        ),  # fmt: skip
        Note(key="note", at=np.array([0.0, -2.6]), text=Text("{n} points", "점 {n}개"), values={"n": 7}),
    )


def _packet(**changes) -> Packet:
    given = {
        "picture": Picture(
            marks=_every_mark(), wrong=np.array([3]), train_rows=np.arange(5), test_rows=np.array([5, 6])
        ),
        "place": Said(Text("round {k}", "반복 {k}"), {"k": 3}),
        "phase_name": Text("assign", "할당"),
        "narration": Said(Text("Points < 3 & more change sides.", "점 3개의 군집이 바뀌었습니다."), {}),
        "metrics": {"inertia": 87.234, "accuracy": -0.5},
        "metric_labels": {"inertia": Text("inertia", "군집 내 제곱합(inertia)")},
    }
    return Packet(version=1, state="paused", **given | changes)


def _pixels(drawn: str) -> np.ndarray:
    data = base64.b64decode(_PNG.search(drawn).group(1))
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def _texts(drawn: str) -> list[str]:
    return ["".join(e.itertext()) for e in ElementTree.fromstring(drawn.encode()).iter(f"{SVG}text")]


@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("ko", "dark")])
def test_that_every_mark_is_drawn_as_in_the_committed_picture(lang, theme):
    drawn = render_svg(_dataset(), _packet(), lang, theme)
    golden = (GOLDEN / f"every_mark_{lang}_{theme}.svg").read_text(encoding="utf-8")
    # The raster's compressed bytes may differ between versions of zlib: its pixels are compared instead.
    assert _PNG.sub("png", drawn) == _PNG.sub("png", golden)
    assert np.array_equal(_pixels(drawn), _pixels(golden))


def test_that_the_committed_picture_holds_every_type_of_mark():
    types = {cls for cls in vars(marks).values() if isinstance(cls, type) and issubclass(cls, marks.Mark)}
    assert {type(mark) for mark in _every_mark()} == types - {marks.Mark}


def test_that_names_with_markup_and_control_characters_stay_text():
    dataset = _dataset(
        feature_names=('a<b>"', "c&\x00d"), class_names=("<script>", "</svg>", "&amp;", "D", "E", "F", "G")
    )
    drawn = render_svg(dataset, _packet(picture=Picture()), "en")
    said = _texts(drawn)
    assert 'a<b>"' in said and "c&�d" in said and "<script>" in said and "</svg>" in said and "&amp;" in said
    assert ElementTree.fromstring(drawn.encode()).find(f".//{SVG}script") is None


def test_that_the_picture_speaks_the_chosen_language():
    english, korean = (" ".join(_texts(render_svg(_dataset(), _packet(), lang))) for lang in ("en", "ko"))
    assert "round 3 · assign" in english and "test data" in english and "7 points" in english
    assert "반복 3 · 할당" in korean and "테스트 데이터" in korean and "점 7개" in korean and "round" not in korean


def test_that_test_points_are_hollow_and_wrong_ones_ringed():
    dataset = _dataset(targets=np.zeros(7, dtype=np.int64), class_names=("A",))
    picture = Picture(wrong=np.array([3]), train_rows=np.arange(5), test_rows=np.array([5, 6]))
    root = ElementTree.fromstring(render_svg(dataset, _packet(picture=picture), "en").encode())
    blue, ground, warning = (palette.role_color(role, "light") for role in ("class:0", "surface", "warning"))
    circles = [c for c in root.iter(f"{SVG}circle") if float(c.get("cx")) < 750]  # those left of the legend
    assert sum(c.get("fill") == blue for c in circles) == 5
    assert sum(c.get("fill") == ground and c.get("stroke") == blue for c in circles) == 2
    (ring,) = (c for c in circles if c.get("stroke") == warning)
    (wrong,) = (c for c in circles if c.get("fill") == blue and c.get("cx") == ring.get("cx"))
    assert wrong.get("cy") == ring.get("cy") and float(ring.get("r")) > float(wrong.get("r"))


def test_that_points_in_cluster_colours_lose_their_class_colour_and_the_legend_says_clusters():
    dataset = _dataset(targets=np.array([0, 1, 0, 1, 0, 1, 0]), class_names=("cat", "dog"))
    members = Points(
        key="m", rows=np.arange(7), at=dataset.features, symbol="data", groups=np.array([0, 0, 0, 1, 1, 1, 1])
    )
    drawn = render_svg(dataset, _packet(picture=Picture(marks=(members,), train_rows=np.arange(7))), "en")
    assert palette.role_color("class:0", "light") not in drawn and palette.role_color("class:1", "light") not in drawn
    assert drawn.count(palette.role_color("cluster:1", "light")) == 5  # four points and the legend
    said = _texts(drawn)
    assert "cluster 1" in said and "cluster 2" in said and "cat" not in said


def test_that_points_without_a_group_are_grey_and_no_class_stands_in_the_legend():
    dataset = _dataset(targets=np.array([0, 1, 0, 1, 0, 1, 0]), class_names=("cat", "dog"))
    members = Points(
        key="m", role="muted", rows=np.arange(7), at=dataset.features, symbol="data", groups=np.full(7, -1)
    )
    drawn = render_svg(dataset, _packet(picture=Picture(marks=(members,), train_rows=np.arange(7))), "en")
    assert drawn.count(f'fill="{palette.role_color("muted", "light")}" stroke="') == 7
    assert not any(palette.role_color(f"class:{k}", "light") in drawn for k in (0, 1)) and "cat" not in _texts(drawn)


def test_that_a_normal_stands_upright_on_its_line_when_the_axes_differ():
    dataset = _dataset(origin="table", view=(0.0, 100.0, 0.0, 1.0))
    line = Segments(key="l", starts=np.array([[0.0, 0.0]]), ends=np.array([[100.0, 1.0]]), extend=True)
    # 0.01 x - y = 0 has the normal (0.01, -1), whatever the axes.
    arrow = Arrow(key="w", at=np.array([50.0, 0.5]), direction=np.array([0.01, -1.0]), kind="normal")
    root = ElementTree.fromstring(render_svg(dataset, _packet(picture=Picture(marks=(line, arrow))), "en").encode())
    pieces = [
        np.array([[float(v) for v in p.split(",")] for p in e.get("points").split()])
        for e in root.iter(f"{SVG}polyline")
    ]
    (along, _, upright) = (piece[-1] - piece[0] for piece in pieces)
    cosine = along @ upright / np.linalg.norm(along) / np.linalg.norm(upright)
    assert abs(cosine) < 0.01


def test_that_one_unit_is_equally_long_on_both_axes_unless_the_spans_are_far_apart():
    dataset = _dataset(view=(0.0, 4.0, 0.0, 1.0))
    x0, x1, y0, y1 = plane_bounds(dataset)
    assert x0 <= 0 and x1 >= 4 and y0 <= 0 and y1 >= 1
    root = ElementTree.fromstring(render_svg(dataset, _packet(picture=Picture()), "en").encode())
    box = next(root.iter(f"{SVG}rect"))
    assert float(box.get("width")) / (x1 - x0) == pytest.approx(float(box.get("height")) / (y1 - y0), rel=1e-3)
    assert "The two axes have different scales." in " ".join(
        _texts(render_svg(_dataset(view=(0.0, 50.0, 0.0, 4e7)), _packet(picture=Picture()), "en"))
    )


def test_that_of_very_many_points_a_fair_sample_is_drawn_and_said():
    n = 30_000
    dataset = _dataset(features=np.random.default_rng(1).uniform(-3, 3, (n, 2)), targets=None, class_names=())
    members = Points(key="m", rows=np.arange(n), at=dataset.features, symbol="data", groups=np.zeros(n, dtype=int))
    for marks_shown in ((), (members,)):
        picture = Picture(marks=marks_shown, train_rows=np.arange(n))
        drawn = render_svg(dataset, _packet(picture=picture, metrics={}), "en")
        assert drawn.count("<circle") == 20_000
        assert "20,000 of 30,000 points drawn" in " ".join(_texts(drawn))


@pytest.mark.parametrize("n", [0, 1])
def test_that_an_empty_plane_and_a_single_point_are_drawn(n):
    dataset = _dataset(features=np.full((n, 2), 5.0), targets=None, class_names=(), view=None)
    root = ElementTree.fromstring(render_svg(dataset, Packet(version=1, state="unready"), "ko").encode())
    box = {name: float(value) for name, value in next(root.iter(f"{SVG}rect")).items() if name != "fill"}
    circles = [(float(c.get("cx")), float(c.get("cy"))) for c in root.iter(f"{SVG}circle")]
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert circles == [pytest.approx(middle, abs=1.0)] * n, "a point alone stands in the middle"
    said = _texts(ElementTree.tostring(root, encoding="unicode"))
    assert "width (cm)" in said and ("0" in said if n == 0 else "5.00" in said), "axes have names and numbers"


def test_that_the_png_is_read_by_pillow_pixel_by_pixel():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(pixels)))), pixels)


def test_that_the_raster_mixes_colours_by_share_from_the_bottom_up_and_stays_pale():
    shares = np.zeros((2, 1, 2), dtype=np.float32)
    shares[0, 0, 0] = shares[1, 0, 1] = 1.0  # class 0 at the bottom
    top, bottom = field_pixels(Field(key="f", shares=shares), "light")[:, 0].astype(float)
    blue, vermillion = (np.array(palette.rgb(palette.CLASS_COLORS_LIGHT[i]), dtype=float) for i in (0, 1))
    white = np.full(3, 255.0)
    for shown, color in ((bottom, blue), (top, vermillion)):
        assert (white - shown) @ (white - color) > 0.99 * np.linalg.norm(white - shown) * np.linalg.norm(white - color)
        assert np.linalg.norm(white - shown) < 0.5 * np.linalg.norm(white - color)


def test_that_a_line_is_cut_at_the_box():
    box = (0.0, 0.0, 10.0, 10.0)
    assert np.allclose(across(np.array([4.0, 4.0]), np.array([5.0, 5.0]), box), [[0, 0], [10, 10]])
    assert np.allclose(across(np.array([3.0, 1.0]), np.array([3.0, 2.0]), box), [[3, 0], [3, 10]])
    assert across(np.array([11.0, 1.0]), np.array([11.0, 2.0]), box) is None
    assert across(np.array([5.0, 5.0]), np.array([5.0, 5.0]), box) is None


def test_that_long_words_are_shortened_and_sentences_broken_between_words():
    assert shortened("abc", 10) == "abc" and shortened("가나다라마바사", 4).endswith("…")
    lines = wrapped("one two three four five six", 7, 2)
    assert len(lines) == 2 and all("  " not in line for line in lines) and lines[-1].endswith("…")
    assert wrapped("짧은 말", 20, 2) == ["짧은 말"]


# -- colours and shapes ------------------------------------------------------------------------------------------------


def _oklab(color: str) -> np.ndarray:
    """Ottosson's transform (2020), as published."""
    c = np.array(palette.rgb(color)) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    lms = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                    [0.0883024619, 0.2817188376, 0.6299787005]]) @ linear  # fmt: skip
    return np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                     [0.0259040371, 0.7827717662, -0.8086757660]]) @ np.cbrt(lms)  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_that_no_cluster_looks_like_a_class_or_like_another_cluster(theme):
    classes = [_oklab(c) for c in palette.class_colors(theme)]
    clusters = [_oklab(c) for c in palette.cluster_colors(theme)]
    assert len(clusters) == 20
    for i, cluster in enumerate(clusters):
        assert min(np.linalg.norm(cluster - c) for c in classes) > 0.09
        assert all(np.linalg.norm(cluster - other) > 0.05 for other in clusters[:i])


def test_that_yellow_never_stands_on_light_nor_black_on_dark():
    assert palette.CLASS_COLORS_LIGHT[6] == "#000000" and palette.CLASS_COLORS_DARK[6] == "#f0e442"
    assert palette.role_color("class:7", "light") == palette.role_color("class:0", "light")
    with pytest.raises(KeyError):
        palette.role_color("klass:1", "light")


def test_that_all_markers_have_the_same_area():
    assert palette.shape_vertices(0) is None and palette.shape_vertices(7) is None
    for shape in range(1, 7):
        x, y = np.array(palette.shape_vertices(shape)).T
        area = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
        assert area == pytest.approx(np.pi / 4)


def test_that_a_surface_through_more_columns_is_said_to_be_a_slice():
    wide = _dataset(
        feature_names=("a", "b", "c"), features=np.arange(21.0).reshape(7, 3), axes=(0, 2), view=(0.0, 20.0, 0.0, 20.0)
    )
    shares = np.full((2, 2, 2), 0.5, dtype=np.float32)
    field = Field(key="surface", shares=shares, extent=(0.0, 20.0, 0.0, 20.0))
    said = " ".join(_texts(render_svg(wide, _packet(picture=Picture(marks=(field,))), "en")))
    assert "A slice: b held" in said
    assert "A slice" not in " ".join(_texts(render_svg(wide, _packet(picture=Picture()), "en")))


@pytest.mark.parametrize("is_kept", [False, True])
def test_that_a_mark_that_keeps_the_shapes_draws_clusters_in_the_shapes_of_the_classes(is_kept):
    rows = np.arange(7)
    members = Points(key="m", rows=rows, at=_dataset().plane, symbol="data", groups=rows % 2, keeps_shape=is_kept)
    drawn = render_svg(_dataset(), _packet(picture=Picture(marks=(members,), train_rows=rows)), "en")
    assert ("G" in _texts(drawn)) == is_kept, "the legend names the shapes"
    root = ElementTree.fromstring(drawn.encode())
    assert (len(root.findall(f"{SVG}polygon")) >= 12) == is_kept
