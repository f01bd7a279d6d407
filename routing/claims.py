"""Claim a path before its entity exists, and settle the claim afterwards (invariant 3).

The name is in `routes`, the entity in its pod's `main`, and no transaction spans
both. So:

1. `claim` takes the name in a transaction of its own;
2. the creator makes the entity and records `alive` under the claim's key, in one transaction of `main`;
3. `settle` makes the claim a live path.

Whatever dies in between, the janitor of the owner pod finds the expired claim,
writes `dead` under the same key unless `alive` stands there, and then settles or
releases it (routing/outcomes/conclude.py). Renaming is the same with an entity that is
there already: its old path becomes a redirect when the claim is settled.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import connections, transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat, Length, Lower, Now, Substr

from organizations.models import NamespaceTransfer
from routing.models import MAX_PATH, Route
from schemas import saved
from schemas.names import is_path
from schemas.together import along, once, together

CLAIM_LIFETIME = timedelta(minutes=1)
"""How long a creator has before the janitor may decide the claim."""


_leaves: set[str] = set()


def nothing_lies_below(entity_type: str) -> None:
    """Refuse claims of paths below the path of an entity of this type."""
    _leaves.add(entity_type)


class ClaimError(Exception):
    """Base class of the errors of taking a name."""


class NameInvalid(ClaimError):
    """The path has characters, an ending or a length that no name may have."""


class PathTaken(ClaimError):
    """The name is in use, claimed, or a tombstone."""


class NamespaceGone(ClaimError):
    """There is no live namespace above the path in this organization."""


class OrganizationGone(ClaimError):
    """The organization is unknown or deleted."""


class BeingTransferred(ClaimError):
    """The top-level namespace is being transferred to another organization; no name in it changes meanwhile."""


@dataclass(frozen=True)
class Claim:
    """A name that nobody else can take until the claim is settled or released."""

    key: uuid.UUID
    path: str
    organization_id: int
    entity_type: str
    entity_id: int | None = None
    """Of the entity that is getting another path; None of one that is being created."""


# The lock keeps the organization on its pod until this row, which names the pod, is committed. A claim below a parent
# needs one that is live, and none lies below the path that the entity itself has.
_HOLD = "SELECT FROM organizations WHERE id = %s FOR KEY SHARE"
_CLAIM = """
    INSERT INTO routes (path, kind, organization_id, pod_id, entity_type, entity_id,
                        claim_key, expires_at, created_at)
    SELECT %(path)s, 'claim', id, CASE WHEN %(path)s NOT LIKE '%%/%%' THEN pod_id END, %(entity_type)s,
           %(entity_id)s, %(key)s, now() + make_interval(secs => %(seconds)s), now()
    FROM organizations WHERE id = %(organization_id)s AND state = 'active'
        AND (%(parent)s = '' OR EXISTS (
            SELECT FROM routes parent WHERE parent.key = %(parent)s AND parent.organization_id = organizations.id
                AND parent.kind = 'live' AND parent.entity_type <> ALL (%(leaves)s)))
        AND NOT EXISTS (
            SELECT FROM routes present WHERE present.kind = 'live' AND present.entity_type = %(entity_type)s
                AND present.entity_id = %(entity_id)s AND (starts_with(%(lower)s, present.key || '/') OR EXISTS (
                    SELECT FROM namespace_transfers transfer
                    WHERE transfer.state = 'open' AND lower(transfer.path) = split_part(present.key, '/', 1))))
        AND NOT EXISTS (
            SELECT FROM namespace_transfers transfer
            WHERE transfer.state = 'open' AND lower(transfer.path) = split_part(%(lower)s, '/', 1))
    FOR KEY SHARE OF organizations
    ON CONFLICT (key) DO NOTHING
