"""Copy: chunk by chunk in the order of the primary key, while the stream runs.

A chunk's rows are locked on the source, so they stand still. A marker that is inserted then and has arrived on the
target proves that all which happened to them before has arrived too. What the target does not have now, it gets from
the chunk; what it has is as new. The checkpoint is written with the rows, so any driver goes on at any chunk.

The locks must outlive the target's transaction: it may last `TARGET_SECONDS`, an idle source session longer.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from moves import stores, streams
from moves.databases import HAS_TRANSACTION_TIMEOUT, Session
from moves.exceptions import GateBusy, Lost, StreamLost
from moves.journey import Journey
from moves.pace import Pace
from moves.states import State
from moves.tables import SCHEMAS, Table, columns_of, key_type, tables_of

TARGET_SECONDS = 5
# Nobody of the organization waits longer for a locked row than this; what lags more is waited for without locks.
HOLD_SECONDS = 0.4
LAG_SECONDS = 15.0
LOOK_SECONDS = 2.0
# Of the log that the server may keep for a stream, before the stream is lost.
TOO_MUCH_LOG = 0.5


def copy(journey: Journey) -> None:
    """Copy every table that is not done. Raises `StreamLost`, and `Interrupted` between two chunks."""
    for schema in SCHEMAS:
        chunks = Chunks(journey, schema)
        for table in tables_of(schema):
            chunks.copy(table)
    with journey.speaking():
        stores.each(lambda store: store.copy(journey.move))
    journey.advance(State.STREAMING, "every row is copied")


class Chunks:
    """The sessions that copy one schema."""

    def __init__(self, journey: Journey, schema: str) -> None:
        self.journey = journey
        self.schema = schema
        self.stream = journey.there(schema)
        self.reader = journey.source(schema, "read")
        self.marker = journey.source(schema, "mark")
        self.writer = writer(journey, schema)
        self.waiter = journey.target(schema, "wait")
        probed = (self.marker, self.waiter)
        tempo = journey.tempo
        self.pace = Pace(tempo.duty, journey.rest, rate=journey.move.rate, probed=probed)
        self.looked = time.monotonic()

    def copy(self, table: Table) -> None:
        """Copy a table from its checkpoint on."""
        last, done = self._checkpoint(table)
        while not done:
            started = time.monotonic()
            self._look()
            try:
                keys, size = self._copy_chunk(table, last)
            except (psycopg.errors.LockNotAvailable, GateBusy):
                # A transaction has changed one of the rows and not committed yet, or the stream lags.
                self._catch_up()
                continue
            last = keys[-1] if keys else last
            done = len(keys) < self.journey.tempo.chunk_rows
            self._show(table, last, len(keys), size, time.monotonic() - started, done=done)

    def copy_again(self, table: Table, keys: Sequence[Any]) -> None:
        """Give the target these rows as the source has them now, and none that the source does not have."""
        for tries in range(50):
            try:
                self._replace(table, keys)
            except (psycopg.errors.LockNotAvailable, GateBusy):
                self._catch_up()
                if tries == 49:
                    raise
            else:
                return

    def _copy_chunk(self, table: Table, last: str | None) -> tuple[list[str], int]:
        with self.reader.transaction():
            keys = self._lock_next(table, last)
            if not keys:
                self._mark_done(table)
                return [], 0
            with self.writer.transaction():
                size = self._transfer(table, keys)
                self._await_all_before()
                columns = self._columns(table)
                self.writer.run(
                    sql.SQL(
                        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {} ON CONFLICT DO NOTHING"
                    ).format(sql.Identifier(table.name), columns, columns, _staged(table))
                )
                done = len(keys) < self.journey.tempo.chunk_rows
                self._write_checkpoint(table, keys[-1], len(keys), size, done=done)
                # Its locks are still held if its session still lives.
                self.reader.run("SELECT 1")
        return keys, size

    def _replace(self, table: Table, keys: Sequence[Any]) -> None:
        texts = [str(key) for key in keys]
        name, key = sql.Identifier(table.name), sql.Identifier(table.key)
        columns = self._columns(table)
        with self.reader.transaction():
            self.reader.run(
                sql.SQL("SELECT 1 FROM {} WHERE organization_id = %s AND {} = ANY (%s::text[]::{}[]) FOR SHARE").format(
                    name, key, self._type(table)
                ),
                (self.journey.move.organization_id, texts),
            )
            with self.writer.transaction():
                self._transfer(table, texts)
                self._await_all_before()
                self.writer.run(
                    sql.SQL("DELETE FROM {} WHERE organization_id = %s AND {} = ANY (%s::text[]::{}[])").format(
                        name, key, self._type(table)
                    ),
                    (self.journey.move.organization_id, texts),
                )
                self.writer.run(
                    sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}").format(
                        name, columns, columns, _staged(table)
                    )
                )
                self.reader.run("SELECT 1")

    def _lock_next(self, table: Table, last: str | None) -> list[str]:
        """The keys of the next rows as text, which nobody can change until the reader's transaction ends."""
        key = sql.Identifier(table.key)
        after = sql.SQL("AND {} > %(last)s::{}").format(key, self._type(table)) if last is not None else sql.SQL("")
        rows = self.reader.run(
            sql.SQL(
                "WITH chunk AS MATERIALIZED (SELECT {key} FROM {table} WHERE organization_id = %(organization)s "
                "{after} ORDER BY {key} LIMIT %(limit)s FOR SHARE) SELECT {key}::text FROM chunk ORDER BY {key}"
            ).format(key=key, table=sql.Identifier(table.name), after=after),
            {
                "organization": self.journey.move.organization_id,
                "last": last,
                "limit": self.journey.tempo.chunk_rows,
            },
        )
        return [text for (text,) in rows]

    def _transfer(self, table: Table, keys: list[str]) -> int:
        """Copy rows into a temporary table of the target; return how many bytes they are."""
        columns, staged = self._columns(table), _staged(table)
        self.writer.run(
            sql.SQL("CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
                staged, columns, sql.Identifier(table.name)
            )
        )
        guard(self.writer, self.journey, "incoming")
        out = sql.SQL(
            "COPY (SELECT {} FROM {} WHERE organization_id = {} AND {} = ANY ({}::{}[])) TO STDOUT (FORMAT binary)"
        ).format(
            columns,
            sql.Identifier(table.name),
            sql.Literal(self.journey.move.organization_id),
            sql.Identifier(table.key),
            sql.Literal(keys),
            self._type(table),
        )
        into = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(staged, columns)
        size = 0
        with self.reader.cursor().copy(out) as read, self.writer.cursor().copy(into) as write:
            for block in read:
                size += len(block)
                write.write(block)
        return size

    def _await_all_before(self) -> None:
        """Wait until the target has applied everything that was committed before the locks were taken."""
        kind = f"chunk:{secrets.token_hex(8)}"
        streams.send_marker(self.marker, self.stream, self.journey.move.attempt, kind)
        streams.wait_for_marker(self.waiter, self.stream, self.journey.move.attempt, kind, HOLD_SECONDS)

    def _catch_up(self) -> None:
        """The same without locks, for as long as it takes."""
        kind = f"lag:{secrets.token_hex(8)}"
        streams.send_marker(self.marker, self.stream, self.journey.move.attempt, kind)
        self.journey.breathe()
        try:
            streams.wait_for_marker(self.waiter, self.stream, self.journey.move.attempt, kind, LAG_SECONDS)
        except GateBusy:
            self.looked = 0.0
            self._look()
        self.journey.rest(0.05)

    def _checkpoint(self, table: Table) -> tuple[str | None, bool]:
        rows = self.waiter.run(
            "SELECT copied_to, done FROM move_checkpoint WHERE move_id = %s AND name = %s",
            (self.journey.move.id, table.name),
        )
        return rows[0] if rows else (None, False)

    def _write_checkpoint(self, table: Table, last: str, rows: int, size: int, *, done: bool) -> None:
        self.writer.run(
            "INSERT INTO move_checkpoint AS c (move_id, name, copied_to, rows, bytes, done) "
            "VALUES (%(move)s, %(name)s, %(last)s, %(rows)s, %(bytes)s, %(done)s) ON CONFLICT (move_id, name) "
            "DO UPDATE SET copied_to = excluded.copied_to, rows = c.rows + excluded.rows, "
            "bytes = c.bytes + excluded.bytes, done = excluded.done",
            {
                "move": self.journey.move.id,
                "name": table.name,
                "last": last,
                "rows": rows,
                "bytes": size,
                "done": done,
            },
        )

    def _mark_done(self, table: Table) -> None:
        self.writer.run(
            "INSERT INTO move_checkpoint (move_id, name, rows, bytes, done) VALUES (%s, %s, 0, 0, true) "
            "ON CONFLICT (move_id, name) DO UPDATE SET done = true",
            (self.journey.move.id, table.name),
        )

    def _show(self, table: Table, last: str | None, rows: int, size: int, worked: float, *, done: bool) -> None:
        """Tell how far the table is, and rest."""
        started = time.monotonic()
        self.journey.routes.run(
            "UPDATE organization_move_tables SET copied_to = %s, rows = rows + %s, bytes = bytes + %s, done = %s "
            "WHERE move_id = %s AND schema = %s AND name = %s",
            (last, rows, size, done, self.journey.move.id, table.schema, table.name),
        )
        self.pace.rest(worked, rows)
        elapsed = worked + time.monotonic() - started
        self.journey.breathe(
            rows_per_second=round(rows / elapsed) if rows else 0, duty=self.pace.duty, probe_ratio=self.pace.ratio
        )

    def _look(self) -> None:
        """Every now and then, see whether the stream is still there. Raises `StreamLost`."""
        if time.monotonic() - self.looked < LOOK_SECONDS:
            return
        self.looked = time.monotonic()
        require_stream(self.journey, self.schema)
        warn_of_log(self.journey, self.stream)

    def _columns(self, table: Table) -> sql.Composed:
        return sql.SQL(", ").join(map(sql.Identifier, columns_of(self.waiter, table)))

    def _type(self, table: Table) -> sql.SQL:
        return key_type(self.waiter, table)


