"""Names whose transfer `routes` has lost, and this pod's `main` has not.

A replica that is promoted to the primary of `routes` lacks what the old one had not sent yet (docs/promotion.md), and
`main` is what decides: so the names follow once more.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.db.models.functions import Now

from organizations.models import NamespaceTransfer, Organization
from organizations.transfers.registry import Transferable, transferable_types
from organizations.transfers.steps import LIFETIME, finish, record
from routing.models import Route
from schemas.below import MAIN
from schemas.identity import this_pod

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
    """The top-level names of this pod whose rows have another organization, which is on this pod too."""
    here = Route.objects.using("routes").filter(organization__pod_id=this_pod().name, top_level_key=None)
    names = here.filter(kind=Route.Kind.LIVE, entity_type=entity_type).select_related("organization")
    ids = list(names.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        routes = {route.entity_id: route for route in names.filter(pk__in=ids[start : start + BATCH])}
        rows = kind.root._default_manager.using(MAIN).filter(pk__in=routes)
        for pk, organization_id in rows.values_list("pk", "organization_id"):
            route = routes[pk]
            target = Organization.objects.using("routes").filter(pk=organization_id, pod_id=this_pod().name).first()
            if target and target.pk != route.organization_id:
                yield route, target


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