"""
# A new entity has no earlier path that would become a redirect. Entities with one are settled step by step.
_SETTLE_NEW = """
    UPDATE routes SET kind = 'live', entity_id = %(entity_id)s, redirects_to_id = NULL, claim_key = NULL,
        expires_at = NULL
    WHERE claim_key = %(key)s AND NOT EXISTS (
        SELECT FROM routes earlier WHERE earlier.kind = 'live' AND earlier.entity_type = routes.entity_type
            AND earlier.entity_id = %(entity_id)s)
"""


def claim(
    path: str,
    organization_id: int,
    entity_type: str,
    *,
    entity_id: int | None = None,
    lifetime: timedelta = CLAIM_LIFETIME,
) -> Claim:
    """Take a name for an entity that is about to be created, or renamed if `entity_id` says that it exists.

    An old path of the very entity that is being renamed may be taken back. Raises `NameInvalid`,
    `PathTaken`, `NamespaceGone`, `OrganizationGone` or `BeingTransferred`.
    """
    _refuse_invalid(path)
    claimed = Claim(uuid.uuid4(), path, organization_id, entity_type, entity_id)
    with saved.uncounted():
        if _insert_at_once(claimed, lifetime):
            return claimed
    # The name is an old one of the entity, or something is in the way: find out what.
    with saved.uncounted(), transaction.atomic(using="routes", durable=True):
        _hold_organization(organization_id)
        present = [] if entity_id is None else _paths_of(entity_type, entity_id)
        # After the lock, which waits for a transfer that begins.
        refuse_transferred(path, *present)
        _refuse_orphan(path, organization_id)
        _refuse_own_descendant(path, present)
        if not _insert(claimed, lifetime) and not (entity_id is not None and _take_back(claimed, entity_id, lifetime)):
            if Route.objects.using("routes").filter(key=path.lower()).exists():
                raise PathTaken(f"{path!r} is taken; choose another name")
            raise OrganizationGone(
                f"organization {organization_id} does not exist or is deleted; nothing can be created in it"
            )
    return claimed


def renew(claim_key: uuid.UUID, *, lifetime: timedelta = CLAIM_LIFETIME) -> bool:
    """Restart the creator's time; False when the claim is already released or settled."""
    return bool(Route.objects.using("routes").filter(claim_key=claim_key).update(expires_at=Now() + lifetime))


def hand_over(claim_key: uuid.UUID) -> None:
    """End the creator's time, so that the owner pod decides: in its janitor's next round, or at once on request."""
    Route.objects.using("routes").filter(claim_key=claim_key).update(expires_at=Now())


def settle(claim_key: uuid.UUID, entity_id: int, *, is_new: bool = False) -> bool:
    """Make a claim the live path of its entity; False when there is no claim (already settled, or buried).

    Call it only after `alive` is committed under the key. An earlier path of the entity becomes a redirect,
    and what lies below it goes along, in one transaction. `is_new` says that there probably is no earlier path.
    """
    if is_new and _settle_new(claim_key, entity_id):
        return True
    with together("routes", durable=True):
        routes = Route.objects.using("routes")
        claims = Q(claim_key=claim_key)
        of_its_type = Q(entity_type__in=routes.filter(claims).values("entity_type"))
        earlier = of_its_type & Q(kind=Route.Kind.LIVE, entity_id=entity_id)
        found = list(routes.select_for_update().filter(claims | earlier))
        claimed = next((route for route in found if route.claim_key == claim_key), None)
        if claimed is None:
            return False
        for old in found:
            if old is not claimed:
                _redirect(old, claimed)
        routes.filter(pk=claimed.pk).update(
            kind=Route.Kind.LIVE, entity_id=entity_id, redirects_to=None, claim_key=None, expires_at=None
        )
    return True


