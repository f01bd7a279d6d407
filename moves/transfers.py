"""A move and a transfer of a namespace (`organizations.transfers`) keep out of each other's way.

Each writes its row in a transaction that has locked the organization's row, and then looks for the other's.
"""

from __future__ import annotations

from django.db.models import Q

from moves.exceptions import MoveRefused
from moves.models import OrganizationMove
from moves.states import TERMINAL
from organizations.models import NamespaceTransfer, Organization
from organizations.transfers.exceptions import TransferRefused


def refuse_transfer(organization_id: int) -> None:
    """Raise `TransferRefused` while an organization has a move: its rows are in two places, or will be."""
    moves = OrganizationMove.objects.using("routes").filter(organization_id=organization_id)
    move = moves.exclude(state__in=TERMINAL).select_related("organization").first()
    if move:
        raise TransferRefused(
            f"{move.organization.path} is being moved from {move.source} to {move.target}, or can still be moved back; "
            "see manage.py move status"
        )


def refuse_move(organization: Organization) -> None:
    """Raise `MoveRefused` while a namespace is transferred from or to an organization.

    Until the caller's transaction of `routes` ends, no transfer of it begins.
    """
    # Not the lock of the move's foreign key: that is checked at the commit only.
    Organization.objects.using("routes").select_for_update(no_key=True).get(pk=organization.pk)
    open_ones = NamespaceTransfer.objects.using("routes").filter(state=NamespaceTransfer.State.OPEN)
    transfer = open_ones.filter(Q(source=organization) | Q(target=organization)).first()
    if transfer:
        raise MoveRefused(
            f"/{transfer.path} is being transferred from or to {organization.path}; that ends within two minutes, "
            "so try again then"
        )
