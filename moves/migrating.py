"""What an open move says to `cluster migrate`: the tables of its pods stay as they are.

A column that only the source has stops the stream, and a table that is made during a move is not published. The end of
a settled move is not waited for: only its reverse stream would stop, so it is closed first, or waited for.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress

from django.db import connections

from moves.exceptions import MoveRefused
from moves.models import OrganizationMove
from moves.operating import ask
from moves.states import BEFORE_FLIP, TERMINAL, Wanted

ABORT_SECONDS = 60.0
POLL_SECONDS = 0.2
WAIT = "wait for it to end (manage.py move status)"
ABORT = "abort it: manage.py cluster migrate --abort-moves"
FINISH = "close its way back: manage.py move finish"


def forbid(aliases: Collection[str]) -> Mapping[str, str]:
    """Return the databases whose pods have an open move, and why they must not change."""
    moves = _open_moves() if aliases else []
    return {
        alias: f"organization {move.organization_id} is being moved from {move.source} to {move.target}; {WAIT}, "
        f"or {ABORT if move.state in BEFORE_FLIP else f'{FINISH} {move.organization.path}'}"
        for move in moves
        for alias in aliases
        if alias.split("_", 1)[1] in {move.source, move.target}
    }


def abort_and_wait() -> Iterator[str]:
    """Ask that every move is aborted that still can be, and wait until they are; yield what happens."""
    moves = [move for move in _open_moves() if move.state in BEFORE_FLIP]
    for move in moves:
        with suppress(MoveRefused):
            ask(move, Wanted.ABORT, "cluster migrate")
        yield f"organization {move.organization_id}: its move to {move.target} is aborted"
    deadline = time.monotonic() + ABORT_SECONDS
    while any(move.pk in {each.pk for each in moves} for move in _open_moves()) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _open_moves() -> list[OrganizationMove]:
    if OrganizationMove._meta.db_table not in connections["routes"].introspection.table_names():
        return []
    return list(
        OrganizationMove.objects.using("routes")
        .exclude(state__in=TERMINAL)
        .select_related("organization")
        .order_by("created_at")
    )