def release(claim_key: uuid.UUID) -> bool:
    """Release a claimed name, or restore the redirect that it was; False when the claim no longer exists.

    Call it only after `dead` is committed under the key, or by the creator whose own transaction has failed.
    """
    with saved.uncounted(), transaction.atomic(using="routes", durable=True):
        claimed = Route.objects.using("routes").filter(claim_key=claim_key)
        restored = claimed.filter(redirects_to__isnull=False).update(
            kind=Route.Kind.REDIRECT, entity_type=None, entity_id=None, claim_key=None, expires_at=None
        )
        deleted, _ = claimed.delete()
    return bool(restored or deleted)


def respell(path: str, entity_type: str, entity_id: int) -> None:
    """Write the live path of an entity, and with it what lies below, in other capitals.

    No claim is needed: the name stays the same, so nobody else can have it. Raises `NameInvalid`, and `NamespaceGone`
    when the entity is not live under this name.
    """
    _refuse_invalid(path)
    with transaction.atomic(using="routes", durable=True):
        routes = Route.objects.using("routes")
        live = routes.filter(key=path.lower(), kind=Route.Kind.LIVE, entity_type=entity_type, entity_id=entity_id)
        if not live.update(path=path):
            raise NamespaceGone(f"{path!r} is being renamed; try again in a moment")
        routes.filter(below(path)).update(path=Concat(Value(path), Substr("path", len(path) + 1)))


def transferred_to(path: str) -> int | None:
    """The organization that a path's top-level namespace is being transferred to; None unless it is."""
    open_ones = NamespaceTransfer.objects.using("routes").filter(state=NamespaceTransfer.State.OPEN)
    named = open_ones.alias(name=Lower("path")).filter(name=path.lower().partition("/")[0])
    return named.values_list("target_id", flat=True).first()


def refuse_transferred(*paths: str) -> None:
    """Raise `BeingTransferred` when the top-level namespace of a path is being transferred.

    Names in it are another organization's for a moment longer than the rows, so nothing in it is deleted meanwhile.
    """
    for path in paths:
        if transferred_to(path) is not None:
            raise BeingTransferred(f"{path.partition('/')[0]!r} is being transferred; try again in a moment")


def expired_claims(pod_name: str, limit: int, *, key: str | None = None) -> list[Claim]:
    """Return the oldest expired claims of organizations on this pod, optionally of one key only."""
    expired = Route.objects.using("routes").filter(expires_at__lte=Now(), organization__pod_id=pod_name)
    if key is not None:
        expired = expired.filter(key=key)
    return _claims(expired.filter(kind=Route.Kind.CLAIM).order_by("expires_at")[:limit])


def open_claims(paths: Iterable[str]) -> list[Claim]:
    """The claims of these paths, expired or not."""
    keys = [path.lower() for path in paths]
    return _claims(Route.objects.using("routes").filter(key__in=keys, kind=Route.Kind.CLAIM))


def below(path: str) -> Q:
    """The condition that a route lies below a path, at any depth; served by the index on `key`."""
    key = path.lower()
    # "0" is the character after "/".
    return Q(key__gt=f"{key}/", key__lt=f"{key}0")


def _claims(routes: QuerySet[Route]) -> list[Claim]:
    return [
        Claim(route.claim_key, route.path, route.organization_id, route.entity_type, route.entity_id)
        for route in routes
        if route.claim_key and route.organization_id and route.entity_type
    ]


def _refuse_invalid(path: str) -> None:
    if len(path) > MAX_PATH:
        raise NameInvalid(f"the path is longer than {MAX_PATH} characters; choose shorter names")
    if not is_path(path):
        raise NameInvalid(
            f"{path!r} is not a valid path: use ASCII letters, digits, '_', '-' and '.', with '/' between names; "
            "a name must not start with '-' or end with a file extension such as '.git' or '.json'"
        )


def _refuse_orphan(path: str, organization_id: int) -> None:
    parent, slash, _ = path.rpartition("/")
    there = Route.objects.using("routes").filter(key=parent.lower(), organization_id=organization_id)
    live = there.filter(kind=Route.Kind.LIVE)
    if slash and not live.exclude(entity_type__in=_leaves).exists():
        raise NamespaceGone(f"there is no namespace {parent!r} in organization {organization_id}; create it first")


