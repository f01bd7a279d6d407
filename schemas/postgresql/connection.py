"""A psycopg connection with a limit on every wait."""

from __future__ import annotations

import select
import time
from collections.abc import Generator
from contextvars import ContextVar
from typing import Any, NamedTuple, NoReturn, Self, TypeVar

import psycopg
from psycopg.abc import PQGen, PQGenConn
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import ConnectionTimeout, DiskFull, _WaitTimeout
from psycopg.pq import TransactionStatus

from schemas.postgresql.trips import TripsMixin
from schemas.servers import Server, server_at
from topology.words import NO_SPACE

RV = TypeVar("RV")

# Most statements are done by then, also on a server that is far away, and cost nothing more.
ASK_AFTER_SECONDS = 0.25
STEP_SECONDS = 0.1
INTERVAL_SECONDS = 0.1


class Limits(NamedTuple):
    """How long this process waits for a server, in seconds. The defaults are those of commands: they may take as long
    as the server works at their statement, and give up on a server that accepts no connection for half a minute.
    """

    connect: float = 2.0
    """For one attempt to connect, the first packets included."""
    patience: float = 30.0
    """For any sign of life from a server that keeps a statement waiting."""
    statement: float | None = None
    """For one statement, whatever signs of life there are; longer than the server's own `statement_timeout`."""


class ServerSilent(psycopg.OperationalError):
    """A server takes in questions and does not answer."""


OF_COMMANDS = Limits()
_limits = ContextVar("limits", default=OF_COMMANDS)


class Connection(TripsMixin):
    """A connection that knows its server."""

    server: Server
    conninfo: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limits = _limits.get()
        self.heard_at = time.monotonic()
        """When the server answered last."""

    @classmethod
    def connect_within(cls, limits: Limits, **parameters: Any) -> Self:
        """Connect as `connect` does. Raises `psycopg.OperationalError`."""
        token = _limits.set(limits)
        try:
            return cls.connect(**parameters)
        finally:
            _limits.reset(token)

    @classmethod
    def _connect_gen(cls, conninfo: str = "") -> PQGenConn[Self]:
        """One attempt, to one host: not begun while the server is silent, and ended after `limits.connect`."""
        named = conninfo_to_dict(conninfo)
        server = server_at(str(named.get("host", "")), str(named.get("port", "")))
        limits = _limits.get()
        if server.is_silent(limits.patience):
            raise ServerSilent(f"{server} does not answer")
        try:
            connection = yield from _within(super()._connect_gen(conninfo), server, conninfo, limits.connect)
        except psycopg.OperationalError as error:
            if NO_SPACE in str(error):
                server.fill()
            raise
        connection.server, connection.conninfo = server, conninfo
        return connection

    def is_idle(self) -> bool:
        """Whether the server has neither closed the connection nor left it in a failed transaction. Takes no trip: a
        server that says something unasked says that it ends, or that it is another one since a promotion.
        """
        if self.closed or self.pgconn.transaction_status == TransactionStatus.INERROR:
            return False
        poll = select.poll()
        poll.register(self.pgconn.socket, select.POLLIN)
        return not poll.poll(0)

    def wait(self, gen: PQGen[RV], interval: float = INTERVAL_SECONDS, timeout: float | None = None) -> RV:
        """The result of a statement. Raises `ServerSilent`, and then the connection is closed."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        if self.server.is_hung:
            raise ServerSilent(f"{self.server} does not answer")
        try:
            found = super().wait(gen, interval, ASK_AFTER_SECONDS)
        except _WaitTimeout:
            found = self._wait_longer(gen, interval)
        except DiskFull:
            self.server.fill()
            raise
        self.heard_at = time.monotonic()
        return found

    def _wait_longer(self, gen: PQGen[RV], interval: float) -> RV:
        started = time.monotonic() - ASK_AFTER_SECONDS
        patience, longest = self.limits.patience, self.limits.statement
        while True:
            self.server.ask(self.conninfo)
            try:
                return super().wait(gen, interval, STEP_SECONDS)
            except _WaitTimeout:
                waited = time.monotonic() - started
                if self.server.is_hung or (waited > patience and self.server.is_silent(patience)):
                    self.server.give_up()
                    self._give_up("does not answer")
                if longest is not None and waited > longest:
                    self.server.leave_alone(self.conninfo)
                    self._give_up(f"has not answered within {longest:g} s")

    def _give_up(self, what: str) -> NoReturn:
        """Closing is enough: to cancel would be to wait for the same server again."""
        self.close()
        raise ServerSilent(f"{self.server} {what}")


def _within(attempt: Generator[Any, Any, RV], server: Server, conninfo: str, seconds: float) -> Generator[Any, Any, RV]:
    """The same attempt, which psycopg resumes ten times a second, for so many seconds (its own limit is 2 or more)."""
    started = time.monotonic()
    try:
        wanted = next(attempt)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() - started > seconds:
                server.ask(conninfo, since=started)
                raise ConnectionTimeout(f"{server} does not answer")
            wanted = attempt.send(ready)
    except StopIteration as done:
        found: RV = done.value
        return found
