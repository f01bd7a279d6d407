"""Write several things to one schema in one transaction and, however far its primary is, in one trip.

    with together("users"):
        delete(SignIn.objects.filter(session_key=key))
        insert(SignIn(...))

A write of the block is sent with the next statement whose answer is needed, or with COMMIT; the caller is told
that one row was changed. Use it only for writes whose result the caller does not need: not whether a row was there, nor
which id it gets. What fails, fails no later than at the end of the block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import AutoField, Model, QuerySet
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery

from schemas.placement import schema_of


@contextmanager
def together(schema: str, *, durable: bool = False) -> Iterator[None]:
    """A transaction whose writes do not wait for one another; within another one a part of that, unless `durable`."""
    connection: Any = connections[schema]
    with transaction.atomic(using=schema, savepoint=False, durable=durable):
        driver = connection.connection
        before, driver.postpones = driver.postpones, True
        try:
            yield
        finally:
            driver.postpones = before


def along(schema: str, sql: str, params: Sequence[Any] | None = None) -> None:
    """Send a statement with the next one, in one transaction, whatever it answers: for one that takes a lock."""
    connection: Any = connections[schema]
    with connection.cursor() as cursor:
        connection.connection.postpones_next = True
        try:
            cursor.execute(sql, params)
        finally:
            connection.connection.postpones_next = False


def insert(row: Model, *, unique: Sequence[str] = (), update: Sequence[str] = ()) -> None:
    """Insert a row whose id is not needed; in one that has the same `unique` fields, set the fields `update`."""
    schema, model = schema_of(type(row)), type(row)
    fields = [field for field in model._meta.local_concrete_fields if not isinstance(field, AutoField)]
    named = {field.name: field for field in model._meta.local_concrete_fields}
    query = InsertQuery(
        model,
        on_conflict=OnConflict.UPDATE if update else None,
        update_fields=[named[name] for name in update],
        unique_fields=[named[name] for name in unique],
    )
    query.insert_values(fields, [row])
    with connections[schema].cursor() as cursor:
        for sql, params in query.get_compiler(schema).as_sql():
            cursor.execute(sql, params)


def delete(rows: QuerySet[Any]) -> None:
    """Delete rows that nothing refers to, in one statement; Django's `delete` begins a transaction and looks first."""
    rows.order_by()._raw_delete(schema_of(rows.model))


@contextmanager
def once(schema: str) -> Iterator[CursorWrapper]:
    """A cursor for a single statement that commits by itself. Raises `RuntimeError` within a transaction, as Django's
    `atomic(durable=True)` does.
    """
    connection: Any = connections[schema]
    blocks = connection.atomic_blocks
    if blocks and not blocks[-1]._from_testcase:
        raise RuntimeError("A statement that has to be committed cannot be part of a transaction.")
    with connection.cursor() as cursor:
        yield cursor
