"""Processes of a benchmark: started when they are needed, gone when it ends, whatever happens to it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from bench.exceptions import NotMeasurable
from cluster.tether import tethered
from topology.places import CHECKOUT

START_SECONDS = 15
STOP_SECONDS = 5
ASK_SECONDS = 1


@contextmanager
def running(
    command: Sequence[str], *, port: int, log: Path, path: str = "/", environment: Mapping[str, str] | None = None
) -> Iterator[int]:
    """The process id of a command that answers HTTP on a port of this machine.

    Raises `NotMeasurable` with the end of its log when it does not within `START_SECONDS`.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=CHECKOUT, env=environment, stdout=output, stderr=subprocess.STDOUT, **tethered()
        )
    try:
        _wait_for(process, port, path, log)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if answers(port, path):
            return
        time.sleep(0.05)
    said = log.read_text(errors="replace")[-2000:]
    raise NotMeasurable(f"{process.args!r} does not answer on port {port}; is the port taken? Its log ends:\n{said}")


def answers(port: int, path: str) -> bool:
    """Whether a GET gets an answer below 500."""
    connection = HTTPConnection("127.0.0.1", port, timeout=ASK_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