def require_stream(journey: Journey, schema: str) -> None:
    """Raise `StreamLost` when a change may be missing, and complain about changes that cannot be applied."""
    stream = journey.there(schema)
    if not streams.is_whole(journey.databases, stream):
        raise StreamLost(f"the stream of {schema} from {stream.publisher} is gone or has lost its log")
    errors = streams.apply_errors(journey.databases, stream)
    before = journey.measured.get("apply_errors", {})
    if errors > before.get(schema, 0):
        journey.complain(
            f"{stream.subscriber} cannot apply a change to {schema}; the reason is in the log of its database server"
        )
    journey.measured["apply_errors"] = before | {schema: errors}


def warn_of_log(journey: Journey, *followed: streams.Stream) -> None:
    """Complain while a publisher keeps much log for a subscriber that does not follow; of the worst stream."""
    shares = [(streams.kept_share(journey.databases, stream), stream.schema, stream) for stream in followed]
    share, _, stream = max(shares)
    if share >= TOO_MUCH_LOG:
        # In steps of ten percent: each text is an event.
        journey.complain(
            f"the server of {stream.publisher} keeps {int(share * 10)}0 % of the log that it may "
            f"(max_slot_wal_keep_size) for {stream.schema} of {stream.subscriber}, which does not follow; "
            "at 100 % the stream is lost"
        )


