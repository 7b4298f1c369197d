"""What an algorithm from elsewhere imports: the public names, which stay.

    from learnscope import Learner, Moment, Row, State, Text, declare

A name is imported when it is first asked for: `from learnscope import Row, Text`, all that a package's row needs,
imports neither numpy nor pydantic nor an algorithm. Where the names live inside Learnscope may change; here they stay.
The laws that every algorithm keeps to are run by `python -m learnscope.laws`.

The rooms of the house (`models`, `lab`, `widgets`) lie beside this package in a checkout, and in its folder `_house` where
a wheel has been installed; that folder goes on the path here.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.arithmetic import draws
    from models.core import marks
    from models.core.abilities import (
        HasLabels,
        HasLossSurface,
        HasNetwork,
        HasPlaneInSpace,
        HasPrediction,
        Wiring,
        activate,
    )
    from models.core.findings import Finding, Remedy
    from models.core.formula import Formula, Shown, Tensor
    from models.core.learner import Advance, Edit, Learner, Moment, Outcome, Phase, Pin
    from models.core.params import declare
    from models.core.problem import Problem, Rows
    from models.core.readiness import lacks_answers
    from models.core.row import Row
    from models.core.state import ArrayForm, State
    from models.words.text import Said, Text

_WHERE: dict[str, str] = {
    "Advance": "models.core.moment",
    "ArrayForm": "models.core.state",
    "Edit": "models.core.moment",
    "Finding": "models.core.findings",
    "Formula": "models.core.formula",
    "HasLabels": "models.core.abilities",
    "HasLossSurface": "models.core.abilities",
    "HasNetwork": "models.core.abilities",
    "HasPlaneInSpace": "models.core.abilities",
    "HasPrediction": "models.core.abilities",
    "Learner": "models.core.learner",
    "Moment": "models.core.moment",
    "Outcome": "models.core.moment",
    "Phase": "models.core.moment",
    "Pin": "models.core.moment",
    "Problem": "models.core.problem",
    "Remedy": "models.core.findings",
    "Row": "models.core.row",
    "Rows": "models.core.problem",
    "Said": "models.words.text",
    "Shown": "models.core.formula",
    "State": "models.core.state",
    "Tensor": "models.core.formula",
    "Text": "models.words.text",
    "Wiring": "models.core.abilities",
    "activate": "models.core.abilities",
    "declare": "models.core.params",
    "lacks_answers": "models.core.readiness",
}
_MODULES = {"draws": "models.arithmetic.draws", "marks": "models.core.marks"}

__all__ = (
    "Advance",
    "ArrayForm",
    "Edit",
    "Finding",
    "Formula",
    "HasLabels",
    "HasLossSurface",
    "HasNetwork",
    "HasPlaneInSpace",
    "HasPrediction",
    "Learner",
    "Moment",
    "Outcome",
    "Phase",
    "Pin",
    "Problem",
    "Remedy",
    "Row",
    "Rows",
    "Said",
    "Shown",
    "State",
    "Tensor",
    "Text",
    "Wiring",
    "activate",
    "declare",
    "draws",
    "lacks_answers",
    "marks",
)

_HERE = os.path.dirname(os.path.abspath(__file__))
_HOUSE = os.path.join(_HERE, "_house")
if not os.path.isdir(_HOUSE):
    _HOUSE = os.path.dirname(_HERE)
if _HOUSE not in sys.path:
    sys.path.insert(0, _HOUSE)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        found = importlib.import_module(_MODULES[name])
    elif name in _WHERE:
        found = getattr(importlib.import_module(_WHERE[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
