"""Readers with every fault that the fuzzers look for: what finds nothing here would find nothing anywhere."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from lab.errors import LabError
from models.words.text import Text
from tests.fuzz.readers import Files, Reader

GOOD: Files = {"it.txt": b"good"}


def marked(random: Random, files: Files, seeds: Sequence[Files]) -> Files:
    """Every mutant is bad."""
    return {"it.txt": b"bad %d" % random.randrange(1000)}


def is_bad(folder: Path) -> bool:
    return (folder / "it.txt").read_bytes().startswith(b"bad")


def reads(fault: Any, use: Any = lambda value: None) -> Reader:
    def read(folder: Path) -> bool:
        if is_bad(folder):
            fault()
        return is_bad(folder)

    return Reader(lambda: [GOOD], marked, read, use)


def refuses() -> None:
    raise LabError(Text("This is no good.", "좋지 않습니다."))


def raises() -> None:
    raise KeyError("what nobody caught")


def spins() -> None:
    end = time.process_time() + 2.5
    while time.process_time() < end:
        pass


def swells() -> None:
    np.ones(40 * 2**20)


def asks_for_too_much() -> None:
    np.ones(2**45)


def sleeps() -> None:
    time.sleep(3600)


def falls_dead() -> None:
    os.abort()


def cannot_say() -> None:
    raise LabError(Text("{what} is missing.", "{what:이/가} 없습니다."))


def fails_in_use(value: bool) -> None:
    if value:
        raise ZeroDivisionError("one step later")


READERS: dict[str, Reader] = {
    "refuses": reads(refuses),
    "reads": reads(lambda: None),
    "raises": reads(raises),
    "spins": reads(spins),
    "swells": reads(swells),
    "asks for too much": reads(asks_for_too_much),
    "sleeps": reads(sleeps),
    "falls dead": reads(falls_dead),
    "cannot say": reads(cannot_say),
    "fails in use": reads(lambda: None, fails_in_use),
}
EXPECTED = {
    "refuses": "refused", "reads": "read", "raises": "error", "spins": "slow", "swells": "large",
    "asks for too much": "error", "sleeps": "hung", "falls dead": "died", "cannot say": "error", "fails in use": "error",
}  # fmt: skip
