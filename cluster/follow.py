"""Read and follow the logs of a cluster's processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from operations.exceptions import NameUnknown
from operations.log_files import last_lines

POLL_SECONDS = 0.3


def logs_by_name(logs: Path, name: str | None) -> dict[str, Path]:
    """Return the log of each process, or of the named one. Raises `NameUnknown`."""
    logs_found = {path.stem: path for path in sorted(logs.glob("*.log"))}
    if name is None:
        return logs_found
    if name not in logs_found:
        raise NameUnknown(f"there is no log of {name!r}; logs exist for: {', '.join(logs_found) or 'no process yet'}")
    return {name: logs_found[name]}


def tail(logs: dict[str, Path], lines: int) -> Iterator[str]:
    """Yield the last lines of each log, prefixed with the process name when there are several logs."""
    for name, path in logs.items():
        for line in last_lines(path, lines).splitlines():
            yield _named(logs, name, line)


def follow(logs: dict[str, Path]) -> Iterator[str]:
    """Yield each line written from now on, without end."""
    read = {name: path.stat().st_size for name, path in logs.items()}
    while True:
        for name, path in logs.items():
            size = path.stat().st_size
            if size < read[name]:
                read[name] = 0
            with path.open("rb") as file:
                file.seek(read[name])
                text = file.read(size - read[name])
            complete = text[: text.rfind(b"\n") + 1]
            read[name] += len(complete)
            for line in complete.decode(errors="replace").splitlines():
                yield _named(logs, name, line)
        time.sleep(POLL_SECONDS)


def _named(logs: dict[str, Path], name: str, line: str) -> str:
    return line if len(logs) == 1 else f"{name:<12} {line}"
