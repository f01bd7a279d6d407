"""Commands that the supervisor runs to their end before the pods start."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

from cluster.exceptions import StartFailed
from cluster.tether import tethered
from operations.log_files import last_lines, log_of, open_log
from topology.places import CHECKOUT

JOB_SECONDS = 300.0


def manage(*arguments: str) -> list[str]:
    """Return the command line of a management command."""
    return [sys.executable, str(CHECKOUT / "manage.py"), *arguments]


async def run_job(name: str, command: list[str], logs: Path, environment: dict[str, str]) -> None:
    """Run a command to its end. Raises `StartFailed` when it fails or takes longer than `JOB_SECONDS`."""
    path = log_of(logs, name)
    with open_log(path) as log:
        process = await asyncio.create_subprocess_exec(
            *command, **tethered(), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        )
    try:
        code = await asyncio.wait_for(process.wait(), JOB_SECONDS)
    except TimeoutError:
        raise StartFailed(f"{name} took more than {JOB_SECONDS:g} s; its output: {path}") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if code:
        raise StartFailed(f"{name} failed with exit code {code}. The end of {path}:\n{last_lines(path, 20)}".rstrip())
