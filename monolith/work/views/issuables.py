"""The pages of issues and merge requests of a project."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monolith.namespaces.form_page import INVALID, form_page
from monolith.namespaces.forms import DeleteForm
from monolith.namespaces.keyset import keyset_page
from monolith.namespaces.models import Project
from monolith.namespaces.places import Place, View, at_project, refuse
from monolith.namespaces.policy import Level
from monolith.namespaces.views.people import people
from monolith.work import talk
from monolith.work.assignees import NotAssignable, assignee_of, suggested
from monolith.work.counts import counted, limit_passed
from monolith.work.forms import NoteForm, WorkForm
from monolith.work.issuables import change, comment, delete_issuable, open_issuable
from monolith.work.labels import labels_named
from monolith.work.models import Issue, MergeRequest
from monolith.work.policy import may_delete, may_edit
from monolith.work.recents import viewed
from monolith.work.references import formatted
from monolith.work.views import notes
from monolith.work.views.asked import ALL, CLOSED, OPENED, STATE_OF, Asked
from monolith.work.views.kinds import Kind, address_of, found_at, person
from monolith.work.waiting import issuables_of

MOST_COUNTED = 999
Decorator = Callable[[View], View]
_form: Decorator = require_http_methods(["GET", "HEAD", "POST"])


def pages_of(kind: Kind) -> list[tuple[str, View, str]]:
    """Return the path below `/-/`, the view and the name of each page of a kind."""
    all_, one = kind.segment, f"{kind.segment}/<segment:iid>"
    pages: list[tuple[str, View, Level, Decorator, str]] = [
        (all_, _list, Level.READ, require_safe, kind.segment.replace("_", "-")),
        (f"{all_}/new", _new, kind.opened_at, _form, f"new-{kind.slug}"),
        (one, _one, Level.READ, require_safe, kind.slug),
        (f"{one}/edit", _edit, Level.REPORT, _form, f"edit-{kind.slug}"),
        (f"{one}/state", _set_state, Level.REPORT, require_POST, f"{kind.slug}-state"),
        (f"{one}/delete", _delete, Level.OWN, _form, f"delete-{kind.slug}"),
        (f"{one}/notes", _comment, Level.REPORT, require_POST, f"{kind.slug}-notes"),
        (f"{one}/notes/<segment:note>/edit", notes.edit, Level.REPORT, _form, f"edit-{kind.slug}-note"),
        (f"{one}/notes/<segment:note>/delete", notes.delete, Level.REPORT, _form, f"delete-{kind.slug}-note"),
    ]
    return [
        (path, methods(at_project(level)(wraps(view)(partial(view, kind=kind)))), name)
        for path, view, level, methods, name in pages
    ]


def _list(request: HttpRequest, place: Place[Project], kind: Kind) -> HttpResponse:
    """List those that the query asks for: open ones, the newest first, if it says nothing."""
    asked = Asked.of(request)
    rows = asked.narrowed(issuables_of(place, kind.model), place.entity)
    tabs = [
        (state, asked.with_state(state), counted(rows.filter(state=STATE_OF[state]), MOST_COUNTED))
        for state in (OPENED, CLOSED)
    ]
    page = keyset_page(request, asked.ordered(rows))
    context = {
        "project": place.entity,
        "place": place,
        "kind": kind,
        "may_open": place.level >= kind.opened_at and not place.entity.archived,
        "page": page,
        "asked": asked,
        "tabs": tabs,
        "all": asked.with_state(ALL),
        "most_counted": limit_passed(count for _, _, count in tabs),
        "form": asked.form(place),
        "filter": f"{asked.query}&" if asked.query else "",
        "people": people(ref for each in page for ref in (each.author_id, each.assignee_id)),
        "suggested": suggested(place) if place.reported else [],
    }
    return render(request, "work/issues.html", context)


def _new(request: HttpRequest, place: Place[Project], kind: Kind) -> HttpResponse:
    """Show the form for a new one, and create it."""
    project = place.entity
    form = kind.form(request.POST if request.method == "POST" else None, place=place)
    if form.is_bound and form.is_valid():
        fields = _fields(form, place)
        if fields is not None:
            made = open_issuable(kind.model, project, person(request), **fields)
            messages.success(request, f"{kind.name.capitalize()} {kind.sign}{made.iid} was created.")
            return HttpResponseRedirect(address_of(project, kind, made.iid))
    return form_page(
        request,
        form,
        title=f"New {kind.name}",
        action=f"/{project.full_path}/-/{kind.segment}/new",
        submit=f"Create {kind.name}",
        suggested=suggested(place),
        back=f"/{project.full_path}/-/{kind.segment}",
        entity=project,
        place=place,
        here=kind.segment,
    )


def _one(
    request: HttpRequest, place: Place[Project], kind: Kind, iid: str, form: NoteForm | None = None
) -> HttpResponse:
    """Show one with its comments."""
    issuable = found_at(place, kind, iid)
    viewed(request, place.viewer, issuable)
    told = talk.entries(issuable, place)
    named = people([issuable.author_id, issuable.assignee_id, *(each for entry in told for each in entry.people)])
    description, *texts = formatted([issuable.description, *(entry.markdown for entry in told)], place, named.values())
    context = {
        "project": place.entity,
        "place": place,
        "kind": kind,
        "issue": issuable,
        "description": description,
        "talk": [*zip(told, texts, strict=True)],
        "labels": issuable.labels.order_by("name"),
        "may_edit": may_edit(place.viewer, place.level, issuable),
        "may_delete": may_delete(place),
        "form": form or NoteForm(),
        "people": named,
    }
    return render(request, "work/issue.html", context, status=INVALID if form else 200)


def _comment(request: HttpRequest, place: Place[Project], kind: Kind, iid: str) -> HttpResponse:
    """Add a comment."""
    issuable = found_at(place, kind, iid)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _one(request, place, kind, iid, form)
    made = comment(issuable, person(request), form.cleaned_data["text"])
    return HttpResponseRedirect(f"{address_of(place.entity, kind, issuable.iid)}#note_{made.pk}")


def _set_state(request: HttpRequest, place: Place[Project], kind: Kind, iid: str) -> HttpResponse:
    """Close or reopen it."""
    issuable = _editable(place, kind, iid)
    state = request.POST.get("state")
    if state not in Issue.State.values:
        raise Http404("no such state")
    change(issuable, person(request), state=state)
    done = "reopened" if state == Issue.State.OPEN else "closed"
    messages.success(request, f"{kind.name.capitalize()} {kind.sign}{issuable.iid} was {done}.")
    return HttpResponseRedirect(address_of(place.entity, kind, issuable.iid))


def _edit(request: HttpRequest, place: Place[Project], kind: Kind, iid: str) -> HttpResponse:
    """Show the form to edit it, and save it."""
    issuable = _editable(place, kind, iid)
    sent = request.POST if request.method == "POST" else None
    form = kind.form(sent, place=place, initial=_initial(kind, issuable))
    if form.is_bound and form.is_valid():
        fields = _fields(form, place, issuable.assignee_id)
        if fields is not None:
            change(issuable, person(request), **fields)
            messages.success(request, "Your changes were saved.")
            return HttpResponseRedirect(address_of(place.entity, kind, issuable.iid))
    return form_page(
        request,
        form,
        title=f"Edit {kind.name} {kind.sign}{issuable.iid}",
        action=f"{address_of(place.entity, kind, issuable.iid)}/edit",
        submit="Save",
        suggested=suggested(place),
        back=address_of(place.entity, kind, issuable.iid),
        entity=place.entity,
        place=place,
        here=kind.segment,
    )


def _delete(request: HttpRequest, place: Place[Project], kind: Kind, iid: str) -> HttpResponse:
    """Ask for confirmation, and delete it."""
    project, issuable = place.entity, found_at(place, kind, iid)
    if not may_delete(place):
        raise refuse(place.viewer, "the project is archived")
    sent = request.POST if request.method == "POST" else None
    form = DeleteForm(sent, expected=f"{project.full_path}{kind.sign}{issuable.iid}")
    if form.is_valid():
        delete_issuable(project, issuable)
        messages.success(request, f"{kind.name.capitalize()} {kind.sign}{issuable.iid} was deleted.")
        return HttpResponseRedirect(f"/{project.full_path}/-/{kind.segment}")
    return form_page(
        request,
        form,
        title=f"Delete {kind.name} {kind.sign}{issuable.iid}",
        explained=[
            issuable.title,
            "This permanently deletes it with its comments and to-do items. Its number is never reused.",
        ],
        action=f"{address_of(project, kind, issuable.iid)}/delete",
        submit=f"Delete {kind.name}",
        back=address_of(project, kind, issuable.iid),
        entity=project,
        place=place,
        here=kind.segment,
        is_dangerous=True,
    )


def _editable(place: Place[Project], kind: Kind, iid: str) -> Any:
    issuable = found_at(place, kind, iid)
    if not may_edit(place.viewer, place.level, issuable):
        raise refuse(place.viewer, f"not their {kind.name}")
    return issuable


def _fields(form: WorkForm, place: Place[Project], present: int | None = None) -> dict[str, Any] | None:
    """Return a form's values as columns; None when the named assignee is not allowed."""
    given = dict(form.cleaned_data)
    try:
        assignee_id = assignee_of(given.pop("assignee"), place.entity, place.viewer, present)
    except NotAssignable:
        form.add_error("assignee", "No one with this username works on this project.")
        return None
    if "labels" in given:
        given["labels"] = labels_named(place.entity, given["labels"])
    return {"assignee_id": assignee_id, **given}


def _initial(kind: Kind, found: Issue | MergeRequest) -> dict[str, Any]:
    assignee = people([found.assignee_id]).get(found.assignee_id or 0)
    columns = {name: getattr(found, name) for name in kind.form.base_fields if name not in {"assignee", "labels"}}
    labels = ", ".join(found.labels.order_by("name").values_list("name", flat=True))
    return {**columns, "assignee": assignee.username if assignee else "", "labels": labels}
