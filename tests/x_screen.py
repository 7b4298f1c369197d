"""A screen for tests that a real window system has to judge: Xvfb, where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def x_screen(size: str = "1280x800") -> Iterator[dict[str, str]]:
    """The environment of a program that draws on an X screen of its own. Skips the test where there is no Xvfb."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed here: the window systems' part of this test is left out")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
        pass_fds=[write], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    try:
        with os.fdopen(read) as said:
            number = said.readline().strip()
        if not number:
            pytest.skip("Xvfb does not start here")
        environment = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        asked = [sys.executable, "-c", "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"]
        if subprocess.run(asked, env=environment, capture_output=True).returncode != 0:
            pytest.skip("Qt's part for X cannot be loaded here: the system lacks libraries of xcb")
        yield environment
    finally:
        server.terminate()
        server.wait(10)
