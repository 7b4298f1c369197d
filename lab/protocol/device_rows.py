"""What the probe of the devices found."""

from __future__ import annotations

from dataclasses import dataclass

from models.words.text import Text


@dataclass(frozen=True)
class DeviceRow:
    """One line of the device box. `id` is what an Experiment's device holds; `reason` says why it is not available, and
    `command` is what to type for it, in a terminal ("" where nothing helps)."""

    id: str
    title: Text
    available: bool
    reason: Text | None = None
    command: str = ""
