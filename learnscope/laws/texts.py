"""Every sentence of an algorithm's folder, read from the source of its files: also those that stand in functions."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path
from typing import Any

from models.core.learner import Learner
from models.words.text import Text


def texts_of(learner: Learner[Any, Any]) -> list[Text]:
    """Its phases and metrics, and every Text written in its folder."""
    phases = [text for phase in learner.phases.values() for text in (phase.name, phase.narration)]
    written = [text for path in files_of(type(learner).__module__) for text in texts_in(path)]
    return [*phases, *learner.metric_names.values(), *written]


def files_of(module: str) -> list[Path]:
    """The Python files of the folder in which a module stands, those of folders in it among them; the module's own file
    where it stands in no package."""
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.origin is not None, module
    own = Path(spec.origin)
    if "." not in module and spec.submodule_search_locations is None:
        return [own]
    return sorted(path for path in own.parent.rglob("*.py") if "__pycache__" not in path.parts)


def texts_in(path: Path) -> list[Text]:
    """Every Text(...) in a file whose two languages are written out there."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _name(node.func) == "Text" and len(node.args) == 2:
            en, ko = (arg.value if isinstance(arg, ast.Constant) else None for arg in node.args)
            if isinstance(en, str) and isinstance(ko, str):
                found.append(Text(en, ko))
    return found


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
