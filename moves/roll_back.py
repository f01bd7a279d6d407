"""Roll back: a move of its own, which returns over the reverse stream. Nothing written on the target is lost."""

from __future__ import annotations

import uuid

from moves import streams
from moves.exceptions import MoveRefused
from moves.journey import Journey
from moves.states import State, Wanted
from moves.tables import SCHEMAS


def way_back_is_open(journey: Journey) -> bool:
    """Whether the reverse streams have lost nothing."""
    return all(streams.is_whole(journey.databases, journey.back(schema)) for schema in SCHEMAS)


def roll_back(journey: Journey) -> uuid.UUID:
    """End this move as `returned` and plan its return, in one transaction; return the id of the return.

    Raises `MoveRefused` when the way back is lost.
    """
    if not way_back_is_open(journey):
        journey.grant(Wanted.ROLLBACK)
        raise MoveRefused("the reverse stream is lost, so this move cannot be rolled back; start another move instead")
    move, routes, returning = journey.move, journey.routes, uuid.uuid4()
    with routes.transaction():
        journey.advance(State.RETURNED, f"is rolled back by move {returning}", wanted=None)
        routes.run(
            "INSERT INTO organization_moves (id, organization_id, kind, returns_id, source, target, max_pause_ms, "
            "way_back_seconds, asked_by) VALUES (%s, %s, 'return', %s, %s, %s, %s, %s, %s)",
            (
                returning,
                move.organization_id,
                move.id,
                move.target,
                move.source,
                move.max_pause_ms,
                move.way_back_seconds,
                move.asked_by,
            ),
        )
    return returning
