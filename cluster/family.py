"""The processes that descend from a process, from /proc."""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")


def family(*roots: int) -> set[int]:
    """The process ids of `roots` and, on Linux, of all that descend from them."""
    children: dict[int, list[int]] = {}
    for status in PROC.glob("[0-9]*/stat"):
        try:
            # The name in parentheses may hold spaces; the parent is the second field after it.
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(parent, []).append(int(status.parent.name))
    found: set[int] = set()
    open_ends = list(roots)
    while open_ends:
        pid = open_ends.pop()
        if pid not in found:
            found.add(pid)
            open_ends += children.get(pid, [])
    return found
