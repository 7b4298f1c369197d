"""A worker that remembers what was posted and hands out what a test puts in its mailbox."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from lab.protocol.commands import Begin, Command
from lab.protocol.packet import Packet


class FakeWorker(QObject):
    ready = Signal(object)
    failed = Signal(str)
    arrived = Signal()
    answered = Signal(int, object, object)
    compiling = Signal(bool)
    noted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[Command] = []
        self.jobs: list[tuple] = []
        self.packet: Packet | None = None
        self.is_running = False
        self.is_listening = False

    def start(self) -> None:
        self.is_running = True

    def post(self, command: Command) -> None:
        self.posted.append(command)

    def ask(self, ticket, job) -> None:
        self.jobs.append((ticket, job))

    def take(self) -> Packet | None:
        packet, self.packet = self.packet, None
        return packet

    def listen(self) -> None:
        self.is_listening = True

    def close(self, within_s: float = 2.0) -> bool:
        self.is_running = False
        return True

    def begins(self) -> list[Begin]:
        return [command for command in self.posted if isinstance(command, Begin)]

    def since_begin(self) -> list[Command]:
        """What was posted after the last Begin."""
        last = max((i for i, command in enumerate(self.posted) if isinstance(command, Begin)), default=-1)
        return self.posted[last + 1 :]
