"""Read the logs of a cluster's processes, and go on reading."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from operations.exceptions import NameUnknown
from operations.log_files import last_lines

POLL_SECONDS = 0.3


def logs_by_name(logs: Path, name: str | None) -> dict[str, Path]:
    """Process name to log: all of them, or the one asked for. Raises `NameUnknown`."""
    found = {path.stem: path for path in sorted(logs.glob("*.log"))}
    if name is None:
        return found
    if name not in found:
        raise NameUnknown(f"there is no log of {name!r}; there are logs of: {', '.join(found) or 'nothing yet'}")
    return {name: found[name]}


def tail(logs: dict[str, Path], lines: int) -> Iterator[str]:
    """The last lines of each log, with the process's name before each line when there are several."""
    for name, path in logs.items():
        for line in last_lines(path, lines).splitlines():
            yield _named(logs, name, line)


def follow(logs: dict[str, Path]) -> Iterator[str]:
    """Each line that is written from now on, until the caller stops asking."""
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
