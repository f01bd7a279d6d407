"""Groups and projects of one organization that the viewer may see."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monolith.namespaces.policy import may_make_groups_in
from monolith.namespaces.visibility import visible_namespaces, visible_projects
from organizations.scope import Scope

PER_PAGE = 50


@require_safe
def projects(request: HttpRequest, scope: Scope) -> HttpResponse:
    """List the projects that the viewer may see."""
    rows = visible_projects(scope.viewer).filter(organization_id=scope.organization_id)
    return list_page(request, scope, "namespaces/scoped_projects.html", rows.order_by("full_path"), heading="Projects")


@require_safe
def groups(request: HttpRequest, scope: Scope) -> HttpResponse:
    """List the groups and users' namespaces that the viewer may see."""
    rows = visible_namespaces(scope.viewer).filter(organization_id=scope.organization_id)
    may_make = may_make_groups_in(scope.viewer, scope.organization_id)
    rows = rows.order_by("full_path")
    return list_page(request, scope, "namespaces/scoped_groups.html", rows, heading="Groups", may_make=may_make)


def list_page(request: HttpRequest, scope: Scope, template: str, rows: QuerySet[Any], **more: Any) -> HttpResponse:
    """One page of a list in the frame of an organization."""
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, template, {"scope": scope, "page": page, **more})
