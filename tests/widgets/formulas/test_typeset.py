"""Formulas set in type: how they read, where they break, and that the window never waits for them."""

from __future__ import annotations

import subprocess
import sys
import threading
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from widgets.formulas import typeset
from widgets.formulas.latex import RANKS, split_at, weight, with_bracketed_powers, with_tight_signs
from widgets.formulas.typeset import LEGIBLE, FormulaLabel, Request, compose, escape, plain, typesetter
from widgets.kit.theme import theme

LONG = (
    r"z^{(1)}_2 = 0.3512 \cdot (-1.234) + (-0.871) \cdot 0.5512 + 2 \cdot (-0.03321) + 0.7 \cdot 1.5 + (-0.1) = 0.8123"
)
CHAIN = (
    r"\frac{\partial L}{\partial w^{(1)}_{21}} = \frac{\partial L}{\partial z^{(2)}_1} \cdot"
    r"\frac{\partial z^{(2)}_1}{\partial a^{(1)}_2} \cdot \frac{\partial a^{(1)}_2}{\partial z^{(1)}_2}"
)
FORMULAS = (
    LONG,
    CHAIN,
    r"w \leftarrow w + \eta (y - \hat{y})\, x",
    r"d = \sqrt{(1.2 - 3)^2 + (4 - (-5))^2} = 9.178",
    r"\hat{y} = \begin{cases} 1 & z \ge 0 \\ 0 & z < 0 \end{cases}",
    r"C = \begin{pmatrix} 1.5 & -0.2 \\ -0.2 & 3 \end{pmatrix}",
    r"p_k = \frac{e^{z_k}}{\sum_j e^{z_j}} \qquad L = -\ln p_y",
    r"\left(\frac{1}{n}\right) \sum_{i=1}^{n} \lVert x_i - \mu_k \rVert^2",
)


def ink(image: QImage) -> np.ndarray:
    """The image as (h, w, 4) bytes: blue, green, red, opacity."""
    plain_image = image.convertToFormat(QImage.Format.Format_ARGB32)
    bits = np.frombuffer(plain_image.constBits(), dtype=np.uint8).reshape(image.height(), -1)
    return bits[:, : 4 * image.width()].reshape(image.height(), image.width(), 4).copy()


@pytest.fixture
def settled(qtbot):
    """Waits until every formula that was asked for is set and shown."""

    def wait() -> None:
        qtbot.wait(20)  # requests are made when the layout has been done
        qtbot.waitUntil(lambda: not typesetter().is_working, timeout=20_000)
        qtbot.wait(1)

    yield wait
    typesetter().close()


@pytest.fixture
def page(qtbot):
    """A widget of 300 pixels with one label in it."""
    holder = QWidget()
    qtbot.addWidget(holder)
    holder.label = FormulaLabel()
    QVBoxLayout(holder).addWidget(holder.label)
    holder.layout().addStretch(1)
    holder.resize(300, 200)
    holder.show()
    return holder


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latex", "reading"),
    [
        (r"w \leftarrow w + \eta (y - \hat{y})\, x", "w ← w + η (y − ŷ) x"),
        (r"w^{(1)}_{12} \leftarrow 0.3512 - 0.03 \cdot (-1.234)", "w⁽¹⁾₁₂ ← 0.3512 − 0.03 · (−1.234)"),
        (r"\frac{\partial L}{\partial w_1} = \frac{a + b}{2}", "∂L/∂w₁ = (a + b)/2"),
        (r"\sqrt{(1.2-3)^2+4^2}", "√((1.2 − 3)² + 4²)"),
        (r"5 \cdot 10^{-7}", "5 · 10⁻⁷"),
        (r"\max(0, -z)", "max(0, −z)"),
        (r"|-0.5| + |x - 1| \le 2", "|−0.5| + |x − 1| ≤ 2"),
        (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", "[1, 2; 3, 4]"),
        (r"L = -\ln p_y", "L = −ln p_y"),
        (r"\lVert x - \mu_k \rVert", "‖x − μₖ‖"),
        (r"\text{?} = -\infty", "? = −∞"),
        (r"\mathbf{w}^\top \mathbf{x}", "wᵀ x"),
    ],
)
def test_that_a_formula_has_a_plain_reading(latex, reading):
    assert plain(latex) == reading


