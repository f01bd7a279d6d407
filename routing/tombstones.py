"""A deleted name stays a tombstone for days (invariant 2), so that nobody inherits its links at once."""

from __future__ import annotations

from datetime import timedelta

from django.db import connections, transaction
from django.db.models import Q
from django.db.models.functions import Now

from routing.claims import below
from routing.models import Route

TOMBSTONE_DAYS = 7


def bury(path: str, days: int = TOMBSTONE_DAYS, *, using: str = "routes") -> int:
    """Make a live path, all names below it and all redirects to them tombstones; the number of names buried.

    0 when the path is not live: a second time changes nothing. A claim below it is buried too, so that
    nobody can settle it.
    """
    with transaction.atomic(using=using, durable=True):
        routes = Route.objects.using(using)
        if not routes.select_for_update().filter(key=path.lower(), kind=Route.Kind.LIVE).exists():
            return 0
        family = routes.filter(Q(key=path.lower()) | below(path))
        dying = Q(pk__in=family.values("pk")) | Q(redirects_to__in=family.values("pk"))
        return routes.filter(dying).update(
            kind=Route.Kind.TOMBSTONE,
            entity_type=None,
            entity_id=None,
            redirects_to=None,
            claim_key=None,
            expires_at=Now() + timedelta(days=days),
        )


def free_names(pod_name: str, limit: int, *, using: str = "routes") -> int:
    """Delete expired tombstones of this pod's organizations that have no name below them; how many.

    So a top-level name outlives every name below it, which refers to it.
    """
    with connections[using].cursor() as cursor:
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
