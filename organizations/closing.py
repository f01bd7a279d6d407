"""Delete an organization that is empty, so that no work is lost.

On its own pod, by steps of which each may be repeated; the `Burial` that stands
in `main` meanwhile lets the janitor go on after whatever died in between:

1. `routes`: deleted, unless it has a name. A claim waits for this decision and
   finds the organization gone, or is found by it (`routing.claims.claim`).
2. `users`: no memberships, and nobody's default organization.
3. `ci`: nothing is run for it.

Its path stays taken: nobody inherits its links.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from django.db import Error, connections, transaction

from organizations.members.models import Membership
from organizations.models import GITLAB_COM_PUBLIC, NamespaceTransfer, Organization
from organizations.tenancy.forgetting import forget
from routing.models import Route
from routing.outcomes.models import Burial
from schemas.positions import announce
from users.models import User


class NotEmpty(Exception):
    """The organization has names, or a name is being claimed in it."""


class ClosingRefused(Exception):
    """Another app needs the organization for a while; the message says what for and what to do."""


_refusing: list[Callable[[int], None]] = []


def refuse_with(function: Callable[[int], None]) -> None:
    """Ask `function` too before an organization is deleted; it raises `ClosingRefused`.

    It is called with the organization's id, in a transaction of `routes` that has its row locked.
    """
    if function not in _refusing:
        _refusing.append(function)


def close(organization: Organization) -> None:
    """Delete an organization. Raises `NotEmpty` and `ClosingRefused`."""
    Burial.objects.using("main").bulk_create(
        [
            Burial(
                organization_id=organization.pk,
                entity_type=Burial.ORGANIZATION,
                entity_id=organization.pk,
                path=organization.path,
            )
        ],
        ignore_conflicts=True,
    )
    mark = Burial.objects.using("main").get(entity_type=Burial.ORGANIZATION, entity_id=organization.pk)
    try:
        if not _is_deleted(mark):
            raise NotEmpty(f"{organization.path} is not empty; delete what is in it first")
    except (NotEmpty, ClosingRefused):
        mark.delete()
        raise
    # Best effort: the janitor would finish this anyway.
    with contextlib.suppress(Error):
        finish(mark)


def finish(mark: Burial) -> None:
    """Do what is left to do for an organization that is to be deleted; nothing when it has names again or must stay."""
    with contextlib.suppress(ClosingRefused):
        if _is_deleted(mark):
            _let_go(mark.organization_id)
            forget(mark.organization_id, None)
    mark.delete()


def _is_deleted(mark: Burial) -> bool:
    """Whether it is from now on: not while it has a name. Raises `ClosingRefused`."""
    with transaction.atomic(using="routes", durable=True):
        rows = Organization.objects.using("routes")
        # This lock, unlike a weaker one, waits for claims that refer to the row, and lets them wait.
        organization = rows.select_for_update().get(pk=mark.organization_id)
        if organization.state == Organization.State.DELETED:
            return True
        names = Route.objects.using("routes").filter(organization_id=organization.pk)
        if names.filter(kind__in=[Route.Kind.LIVE, Route.Kind.CLAIM]).exists() or _receives(organization):
            return False
        for refuse in _refusing:
            refuse(organization.pk)
        rows.filter(pk=organization.pk).update(state=Organization.State.DELETED)
    return True


def _receives(organization: Organization) -> bool:
    """Whether a namespace is on its way to it, whose names are still another organization's."""
    transfers = NamespaceTransfer.objects.using("routes").filter(state=NamespaceTransfer.State.OPEN)
    return transfers.filter(target=organization).exists()


def _let_go(organization_id: int) -> None:
    """End all memberships and reset default organizations, everywhere by the time the response arrives."""
    announce("users")
    with transaction.atomic(using="users"):
        with connections["users"].cursor() as cursor:
            # The trigger that keeps an owner lets these go (members/migrations).
            cursor.execute("SELECT set_config('pods.deleted_organization', %s, true)", [str(organization_id)])
        Membership.objects.using("users").filter(organization_id=organization_id).delete()
        at_home = User.objects.using("users").filter(default_organization_id=organization_id)
        at_home.update(default_organization_id=GITLAB_COM_PUBLIC)
