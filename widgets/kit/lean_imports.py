"""Two things that PySide6 and pyqtgraph do at import cost the first picture a fifth of its time, and memory for good.
Both are put off or left out here, and fall back to what the libraries do by themselves where a version has changed:

- PySide6 reads the source text of every module that is imported, whoever imports it, to see whether it asks for
  `from __feature__ import snake_case`. Nobody here does. Reading torch, scikit-learn and numba takes half a second and
  keeps 100 MB of text.
- pyqtgraph copies each of the two thousand names of QtCore, QtGui and QtWidgets into modules of its own, and PySide6
  has to make every class for that, which it otherwise does when one is first used. A mirror has the same names and
  fetches each when it is asked for.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Mirror(ModuleType):
    """A module of pyqtgraph that has the names of one of Qt's; each is fetched when it is first asked for."""

    def __init__(self, name: str, of: ModuleType) -> None:
        super().__init__(name)
        self.__dict__["_of"] = of

    def __getattr__(self, name: str) -> Any:
        if sys._getframe(1).f_code.co_name == "_copy_attrs":
            return None  # pyqtgraph asks whether the name is here still to be copied: it is not
        value = getattr(self._of, name)
        self.__dict__[name] = value
        return value


def _read_no_sources() -> None:
    try:
        from shibokensupport import feature
    except ImportError:
        return
    if callable(getattr(feature, "_mod_uses_pyside", None)):
        feature._mod_uses_pyside = lambda _module: False


def lighten() -> None:
    """Prepare the imports that follow; without effect on a pyqtgraph that is already imported."""
    import PySide6.QtCore
    import PySide6.QtGui
    import PySide6.QtWidgets

    _read_no_sources()
    if "pyqtgraph" in sys.modules:
        return
    for of in (PySide6.QtCore, PySide6.QtGui, PySide6.QtWidgets):
        name = of.__name__.replace("PySide6", "pyqtgraph.Qt")
        sys.modules[name] = _Mirror(name, of)
