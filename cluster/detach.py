"""`cluster up --detach`: run the supervisor in the background, and show its output until it is ready."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from cluster import control
from cluster.exceptions import ControlBroken, NotRunning, StartFailed
from cluster.jobs import manage
from cluster.lock import is_held
from operations.log_files import log_of, open_log
from topology.places import CHECKOUT, Places

START_SECONDS = 900.0
STATUS_SECONDS = 5.0
POLL_SECONDS = 0.05


def up_in_background(places: Places, arguments: list[str], say: Callable[[str], None]) -> None:
    """Start a supervisor that outlives this process, and return when its cluster is ready.

    Raises `StartFailed` when it ends before, or is not ready within `START_SECONDS`; Ctrl-C stops it.
    """
    places.logs.mkdir(parents=True, exist_ok=True)
    path = log_of(places.logs, "supervisor")
    with open_log(path) as log:
        position = log.tell()
        supervisor = subprocess.Popen(
            manage("cluster", "up", "--in-background", *arguments),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=CHECKOUT, start_new_session=True,
        )  # fmt: skip
    deadline = time.monotonic() + START_SECONDS
    try:
        while not _is_ready(places):
            position = _say_more(path, position, say)
            # A supervisor that found another one starting exits with 0; wait for the other one.
            if supervisor.poll() is not None and not (supervisor.returncode == 0 and is_held(places)):
                _say_more(path, position, say)
                raise StartFailed(f"the cluster did not come up; the supervisor's log: {path}")
            if time.monotonic() > deadline:
                raise StartFailed(f"not ready within {START_SECONDS:g} s; the supervisor's log: {path}")
            time.sleep(POLL_SECONDS)
    except BaseException:
        supervisor.terminate()
        raise
    _say_more(path, position, say)


def _is_ready(places: Places) -> bool:
    try:
        return bool(control.ask(places.control_socket, {"do": "status"}, seconds=STATUS_SECONDS)["ready"])
    except (NotRunning, ControlBroken):
        return False


def _say_more(path: Path, start: int, say: Callable[[str], None]) -> int:
    with path.open("rb") as file:
        file.seek(start)
        text = file.read()
    complete = text[: text.rfind(b"\n") + 1]
    for line in complete.decode(errors="replace").splitlines():
        say(line)
    return start + len(complete)
