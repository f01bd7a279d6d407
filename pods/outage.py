"""Databases that are gone, for a moment or longer."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError, connections
from psycopg.errors import DiskFull, ReadOnlySqlTransaction

from topology.words import NO_SPACE


def is_outage(error: BaseException) -> bool:
    """Whether a server is gone, too slow, or a replica where a primary is wanted; and not a wrong query."""
    return isinstance(error, OperationalError | InterfaceError) or isinstance(error.__cause__, ReadOnlySqlTransaction)


def is_full(error: BaseException) -> bool:
    """Whether a server has no space left for what it was to store, or for taking a connection."""
    return isinstance(error.__cause__, DiskFull) or NO_SPACE in str(error)


def close_broken() -> None:
    """Close each connection that no longer works, so that the next query makes a new one."""
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None and not connection.is_usable():
            connection.close()
