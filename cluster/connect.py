"""Connections of the cluster commands to the servers, besides Django's: as superuser, and before databases exist."""

from __future__ import annotations

import asyncio
import errno
import math
import os
from typing import Any

import psycopg
from psycopg import sql

from cluster.postgres import SUPERUSER
from operations.survey.connection import PatientConnection
from topology import Server
from topology.places import SOCKET_PORT, Places

CONNECT_TIMEOUT_SECONDS = 2
PAUSE_SECONDS = 0.2
STATEMENT_TIMEOUT_SECONDS = 20

Row = tuple[Any, ...]


async def connect(
    places: Places, server: Server, *, within: int = CONNECT_TIMEOUT_SECONDS
) -> psycopg.AsyncConnection[Row]:
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
        connect_timeout=within,
        application_name="cluster",
        options=f"-c statement_timeout={STATEMENT_TIMEOUT_SECONDS}s",
    )


async def is_heard(places: Places, server: Server, seconds: float) -> bool:
    """Whether an embedded server says anything within so many seconds. A refusal (it is starting, it has no room for
    more connections) is an answer.
    """
    try:
        async with asyncio.timeout(seconds):
            while not await _answers(places, server, math.ceil(seconds) + 1):
                await asyncio.sleep(PAUSE_SECONDS)
    except TimeoutError:
        return False
    return True


async def _answers(places: Places, server: Server, within: int) -> bool:
    try:
        await (await connect(places, server, within=within)).close()
    except psycopg.errors.ConnectionTimeout:
        return False
    except psycopg.OperationalError as error:
        # The queue of connections is full: it takes in none.
        return os.strerror(errno.EAGAIN) not in str(error)
    return True


async def all_rows(connection: psycopg.AsyncConnection[Row], query: sql.SQL, *values: object) -> list[Row]:
    """Run a query and return its rows."""
    cursor = await connection.execute(query, values or None)
    return await cursor.fetchall()
