"""What a transfer would do: refusals in words, the rows that go, the people who have something to lose."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.db.models.functions import Lower

from organizations.members.models import Invitation, Membership
from organizations.models import GITLAB_COM_PUBLIC, NamespaceTransfer, Organization
from organizations.tenancy.models import OrganizationState
from organizations.transfers import names
from organizations.transfers.exceptions import TransferRefused
from organizations.transfers.registry import Transferable, refuse, transferable, why_it_stays
from routing.models import Route
from routing.names import key_of
from schemas.below import MAIN, ids_of
from schemas.tenancy import column
from topology import POD_LOCAL_SCHEMAS
from users.models import User

MOST_STAKES = 5
"""Of one person, that are named."""

Parameters = dict[str, Any]
"""Of SQL."""


@dataclass(frozen=True)
class Plan:
    """A transfer that nothing forbids, unless it has outsiders."""

    route: Route
    source: Organization
    target: Organization
    rows: dict[str, int] = field(default_factory=dict)
    """How many rows go, by table."""
    cut: dict[str, int] = field(default_factory=dict)
    """How many rows lose their reference to something that stays, by its table and column."""
    outsiders: list[str] = field(default_factory=list)
    """Who has something in it and does not belong to the target, a line each."""
    broken: list[tuple[str, str]] = field(default_factory=list)
    """Old paths that end to redirect, each with where it leads."""

    @property
    def kind(self) -> Transferable:
        """What its application told of its type."""
        return known(self.route.entity_type)


def plan(path: str, organization: str) -> Plan:
    """Look at everything, as the pod that serves both, and change nothing. Raises `TransferRefused`."""
    route, source, target = resolve(path, organization)
    kind = known(route.entity_type)
    keys = names.top_level_keys(route.key)
    root = route.entity_id or 0
    return Plan(
        route,
        source,
        target,
        rows=_counted(kind, root, source.pk),
        cut=_cut(kind, root, source.pk),
        outsiders=outsiders(kind, root, target)[1],
        broken=list(names.broken_redirects(keys).values_list("path", "redirects_to__path")),
    )


def resolve(path: str, organization: str, *, lock: bool = False) -> tuple[Route, Organization, Organization]:
    """The namespace's name, its organization and the target's. Raises `TransferRefused`.

    `lock` keeps both organizations as they are until the transaction of `routes` ends.
    """
    target = _target(organization)
    route = named(path)
    ids = [target.pk, route.organization_id or 0]
    rows = Organization.objects.using("routes").filter(pk__in=ids).order_by("pk")
    both = {each.pk: each for each in (rows.select_for_update() if lock else rows)}
    if lock:
        route = named(path)
    source, target = both.get(route.organization_id or 0), both[target.pk]
    if source is None:
        raise TransferRefused(f"{path!r} was transferred at this moment; look up its organization and try again")
    _refuse_organizations(path, source, target)
    return route, source, target


def named(path: str) -> Route:
    """The live top-level name. Raises `TransferRefused` with what the name is instead."""
    if "/" in path:
        raise TransferRefused(f"{path!r} is not a top-level namespace; only those are transferred, with all below them")
    rows = Route.objects.using("routes").select_related("redirects_to")
    route = rows.filter(key=key_of(path)).first()
    match route.kind if route else None:
        case Route.Kind.LIVE if route:
            known(route.entity_type, path)
            return route
        case Route.Kind.REDIRECT if route and route.redirects_to:
            said = f"was renamed to {route.redirects_to.path!r}; use the new path"
        case Route.Kind.CLAIM:
            said = "is being created or renamed; try again in a minute"
        case Route.Kind.RESERVED:
            said = "is a reserved name, which no namespace has"
        case Route.Kind.TOMBSTONE:
            said = "was deleted; its name is kept for some days"
        case _:
            said = "does not exist"
    raise TransferRefused(f"{path!r} {said}")


def known(entity_type: str | None, path: str = "") -> Transferable:
    """What its application told of a type. Raises `TransferRefused` when it told nothing."""
    found = transferable(entity_type)
    if found is None:
        raise TransferRefused(f"{path!r} {why_it_stays(entity_type)}")
    return found


def outsiders(kind: Transferable, root: int, target: Organization) -> tuple[set[int], list[str]]:
    """Who has something in the namespace and does not belong to the target: their ids, and a line for each.

    The others belong to it until the end of a transaction of `users`, if one is open.
    """
    stakes: dict[int, list[str]] = {}
    for stake in kind.stakes(root):
        stakes.setdefault(stake.user_id, []).append(stake.what)
    strangers = set(stakes) - _belonging(stakes, target.pk)
    return strangers, sorted(_lines(strangers, stakes, target))


def _belonging(user_ids: Collection[int], organization_id: int) -> set[int]:
    """Those of the users who belong to an organization; everybody may work in GitLab.com Public."""
    if organization_id == GITLAB_COM_PUBLIC:
        return set(user_ids)
    members = Membership.objects.using("users").filter(user_id__in=list(user_ids), organization_id=organization_id)
    if connections["users"].in_atomic_block:
        members = members.select_for_update(no_key=True)
    return set(members.values_list("user_id", flat=True))


def _lines(strangers: set[int], stakes: dict[int, list[str]], target: Organization) -> list[str]:
    people = {each.pk: each for each in User.objects.using("users").filter(pk__in=strangers)}
    invited = _invited({each.email.lower() for each in people.values() if each.email}, target)
    lines = []
    for pk in strangers:
        name = people[pk].username if pk in people else f"user {pk}, who is gone"
        note = ", invited and not yet a member" if pk in people and people[pk].email.lower() in invited else ""
        more = [f"{len(stakes[pk]) - MOST_STAKES} more"] if len(stakes[pk]) > MOST_STAKES else []
        lines.append(f"{name} ({', '.join([*stakes[pk][:MOST_STAKES], *more])}{note})")
    return lines


def _invited(emails: Collection[str], target: Organization) -> set[str]:
    waiting = Invitation.objects.using("users").filter(organization_id=target.pk, accepted_at=None, revoked_at=None)
    keyed = waiting.alias(key=Lower("email")).filter(key__in=list(emails))
    return {email.lower() for email in keyed.values_list("email", flat=True)}


def _target(organization: str) -> Organization:
    rows = Organization.objects.using("routes").alias(key=Lower("path"))
    target = rows.filter(key=key_of(organization)).first()
    if target is None:
        raise TransferRefused(f"there is no organization {organization!r}")
    return target


def _refuse_organizations(path: str, source: Organization, target: Organization) -> None:
    if source.pk == target.pk:
        raise TransferRefused(f"{path!r} belongs to {target.path} already")
    for each in (source, target):
        if each.state != Organization.State.ACTIVE:
            raise TransferRefused(f"the organization {each.path} is not active: it is {each.get_state_display()}")
    if source.pod_id != target.pod_id:
        raise TransferRefused(
            f"{source.path} is on {source.pod_id} and {target.path} on {target.pod_id}; a namespace is transferred "
            "within one pod, so move one of the organizations first"
        )
    if target.pk == GITLAB_COM_PUBLIC and source.epoch > 1:
        # Its epoch never grows, and a router does not go back from a greater one.
        raise TransferRefused(f"{source.path} has been moved to another pod once; its namespaces cannot go to {target}")
    for each in (source, target):
        _refuse_unserved(each)
        refuse(each.pk)
    open_ones = NamespaceTransfer.objects.using("routes").filter(state=NamespaceTransfer.State.OPEN)
    if open_ones.alias(name=Lower("path")).filter(name=key_of(path)).exists():
        raise TransferRefused(f"{path!r} is being transferred already; the janitor of its pod ends that in a minute")


def _refuse_unserved(organization: Organization) -> None:
    """Raise `TransferRefused` when the pod's own databases say that it does not serve an organization."""
    for schema in POD_LOCAL_SCHEMAS:
        state = OrganizationState.objects.using(schema).filter(pk=organization.pk).first()
        if state is None or state.state != OrganizationState.State.ACTIVE:
            said = state.get_state_display() if state else "not known there yet"
            raise TransferRefused(
                f"the organization {organization.path} takes no writes in {schema} of {organization.pod_id}: it is "
                f"{said}; wait until its move has ended"
            )


