"""Read your own writes: positions in the servers' logs, which travel with a person from pod to pod.

Invariant 8. Along with the commit of a write (schemas/writes.py) a pod takes the
primary's `pg_current_wal_flush_lsn()` (the insert position can lie ahead of what
a replica will ever replay). The next read, of this request or of the next one on
whichever pod, asks its replica in a statement of its own whether it has replayed
that much (inside the reading statement the snapshot would be older than the
answer), and goes to the primary when it has not.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from threading import BoundedSemaphore
from typing import Any, NamedTuple

from asgiref.local import Local
from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db import InterfaceError, OperationalError, connections

from schemas.identity import this_topology
from schemas.pinning import committed, is_pinned, is_uncommitted, pin, server_of, written_servers
from schemas.servers import are_hung
from topology.databases import REPLICA_SUFFIX, schema_of_alias
from topology.model import SCHEMAS

# Longer than any lag with which a replica is still of use.
POSITION_SECONDS = 300
POLL_SECONDS = 0.002
LONGEST_POLL_SECONDS = 0.05
# A request waits no longer than this for a replica to show what it has just written; then it reads the primary.
LONGEST_WAIT_FOR_OWN_SECONDS = 0.1
# Everybody may wait this long; for longer only so many that requests are still served.
SHORT_WAIT_SECONDS = 0.05

# A replica that has lost its primary has no receiver; then the control file knows its timeline. A server that takes
# writes shows what was written on its timeline and before; on an older one it is a primary that was replaced.
_REPLAYED = """
    SELECT CASE WHEN pg_is_in_recovery()
        THEN pg_last_wal_replay_lsn() >= %s::pg_lsn
            AND %s = coalesce((SELECT received_tli FROM pg_stat_wal_receiver),
                              (SELECT timeline_id FROM pg_control_checkpoint()))
        ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint >= %s
        END
"""
# A replica tells how far it has replayed every ten seconds, or at once when a commit asks for it.
ASK_FOR_FEEDBACK = """
    SELECT set_config('synchronous_commit', 'remote_apply', true), pg_logical_emit_message(true, 'pods', '')
"""
# NULL, for a role that may not read statistics, counts as not replayed. A move's stream is no replica.
_REPLAYED_EVERYWHERE = """
    SELECT count(*) >= %s AND coalesce(bool_and(coalesce(replay_lsn >= %s::pg_lsn, false)), true)
    FROM pg_stat_replication
    WHERE state = 'streaming' AND pid NOT IN (
        SELECT active_pid FROM pg_replication_slots WHERE slot_type = 'logical' AND active_pid IS NOT NULL)
"""
FLUSHED = "SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn, left(pg_walfile_name(pg_current_wal_flush_lsn()), 8)"


class Position(NamedTuple):
    """How far a server's log had been flushed: bytes since its beginning, on a timeline (PostgreSQL manual 26.3.6)."""

    timeline: int
    lsn: int


# Timelines count from 1, so no replica ever shows it.
INCOMPARABLE = Position(0, 0)


class _Taken(NamedTuple):
    """The position after what this request has committed last on a server."""

    position: Position
    trip_seconds: float
    """How long the commit took, and reading the primary would take."""
    asked_for_feedback: bool


_expected = Local()
_signer = TimestampSigner(salt="schemas.positions")
_waiting = BoundedSemaphore(max(1, settings.ENVIRONMENT.blocking_threads - 1))


def issue(positions: Mapping[str, Position]) -> str:
    """Positions by server as a signed token, fit for a cookie."""
    return _signer.sign("~".join(f"{server}.{at.timeline:x}.{at.lsn:x}" for server, at in sorted(positions.items())))


def read(token: str | None) -> dict[str, Position]:
    """The positions of a token; none when it is forged, broken or older than `POSITION_SECONDS`."""
    if not token:
        return {}
    try:
        parts = [part.split(".") for part in _signer.unsign(token, max_age=POSITION_SECONDS).split("~")]
        return {server: Position(int(timeline, 16), int(lsn, 16)) for server, timeline, lsn in parts}
    except (BadSignature, ValueError):
        return {}


