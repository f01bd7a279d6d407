"""The page of a group, a user's namespace or a project."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.places import Place, at_routable
from monolith.namespaces.visibility import visible_namespaces, visible_projects
from monolith.work.models import Issue

PER_PAGE = 50


@require_safe
@at_routable()
def routable(request: HttpRequest, place: Place[Namespace | Project]) -> HttpResponse:
    """The page of whatever has this path."""
    entity = place.entity
    return _project(request, place, entity) if isinstance(entity, Project) else _namespace(request, place, entity)


def _project(request: HttpRequest, place: Place[Namespace | Project], project: Project) -> HttpResponse:
    counts = {
        "issues": Issue.objects.filter(project=project, state=Issue.State.OPEN).count(),
        "merge_requests": project.merge_requests.filter(state=Issue.State.OPEN).count(),
    }
    return render(request, "namespaces/project.html", {"project": project, "counts": counts, "place": place})


def _namespace(request: HttpRequest, place: Place[Namespace | Project], namespace: Namespace) -> HttpResponse:
    subgroups = visible_namespaces(place.viewer).filter(parent=namespace)
    projects = visible_projects(place.viewer).filter(namespace=namespace)
    context = {
        "namespace": namespace,
        "subgroups": subgroups.order_by("full_path")[:PER_PAGE],
        "projects": projects.order_by("full_path")[:PER_PAGE],
        "place": place,
    }
    return render(request, "namespaces/namespace.html", context)
