"""A pod that ends with the process that started it, even when that was killed with -9."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2), Linux only


def end_with_parent() -> None:
    """Ask the system to kill this process when its parent ends, if `PODS_TETHER` is set.

    Called by the main process, whose parent is the supervisor, and by its worker.
    """
    if os.environ.get("PODS_TETHER") != "1" or sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    # It may have ended just before; then somebody else is our parent now.
    if os.getppid() != parent:
        os._exit(1)
