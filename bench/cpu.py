"""CPU time and memory of processes and all their children, from /proc."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bench.exceptions import NotMeasurable

PROC = Path("/proc")


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time that the living threads of these processes have used, to the nanosecond (proc(5), schedstat).

    A thread that ended takes its time along: measure what keeps its threads. Raises `NotMeasurable`.
    """
    nanoseconds = 0
    for pid in pids:
        for thread in (PROC / str(pid)).glob("task/*/schedstat"):
            try:
                nanoseconds += int(thread.read_text().split()[0])
            except (FileNotFoundError, ProcessLookupError):
                continue
    if not nanoseconds:
        raise NotMeasurable("this system has no /proc/PID/schedstat; run the benchmarks on Linux")
    return nanoseconds / 1e9


def resident_bytes(pid: int) -> int:
    """Memory that a process holds in RAM (VmRSS of proc(5))."""
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise NotMeasurable(f"process {pid} tells no VmRSS; has it ended?")
