"""The engine; Django wants it in a module of this name."""

from __future__ import annotations

import time
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from psycopg import IsolationLevel
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled, SerializationFailure

from schemas import saved
from schemas.postgresql.connection import Connection, Limits, ServerSilent
from schemas.postgresql.trips import Cursor
from schemas.servers import servers_of

# How a replica ends reads for the sake of its replay (PostgreSQL manual 26.4.2); the last while replay waits for
# another session and the read waits behind replay.
FOR_REPLAY = (SerializationFailure, DeadlockDetected, LockNotAvailable)
# So soon a connection to the primary, for want of a replica, is replaced by one to the replica.
AWAY_SECONDS = 5.0
# A server that has answered so lately is not asked whether it does.
ANSWERED_SECONDS = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    """A database that several servers may have, a replica before its primary: a read that one of them fails is tried
    on the next.
    """

    # Of Django's class, not of its stubs.
    connection: Any
    in_atomic_block: bool
    close_at: float | None
    _wrote = False

    def note_write(self) -> None:
        """A statement wrote: what it wrote is saved now, or by the commit of its transaction."""
        if self.in_atomic_block:
            self._wrote = True
        else:
            saved.note()

    def _commit(self) -> None:
        # Before: whether a commit that breaks off was done, nobody knows.
        if self._wrote:
            saved.note()
        self._wrote = False
        super()._commit()  # type: ignore[misc]

    def _rollback(self) -> None:
        self._wrote = False
        super()._rollback()  # type: ignore[misc]

    def get_connection_params(self) -> dict[str, Any]:
        """Django's; with the servers that are to be avoided last, for want of any other."""
        parameters: dict[str, Any] = super().get_connection_params() | {"cursor_factory": Cursor}
        found = servers_of(self.settings_dict)
        if any(server.is_avoided() for server in found):
            found.sort(key=lambda server: server.is_avoided())
            parameters["host"] = ",".join(server.host for server in found)
            parameters["port"] = ",".join(server.port for server in found)
            # It would prefer what is to be avoided.
            parameters.pop("target_session_attrs", None)
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """A connection of ours instead of psycopg's own class."""
        self.isolation_level = IsolationLevel.READ_COMMITTED
        limits = Limits(**self.settings_dict.get("LIMITS", {}))
        return Connection.connect_within(limits, **conn_params)

    def connect(self) -> None:
        """Connect afresh; for a short time when it is not to one of the servers that are wanted first."""
        super().connect()
        if self.has_several_servers and self.connection.server is servers_of(self.settings_dict)[-1]:
            self.close_at = time.monotonic() + AWAY_SECONDS

    def ensure_connection(self) -> None:
        """Connect unless that is done; also after the connection was given up."""
        if self.connection is not None and self.connection.closed and not self.in_atomic_block:
            self.close()
        super().ensure_connection()

    def close_if_unusable_or_obsolete(self) -> None:
        """Django's, at the start and end of a request. About a connection that is closed it would ask a new one, and
        raise where nobody catches it when there is none to be had.
        """
        if self.connection is not None and self.connection.closed and not self.in_atomic_block:
            self.close()
        super().close_if_unusable_or_obsolete()

    def is_usable(self) -> bool:
        """Whether the connection looks open. Django's sends `SELECT 1`, a trip for each connection of a request; a
        server that went away without a word is found out by the first statement, or by TCP's keepalives before.
        """
        return self.connection is not None and self.connection.is_idle()

    def answers(self) -> bool:
        """Whether the server can be reached, and answers or did a moment ago."""
        try:
            self.close_if_health_check_failed()
            self.ensure_connection()
            if time.monotonic() - self.connection.heard_at > ANSWERED_SECONDS:
                with self.cursor() as cursor:
                    cursor.execute("SELECT 1")
        except (OperationalError, InterfaceError):
            self.close()
            return False
        return True

    def make_cursor(self, cursor: Any) -> CursorWrapper:
        """A cursor that can move on, where there is another server."""
        return MovingCursor(cursor, self) if self.has_several_servers else super().make_cursor(cursor)

    def make_debug_cursor(self, cursor: Any) -> CursorDebugWrapper:
        """The same, and it logs."""
        return MovingDebugCursor(cursor, self) if self.has_several_servers else super().make_debug_cursor(cursor)

    @property
    def has_several_servers(self) -> bool:
        """Whether a read may be tried elsewhere; such a database is only read."""
        return "," in self.settings_dict["HOST"]

    def move_on(self, error: Exception) -> bool:
        """Connect afresh after a read failed, to a server that may answer it; False when the error is to be raised.

        A read that the server ended because it took too long would take as long elsewhere.
        """
        cause = error.__cause__
        if self.in_atomic_block or isinstance(cause, QueryCanceled):
            return False
        if isinstance(cause, (ServerSilent, *FOR_REPLAY)):
            self.connection.server.avoid()
        self.close()
        self.ensure_connection()
        return True


class _Moving:
    """A cursor that retries a read once on another server."""

    db: DatabaseWrapper
    cursor: Any

    def _execute(self, sql: Any, params: Any, *ignored: Any) -> Any:
        try:
            return super()._execute(sql, params, *ignored)  # type: ignore[misc]
        except (OperationalError, InterfaceError) as error:
            if not self.db.move_on(error):
                raise
        self.cursor = self.db.create_cursor()
        return super()._execute(sql, params, *ignored)  # type: ignore[misc]


class MovingCursor(_Moving, CursorWrapper):
    """Django's, moving."""


class MovingDebugCursor(_Moving, CursorDebugWrapper):
    """Django's that logs, moving."""
