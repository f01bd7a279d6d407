"""End a pod with the process that started it, even when that process was killed with -9."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from settings.environment import read_environment

PR_SET_PDEATHSIG = 1  # prctl(2), Linux only


def end_with_parent() -> None:
    """Ask the system to kill this process when its parent ends, if `PODS_TETHER` is set.

    Called by the main process, whose parent is the supervisor, and by its worker.
    """
    if sys.platform != "linux" or not read_environment().tether:
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    # The parent may have ended just before; then another process is our parent now.
    if os.getppid() != parent:
        os._exit(1)
