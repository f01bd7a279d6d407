"""A superuser's sessions on every database of a scratch cluster, opened again when a fault has ended them."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from bench.scratch import Scratch
from topology.places import SOCKET_PORT

SUPERUSER = "postgres"
CONNECT_SECONDS = 5
AGAIN_SECONDS, PATIENCE = 0.2, 300
Row = tuple[Any, ...]


class Looks:
    """What one thread sees. `look` returns None while the database does not answer."""

    def __init__(self, scratch: Scratch) -> None:
        self.scratch = scratch
        self._open: dict[tuple[str, str], psycopg.Connection[Row]] = {}

    def look(self, pod: str, schema: str, query: str, *values: object) -> list[Row] | None:
        """Run a statement on a pod's schema, or on a shared one's primary, past all triggers. `values` may be one
        dictionary.
        """
        placement = self.scratch.topology.placement(schema, self.scratch.topology.pod(pod))
        key = placement.server, placement.database
        try:
            named = values[0] if values and isinstance(values[0], dict) else None
            cursor = self._session(*key).execute(query.encode(), named or values or None)
            return cursor.fetchall() if cursor.description else []
        except psycopg.OperationalError:
            ended = self._open.pop(key, None)
            if ended is not None:
                ended.close()
            return None

    def must(self, pod: str, schema: str, query: str, *values: object) -> list[Row]:
        """The same, again and again for a while. Only for statements that may be repeated."""
        for _ in range(PATIENCE):
            found = self.look(pod, schema, query, *values)
            if found is not None:
                return found
            time.sleep(AGAIN_SECONDS)
        raise psycopg.OperationalError(f"{schema} of {pod} does not answer")

    def close(self) -> None:
        """End all sessions."""
        for session in self._open.values():
            session.close()
        self._open.clear()

    def _session(self, server: str, database: str) -> psycopg.Connection[Row]:
        key = server, database
        if key not in self._open or self._open[key].closed:
            socket = self.scratch.places.server_socket(self.scratch.topology.server(server))
            session = psycopg.connect(
                host=str(socket),
                port=SOCKET_PORT,
                dbname=database,
                user=SUPERUSER,
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                options="-c session_replication_role=replica -c statement_timeout=20s",
            )
            self._open[key] = session
        return self._open[key]
