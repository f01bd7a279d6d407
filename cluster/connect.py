"""Connections of the cluster commands to the servers, besides Django's: as superuser, and before databases exist."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from cluster.postgres import SUPERUSER
from operations.survey.connection import PatientConnection
from topology import Server
from topology.places import SOCKET_PORT, Places

CONNECT_TIMEOUT_SECONDS = 2
STATEMENT_TIMEOUT_SECONDS = 20

Row = tuple[Any, ...]


async def connect(places: Places, server: Server) -> psycopg.AsyncConnection[Row]:
    """Connect to an embedded server as its superuser, in autocommit mode.

    Raises `psycopg.OperationalError`; no statement takes longer than `STATEMENT_TIMEOUT_SECONDS`, which a server that
    hangs does not see to: the connection does.
    """
    return await PatientConnection.connect(
        host=str(places.server_socket(server)),
        port=SOCKET_PORT,
        user=SUPERUSER,
        dbname="postgres",
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        application_name="cluster",
        options=f"-c statement_timeout={STATEMENT_TIMEOUT_SECONDS}s",
    )


async def all_rows(connection: psycopg.AsyncConnection[Row], query: sql.SQL, *values: object) -> list[Row]:
    """Run a query and return its rows."""
    cursor = await connection.execute(query, values or None)
    return await cursor.fetchall()
