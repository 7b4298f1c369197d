"""What the panes showed last: a packet that was made without a pane's record is completed with that of the same run."""

from __future__ import annotations

import dataclasses
from typing import Any

from lab.protocol.packet import Packet
from lab.protocol.pane_kinds import PANES, PaneId

LASTING: frozenset[PaneId] = frozenset(kind.id for kind in PANES if kind.composed and kind.lasts)


class PaneMemory:
    """The last record of each pane in one run. While a run is faster than anyone reads, and just after a pane came into
    view, packets are made without some of them: what is shown then stays."""

    def __init__(self) -> None:
        self._version = -1
        self._last: dict[PaneId, Any] = {}

    def completed(self, packet: Packet) -> Packet:
        """The packet with the last record of every pane that means something here and that it was made without."""
        if packet.version != self._version:
            self._version, self._last = packet.version, {}
        self._last |= {pane: record for pane, record in packet.beside.items() if pane in LASTING}
        missing = {
            pane: record
            for pane, record in self._last.items()
            if pane in packet.abilities and pane not in packet.beside
        }
        return dataclasses.replace(packet, beside={**packet.beside, **missing}) if missing else packet
