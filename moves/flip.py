"""Flip: shut the source's gate, wait for the markers, and change the owner in one transaction of `routes`.

Before it everything can be undone, after it everything goes forward. The target serves when its own state says so, and
its state says so only after the flip.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg

from moves import fence, record, stores
from moves.exceptions import GateBusy, Lost, MoveRefused
from moves.journey import Journey
from moves.prepare import fingerprint_now
from moves.purge import drop_stream
from moves.states import State
from moves.tables import SCHEMAS
from moves.verify import Snapshots, connect_snapshots


@dataclass
class CutOver:
    """What is known of a cut-over only by the driver that made it."""

    snapshots: Snapshots
    measured: dict[str, Any] = field(default_factory=dict)


def cut_over(journey: Journey) -> CutOver | None:
    """Let the target serve. None when the gate is open again and the source serves on."""
    if fingerprint_now(journey) != journey.move.schema_fingerprint:
        raise MoveRefused("the tables' columns have changed since the copy began; abort this move and start another")
    gate = fence.of_source(journey)
    made = CutOver(Snapshots(gate))
    connect_snapshots(gate)
    time_of_flip(journey)
    journey.advance(State.FENCING, "cuts over")
    fenced = journey.move
    try:
        gate.shut()
        made.snapshots.of_writer()
        gate.arrive()
        stores.each(lambda store: store.fence(journey.move))
        made.snapshots.of_reader()
        flip_in_routes(journey)
        journey.routes.run("COMMIT")
    except (GateBusy, Lost, psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled) as busy:
        made.snapshots.close()
        journey.move = fenced
        give_up(journey, gate, str(busy).splitlines()[0])
        return None
    made.measured = {
        "pause_ms": round((activate(journey) - gate.shut_at) * 1000, 1),
        "marker_ms": {schema: round(seconds * 1000, 1) for schema, seconds in gate.marker_seconds.items()},
        "lock_tries": gate.tries,
    }
    return made


def give_up(journey: Journey, gate: fence.Fence, why: str) -> None:
    """Go back to streaming, and only then open the gate: a driver that flips sees that this attempt is over."""
    if journey.routes.info.transaction_status.name != "IDLE":
        journey.routes.run("ROLLBACK")
    journey.advance(State.STREAMING, f"could not cut over: {why}", error=why)
    gate.open()


def flip_in_routes(journey: Journey, *, rehearsed: bool = False) -> None:
    """Change the owner, in a transaction that the caller commits. Raises `Lost` when this attempt is over or the
    organization is not the source's, and psycopg's `LockNotAvailable` when a name is being claimed.
    """
    move, routes = journey.move, journey.routes
    routes.run("BEGIN")
    routes.run("SET LOCAL lock_timeout = '200ms'")
    routes.run("SET LOCAL statement_timeout = '1s'")
    rows = routes.run(
        # Top-level routes follow by ON UPDATE CASCADE (routing/migrations/0001_initial.py).
        "UPDATE organizations SET pod_id = %s, epoch = epoch + 1 "
        "WHERE id = %s AND pod_id = %s AND state = 'active' RETURNING epoch",
        (move.target, move.organization_id, move.source),
    )
    if not rows:
        raise Lost(f"{move.source} does not own the organization any more, or it was deleted")
    if not rehearsed:
        ((now,),) = routes.run("SELECT clock_timestamp()")
        # What was asked for meanwhile came too late: nobody can grant an abort or another cut-over now.
        told: dict[str, Any] = {"flipped_epoch": rows[0][0], "flipped_at": now, "wanted": None}
        journey.advance(State.FLIPPED, f"{move.target} serves", **told)


def time_of_flip(journey: Journey) -> float:
    """Make the flip and roll it back, and commit something else: return how many seconds that takes."""
    started = time.monotonic()
    try:
        flip_in_routes(journey, rehearsed=True)
    finally:
        journey.routes.run("ROLLBACK")
    record.update(journey.routes, journey.move, error="")
    return time.monotonic() - started


def activate(journey: Journey) -> float:
    """Make both pods say what routes says: the target serves, `ci` first and `main` last; the source does not.

    Return when the target did, by the monotonic clock.
    """
    move = journey.move
    for schema in SCHEMAS:
        journey.target(schema, "gate").run(
            "UPDATE organization_state SET state = 'active', epoch = %(epoch)s, attempt = %(attempt)s, "
            "fenced_until = NULL WHERE id = %(organization)s AND epoch < %(epoch)s AND attempt < %(attempt)s",
            {"epoch": move.flipped_epoch, "attempt": move.attempt, "organization": move.organization_id},
        )
    served = time.monotonic()
    for schema in SCHEMAS:
        journey.source(schema, "gate").run(
            "UPDATE organization_state SET state = 'moved', fenced_until = NULL "
            "WHERE id = %s AND epoch < %s AND move_id = %s",
            (move.organization_id, move.flipped_epoch, move.id),
        )
    return served


def settle(journey: Journey, made: CutOver | None) -> None:
    """After the flip: both pods say so, the stream there is dropped, and the way back is open for a while."""
    activate(journey)
    with journey.speaking():
        stores.each(lambda store: store.flip(journey.move))
    for schema in SCHEMAS:
        drop_stream(journey, journey.there(schema))
    ((now,),) = journey.routes.run("SELECT clock_timestamp()")
    until = now + timedelta(seconds=journey.move.way_back_seconds)
    if made:
        journey.measured |= made.measured
        journey.show()
    text = f"the way back is open until {until:%Y-%m-%d %H:%M:%S} UTC"
    journey.advance(State.SETTLED, text, reverse_until=until)
