"""One log file for each process, of bounded size."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import IO

# A process keeps twice this much, counting its one older generation.
LARGEST_BYTES = 32 * 1024 * 1024
READ_AT_ONCE = 256 * 1024


def log_of(logs: Path, name: str) -> Path:
    """Return the log file of a process."""
    return logs / f"{name}.log"


def open_log(path: Path) -> IO[bytes]:
    """Open the file for a child's output, to append: the file may be truncated while the child writes."""
    return path.open("ab", buffering=0)


def cut_logs(logs: Path, *, largest: int = LARGEST_BYTES) -> None:
    """Move the contents of each file that is too large to its older generation, `<name>.log.1`.

    The file itself stays, because its writer holds it open; a line written at this moment may be lost.
    """
    for path in logs.glob("*.log"):
        if path.stat().st_size > largest:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            os.truncate(path, 0)


def last_lines(path: Path, lines: int) -> str:
    """Return the end of a log, with a trailing line break; empty when there is no log yet."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - READ_AT_ONCE))
        text = file.read(READ_AT_ONCE).decode(errors="replace")
    return "".join(f"{line}\n" for line in text.splitlines()[-lines:])
