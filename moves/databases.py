"""A move's own connections: to `routes`, and to `main` and `ci` of both pods.

A driver opens them for one tenure, all under one name. A driver that takes a move over first ends the sessions of
the driver before it (`end_others`), so that nothing that the earlier driver began is finished later. A connection that
breaks ends the tenure: it is never opened again silently.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from psycopg import sql
from psycopg.conninfo import make_conninfo

from schemas.postgresql.connection import Connection, Limits
from topology import Topology
from topology.databases import connection, mover_conninfo
from topology.model import Placement
from topology.places import Places

LIMITS = Limits(connect=2.0, patience=5.0, statement=25.0)
STATEMENT_TIMEOUT = "20s"
# Nobody of the organization waits longer for a row that a chunk has locked, nor the other way round.
LOCK_TIMEOUT = "100ms"
# Longer than a chunk's transaction on the target may last (copy.py): its locks on the source outlive that.
IDLE_TIMEOUT = "8s"
# All writers of the organization wait for a transaction at the gate. A driver that was stopped in it loses it.
GATE, GATE_IDLE_TIMEOUT = "gate", "1s"
# A driver holds the lock of its move and speaks every few seconds; one that is silent for this long loses the lock.
LOCK, LOCK_IDLE_TIMEOUT = "lock", "60s"

HAS_TRANSACTION_TIMEOUT = 170_000

Parameters = Sequence[Any] | Mapping[str, Any] | None
Row = tuple[Any, ...]


class Session(Connection):
    """A connection in autocommit mode."""

    watch: Callable[[str], None] | None = None
    """Called before and after each statement; tests stop here."""

    def run(self, query: str | sql.Composed, parameters: Parameters = None) -> list[Row]:
        """Run a statement and return its rows, none when it has no result."""
        text = query if isinstance(query, str) else query.as_string(self)
        if self.watch:
            self.watch(f"before {text}")
        cursor = self.execute(query.encode() if isinstance(query, str) else query, parameters)
        rows = cursor.fetchall() if cursor.description else []
        if self.watch:
            self.watch(f"after {text}")
        return rows

    def change(self, query: str | sql.Composed, parameters: Parameters = None) -> int:
        """Run a statement and return how many rows it changed."""
        text = query if isinstance(query, str) else query.as_string(self)
        if self.watch:
            self.watch(f"before {text}")
        changed = self.execute(query.encode() if isinstance(query, str) else query, parameters).rowcount
        if self.watch:
            self.watch(f"after {text}")
        return changed


class Databases:
    """The sessions of one tenure. Each `use` of a database has one of its own."""

    def __init__(self, topology: Topology, places: Places, move_id: uuid.UUID | None = None) -> None:
        self.topology = topology
        self.places = places
        self.move_id = move_id
        self.token = secrets.token_hex(4)
        self.watch: Callable[[str], None] | None = None
        self._open: dict[tuple[str, ...], Session] = {}

    @property
    def name(self) -> str:
        """What the sessions are called in `pg_stat_activity`."""
        return f"{_prefix(self.move_id)}{self.token}"

    def routes(self) -> Session:
        """The primary of `routes`."""
        return self._session(("routes",), self._of_application(self.topology.schemas["routes"]))

    def as_application(self, pod: str, schema: str) -> Session:
        """A pod's `main` or `ci`, as the role of pods: where nothing is moved, no other role is needed."""
        return self._session((pod, schema, "application"), self._of_application(self.topology.pod(pod).schemas[schema]))

    def pod(self, pod: str, schema: str, use: str = "") -> Session:
        """A pod's `main` or `ci`, as the role of moves."""
        return self._session((pod, schema, use), self._conninfo(pod, schema))

    def conninfo(self, pod: str, schema: str, name: str) -> str:
        """How another server connects to a pod's `main` or `ci`, as libpq wants it."""
        return make_conninfo("", **self._conninfo(pod, schema), application_name=name)

    def end_others(self, pod: str, schema: str) -> None:
        """End the sessions that earlier drivers of this move still have in a database."""
        self.pod(pod, schema).run(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE datname = current_database() "
            "AND starts_with(application_name, %s) AND application_name <> %s",
            (_prefix(self.move_id), self.name),
        )

    def end(self, pod: str, schema: str, use: str) -> None:
        """End one session, with what it holds."""
        session = self._open.pop((pod, schema, use), None)
        if session is not None:
            session.close()

    def close(self) -> None:
        """End the tenure."""
        for session in self._open.values():
            session.close()
        self._open.clear()

    def _conninfo(self, pod: str, schema: str) -> dict[str, str]:
        placement = self.topology.pod(pod).schemas[schema]
        return mover_conninfo(placement, self.topology.server(placement.server), self.places)

    def _of_application(self, placement: Placement) -> dict[str, str]:
        settings = connection(placement, (self.topology.server(placement.server),), self.places)
        named = {"host": "HOST", "port": "PORT", "dbname": "NAME", "user": "USER", "password": "PASSWORD"}
        found = {name: str(settings[key]) for name, key in named.items() if settings[key]}
        return found | {key: str(value) for key, value in settings["OPTIONS"].items()}

    def _session(self, key: tuple[str, ...], conninfo: dict[str, str]) -> Session:
        if key not in self._open:
            options = f"-c statement_timeout={STATEMENT_TIMEOUT} -c lock_timeout={LOCK_TIMEOUT} "
            idle = GATE_IDLE_TIMEOUT if key[-1] == GATE else IDLE_TIMEOUT
            options += f"-c idle_in_transaction_session_timeout={idle} -c timezone=UTC -c datestyle=ISO "
            options += "-c extra_float_digits=1 -c intervalstyle=postgres "
            options += f"-c idle_session_timeout={LOCK_IDLE_TIMEOUT if key[-1] == LOCK else '0'}"
            parameters = conninfo | {"application_name": self.name, "options": options}
            session = Session.connect_within(LIMITS, **parameters, autocommit=True)
            if session.info.server_version >= HAS_TRANSACTION_TIMEOUT:
                # A snapshot lives as long as its comparison. Not an option of the connection: what the server's own
                # setting is can then still be asked for (refusals.py).
                session.run("SET transaction_timeout = 0")
            session.watch = self.watch
            self._open[key] = session
        return self._open[key]


def _prefix(move_id: uuid.UUID | None) -> str:
    return f"move {move_id.hex if move_id else 'command'} "
