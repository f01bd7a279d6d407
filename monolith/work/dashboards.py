"""Dashboards: of GitLab.com Public at `/dashboard`, of every other organization at its own path."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monolith.namespaces.policy import may_make_groups_in, may_set_up
from monolith.namespaces.seen import projects_in
from monolith.work.counts import Count, counted, limit_passed
from monolith.work.models import Issue, MergeRequest, Todo
from monolith.work.waiting import assigned_to, todos_of
from organizations.default_organization import default_organization_of
from organizations.members.viewer import Viewer, viewer_of
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.scope import Scope, active_organization
from users.models import User

MOST_PROJECTS = 50
MOST_COUNTED = 99
DASHBOARD_PATH = "/dashboard"


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """The seed's global page, for legacy users."""
    if not isinstance(request.user, User) and not request.user.is_authenticated:
        raise Http404("nobody is signed in")
    return _page(request, viewer_of(request.user), None)


@require_safe
def organization_dashboard(request: HttpRequest, path: str) -> HttpResponse:
    """Show an organization's dashboard to its members; 404 for everyone else."""
    viewer = viewer_of(request.user)
    organization = active_organization(path)
    if organization is None or not viewer.belongs_to(organization.pk):
        raise Http404("no such organization, or you do not belong to it")
    # Users of GitLab.com Public are never told about organizations.
    if organization.pk == GITLAB_COM_PUBLIC:
        return HttpResponseRedirect(DASHBOARD_PATH)
    return _page(request, viewer, organization)


@require_safe
def counts(request: HttpRequest) -> HttpResponse:
    """Return the counts of a user of GitLab.com Public, as JSON for the top bar."""
    if not isinstance(request.user, User) or default_organization_of(request.user):
        raise Http404("nobody is signed in, or the user has another default organization")
    return _shown(viewer_of(request.user), GITLAB_COM_PUBLIC)


@require_safe
def organization_counts(request: HttpRequest, path: str) -> HttpResponse:
    """Return a user's counts in one organization, as JSON for the top bar; 404 for everyone else."""
    viewer, organization = viewer_of(request.user), active_organization(path)
    if organization is None or not viewer.belongs_to(organization.pk):
        raise Http404("no such organization, or you do not belong to it")
    return _shown(viewer, organization.pk)


def counts_path(organization: Organization | None) -> str:
    """Return the path of an organization's counts; None stands for GitLab.com Public."""
    return f"/organizations/{organization.path}/-/counts.json" if organization else f"{DASHBOARD_PATH}/counts.json"


def _shown(viewer: Viewer, organization_id: int) -> HttpResponse:
    counts = counts_of(viewer, organization_id)
    response = JsonResponse({name: count.number for name, count in counts.items()})
    response["Cache-Control"] = "private, no-store"
    return response


def home_of(user: User) -> str:
    """The path of a person's own dashboard (the seed's "default organization")."""
    organization = default_organization_of(user)
    return f"/organizations/{organization.path}/-/dashboard" if organization else DASHBOARD_PATH


def _page(request: HttpRequest, viewer: Viewer, organization: Organization | None) -> HttpResponse:
    scope = Scope(viewer, organization)
    counts = counts_of(viewer, scope.organization_id)
    context = {
        "organization": organization,
        "scope": scope,
        "projects": projects_in(viewer, scope.organization_id).first(MOST_PROJECTS),
        "counts": counts,
        "most_counted": limit_passed(counts.values()),
        "may_make": may_make_groups_in(viewer, scope.organization_id),
        "may_invite": organization is not None and may_set_up(viewer, organization.pk),
    }
    return render(request, "work/dashboard.html", context)


def counts_of(viewer: Viewer, organization_id: int) -> dict[str, Count]:
    """What waits for a person in one organization: assigned open issues and merge requests, pending todos.

    As many as the lists show, up to `MOST_COUNTED`: what they see no more is not counted.
    """
    return {
        "issues": counted(assigned_to(viewer, organization_id, Issue), MOST_COUNTED),
        "merge_requests": counted(assigned_to(viewer, organization_id, MergeRequest), MOST_COUNTED),
        "todos": counted(todos_of(viewer, organization_id).filter(state=Todo.State.PENDING), MOST_COUNTED),
    }
