"""Every statement that a pod sends, by schema: learn goes to psycopg directly, so Django's own hooks would miss it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from topology import SHARED_SCHEMAS

READS, WRITES = "reads", "writes"
# By which Django asks, once for each connection that a request uses, whether it still works.
HEALTH_CHECK = "SELECT 1"
# What begins with WITH here writes.
KINDS = {"SELECT": READS, "INSERT": WRITES, "UPDATE": WRITES, "DELETE": WRITES, "WITH": WRITES}

Statements = Counter[tuple[str, str]]


def kind_of(query: object) -> str | None:
    """Whether a statement reads or writes rows; None for what does neither, such as a transaction's begin."""
    if isinstance(query, psycopg.sql.Composable):
        text = query.as_string(None)
    else:
        text = query.decode() if isinstance(query, bytes) else str(query)
    if text == HEALTH_CHECK:
        return None
    words = text.split(None, 1)
    return KINDS.get(words[0].upper()) if words else None


@contextmanager
def counted(schemas: Collection[str] = SHARED_SCHEMAS) -> Iterator[Statements]:
    """Counts by schema and kind, of the shared schemas unless others are named, for as long as the block lasts.

    The databases of an embedded cluster bear their schema's name, those of a pod end with it.
    """
    found: Statements = Counter()
    execute: Callable[..., Any] = psycopg.Cursor.execute

    def counting(self: psycopg.Cursor[Any], query: object, *args: Any, **options: Any) -> Any:
        schema, kind = self.connection.info.dbname.rpartition("_")[2], kind_of(query)
        if schema in schemas and kind:
            found[schema, kind] += 1
        return execute(self, query, *args, **options)

    psycopg.Cursor.execute = counting  # type: ignore[method-assign]
    try:
        yield found
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]
