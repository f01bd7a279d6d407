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
from monolith.work.views.kinds import ISSUES, MERGE_REQUESTS
from monolith.work.waiting import issuables_in, issuables_of

MOST_SHOWN = 50
MOST_COUNTED = 999
MOST_OPENED = 10


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
    if namespace.kind == Namespace.Kind.USER:
        return _profile(request, place, namespace)
    [description] = formatted([namespace.description], Place(namespace, place.viewer, place.level))
    context = {
        "namespace": namespace,
        "description": description,
        "subgroups": subgroups_of(place.viewer, namespace).first(MOST_SHOWN),
        "projects": projects_of(place.viewer, namespace).first(MOST_SHOWN),
        "place": place,
    }
    return render(request, "namespaces/namespace.html", context)


def _profile(request: HttpRequest, place: Place[Namespace | Project], namespace: Namespace) -> HttpResponse:
    """The page of a person: their projects, and what they opened in the namespace's organization, as far as the viewer
    sees it.
    """
    opened = {
        kind: issuables_in(place.viewer, namespace.organization_id, kind.model)
        .filter(author_id=namespace.owner_id)
        .order_by("-pk")[:MOST_OPENED]
        for kind in (ISSUES, MERGE_REQUESTS)
    }
    context = {
        "namespace": namespace,
        "projects": projects_of(place.viewer, namespace).first(MOST_SHOWN),
        "opened": [(kind, list(rows)) for kind, rows in opened.items()],
        "place": place,
        "is_theirs": namespace.owner_id == place.viewer.user_id,
    }
    return render(request, "work/profile.html", context)