def in_this_topology(positions: Mapping[str, Position]) -> dict[str, Position]:
    """Positions by the servers that have replicas now.

    Any other was a primary until one of them took its place. Which one is not known, so each server of which
    nothing is said gets `INCOMPARABLE`: its primary is read.
    """
    known = replicated_servers()
    if positions.keys() <= known:
        return dict(positions)
    return {server: positions.get(server, INCOMPARABLE) for server in known}


def expect(positions: Mapping[str, Position]) -> None:
    """This request has to see what was written up to these positions; none ends the expectation."""
    _expected.positions = positions
    _expected.replayed = {}
    _expected.everywhere = frozenset()
    _expected.taken = {}
    _expected.shown = {}


def expected() -> Mapping[str, Position]:
    """What this request has to see, by server."""
    found: Mapping[str, Position] = getattr(_expected, "positions", {})
    return found


def reading_alias(schema: str) -> str:
    """Where a read of a schema goes now: the region's replica, or the primary when there is none, when this
    request is pinned, or when the replica has not replayed what this request has to see or has written itself.

    A primary that cannot be reached does not keep people from reading: then it is the replica, behind or not. But what
    this request has written it sees.
    """
    replica = schema + REPLICA_SUFFIX
    if replica not in settings.DATABASES or is_pinned(schema):
        return schema
    own = _taken().get(server_of(schema))
    if own:
        if _shows_own(replica, own):
            return replica
        pin(schema)
        return schema
    position = expected().get(server_of(schema))
    if position is None or _has_replayed_once(replica, position) or not answers(schema):
        return replica
    pin(schema)
    return schema


def were_behind() -> bool:
    """Whether a replica had not replayed what this request had to see."""
    return not all(getattr(_expected, "replayed", {}).values())


def is_behind(schema: str) -> bool:
    """Whether reads of a schema go to its primary although the region has a replica."""
    return schema + REPLICA_SUFFIX in settings.DATABASES and reading_alias(schema) == schema


def of_writes() -> dict[str, Position]:
    """The positions after what this request wrote, by server; only of servers that have replicas anywhere.

    With them come those of servers whose replica lacked what the request had to see: a position that cannot be
    compared any more, after a promotion, would otherwise be handed on for ever. A primary that died after its commit
    is left out.
    """
    found: dict[str, Position] = {}
    written = written_servers()
    for schema in _one_schema_of_each(written and written | _lacked()):
        server = server_of(schema)
        if server not in replicated_servers():
            continue
        own = _taken().get(server)
        if own and not is_uncommitted(server):
            found[server] = own.position
            continue
        with suppress(OperationalError, InterfaceError):
            found[server] = flushed_position(schema)
    return found


def take(schema: str, position: Position, *, trip_seconds: float, asked_for_feedback: bool) -> None:
    """Note the position after a commit of this request, if it wrote anything: from now on it reads a replica that shows
    that much, if there is one within the time that the commit took; it would have to wait as long for the primary.
    """
    server = server_of(schema)
    if is_uncommitted(server):
        _expected.taken = {**_taken(), server: _Taken(position, trip_seconds, asked_for_feedback)}
        committed(server)


def flushed_position(schema: str) -> Position:
    """How far the log of a schema's primary is flushed now."""
    with connections[schema].cursor() as cursor:
        cursor.execute(FLUSHED)
        return position_of(*cursor.fetchone())


def position_of(lsn: Any, timeline: Any) -> Position:
    """The position that `FLUSHED` answers."""
    return Position(int(timeline, 16), int(lsn))


def announce(schema: str) -> None:
    """What this request writes to a schema has to be seen everywhere when its response arrives: the response waits."""
    _expected.everywhere = announced() | {schema}


def announced() -> frozenset[str]:
    """The schemas whose writes the response waits for."""
    found: frozenset[str] = getattr(_expected, "everywhere", frozenset())
    return found


def wait_for_all_replicas(schema: str, position: Position, seconds: float) -> bool:
    """Wait until as many replicas as the topology gives a schema's primary stream from it, and all that do have
    replayed a position. False when that is not so in time, never earlier: pods believe a replica for so long.
    """
    deadline, pause = time.monotonic() + seconds, POLL_SECONDS
    replicas = replicas_of(server_of(schema))
    try:
        with connections[schema].cursor() as cursor:
            own = _taken().get(server_of(schema))
            if not (own and own.asked_for_feedback):
                cursor.execute(ASK_FOR_FEEDBACK)
            while True:
                cursor.execute(_REPLAYED_EVERYWHERE, [replicas, _text(position)])
                if cursor.fetchone()[0]:
                    return True
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                time.sleep(min(pause, left))
                pause = min(2 * pause, LONGEST_POLL_SECONDS)
    except (OperationalError, InterfaceError):
        time.sleep(max(0.0, deadline - time.monotonic()))
        return False


