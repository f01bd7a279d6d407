"""The issues, merge requests and to-do items that a viewer sees, of a project or of an organization."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from monolith.namespaces.models import Project
from monolith.namespaces.places import Place
from monolith.namespaces.visibility import in_visible_project
from monolith.work.models import TARGET, Issue, MergeRequest, Note, Todo
from monolith.work.policy import readable, readable_in
from organizations.members.viewer import Viewer
from organizations.tenancy.presence import present

Issuable = TypeVar("Issuable", bound=Issue | MergeRequest)


def issuables_in(viewer: Viewer, organization_id: int, model: type[Issuable]) -> QuerySet[Issuable]:
    """Return the issues or merge requests of the projects that the viewer sees, with their projects."""
    rows: QuerySet[Any] = present(model._default_manager.filter(organization_id=organization_id), organization_id)
    if model is Issue:
        rows = rows.filter(readable(viewer))
    return rows.filter(in_visible_project(viewer, "project__")).select_related("project", "milestone")


def issuables_of(place: Place[Project], model: type[Issuable]) -> QuerySet[Issuable]:
    """Return the issues or merge requests of a project that the viewer sees, with the project."""
    rows: QuerySet[Any] = model._default_manager.filter(readable_in(place, model), project=place.entity)
    return rows.select_related("project", "milestone")


def assigned_to(viewer: Viewer, organization_id: int, model: type[Issuable]) -> QuerySet[Issuable]:
    """Return those that are open and assigned to the viewer."""
    rows = issuables_in(viewer, organization_id, model)
    return rows.filter(assignee_id=viewer.user_id, state=Issue.State.OPEN)


def todos_of(viewer: Viewer, organization_id: int) -> QuerySet[Todo]:
    """Return the viewer's to-do items, done ones too, with what they are about."""
    rows = present(Todo.objects.filter(organization_id=organization_id, user_id=viewer.user_id), organization_id)
    return rows.filter(_about_visible(viewer)).select_related("issue__project", "merge_request__project")


def notes_in(viewer: Viewer, organization_id: int) -> QuerySet[Note]:
    """Return the comments in the projects that the viewer sees, with what they are about."""
    rows = present(Note.objects.filter(organization_id=organization_id), organization_id)
    return rows.filter(_about_visible(viewer)).select_related("issue__project", "merge_request__project")


def _about_visible(viewer: Viewer) -> Q:
    """The condition that the viewer sees what a to-do item or comment is about."""
    of_issue, of_merge_request = (in_visible_project(viewer, f"{about}__project__") for about in TARGET.values())
    return (of_issue & readable(viewer, "issue__")) | of_merge_request
