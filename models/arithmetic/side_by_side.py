"""Work on many rows, done on several cores at once with the bits of one.

The rows are cut into parts whose size never depends on the number of threads. A kernel works through some of the parts
and leaves one result for each; the caller adds the results up in the order of the parts. So one thread and eight give
the same sums.

Threads of Python's own pool rather than numba's `prange`: a kernel releases the interpreter lock anyway, a loop with
`prange` takes seconds more to compile, and the threads that numba brings along on every system (its "workqueue") end
the program when two callers meet in them, while the window's worker and a dialog may well meet.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

FEWEST_ROWS = 100_000  # with fewer, one core is done before another has been woken
MOST_THREADS = 8  # beyond, the cores wait for the same memory

# One core is left to the window.
_threads = max(1, min(MOST_THREADS, (os.cpu_count() or 1) - 1))


def threads() -> int:
    """How many threads share the work, the caller's counted in."""
    return _threads


def use_threads(count: int) -> None:
    """Share all work from now on among `count` threads, 1 or more. Results do not depend on it."""
    global _threads
    _threads = max(1, count)


def work(kernel: Callable[..., None], rows: int, parts: int, *arguments: Any) -> None:
    """Call kernel(*arguments, first, last) so that each of the parts 0 .. parts - 1 lies in one range first .. last - 1.

    The kernel is compiled, releases the interpreter lock and writes no place that belongs to another part. May be
    called from several threads at once.
    """
    shares = min(_threads, parts)
    compiled: Any = kernel  # numba's dispatcher, which knows what it has been compiled for
    # What is not compiled yet is compiled here: the stack of a pool's thread is too small for that on some systems.
    if shares < 2 or rows < FEWEST_ROWS or not compiled.signatures:
        kernel(*arguments, 0, parts)
        return
    ends = [parts * share // shares for share in range(shares + 1)]
    others: list[Future[None]] = []
    for first, last in zip(ends[1:-1], ends[2:], strict=True):
        try:
            others.append(_pool(_threads - 1).submit(kernel, *arguments, first, last))
        except RuntimeError:  # the system gives no more threads, or the program is ending
            kernel(*arguments, first, last)
    kernel(*arguments, 0, ends[1])
    for other in others:
        other.result()


@functools.cache
def _pool(size: int) -> ThreadPoolExecutor:
    """Threads that sleep until there is work; none is started before the first piece of it."""
    return ThreadPoolExecutor(size, thread_name_prefix="side by side")
