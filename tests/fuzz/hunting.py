"""Hunting for files that a reader does not bear: mutants sent to a process of their own, findings kept as files."""

from __future__ import annotations

import base64
import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.worker import Verdict, mutant, serve, table_of

TABLE = "tests.fuzz.readers:READERS"
MOST_WARMING_S = 600.0  # importing and compiling everything once, on a slow machine
MOST_S = 60.0  # for one mutant, with everything that is done with it: then it hangs
_KEPT_OF_A_KIND = 3


@dataclass
class Hunt:
    """What came of the mutants of one kind."""

    kind: str
    seed: int
    mutants: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    findings: dict[str, list[tuple[int, Verdict]]] = field(default_factory=dict)  # by the place of the fault
    slowest_s: float = 0.0
    largest_mb: float = 0.0

    def count(self, number: int, verdict: Verdict) -> None:
        self.mutants += 1
        self.outcomes[verdict.outcome] = self.outcomes.get(verdict.outcome, 0) + 1
        if verdict.is_finding:
            self.findings.setdefault(verdict.place, []).append((number, verdict))
        self.slowest_s = max(self.slowest_s, verdict.seconds)
        self.largest_mb = max(self.largest_mb, verdict.megabytes)

    def __str__(self) -> str:
        counts = ", ".join(f"{self.outcomes[name]:,d} {name}" for name in sorted(self.outcomes))
        found = sum(len(these) for these in self.findings.values())
        return (
            f"{self.kind}: {self.mutants:,d} mutants of seed {self.seed} ({counts}); {found:,d} findings of "
            f"{len(self.findings)} kinds; reading took at most {self.slowest_s:.2f} s and {self.largest_mb:.0f} MB"
        )


class Worker:
    """The process that reads, started anew when it has died or hangs."""

    def __init__(self, table: str = TABLE, most_s: float = MOST_S) -> None:
        self._table, self._most_s = table, most_s
        self._warm: set[str] = set()
        self._process: Any = None

    def ask(self, kind: str, *what: Any) -> Verdict:
        """The verdict on a mutant (seed, number), or on files."""
        if self._process is None:
            self._start()
        limit = self._most_s if kind in self._warm else MOST_WARMING_S
        try:
            self._connection.send((kind, *what))
            if not self._connection.poll(limit):
                self._end()
                return Verdict("hung", f"hung: no answer within {limit:.0f} s")
            verdict = Verdict(**self._connection.recv())
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self._process.join(10)
            code = self._process.exitcode
            self._end()
            return Verdict("died", f"died: the process ended with {code}")
        self._warm.add(kind)
        return verdict

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, self._table), daemon=True)
        self._process.start()
        theirs.close()

    def _end(self) -> None:
        self._process.kill()
        self._process.join()
        self._connection.close()
        self._process, self._warm = None, set()

    def close(self) -> None:
        if self._process is not None:
            self._end()


def hunt(
    worker: Worker,
    kind: str,
    seed: int,
    numbers: Sequence[int],
    until: float = float("inf"),
    table: str = TABLE,
    findings: Path | None = None,
    told: Callable[[str], None] = lambda line: None,
) -> Hunt:
    """The mutants of these numbers, one after the other, until the clock (time.monotonic) says `until`.

    The first few findings at each place in the program are written into the folder `findings`.
    """
    found = Hunt(kind, seed)
    reader = table_of(table)[kind]
    for number in numbers:
        if time.monotonic() >= until:
            break
        verdict = worker.ask(kind, seed, number)
        found.count(number, verdict)
        if verdict.is_finding and len(found.findings[verdict.place]) <= _KEPT_OF_A_KIND:
            told(f"{kind} {number}: {verdict.outcome}: {verdict.what}")
            if findings is not None:
                told(f"    {write_finding(findings, kind, seed, number, mutant(reader, kind, seed, number), verdict)}")
    return found


def write_finding(folder: Path, kind: str, seed: int, number: int, files: dict[str, bytes], verdict: Verdict) -> Path:
    """A finding as a file that `--replay` takes; it holds the mutant itself, since mutations may change."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{kind}-{seed}-{number}.json"
    packed = {name: base64.b64encode(content).decode("ascii") for name, content in files.items()}
    whole = {"kind": kind, "seed": seed, "number": number, "outcome": verdict.outcome, "what": verdict.what,
             "trace": verdict.trace.splitlines(), "files": packed}  # fmt: skip
    path.write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def replay(worker: Worker, path: Path) -> Verdict:
    """The verdict of today on a finding."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    return worker.ask(kept["kind"], {name: base64.b64decode(content) for name, content in kept["files"].items()})
