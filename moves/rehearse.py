"""Rehearse: everything but the flip. It says how long the pause will be, and proves that both sides are equal."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from moves import fence, stores
from moves.copy import Chunks
from moves.exceptions import Differs, GateBusy
from moves.flip import time_of_flip
from moves.journey import Journey
from moves.states import State, Wanted
from moves.verify import MOST_REPAIRED, Comparison, Snapshots, compare, connect_snapshots


def rehearse(journey: Journey) -> None:
    """Rehearse the cut-over. Rows that differ are copied again; raises `Differs` when that has not helped."""
    before = journey.move.rehearsal or {}
    journey.advance(State.REHEARSING, "rehearses the cut-over")
    gate = fence.of_source(journey)
    snapshots = Snapshots(gate)
    connect_snapshots(gate)
    try:
        measured = _pause(journey, gate, snapshots)
        flip_ms = min(time_of_flip(journey) for _ in range(2)) * 1000
        # To let the other pod serve takes as long as it took to tell it that nothing came of it.
        measured["forecast_ms"] = round(measured["pause_ms"] - gate.open_seconds * 1000 + flip_ms, 1)
        found = compare(journey, snapshots)
    except (GateBusy, psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled) as busy:
        why = str(busy).splitlines()[0]
        journey.advance(State.STREAMING, f"the rehearsal failed: {why}", error=why)
        return
    finally:
        snapshots.close()
    with journey.speaking():
        stores_differ = [text for store in stores.registered() for text in store.verify(journey.move)]
    again = bool(before.get("differences"))
    _repair(journey, found, again=again)
    differences = [*map(str, found.differences), *stores_differ]
    result = measured | {"rows": found.rows, "differences": differences, "clean": not differences}
    text = f"rehearsed: {found.rows} rows compared, {len(differences)} differences, "
    text += f"the pause will be about {measured['forecast_ms']:.0f} ms"
    journey.advance(State.STREAMING, text, rehearsal=result)
    if not differences:
        journey.grant(Wanted.REHEARSE)


def _pause(journey: Journey, gate: fence.Fence, snapshots: Snapshots) -> dict[str, Any]:
    """Shut the gate, take both snapshots, and open it again."""
    try:
        gate.shut()
        snapshots.of_writer()
        gate.arrive()
        stores.each(lambda store: store.fence(journey.move))
        snapshots.of_reader()
    finally:
        gate.open()
    ended = time.monotonic()
    ((at,),) = journey.routes.run("SELECT clock_timestamp()")
    return {
        "at": at.isoformat(),
        "pause_ms": round((ended - gate.shut_at) * 1000, 1),
        "marker_ms": {schema: round(seconds * 1000, 1) for schema, seconds in gate.marker_seconds.items()},
        "lock_tries": gate.tries,
    }


def _repair(journey: Journey, found: Comparison, *, again: bool) -> None:
    if found.equal:
        return
    for difference in found.differences:
        journey.tell(f"differs: {difference}; first keys: {', '.join(difference.keys[:5])}")
    if again or sum(len(difference.keys) for difference in found.differences) > MOST_REPAIRED:
        raise Differs("; ".join(map(str, found.differences)))
    by_schema: dict[str, Chunks] = {}
    for difference in found.differences:
        chunks = by_schema.setdefault(difference.table.schema, Chunks(journey, difference.table.schema))
        for start in range(0, len(difference.keys), journey.tempo.chunk_rows):
            chunks.copy_again(difference.table, difference.keys[start : start + journey.tempo.chunk_rows])
