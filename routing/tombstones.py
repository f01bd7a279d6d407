"""A deleted name stays a tombstone for days (invariant 2), so that nobody inherits its links at once."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.postgres.functions import TransactionNow
from django.db import connections, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from admin_settings.in_force import in_force
from routing.claims import ClaimError, below
from routing.models import Route


class NamesBelow(ClaimError):
    """Names below this one are kept too, and refer to it."""


def bury(path: str, days: int | None = None) -> int:
    """Make a live path, all names below it and all redirects to them tombstones; the number of names buried.

    Without `days` they stay for as long as the setting says. 0 when the path is not live: a second time changes
    nothing. A claim below it is buried too, so that nobody can settle it.
    """
    with transaction.atomic(using="routes", durable=True):
        live = Route.objects.using("routes").select_for_update().filter(key=path.lower(), kind=Route.Kind.LIVE)
        return _bury(live, days)


def bury_entity(
    entity_type: str,
    entity_id: int,
    path: str,
    organization_id: int,
    days: int | None = None,
) -> int:
    """As `bury`, for an entity that is deleted, by whatever names it has or was about to have.

    A creation or a renaming that is not settled yet is found too: by the entity, or by the path that it had.
    """
    is_its_own = Q(kind__in=[Route.Kind.LIVE, Route.Kind.CLAIM], entity_type=entity_type, entity_id=entity_id)
    is_its_claim = Q(kind=Route.Kind.CLAIM, key=path.lower(), entity_type=entity_type, entity_id=None)
    with transaction.atomic(using="routes", durable=True):
        routes = Route.objects.using("routes").select_for_update()
        return _bury(routes.filter(is_its_own | is_its_claim, organization_id=organization_id), days)


def _bury(dead: QuerySet[Route], days: int | None) -> int:
    routes = Route.objects.using("routes")
    family = Q(pk__in=[])
    for route in dead:
        family |= Q(pk=route.pk) | below(route.path)
    kin = routes.filter(family).values("pk")
    return routes.filter(Q(pk__in=kin) | Q(redirects_to__in=kin)).update(
        kind=Route.Kind.TOMBSTONE,
        entity_type=None,
        entity_id=None,
        redirects_to=None,
        claim_key=None,
        expires_at=Now() + timedelta(days=in_force().tombstone_days if days is None else days),
    )


def free_names(pod_name: str, limit: int) -> int:
    """Delete expired tombstones of this pod's organizations that have no name below them; how many.

    So a top-level name outlives every name below it, which refers to it.
    """
    with connections["routes"].cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM routes WHERE id IN (
                SELECT grave.id FROM routes grave JOIN organizations ON organizations.id = grave.organization_id
                WHERE grave.kind = 'tombstone' AND grave.expires_at <= now() AND organizations.pod_id = %(pod)s
                    AND NOT EXISTS (
                        SELECT FROM routes lower WHERE lower.key > grave.key || '/' AND lower.key < grave.key || '0'
                    )
                ORDER BY grave.expires_at LIMIT %(limit)s FOR UPDATE OF grave SKIP LOCKED
            )
            """,
            {"pod": pod_name, "limit": limit},
        )
        return int(cursor.rowcount)


def free_name(path: str) -> bool:
    """Delete a tombstone before it expires; False when there is none. Raises `NamesBelow`."""
    with transaction.atomic(using="routes", durable=True):
        routes = Route.objects.using("routes")
        grave = routes.select_for_update().filter(key=path.lower(), kind=Route.Kind.TOMBSTONE).first()
        if grave is None:
            return False
        if routes.filter(below(grave.path)).exists():
            raise NamesBelow(f"names below {grave.path!r} are kept too; release those first")
        # The database deletes expired ones only (migration 0003).
        routes.filter(pk=grave.pk).update(expires_at=TransactionNow())
        grave.delete()
    return True
