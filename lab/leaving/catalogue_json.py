"""Everything that can be named on the command line, as plain JSON values: what `list` prints."""

from __future__ import annotations

from typing import Any

import models
from lab.data.generators import GENERATORS
from lab.data.tables.files import BUNDLED
from lab.document.scenes import all_scenes
from lab.running.devices import probe
from models.core.params import Param
from models.words.text import Text


def everything() -> dict[str, Any]:
    """Algorithms with their parameters, data sets, scenes and devices. Imports every algorithm, and torch."""
    return {
        "algorithms": [_algorithm(row) for row in models.CATALOGUE if models.can_load(row.id)],
        "datasets": [
            *({"id": id, "title": _both(entry.title), "kind": "generated"} for id, entry in GENERATORS.items()),
            *({"id": id, "title": _both(title), "kind": "table"} for id, title in BUNDLED.items()),
        ],
        "scenes": [
            {
                "id": scene.id,
                "number": scene.number,
                "title": _both(scene.title),
                "question": _both(scene.question),
                "algorithm": scene.project.experiment.algorithm,
            }
            for scene in all_scenes()
        ],
        "devices": [
            {"id": row.id, "title": _both(row.title), "available": row.available, "reason": _both(row.reason)}
            for row in probe()
        ],
    }


def _both(text: Text | None) -> dict[str, str] | None:
    return None if text is None else {lang: text.say(lang) for lang in ("en", "ko")}


def _algorithm(row: models.Row) -> dict[str, Any]:
    learner = models.load(row.id)
    return {
        "id": row.id,
        "group": row.group,
        "task": learner.task,
        "title": _both(row.title),
        "subtitle": _both(row.subtitle),
        "params": [_param(param) for param in learner.params()],
        "metrics": {name: _both(text) for name, text in learner.metric_names.items()},
    }


def _param(param: Param) -> dict[str, Any]:
    return {
        "name": param.name,
        "type": param.kind,
        "default": list(param.default) if isinstance(param.default, tuple) else param.default,
        "minimum": param.minimum,
        "maximum": param.maximum,
        "length": list(param.length) if param.length else None,
        "choices": {value: _both(text) for value, text in param.choices.items()} or None,
        "optional": param.optional,
        "only_if": {param.only_if[0]: list(param.only_if[1])} if param.only_if else None,
        "change": param.change,
        "label": _both(param.label),
        "help": _both(param.help),
    }
