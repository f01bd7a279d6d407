"""The one query of learn: who owns a key of the routes schema.

This is the hot path, so it goes to psycopg directly: Django's own cursor costs
more than the query. The connections are Django's.
"""

from __future__ import annotations

import threading
import time
from functools import cache
from typing import NamedTuple

import psycopg
from django.conf import settings
from django.db import Error as DjangoError
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from routing.classify import MAX_ID, Lookup
from routing.index import url_tree
from routing.names import may_be_taken
from schemas.postgresql.base import FOR_REPLAY
from schemas.postgresql.connection import Connection

PRIMARY, REPLICA = "routes", "routes_replica"

_OWNER = "coalesce(o.pod_id, ''), o.epoch, o.id, o.state"
_ORGANIZATION = f"SELECT 'live', {_OWNER} FROM organizations o"  # noqa: S608
_NAME = f"SELECT r.kind, {_OWNER} FROM routes r LEFT JOIN organizations o ON o.id = r.organization_id"  # noqa: S608
_ENTITY = f"{_NAME} WHERE r.kind = 'live' AND r.entity_id = %s"
SQL = {
    Lookup.NAME: f"{_NAME} WHERE r.key = %s",
    Lookup.ORGANIZATION: f"{_ORGANIZATION} WHERE lower(o.path) = %s",
    Lookup.ORGANIZATION_ID: f"{_ORGANIZATION} WHERE o.id = %s",
}
"""By lookup; `Lookup.ENTITY_ID` has one for each declaration's types (`_sql`)."""
_BY_NAME = frozenset({Lookup.NAME, Lookup.ORGANIZATION})


class RoutesUnreachable(Exception):
    """Neither a replica nor the primary of the routes schema answers; asking again in a second may help."""


class Owner(NamedTuple):
    """What the routes schema says of a key."""

    kind: str
    """Of the route, see `Route.Kind`."""
    pod: str
    """Empty for a reserved word, which no organization has."""
    epoch: int | None
    organization_id: int | None
    state: str | None


class _Line:
    """A thread's cursor on one alias: Django's connection, without what Django does for each query."""

    __slots__ = ("connection", "cursor", "raw")

    def __init__(self, alias: str) -> None:
        self.connection: BaseDatabaseWrapper = connections[alias]
        self.connection.ensure_connection()
        self.raw: Connection = self.connection.connection
        # Django turns prepared statements off; its own cursors still make none.
        self.raw.prepare_threshold = 1
        self.cursor = psycopg.Cursor(self.raw)

    def is_open(self) -> bool:
        """Whether it is still Django's connection, and not yet due for renewal (CONN_MAX_AGE)."""
        connection = self.connection
        if connection.connection is not self.raw:
            return False
        if (
            connection.close_at is not None
            and time.monotonic() >= connection.close_at
            and not connection.in_atomic_block
        ):
            connection.close()
            return False
        return True


class _OfThread(threading.local):
    def __init__(self) -> None:
        self.lines: dict[str, _Line] = {}


_of_thread = _OfThread()


def owner_of(
    lookup: Lookup, key: str, entity_types: tuple[str, ...] = (), *, fresh: bool = False
) -> tuple[Owner | None, str]:
    """What is known of a key, and the alias that said so; `fresh` asks the primary.

    `entity_types` are those that an entity's id is looked up among.

    Reads the replica of the region, and the primary when the replica does not answer.
    Raises `RoutesUnreachable`.
    """
    if lookup in _BY_NAME:
        if not may_be_taken(key):
            return None, ""
        value: str | int = key
    else:
        value = int(key)
        if value > MAX_ID:
            return None, ""
    sql = SQL.get(lookup) or _sql(entity_types)
    for alias in aliases(fresh=fresh):
        try:
            row = _fetch(alias, sql, value)
        except (psycopg.Error, DjangoError):
            continue
        return (Owner._make(row) if row else None), alias
    raise RoutesUnreachable("no server of the routes schema answers; see /-/readiness")


def prepare() -> None:
    """Connect this thread to the alias that is asked first and prepare its statements, unless that is done.

    Raises `django.db.Error` and `psycopg.Error`.
    """
    alias = aliases(fresh=False)[0]
    line = _of_thread.lines.get(alias)
    if line is None or not line.is_open():
        for which, sql in SQL.items():
            _fetch(alias, sql, "" if which in _BY_NAME else 0)
        for entity_types in _all_entity_types():
            _fetch(alias, _sql(entity_types), 0)


def renew_connections() -> None:
    """Close this thread's connections to the routes schema; the next query opens new ones."""
    for alias in aliases(fresh=False):
        connections[alias].close()


def aliases(*, fresh: bool) -> tuple[str, ...]:
    """The aliases to ask, in their order."""
    return (PRIMARY,) if fresh or REPLICA not in settings.DATABASES else (REPLICA, PRIMARY)


@cache
def _sql(entity_types: tuple[str, ...]) -> str:
    """The query by the id of an entity. The types are a constant of the URL configuration, so they stand in it."""
    types = ", ".join(f"'{each}'" for each in entity_types)
    return f"{_ENTITY} AND r.entity_type IN ({types})"


@cache
def _all_entity_types() -> frozenset[tuple[str, ...]]:
    """What the URL configuration looks up ids among."""
    declared = {endpoint.declaration.entity_types for endpoint in url_tree().below()}
    return frozenset(declared - {()})


def _fetch(alias: str, sql: str, value: str | int) -> tuple[object, ...] | None:
    """Fetch one row, with one retry on a new connection; a replica's alias may then connect to the primary."""
    line = _of_thread.lines.get(alias)
    if line is None or not line.is_open():
        # Django may have had this connection for long: it can be as broken as one of ours.
        _of_thread.lines[alias] = line = _Line(alias)
    try:
        return line.cursor.execute(sql, (value,), prepare=True).fetchone()
    except psycopg.ProgrammingError:
        raise
    except (psycopg.errors.QueryCanceled, *FOR_REPLAY):
        if alias != REPLICA:
            raise
        line.raw.server.avoid()
        line.connection.close()
    except psycopg.Error:
        line.connection.close()
    _of_thread.lines[alias] = line = _Line(alias)
    return line.cursor.execute(sql, (value,), prepare=True).fetchone()
