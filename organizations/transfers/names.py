"""The names that go along: the namespace's own, all below it, and old names that lead to them.

A redirect and its target belong to one organization, and all names below a top-level one to its. So an old path below
another top-level name, which stays, cannot lead to what goes: it becomes a tombstone. An operator is told before.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from admin_settings.in_force import in_force
from organizations.models import NamespaceTransfer, Organization
from routing.models import Route
from routing.names import key_of
from schemas.keeping import transferring


def top_level_keys(key: str) -> list[str]:
    """The top-level name, and the old top-level names that lead to it or to something below it."""
    own = Q(redirects_to__key=key) | Q(redirects_to__top_level_key=key)
    old = Route.objects.using("routes").filter(own, kind=Route.Kind.REDIRECT, top_level_key=None)
    return [key, *old.values_list("key", flat=True)]


def of(keys: list[str], prefix: str = "") -> Q:
    """The names at and below top-level ones."""
    return Q(**{f"{prefix}key__in": keys}) | Q(**{f"{prefix}top_level_key__in": keys})


def broken_redirects(keys: list[str]) -> QuerySet[Route]:
    """The old paths that lead from what goes to what stays, or from what stays to what goes."""
    redirects = Route.objects.using("routes").filter(kind=Route.Kind.REDIRECT)
    inward = Q(of(keys, "redirects_to__")) & ~Q(of(keys))
    return redirects.filter(inward | (Q(of(keys)) & ~Q(of(keys, "redirects_to__")))).order_by("key")


def open_claims(keys: list[str]) -> QuerySet[Route]:
    """The claims of names that go, and those by which something that goes gets another name."""
    going = Route.objects.using("routes").filter(
        of(keys), kind=Route.Kind.LIVE, entity_type=OuterRef("entity_type"), entity_id=OuterRef("entity_id")
    )
    claims = Route.objects.using("routes").filter(kind=Route.Kind.CLAIM)
    return claims.filter(of(keys) | Q(Exists(going))).order_by("key")


def take_along(transfer: NamespaceTransfer) -> int:
    """Give the names to the target, in a transaction of `routes` that ends the transfer; how many there are."""
    keys = top_level_keys(key_of(transfer.path))
    broken = list(broken_redirects(keys).values_list("pk", flat=True))
    routes = Route.objects.using("routes")
    routes.filter(pk__in=broken).update(
        kind=Route.Kind.TOMBSTONE, redirects_to=None, expires_at=Now() + timedelta(days=in_force().tombstone_days)
    )
    with transferring("routes", str(transfer.key)):
        # One statement: the keys between the rows are checked at its end.
        taken = routes.filter(of(keys), organization_id=transfer.source_id).update(organization_id=transfer.target_id)
    Organization.objects.using("routes").filter(pk=transfer.target_id, epoch__lt=transfer.epoch).update(
        epoch=transfer.epoch
    )
    return taken
