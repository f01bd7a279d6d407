"""Whether a replica is young enough to say who is still signed in.

Who ends a session is told so when every replica shows it, or after
so many seconds. So a pod may believe its replica only while it has proof
that this one showed, at most that long ago, all that the primary had then; else
it reads the primary. A thread beside the application renews the proof; a
process without it has none, and reads the primary.
"""

from __future__ import annotations

import threading
import time

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections

from schemas.pinning import is_pinned, pin
from schemas.positions import answers, flushed_position, has_replayed
from topology.databases import REPLICA_SUFFIX

PROOF_SECONDS = 0.5
# The log that a replica holds and has not replayed; unknown (NULL) until it has streamed, which counts as some.
_REPLAYED_ALL = """
    SELECT NOT pg_is_in_recovery()
        OR coalesce(pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn(), false)
"""

_proven_at: dict[str, float] = {}


class ReplicaTooOld(OperationalError):
    """The replica is too far behind, and the primary cannot be reached; try again later."""


def demand(schema: str, seconds: float) -> None:
    """From here on this request reads nothing of a schema that is older than so many seconds.

    Without proof the primary is read. One that cannot be reached ends nobody's session, so a replica that has
    replayed all that it ever received will do then. Raises `ReplicaTooOld` when it has not.
    """
    replica = schema + REPLICA_SUFFIX
    if replica not in settings.DATABASES or is_pinned(schema) or is_proven(schema, seconds):
        return
    if answers(schema):
        pin(schema)
    elif not _has_replayed_all(replica):
        raise ReplicaTooOld(f"{replica} is behind and {schema} cannot be reached")


def is_proven(schema: str, seconds: float) -> bool:
    """Whether the region's replica is known to be young enough."""
    at = _proven_at.get(schema)
    return at is not None and time.monotonic() - at <= seconds


def prove(schema: str) -> bool:
    """Ask the primary how far its log is, then the replica whether it shows all of that; whether it does."""
    asked_at = time.monotonic()
    replica = schema + REPLICA_SUFFIX
    if not has_replayed(replica, flushed_position(schema)):
        return False
    if not _is_replica(replica):
        # The replica failed this thread, and its primary answered; what the replica shows to others is not known.
        connections[replica].close()
        return False
    _proven_at[schema] = asked_at
    return True


def start(schema: str) -> None:
    """Renew the proof for a schema from now on, in a thread that ends with the process. Nothing without a replica."""
    if schema + REPLICA_SUFFIX in settings.DATABASES:
        threading.Thread(target=_go_on, args=(schema,), name=f"freshness of {schema}", daemon=True).start()


def _go_on(schema: str) -> None:
    while True:
        try:
            prove(schema)
        except (OperationalError, InterfaceError):
            # The connections are this thread's own; the next round makes new ones.
            connections.close_all()
        time.sleep(PROOF_SECONDS)


def _is_replica(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        return bool(cursor.fetchone()[0])


def _has_replayed_all(replica: str) -> bool:
    with connections[replica].cursor() as cursor:
        cursor.execute(_REPLAYED_ALL)
        return bool(cursor.fetchone()[0])