@given(st.text(alphabet=r"\{}^_&()[]=+-ab1. ", max_size=30))
def test_that_reading_breaking_and_tying_never_fail_on_unfinished_latex(latex):
    plain(latex)
    with_tight_signs(latex)
    assert weight(latex) >= 0
    for rank in range(RANKS):
        assert "".join(split_at(latex, rank)) == latex


@pytest.mark.parametrize("latex", FORMULAS)
def test_that_lines_end_only_outside_of_groups(latex):
    for rank in range(RANKS):
        pieces = split_at(latex, rank)
        assert "".join(pieces) == latex
        for piece in pieces:
            for opens, closes in (("{", "}"), (r"\left", r"\right"), (r"\begin", r"\end")):
                assert piece.count(opens) - (piece.count(r"\leftarrow") if opens == r"\left" else 0) == piece.count(
                    closes
                )


def test_that_a_formula_breaks_at_its_relations_first_and_never_after_a_sign():
    assert split_at(r"z = 1 + (-2) = -1", 0) == ["z ", "= 1 + (-2) ", "= -1"]
    assert split_at(r"z = 1 + (-2) = -1", 1) == ["z = 1 ", "+ (-2) = -1"]
    assert split_at(r"z = 1 + (-2 - 3)", 3) == ["z = 1 + (-2 ", "- 3)"]


def test_that_a_sign_before_a_number_is_tied_to_it_and_one_between_two_is_not():
    assert with_tight_signs("a - b = -c") == "a - b = {-}c"
    assert with_tight_signs("|-a| - |b|") == "|{-}a| - |b|"
    assert with_tight_signs(r"(-1) \cdot 10^{-5} - \frac{-1}{2}") == r"({-}1) \cdot 10^{{-}5} - \frac{{-}1}{2}"


def test_that_a_power_of_a_very_small_number_gets_brackets_and_can_be_set():
    latex = with_bracketed_powers(r"v = 0.001 \cdot 1.72 \cdot 10^{-7}^{2} + 3 \cdot 10^{-9}")
    assert latex == r"v = 0.001 \cdot (1.72 \cdot 10^{-7})^{2} + 3 \cdot 10^{-9}"
    assert compose(Request(latex, 16.0, "#000000")).image is not None


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=20))
def test_that_any_name_can_stand_in_a_formula(name):
    latex = rf"x_{{{escape(name)}}} = 1"
    assert compose(Request(latex, 16.0, "#000000")).image is not None
    assert "\\" not in escape(name).removeprefix(r"\text{")


@given(st.text(alphabet=r"abcXYZ0189 _{}\$%#&^~<>|'\"-+*/=()[]αβΩé", min_size=1, max_size=20))
def test_that_a_name_in_a_formula_reads_as_it_was_given(name):
    assert plain(escape(name)) == " ".join(unicodedata.normalize("NFC", name).split())


# -- setting -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("latex", FORMULAS)
@pytest.mark.parametrize("width", [120, 230, 500])
def test_that_a_formula_fits_the_width_and_stays_legible_where_it_can_be_broken(latex, width):
    done = compose(Request(latex, 16.0, "#123456", width))
    assert done.image.width() <= width + 1
    assert done.size <= 16.0
    whole = compose(Request(latex, 16.0, "#123456"))
    assert whole.lines == 1 and whole.size == 16.0
    if whole.image.width() <= width:
        assert done.lines == 1 and done.size == 16.0
    if width >= 230:
        assert done.size >= 0.9 * LEGIBLE * 16.0


def test_that_a_long_formula_is_broken_into_lines_only_where_it_is_too_long():
    assert [compose(Request(LONG, 16.0, "#000000", width)).lines for width in (900, 600)] == [1, 1]
    assert compose(Request(LONG, 16.0, "#000000", 260)).lines >= 3


