"""Who is a member in a top-level group: operators are told before it goes to another organization."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.lookups import GreaterThan, LessThan

from monolith.namespaces.models import Namespace, NamespaceMember, Project, ProjectMember
from organizations.transfers.registry import Stake


def of_members(group_id: int) -> Iterator[Stake]:
    """Return each membership."""
    for rows, path in _memberships(group_id):
        for user_id, role, full_path in rows.order_by("pk").values_list("user_id", "role", F(path)):
            yield Stake(user_id, f"{role} of {full_path}")


def end_memberships(group_id: int, user_ids: Collection[int]) -> None:
    """End all memberships of these people."""
    for rows, _ in _memberships(group_id):
        rows.filter(user_id__in=user_ids).delete()


def projects_in(group_id: int) -> QuerySet[Project]:
    """The projects of a top-level group and of all groups in it."""
    return Project.objects.filter(_below(group_id))


def projects_below(group: Namespace) -> QuerySet[Project]:
    """The projects of a group and of all groups in it."""
    return Project.objects.filter(_between(group.full_path.lower()), organization_id=group.organization_id)


def _memberships(group_id: int) -> list[tuple[QuerySet[NamespaceMember] | QuerySet[ProjectMember], str]]:
    groups = Namespace.objects.filter(_below(group_id) | Q(pk=group_id))
    return [
        (NamespaceMember.with_expired.filter(namespace__in=groups), "namespace__full_path"),
        (ProjectMember.with_expired.filter(project__in=projects_in(group_id)), "project__full_path"),
    ]


def _below(group_id: int) -> Q:
    return _between(Namespace.objects.values_list(Lower("full_path"), flat=True).get(pk=group_id))


def _between(key: str) -> Q:
    lowered = Lower("full_path")
    # From the first path that begins with it to the last one: `0` follows `/`.
    return Q(GreaterThan(lowered, Value(f"{key}/")), LessThan(lowered, Value(f"{key}0")))
