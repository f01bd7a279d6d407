"""What operators ask for. Every function only writes a row, a wish or a flag; drivers do the rest."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from moves.exceptions import MoveRefused, MoveUnknown
from moves.models import OrganizationMove
from moves.states import BEFORE_FLIP, TERMINAL, State, Wanted
from moves.transfers import refuse_move
from organizations.models import Organization


@dataclass(frozen=True)
class Wishes:
    """How a move is to be made."""

    cutover: str = OrganizationMove.Cutover.AUTO
    cutover_at: datetime | None = None
    rate: int | None = None
    max_pause_ms: int = 500
    way_back_seconds: int = 86_400


def plan(organization: Organization, target: str, who: str, wishes: Wishes | None = None) -> OrganizationMove:
    """Record a move for a driver to make. Raises `MoveRefused` when the organization is being moved already, and
    while a namespace is transferred from or to it.

    `moves.refusals.refuse` says before what else stands against it.
    """
    wishes = wishes or Wishes()
    try:
        with transaction.atomic(using="routes"):
            refuse_move(organization)
            move = OrganizationMove.objects.using("routes").create(
                organization=organization,
                source=organization.pod_id,
                target=target,
                asked_by=who,
                cutover=wishes.cutover,
                cutover_at=wishes.cutover_at,
                rate=wishes.rate,
                max_pause_ms=wishes.max_pause_ms,
                way_back_seconds=wishes.way_back_seconds,
            )
            _tell(move, who, f"asked to move {organization.path} from {move.source} to {target}")
    except IntegrityError as error:
        if "organization_moves_one_is_open" not in str(error):
            raise
        raise MoveRefused(
            f"{organization.path} is being moved already, or its last move can still be rolled back; "
            "see manage.py move status"
        ) from error
    return move


def move_of(key: str) -> OrganizationMove:
    """Return a move by its id or by the path of its organization: the newest, open ones first. Raises `MoveUnknown`."""
    moves = OrganizationMove.objects.using("routes").select_related("organization")
    try:
        found = moves.filter(pk=uuid.UUID(key)).first()
    except ValueError:
        of_organization = moves.filter(organization__path__iexact=key).order_by("-created_at")
        found = of_organization.exclude(state__in=TERMINAL).first() or of_organization.first()
    if found is None:
        raise MoveUnknown(f"there is no move {key!r}; manage.py move status lists them")
    return found


def ask(move: OrganizationMove, wanted: Wanted, who: str, **columns: Any) -> None:
    """Write down what is wanted. Raises `MoveRefused` when it is too late for it, or too early."""
    if wanted == Wanted.ROLLBACK and move.reverse_until and move.reverse_until <= timezone.now():
        raise MoveRefused("the way back is closed; start another move instead")
    if wanted == Wanted.ROLLBACK and move.organization.state == Organization.State.DELETED:
        raise MoveRefused("the organization was deleted, so there is nothing to bring back")
    states = {
        Wanted.REHEARSE: BEFORE_FLIP - {State.ABORTING},
        Wanted.CUTOVER: BEFORE_FLIP - {State.ABORTING},
        Wanted.ABORT: BEFORE_FLIP,
        Wanted.ROLLBACK: frozenset({State.FLIPPED, State.SETTLED}),
        Wanted.VERIFY: frozenset({State.FLIPPED, State.SETTLED}),
    }[wanted]
    _change(move, states, who, f"asked for {wanted}", wanted=wanted, **columns)


def finish(move: OrganizationMove, who: str) -> None:
    """Close the way back now; a minute later the source's rows are deleted. Raises `MoveRefused` when that would delete
    what may be needed.
    """
    with transaction.atomic(using="routes"):
        now = OrganizationMove.objects.using("routes").select_for_update(no_key=True).get(pk=move.pk)
        if now.state == State.FLIPPED:
            raise MoveRefused("the target has served for a moment only; try again in a moment")
        if now.state == State.SETTLED:
            if now.certificate is None:
                raise MoveRefused("the cut-over is being verified; try again in a moment")
            if now.certificate["equal"] is False:
                raise MoveRefused(
                    "both pods differed at the cut-over, so the source's rows are kept; roll back instead"
                )
            if now.wanted == Wanted.ROLLBACK:
                raise MoveRefused("a rollback was requested, and it needs the way back")
        _change(move, frozenset({State.SETTLED}), who, "closed the way back", reverse_until=Now())


def pause(move: OrganizationMove, who: str, *, paused: bool) -> None:
    """Let a move rest between two chunks, or go on. The streams run on meanwhile."""
    _change(move, BEFORE_FLIP, who, "paused the move" if paused else "continued the move", paused=paused)


def _change(move: OrganizationMove, states: frozenset[State], who: str, text: str, **columns: Any) -> None:
    with transaction.atomic(using="routes"):
        rows = OrganizationMove.objects.using("routes").filter(pk=move.pk, state__in=states)
        if not rows.update(**columns):
            move.refresh_from_db(using="routes")
            raise MoveRefused(f"the move is {move.state} ({move.get_state_display()}); {_instead(move)}")
        move.refresh_from_db(using="routes")
        _tell(move, who, text)


def _instead(move: OrganizationMove) -> str:
    if move.state in {State.FLIPPED, State.SETTLED}:
        return "it can only be rolled back now"
    if move.state in BEFORE_FLIP:
        return "this is possible after the cut-over"
    if move.state == State.PURGING:
        return "the way back is closed, so start another move instead"
    return "it has ended"


def _tell(move: OrganizationMove, who: str, text: str) -> None:
    move.events.using("routes").create(move=move, who=who, state=move.state, attempt=move.attempt, text=text)
