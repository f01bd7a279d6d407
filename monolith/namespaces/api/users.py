"""`/api/v4/users`: the people whom the user who asks may know of. Any pod serves it: people are shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.api.ignored import OF_USERS
from monolith.namespaces.api.pages import Listed, page_of
from monolith.namespaces.api.places import number_of
from monolith.namespaces.api.serializers import PersonSerializer
from organizations.members.models import Membership
from organizations.members.viewer import Viewer, viewer_of
from organizations.models import GITLAB_COM_PUBLIC
from users.api.inputs import takes
from users.api.private import FOR_PEOPLE, PrivateView
from users.lookup import named
from users.models import User


class Users(Listed):
    """Which users."""

    ignored = OF_USERS

    username = serializers.CharField(max_length=255, required=False, help_text="Only the one with this username.")
    search = serializers.CharField(
        max_length=255, required=False, help_text="Only those with this text in their name or username."
    )
    active = serializers.BooleanField(default=False, required=False, help_text="Only active users.")
    blocked = serializers.BooleanField(default=False, required=False, help_text="Only deactivated users.")


class UsersView(PrivateView):
    """The user who asks, and those who belong to one of their organizations."""

    permission_classes = FOR_PEOPLE

    @takes(Users, responses=PersonSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List them, the newest first."""
        rows, asked = known_to(viewer_of(request.user)), self.asked
        if "username" in asked:
            rows = rows.filter(pk__in=named(asked["username"]).values("pk"))
        if "search" in asked:
            rows = rows.filter(Q(username__icontains=asked["search"]) | Q(name__icontains=asked["search"]))
        for name, is_active in (("active", True), ("blocked", False)):
            if asked[name]:
                rows = rows.filter(is_active=is_active)
        return page_of(self, rows.order_by("-pk"), _shown)


class UserView(PrivateView):
    """One user."""

    permission_classes = FOR_PEOPLE

    @takes(responses=PersonSerializer)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  (as the URL names it)
        """Return them."""
        found = known_to(viewer_of(request.user)).filter(pk=number_of(id)).first()
        if found is None:
            raise Http404("no such user, or nobody they know")
        return Response(_shown([found])[0])


def known_to(viewer: Viewer) -> QuerySet[User]:
    """Return the users whom a person may list: themselves, and the members of their organizations.

    Other users of GitLab.com Public are not listed, so that nobody learns who has an account.
    """
    if viewer.administrator:
        return User.objects.all()
    organizations = viewer.organizations - {GITLAB_COM_PUBLIC} - viewer.guest_of
    colleagues = Membership.objects.filter(organization_id__in=organizations).values("user_id")
    return User.objects.filter(Q(pk=viewer.user_id) | Q(pk__in=colleagues))


def _shown(users: Sequence[User]) -> Any:
    return PersonSerializer(users, many=True).data
