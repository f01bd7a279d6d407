"""Notice every write, ORM or not, so that its position can be taken, and it is known whether anything was committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from schemas.pinning import server_of, wrote
from schemas.positions import replicated_servers
from topology.databases import schema_of_alias
from topology.model import SCHEMAS

# What changes no row. Anything else counts as a write; one too many costs a look at the log's position.
READING = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET ", "SHOW", "EXPLAIN", "LOCK", "DECLARE", "FETCH", "CLOSE")
_LONGEST = max(map(len, READING))


@receiver(connection_created, dispatch_uid="schemas.writes")
def watch(connection: Any, **kwargs: Any) -> None:
    """Look at each statement on a primary. Only in pods: elsewhere nobody reads replicas or answers requests."""
    if settings.POD is None or connection.alias not in SCHEMAS:
        return
    if note_write not in connection.execute_wrappers:
        connection.execute_wrappers.append(note_write)


def note_write(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Note a statement that may write, after it has."""
    result = execute(sql, params, many, context)
    if not (isinstance(sql, str) and sql.lstrip()[:_LONGEST].upper().startswith(READING)):
        connection = context["connection"]
        connection.note_write()
        if server_of(connection.alias) in replicated_servers():
            wrote(schema_of_alias(connection.alias))
    return result
