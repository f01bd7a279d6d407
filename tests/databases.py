"""The aliases of a pod, for `pytest.mark.django_db(databases=ALIASES)`, and SQL on those of the running cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connections

from tests.running_cluster import RunningCluster
from topology.places import SOCKET_PORT

PRIMARIES = ("users", "routes", "admin", "main", "ci")
# In tests a replica is its primary (`TEST: MIRROR`), and does not see what an open transaction wrote.
REPLICAS = ("users_replica", "routes_replica", "admin_replica")
ALIASES = (*PRIMARIES, *REPLICAS)

Execute = Callable[..., list[tuple[Any, ...]]]


def waiting(alias: str) -> int:
    """How many statements on the server of an alias of the in-process tests wait for another transaction's lock."""
    with connections[alias].cursor() as cursor:
        # What pg_stat_activity says does not change within a transaction.
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        (number,) = cursor.fetchone()
    return int(number)


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
