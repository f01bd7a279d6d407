"""What every step of a move is given: the row as it was read last, and the sessions of this tenure."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from moves import record
from moves.databases import LOCK, Databases, Session
from moves.exceptions import Lost
from moves.record import Move
from moves.states import BEFORE_FLIP, State, Wanted
from moves.streams import BACK, THERE, Stream
from moves.tables import SCHEMAS

HEARTBEAT_SECONDS = 2.0
# Much shorter than a lock may be silent (databases.py).
SPEAK_SECONDS = 10.0


class Interrupted(Exception):
    """The step stops here: it was paused, aborted, or this process ends. Nothing is lost."""


@dataclass
class Tempo:
    """How fast things go. Tests are in more of a hurry."""

    chunk_rows: int = 500
    duty: float = 0.33
    caught_up_seconds: float = 3.0
    lag_bytes: int = 64 * 1024
    open_reads_seconds: float = 60.0
    retry_seconds: float = 0.5
    compared_rows: int = 5_000


@dataclass
class Journey:
    """A move that this process drives for the time of one tenure."""

    databases: Databases
    move: Move
    tempo: Tempo = field(default_factory=Tempo)
    stop: threading.Event = field(default_factory=threading.Event)
    who: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    measured: dict[str, Any] = field(default_factory=dict)
    forgot_at: float = 0.0
    """When old markers were deleted last."""
    _heard: float = 0.0

    @property
    def routes(self) -> Session:
        """The session on the primary of `routes`."""
        return self.databases.routes()

    def source(self, schema: str, use: str = "") -> Session:
        """A session on the source."""
        return self.databases.pod(self.move.source, schema, use)

    def target(self, schema: str, use: str = "") -> Session:
        """A session on the target."""
        return self.databases.pod(self.move.target, schema, use)

    def there(self, schema: str) -> Stream:
        """The stream by which the target follows the source. A return has taken it over."""
        named, direction = (self.move.returns_id, BACK) if self.move.returns_id else (self.move.id, THERE)
        return Stream(named, self.move.organization_id, schema, direction, self.move.source, self.move.target)

    def back(self, schema: str) -> Stream:
        """The stream by which the source follows the target after the flip."""
        return Stream(self.move.id, self.move.organization_id, schema, BACK, self.move.target, self.move.source)

    def streams(self) -> Iterator[Stream]:
        """Both directions of both schemas."""
        for schema in SCHEMAS:
            yield self.there(schema)
            yield self.back(schema)

    def advance(self, to: State, text: str = "", **columns: Any) -> None:
        """Change the state by compare-and-set, and tell; raises `Lost`."""
        self.move = record.advance(self.routes, self.move, to, self.who, text, **columns)

    def tell(self, text: str) -> None:
        """Add to what happened."""
        record.tell(self.routes, self.move, self.who, text)

    def complain(self, text: str) -> None:
        """Say why the move does not go on, once."""
        if text != self.move.error:
            record.update(self.routes, self.move, error=text)
            self.tell(text)
            self.look()

    def grant(self, wanted: str) -> None:
        """Clear a wish."""
        record.heed(self.routes, self.move, wanted)
        self.look()

    def look(self) -> None:
        """Read the row again; raises `Lost` when another driver has taken the move over."""
        now = record.load(self.routes, self.move.id)
        if (now.state, now.attempt) != (self.move.state, self.move.attempt):
            raise Lost(f"{self.move.state}: another driver has taken the move on")
        self.move = now

    def breathe(self, **measured: Any) -> None:
        """Between two bounded pieces of work: say that this driver lives and what it measured, and raise `Interrupted`
        when it is to do something else.
        """
        self.measured |= measured
        if time.monotonic() - self._heard >= HEARTBEAT_SECONDS:
            self._heard = time.monotonic()
            self.show()
            # Without the lock, which this session holds, the driver ends here.
            self.target(SCHEMAS[-1], LOCK).run("SELECT 1")
            self.look()
        undoable = self.move.state in BEFORE_FLIP - {State.ABORTING}
        aborts = undoable and self.move.wanted == Wanted.ABORT
        returns = self.move.state == State.SETTLED and self.move.wanted == Wanted.ROLLBACK
        if self.stop.is_set() or aborts or returns or (undoable and self.move.paused):
            raise Interrupted(self.move.state)

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """Keep the lock during something long that only other stores do. A process that is stopped loses it."""
        session, ended = self.target(SCHEMAS[-1], LOCK), threading.Event()

        def speak() -> None:
            while not ended.wait(SPEAK_SECONDS):
                try:
                    session.run("SELECT 1")
                except psycopg.Error:
                    # `breathe` says so.
                    return

        thread = threading.Thread(target=speak, name="speaking", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def show(self) -> None:
        """Say that this driver lives, and what it has measured beside what earlier ones have."""
        self.routes.run(
            "UPDATE organization_moves SET driver = %s, heartbeat_at = clock_timestamp(), measured = measured || %s "
            "WHERE id = %s",
            (self.who, record.jsonb(self.measured), self.move.id),
        )

    def rest(self, seconds: float) -> None:
        """Sleep, unless this process ends."""
        if self.stop.wait(seconds):
            raise Interrupted(self.move.state)
