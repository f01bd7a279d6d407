"""Names whose transfer `routes` has lost, and this pod's `main` has not.

A replica that is promoted to the primary of `routes` lacks what the old one had not sent yet (docs/promotion.md), and
`main` is what decides: so the names follow once more.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.db.models.functions import Now

from organizations.models import NamespaceTransfer, Organization
from organizations.tenancy.models import OrganizationState
from organizations.transfers.registry import Transferable, transferable_types
from organizations.transfers.steps import LIFETIME, finish, record
from routing.models import Route
from schemas.below import MAIN

BATCH = 1000


def repair_lost() -> Iterator[tuple[str, str]]:
    """Transfer names again to the organization that their rows have; yields each path, and "" for what kept it."""
    for entity_type, kind in transferable_types().items():
        for route, target in _differing(entity_type, kind):
            again = _open_again(route, target)
            record(again)
            finish(again)
            yield route.path, ""


def _differing(entity_type: str, kind: Transferable) -> Iterator[tuple[Route, Organization]]:
    """Top-level names of organizations that are served here, whose rows have another one that is served here too."""
    served = OrganizationState.objects.using(MAIN).filter(state=OrganizationState.State.ACTIVE)
    ids_served = set(served.values_list("pk", flat=True))
    here = Route.objects.using("routes").filter(organization_id__in=ids_served, top_level_key=None)
    names = here.filter(kind=Route.Kind.LIVE, entity_type=entity_type).select_related("organization")
    ids = list(names.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        routes = {route.entity_id: route for route in names.filter(pk__in=ids[start : start + BATCH])}
        rows = kind.root._default_manager.using(MAIN).filter(pk__in=routes)
        for pk, organization_id in rows.values_list("pk", "organization_id"):
            route = routes[pk]
            if organization_id != route.organization_id and organization_id in ids_served:
                yield route, Organization.objects.using("routes").get(pk=organization_id)


def _open_again(route: Route, target: Organization) -> NamespaceTransfer:
    """The transfer that was lost, or the one that is open still."""
    assert route.organization  # noqa: S101  the constraint routes_organization_unless_reserved
    with transaction.atomic(using="routes", durable=True):
        again, _ = NamespaceTransfer.objects.using("routes").get_or_create(
            path=route.path,
            state=NamespaceTransfer.State.OPEN,
            defaults={
                "entity_type": route.entity_type or "",
                "entity_id": route.entity_id or 0,
                "source": route.organization,
                "target": target,
                "pod_id": target.pod_id,
                "epoch": max(route.organization.epoch, target.epoch),
                "asked_by": "janitor --lost-names",
                "expires_at": Now() + LIFETIME,
            },
        )
    return again
