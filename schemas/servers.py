"""Which database servers answer: one circuit breaker for each server, whatever the alias.

`statement_timeout` is enforced by the server. A server that hangs (a stalled VM, SIGSTOP) enforces nothing, and its
kernel goes on acknowledging, so TCP notices nothing either. A thread that waits longer than most statements take
asks here whether the server still answers, and one thread beside the requests finds out by connecting to it. While that
thread has no answer, no request waits for the server longer than its patience, and soon no request begins to wait.

A server that refuses at once needs no breaker: asking it again costs nothing.
"""

from __future__ import annotations

import errno
import math
import os
import threading
import time
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

# A server that has just answered is not asked again by the next slow statement.
ASK_AGAIN_SECONDS = 0.5
# How long one attempt to connect goes on while nobody waits for it: a server that hung answers it when it wakes.
ATTEMPT_SECONDS = 10
PAUSE_SECONDS = 0.2
# One that accepts connections and leaves a statement unanswered (its disk hangs, perhaps) is left alone for so long.
LEFT_ALONE_SECONDS = 2.0
# A replica that cancelled a read goes on cancelling for as long as its replay waits for a lock.
AVOIDED_SECONDS = 5.0
# From when on metrics count a question as unanswered.
UNANSWERED_SECONDS = 1.0
# A server that had no space left is told of for so long: nothing says when there is some again.
FULL_SECONDS = 15.0

# The queue of connections is full, or the network leads nowhere: no answer either.
_NO_ANSWER = tuple(os.strerror(number) for number in (errno.EAGAIN, errno.EHOSTUNREACH, errno.ENETUNREACH))


class Server:
    """A database server by its address, as this process knows it."""

    def __init__(self, host: str, port: str) -> None:
        self.host = host
        self.port = port
        self.asked_at: float | None = None
        """When the question was asked that has not been answered; None in good times."""
        self.is_hung = False
        """A statement was given up on it, and it has not answered since: none is sent."""
        self._answered_at = -math.inf
        self._left_alone_until = -math.inf
        self._avoided_until = -math.inf
        self._full_at = -math.inf
        self._lock = threading.Lock()

    def __str__(self) -> str:
        return f"the database server at {self.host}:{self.port}"

    def is_silent(self, patience: float) -> bool:
        """Whether it has left a question unanswered for longer than `patience` seconds: nobody is to connect to it.

        Its open connections may work all the same: the process that takes in new ones may be the only one that hangs.
        """
        asked_at = self.asked_at
        return asked_at is not None and time.monotonic() - asked_at > patience

    def ask(self, conninfo: str, *, since: float | None = None) -> None:
        """Find out in the background whether it answers, unless that is being done or was a moment ago.

        `since` is when a connection attempt began that has failed for want of an answer.
        """
        now = time.monotonic()
        with self._lock:
            if self.asked_at is not None or (since is None and now - self._answered_at < ASK_AGAIN_SECONDS):
                return
            self.asked_at = now if since is None else since
        self._start(conninfo)

    def give_up(self) -> None:
        """Let nobody send it anything until it answers. Nothing happens when it has just answered."""
        with self._lock:
            self.is_hung = self.asked_at is not None

    def leave_alone(self, conninfo: str) -> None:
        """Let nobody send it anything for a short time, and then until it answers."""
        with self._lock:
            is_asked = self.asked_at is not None
            self.asked_at, self.is_hung = -math.inf, True
            self._left_alone_until = time.monotonic() + LEFT_ALONE_SECONDS
        if not is_asked:
            self._start(conninfo)

    def _start(self, conninfo: str) -> None:
        threading.Thread(target=self._find_out, args=(conninfo,), name=f"asking {self.host}", daemon=True).start()

    def avoid(self) -> None:
        """Connect to others first for a while: it cancels reads that others would answer."""
        self._avoided_until = time.monotonic() + AVOIDED_SECONDS

    def is_avoided(self) -> bool:
        """Whether others are to be connected to first."""
        return time.monotonic() < self._avoided_until

    def fill(self) -> None:
        """Note that it had no space left."""
        self._full_at = time.monotonic()

    def is_full(self) -> bool:
        """Whether it had no space left for something, lately."""
        return time.monotonic() - self._full_at < FULL_SECONDS

    def _find_out(self, conninfo: str) -> None:
        try:
            while time.monotonic() < self._left_alone_until or not self._answers(conninfo):
                time.sleep(PAUSE_SECONDS)
        finally:
            # Also when the thread fails unexpectedly: one more check is better than no check ever again.
            with self._lock:
                self._answered_at = time.monotonic()
                self.asked_at, self.is_hung = None, False

    def _answers(self, conninfo: str) -> bool:
        """Whether it says anything. A refusal (no such database, starting up, nobody listens) is an answer."""
        wanted: dict[str, Any] = conninfo_to_dict(conninfo)
        wanted.pop("target_session_attrs", None)
        wanted |= {"connect_timeout": ATTEMPT_SECONDS, "application_name": "does it answer"}
        try:
            psycopg.connect(**wanted).close()
        except psycopg.errors.ConnectionTimeout:
            return False
        except psycopg.Error as error:
            return not any(text in str(error) for text in _NO_ANSWER)
        return True


_servers: dict[tuple[str, str], Server] = {}


def server_at(host: str, port: str) -> Server:
    """The server at an address, the same object each time."""
    # One that two threads make at the same time is kept once.
    return _servers.get((host, port)) or _servers.setdefault((host, port), Server(host, port))


def servers_of(settings: Mapping[str, Any]) -> list[Server]:
    """The servers that Django's settings of a database name, in their order."""
    hosts, ports = str(settings["HOST"]).split(","), str(settings["PORT"]).split(",")
    return [server_at(host, port) for host, port in zip(hosts, ports, strict=False)]


def are_hung(settings: Mapping[str, Any]) -> bool:
    """Whether no server answers of those that Django's settings of a database name."""
    return all(server.is_hung for server in servers_of(settings))


def silent_servers() -> list[Server]:
    """Those that have left a question unanswered for a while."""
    return [server for server in list(_servers.values()) if server.is_silent(UNANSWERED_SECONDS)]
