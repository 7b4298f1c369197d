"""The log, and the trace that a native fault leaves: the two files that grow while the program runs.

They are added to, line by line, and never written anew as a whole; a disk that refuses a line loses that line and
nothing else.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
from pathlib import Path
from typing import TextIO

from lab.own_folders import private_temporary

MOST_BYTES = 2**20


class LogFile(logging.FileHandler):
    """A log that is silent where it cannot be written."""

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(OSError):  # the file is only made for the first line
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """The disk is full or gone: the window says so where it matters, and standard error may be closed."""


def keep_log(folder: Path) -> TextIO | None:
    """Write the log and native faults into `folder`, or, where that cannot be written, into one among the temporary
    files. What earlier starts have logged stays, up to two files of MOST_BYTES.

    Returns the open file of faults, which must stay referenced; None where no file could be made.
    """
    for choose in (lambda: folder, lambda: private_temporary("log")):
        place = choose()
        if place is None:
            continue
        log = place / "learnscope.log"
        try:
            place.mkdir(parents=True, exist_ok=True)
            trace = (place / "faults.txt").open("a", encoding="utf-8")
        except OSError:
            continue
        with contextlib.suppress(OSError):
            if log.stat().st_size > MOST_BYTES:
                os.replace(log, place / "learnscope.log.1")
        handler = LogFile(log, encoding="utf-8", errors="replace", delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.getLogger("learnscope").addHandler(handler)
        faulthandler.enable(trace)
        return trace
    return None
