"""Groups and projects of one organization that the viewer may see."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monolith.namespaces.keyset import Ordered, keyset_page
from monolith.namespaces.policy import may_make_groups_in
from monolith.namespaces.seen import namespaces_in, projects_in, projects_open_to
from organizations.scope import Scope


@require_safe
def projects(request: HttpRequest, scope: Scope) -> HttpResponse:
    """List the projects that the viewer may see."""
    rows = projects_in(scope.viewer, scope.organization_id)
    return list_page(request, scope, "namespaces/scoped_projects.html", rows, heading="Projects")


@require_safe
def explore(request: HttpRequest, scope: Scope) -> HttpResponse:
    """List the projects that are open to everybody in the organization, or to all visitors of GitLab.com Public."""
    rows = projects_open_to(scope.viewer, scope.organization_id)
    return list_page(request, scope, "namespaces/explore.html", rows, heading="Explore projects")


@require_safe
def groups(request: HttpRequest, scope: Scope) -> HttpResponse:
    """List the groups and users' namespaces that the viewer may see."""
    rows = namespaces_in(scope.viewer, scope.organization_id)
    may_make = may_make_groups_in(scope.viewer, scope.organization_id)
    return list_page(request, scope, "namespaces/scoped_groups.html", rows, heading="Groups", may_make=may_make)


def list_page(request: HttpRequest, scope: Scope, template: str, rows: Ordered[Any], **more: Any) -> HttpResponse:
    """One page of a list in the frame of an organization."""
    return render(request, template, {"scope": scope, "page": keyset_page(request, rows), **more})
