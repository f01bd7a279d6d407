"""What moves say when a database of a pod was replaced by an older one (docs/backups.md)."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from moves.exceptions import MoveRefused
from moves.models import OrganizationMove
from moves.states import TERMINAL, State
from operations.hints import command

# The organization is on its new pod, and no rows are waited for.
OVER = frozenset({State.SETTLED, State.PURGING})


def refuse_open(pod: str) -> None:
    """Raise `MoveRefused` while a move from or to the pod waits for rows that the restored database may not have."""
    standing = [move for move in _open(pod) if move.state not in OVER]
    if standing:
        raise MoveRefused(
            "\n".join(
                f"organization {move.organization_id} is being moved from {move.source} to {move.target} "
                f"({move.state}); abort it with: {command(f'move abort {move.pk}')}"
                for move in standing
            )
            + "\nAfter the cut-over a move cannot be aborted; wait until it has settled. Then run this command again."
        )


def lost_ways_back(pod: str) -> Iterator[str]:
    """Yield a line for each move that cannot be rolled back any more: its stream ended with the database."""
    for move in _open(pod):
        if move.state == State.SETTLED:
            yield (
                f"the move of organization {move.organization_id} from {move.source} to {move.target} cannot be rolled "
                "back any more: its stream ended with the restored database"
            )


def _open(pod: str) -> list[OrganizationMove]:
    moves = OrganizationMove.objects.using("routes").exclude(state__in=TERMINAL)
    return list(moves.filter(Q(source=pod) | Q(target=pod)).order_by("created_at"))
