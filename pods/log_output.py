"""Where a pod's log lines go. A line that cannot be written is counted, and fails nothing: the work that it tells of
is done by then.
"""

from __future__ import annotations

import logging
import math
import os
import select
import stat
import threading
import time

from topology.words import in_words

STDOUT, STDERR = 1, 2
# After this time without another lost line the log counts as writable again.
FAULT_SECONDS = 60.0
# The longest time that a slow reader of the log's pipe may cost a request.
LONGEST_WAIT_MS = 20


class Output:
    """Lines to a file descriptor, unbuffered: what a full disk did not take is not tried again."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._poll: select.poll | None = None
        self._is_torn = False
        self.lost = 0
        """How many lines could not be written whole."""
        self._fault = ""
        self._failed_at = -math.inf

    def info(self, line: str) -> None:
        """Write a line. Never raises `OSError`."""
        data = f"{line}\n".encode(errors="backslashreplace")
        with self._lock:
            # The output ends in half a line: start a new line first.
            data = b"\n" + data if self._is_torn else data
            fault = self._write(data)
            if fault:
                self.lost += 1
                self._fault, self._failed_at = fault, time.monotonic()

    def _write(self, data: bytes) -> str:
        """What went wrong; empty when nothing did."""
        try:
            if not self._has_room():
                return "nobody reads it"
            self._is_torn = os.write(self._descriptor, data) < len(data)
        except OSError as error:
            return in_words(error)
        return "the disk is full" if self._is_torn else ""

    def _has_room(self) -> bool:
        """Whether a write does not wait. To a file it never does; a pipe may be full, and its reader hang."""
        if self._poll is None:
            self._poll = select.poll()
            self._poll.register(self._descriptor, select.POLLOUT)
        return bool(self._poll.poll(LONGEST_WAIT_MS))

    def fault(self) -> str:
        """Why lines were lost lately; empty when none were."""
        return self._fault if time.monotonic() - self._failed_at < FAULT_SECONDS else ""

    def free_bytes(self) -> float:
        """What is left on the disk that holds the log; NaN when the lines go to no file."""
        try:
            if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
                return math.nan
            disk = os.fstatvfs(self._descriptor)
        except OSError:
            return math.nan
        return float(disk.f_bavail * disk.f_frsize)


requests = Output(STDOUT)
faults = Output(STDERR)


def fault() -> str:
    """Why lines were lost lately; empty when none were."""
    return requests.fault() or faults.fault()


def lost() -> int:
    """How many lines were lost since the process began."""
    return requests.lost + faults.lost


class FaultHandler(logging.Handler):
    """Writes records of the `logging` module beside the requests' lines."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            faults.info(self.format(record))
        except Exception:
            self.handleError(record)
