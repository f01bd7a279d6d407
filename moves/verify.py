"""Verify: both sides have the same rows, at one moment.

The moment is inside the fence: both sides see a snapshot of it, and the comparison goes on when the gate is open again,
as slowly as everything else. Rows are compared by hashes of their text, a range of keys at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from psycopg import sql

from moves.databases import Session
from moves.fence import Fence
from moves.journey import Journey
from moves.pace import Pace
from moves.tables import SCHEMAS, Table, columns_of, key_type, tables_of

# More differences than this are not copied again: something else is wrong.
MOST_REPAIRED = 10_000


@dataclass(frozen=True)
class Difference:
    """Rows of one table that differ, by their keys as text."""

    table: Table
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """All of them."""
        return self.missing + self.extra + self.changed

    def __str__(self) -> str:
        return f"{self.table}: {len(self.missing)} missing, {len(self.extra)} extra, {len(self.changed)} changed"


@dataclass
class Comparison:
    """What was compared, and what differs."""

    sums: dict[str, dict[str, Any]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    rows: int = 0

    @property
    def equal(self) -> bool:
        """Whether both sides have the same rows."""
        return not self.differences


class Snapshots:
    """What both sides have at the moment of a fence."""

    def __init__(self, fence: Fence) -> None:
        self._fence = fence
        self._sessions: list[Session] = []

    def of_writer(self) -> None:
        """Take those of the pod that is fenced."""
        self._take(self._fence.writer)

    def of_reader(self) -> None:
        """Take those of the other pod, when the markers have arrived."""
        self._take(self._fence.reader)

    def sides(self, schema: str) -> tuple[Session, Session]:
        """The pod that was fenced, and the other."""
        return self._fence.writer(schema, "snapshot"), self._fence.reader(schema, "snapshot")

    def close(self) -> None:
        """Let the servers clean up behind them."""
        for session in self._sessions:
            if not session.closed:
                session.run("ROLLBACK")
        self._sessions.clear()

    def _take(self, side: Callable[[str, str], Session]) -> None:
        for schema in SCHEMAS:
            session = side(schema, "snapshot")
            session.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self._sessions.append(session)
            # The first statement takes it. It waits between chunks for longer than other transactions may.
            session.run("SET LOCAL idle_in_transaction_session_timeout = 0")
            session.run("SELECT 1 FROM organization_state LIMIT 1")


def connect_snapshots(fence: Fence) -> None:
    """Open the sessions before anybody waits for them, and let each have read what it will read first."""
    for schema in SCHEMAS:
        for side in (fence.writer, fence.reader):
            for use in ("snapshot", "gate", "wait"):
                side(schema, use).run("SELECT count(*) FROM (SELECT 1 FROM move_marker LIMIT 1) AS one")
                side(schema, use).run("UPDATE organization_state SET attempt = attempt WHERE false")
    fence.warm()
    snapshots = Snapshots(fence)
    snapshots.of_writer()
    snapshots.of_reader()
    snapshots.close()


def compare(journey: Journey, snapshots: Snapshots) -> Comparison:
    """Compare all tables of both schemas."""
    found = Comparison()
    for schema in SCHEMAS:
        sides = snapshots.sides(schema)
        pace = Pace(journey.tempo.duty, journey.rest)
        for table in tables_of(schema):
            _compare_table(journey, table, sides, pace, found)
    return found


def _compare_table(
    journey: Journey, table: Table, sides: tuple[Session, Session], pace: Pace, found: Comparison
) -> None:
    compared = _Compared(journey, table, sides)
    count, xor, total = 0, 0, 0
    for after, to in compared.ranges():
        started = time.monotonic()
        one, other = compared.sums(after, to)
        if one != other:
            found.differences.append(compared.difference(after, to))
        count, xor, total = count + one[0], xor ^ one[1], total + one[2]
        pace.rest(time.monotonic() - started, one[0])
        journey.breathe(compared_rows=found.rows + count)
    found.rows += count
    found.sums[str(table)] = {"rows": count, "xor": xor, "sum": total}


class _Compared:
    """One table on two sides."""

    def __init__(self, journey: Journey, table: Table, sides: tuple[Session, Session]) -> None:
        self.organization = journey.move.organization_id
        self.limit = journey.tempo.compared_rows
        self.sides = sides
        self.key, self.name = sql.Identifier(table.key), sql.Identifier(table.name)
        self.table = table
        self.type = key_type(sides[0], table)
        columns = sql.SQL(", ").join(map(sql.Identifier, columns_of(sides[0], table)))
        self.hash = sql.SQL("hashtextextended(ROW({})::text, 0)").format(columns)

    def ranges(self) -> Iterator[tuple[str | None, str | None]]:
        """Ranges of keys, each after one and up to another; the last has no end."""
        after: str | None = None
        while True:
            rows = self.sides[0].run(
                sql.SQL("SELECT {key}::text FROM {name} WHERE {range} ORDER BY {key} OFFSET %(limit)s LIMIT 1").format(
                    key=self.key, name=self.name, range=self._range(after, None)
                ),
                {"organization": self.organization, "after": after, "limit": self.limit - 1},
            )
            to = rows[0][0] if rows else None
            yield after, to
            if to is None:
                return
            after = to

    def sums(self, after: str | None, to: str | None) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        """Number, exclusive or, and sum of the rows' hashes on both sides."""
        query = sql.SQL(
            "SELECT count(*), coalesce(bit_xor(h), 0), coalesce(sum(h), 0)::numeric(40) "
            "FROM (SELECT {hash} AS h FROM {name} WHERE {range}) AS hashed"
        ).format(hash=self.hash, name=self.name, range=self._range(after, to))
        values = {"organization": self.organization, "after": after, "to": to}
        one, other = (session.run(query, values)[0] for session in self.sides)
        return (one[0], one[1], int(one[2])), (other[0], other[1], int(other[2]))

    def difference(self, after: str | None, to: str | None) -> Difference:
        """Which rows differ."""
        query = sql.SQL("SELECT {key}::text, {hash} FROM {name} WHERE {range}").format(
            key=self.key, hash=self.hash, name=self.name, range=self._range(after, to)
        )
        values = {"organization": self.organization, "after": after, "to": to}
        one: dict[str, int] = dict(self.sides[0].run(query, values))
        other: dict[str, int] = dict(self.sides[1].run(query, values))
        return Difference(
            self.table,
            missing=tuple(sorted(one.keys() - other.keys())),
            extra=tuple(sorted(other.keys() - one.keys())),
            changed=tuple(sorted(key for key in one.keys() & other.keys() if one[key] != other[key])),
        )

    def _range(self, after: str | None, to: str | None) -> sql.Composed:
        conditions: list[sql.Composable] = [sql.SQL("organization_id = %(organization)s")]
        if after is not None:
            conditions.append(sql.SQL("{} > %(after)s::{}").format(self.key, self.type))
        if to is not None:
            conditions.append(sql.SQL("{} <= %(to)s::{}").format(self.key, self.type))
        return sql.SQL(" AND ").join(conditions)
