"""What a person looked at last in an organization. It lies with the organization on its pod, and moves with it.

A page that is looked at is noted after its response was sent. When that fails, or would have to wait for a move, it is
left out: no page is slower or fails because of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from django.db import DatabaseError, InterfaceError, connections, transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.visibility import visible_namespaces, visible_projects
from monolith.work.models import Issue, MergeRequest, Recent
from monolith.work.search import Hit, hit_of
from monolith.work.waiting import issuables_in
from organizations.members.viewer import Viewer
from organizations.scope import Scope
from organizations.tenancy.models import OrganizationState
from organizations.tenancy.presence import present
from schemas.afterwards import afterwards
from schemas.gate import LOCK_CLASS

MOST_KEPT = 20
"""For each person in each organization."""
KINDS: dict[type[Any], str] = {
    Project: Recent.Kind.PROJECT,
    Namespace: Recent.Kind.NAMESPACE,
    Issue: Recent.Kind.ISSUE,
    MergeRequest: Recent.Kind.MERGE_REQUEST,
}

# One statement, whose parts see the rows as they were before. The gate's lock is only tried: nothing waits for a move.
_NOTE = """
WITH admitted AS (
    SELECT pg_try_advisory_xact_lock_shared(%(lock)s, hashint8(%(organization)s)) AND EXISTS (
        SELECT FROM organization_state WHERE id = %(organization)s AND state = %(active)s
    ) AS now
), mine AS (
    SELECT id, kind = %(kind)s AND entity_id = %(entity)s AS is_viewed, viewed_at FROM recents
    WHERE organization_id = %(organization)s AND user_id = %(user)s AND (SELECT now FROM admitted)
), again AS (
    UPDATE recents SET viewed_at = clock_timestamp()
    WHERE id = (SELECT id FROM mine WHERE is_viewed AND viewed_at < (SELECT max(viewed_at) FROM mine))
), added AS (
    INSERT INTO recents (organization_id, user_id, kind, entity_id, viewed_at)
    SELECT %(organization)s, %(user)s, %(kind)s, %(entity)s, clock_timestamp()
    WHERE (SELECT now FROM admitted) AND NOT EXISTS (SELECT FROM mine WHERE is_viewed)
    ON CONFLICT DO NOTHING
)
DELETE FROM recents
WHERE id IN (SELECT id FROM mine WHERE NOT is_viewed ORDER BY viewed_at DESC, id DESC OFFSET %(others)s)
"""


class Seen(NamedTuple):
    """Something that was looked at, with the id by which it is forgotten."""

    pk: int
    hit: Hit


def viewed(request: HttpRequest, viewer: Viewer, entity: Project | Namespace | Issue | MergeRequest) -> None:
    """Note after the response that the viewer looked at this, if they belong to its organization."""
    if request.method != "GET" or entity.organization_id not in viewer.organizations:
        return
    if "prefetch" in request.headers.get("Sec-Purpose", ""):
        return
    given = {"user": viewer.user_id, "organization": entity.organization_id, "entity": entity.pk}
    afterwards(partial(_note, {**given, "kind": KINDS[type(entity)]}))


def _note(given: dict[str, Any]) -> None:
    constants: dict[str, Any] = {
        "lock": LOCK_CLASS,
        "active": OrganizationState.State.ACTIVE.value,
        "others": MOST_KEPT - 1,
    }
    with (
        suppress(DatabaseError, InterfaceError),
        transaction.atomic(using="main"),
        connections["main"].cursor() as cursor,
    ):
        cursor.execute(_NOTE, {**given, **constants})


def recents_of(scope: Scope) -> list[Seen]:
    """Return what the viewer looked at, the last first, as far as they may see it now."""
    rows = list(_kept(scope).order_by("-viewed_at", "-pk")[:MOST_KEPT])
    ids: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        ids[row.kind].append(row.entity_id)
    visible = {
        (kind, found.pk): hit_of(found)
        for model, kind in KINDS.items()
        if ids[kind]
        for found in _visible(scope, model).filter(pk__in=ids[kind])
    }
    return [Seen(row.pk, visible[row.kind, row.entity_id]) for row in rows if (row.kind, row.entity_id) in visible]


def forget_recents(scope: Scope, recent_id: int | None = None) -> int:
    """Forget one thing that the viewer looked at in an organization, or all of them; return how many."""
    rows = _kept(scope)
    deleted, _ = (rows if recent_id is None else rows.filter(pk=recent_id)).delete()
    return deleted


def end_recents(organization_id: int, user_id: int) -> None:
    """Forget what a user who leaves an organization looked at in it."""
    Recent.objects.filter(organization_id=organization_id, user_id=user_id).delete()


def forget_organization(organization_id: int, entity_ids: Collection[int] | None) -> None:
    """Forget what anybody looked at in an organization that is deleted. What deleted entities leave is never shown, and
    makes room for what is looked at next.
    """
    if entity_ids is None:
        Recent.objects.using("main").filter(organization_id=organization_id).delete()


def _kept(scope: Scope) -> QuerySet[Recent]:
    mine = Recent.objects.filter(organization_id=scope.organization_id, user_id=scope.viewer.user_id)
    return present(mine, scope.organization_id)


def _visible(scope: Scope, model: type[Any]) -> QuerySet[Any]:
    if model in {Issue, MergeRequest}:
        return issuables_in(scope.viewer, scope.organization_id, model)
    rows: QuerySet[Any] = (visible_projects if model is Project else visible_namespaces)(scope.viewer)
    return rows.filter(organization_id=scope.organization_id)