def test_that_one_line_shrinks_into_its_room_and_takes_the_shorter_formula_where_it_would_be_too_small():
    done = compose(Request(LONG, 30.0, "#000000", 300, height=40))
    assert done.lines == 1 and done.image.width() <= 301 and done.image.height() <= 40
    shorter = compose(Request(LONG, 30.0, "#000000", 300, height=40, shorter="z = 1"))
    assert shorter.size == 30.0 and shorter.image.width() < 120
    assert compose(Request(CHAIN, 60.0, "#000000", 2000, height=50)).image.height() <= 50


def test_that_a_line_that_cannot_be_broken_shrinks_alone():
    fraction = rf"\frac{{{' + '.join(['0.123'] * 12)}}}{{7}}"
    both, alone = (compose(Request(latex, 16.0, "#000000", 240)) for latex in (f"C = {fraction} = 1.5", fraction))
    assert both.size < LEGIBLE * 16.0 and both.lines >= 2
    rows = np.flatnonzero(ink(both.image)[:, :, 3].any(axis=1))
    last = rows[rows > rows[np.flatnonzero(np.diff(rows) > 1)[-1]]]  # the line "= 1.5"
    assert len(last) >= 0.6 * LEGIBLE * 16.0 > 1.3 * both.size * 0.6
    assert alone.lines == 1


def test_that_ink_has_the_colour_asked_for_and_a_finer_screen_gets_a_finer_picture():
    once = compose(Request("x = 1", 20.0, "#1e90ff")).image
    pixels = ink(once).reshape(-1, 4)
    solid = pixels[pixels[:, 3] == 255]
    assert len(solid) > 5 and (solid[:, :3] == (0xFF, 0x90, 0x1E)).all()
    twice = compose(Request("x = 1", 20.0, "#1e90ff", ratio=2.0)).image
    assert twice.devicePixelRatio() == 2.0
    assert abs(twice.width() - 2 * once.width()) <= 2 and abs(twice.height() - 2 * once.height()) <= 2


def test_that_what_cannot_be_set_is_logged_without_a_traceback(caplog):
    for latex in (r"\frac{1}", "x < &", "x" * 5000):
        assert compose(Request(latex, 16.0, "#000000")).image is None
    records = [record for record in caplog.records if record.name == "learnscope.typeset"]
    assert len(records) == 3 and not any(record.exc_info for record in records)


def test_that_importing_loads_no_typesetter_and_setting_asks_no_network_and_no_font_of_the_system():
    code = """
import sys
seen = []
sys.addaudithook(lambda name, args: seen.append((name, str(args[0]))) if name == "open" or "socket" in name else None)
import widgets.formulas.typeset
assert "ziamath" not in sys.modules and "latex2mathml" not in sys.modules
request = widgets.formulas.typeset.Request(r"\\frac{a}{b} \\text{name} \\mathbf{x} + \\sum_i x_i", 16.0, "#000000")
assert widgets.formulas.typeset.compose(request).image is not None
fonts = [path for name, path in seen if path.endswith((".ttf", ".otf", ".ttc", ".pfb"))]
assert fonts and all("ziamath" in path or "ziafont" in path for path in fonts), fonts
assert not [name for name, _ in seen if "socket" in name], seen
"""
    subprocess.run([sys.executable, "-c", code], check=True)


# -- labels ------------------------------------------------------------------------------------------------------------


def test_that_a_label_shows_its_formula_and_says_it_in_words(page, settled):
    page.label.show_formula(r"w \leftarrow w + \eta x", 18.0)
    assert page.label.accessibleName() == "w ← w + η x"
    settled()
    assert page.label.is_settled and not page.label.pixmap().isNull()
    assert page.label.height() >= page.label.pixmap().height() / page.label.devicePixelRatioF()


def test_that_formulas_are_set_in_another_thread_which_ends_when_nothing_is_left(page, settled, monkeypatch):
    threads = []

    def noting(request):
        threads.append(threading.get_ident())
        return compose(request)

    monkeypatch.setattr(typeset, "compose", noting)
    page.label.show_formula("x + 1 = 2", 18.0)
    settled()
    assert threads and threading.get_ident() not in threads
    typesetter().close()
    assert not typesetter()._press.isRunning()
    page.label.show_formula("x + 1 = 3", 18.0)
    settled()
    assert page.label.is_settled and len(threads) == 2


