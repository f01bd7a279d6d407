"""The page of a group, a user's namespace or a project."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.places import Place, at_routable
from monolith.namespaces.seen import projects_of, subgroups_of
from monolith.work.counts import counted, limit_passed
from monolith.work.models import Issue, MergeRequest
from monolith.work.recents import viewed
from monolith.work.references import formatted
from monolith.work.waiting import issuables_of

MOST_SHOWN = 50
MOST_COUNTED = 999


@require_safe
@at_routable()
def routable(request: HttpRequest, place: Place[Namespace | Project]) -> HttpResponse:
    """The page of whatever has this path."""
    entity = place.entity
    viewed(request, place.viewer, entity)
    return _project(request, place, entity) if isinstance(entity, Project) else _namespace(request, place, entity)


def _project(request: HttpRequest, place: Place[Namespace | Project], project: Project) -> HttpResponse:
    at = Place(project, place.viewer, place.level)
    counts = {
        "issues": counted(issuables_of(at, Issue).filter(state=Issue.State.OPEN), MOST_COUNTED),
        "merge_requests": counted(issuables_of(at, MergeRequest).filter(state=Issue.State.OPEN), MOST_COUNTED),
    }
    [description] = formatted([project.description], at)
    context = {
        "project": project,
        "place": place,
        "description": description,
        "counts": counts,
        "most_counted": limit_passed(counts.values()),
    }
    return render(request, "namespaces/project.html", context)


def _namespace(request: HttpRequest, place: Place[Namespace | Project], namespace: Namespace) -> HttpResponse:
    context = {
        "namespace": namespace,
        "subgroups": subgroups_of(place.viewer, namespace).first(MOST_SHOWN),
        "projects": projects_of(place.viewer, namespace).first(MOST_SHOWN),
        "place": place,
    }
    return render(request, "namespaces/namespace.html", context)
