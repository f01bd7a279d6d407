"""One log file for each process, none of them for ever."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import IO

# With its one older generation, a process keeps twice this.
LARGEST_BYTES = 32 * 1024 * 1024
READ_AT_ONCE = 256 * 1024


def log_of(logs: Path, name: str) -> Path:
    """Where a process's output goes."""
    return logs / f"{name}.log"


def open_log(path: Path) -> IO[bytes]:
    """The file for a child's output. Appending: the file may be cut while the child writes."""
    return path.open("ab", buffering=0)


def cut_logs(logs: Path, *, largest: int = LARGEST_BYTES) -> None:
    """Move what is in too large a file to its older generation, `<name>.log.1`.

    The file itself stays, since its writer holds it open; a line written in this very moment may be lost.
    """
    for path in logs.glob("*.log"):
        if path.stat().st_size > largest:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            os.truncate(path, 0)


def last_lines(path: Path, lines: int) -> str:
    """The end of a log, with a line break at its own end; empty when there is none yet."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - READ_AT_ONCE))
        text = file.read(READ_AT_ONCE).decode(errors="replace")
    return "".join(f"{line}\n" for line in text.splitlines()[-lines:])
