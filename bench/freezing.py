"""Processes that hang on purpose: stopped by SIGSTOP, which nothing in them notices, and always continued."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from cluster.family import family


@contextmanager
def frozen(root: int, *, alone: bool = False) -> Iterator[None]:
    """A process and all that descend from it do nothing for the time of the block; the kernel goes on to accept and
    acknowledge for them. With `alone`, those that descend from it go on.
    """
    # The parent first: what it would start meanwhile would run on.
    os.kill(root, signal.SIGSTOP)
    stopped = [root]
    try:
        for pid in set() if alone else family(root) - {root}:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                stopped.append(pid)
        yield
    finally:
        for pid in reversed(stopped):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
