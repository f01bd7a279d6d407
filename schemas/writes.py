"""Notice every write, ORM or not: its position is taken with its commit, and it is known if there was one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from schemas import positions
from schemas.pinning import server_of, writing
from schemas.positions import replicated_servers
from topology.databases import schema_of_alias
from topology.model import SCHEMAS

# What changes no row. Anything else counts as a write; one too many costs a look at the log's position.
READING = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET ", "SHOW", "EXPLAIN", "LOCK", "DECLARE", "FETCH", "CLOSE")
_LONGEST = max(map(len, READING))


class Taker:
    """Asks how far the primary's log is along with each commit (`schemas.postgresql.trips.OnCommit`)."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self._asks_for_feedback = False
        self._asked_at = 0.0

    def statements(self) -> Sequence[bytes]:
        """The question; and where the response waits for all replicas, the request to tell how far they are."""
        self._asked_at = time.monotonic()
        self._asks_for_feedback = self._schema in positions.announced()
        feedback = (positions.ASK_FOR_FEEDBACK.encode(),) if self._asks_for_feedback else ()
        return (positions.FLUSHED.encode(), *feedback)

    def answered(self, rows: Sequence[Sequence[bytes | None]]) -> None:
        """Note the position of what this request has written."""
        lsn, timeline = rows[0]
        took = time.monotonic() - self._asked_at
        position = positions.position_of(lsn, timeline)
        positions.take(self._schema, position, trip_seconds=took, asked_for_feedback=self._asks_for_feedback)


@receiver(connection_created, dispatch_uid="schemas.writes")
def watch(connection: Any, **kwargs: Any) -> None:
    """Look at each statement on a primary. Only in pods: elsewhere nobody reads replicas or answers requests."""
    if settings.POD is None or connection.alias not in SCHEMAS:
        return
    if server_of(connection.alias) in replicated_servers():
        connection.connection.on_commit = Taker(connection.alias)
    if note_write not in connection.execute_wrappers:
        connection.execute_wrappers.append(note_write)


def note_write(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Note a statement that may write."""
    # A UNION begins with a parenthesis.
    if isinstance(sql, str) and sql.lstrip("( \n\t")[:_LONGEST].upper().startswith(READING):
        return execute(sql, params, many, context)
    connection = context["connection"]
    if server_of(connection.alias) in replicated_servers():
        with writing(schema_of_alias(connection.alias)):
            result = execute(sql, params, many, context)
    else:
        result = execute(sql, params, many, context)
    connection.note_write()
    return result
