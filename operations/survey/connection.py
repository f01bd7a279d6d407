"""An asynchronous connection to a server that may hang: what the server does not end itself is given up."""

from __future__ import annotations

from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout

RV = TypeVar("RV")
INTERVAL_SECONDS = 0.1


class Connection(psycopg.AsyncConnection[tuple[Any, ...]]):
    """Like psycopg's connection, with a limit for each statement, in seconds."""

    longest: float

    async def wait(self, gen: PQGen[RV], interval: float = INTERVAL_SECONDS, timeout: float | None = None) -> RV:
        """The result of a statement. Raises `psycopg.OperationalError`, and then the connection is closed."""
        try:
            return await super().wait(gen, interval, self.longest if timeout is None else timeout)
        except _WaitTimeout:
            if timeout is not None:
                raise
            await self.close()
            raise psycopg.OperationalError(f"no answer within {self.longest:g} s") from None


class BriefConnection(Connection):
    """Of a survey, which reports what does not answer."""

    longest = 3.0


class PatientConnection(Connection):
    """Of the commands and the supervisor of a cluster."""

    longest = 25.0
