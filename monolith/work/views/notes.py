"""Change and delete a comment, for its author and those who maintain the project."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from monolith.namespaces.form_page import form_page
from monolith.namespaces.models import Project
from monolith.namespaces.places import Place, refuse
from monolith.work.forms import DeleteNoteForm, NoteForm
from monolith.work.issuables import change_comment, delete_comment
from monolith.work.models import Issue, MergeRequest, Note
from monolith.work.policy import may_write
from monolith.work.views.kinds import Kind, address_of, found_at, person

LONGEST_ID = 16
SHOWN = 200


class _Comment(NamedTuple):
    """A comment, and where it is."""

    place: Place[Project]
    kind: Kind
    issuable: Issue | MergeRequest
    note: Note


def edit(request: HttpRequest, place: Place[Project], kind: Kind, iid: str, note: str) -> HttpResponse:
    """Show the form to edit a comment, and save it."""
    issuable, found = _theirs(place, kind, iid, note)
    form = NoteForm(request.POST if request.method == "POST" else None, initial={"text": found.text})
    if form.is_bound and form.is_valid():
        change_comment(found, form.cleaned_data["text"], person(request))
        messages.success(request, "The comment was changed.")
        return HttpResponseRedirect(f"{address_of(place.entity, kind, issuable.iid)}#note_{found.pk}")
    about = _Comment(place, kind, issuable, found)
    return _page(request, form, about, "edit", title="Edit comment", submit="Save")


def delete(request: HttpRequest, place: Place[Project], kind: Kind, iid: str, note: str) -> HttpResponse:
    """Ask for confirmation, and delete a comment with its answers."""
    issuable, found = _theirs(place, kind, iid, note)
    form = DeleteNoteForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        delete_comment(found)
        messages.success(request, "The comment was deleted.")
        return HttpResponseRedirect(address_of(place.entity, kind, issuable.iid))
    answers = found.answered_by.count()
    shown = f"{found.text[:SHOWN]}…" if len(found.text) > SHOWN else found.text
    also = {0: "", 1: " with its answer"}.get(answers, f" with its {answers} answers")
    return _page(
        request,
        form,
        _Comment(place, kind, issuable, found),
        "delete",
        title="Delete comment",
        submit="Delete comment",
        is_dangerous=True,
        explained=[shown, f"This permanently deletes the comment{also}."],
    )


def _theirs(place: Place[Project], kind: Kind, iid: str, note: str) -> tuple[Any, Note]:
    """What it is about, and the comment, which the viewer may change. Raises `Http404` and `PermissionDenied`."""
    issuable: Issue | MergeRequest = found_at(place, kind, iid)
    is_id = note.isascii() and note.isdigit() and len(note) <= LONGEST_ID
    found = issuable.notes.filter(pk=int(note) if is_id else 0).first()
    if found is None:
        raise Http404("no such comment")
    if not may_write(place, found):
        raise refuse(place.viewer, "another user wrote this comment")
    return issuable, found


def _page(
    request: HttpRequest, form: NoteForm | DeleteNoteForm, about: _Comment, act: str, **more: Any
) -> HttpResponse:
    address = address_of(about.place.entity, about.kind, about.issuable.iid)
    return form_page(
        request,
        form,
        action=f"{address}/notes/{about.note.pk}/{act}",
        back=f"{address}#note_{about.note.pk}",
        entity=about.place.entity,
        place=about.place,
        here=about.kind.segment,
        **more,
    )
