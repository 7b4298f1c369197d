"""The process that reads mutants: it may die, hang or swell without harm to the one that watches it."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import sys
import tempfile
import time
import traceback
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fuzz.readers import Files, Reader

MOST_READING_S = 2.0  # of the processor
MOST_READING_MB = 200.0  # above what the process had
_MOST_MORE_BYTES = 3 * 2**30  # of address space above what the process had when it began: then MemoryError
_FULL_TRACE = 6_000  # characters


@dataclass
class Verdict:
    """What became of a mutant. outcome: "refused" by our own error, "read" and used, or what was found: "error",
    "slow", "large", and from the watching side "died" and "hung". what: one line; trace: all of it."""

    outcome: str
    what: str = ""
    trace: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0

    @property
    def is_finding(self) -> bool:
        return self.outcome not in ("refused", "read")

    @property
    def place(self) -> str:
        """By what findings of one kind are known: the error and the last place in our own code."""
        lines = [line.strip() for line in self.trace.splitlines() if line.strip().startswith("File ")]
        ours = [line for line in lines if "/lab/" in line or "/models/" in line or "/learnscope/" in line]
        return f"{self.outcome} {self.what.partition(':')[0]} {(ours or lines or [''])[-1]}"


def table_of(where: str) -> dict[str, Reader]:
    """The table of readers at "module:name"."""
    module, _, name = where.partition(":")
    found: dict[str, Reader] = getattr(importlib.import_module(module), name)
    return found


def mutant(reader: Reader, kind: str, seed: int, number: int) -> Files:
    """The mutant of this number: the same in every process."""
    random = Random(f"{kind} {seed} {number}")
    seeds = reader.seeds()
    return reader.mutate(random, seeds[random.randrange(len(seeds))], seeds)


def serve(connection: Connection, table: str) -> None:
    """Answer with the Verdict, as a plain dict, on each (kind, seed, number) or (kind, files) until None comes."""
    _alone()
    readers = table_of(table)
    warmed: set[str] = set()
    base_limit = False
    while (asked := connection.recv()) is not None:
        kind = asked[0]
        reader = readers[kind]
        if kind not in warmed:  # imports and compiled kernels are not the file's fault
            for files in reader.seeds():
                judged(reader, files)
            warmed.add(kind)
            base_limit = base_limit or _limit_memory()
        files = asked[1] if len(asked) == 2 else mutant(reader, kind, asked[1], asked[2])
        connection.send(asdict(judged(reader, files)))


def judged(reader: Reader, files: Files) -> Verdict:
    """Read the files, and use what they gave."""
    from lab.errors import LabError

    with tempfile.TemporaryDirectory(prefix="learnscope-fuzz-") as place:
        folder = Path(place)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        before, begun = _begin_measure(), time.process_time()
        try:
            value: Any = reader.read(folder)
        except LabError as error:
            verdict = _said(error)
        except BaseException as error:
            verdict = _failed(error)
        else:
            verdict = Verdict("read")
        verdict.seconds, verdict.megabytes = time.process_time() - begun, _grown_since(before)
        if verdict.is_finding:
            return verdict
        if verdict.seconds > MOST_READING_S:
            return Verdict("slow", f"{verdict.seconds:.1f} s to read", "", verdict.seconds, verdict.megabytes)
        if verdict.megabytes > MOST_READING_MB:
            return Verdict("large", f"{verdict.megabytes:.0f} MB to read", "", verdict.seconds, verdict.megabytes)
        if verdict.outcome == "read":
            _use(reader, value, verdict)
        return verdict


def _use(reader: Reader, value: Any, verdict: Verdict) -> None:
    from lab.errors import LabError

    heard = _Heard()
    logging.getLogger().addHandler(heard)
    try:
        reader.use(value)
    except LabError as error:
        said = _said(error)
        verdict.outcome, verdict.what, verdict.trace = (
            "read" if said.outcome == "refused" else said.outcome,
            said.what,
            said.trace,
        )
    except BaseException as error:
        failed = _failed(error)
        verdict.outcome, verdict.what, verdict.trace = failed.outcome, failed.what, failed.trace
    finally:
        logging.getLogger().removeHandler(heard)
    if heard.what:  # said or passed over in the window, and a fault of the program all the same
        verdict.outcome, verdict.what, verdict.trace = "error", heard.what, heard.trace


class _Heard(logging.Handler):
    """The last exception that the session logged: it turns faults into a sentence, and here the fault counts."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.what = self.trace = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            failed = _failed(record.exc_info[1])
            self.what, self.trace = failed.what, failed.trace


def _said(error: Any) -> Verdict:
    """Our own error counts as an answer when it can be said, on one line, in both languages."""
    try:
        sentences = [error.said.say(lang) for lang in ("en", "ko")]
    except Exception as broken:
        return _failed(broken)
    if not all(sentences) or any(len(sentence) > 1_500 for sentence in sentences):
        return Verdict(
            "error", f"a sentence of {[len(sentence) for sentence in sentences]} letters", "\n".join(sentences)[:3000]
        )
    try:
        "\n".join(sentences).encode()
    except UnicodeEncodeError as broken:
        return _failed(broken)
    return Verdict("refused", sentences[0][:200])


def _failed(error: BaseException) -> Verdict:
    text = "".join(traceback.format_exception(error))
    what = f"{type(error).__name__}: {str(error)[:200]}".replace("\n", " ")
    return Verdict(
        "error", what.encode("utf-8", "replace").decode(), text[-_FULL_TRACE:].encode("utf-8", "replace").decode()
    )


# -- the process -----------------------------------------------------------------------------------------------------------


def _alone() -> None:
    """One thread, no word on the console, kernels from the cache."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    import faulthandler
    import warnings

    faulthandler.enable()
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())
    from lab.sessions.kernel_cache import use_cache

    use_cache()


def _limit_memory() -> bool:
    """Let more than a few gigabytes raise MemoryError, where the system can."""
    try:
        import resource

        with open("/proc/self/statm") as statm:
            size = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (size + _MOST_MORE_BYTES,) * 2)
    except (ImportError, OSError, ValueError):
        pass
    return True


def _begin_measure() -> float:
    """Resident megabytes now; the peak is counted from here on, where the system can."""
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    return _status("VmRSS:")


def _grown_since(before: float) -> float:
    return max(0.0, _status("VmHWM:") - before)


def _status(key: str) -> float:
    """A figure of the process in MB; 0 where the system does not tell."""
    if not sys.platform.startswith("linux"):
        return 0.0
    with open("/proc/self/status") as status:
        return next((int(line.split()[1]) / 1024 for line in status if line.startswith(key)), 0.0)