def _counted(kind: Transferable, root: int, organization_id: int) -> dict[str, int]:
    """How many rows go, by table, those that others lie in first."""
    given = parameters(kind, root, organization_id)
    return {
        model._meta.db_table: _count(schema, model._meta.db_table, kind.below.condition(model), given)
        for schema in POD_LOCAL_SCHEMAS
        for model in kind.below.followers(schema)
    }


def _cut(kind: Transferable, root: int, organization_id: int) -> dict[str, int]:
    given = parameters(kind, root, organization_id)
    found = {
        f"{model._meta.db_table}.{reference.column}": _count(
            schema,
            model._meta.db_table,
            f"{reference.column} IS NOT NULL AND {kind.below.condition(model)}",
            given,
        )
        for schema in POD_LOCAL_SCHEMAS
        for model, reference in kind.below.cuts(schema)
    }
    return {name: count for name, count in found.items() if count}


def parameters(kind: Transferable, root: int, organization_id: int) -> Parameters:
    """What the conditions of `schemas.below` want."""
    given: Parameters = {"root": root, "organization": organization_id}
    for model in kind.below.linked:
        key = column(model._meta.pk)
        sql = f"SELECT {key} FROM {model._meta.db_table} WHERE {kind.below.condition(model)}"  # noqa: S608
        with connections[MAIN].cursor() as cursor:
            cursor.execute(sql, given)
            given[ids_of(model)] = [pk for (pk,) in cursor.fetchall()]
    return given


def _count(schema: str, table: str, condition: str, given: Parameters) -> int:
    with connections[schema].cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {table} WHERE organization_id = %(organization)s AND {condition}",  # noqa: S608
            given,
        )
        return int(cursor.fetchone()[0])
