"""The disks that a pod writes to: what is left on them, and whether that is little."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator

from django.conf import settings

from operations.survey.disks import complaint, free_for
from pods import log_output


def _free_for_data() -> float:
    """What is left for the pod's own files; NaN where there is no folder for them yet."""
    try:
        disk = os.statvfs(settings.PLACES.data)
    except OSError:
        return math.nan
    return float(disk.f_bavail * disk.f_frsize)


def _free_for_database() -> float:
    """What is left for the database server of `main`; NaN when it is not on this machine."""
    if settings.POD is None:
        return math.nan
    free = free_for(settings.TOPOLOGY.server(settings.POD.schemas["main"].server), settings.PLACES)
    return math.nan if free is None else float(free)


WATCHED: dict[str, Callable[[], float]] = {
    "logs": log_output.requests.free_bytes,
    "data": _free_for_data,
    "database": _free_for_database,
}


def complaints() -> Iterator[tuple[str, str]]:
    """Which disk is nearly full, or takes no log lines, and in words how that shows."""
    fault = log_output.fault()
    if fault:
        yield "logs", f"log lines are lost, {log_output.lost():,} so far: {fault}"
    for name, free in WATCHED.items():
        said = complaint(free())
        if said:
            yield name, said