def writer(journey: Journey, schema: str) -> Session:
    """A session that writes on the target as apply does: no trigger fires, and the reverse stream does not send it
    back.
    """
    session = journey.target(schema, "write")
    origin = f"{journey.there(schema).name}_copy"
    session.run("SET session_replication_role = replica")
    session.run("SET synchronous_commit = off")
    session.run(f"SET idle_in_transaction_session_timeout = '{TARGET_SECONDS}s'")
    if session.info.server_version >= HAS_TRANSACTION_TIMEOUT:
        session.run(f"SET transaction_timeout = '{TARGET_SECONDS}s'")
    found = session.run("SELECT pg_replication_origin_oid(%s), pg_replication_origin_session_is_setup()", (origin,))
    if found[0][0] is None:
        session.run("SELECT pg_replication_origin_create(%s)", (origin,))
    if not found[0][1]:
        session.run("SELECT pg_replication_origin_session_setup(%s)", (origin,))
    return session


def drop_origin(session: Session, name: str) -> None:
    """Forget the origin of a copy, once the session that had it has ended."""
    deadline = time.monotonic() + TARGET_SECONDS
    while True:
        try:
            session.run(
                "SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin WHERE roname = %s",
                (f"{name}_copy",),
            )
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def guard(session: Session, journey: Journey, state: str) -> None:
    """Keep the organization's state on a pod as it is until the transaction ends. Raises `Lost` when it is no longer
    this move's, nor this attempt's.
    """
    move = journey.move
    found = session.run(
        "SELECT 1 FROM organization_state WHERE id = %s AND state = %s AND move_id = %s AND attempt <= %s FOR SHARE",
        (move.organization_id, state, move.id, move.attempt),
    )
    if not found:
        raise Lost(f"the organization is not {state} for this move any more")


def _staged(table: Table) -> sql.Identifier:
    return sql.Identifier(f"chunk_of_{table.name}"[:63])
