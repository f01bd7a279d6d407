"""An organization is not deleted while its rows are on their way to another pod."""

from __future__ import annotations

from moves.models import OrganizationMove
from moves.states import BEFORE_FLIP, State
from organizations.closing import ClosingRefused

# From then on it is in one place again, and a deletion ends the way back.
UNDER_WAY = BEFORE_FLIP | {State.FLIPPED}


def refuse_closing(organization_id: int) -> None:
    """Raise `ClosingRefused` until a move has cut over or was aborted."""
    moves = OrganizationMove.objects.using("routes").filter(organization_id=organization_id, state__in=UNDER_WAY)
    move = moves.select_related("organization").first()
    if move:
        raise ClosingRefused(
            f"{move.organization.path} is being moved from {move.source} to {move.target}; wait until that is done, or "
            f"abort it with manage.py move abort {move.organization.path}"
        )
