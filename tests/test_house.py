"""Rules of the house that no linter has: sizes of files."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_LINES = 450
FLOORS = ("models", "lab", "widgets", "learnscope")


def test_that_a_long_file_says_why_at_its_head():
    files = [path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")] + [ROOT / "main.py", ROOT / "start.py"]
    assert len(files) > 200
    silent = []
    for path in files:
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > MOST_LINES and "Over 450 lines:" not in (ast.get_docstring(ast.parse(text)) or ""):
            silent.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
    assert silent == []
