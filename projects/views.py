"""Pages of groups, users' namespaces, projects and their issues, read from `main`."""

from __future__ import annotations

import re
from typing import Any

from django.core.paginator import Paginator
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from projects.models import Issue, Namespace, Project
from projects.renamed import present_path
from projects.visibility import Viewer, viewer_of, visible_namespaces, visible_projects
from routing.names import key_of
from users.models import User

PER_PAGE = 50
IID = re.compile(r"[1-9][0-9]{0,8}")


@require_safe
def routable(request: HttpRequest, full_path: str) -> HttpResponse:
    """The page of whatever has this path: a group, a user's namespace or a project."""
    viewer = viewer_of(request.user)
    project = _by_path(visible_projects(viewer), full_path) if "/" in full_path else None
    if project:
        return _at_its_path(request, project, full_path) or _project_page(request, project)
    namespace = _by_path(visible_namespaces(viewer), full_path)
    if namespace:
        return _at_its_path(request, namespace, full_path) or _namespace_page(request, namespace, viewer)
    return _renamed(request, full_path, viewer)


@require_safe
def issues(request: HttpRequest, full_path: str) -> HttpResponse:
    """A project's issues, open ones first, newest first."""
    viewer = viewer_of(request.user)
    project = _by_path(visible_projects(viewer), full_path)
    if project is None:
        return _renamed(request, full_path, viewer)
    moved = _at_its_path(request, project, full_path)
    if moved:
        return moved
    rows = Issue.objects.filter(project=project).order_by("-state", "-iid")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    shown = {"project": project, "page": page, "people": people(issue.author_id for issue in page)}
    return render(request, "projects/issues.html", shown)


@require_safe
def issue(request: HttpRequest, full_path: str, iid: str) -> HttpResponse:
    """One issue."""
    viewer = viewer_of(request.user)
    project = _by_path(visible_projects(viewer), full_path)
    if project is None:
        return _renamed(request, full_path, viewer)
    found = Issue.objects.filter(project=project, iid=int(iid)).first() if IID.fullmatch(iid) else None
    if found is None:
        raise Http404("no such issue")
    moved = _at_its_path(request, project, full_path)
    shown = {"project": project, "issue": found, "people": people([found.author_id, found.assignee_id])}
    return moved or render(request, "projects/issue.html", shown)


def people(ids: Any) -> dict[int, User]:
    """The people of these ids by id; soft references, so some may be gone."""
    return User.objects.in_bulk({each for each in ids if each is not None})


def _project_page(request: HttpRequest, project: Project) -> HttpResponse:
    counts = {
        "issues": Issue.objects.filter(project=project, state=Issue.State.OPEN).count(),
        "merge_requests": project.merge_requests.filter(state=Issue.State.OPEN).count(),
    }
    return render(request, "projects/project.html", {"project": project, "counts": counts})


def _namespace_page(request: HttpRequest, namespace: Namespace, viewer: Viewer) -> HttpResponse:
    shown = {
        "namespace": namespace,
        "subgroups": visible_namespaces(viewer).filter(parent=namespace).order_by("full_path")[:PER_PAGE],
        "projects": visible_projects(viewer).filter(namespace=namespace).order_by("full_path")[:PER_PAGE],
    }
    return render(request, "projects/namespace.html", shown)


def _by_path(rows: Any, full_path: str) -> Any:
    return rows.alias(key=Lower("full_path")).filter(key=key_of(full_path)).first() if full_path.isascii() else None


def _at_its_path(request: HttpRequest, entity: Project | Namespace, full_path: str) -> HttpResponse | None:
    """A redirect to the entity's own spelling of its path; None when it was asked for in that."""
    if entity.full_path == full_path:
        return None
    return _instead(request, full_path, entity.full_path)


def _renamed(request: HttpRequest, full_path: str, viewer: Viewer) -> HttpResponse:
    """A redirect from an old path to the present one, for those who may see what is there."""
    present = present_path(full_path)
    if present is None or not (
        _by_path(visible_projects(viewer), present) or _by_path(visible_namespaces(viewer), present)
    ):
        raise Http404("nothing here, or nothing for you")
    return _instead(request, full_path, present)


def _instead(request: HttpRequest, old: str, new: str) -> HttpResponse:
    path = request.path.replace(old, new, 1)
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(f"{path}?{query}" if query else path)
