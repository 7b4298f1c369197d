"""python -m tests.fuzz [--minutes N] [--mutants N] [--only KIND,...] [--seed S] [--findings DIR] [--replay FILE ...]

Reads mutants of good files and says which of them a reader does not bear; see tests/fuzz/__init__.py. Without --mutants
it goes on for --minutes (default 5), all kinds in turn. Exit code 1 when something was found. A finding is a file in
the folder of findings, and --replay reads it again.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

_AT_ONCE = 200  # mutants of a kind before the next kind has its turn


def main(argv: list[str] | None = None) -> int:
    from tests.fuzz.hunting import TABLE, Hunt, Worker, hunt, replay
    from tests.fuzz.worker import table_of

    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=None)
    parser.add_argument("--mutants", type=int, default=None, metavar="N", help="so many of each kind")
    parser.add_argument("--only", default=None, metavar="KIND,...", help="projects, models, tables, scenes, ...")
    parser.add_argument("--seed", type=int, default=None, help="default: the time; a run says which it took")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the number of the first mutant")
    parser.add_argument("--findings", type=Path, default=Path("findings"), metavar="DIR")
    parser.add_argument("--replay", type=Path, nargs="+", default=None, metavar="FILE")
    options = parser.parse_args(argv)
    worker = Worker()
    try:
        if options.replay is not None:
            verdicts = [(path, replay(worker, path)) for path in options.replay]
            for path, verdict in verdicts:
                print(f"{path}: {verdict.outcome}: {verdict.what}", *verdict.trace.splitlines(), sep="\n    ")
            return int(any(verdict.is_finding for _, verdict in verdicts))
        known = list(table_of(TABLE))
        kinds = known if options.only is None else options.only.split(",")
        if unknown := [kind for kind in kinds if kind not in known]:
            parser.error(f"there are no {', '.join(unknown)}; there are {', '.join(known)}")
        seed = int(time.time()) if options.seed is None else options.seed
        minutes = options.minutes if options.minutes is not None or options.mutants is not None else 5.0
        until = float("inf") if minutes is None else time.monotonic() + 60.0 * minutes
        last = options.first + options.mutants if options.mutants is not None else 10**12
        print(f"seed {seed}", flush=True)
        hunts: dict[str, Hunt] = {}
        for begin in range(options.first, last, _AT_ONCE):
            if time.monotonic() >= until:
                break
            for kind in kinds:
                numbers = range(begin, min(begin + _AT_ONCE, last))
                some = hunt(worker, kind, seed, numbers, until, findings=options.findings, told=_tell)
                hunts[kind] = some if kind not in hunts else _together(hunts[kind], some)
                if hunts[kind].mutants % (5 * _AT_ONCE) == 0:
                    _tell(str(hunts[kind]))
    except KeyboardInterrupt:
        print()
    finally:
        worker.close()
    for each in hunts.values():
        print(each)
    return int(any(each.findings for each in hunts.values()))


def _together(one, other):
    for place, these in other.findings.items():
        one.findings.setdefault(place, []).extend(these)
    for outcome, count in other.outcomes.items():
        one.outcomes[outcome] = one.outcomes.get(outcome, 0) + count
    one.mutants += other.mutants
    one.slowest_s, one.largest_mb = max(one.slowest_s, other.slowest_s), max(one.largest_mb, other.largest_mb)
    return one


def _tell(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
