"""`/api/v4/user`: the user who asks."""

from __future__ import annotations

from typing import cast

from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from users.api.inputs import takes
from users.api.private import PrivateView
from users.models import User


class UserSerializer(serializers.ModelSerializer[User]):
    """A user, as they see themselves."""

    class Meta:
        model = User
        fields = ("id", "username", "name", "email")


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
