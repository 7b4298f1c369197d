"""What the panes showed last: a packet that was made without a pane's record is completed with that of the same run."""

from __future__ import annotations

import dataclasses
from typing import Any

from lab.protocol.packet import Packet
from lab.protocol.pane_records import PaneId

# A record of a passing moment, the packet's numbers, would be read as that of the moment shown: it is not here.
RECORDS: dict[PaneId, str] = {
    "network": "network",
    "matrix": "scores",
    "loss_surface": "loss_surface",
    "activation": "activation",
}


class PaneMemory:
    """The last record of each pane in one run, by the packet's names. While a run is faster than anyone reads, and just
    after a pane came into view, packets are made without some of them: what is shown then stays."""

    def __init__(self) -> None:
        self._version = -1
        self._last: dict[str, Any] = {}

    def completed(self, packet: Packet) -> Packet:
        """The packet with the last record of every pane that means something here and that it was made without."""
        if packet.version != self._version:
            self._version, self._last = packet.version, {}
        missing = {}
        for pane, name in RECORDS.items():
            record = getattr(packet, name)
            if record is not None:
                self._last[name] = record
            elif name in self._last and pane in packet.abilities:
                missing[name] = self._last[name]
        return dataclasses.replace(packet, **missing) if missing else packet
