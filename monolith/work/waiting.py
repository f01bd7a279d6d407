"""A user's assigned issues and to-do items in one organization, without those they can no longer see."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import QuerySet

from monolith.namespaces.models import Project
from monolith.namespaces.visibility import visible_projects
from monolith.work.models import Issue, MergeRequest, Todo
from organizations.members.viewer import Viewer

Issuable = TypeVar("Issuable", bound=Issue | MergeRequest)


def issuables_in(viewer: Viewer, organization_id: int, model: type[Issuable]) -> QuerySet[Issuable]:
    """Return the issues or merge requests of the projects that the viewer sees, with their projects."""
    seen = _seen(viewer, organization_id)
    rows: QuerySet[Any] = model._default_manager.filter(organization_id=organization_id, project__in=seen)
    return rows.select_related("project")


def assigned_to(viewer: Viewer, organization_id: int, model: type[Issuable]) -> QuerySet[Issuable]:
    """Return those that are open and assigned to the viewer."""
    rows = issuables_in(viewer, organization_id, model)
    return rows.filter(assignee_id=viewer.user_id, state=Issue.State.OPEN)


def todos_of(viewer: Viewer, organization_id: int) -> QuerySet[Todo]:
    """Return the viewer's to-do items, done ones too, with what they are about."""
    seen = _seen(viewer, organization_id)
    rows = Todo.objects.filter(organization_id=organization_id, user_id=viewer.user_id)
    shown = rows.filter(issue__project__in=seen) | rows.filter(merge_request__project__in=seen)
    return shown.select_related("issue__project", "merge_request__project")


def _seen(viewer: Viewer, organization_id: int) -> QuerySet[Project, Any]:
    return visible_projects(viewer).filter(organization_id=organization_id).values("pk")
