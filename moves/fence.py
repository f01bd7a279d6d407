"""The fence: the gate of the pod that serves is shut, and a marker proves that the other pod has everything.

The lock is tried, never waited for: waiting would queue every writer behind it. Both locks are held before either
state changes. The marker is written under the exclusive lock: every writer before has committed, every later one is
refused. Attempt numbers keep a driver from before from shutting or opening what is not its own any more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

from moves import streams
from moves.databases import Session
from moves.exceptions import GateBusy, Lost
from moves.journey import Journey
from moves.streams import Stream
from moves.tables import SCHEMAS
from schemas.gate import LOCK_CLASS

# Trying the lock harms nobody, so it may take longer than the pause.
TRY_SECONDS = 10.0
TRY_AGAIN_SECONDS = 0.002
OLD_TRANSACTION_SECONDS = 0.2
# After this, another process checks whether the fence still has a driver.
ALARM_SECONDS = 2


@dataclass
class Fence:
    """The gate of one pod, and the stream from there to the other."""

    journey: Journey
    writer: Callable[[str, str], Session]
    reader: Callable[[str, str], Session]
    stream: Callable[[str], Stream]
    state: str = "incoming"
    """What the other pod is meanwhile."""
    shut_at: float = 0.0
    tries: int = 0
    open_seconds: float = 0.0
    """How long it took to open the gate, once the other pod had been told that the attempt is over."""
    marker_seconds: dict[str, float] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The kind of its markers: those of a return pass the stream of another move."""
        return f"fence of {self.journey.move.id}"

    @property
    def seconds_left(self) -> float:
        """Of the longest pause."""
        return self.shut_at + self.journey.move.max_pause_ms / 1000 - time.monotonic()

    def warm(self) -> None:
        """Let each session do once, in vain, what it will do while the gate is shut: the first time takes longer, so
        that a rehearsal would forecast too much.
        """
        for schema in SCHEMAS:
            session = self.writer(schema, "gate")
            session.run("BEGIN")
            self._lock(session, nobody=True)
            streams.send_marker(session, self.stream(schema), self.journey.move.attempt, f"warm:{self.kind}")
            session.run("ROLLBACK")
            self.reader(schema, "wait").run("DO $$ BEGIN PERFORM pg_sleep(0); END $$")

    def shut(self) -> None:
        """Shut the gate and send the markers. Raises `GateBusy` when nobody is to wait for it any longer, and `Lost`
        when a later attempt was here.
        """
        self._wait_for_old_transactions()
        deadline = time.monotonic() + TRY_SECONDS
        while not self._try():
            self.tries += 1
            if time.monotonic() > deadline:
                raise GateBusy(f"writers of the organization left no gap within {TRY_SECONDS:g} s")
            self.journey.rest(TRY_AGAIN_SECONDS)

    def arrive(self) -> None:
        """Return when the other pod has everything that was ever committed here. Raises `GateBusy` when that takes
        longer than the pause may.
        """
        for schema in SCHEMAS:
            self.marker_seconds[schema] = streams.wait_for_marker(
                self.reader(schema, "wait"),
                self.stream(schema),
                self.journey.move.attempt,
                self.kind,
                max(0.001, self.seconds_left),
            )
        if self.seconds_left <= 0:
            raise GateBusy(f"the pause would be longer than {self.journey.move.max_pause_ms} ms")

    def open(self) -> None:
        """Open the gate that this attempt, or one before it, has shut; a later one's stays shut.

        First the other pod learns that nothing of these attempts counts any more, so that no driver which was stopped
        for a while can let it serve. That pod may be down: then it serves nobody either.
        """
        move = self.journey.move
        for schema in SCHEMAS:
            with suppress(psycopg.OperationalError):
                self.reader(schema, "gate").run(
                    "UPDATE organization_state SET attempt = greatest(attempt, %s) "
                    "WHERE id = %s AND move_id = %s AND state = %s",
                    (move.attempt, move.organization_id, move.id, self.state),
                )
        started = time.monotonic()
        for schema in SCHEMAS:
            self.writer(schema, "gate").run(
                "UPDATE organization_state SET state = 'active', attempt = %(attempt)s, fenced_until = NULL "
                "WHERE id = %(organization)s AND move_id = %(move)s AND attempt <= %(attempt)s "
                "AND state IN ('fenced', 'active')",
                {"attempt": move.attempt, "organization": move.organization_id, "move": move.id},
            )
        self.open_seconds = time.monotonic() - started

    def _try(self) -> bool:
        """Shut it now, or leave it as it was."""
        sessions = [self.writer(schema, "gate") for schema in SCHEMAS]
        try:
            for session in sessions:
                session.run("BEGIN")
                if not self._lock(session):
                    return False
                self.shut_at = self.shut_at or time.monotonic()
            for schema, session in zip(SCHEMAS, sessions, strict=True):
                self._mark(schema, session)
            for session in sessions:
                session.run("COMMIT")
            return True
        finally:
            for session in sessions:
                if not session.closed and session.info.transaction_status.name in {"INTRANS", "INERROR"}:
                    session.run("ROLLBACK")
                    self.shut_at = 0.0

    def _lock(self, session: Session, *, nobody: bool = False) -> bool:
        organization = 0 if nobody else self.journey.move.organization_id
        ((locked,),) = session.run(f"SELECT pg_try_advisory_xact_lock({LOCK_CLASS}, hashint8(%s))", (organization,))
        return bool(locked)

    def _mark(self, schema: str, session: Session) -> None:
        move = self.journey.move
        changed = session.change(
            "UPDATE organization_state SET state = 'fenced', attempt = %(attempt)s, "
            "fenced_until = clock_timestamp() + %(alarm)s * interval '1 second' "
            "WHERE id = %(organization)s AND state = 'active' AND move_id = %(move)s AND attempt < %(attempt)s",
            {
                "attempt": move.attempt,
                "alarm": max(ALARM_SECONDS, 2 * move.max_pause_ms / 1000),
                "organization": move.organization_id,
                "move": move.id,
            },
        )
        if not changed:
            raise Lost(f"the gate of {schema} is not this attempt's to shut")
        streams.send_marker(session, self.stream(schema), move.attempt, self.kind)

    def _wait_for_old_transactions(self) -> None:
        """Wait for transactions of the organization that are not short: the lock cannot be had while one is open."""
        deadline = time.monotonic() + TRY_SECONDS
        for schema in SCHEMAS:
            while rows := self.writer(schema, "gate").run(OLD_TRANSACTIONS, (self.journey.move.organization_id,)):
                if time.monotonic() > deadline:
                    pid, name, seconds = rows[0]
                    raise GateBusy(
                        f"a transaction of the organization in {schema} is open since {seconds:.1f} s "
                        f"(process {pid}, {name or 'without a name'})"
                    )
                self.journey.rest(0.05)


OLD_TRANSACTIONS = f"""
SELECT pid, application_name, extract(epoch FROM clock_timestamp() - xact_start)::float8
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND classid = {LOCK_CLASS}
  AND objid = (hashint8(%s)::bigint & 4294967295)::oid AND objsubid = 2
  AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND xact_start < clock_timestamp() - interval '{OLD_TRANSACTION_SECONDS} s'
"""  # noqa: S608


def of_source(journey: Journey) -> Fence:
    """The source's gate, before the flip."""
    return Fence(journey, journey.source, journey.target, journey.there)


def of_target(journey: Journey) -> Fence:
    """The target's gate, after the flip: to compare both sides over the reverse stream."""
    return Fence(journey, journey.target, journey.source, journey.back, state="moved")