def test_that_only_the_newest_of_many_requests_is_set_and_the_old_picture_stays_until_then(
    page, settled, qtbot, monkeypatch
):
    page.label.show_formula("x = 0", 18.0)
    settled()
    before = page.label.pixmap().cacheKey()
    gate, asked = threading.Event(), []

    def gated(request):
        asked.append(request.latex)
        gate.wait(10)
        return compose(request)

    monkeypatch.setattr(typeset, "compose", gated)
    for k in range(1, 6):
        page.label.show_formula(f"x = {k}", 18.0)
        qtbot.wait(5)
        assert page.label.pixmap().cacheKey() == before
    gate.set()
    settled()
    assert asked == ["x = 1", "x = 5"]
    assert page.label.is_settled and page.label.pixmap().cacheKey() != before


def test_that_a_hidden_label_asks_for_nothing_and_catches_up_when_it_is_shown(page, settled, monkeypatch):
    asked = []
    monkeypatch.setattr(typeset, "compose", lambda request: (asked.append(request.latex), compose(request))[1])
    page.hide()
    page.label.show_formula("a = 1", 18.0)
    page.label.show_formula("a = 2", 18.0)
    settled()
    assert asked == []
    page.show()
    settled()
    assert asked == ["a = 2"] and page.label.is_settled


def test_that_a_picture_that_was_set_before_is_there_at_once(page, settled, qtbot, monkeypatch):
    for latex in ("b = 1", "b = 2"):
        page.label.show_formula(latex, 18.0)
        settled()
    monkeypatch.setattr(typeset, "compose", lambda request: pytest.fail("set again"))
    page.label.show_formula("b = 1", 18.0)
    qtbot.wait(5)
    assert page.label.is_settled and not typesetter().is_working


def test_that_the_box_keeps_its_height_from_frame_to_frame_but_not_for_ever(page, settled):
    page.label.show_formula(r"x = \frac{\frac{1}{2}}{3}", 18.0)
    settled()
    high = page.label.height()
    page.label.show_formula("x = 1", 18.0)
    settled()
    assert page.label.height() == high
    page.resize(340, 200)
    settled()
    assert page.label.height() < high


def test_that_another_width_breaks_the_formula_anew(page, settled):
    page.label.show_formula(LONG, 16.0)
    settled()
    narrow = page.label.height()
    page.resize(900, 200)
    settled()
    assert page.label.is_settled and page.label.height() < narrow
    page.resize(300, 200)
    settled()
    assert page.label.height() == narrow


def test_that_a_switch_of_the_theme_changes_the_ink(page, settled):
    page.label.show_formula("x = 1", 18.0)
    settled()
    theme.set("dark")
    settled()
    pixels = ink(page.label.pixmap().toImage()).reshape(-1, 4)
    shown = pixels[pixels[:, 3] == 255][0]
    assert tuple(int(c) for c in shown[2::-1]) == theme.color("text").getRgb()[:3]


def test_that_a_formula_that_cannot_be_set_stands_in_words(page, settled):
    page.label.show_formula(r"x = \frac{1}", 18.0)
    settled()
    assert page.label.text() == "x = 1/" and page.label.pixmap().isNull()
    page.label.show_formula("x = 2", 18.0)
    settled()
    assert page.label.text() == "" and not page.label.pixmap().isNull()


def test_that_a_label_may_go_while_its_formula_is_being_set(qtbot, settled, monkeypatch):
    gate = threading.Event()
    monkeypatch.setattr(typeset, "compose", lambda request: (gate.wait(10), compose(request))[1])
    label = FormulaLabel()
    label.resize(300, 40)
    label.show()
    label.show_formula("c = 1", 18.0)
    qtbot.wait(10)
    label.close()
    label.deleteLater()
    qtbot.wait(10)
    gate.set()
    settled()
