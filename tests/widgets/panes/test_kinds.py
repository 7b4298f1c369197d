"""The table of panes: in step with what the laboratory composes, with keys for twelve; a new line is a new pane."""

from __future__ import annotations

import sys
from types import ModuleType

from PySide6.QtWidgets import QLabel

from lab.protocol.packet import Packet
from lab.protocol.pane_kinds import PANES, PaneKind
from models.words.text import Text
from widgets.actions import menus
from widgets.panes import kinds, panes
from widgets.panes.kinds import KEYS, PLACES, make_pane
from widgets.panes.pane import Pane


class Extra(Pane):
    """A pane of the test's own."""

    id = "extra"
    made = 0

    def __init__(self) -> None:
        super().__init__()
        Extra.made += 1
        self.label = QLabel(self)

    def refresh(self) -> None:
        self.label.setText("" if self.packet is None else self.packet.state)


def test_that_keys_bear_twelve_panes_and_leave_the_desktops_and_the_remotes_alone():
    assert len(PLACES) == len(set(PLACES)) == 12
    assert not {key.removeprefix("Shift+") for key in PLACES} & {"F1", "F5", "F10", "F11", "F12"}
    assert list(KEYS.values()) == list(PLACES[: len(PANES)])
    others = {key for spec in menus.SPECS if not spec.id.startswith("pane_") for key in (*spec.keys, *spec.aliases)}
    assert not others & set(PLACES)


def test_that_the_sheet_of_keys_is_made_from_the_table():
    for lang in ("en", "ko"):
        sheet = menus.KEYS.say(lang)
        assert all(key in sheet for key in KEYS.values()) and all(kind.name.say(lang) in sheet for kind in PANES)


def test_that_every_kind_makes_a_pane(qtbot):
    for kind in PANES:
        made = make_pane(kind)
        qtbot.addWidget(made)
        assert isinstance(made, Pane) and made.id == kind.id


def test_that_a_line_more_is_a_pane_more_made_when_it_is_first_seen(qtbot, monkeypatch):
    extra = PaneKind("extra", Text("Extra", "덤"), Text("One more", "하나 더"), "", "extra:Extra")
    module = ModuleType("widgets.panes.extra.view")
    module.Extra = Extra  # what a folder widgets/panes/extra would hold
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(panes, "PANES", (*PANES, extra))
    monkeypatch.setattr(panes, "KEYS", {**kinds.KEYS, "extra": PLACES[len(PANES)]})
    Extra.made = 0
    row = panes.Panes()
    qtbot.addWidget(row)
    assert row.buttons["extra"].text() == "덤" and "Shift+F2" in row.buttons["extra"].toolTip()
    row.show_packet(Packet(1, "idle", abilities=frozenset({"curves", "extra"})))
    assert Extra.made == 0
    row.show()
    row.show_pane("extra")
    assert Extra.made == 1 and row.view("extra").label.text() == "idle"