def _paths_of(entity_type: str, entity_id: int) -> list[str]:
    """The live path of an entity, if it has one."""
    live = Route.objects.using("routes").filter(kind=Route.Kind.LIVE, entity_type=entity_type, entity_id=entity_id)
    return list(live.values_list("path", flat=True))


def _refuse_own_descendant(path: str, present: list[str]) -> None:
    for each in present:
        if path.lower().startswith(f"{each.lower()}/"):
            raise NameInvalid(f"{path!r} lies below {each!r}; a namespace cannot be moved into itself")


def _hold_organization(organization_id: int) -> None:
    """Keep the organization from being deleted, moved, or taking part in a transfer until this claim is committed."""
    with connections["routes"].cursor() as cursor:
        cursor.execute(_HOLD, [organization_id])


def _insert(claimed: Claim, lifetime: timedelta) -> bool:
    with connections["routes"].cursor() as cursor:
        # The lock keeps the organization on its pod until this row, which names the pod, is committed.
        cursor.execute(
            """
            INSERT INTO routes (path, kind, organization_id, pod_id, entity_type, entity_id,
                                claim_key, expires_at, created_at)
            SELECT %(path)s, 'claim', id, CASE WHEN %(path)s NOT LIKE '%%/%%' THEN pod_id END, %(entity_type)s,
                   %(entity_id)s, %(key)s, now() + make_interval(secs => %(seconds)s), now()
            FROM organizations WHERE id = %(organization_id)s AND state = 'active' FOR KEY SHARE
            ON CONFLICT (key) DO NOTHING
            """,
            {**asdict(claimed), "seconds": lifetime.total_seconds()},
        )
        return bool(cursor.rowcount)


def _insert_at_once(claimed: Claim, lifetime: timedelta) -> bool:
    parent = claimed.path.lower().rpartition("/")[0]
    also: dict[str, Any] = {"parent": parent, "lower": claimed.path.lower(), "leaves": sorted(_leaves)}
    with once("routes") as cursor:
        # A statement of its own: what another transaction did while this one waited for the lock shows to the next.
        along("routes", _HOLD, [claimed.organization_id])
        cursor.execute(_CLAIM, {**asdict(claimed), **also, "seconds": lifetime.total_seconds()})
        return bool(cursor.rowcount)


def _settle_new(claim_key: uuid.UUID, entity_id: int) -> bool:
    with once("routes") as cursor:
        cursor.execute(_SETTLE_NEW, {"key": claim_key, "entity_id": entity_id})
        return bool(cursor.rowcount)


def _take_back(claimed: Claim, entity_id: int, lifetime: timedelta) -> bool:
    """Claim a redirect to the live path of the same entity."""
    own = Route.objects.using("routes").filter(
        key=claimed.path.lower(),
        kind=Route.Kind.REDIRECT,
        redirects_to__kind=Route.Kind.LIVE,
        redirects_to__entity_type=claimed.entity_type,
        redirects_to__entity_id=entity_id,
    )
    return bool(
        own.update(
            path=claimed.path,
            kind=Route.Kind.CLAIM,
            entity_type=claimed.entity_type,
            entity_id=entity_id,
            claim_key=claimed.key,
            expires_at=Now() + lifetime,
        )
    )


def _redirect(old: Route, new: Route) -> None:
    routes = Route.objects.using("routes")
    # A redirect never leads to another one.
    routes.filter(redirects_to=old).exclude(pk=new.pk).update(redirects_to=new)
    routes.filter(pk=old.pk).update(kind=Route.Kind.REDIRECT, redirects_to=new, entity_type=None, entity_id=None)
    routes.filter(below(old.path)).exclude(pk=new.pk).update(
        path=Concat(Value(new.path), Substr("path", Length(Value(old.path)) + 1))
    )
