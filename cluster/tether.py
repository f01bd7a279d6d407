"""Child processes that end with their parent, even when the parent is killed with -9.

Linux has a signal for that (prctl(2), PR_SET_PDEATHSIG); elsewhere children
outlive a killed supervisor until the next `cluster up` finds their ports.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from cluster.account import Account

PR_SET_PDEATHSIG = 1

# Loaded before any fork: a forked child of a threaded process must not load libraries.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def tethered(account: Account | None = None, *, death_signal: signal.Signals = signal.SIGKILL) -> dict[str, Any]:
    """Return keyword arguments of `subprocess` for a child in its own process group that gets `death_signal`
    when this process ends. Ctrl-C in a terminal does not reach it: its parent stops it in order.
    """
    return {
        **(account.popen if account else {}),
        "preexec_fn": _tether_to(os.getpid(), death_signal),
        "start_new_session": True,
    }


def _tether_to(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    def in_child() -> None:
        # After changing the user, which would clear the death signal.
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return in_child
