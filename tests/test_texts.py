"""Both languages, everywhere: every Text is finished, agrees in its placeholders, and keeps to the glossary."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from models.words.text import Text

HOUSE = Path(__file__).resolve().parent.parent
FILES = sorted(p for floor in ("models", "lab", "widgets") for p in (HOUSE / floor).rglob("*.py"))
# Words of the glossary's "avoid" column that can be found without reading the sentence.
AVOIDED = (
    "기계학습", "기계 학습", "교사 학습", "트레이닝", "피처", "종속 변수", "추정치", "라벨", "로짓", "숨김층", "바이어스",
    "역치", "문턱값", "스텝 함수", "활성 함수", "크로스 엔트로피", "백프롭", "체인 룰", "비용 함수", "학습율", "최적화기",
    "에폭", "이터레이션", "모멘트", "프레임", "정규화", "과대적합", "오버피팅", "정확률", "오차 행렬", "질의점", "쿼리",
    "클러스터", "센트로이드", "배정", "팔꿈치", "차원 감소", "센터링", "파워 반복", "사영", "기여율", "초매개변수", "씨앗",
    "노이즈", "산포도", "시간선", "디바이스", "엑스포트", "프레젠테이션", "내레이션", "되감기",
)  # fmt: skip
SETTERS = {
    "setText",
    "setToolTip",
    "setWindowTitle",
    "setPlaceholderText",
    "setAccessibleName",
    "setAccessibleDescription",
    "setStatusTip",
    "setTitle",
    "addAction",
    "addMenu",
    "addButton",
    "setPrefix",
    "setSuffix",
    "setLabel",
    "addItem",
}
AXES = ("left", "bottom")  # pyqtgraph's names of an axis, the first argument of setLabel  # fmt: skip


def constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def texts() -> list[tuple[str, str, str]]:
    """Every Text written with two plain strings: (place, English, Korean)."""
    found = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text"):
                continue
            strings = [constant(argument) for argument in node.args]
            if len(strings) == 2 and None not in strings:
                found.append((f"{path.relative_to(HOUSE)}:{node.lineno}", strings[0], strings[1]))
    return found


TEXTS = texts()


def test_that_there_are_texts_to_look_at():
    assert len(TEXTS) > 400


def test_that_every_korean_text_is_korean():
    # Names, symbols and templates that only insert values are the same in both languages.
    unfinished = [
        place
        for place, en, ko in TEXTS
        if not re.search("[가-힣]", ko) and ko != en and re.search("[a-z]{3}", re.sub(r"{[^}]*}", "", ko))
    ]
    assert unfinished == []


def test_that_a_sentence_is_not_left_in_english():
    left = [place for place, en, ko in TEXTS if ko == en and len(re.findall("[A-Za-z]{2,}", en)) > 2]
    assert left == []


def test_that_both_languages_insert_the_same_values():
    wrong = []
    for place, en, ko in TEXTS:
        try:
            Text(en, ko).placeholders()
        except ValueError as error:
            wrong.append(f"{place}: {error}")
    assert wrong == []


def test_that_particles_are_chosen_and_never_left_open():
    open_ones = [place for place, _, ko in TEXTS if re.search(r"[을은이과으]\((를|는|가|와|로)\)|\((으)\)로", ko)]
    assert open_ones == []


@pytest.mark.parametrize("word", AVOIDED)
def test_that_the_glossary_is_kept(word):
    alone = re.compile(rf"(?<![가-힣]){word}")
    assert [f"{place}: {ko}" for place, _, ko in TEXTS if alone.search(ko)] == []


def test_that_no_widget_shows_a_plain_string():
    plain = []
    for path in (HOUSE / "widgets").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SETTERS):
                continue
            for argument in node.args:
                shown = constant(argument)
                if shown and shown not in AXES and re.search("[A-Za-z가-힣]{2,}", shown):
                    plain.append(f"{path.name}:{node.lineno}: {shown}")
    assert plain == []
