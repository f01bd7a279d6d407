"""Send statements together that need not wait for one another: a trip to a far primary takes as long as its distance.

A message may hold several statements, and the server answers all of them at once (PostgreSQL manual, "Multiple
Statements in a Simple Query"); after an error it skips the rest. So

- BEGIN goes along with the first statement of a transaction;
- what has no answer worth waiting for (savepoints, and the writes of a `schemas.together` block) goes along with the
  next statement that has one, or with COMMIT;
- what is to be known after a commit (`OnCommit`) is asked along with COMMIT, and a single write is sent with both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
from django.db.backends.postgresql.base import Cursor as DjangoCursor
from psycopg import errors, generators
from psycopg._queries import PostgresQuery
from psycopg.abc import Params, PQGen, Query
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

# Also after a statement that ends in a comment.
SEPARATOR = b"\n;\n"
BEGIN, COMMIT, ROLLBACK = b"BEGIN", b"COMMIT", b"ROLLBACK"
_WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE", "WITH")
# They have no answer; and an error of theirs shows at the next statement all the same.
_ANSWER_NOTHING = ("SAVEPOINT", "RELEASE")
_RETURNING = "RETURNING"
_LONGEST = 16


class OnCommit(Protocol):
    """What callers want to know right after each commit."""

    def statements(self) -> Sequence[bytes]:
        """What to send after COMMIT."""

    def answered(self, rows: Sequence[Sequence[bytes | None]]) -> None:
        """Take the first row of each answer."""


class TripsMixin(psycopg.Connection[Any]):
    """A connection that remembers what goes along with the next statement."""

    on_commit: OnCommit | None = None
    postpones = False
    """Whether writes wait for the next statement whose answer is needed."""
    postpones_next = False
    """Whether a statement waits for the next one, whatever it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._postponed: list[bytes] = []
        self._begins_itself = False

    def postpone(self, statement: bytes) -> None:
        """Send a statement with the next one of this transaction."""
        self._postponed.append(statement)

    @property
    def has_postponed(self) -> bool:
        """Whether anything waits for the next statement."""
        return bool(self._postponed)

    def take_along(self) -> list[bytes]:
        """What goes before the next statement of a transaction: its BEGIN, and what was postponed."""
        begin = [self._get_tx_start_command()] if self.pgconn.transaction_status == TransactionStatus.IDLE else []
        along, self._postponed = [*begin, *self._postponed], []
        return along

    def _start_query(self) -> PQGen[None]:
        """psycopg's, before what can take nothing along: a cursor of the server's, COPY, many rows."""
        if self._begins_itself or self.autocommit:
            return
        along = self.take_along()
        if along:
            yield from self._together(along)

    def _commit_gen(self) -> PQGen[None]:
        """psycopg's, with what goes along."""
        if not self._postponed and self.pgconn.transaction_status == TransactionStatus.IDLE:
            return
        before, after = self.take_along(), self.asked_after()
        results = yield from self._together([*before, COMMIT, *after])
        self.hear(results[len(results) - len(after) :])

    def _rollback_gen(self) -> PQGen[None]:
        self._postponed.clear()
        yield from super()._rollback_gen()

    def asked_after(self) -> list[bytes]:
        """What goes after COMMIT."""
        return list(self.on_commit.statements()) if self.on_commit else []

    def hear(self, results: Sequence[PGresult]) -> None:
        """Tell `on_commit` the answers to what went after COMMIT."""
        if self.on_commit and results:
            self.on_commit.answered([[row.get_value(0, at) for at in range(row.nfields)] for row in results])

    def _together(self, statements: Sequence[bytes]) -> PQGen[list[PGresult]]:
        self._check_connection_ok()
        self.pgconn.send_query(SEPARATOR.join(statements))
        results: list[PGresult] = yield from generators.execute(self.pgconn)
        for result in results:
            if result.status == ExecStatus.FATAL_ERROR:
                raise errors.error_from_result(result, encoding=self.pgconn._encoding)
        return results


if TYPE_CHECKING:
    _Cursor = psycopg.ClientCursor[Any]
else:
    _Cursor = DjangoCursor


class Cursor(_Cursor):
    """Django's, whose statements take along what was postponed."""

    _conn: TripsMixin

    def _execute_gen(self, query: Query, params: Params | None = None, **options: Any) -> PQGen[None]:
        connection = self._conn
        start = query.lstrip()[:_LONGEST].upper() if isinstance(query, str) else ""
        before: list[bytes] = []
        after: list[bytes] = []
        if connection.postpones_next or (not connection.autocommit and self._may_wait(start, query)):
            self._postpone(query, params)
            return
        if not connection.autocommit:
            before = connection.take_along()
        elif connection.has_postponed or (connection.on_commit and start.startswith(_WRITES)):
            before, after = connection.take_along(), [COMMIT, *connection.asked_after()]
        if before or after:
            yield from self._execute_together(before, self._bound(query, params), after, **options)
        else:
            yield from super()._execute_gen(query, params, **options)

    def _may_wait(self, start: str, query: Query) -> bool:
        if start.startswith(_ANSWER_NOTHING):
            return True
        return self._conn.postpones and start.startswith(_WRITES) and _RETURNING not in str(query).upper()

    def _postpone(self, query: Query, params: Params | None) -> None:
        bound = self._bound(query, params)
        self._conn.postpone(bound.query)
        self._reset()
        # Code that postpones a write expects it to succeed.
        self._query, self._rowcount = bound, 1

    def _bound(self, query: Query, params: Params | None) -> PostgresQuery:
        self._tx = Transformer(self)
        return self._convert_query(query, params)

    def _execute_together(
        self, before: list[bytes], bound: PostgresQuery, after: list[bytes], **options: Any
    ) -> PQGen[None]:
        connection = self._conn
        connection._begins_itself = True
        try:
            yield from super()._execute_gen(SEPARATOR.join([*before, bound.query, *after]), None, **options)
        except psycopg.Error:
            if after and connection.pgconn.transaction_status == TransactionStatus.INERROR:
                yield from connection._together([ROLLBACK])
            raise
        finally:
            connection._begins_itself = False
            # What Django logs.
            self._query = bound
        results = self._results
        self._results = results[len(before) : len(results) - len(after)]
        self._select_current_result(0)
        # The first of `after` is COMMIT.
        connection.hear(results[len(results) - len(after) + 1 :] if after else [])
