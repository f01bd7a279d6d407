"""Comments on issues and merge requests."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.api.inputs import NoteText
from monolith.namespaces.api.pages import Listed, page_of
from monolith.namespaces.api.places import project_at
from monolith.namespaces.api.view import ProjectsView, person
from monolith.namespaces.policy import Level
from monolith.work.api.found import found_issuable, found_note, refuse_unless_writer
from monolith.work.api.serializers import NoteSerializer, with_people
from monolith.work.issuables import change_comment, comment, delete_comment
from monolith.work.models import Issue, MergeRequest, Note
from users.api.inputs import takes


class NotesView(ProjectsView):
    """The comments on one issue or merge request."""

    about: type[Issue] | type[MergeRequest] = Issue

    @takes(Listed, responses=NoteSerializer(many=True))
    def get(self, request: Request, id: str, iid: str) -> Response:  # noqa: A002  (as the URL names it)
        """List them, oldest first."""
        found = found_issuable(project_at(request, id), self.about, iid)
        return page_of(self, found.notes.order_by("pk"), lambda rows: with_people(NoteSerializer, rows))

    @takes(body=NoteText, responses={201: NoteSerializer})
    def post(self, request: Request, id: str, iid: str) -> Response:  # noqa: A002
        """Create one."""
        found = found_issuable(project_at(request, id, Level.REPORT), self.about, iid)
        return Response(_shown(comment(found, person(request), self.given()["body"])), 201)


class NoteView(ProjectsView):
    """One comment."""

    about: type[Issue] | type[MergeRequest] = Issue

    @takes(responses=NoteSerializer)
    def get(self, request: Request, id: str, iid: str, note: str) -> Response:  # noqa: A002
        """Return it."""
        return Response(_shown(found_note(found_issuable(project_at(request, id), self.about, iid), note)))

    @takes(body=NoteText, responses=NoteSerializer)
    def put(self, request: Request, id: str, iid: str, note: str) -> Response:  # noqa: A002
        """Replace its text, for its author and the project's maintainers."""
        found = self._own(request, id, iid, note)
        change_comment(found, self.given()["body"], person(request))
        return Response(_shown(found))

    @takes(responses={204: None})
    def delete(self, request: Request, id: str, iid: str, note: str) -> Response:  # noqa: A002
        """Delete it, for its author and the project's maintainers."""
        delete_comment(self._own(request, id, iid, note))
        return Response(status=204)

    def _own(self, request: Request, key: str, iid: str, note: str) -> Note:
        place = project_at(request, key)
        found = found_note(found_issuable(place, self.about, iid), note)
        refuse_unless_writer(place, found)
        return found


def _shown(note: Note) -> Any:
    return with_people(NoteSerializer, [note])[0]
