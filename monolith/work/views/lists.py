"""What is assigned to a person in one organization, and what waits for them."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST, require_safe

from monolith.namespaces.keyset import ByNumber
from monolith.namespaces.seen import projects_in
from monolith.namespaces.views.lists import list_page
from monolith.work.issuables import mark
from monolith.work.models import Issue, MergeRequest, Todo
from monolith.work.views.kinds import ISSUES, MERGE_REQUESTS, Kind
from monolith.work.waiting import assigned_to, todos_of
from organizations.scope import Scope

# Ids stay below 2^53.
ID = re.compile(r"[1-9][0-9]{0,15}")


@require_safe
def issues(request: HttpRequest, scope: Scope) -> HttpResponse:
    """List the open issues that are assigned to the viewer."""
    return _assigned(request, scope, Issue, ISSUES)


@require_safe
def merge_requests(request: HttpRequest, scope: Scope) -> HttpResponse:
    """List the open merge requests that are assigned to the viewer."""
    return _assigned(request, scope, MergeRequest, MERGE_REQUESTS)


@require_safe
def choose_project(request: HttpRequest, scope: Scope) -> HttpResponse:
    """List the projects in which the viewer can open an issue: all that they may see."""
    rows = projects_in(scope.viewer, scope.organization_id)
    return list_page(request, scope, "work/choose_project.html", rows, heading="New issue", below="/-/issues/new")


@require_safe
def todos(request: HttpRequest, scope: Scope) -> HttpResponse:
    """List the viewer's pending or done to-do items, newest first, without those about what they can no longer see."""
    state = Todo.State.DONE if request.GET.get("state") == Todo.State.DONE else Todo.State.PENDING
    rows = todos_of(scope.viewer, scope.organization_id).filter(state=state)
    kept = f"state={state}&" if state == Todo.State.DONE else ""
    return list_page(
        request, scope, "work/scoped_todos.html", ByNumber(rows), heading="To-do items", state=state, filter=kept
    )


@require_POST
def todo_done(request: HttpRequest, scope: Scope, todo: str) -> HttpResponse:
    """Mark a to-do item as done, or as pending again where the form says `state=pending`."""
    state = Todo.State.PENDING if request.POST.get("state") == Todo.State.PENDING else Todo.State.DONE
    number = int(todo) if ID.fullmatch(todo) else 0
    if not todos_of(scope.viewer, scope.organization_id).filter(pk=number).exists():
        raise Http404("no such to-do item, or it is about what they can no longer see")
    mark(scope.organization_id, scope.viewer.user_id, number, state)
    if state == Todo.State.DONE:
        messages.success(request, "The to-do item is done. You can undo this under Done.")
        return HttpResponseRedirect(scope.address("todos"))
    messages.success(request, "The to-do item is pending again.")
    return HttpResponseRedirect(f"{scope.address('todos')}?state={Todo.State.DONE}")


def _assigned(request: HttpRequest, scope: Scope, model: type[Issue | MergeRequest], kind: Kind) -> HttpResponse:
    rows: ByNumber[Issue | MergeRequest] = ByNumber(assigned_to(scope.viewer, scope.organization_id, model))
    return list_page(
        request, scope, "work/scoped_issues.html", rows, kind=kind, heading=f"{kind.plural} assigned to you"
    )
