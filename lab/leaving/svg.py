"""A frame as an SVG file, without Qt: the second renderer of the marks, for the command line and for papers."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

import numpy as np

from lab.data.datasets import Dataset
from lab.leaving.svg_marks import Canvas, number, paint, shortened, wrapped
from lab.looks.palette import ThemeName, role_color
from lab.looks.raster import value_colors
from lab.looks.ticks import axis_ticks, tick_text
from lab.looks.view import View, filling, has_equal_aspect, home_view
from lab.protocol.packet import Packet
from models.core.marks import Field, Points, Segments, Trail
from models.words.numbers import figure
from models.words.numbers import number as written
from models.words.text import Lang, Text

FONTS = "Pretendard, 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', 'DejaVu Sans', Arial, sans-serif"
MOST_POINTS = 20_000
_LEFT, _TOP, _RIGHT, _BOTTOM = 104.0, 96.0, 204.0, 66.0
_MOST_LEGEND = 14

CLUSTER = Text("cluster {number:d}", "군집 {number:d}")
TRAINING = Text("training data", "훈련 데이터")
TEST = Text("test data", "테스트 데이터")
WRONG = Text("classified wrongly", "틀리게 분류한 점")
SAMPLED = Text("{shown:,d} of {n:,d} points drawn", "점 {n:,d}개 중 {shown:,d}개만 표시")
SLICE = Text("A slice: {names} held at the median.", "단면: {names:은/는} 중앙값으로 고정했습니다.")
AXES_DIFFER = Text("The two axes have different scales.", "두 축의 눈금 간격이 서로 다릅니다.")
PLANE_OF = Text("{name}: {y} against {x}", "{name}: {x}에 따른 {y}")


# -- the plane's frame -------------------------------------------------------------------------------------------------


def plane_bounds(dataset: Dataset, width: int = 960, height: int = 720) -> View:
    """What `render_svg` would show with no raster to follow: the part of the plane that fills its box.

    Give it to a session as a Look, and the raster covers the whole box.
    """
    view = home_view(dataset)
    return filling(view, *_whole_box(width, height)[2:]) if has_equal_aspect(dataset) else view


def _whole_box(width: int, height: int) -> tuple[float, float, float, float]:
    return (_LEFT, _TOP, width - _LEFT - _RIGHT, height - _TOP - _BOTTOM)


def _frame(
    dataset: Dataset, packet: Packet, width: int, height: int
) -> tuple[View, tuple[float, float, float, float], bool]:
    """Bounds, box, and whether the axes are equal. A raster decides the bounds; the box then takes their form."""
    raster = next((mark for mark in packet.picture.marks if isinstance(mark, Field)), None)
    bounds = plane_bounds(dataset, width, height) if raster is None else raster.extent
    left, top, box_width, box_height = _whole_box(width, height)
    is_equal = has_equal_aspect(dataset)
    if is_equal:
        px = min(box_width / (bounds[1] - bounds[0]), box_height / (bounds[3] - bounds[2]))
        box_width, box_height = px * (bounds[1] - bounds[0]), px * (bounds[3] - bounds[2])
    return bounds, (left, top, box_width, box_height), is_equal


# -- the picture -------------------------------------------------------------------------------------------------------


def render_svg(
    dataset: Dataset,
    packet: Packet,
    lang: Lang,
    theme: ThemeName = "light",
    width: int = 960,
    height: int = 720,
) -> str:
    """The plane of a packet as an SVG document: axes in original units, surface, points, marks, legend, narration."""
    bounds, box, is_equal = _frame(dataset, packet, width, height)
    shapes = dataset.answers if dataset.has_classes else np.zeros(dataset.n, dtype=np.int64)
    radius = 7.0 if dataset.n <= 600 else 5.0 if dataset.n <= 3000 else 3.0
    is_drawn = _sample(dataset.n)
    canvas = Canvas(bounds, box, theme, lang, radius, shapes, _point_colors(dataset, theme), is_drawn)
    marks = packet.picture.marks
    canvas.add("rect", x=box[0], y=box[1], width=box[2], height=box[3], fill=canvas.color("surface"))
    for mark in marks:
        if isinstance(mark, Field):
            paint(canvas, mark)
    _data(canvas, dataset, packet)
    for mark in marks:
        if not isinstance(mark, Field):
            paint(canvas, mark)
    _cover_margins(canvas, width, height)
    _axes(canvas, dataset)
    said = _titles(canvas, dataset, packet, width)
    _legend(canvas, dataset, packet, height)
    asides = [] if is_equal else [AXES_DIFFER.say(lang)]
    held = [name for i, name in enumerate(dataset.feature_names) if i not in dataset.axes]
    if held and any(isinstance(mark, Field) for mark in marks):
        shown = ", ".join(held[:4]) + (" …" if len(held) > 4 else "")
        asides.insert(0, SLICE.say(lang, {"names": shown}))
    if not is_drawn.all():
        asides.append(SAMPLED.say(lang, {"shown": int(is_drawn.sum()), "n": dataset.n}))
    for i, line in enumerate(wrapped(" ".join(asides), (_RIGHT - 30) / 12, 4)):
        canvas.text(box[0] + box[2] + 14, height - 62 + 15 * i, line, 12, role="muted")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" role="img" xml:lang="{lang}" '
        f'font-family="{escape(FONTS)}">\n'
        f"<title>{_clean(said)}</title>\n" + "\n".join(map(_without_controls, canvas.elements)) + "\n</svg>\n"
    )


def _without_controls(text: str) -> str:
    """Text without the characters that XML 1.0 does not know."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "�", text)


