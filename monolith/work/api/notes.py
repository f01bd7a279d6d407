"""Comments on issues and merge requests."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.api.pages import BY_ID, Choice, Listed, page_of
from monolith.namespaces.api.pages import ORDERS as DIRECTIONS
from monolith.namespaces.api.places import project_at
from monolith.namespaces.api.view import ProjectsView, person
from monolith.namespaces.policy import Level
from monolith.work.api.found import found_issuable, found_note, refuse_unless_writer
from monolith.work.api.inputs import NoteText
from monolith.work.api.serializers import NoteSerializer
from monolith.work.api.shown import notes_shown
from monolith.work.issuables import change_comment, comment, delete_comment
from monolith.work.models import Issue, MergeRequest, Note
from users.api.inputs import takes

ORDERS = {"created_at": "created_at", "updated_at": "updated_at"}


class Notes(Listed):
    """Which comments."""

    order_by = Choice([*ORDERS, BY_ID], help_text="The order.")
    sort = Choice(DIRECTIONS, default="asc", help_text="The direction; asc, the oldest first, if not given.")


class NotesView(ProjectsView):
    """The comments on one issue or merge request."""

    about: type[Issue] | type[MergeRequest] = Issue

    @takes(Notes, responses=NoteSerializer(many=True))
    def get(self, request: Request, id: str, iid: str) -> Response:  # noqa: A002  (as the URL names it)
        """List them, oldest first."""
        found = found_issuable(project_at(request, id), self.about, iid)
        return page_of(self, found.notes.all(), lambda rows: notes_shown(found, rows), orders=ORDERS)

    @takes(body=NoteText, responses={201: NoteSerializer})
    def post(self, request: Request, id: str, iid: str) -> Response:  # noqa: A002
        """Create one."""
        found = found_issuable(project_at(request, id, Level.REPORT), self.about, iid)
        made = comment(found, person(request), self.given()["body"])
        return Response(notes_shown(found, [made])[0], 201)


class NoteView(ProjectsView):
    """One comment."""

    about: type[Issue] | type[MergeRequest] = Issue

    @takes(responses=NoteSerializer)
    def get(self, request: Request, id: str, iid: str, note: str) -> Response:  # noqa: A002
        """Return it."""
        found = found_issuable(project_at(request, id), self.about, iid)
        return Response(notes_shown(found, [found_note(found, note)])[0])

    @takes(body=NoteText, responses=NoteSerializer)
    def put(self, request: Request, id: str, iid: str, note: str) -> Response:  # noqa: A002
        """Replace its text, for its author and the project's maintainers."""
        about, found = self._own(request, id, iid, note)
        change_comment(found, self.given()["body"], person(request))
        return Response(notes_shown(about, [found])[0])

    @takes(responses={204: None})
    def delete(self, request: Request, id: str, iid: str, note: str) -> Response:  # noqa: A002
        """Delete it, for its author and the project's maintainers."""
        delete_comment(self._own(request, id, iid, note)[1])
        return Response(status=204)

    def _own(self, request: Request, key: str, iid: str, note: str) -> tuple[Issue | MergeRequest, Note]:
        place = project_at(request, key)
        about = found_issuable(place, self.about, iid)
        found = found_note(about, note)
        refuse_unless_writer(place, found)
        return about, found
