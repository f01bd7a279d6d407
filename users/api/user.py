"""`/api/v4/user`: who one is."""

from __future__ import annotations

from typing import cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from users.api.private import PrivateView
from users.models import User


class UserSerializer(serializers.ModelSerializer[User]):
    """A person, as they see themselves."""

    class Meta:
        model = User
        fields = ("id", "username", "name", "email")


class CurrentUserView(PrivateView):
    """The person whom the token stands for."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="current_user", summary="Who one is", responses=UserSerializer)
    def get(self, request: Request) -> Response:
        """That person."""
        return Response(UserSerializer(cast(User, request.user)).data)