def _clean(text: str) -> str:
    return escape(_without_controls(text))


def _sample(n: int) -> np.ndarray:
    """(n,) which rows are drawn: all, or a fair choice where they are too many to see and to paint."""
    is_drawn = np.ones(n, dtype=bool)
    if n > MOST_POINTS:
        is_drawn[np.random.default_rng(0).choice(n, n - MOST_POINTS, replace=False)] = False
    return is_drawn


def _data(canvas: Canvas, dataset: Dataset, packet: Packet) -> None:
    """The points of the dataset: test points hollow, wrong ones ringed. Rows that a mark colours anew are left to it."""
    picture = packet.picture
    left_out = _is_recolored(dataset, packet)
    is_test = np.zeros(dataset.n, dtype=bool)
    is_test[picture.test_rows] = True
    colors = canvas.point_colors
    places = canvas.to_px(dataset.plane)
    for row in np.flatnonzero(canvas.is_drawn & ~left_out):
        x, y = places[row]
        fill, stroke, line = colors[row], canvas.color("outline"), 1.2
        if is_test[row]:
            fill, stroke, line = canvas.color("surface"), colors[row], 2.2
            if dataset.has_values:  # a colour of the middle is nearly that of the ground: a dark rim holds it
                canvas.add("circle", cx=x, cy=y, r=canvas.radius + 1.4, fill=canvas.color("outline"))
        canvas.marker(x, y, int(canvas.shapes[row]), canvas.radius, fill=fill, stroke=stroke, stroke_width=line)
    for row in picture.wrong[canvas.is_drawn[picture.wrong]]:
        x, y = places[row]
        canvas.add("circle", cx=x, cy=y, r=canvas.radius + 4, fill="none", stroke=canvas.color("warning"),
                   stroke_width=2)  # fmt: skip


def _point_colors(dataset: Dataset, theme: ThemeName) -> list[str]:
    """The colour of each row of the dataset."""
    if dataset.has_classes:
        return [role_color(f"class:{number}", theme) for number in dataset.answers]
    if dataset.has_values and dataset.n:
        levels = value_colors(dataset.answers, (dataset.answers.min(), dataset.answers.max()), theme)
        return ["#{:02x}{:02x}{:02x}".format(*(round(v) for v in level)) for level in levels.tolist()]
    # Where their height says the value they need no colour of their own.
    return [role_color("class:0" if dataset.shows_target else "muted", theme)] * dataset.n


def _is_recolored(dataset: Dataset, packet: Packet) -> np.ndarray:
    """(n,) whether a mark draws this row of the data in the colour of a group."""
    found = np.zeros(dataset.n, dtype=bool)
    for mark in packet.picture.marks:
        if isinstance(mark, Points) and mark.symbol == "data" and mark.groups is not None and mark.rows is not None:
            found[mark.rows] = True
    return found


def _cover_margins(canvas: Canvas, width: int, height: int) -> None:
    """What reaches beyond the plane's box is covered: clip paths are not known to every reader of SVG."""
    left, top, box_width, box_height = canvas.box
    hole = f"M{number(left)} {number(top)}v{number(box_height)}h{number(box_width)}v{number(-box_height)}z"
    canvas.add("path", d=f"M0 0H{width}V{height}H0z{hole}", fill=canvas.color("window"), fill_rule="evenodd")
    canvas.add("rect", x=left, y=top, width=box_width, height=box_height, fill="none", stroke=canvas.color("ink"),
               stroke_width=1)  # fmt: skip


# -- words around it ---------------------------------------------------------------------------------------------------


def _axes(canvas: Canvas, dataset: Dataset) -> None:
    left, top, width, height = canvas.box
    x0, x1, y0, y1 = canvas.bounds
    values, step = axis_ticks(x0, x1, width)
    for value in values:
        ((x, _),) = canvas.to_px([value, y0])
        canvas.add("line", x1=x, y1=top + height, x2=x, y2=top + height + 6, stroke=canvas.color("ink"))
        canvas.text(x, top + height + 22, tick_text(value, step), 14, text_anchor="middle")
    values, step = axis_ticks(y0, y1, height)
    for value in values:
        ((_, y),) = canvas.to_px([x0, value])
        canvas.add("line", x1=left - 6, y1=y, x2=left, y2=y, stroke=canvas.color("ink"))
        canvas.text(left - 10, y + 5, tick_text(value, step), 14, text_anchor="end")
    x_name, y_name = (shortened(name, 30) for name in dataset.axis_names)
    canvas.text(left + width / 2, top + height + 48, x_name, 16, text_anchor="middle")
    middle = top + height / 2
    canvas.text(22, middle, y_name, 16, text_anchor="middle", transform=f"rotate(-90 22 {number(middle)})")


