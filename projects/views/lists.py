"""What is in one organization, for whoever looks: groups, projects, what is assigned to them, what waits for them."""

from __future__ import annotations

import re
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from projects.issuables import mark_done
from projects.models import Issue, MergeRequest, Todo
from projects.policy import may_make_groups_in
from projects.scope import Scope
from projects.views.issuables import ISSUES, MERGE_REQUESTS, Kind
from projects.visibility import visible_namespaces, visible_projects
from projects.waiting import assigned_to, todos_of

PER_PAGE = 50
# Ids stay below 2^53.
ID = re.compile(r"[1-9][0-9]{0,15}")


@require_safe
def projects(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The projects that somebody may see."""
    rows = visible_projects(scope.viewer).filter(organization_id=scope.organization_id)
    return _page(request, scope, "projects/scoped_projects.html", rows.order_by("full_path"), heading="Projects")


@require_safe
def groups(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The groups and users' namespaces that somebody may see."""
    rows = visible_namespaces(scope.viewer).filter(organization_id=scope.organization_id)
    may_make = may_make_groups_in(scope.viewer, scope.organization_id)
    rows = rows.order_by("full_path")
    return _page(request, scope, "projects/scoped_groups.html", rows, heading="Groups", may_make=may_make)


@require_safe
def issues(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Open issues that are assigned to whoever looks."""
    return _assigned(request, scope, Issue, ISSUES)


@require_safe
def merge_requests(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Open merge requests that are assigned to whoever looks."""
    return _assigned(request, scope, MergeRequest, MERGE_REQUESTS)


@require_safe
def todos(request: HttpRequest, scope: Scope) -> HttpResponse:
    """What waits for whoever looks, newest first. Of what they see no more, nothing is told."""
    rows = todos_of(scope.viewer, scope.organization_id).filter(state=Todo.State.PENDING)
    return _page(request, scope, "projects/scoped_todos.html", rows.order_by("-pk"), heading="To-do items")


@csrf_protect
@require_POST
def todo_done(request: HttpRequest, scope: Scope, todo: str) -> HttpResponse:
    """End a todo."""
    mark_done(scope.organization_id, scope.viewer.user_id, int(todo) if ID.fullmatch(todo) else 0)
    return HttpResponseRedirect(scope.address("todos"))


def _assigned(request: HttpRequest, scope: Scope, model: type[Issue | MergeRequest], kind: Kind) -> HttpResponse:
    rows = assigned_to(scope.viewer, scope.organization_id, model).order_by("-pk")
    return _page(
        request, scope, "projects/scoped_issues.html", rows, kind=kind, heading=f"{kind.plural} assigned to you"
    )


def _page(request: HttpRequest, scope: Scope, template: str, rows: QuerySet[Any], **more: Any) -> HttpResponse:
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, template, {"scope": scope, "page": page, **more})
