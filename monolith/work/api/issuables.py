"""Issues and merge requests: of a project, and those of the user who asks in one organization."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from drf_spectacular.openapi import AutoSchema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from monolith.namespaces.api.pages import page_of
from monolith.namespaces.api.places import group_at, project_at, scope_of
from monolith.namespaces.api.view import ProjectsView, person
from monolith.namespaces.policy import Level
from monolith.namespaces.stakes import projects_below
from monolith.work.api.columns import columns_of
from monolith.work.api.found import found_issuable, refuse_unless_theirs
from monolith.work.api.inputs import ChangedIssue, ChangedMergeRequest, NewIssue, NewMergeRequest
from monolith.work.api.parameters import (
    ORDERS,
    Issues,
    IssuesOfPerson,
    MergeRequests,
    MergeRequestsOfPerson,
    OneMergeRequest,
    selected,
)
from monolith.work.api.serializers import IssueSerializer, MergeRequestSerializer, TodoSerializer
from monolith.work.api.shown import issuable_shown, issuables_shown
from monolith.work.issuables import change, delete_issuable, open_issuable, remind
from monolith.work.models import Issue, MergeRequest
from monolith.work.policy import may_delete
from monolith.work.waiting import issuables_in, issuables_of
from organizations.members.viewer import Viewer
from users.api.inputs import Asked, Nothing, Takes, described_parameters, takes
from users.api.private import FOR_PEOPLE


@dataclass(frozen=True)
class Kind:
    """Issues or merge requests: what is read and written, and who creates them."""

    model: type[Issue] | type[MergeRequest]
    serializer: type[IssueSerializer] | type[MergeRequestSerializer]
    opened_as: type[Serializer[Any]]
    changed_as: type[Serializer[Any]]
    opened_at: Level
    listed: Asked
    of_person: Asked
    one: Asked


ISSUES = Kind(Issue, IssueSerializer, NewIssue, ChangedIssue, Level.REPORT, Issues, IssuesOfPerson, Nothing)
MERGE_REQUESTS = Kind(
    MergeRequest,
    MergeRequestSerializer,
    NewMergeRequest,
    ChangedMergeRequest,
    Level.WORK,
    MergeRequests,
    MergeRequestsOfPerson,
    OneMergeRequest,
)


class _KindSchema(AutoSchema):
    """Describe what a view takes and returns by its kind."""

    @property
    def _described(self) -> _KindView:
        return cast(_KindView, self.view)

    def get_override_parameters(self) -> list[Any]:
        return [*described_parameters(self._described.asked_by_kind)] if self.method == "GET" else []

    def get_request_serializer(self) -> Any:
        return {"POST": self._described.kind.opened_as, "PUT": self._described.kind.changed_as}.get(self.method)

    def get_response_serializers(self) -> Any:
        one = self._described.kind.serializer
        if self.method == "GET" and self._described.is_list:
            return one(many=True)
        return {"POST": {201: one}, "DELETE": {204: None}}.get(self.method, one)


class _KindView(ProjectsView):
    """A view of issues or merge requests."""

    kind = ISSUES
    is_list = False
    schema = _KindSchema()

    def taken(self) -> Takes:
        """As the kind has it."""
        bodies = {"POST": self.kind.opened_as, "PUT": self.kind.changed_as}
        method = str(self.request.method)
        return Takes(body=bodies[method]) if method in bodies else Takes(self.asked_by_kind)

    @property
    def asked_by_kind(self) -> Asked:
        """What a query takes."""
        return self.kind.listed if self.is_list else self.kind.one

    def page(self, rows: QuerySet[Any], viewer: Viewer) -> Response:
        """Return the page that was asked for, of those of the rows that the parameters select."""
        details = self.asked["with_labels_details"]

        def shown(found: Sequence[Any]) -> Any:
            return issuables_shown(self.kind.model, found, with_labels_details=details)

        return page_of(self, selected(rows, self.asked, self.kind.model, viewer.user_id), shown, orders=ORDERS)


class IssuablesView(_KindView):
    """Those of the user who asks, in one organization; in GitLab.com Public at the global address."""

    permission_classes = FOR_PEOPLE
    is_list = True

    @property
    def asked_by_kind(self) -> Asked:
        """What a query takes."""
        return self.kind.of_person

    def get(self, request: Request, id: str | None = None) -> Response:  # noqa: A002  (as the URL names it)
        """List open ones that are assigned to the user, unless the parameters say otherwise; newest first."""
        scope = scope_of(request, id)
        rows = issuables_in(scope.viewer, scope.organization_id, self.kind.model)
        return self.page(rows, scope.viewer)


class GroupIssuablesView(_KindView):
    """Those of a group, with those of the groups in it."""

    is_list = True

    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """List them in every state unless `state` is given; newest first."""
        place = group_at(request, id)
        rows = issuables_in(place.viewer, place.entity.organization_id, self.kind.model)
        return self.page(rows.filter(project__in=projects_below(place.entity)), place.viewer)


class ProjectIssuablesView(_KindView):
    """Those of a project."""

    is_list = True

    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """List them in every state unless `state` is given; newest first."""
        place = project_at(request, id)
        return self.page(issuables_of(place, self.kind.model), place.viewer)

    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """Create one; its assignee gets a to-do item."""
        place = project_at(request, id, self.kind.opened_at)
        made = open_issuable(self.kind.model, place.entity, person(request), **columns_of(self.given(), place))
        return Response(issuable_shown(made, place.viewer.user_id), 201)


class IssuableView(_KindView):
    """One of a project, by its number there."""

    def get(self, request: Request, id: str, iid: str) -> Response:  # noqa: A002
        """Return it."""
        place = project_at(request, id)
        return Response(issuable_shown(found_issuable(place, self.kind.model, iid), place.viewer.user_id))

    def put(self, request: Request, id: str, iid: str) -> Response:  # noqa: A002
        """Change the fields that are given; closing it marks all to-do items about it as done."""
        place = project_at(request, id)
        found = found_issuable(place, self.kind.model, iid)
        refuse_unless_theirs(place, found)
        change(found, person(request), **columns_of(self.given(), place, found))
        # A user who unassigned themselves from a confidential issue sees the result of their change once more.
        found = _with_all(self.kind.model).get(pk=found.pk)
        return Response(issuable_shown(found, place.viewer.user_id))

    def delete(self, request: Request, id: str, iid: str) -> Response:  # noqa: A002
        """Delete it with its comments and to-do items, for owners; its number is never used again."""
        place = project_at(request, id, Level.OWN)
        if not may_delete(place):
            raise PermissionDenied("the project is archived")
        delete_issuable(place.entity, found_issuable(place, self.kind.model, iid))
        return Response(status=204)


class IssuableTodoView(ProjectsView):
    """A to-do item about one."""

    kind = ISSUES

    @takes(responses={201: TodoSerializer})
    def post(self, request: Request, id: str, iid: str) -> Response:  # noqa: A002
        """Return the user's pending to-do item about it, a new one if there is none."""
        place = project_at(request, id, Level.REPORT)
        made = remind(found_issuable(place, self.kind.model, iid), person(request))
        return Response(TodoSerializer(made).data, 201)


def _with_all(model: type[Issue] | type[MergeRequest]) -> Any:
    """Rows with what is shown of them."""
    return model._default_manager.select_related("project", "milestone")
