"""The states of a move, and the arrows between them. The database refuses every other transition."""

from __future__ import annotations

from django.db import models


class State(models.TextChoices):
    """Where a move stands. Before `flipped` everything can be undone; from then on everything goes forward."""

    PLANNED = "planned", "waits for its turn"
    PREPARING = "preparing", "makes the streams"
    COPYING = "copying", "copies rows while the stream runs"
    STREAMING = "streaming", "the target follows the source"
    REHEARSING = "rehearsing", "rehearses the cut-over and compares both sides"
    FENCING = "fencing", "cuts over: the source takes no writes"
    FLIPPED = "flipped", "the target serves; the source is being closed"
    SETTLED = "settled", "the target serves; the way back is open"
    PURGING = "purging", "deletes the source's rows"
    DONE = "done", "finished"
    RETURNED = "returned", "rolled back by another move"
    ABORTING = "aborting", "deletes the target's rows"
    ABORTED = "aborted", "aborted; nothing has changed"


ARROWS: dict[State, tuple[State, ...]] = {
    State.PLANNED: (State.PREPARING, State.ABORTING),
    # Only a return, which has a stream already, goes to streaming without a copy.
    State.PREPARING: (State.COPYING, State.STREAMING, State.ABORTING),
    State.COPYING: (State.STREAMING, State.PREPARING, State.ABORTING),
    State.STREAMING: (State.REHEARSING, State.FENCING, State.PREPARING, State.ABORTING),
    State.REHEARSING: (State.STREAMING, State.ABORTING),
    State.FENCING: (State.FLIPPED, State.STREAMING, State.ABORTING),
    State.FLIPPED: (State.SETTLED,),
    State.SETTLED: (State.PURGING, State.RETURNED),
    State.PURGING: (State.DONE,),
    State.ABORTING: (State.ABORTED,),
    State.DONE: (),
    State.RETURNED: (),
    State.ABORTED: (),
}
# Each has a number of its own, so that what an earlier driver has begun can be told from it.
NEW_ATTEMPT = frozenset({State.PREPARING, State.REHEARSING, State.FENCING})
TERMINAL = frozenset(state for state, following in ARROWS.items() if not following)
BEFORE_FLIP = frozenset(state for state, following in ARROWS.items() if State.ABORTING in following)


class Wanted(models.TextChoices):
    """What an operator asks for. The driver does it, and clears the wish."""

    REHEARSE = "rehearse"
    CUTOVER = "cutover"
    ABORT = "abort"
    ROLLBACK = "rollback"
    VERIFY = "verify"
