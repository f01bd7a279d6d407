"""The aliases of a pod, for `pytest.mark.django_db(databases=ALIASES)`, and SQL on those of the running cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.running_cluster import RunningCluster
from topology.places import SOCKET_PORT

PRIMARIES = ("users", "routes", "admin", "main", "ci")
# In tests a replica is its primary (`TEST: MIRROR`), and does not see what an open transaction wrote.
REPLICAS = ("users_replica", "routes_replica", "admin_replica")
ALIASES = (*PRIMARIES, *REPLICAS)

# Filled by migrations, and every test finds them so.
ALWAYS_THE_SAME = {"django_content_type", "auth_permission"}

Execute = Callable[..., list[tuple[Any, ...]]]


def waiting(alias: str) -> int:
    """How many statements on the server of an alias of the in-process tests wait for another transaction's lock."""
    with connections[alias].cursor() as cursor:
        # What pg_stat_activity says does not change within a transaction.
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        (number,) = cursor.fetchone()
    return int(number)


def emptying(
    style: object, connection: BaseDatabaseWrapper, reset_sequences: bool = False, allow_cascade: bool = False
) -> list[str]:
    """What Django's `flush` executes after a test that commits: here only for tables that have rows, since to make
    all others anew takes longer than most tests.
    """
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
    quoted = {table: connection.ops.quote_name(table) for table in sorted(tables - ALWAYS_THE_SAME)}
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {quoted[table]})" for table in quoted)
        )
        filled = [quoted[table] for (table,) in cursor.fetchall()]
    # What refers to them is empty, or one of them.
    return [f"TRUNCATE {', '.join(filled)} CASCADE"] if filled else []


@contextmanager
def database(cluster: RunningCluster, server: str, name: str) -> Iterator[Execute]:
    """SQL on a database of the running cluster, past Django, as its superuser."""
    with psycopg.connect(
        host=str(cluster.places.server_socket(cluster.topology.server(server))),
        port=SOCKET_PORT,
        dbname=name,
        user="postgres",
        autocommit=True,
    ) as connection:

        def execute(statement: str, *values: object) -> list[tuple[Any, ...]]:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

        yield execute
