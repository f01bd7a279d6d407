"""The members of groups and projects; roles are numbers, as in GitLab's API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.api.inputs import MOST_ID
from monolith.namespaces.api.pages import Listed, Numbered, page_of
from monolith.namespaces.api.places import group_at, number_of, project_at
from monolith.namespaces.api.view import ProjectsView
from monolith.namespaces.membership import add, change_role, members_of, remove
from monolith.namespaces.models import Namespace, Project, Role
from monolith.namespaces.places import Place
from monolith.namespaces.policy import Level
from monolith.namespaces.views.people import people
from organizations.models import GITLAB_COM_PUBLIC
from users.api.inputs import takes
from users.api.private import FOR_PEOPLE
from users.limits import HOUR, may_ask_who

ACCESS_LEVELS: dict[str, int] = {Role.GUEST: 10, Role.DEVELOPER: 30, Role.MAINTAINER: 40, Role.OWNER: 50}
_ROLES = {number: role for role, number in ACCESS_LEVELS.items()}
_LEVELS = [(number, Role(role).label) for role, number in ACCESS_LEVELS.items()]


class MemberSerializer(serializers.Serializer[Any]):
    """A member of a group or project."""

    id = serializers.IntegerField(help_text="The id of the user.")
    username = serializers.CharField()
    name = serializers.CharField()
    access_level = serializers.ChoiceField(_LEVELS)


class NewMember(serializers.Serializer[Any]):
    """A user of the organization, by `user_id` or `username`, and the role to give them."""

    user_id = serializers.IntegerField(min_value=1, max_value=MOST_ID, required=False)
    username = serializers.CharField(max_length=255, required=False)
    access_level = serializers.ChoiceField(_LEVELS)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a username or an id."""
        if not attrs.keys() & {"user_id", "username"}:
            raise ValidationError({"username": ["Give a username or a user_id."]})
        return attrs


class ChangedMember(serializers.Serializer[Any]):
    """The new role of a member."""

    access_level = serializers.ChoiceField(_LEVELS)


class _OfGroupOrProject(ProjectsView):
    permission_classes = FOR_PEOPLE
    of_project = True

    def place(self, request: Request, key: str, level: Level) -> Place[Any]:
        """The group or project, for those who go as far as this."""
        return project_at(request, key, level) if self.of_project else group_at(request, key, level)


class MembersView(_OfGroupOrProject):
    """The direct members."""

    @takes(Listed, responses=MemberSerializer(many=True))
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  (as the URL names it)
        """List them."""
        rows = self.place(request, id, Level.REPORT).entity.members
        return page_of(self, rows.order_by("user_id").values("pk", "user_id", "role"), _shown)

    @takes(body=NewMember, responses={201: MemberSerializer})
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """Add one, in a role that is no higher than one's own."""
        place = self.place(request, id, Level.MAINTAIN)
        fields = self.given()
        role = _ROLES[fields["access_level"]]
        if place.entity.organization_id == GITLAB_COM_PUBLIC and not may_ask_who(request._request):
            raise Throttled(wait=HOUR.total_seconds())
        added = add(place.entity, fields.get("user_id") or fields["username"], role, by=place.level)
        return Response(_shown([{"user_id": added.pk, "role": role}])[0], 201)


class AllMembersView(_OfGroupOrProject):
    """The direct and the inherited members."""

    @takes(Numbered, responses=MemberSerializer(many=True))
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """List them, the direct ones first; users who are members of several groups are there once for each."""
        entity: Namespace | Project = self.place(request, id, Level.REPORT).entity
        return page_of(self, members_of(entity), _shown)


class MemberView(_OfGroupOrProject):
    """One direct member."""

    @takes(responses=MemberSerializer)
    def get(self, request: Request, id: str, user_id: str) -> Response:  # noqa: A002
        """Return the member."""
        return Response(self._shown(self.place(request, id, Level.REPORT), user_id))

    @takes(body=ChangedMember, responses=MemberSerializer)
    def put(self, request: Request, id: str, user_id: str) -> Response:  # noqa: A002
        """Give the member a role that is no higher than one's own."""
        place = self.place(request, id, Level.MAINTAIN)
        role = _ROLES[self.given()["access_level"]]
        change_role(place.entity, number_of(user_id), role, by=place.level)
        return Response(self._shown(place, user_id))

    @takes(responses={204: None})
    def delete(self, request: Request, id: str, user_id: str) -> Response:  # noqa: A002
        """End the membership; everybody may end their own."""
        leaving = number_of(user_id) == request.user.pk
        place = self.place(request, id, Level.REPORT if leaving else Level.MAINTAIN)
        remove(place.entity, number_of(user_id), by=place.level, leaving=leaving)
        return Response(status=204)

    def _shown(self, place: Place[Any], user_id: str) -> Any:
        found = _shown(place.entity.members.filter(user_id=number_of(user_id)).values("user_id", "role"))
        if not found:
            raise Http404("no such member")
        return found[0]


def _shown(rows: Sequence[Any]) -> Any:
    """Members as JSON; people who are gone are left out."""
    known = people(row["user_id"] for row in rows)
    members = [
        {
            "id": user.pk,
            "username": user.username,
            "name": user.name,
            "access_level": ACCESS_LEVELS[row["role"]],
        }
        for row in rows
        if (user := known.get(row["user_id"]))
    ]
    return MemberSerializer(members, many=True).data
