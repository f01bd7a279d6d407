"""Catch up: the target follows the source closely enough for a short fence, and the way back is made."""

from __future__ import annotations

import secrets
import time

from moves import stores, streams
from moves.copy import require_stream, warn_of_log
from moves.exceptions import GateBusy
from moves.journey import Journey
from moves.purge import replica
from moves.tables import SCHEMAS

MARKER_SECONDS = 5.0
FORGET_SECONDS = 60.0


def make_way_back(journey: Journey) -> None:
    """Make the reverse streams, unless they run. Nobody writes on the target yet, so there is nothing to send."""
    for schema in SCHEMAS:
        stream = journey.back(schema)
        if not streams.is_whole(journey.databases, stream):
            streams.make(journey.databases, stream)


def is_close(journey: Journey) -> bool:
    """Whether the target follows closely now: measured by a marker, and by what the server says."""
    close = True
    for schema in SCHEMAS:
        require_stream(journey, schema)
        lag = streams.lag_bytes(journey.databases, journey.there(schema))
        took = _follow(journey, schema)
        close = close and lag is not None and lag <= journey.tempo.lag_bytes and took is not None
        journey.measured[f"lag_bytes_{schema}"] = lag
        journey.measured[f"lag_ms_{schema}"] = None if took is None else round(took * 1000, 1)
        journey.measured[f"kept_bytes_{schema}"] = streams.kept_bytes(journey.databases, journey.there(schema))
    warn_of_log(journey, *map(journey.there, SCHEMAS))
    _forget_old_markers(journey)
    journey.breathe()
    return close


def catch_up(journey: Journey) -> None:
    """Return when the target has followed closely for a while, and the other stores have too."""
    since: float | None = None
    while True:
        if not is_close(journey):
            since = None
        elif since is None:
            since = time.monotonic()
        if since is not None and time.monotonic() - since >= journey.tempo.caught_up_seconds:
            with journey.speaking():
                caught_up = all(store.catch_up(journey.move) for store in stores.registered())
            if caught_up:
                return
            since = None
        journey.rest(min(0.2, journey.tempo.caught_up_seconds or 0.01))


def _forget_old_markers(journey: Journey) -> None:
    """Delete those that measured the lag a while ago; the target follows."""
    if time.monotonic() - journey.forgot_at < FORGET_SECONDS:
        return
    journey.forgot_at = time.monotonic()
    for schema in SCHEMAS:
        replica(journey.source(schema, "purge")).run(
            "DELETE FROM move_marker WHERE move_id = %s AND starts_with(kind, 'lag:') "
            "AND at < clock_timestamp() - interval '1 minute'",
            (journey.there(schema).move_id,),
        )


def _follow(journey: Journey, schema: str) -> float | None:
    """How many seconds a marker takes to arrive; None when it takes too many."""
    kind = f"lag:{secrets.token_hex(8)}"
    stream = journey.there(schema)
    streams.send_marker(journey.source(schema, "mark"), stream, journey.move.attempt, kind)
    try:
        return streams.wait_for_marker(
            journey.target(schema, "wait"), stream, journey.move.attempt, kind, MARKER_SECONDS
        )
    except GateBusy:
        return None
