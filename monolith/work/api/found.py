"""What is in a project, by the number in an address; for those who see the project."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Manager
from django.http import Http404

from monolith.namespaces.api.places import number_of
from monolith.namespaces.models import Project
from monolith.namespaces.places import Place
from monolith.work.models import Issue, MergeRequest, Note
from monolith.work.policy import may_edit, may_write
from monolith.work.waiting import issuables_of

Issuable = TypeVar("Issuable", bound=Issue | MergeRequest)

MOST_IID = 2**31 - 1


def found_issuable(place: Place[Project], model: type[Issuable], iid: str) -> Issuable:
    """The issue or merge request of this number in the project. Raises `Http404`."""
    found = issuables_of(place, model).filter(iid=min(number_of(iid), MOST_IID)).first()
    if found is None:
        raise Http404("no such issue or merge request")
    return found


def refuse_unless_theirs(place: Place[Project], issuable: Issue | MergeRequest) -> None:
    """Raise `PermissionDenied` for those who see it and may not change it."""
    if not may_edit(place.viewer, place.level, issuable):
        raise PermissionDenied("it is not theirs")


def found_note(about: Issue | MergeRequest, note_id: str) -> Note:
    """The comment of this id on an issue or merge request. Raises `Http404`."""
    notes: Manager[Note] = about.notes
    found = notes.filter(pk=number_of(note_id)).first()
    if found is None:
        raise Http404("no such comment")
    return found


def refuse_unless_writer(place: Place[Project], note: Note) -> None:
    """Raise `PermissionDenied` for those who neither wrote a comment nor maintain the project."""
    if not may_write(place, note):
        raise PermissionDenied("another user wrote this note")
