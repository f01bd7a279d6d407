"""`/api/v4/user`: the user who asks."""

from __future__ import annotations

from typing import cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from pods import asked_address
from users.api.inputs import takes
from users.api.private import PrivateView
from users.models import User


class UserSerializer(serializers.ModelSerializer[User]):
    """A user, as they see themselves."""

    state = serializers.SerializerMethodField()
    avatar_url = serializers.SerializerMethodField()
    web_url = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="date_joined")
    is_admin = serializers.BooleanField(source="is_superuser")

    class Meta:
        model = User
        fields = ("id", "username", "name", "email", "state", "avatar_url", "web_url", "created_at", "is_admin")

    @extend_schema_field(serializers.ChoiceField(["active", "deactivated"]))
    def get_state(self, user: User) -> str:
        """Whether the account is active."""
        return "active" if user.is_active else "deactivated"

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_avatar_url(self, user: User) -> None:
        """There are no avatars."""
        return

    def get_web_url(self, user: User) -> str:
        """The URL of their page."""
        return f"{asked_address.site()}/{user.username}"


class CurrentUserView(PrivateView):
    """The user whom the token or session belongs to."""

    permission_classes = (IsAuthenticated,)

    @takes(
        operation_id="current_user",
        summary="Get the current user",
        description="Returns the user that the token or session belongs to. 401 without one.",
        responses=UserSerializer,
    )
    def get(self, request: Request) -> Response:
        """Return the user."""
        return Response(UserSerializer(cast(User, request.user)).data)
