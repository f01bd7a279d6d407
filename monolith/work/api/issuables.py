"""Issues and merge requests: of a project, and those of the user who asks in one organization."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from monolith.namespaces.api.inputs import REOPEN, ChangedIssue, ChangedMergeRequest, NewIssue, NewMergeRequest
from monolith.namespaces.api.pages import PARAMETERS, choice, page_of
from monolith.namespaces.api.places import project_at, scope_of
from monolith.namespaces.api.view import ProjectsView, given, person
from monolith.namespaces.models import Project
from monolith.namespaces.places import Place
from monolith.namespaces.policy import Level
from monolith.work.api.found import found_issuable, refuse_unless_theirs
from monolith.work.api.serializers import STATES, IssueSerializer, MergeRequestSerializer, TodoSerializer, with_people
from monolith.work.assignees import NotAssignable, assignable
from monolith.work.issuables import change, delete_issuable, open_issuable, remind
from monolith.work.models import Issue, MergeRequest
from monolith.work.waiting import issuables_in
from users.api.private import FOR_PEOPLE

ALL = "all"
STATE_OF = {name: state for state, name in STATES.items()}
COLUMN_OF = {"assigned_to_me": "assignee_id", "created_by_me": "author_id"}
_STATE = OpenApiParameter("state", str, enum=[*STATES.values(), ALL], description="Only those in this state.")
_SCOPE = OpenApiParameter("scope", str, enum=[*COLUMN_OF, ALL], description="Which ones: assigned_to_me if not given.")


@dataclass(frozen=True)
class Kind:
    """Issues or merge requests: what is read and written, and who creates them."""

    model: type[Issue] | type[MergeRequest]
    serializer: type[IssueSerializer] | type[MergeRequestSerializer]
    opened_as: type[Serializer[Any]]
    changed_as: type[Serializer[Any]]
    opened_at: Level


ISSUES = Kind(Issue, IssueSerializer, NewIssue, ChangedIssue, Level.REPORT)
MERGE_REQUESTS = Kind(MergeRequest, MergeRequestSerializer, NewMergeRequest, ChangedMergeRequest, Level.WORK)


class _KindSchema(AutoSchema):
    """Describe what a view takes and returns by its kind."""

    @property
    def _described(self) -> _KindView:
        return cast(_KindView, self.view)

    def get_override_parameters(self) -> list[Any]:
        return [*self._described.parameters] if self.method == "GET" else []

    def get_request_serializer(self) -> Any:
        return {"POST": self._described.kind.opened_as, "PUT": self._described.kind.changed_as}.get(self.method)

    def get_response_serializers(self) -> Any:
        one = self._described.kind.serializer
        if self.method == "GET" and self._described.parameters:
            return one(many=True)
        return {"POST": {201: one}, "DELETE": {204: None}}.get(self.method, one)


class _KindView(ProjectsView):
    """A view of issues or merge requests."""

    kind = ISSUES
    parameters: Sequence[OpenApiParameter] = ()
    """What a list takes; none for a view of one."""
    schema = _KindSchema()

    def shown(self, rows: Sequence[Any]) -> Any:
        """Return rows as JSON."""
        return with_people(self.kind.serializer, rows)


class IssuablesView(_KindView):
    """Those of the user who asks, in one organization; in GitLab.com Public at the global address."""

    permission_classes = FOR_PEOPLE
    parameters = (_STATE, _SCOPE, *PARAMETERS)

    def get(self, request: Request, id: str | None = None) -> Response:  # noqa: A002  (as the URL names it)
        """List open ones that are assigned to the user, unless the parameters say otherwise; newest first."""
        scope = scope_of(request, id)
        rows = issuables_in(scope.viewer, scope.organization_id, self.kind.model)
        whose = choice(request, "scope", (*COLUMN_OF, ALL), "assigned_to_me")
        if whose != ALL:
            rows = rows.filter(**{COLUMN_OF[whose]: request.user.pk})
        return page_of(request, _in_state(request, rows, "opened").order_by("-pk"), self.shown)


class ProjectIssuablesView(_KindView):
    """Those of a project."""

    parameters = (_STATE, *PARAMETERS)

    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """List them in every state unless `state` is given; newest first."""
        project = project_at(request, id).entity
        rows = self.kind.model._default_manager.filter(project=project).select_related("project")
        return page_of(request, _in_state(request, rows, ALL).order_by("-iid"), self.shown)

    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """Create one; its assignee gets a to-do item."""
        place = project_at(request, id, self.kind.opened_at)
        fields = _assigned(given(self.kind.opened_as, request), place)
        made = open_issuable(self.kind.model, place.entity, person(request), **fields)
        return Response(self.shown([made])[0], 201)


class IssuableView(_KindView):
    """One of a project, by its number there."""

    def get(self, request: Request, id: str, iid: str) -> Response:  # noqa: A002
        """Return it."""
        return Response(self.shown([found_issuable(project_at(request, id), self.kind.model, iid)])[0])

    def put(self, request: Request, id: str, iid: str) -> Response:  # noqa: A002
        """Change the fields that are given; closing it marks all to-do items about it as done."""
        place = project_at(request, id)
        found = found_issuable(place, self.kind.model, iid)
        refuse_unless_theirs(place, found)
        fields = _assigned(given(self.kind.changed_as, request), place, found.assignee_id)
        event = fields.pop("state_event", None)
        if event:
            fields["state"] = Issue.State.OPEN if event == REOPEN else Issue.State.CLOSED
        if fields:
            change(found, person(request), **fields)
            found.refresh_from_db()
        return Response(self.shown([found])[0])

    def delete(self, request: Request, id: str, iid: str) -> Response:  # noqa: A002
        """Delete it with its comments and to-do items, for owners; its number is never used again."""
        place = project_at(request, id, Level.OWN)
        delete_issuable(place.entity, found_issuable(place, self.kind.model, iid))
        return Response(status=204)


class IssuableTodoView(_KindView):
    """A to-do item about one."""

    @extend_schema(request=None, responses={201: TodoSerializer})
    def post(self, request: Request, id: str, iid: str) -> Response:  # noqa: A002
        """Return the user's pending to-do item about it, a new one if there is none."""
        place = project_at(request, id, Level.REPORT)
        made = remind(found_issuable(place, self.kind.model, iid), person(request))
        return Response(TodoSerializer(made).data, 201)


def _in_state(request: Request, rows: QuerySet[Any], default: str) -> QuerySet[Any]:
    """Return the rows in the state that the request names, or in the default one. Raises `ValidationError`."""
    asked = choice(request, "state", (*STATE_OF, ALL), default)
    return rows if asked == ALL else rows.filter(state=STATE_OF[asked])


def _assigned(fields: dict[str, Any], place: Place[Project], present: int | None = None) -> dict[str, Any]:
    """The fields with an assignee who may be one; raises `ValidationError`."""
    if "assignee_id" not in fields:
        return fields
    try:
        assignee_id = assignable(fields["assignee_id"], place.entity, place.viewer, present)
    except NotAssignable as error:
        raise ValidationError({"assignee_id": ["Nobody with this id works on this project."]}) from error
    return {**fields, "assignee_id": assignee_id}
