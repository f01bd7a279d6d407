"""The members of groups and projects; roles are numbers, as in GitLab's API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.api.inputs import MOST_ID
from monolith.namespaces.api.pages import Listed, Numbered, page_of
from monolith.namespaces.api.places import group_at, number_of, project_at
from monolith.namespaces.api.serializers import PersonSerializer
from monolith.namespaces.api.shown import ACCESS_LEVELS
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
from users.models import User

_ROLES = {number: role for role, number in ACCESS_LEVELS.items()}
_LEVELS = [(number, Role(role).label) for role, number in ACCESS_LEVELS.items()]

EXPIRES_AT = serializers.DateField(
    required=False, allow_null=True, help_text="The day when the membership ends, at its beginning (UTC)."
)
_COLUMNS = ("user_id", "role", "expires_at", "created_at")


class MemberSerializer(PersonSerializer):
    """A member of a group or project."""

    access_level = serializers.SerializerMethodField()
    expires_at = serializers.SerializerMethodField()
    created_at = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = (*PersonSerializer.Meta.fields, "access_level", "expires_at", "created_at")

    @extend_schema_field(serializers.ChoiceField(_LEVELS))
    def get_access_level(self, user: User) -> int:
        """The role."""
        return ACCESS_LEVELS[self.context["row"]["role"]]

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_expires_at(self, user: User) -> Any:
        """The day when the membership ends, at its beginning; null for never."""
        day = self.context["row"]["expires_at"]
        return day and day.isoformat()

    @extend_schema_field(serializers.DateTimeField())
    def get_created_at(self, user: User) -> Any:
        """When the user became a member."""
        return serializers.DateTimeField().to_representation(self.context["row"]["created_at"])


class NewMember(serializers.Serializer[Any]):
    """A user of the organization, by `user_id` or `username`, and the role to give them."""

    user_id = serializers.IntegerField(min_value=1, max_value=MOST_ID, required=False)
    username = serializers.CharField(max_length=255, required=False)
    access_level = serializers.ChoiceField(_LEVELS)
    expires_at = EXPIRES_AT

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a username or an id."""
        if not attrs.keys() & {"user_id", "username"}:
            raise ValidationError({"username": ["Give a username or a user_id."]})
        return attrs


class ChangedMember(serializers.Serializer[Any]):
    """The new role of a member."""

    access_level = serializers.ChoiceField(_LEVELS)
    expires_at = EXPIRES_AT


class _OfGroupOrProject(ProjectsView):
    permission_classes = FOR_PEOPLE
    of_project = True

    def place(self, request: Request, key: str, level: Level) -> Place[Any]:
        """The group or project, for those who go as far as this."""
        return project_at(request, key, level) if self.of_project else group_at(request, key, level)

    def member(self, place: Place[Any], user_id: str) -> Any:
        """One direct member as JSON. Raises `Http404`."""
        found = _shown(place.entity.members.filter(user_id=number_of(user_id)).values(*_COLUMNS))
        if not found:
            raise Http404("no such member")
        return found[0]


class MembersView(_OfGroupOrProject):
    """The direct members."""

    @takes(Listed, responses=MemberSerializer(many=True))
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  (as the URL names it)
        """List them."""
        rows = self.place(request, id, Level.REPORT).entity.members
        return page_of(self, rows.order_by("user_id").values("pk", *_COLUMNS), _shown)

    @takes(body=NewMember, responses={201: MemberSerializer})
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """Add one, in a role that is no higher than one's own."""
        place = self.place(request, id, Level.MAINTAIN)
        fields = self.given()
        role = _ROLES[fields["access_level"]]
        if place.entity.organization_id == GITLAB_COM_PUBLIC and not may_ask_who(request._request):
            raise Throttled(wait=HOUR.total_seconds())
        who, ends = fields.get("user_id") or fields["username"], fields.get("expires_at")
        added = add(place.entity, who, role, by=place.level, expires_at=_to_come(ends))
        return Response(self.member(place, str(added.pk)), 201)


class AllMembersView(_OfGroupOrProject):
    """The direct and the inherited members."""

    @takes(Numbered, responses=MemberSerializer(many=True))
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """List them, the direct ones first; users who are members of several groups are there once for each."""
        entity: Namespace | Project = self.place(request, id, Level.REPORT).entity
        return page_of(self, members_of(entity), _shown)


class AnyMemberView(_OfGroupOrProject):
    """One direct or inherited member."""

    @takes(responses=MemberSerializer)
    def get(self, request: Request, id: str, user_id: str) -> Response:  # noqa: A002
        """Return the member with the highest of their roles."""
        entity: Namespace | Project = self.place(request, id, Level.REPORT).entity
        rows = members_of(entity, number_of(user_id))
        found = _shown(sorted(rows, key=lambda row: -ACCESS_LEVELS[row["role"]])[:1])
        if not found:
            raise Http404("no such member")
        return Response(found[0])


class MemberView(_OfGroupOrProject):
    """One direct member."""

    @takes(responses=MemberSerializer)
    def get(self, request: Request, id: str, user_id: str) -> Response:  # noqa: A002
        """Return the member."""
        return Response(self.member(self.place(request, id, Level.REPORT), user_id))

    @takes(body=ChangedMember, responses=MemberSerializer)
    def put(self, request: Request, id: str, user_id: str) -> Response:  # noqa: A002
        """Give the member a role that is no higher than one's own."""
        place = self.place(request, id, Level.MAINTAIN)
        fields = self.given()
        role = _ROLES[fields.pop("access_level")]
        _to_come(fields.get("expires_at"))
        change_role(place.entity, number_of(user_id), role, by=place.level, **fields)
        return Response(self.member(place, user_id))

    @takes(responses={204: None})
    def delete(self, request: Request, id: str, user_id: str) -> Response:  # noqa: A002
        """End the membership; everybody may end their own."""
        leaving = number_of(user_id) == request.user.pk
        place = self.place(request, id, Level.READ if leaving else Level.MAINTAIN)
        remove(place.entity, number_of(user_id), by=place.level, leaving=leaving)
        return Response(status=204)


def _shown(rows: Sequence[Any]) -> Any:
    """Members as JSON; people who are gone are left out."""
    known = people(row["user_id"] for row in rows)
    members = ((known.get(row["user_id"]), row) for row in rows)
    return [MemberSerializer(user, context={"row": row}).data for user, row in members if user]


def _to_come(day: date | None) -> date | None:
    """Return the day. Raises `ValidationError` when it has begun already."""
    if day is not None and day <= timezone.now().date():
        raise ValidationError({"expires_at": ["Must be a day to come."]})
    return day
