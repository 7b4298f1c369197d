"""One experiment being run, for whoever drives it: knows no thread and no window. handle, advance, take_packet."""

from __future__ import annotations

from lab.commands import Command
from lab.packet import Packet

SPEEDS: tuple[float | None, ...] = (0.5, 1.0, 4.0, None)  # slow, normal, fast, maximum


class Session:
    def __init__(self, byte_budget: int = 128 * 2**20) -> None: ...

    def handle(self, command: Command) -> None: ...

    def advance(self, deadline: float) -> bool:
        """Work until `deadline` (time.perf_counter seconds). False when there is nothing to do."""
        return False

    def has_news(self) -> bool: ...

    def take_packet(self) -> Packet: ...
