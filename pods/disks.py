"""The disks that a pod writes to: what is left on them, and whether that is little."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator

from django.conf import settings

from pods import log_output

MIB = 1024 * 1024
# Enough for an hour of a busy pod's log lines.
LOW_BYTES = 200 * MIB


def _free_for_data() -> float:
    """What is left for the pod's own files; NaN where there is no folder for them yet."""
    try:
        disk = os.statvfs(settings.PLACES.data)
    except OSError:
        return math.nan
    return float(disk.f_bavail * disk.f_frsize)


WATCHED: dict[str, Callable[[], float]] = {"logs": log_output.requests.free_bytes, "data": _free_for_data}


def complaints() -> Iterator[tuple[str, str]]:
    """Which disk is nearly full, or takes no log lines, and in words how that shows."""
    fault = log_output.fault()
    if fault:
        yield "logs", f"log lines are lost, {log_output.lost():,} so far: {fault}"
    for name, free in WATCHED.items():
        left = free()
        if left < LOW_BYTES:
            yield name, f"{left / MIB:.0f} MiB left on the disk of the pod's {name}"
