"""One process that the supervisor keeps running."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from cluster.account import Account
from cluster.exceptions import StartFailed
from cluster.family import family
from cluster.tether import tethered
from operations.exceptions import OperationsError
from operations.hints import command
from operations.log_files import last_lines, log_of, open_log
from topology.words import in_words

# After answering for this long a process counts as healthy, and its next crash as the first.
STEADY_SECONDS = 30.0
FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 10.0
MOST_CRASHES = 30
# More crashes than this before it is ready for the first time mean that it cannot start.
CRASHES_BEFORE_READY = 3
READY_POLL_SECONDS = 0.05
# While it starts, a process may take a connection and answer late; then it has `hung_seconds`.
START_SECONDS = 120.0
LOOK_SECONDS = 2.0
# After the machine itself slept, what seemed to take long took no time.
ONCE_MORE_SECONDS = 3.0
KILL_SECONDS = 5.0


class State(StrEnum):
    """State of a child."""

    STOPPED = "stopped"
    RUNNING = "running"
    RESTARTING = "restarting"
    FAILED = "failed"


async def nothing_to_say() -> str:
    """Do nothing before a stop: the process finishes its work by itself."""
    return ""


@dataclass(frozen=True)
class Launch:
    """How a process is started and stopped.

    `before_stop` is awaited before the stop signal and returns a line for the log, or nothing; `grace` is in
    seconds and starts after it.
    """

    command: list[str]
    environment: dict[str, str]
    folder: Path
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    grace: float = 10.0
    before_stop: Callable[[], Awaitable[str]] = nothing_to_say


async def nothing_to_prepare() -> None:
    """Do nothing before a start."""


async def always_heard(seconds: float) -> bool:
    """Nobody can ask this process."""
    return True


def nobody_to_tell(line: str) -> None:
    """Tell nobody."""


@dataclass
class Child:
    """A named process: started, watched, restarted when it ends by itself or hangs, and stopped on request.

    `launch` is called before each start; `is_ready` is called until it returns True. `is_heard` is called all the time
    and returns whether the process says anything within so many seconds, if only a refusal; a process that says nothing
    for `hung_seconds` is killed. `tell` gets a line for each unexpected end and each restart.
    """

    name: str
    kind: str
    logs: Path
    launch: Callable[[], Launch]
    is_ready: Callable[[], Awaitable[bool]]
    prepare: Callable[[], Awaitable[None]] = nothing_to_prepare
    is_heard: Callable[[float], Awaitable[bool]] = always_heard
    hung_seconds: float = 20.0
    tell: Callable[[str], None] = nobody_to_tell
    state: State = State.STOPPED
    pid: int | None = None
    started_at: float = 0.0
    restarts: int = 0
    last_end: str = ""
    """How it ended when nobody wanted it to, the last time."""
    last_end_at: float | None = None
    _crashes: int = 0
    _heard_at: float = 0.0
    _hung: str = ""
    _keeper: asyncio.Task[None] | None = None
    _process: asyncio.subprocess.Process | None = None
    _launched: Launch | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """The log file of the process."""
        return log_of(self.logs, self.name)

    async def start(self, ready_within: float) -> None:
        """Start the process unless it runs, and return when it is ready. Raises `StartFailed` after `ready_within`
        seconds, or when the process keeps exiting.
        """
        if self._keeper is None or self._keeper.done():
            self._crashes = 0
            self.state = State.RUNNING
            self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.name}")
        deadline = time.monotonic() + ready_within
        while not (self.pid and await self.is_ready()):
            if self._is_stopped():
                raise StartFailed(f"{self.name} was stopped before it was ready")
            if self._keeper.done():
                # The keeper gave up with a state, or raised an unexpected error.
                self._keeper.result()
            if self.state is State.FAILED or self._crashes >= CRASHES_BEFORE_READY:
                raise StartFailed(f"{self.name} exits as soon as it is started.\n{self._evidence()}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{self.name} was not ready within {ready_within:g} s.\n{self._evidence()}")
            await asyncio.sleep(READY_POLL_SECONDS)

    async def stop(self, grace: float | None = None) -> None:
        """Stop the process and wait for its end: ask first, kill after `grace` seconds (default: the launch's own)."""
        self.state = State.STOPPED
        process, launched = self._process, self._launched
        if process and launched and process.returncode is None:
            if said := await launched.before_stop():
                self._note(said)
            self._signal(process, launched.stop_signal)
            await _ended(process, launched.grace if grace is None else grace)
            self._signal_group(process, signal.SIGKILL)
            await _ended(process, KILL_SECONDS)
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        self.pid = None

    def kill(self) -> None:
        """Kill the process; a waiting `stop` then returns soon."""
        if self._process and self._process.returncode is None:
            self._signal_group(self._process, signal.SIGKILL)

    def report(self) -> dict[str, Any]:
        """Return the process's entry in `cluster status`: times in seconds, `since` as a Unix time."""
        return {
            "name": self.name,
            "kind": self.kind,
            "state": self.state.value,
            "pid": self.pid,
            "since": self.started_at if self.pid else None,
            "restarts": self.restarts,
            "last_end": self.last_end,
            "last_end_at": self.last_end_at,
        }

    async def _keep(self) -> None:
        while not self._is_stopped():
            started = self._heard_at = time.monotonic()
            try:
                end = await self._run_once()
            except (OSError, OperationsError) as error:
                end = f"cannot be started: {_reason(error)}"
            self.pid = None
            if self._is_stopped():
                return
            self.last_end, self.last_end_at = end, time.time()
            self._crashes = 1 if self._heard_at - started > STEADY_SECONDS else self._crashes + 1
            if self._crashes > MOST_CRASHES:
                self.state = State.FAILED
                again = command(f"cluster start {self.name}")
                self._note(f"{end}; gave up after {self._crashes} starts; start it again with: {again}")
                return
            self.state = State.RESTARTING
            self.restarts += 1
            delay = min(FIRST_DELAY_SECONDS * 2 ** (self._crashes - 1), LONGEST_DELAY_SECONDS)
            self._note(f"{end}; restart {self.restarts} in {delay:g} s")
            await asyncio.sleep(delay)

    def _is_stopped(self) -> bool:
        return self.state is State.STOPPED

    async def _run_once(self) -> str:
        """Run the process to its end, and return how it ended."""
        await self.prepare()
        self._launched = launch = self.launch()
        with open_log(self.log) as log:
            self._process = await asyncio.create_subprocess_exec(
                *launch.command,
                **tethered(launch.account, death_signal=launch.death_signal),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=launch.folder,
                env=launch.environment,
            )
        self.pid = self._process.pid
        self.started_at = time.time()
        if self.state is State.RESTARTING:
            self.state = State.RUNNING
            self._note(f"was started again as process {self.pid}")
        self._hung = ""
        watch = asyncio.create_task(self._end_when_hung(self._process), name=f"watch {self.name}")
        try:
            code = await self._process.wait()
        finally:
            watch.cancel()
        # Its own children must not keep the port that its successor needs.
        self._signal_group(self._process, signal.SIGKILL)
        if self._hung:
            return self._hung
        # It worked until now, as far as anybody knows.
        self._heard_at = time.monotonic()
        return f"exited unexpectedly, {_how(code)}"

    async def _end_when_hung(self, process: asyncio.subprocess.Process) -> None:
        """Kill the process, and all that descend from it, once it says nothing any more."""
        began, was_ready = time.monotonic(), False
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            was_ready = was_ready or await self.is_ready()
            now = time.monotonic()
            limit = self.hung_seconds if was_ready else max(self.hung_seconds, began + START_SECONDS - now)
            if await self.is_heard(limit) or await self.is_heard(ONCE_MORE_SECONDS):
                self._heard_at = time.monotonic()
                continue
            self._hung = f"did not answer for {limit:g} s and was killed"
            # PostgreSQL's processes have groups of their own, and those that are stopped survive their parent.
            for pid in await asyncio.to_thread(family, process.pid):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            return

    def _signal(self, process: asyncio.subprocess.Process, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)

    def _signal_group(self, process: asyncio.subprocess.Process, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)

    def _note(self, text: str) -> None:
        self.tell(f"{self.name} {text}")
        # A full disk must not prevent starting or stopping a process.
        with contextlib.suppress(OSError), open_log(self.log) as log:
            log.write(f"supervisor: {self.name} {text}\n".encode())

    def _evidence(self) -> str:
        return f"The end of {self.log}:\n{last_lines(self.log, 15) or '(empty)'}".rstrip()


async def _ended(process: asyncio.subprocess.Process, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), seconds)


def _reason(error: Exception) -> str:
    if not isinstance(error, OSError):
        return str(error)
    return f"{in_words(error)}: {error.filename}" if error.filename else in_words(error)


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
