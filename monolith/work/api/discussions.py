"""Threads of comments on issues and merge requests. A thread is its first comment with those that answer it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.api.pages import Listed, page_of
from monolith.namespaces.api.places import project_at
from monolith.namespaces.api.view import ProjectsView, person
from monolith.namespaces.policy import Level
from monolith.work.api.found import found_issuable, found_note, refuse_unless_writer
from monolith.work.api.inputs import NoteText
from monolith.work.api.serializers import DiscussionSerializer, NoteSerializer
from monolith.work.api.shown import notes_shown
from monolith.work.issuables import change_comment, comment, delete_comment
from monolith.work.models import Issue, MergeRequest, Note
from users.api.inputs import takes

DISCUSSION = re.compile(r"[0-9a-f]{40}", re.ASCII)


class _Discussions(ProjectsView):
    about: type[Issue] | type[MergeRequest] = Issue

    def first(self, about: Issue | MergeRequest, discussion: str) -> Note:
        """The first comment of a thread. Raises `Http404`."""
        number = int(discussion, 16) if DISCUSSION.fullmatch(discussion) else 0
        found = about.notes.filter(pk=number, answers=None).first() if number < 2**53 else None
        if found is None:
            raise Http404("no such thread")
        return found

    def note(self, request: Request, key: str, iid: str, discussion: str, note: str) -> tuple[Any, Note]:
        """A comment of a thread, and what it is about, for those who may change it. Raises `Http404`."""
        place = project_at(request, key)
        about = found_issuable(place, self.about, iid)
        first, found = self.first(about, discussion), found_note(about, note)
        if first.pk not in {found.pk, found.answers_id}:
            raise Http404("it is in another thread")
        refuse_unless_writer(place, found)
        return about, found


class DiscussionsView(_Discussions):
    """The threads on one issue or merge request."""

    @takes(Listed, responses=DiscussionSerializer(many=True))
    def get(self, request: Request, id: str, iid: str) -> Response:  # noqa: A002  (as the URL names it)
        """List them, oldest first."""
        about = found_issuable(project_at(request, id), self.about, iid)
        return page_of(self, about.notes.filter(answers=None).order_by("pk"), lambda rows: _shown(about, rows))

    @takes(body=NoteText, responses={201: DiscussionSerializer})
    def post(self, request: Request, id: str, iid: str) -> Response:  # noqa: A002
        """Begin one."""
        about = found_issuable(project_at(request, id, Level.REPORT), self.about, iid)
        made = comment(about, person(request), self.given()["body"], begins_thread=True)
        return Response(_shown(about, [made])[0], 201)


class DiscussionView(_Discussions):
    """One thread."""

    @takes(responses=DiscussionSerializer)
    def get(self, request: Request, id: str, iid: str, discussion: str) -> Response:  # noqa: A002
        """Return it."""
        about = found_issuable(project_at(request, id), self.about, iid)
        return Response(_shown(about, [self.first(about, discussion)])[0])


class DiscussionNotesView(_Discussions):
    """The comments of one thread."""

    @takes(body=NoteText, responses={201: NoteSerializer})
    def post(self, request: Request, id: str, iid: str, discussion: str) -> Response:  # noqa: A002
        """Answer it."""
        about = found_issuable(project_at(request, id, Level.REPORT), self.about, iid)
        first = self.first(about, discussion)
        if not first.begins_thread:
            raise ValidationError({"discussion_id": ["This is a single comment, not a thread."]})
        made = comment(about, person(request), self.given()["body"], answers=first)
        return Response(notes_shown(about, [made])[0], 201)


class DiscussionNoteView(_Discussions):
    """One comment of a thread."""

    @takes(body=NoteText, responses=NoteSerializer)
    def put(self, request: Request, id: str, iid: str, discussion: str, note: str) -> Response:  # noqa: A002
        """Replace its text, for its author and the project's maintainers."""
        about, found = self.note(request, id, iid, discussion, note)
        change_comment(found, self.given()["body"], person(request))
        return Response(notes_shown(about, [found])[0])

    @takes(responses={204: None})
    def delete(self, request: Request, id: str, iid: str, discussion: str, note: str) -> Response:  # noqa: A002
        """Delete it, for its author and the project's maintainers."""
        delete_comment(self.note(request, id, iid, discussion, note)[1])
        return Response(status=204)


def _shown(about: Issue | MergeRequest, firsts: Sequence[Note]) -> Any:
    answers = about.notes.filter(answers__in=[first.pk for first in firsts]).order_by("pk") if firsts else []
    shown = iter(notes_shown(about, [*firsts, *answers]))
    notes: defaultdict[int, list[Any]] = defaultdict(list)
    for note, as_json in zip([*firsts, *answers], shown, strict=True):
        notes[note.answers_id or note.pk].append(as_json)
    return [
        {"id": f"{first.pk:040x}", "individual_note": not first.begins_thread, "notes": notes[first.pk]}
        for first in firsts
    ]
