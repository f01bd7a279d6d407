"""Which rows are to be seen: those of organizations that this pod serves. What a move has copied, or has left, is not.

Copies lie here before their organization is served here, and for a while after it has moved away: for requests that had
begun, and for the way back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from asgiref.local import Local
from django.db import connections
from django.db.models import Exists, Model, OuterRef, QuerySet

from organizations.tenancy.models import OrganizationState
from schemas.placement import schema_of

Row = TypeVar("Row", bound=Model)

COPIES = (OrganizationState.State.INCOMING, OrganizationState.State.MOVED)

_state = Local()


def present(rows: QuerySet[Row], organization_id: int | None = None) -> QuerySet[Row]:
    """Return these rows without copies. What this request was admitted for stays in sight until it ends.

    When all rows are of one organization, name it: then PostgreSQL looks once, and reads the rows in any order.
    """
    of = OuterRef("organization_id") if organization_id is None else organization_id
    copied = OrganizationState.objects.filter(pk=of, state__in=COPIES)
    admitted: int | None = getattr(_state, "admitted", None)
    if admitted is not None:
        copied = copied.exclude(pk=admitted)
    return rows.filter(~Exists(copied))


@contextmanager
def admitted_for(organization_id: int | None) -> Iterator[None]:
    """Within the block a request is answered that found this organization served here.

    If it moves away meanwhile, its rows stay for a while. So the request ends as it began: it reads what was true a
    moment ago, and the gate refuses what it writes.
    """
    before = getattr(_state, "admitted", None)
    _state.admitted = organization_id
    try:
        yield
    finally:
        _state.admitted = before


def organization_of(model: type[Model], row_id: int) -> int | None:
    """Return whose row this is, if it lies here or has moved away from here."""
    table = model._meta.db_table
    query = (
        f"SELECT organization_id FROM {table} WHERE id = %s "  # noqa: S608
        "UNION ALL SELECT organization_id FROM departed_ids WHERE kind = %s AND id = %s LIMIT 1"
    )
    with connections[schema_of(model)].cursor() as cursor:
        cursor.execute(query, [row_id, table, row_id])
        row = cursor.fetchone()
    return int(row[0]) if row else None
