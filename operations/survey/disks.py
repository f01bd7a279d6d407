"""What is left on the disks that components write to, and when that is little."""

from __future__ import annotations

import shutil
from pathlib import Path

from topology import Server
from topology.places import Places

MIB = 1024 * 1024
# Enough for an hour of a busy pod's log lines, and for PostgreSQL to write until an operator looks.
LOW_BYTES = 200 * MIB
# PostgreSQL grows a log segment at a time (PostgreSQL manual, wal_segment_size).
FULL_BYTES = 16 * MIB


def free_for(server: Server, places: Places) -> int | None:
    """Return the free bytes on the disk of an embedded server's data; None for a server that is not on this machine."""
    return free_bytes(places.server_data(server).resolve()) if server.embedded else None


def free_bytes(folder: Path) -> int | None:
    """Return the free bytes of the file system of a folder; None when there is no such folder here."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def complaint(free: float | None) -> str:
    """Say that little is left; empty when enough is, or nobody knows."""
    if free is None or not free < LOW_BYTES:
        return ""
    left = f"{free / MIB:.0f} MiB left"
    return f"disk is full: {left}" if free < FULL_BYTES else f"disk is nearly full: {left}"


def in_units(free: float) -> str:
    """Return free bytes for people."""
    return f"{free / MIB / 1024:.1f} GiB free" if free >= 1024 * MIB else f"{free / MIB:.0f} MiB free"
