"""The panes of the window: the keys that call them by their places in the table, and the making of one."""

from __future__ import annotations

import importlib

from lab.protocol.pane_kinds import PANES, PaneId, PaneKind
from models.words.text import Text
from widgets.panes.pane import Pane

# By their places in the table. F5 starts a presenter's remote, F11 is the projector; F1, F10 and F12 are the desktop's.
PLACES = tuple(f"{shift}{key}" for shift in ("", "Shift+") for key in ("F2", "F3", "F4", "F6", "F7", "F8"))

NAMES: dict[PaneId, Text] = {kind.id: kind.name for kind in PANES}
KEYS: dict[PaneId, str] = {kind.id: key for kind, key in zip(PANES, PLACES, strict=False)}


def make_pane(kind: PaneKind) -> Pane:
    """A new pane of this kind; its modules are imported now."""
    room, _, name = kind.shown.partition(":")
    made: Pane = getattr(importlib.import_module(f"widgets.panes.{room}.view"), name)()
    return made