def wait_for_replica(positions: Mapping[str, Position], seconds: float) -> bool:
    """Wait until the region's replicas have replayed these positions; False when they have not in time.

    For clients that do not send cookies back. Threads that wait long are bounded.
    """
    deadline = time.monotonic() + seconds
    held = False
    try:
        for schema in _one_schema_of_each(frozenset(positions)):
            replica, position = schema + REPLICA_SUFFIX, positions[server_of(schema)]
            pause, started = POLL_SECONDS, time.monotonic()
            while replica in settings.DATABASES and not has_replayed(replica, position):
                if not held and time.monotonic() - started > SHORT_WAIT_SECONDS:
                    held = _waiting.acquire(blocking=False)
                    if not held:
                        return False
                if time.monotonic() + pause > deadline:
                    return False
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_POLL_SECONDS)
    except (OperationalError, InterfaceError):
        return False
    finally:
        if held:
            _waiting.release()
    return True


def has_replayed(alias: str, position: Position) -> bool:
    """Whether what an alias is connected to shows everything up to a position. On another timeline, after a
    restore or a promotion, positions cannot be compared: False. A primary shows it, unless another one has taken
    its place since.
    """
    with connections[alias].cursor() as cursor:
        cursor.execute(_REPLAYED, [_text(position), position.timeline, position.timeline])
        return bool(cursor.fetchone()[0])


def _text(position: Position) -> str:
    """As PostgreSQL's `pg_lsn`."""
    return f"{position.lsn >> 32:X}/{position.lsn & 0xFFFFFFFF:X}"


def replicated_servers() -> frozenset[str]:
    """The servers that have a replica in any region."""
    return frozenset(server.replica_of for server in this_topology().servers.values() if server.replica_of)


def replicas_of(server: str) -> int:
    """How many replicas the topology gives a server, in all regions together."""
    return sum(1 for each in this_topology().servers.values() if each.replica_of == server)


def _lacked() -> frozenset[str]:
    """The servers whose replica lacked what this request has to see."""
    replayed: dict[str, bool] = getattr(_expected, "replayed", {})
    return frozenset(server_of(schema_of_alias(replica)) for replica, shown in replayed.items() if not shown)


def _taken() -> Mapping[str, _Taken]:
    """The positions after what this request has committed, by server."""
    found: Mapping[str, _Taken] = getattr(_expected, "taken", {})
    written = written_servers()
    return {server: taken for server, taken in found.items() if server in written} if written else {}


def _shows_own(replica: str, own: _Taken) -> bool:
    """Whether a replica shows what this request has committed; waits for it as long as the primary would take."""
    shown: dict[str, Position] = getattr(_expected, "shown", {})
    if shown.get(replica) == own.position:
        return True
    deadline = time.monotonic() + min(own.trip_seconds, LONGEST_WAIT_FOR_OWN_SECONDS)
    try:
        while not has_replayed(replica, own.position):
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
    except (OperationalError, InterfaceError):
        return False
    _expected.shown = {**shown, replica: own.position}
    return True


def _has_replayed_once(replica: str, position: Position) -> bool:
    """As `has_replayed`, asked once for each request and alias: what a replica shows, it goes on to show."""
    known: dict[str, bool] = _expected.replayed
    if replica not in known:
        try:
            known[replica] = has_replayed(replica, position)
        except (OperationalError, InterfaceError):
            known[replica] = False
    return known[replica]


def answers(schema: str) -> bool:
    """Whether a schema's primary can be reached. Takes no time while it is known to hang."""
    connection = connections[schema]
    return not are_hung(connection.settings_dict) and bool(connection.answers())  # type: ignore[attr-defined]


def _one_schema_of_each(servers: frozenset[str]) -> Iterator[str]:
    """A schema on each of these servers."""
    seen: set[str] = set()
    for schema in SCHEMAS:
        server = server_of(schema)
        if server in servers and server not in seen:
            seen.add(server)
            yield schema
