"""Streams: PostgreSQL's own logical decoding on one pod and apply on the other, for the rows of one organization.

A publication with a row filter, a slot made by hand (CREATE SUBSCRIPTION would wait for itself when both pods are on
one server), and a subscription without an initial copy (copy.py). Their name follows from the move, so that it
tells which move they belong to. TRUNCATE is not published: it has no filter, and would empty the target's whole table.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

import psycopg
from psycopg import sql

from moves.databases import Databases, Session
from moves.exceptions import GateBusy
from moves.tables import MARKERS, tables_of

THERE, BACK = "there", "back"
PREFIX = "move_"
POLL_SECONDS = 0.02
DROP_SECONDS = 10.0


@dataclass(frozen=True)
class Stream:
    """A stream of one schema from pod to pod."""

    move_id: uuid.UUID
    """The move that it is named for, which a return shares; markers pass it only under this id."""
    organization_id: int
    schema: str
    direction: str
    publisher: str
    subscriber: str

    @property
    def name(self) -> str:
        """The name of its publication, slot and subscription."""
        return f"{PREFIX}{self.move_id.hex}_{self.schema}_{self.direction}"


def make(databases: Databases, stream: Stream) -> None:
    """Make a stream, after whatever is left of an earlier one of this name is gone."""
    drop(databases, stream)
    publisher = databases.pod(stream.publisher, stream.schema, "publish")
    subscriber = databases.pod(stream.subscriber, stream.schema)
    published = [
        sql.SQL("{} WHERE (organization_id = {})").format(
            sql.Identifier(table.name), sql.Literal(stream.organization_id)
        )
        for table in tables_of(stream.schema)
    ]
    published.append(
        sql.SQL("{} WHERE (move_id = {}::uuid)").format(sql.Identifier(MARKERS), sql.Literal(str(stream.move_id)))
    )
    name = sql.Identifier(stream.name)
    # A publication waits for autovacuum, and a slot for every transaction that writes. No writer waits for them.
    publisher.run("SET lock_timeout = 0")
    publisher.run(
        sql.SQL("CREATE PUBLICATION {} FOR TABLE {} WITH (publish = 'insert, update, delete')").format(
            name, sql.SQL(", ").join(published)
        )
    )
    publisher.run("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", (stream.name,))
    conninfo = databases.conninfo(stream.publisher, stream.schema, stream.name)
    subscriber.run(
        sql.SQL(
            "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {} WITH (create_slot = false, slot_name = {}, "
            "copy_data = false, origin = none, streaming = parallel, synchronous_commit = 'off')"
        ).format(name, sql.Literal(conninfo), name, sql.Literal(stream.name))
    )


def drop(databases: Databases, stream: Stream) -> None:
    """Drop what there is of a stream; the subscription first, which would open the slot again."""
    drop_subscription(databases.pod(stream.subscriber, stream.schema), stream.name)
    publisher = databases.pod(stream.publisher, stream.schema)
    drop_slot(publisher, stream.name)
    publisher.run(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(stream.name)))


def drop_subscription(subscriber: Session, name: str) -> None:
    """Drop a subscription without asking its publisher, which may be gone."""
    subscription = sql.Identifier(name)
    mine = "SELECT 1 FROM pg_subscription JOIN pg_database ON pg_database.oid = subdbid "
    mine += "WHERE datname = current_database() AND subname = %s"
    try:
        if subscriber.run(mine, (name,)):
            subscriber.run(sql.SQL("ALTER SUBSCRIPTION {} DISABLE").format(subscription))
            subscriber.run(sql.SQL("ALTER SUBSCRIPTION {} SET (slot_name = NONE)").format(subscription))
            subscriber.run(sql.SQL("DROP SUBSCRIPTION IF EXISTS {}").format(subscription))
    except psycopg.errors.UndefinedObject:
        # Another process dropped it first.
        pass


def drop_slot(publisher: Session, name: str) -> None:
    """Drop a slot, and end the sender that uses it."""
    deadline = time.monotonic() + DROP_SECONDS
    while rows := publisher.run("SELECT active_pid FROM pg_replication_slots WHERE slot_name = %s", (name,)):
        try:
            if rows[0][0] is not None:
                publisher.run("SELECT pg_terminate_backend(%s)", rows[0])
            publisher.run("SELECT pg_drop_replication_slot(%s)", (name,))
        except psycopg.errors.UndefinedObject:
            return
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)


def is_whole(databases: Databases, stream: Stream) -> bool:
    """Whether both ends are there, and the publisher still has all the log that the subscriber lacks."""
    slot = databases.pod(stream.publisher, stream.schema).run(
        "SELECT wal_status IN ('reserved', 'extended') AND EXISTS "
        "(SELECT 1 FROM pg_publication WHERE pubname = slot_name) "
        "FROM pg_replication_slots WHERE slot_name = %s AND database = current_database()",
        (stream.name,),
    )
    subscription = databases.pod(stream.subscriber, stream.schema).run(
        "SELECT subenabled FROM pg_subscription JOIN pg_database ON pg_database.oid = subdbid "
        "WHERE datname = current_database() AND subname = %s",
        (stream.name,),
    )
    return slot == [(True,)] and subscription == [(True,)]


def lag_bytes(databases: Databases, stream: Stream) -> int | None:
    """How much log the subscriber has not confirmed; None while it is not connected."""
    rows = databases.pod(stream.publisher, stream.schema).run(
        "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), replay_lsn)::bigint FROM pg_stat_replication "
        "WHERE application_name = %s AND replay_lsn IS NOT NULL",
        (stream.name,),
    )
    return max(0, rows[0][0]) if rows else None


def kept_bytes(databases: Databases, stream: Stream) -> int:
    """How much log the publisher keeps for the stream."""
    rows = databases.pod(stream.publisher, stream.schema).run(
        "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), restart_lsn)::bigint FROM pg_replication_slots "
        "WHERE slot_name = %s AND restart_lsn IS NOT NULL",
        (stream.name,),
    )
    return int(rows[0][0]) if rows else 0


def kept_share(databases: Databases, stream: Stream) -> float:
    """The share that the stream has of the log which the publisher may keep for it; 0.0 without a limit."""
    rows = databases.pod(stream.publisher, stream.schema).run(
        "SELECT coalesce(kept / nullif(kept + greatest(safe_wal_size, 0), 0), 0)::float8 FROM "
        "(SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), restart_lsn) AS kept, safe_wal_size "
        "FROM pg_replication_slots WHERE slot_name = %s AND safe_wal_size IS NOT NULL) AS slot",
        (stream.name,),
    )
    return float(rows[0][0]) if rows else 0.0


def apply_errors(databases: Databases, stream: Stream) -> int:
    """How often the subscriber failed to apply a change. PostgreSQL repeats it until it succeeds."""
    rows = databases.pod(stream.subscriber, stream.schema).run(
        "SELECT apply_error_count FROM pg_stat_subscription_stats WHERE subname = %s", (stream.name,)
    )
    return int(rows[0][0]) if rows else 0


def send_marker(session: Session, stream: Stream, attempt: int, kind: str) -> None:
    """Insert a marker at the publisher. A second one of the same attempt and kind is refused."""
    session.run(
        "INSERT INTO move_marker (move_id, attempt, kind, at) VALUES (%s, %s, %s, clock_timestamp())",
        (stream.move_id, attempt, kind),
    )


def wait_for_marker(session: Session, stream: Stream, attempt: int, kind: str, seconds: float) -> float:
    """Return when the subscriber has applied a marker, and so all that was committed before it; return how many seconds
    that took. Raises `GateBusy` after `seconds`.

    The server waits by itself: a distant driver would ask once in each round trip only.
    """
    started = time.monotonic()
    query = sql.SQL(
        "DO $$ BEGIN FOR i IN 0..{turns} LOOP EXIT WHEN EXISTS "
        "(SELECT 1 FROM move_marker WHERE move_id = {move} AND attempt = {attempt} AND kind = {kind}); "
        "PERFORM pg_sleep(0.0005); END LOOP; END $$"
    ).format(
        turns=sql.Literal(max(1, int(seconds * 1000))),
        move=sql.Literal(str(stream.move_id)),
        attempt=sql.Literal(attempt),
        kind=sql.Literal(kind),
    )
    session.run(query)
    arrived = session.run(
        "SELECT 1 FROM move_marker WHERE move_id = %s AND attempt = %s AND kind = %s", (stream.move_id, attempt, kind)
    )
    if not arrived:
        raise GateBusy(f"{stream.schema} on {stream.subscriber} had not caught up after {seconds:g} s")
    return time.monotonic() - started