def _titles(canvas: Canvas, dataset: Dataset, packet: Packet, width: int) -> str:
    """The place in the run, and under it what happened, in at most two lines. Returns what a reader hears first."""
    lang = canvas.lang
    x, y = dataset.axis_names
    head = PLANE_OF.say(lang, {"name": dataset.name, "x": x, "y": y}) if dataset.name else f"{x}, {y}"
    parts = [packet.place.say(lang)] if packet.place is not None else []
    if packet.phase_name is not None:
        parts.append(packet.phase_name.say(lang))
    title = " · ".join(parts) or head
    # The reason of an end comes first: it is what must not be cut where there is no room for all.
    said = [text.say(lang) for text in (packet.outcome, packet.notice, packet.narration) if text is not None]
    canvas.text(24, 32, shortened(title, (width - 48) / 21), 21, font_weight="bold")
    for i, line in enumerate(wrapped(" · ".join(said), (width - 48) / 16, 2)):
        canvas.text(24, 58 + 22 * i, line, 16)
    return f"{head}. {title}"


def _legend(canvas: Canvas, dataset: Dataset, packet: Packet, height: int) -> None:
    """The column on the right: what shapes, colours and rings mean, and the figures of the shown frame."""
    lang, x, y = canvas.lang, canvas.box[0] + canvas.box[2] + 22, _TOP + 8.0
    outline = canvas.color("outline")

    def entry(said: str) -> None:
        nonlocal y
        canvas.text(x + 18, y + 5, shortened(said, 10.2), 15)
        y += 24

    # Where colours tell clusters, points have no class: a cluster is not one.
    in_class_colors = ~_is_recolored(dataset, packet)
    present = np.unique(dataset.answers[in_class_colors]) if dataset.has_classes else np.zeros(0, dtype=np.int64)
    for class_number in present[:_MOST_LEGEND]:
        color = canvas.color(f"class:{class_number}")
        canvas.marker(x, y, int(class_number), 7, fill=color, stroke=outline, stroke_width=1.2)
        entry(dataset.class_names[class_number])
    if len(present) > _MOST_LEGEND:
        entry("…")
    marks = [mark for mark in packet.picture.marks if isinstance(mark, Points) and mark.keeps_shape]
    if marks and dataset.has_classes:  # colours tell clusters, shapes the classes
        for class_number in np.unique(dataset.answers)[:_MOST_LEGEND]:
            canvas.marker(x, y, int(class_number), 7, fill=canvas.color("muted"), stroke=outline, stroke_width=1.2)
            entry(dataset.class_names[class_number])
    if dataset.has_values and dataset.n:
        for row in (int(dataset.answers.argmax()), int(dataset.answers.argmin())):
            color = canvas.point_colors[row]
            canvas.add("circle", cx=x, cy=y, r=7, fill=color, stroke=outline, stroke_width=1.2)
            entry(f"{dataset.target_name} = {written(dataset.answers[row])}")
    for cluster in _clusters(packet)[:_MOST_LEGEND]:
        canvas.add("rect", x=x - 7, y=y - 7, width=14, height=14, rx=4, fill=canvas.color(f"cluster:{cluster}"))
        entry(CLUSTER.say(lang, {"number": cluster + 1}))
    if len(packet.picture.test_rows):
        canvas.add("circle", cx=x, cy=y, r=6.5, fill=canvas.color("muted"), stroke=outline, stroke_width=1.2)
        entry(TRAINING.say(lang))
        canvas.add(
            "circle", cx=x, cy=y, r=6.5, fill=canvas.color("surface"), stroke=canvas.color("muted"), stroke_width=2.2
        )
        entry(TEST.say(lang))
    if len(packet.picture.wrong):
        canvas.add("circle", cx=x, cy=y, r=8, fill="none", stroke=canvas.color("warning"), stroke_width=2)
        entry(WRONG.say(lang))
    y += 14
    for name, value in packet.metrics.items():
        if y > height - 110:
            break
        label = packet.metric_labels[name].say(lang) if name in packet.metric_labels else name
        for line in wrapped(label, 13.0, 2):
            canvas.text(x - 8, y, line, 13, role="muted")
            y += 17
        canvas.text(x - 8, y + 4, figure(name, value), 17, font_weight="bold")
        y += 32


def _clusters(packet: Packet) -> list[int]:
    """The clusters that the picture colours something by."""
    found: set[int] = set()
    for mark in packet.picture.marks:
        if isinstance(mark, (Points, Segments)) and mark.groups is not None and mark.group_role == "cluster":
            found |= {int(group) for group in np.unique(mark.groups) if group >= 0}
        elif isinstance(mark, Trail) and mark.group_role == "cluster":
            found |= set(range(len(mark.paths)))
    return sorted(found)
