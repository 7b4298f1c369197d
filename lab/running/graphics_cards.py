"""What this computer has to compute on besides its processor, asked of the operating system alone: without torch, and
without starting another program."""

from __future__ import annotations

import ctypes
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Maker = Literal["nvidia", "amd", "apple"]

_MAKERS: dict[str, Maker] = {"0x10de": "nvidia", "0x1002": "amd"}
_DISPLAY = "0x03"  # the class of PCI devices that draw
# Libraries that come with a card's driver and nothing else.
_DRIVERS: dict[str, dict[Maker, tuple[str, ...]]] = {
    "linux": {"nvidia": ("libcuda.so.1",), "amd": ("libhsa-runtime64.so.1",)},
    "win32": {"nvidia": ("nvcuda.dll",)},  # PyTorch has no build for AMD there
}


@dataclass(frozen=True)
class Card:
    """A graphics card that PyTorch has a build for, and whether its driver is there."""

    maker: Maker
    has_driver: bool


def find_card(pci: Path = Path("/sys/bus/pci/devices"), system: str = sys.platform) -> Card | None:
    """The first card in the order NVIDIA, AMD, or Apple's own; None where none is found.

    On Linux the list of PCI devices is read (class 0x03, vendor); under WSL and on Windows a card is known by its driver's
    library alone. pci and system are for tests.
    """
    if system == "darwin":
        return Card("apple", True) if platform.machine() == "arm64" else None
    makers = _listed(pci) if system == "linux" else set()
    for maker, libraries in _DRIVERS.get(system, {}).items():
        has_driver = any(_loads(name) for name in libraries)
        if maker in makers or has_driver and (system != "linux" or not makers and maker == "nvidia"):
            return Card(maker, has_driver)
    return None


def _listed(pci: Path) -> set[Maker]:
    """The makers of the cards that Linux lists."""
    found: set[Maker] = set()
    try:
        devices = list(pci.iterdir())
    except OSError:
        return found
    for device in devices:
        try:
            kind = (device / "class").read_text().strip()
            vendor = (device / "vendor").read_text().strip()
        except (OSError, UnicodeDecodeError):
            continue
        if kind.startswith(_DISPLAY) and vendor in _MAKERS:
            found.add(_MAKERS[vendor])
    return found


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def linux_family(os_release: Path = Path("/etc/os-release")) -> str:
    """The distribution's id ("ubuntu", "debian", "fedora" ...), or ""."""
    try:
        lines = os_release.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition("=")[2].strip().strip("\"'").lower() for line in lines if line.startswith("ID=")), "")
