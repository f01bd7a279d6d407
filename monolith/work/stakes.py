"""What is assigned to people in a top-level group, and what waits for them there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Count, Q, QuerySet

from monolith.namespaces.models import Star
from monolith.namespaces.stakes import projects_in
from monolith.work.models import Issue, MergeRequest, Subscription, Todo
from organizations.transfers.registry import Stake

ASSIGNABLE: dict[type[Issue] | type[MergeRequest], str] = {Issue: "issue", MergeRequest: "merge request"}


def of_work(group_id: int) -> Iterator[Stake]:
    """Return how much of each kind each person has."""
    for model, named in ASSIGNABLE.items():
        for user_id, count in _counted(_assigned(model, group_id), "assignee_id"):
            yield Stake(user_id, f"assigned {_plural(count, named)}")
    for user_id, count in _counted(_todos(group_id), "user_id"):
        yield Stake(user_id, _plural(count, "to-do item"))


def take_work(group_id: int, user_ids: Collection[int]) -> None:
    """Unassign these people, and delete their to-do items, subscriptions and stars."""
    for model in ASSIGNABLE:
        _assigned(model, group_id).filter(assignee_id__in=user_ids).update(assignee_id=None)
    _todos(group_id).filter(user_id__in=user_ids).delete()
    projects = projects_in(group_id)
    theirs = Subscription.objects.filter(user_id__in=user_ids)
    theirs.filter(Q(issue__project__in=projects) | Q(merge_request__project__in=projects)).delete()
    Star.objects.filter(user_id__in=user_ids, project__in=projects).delete()


def _assigned(model: type[Issue | MergeRequest], group_id: int) -> QuerySet[Any]:
    rows = model._default_manager
    return rows.filter(project__in=projects_in(group_id), assignee_id__isnull=False)


def _todos(group_id: int) -> QuerySet[Todo]:
    projects = projects_in(group_id)
    return Todo.objects.filter(Q(issue__project__in=projects) | Q(merge_request__project__in=projects))


def _counted(rows: QuerySet[Any], person: str) -> list[tuple[int, int]]:
    return list(rows.order_by(person).values_list(person).annotate(Count("pk")))


def _plural(count: int, named: str) -> str:
    return f"{count} {named}" if count == 1 else f"{count} {named}s"
