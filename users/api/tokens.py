"""`/api/v4/personal_access_tokens`: the access tokens of the user who asks. They are shown without their secret."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from users.api.access_tokens import AccessTokenSerializer
from users.api.inputs import takes
from users.api.private import FOR_PEOPLE, PrivateView
from users.models import PersonalAccessToken, User

STATES = ("active", "inactive")


class Tokens(serializers.Serializer[Any]):
    """Which access tokens."""

    state = serializers.ChoiceField(
        STATES, required=False, help_text="Only those that work (active), or do not (inactive)."
    )
    revoked = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Only those that were revoked, or were not."
    )
    search = serializers.CharField(max_length=255, required=False, help_text="Only those with this text in their name.")
    user_id = serializers.IntegerField(required=False, help_text="Your own id: tokens of others are not listed.")
    page = serializers.IntegerField(required=False, min_value=1, max_value=1000, default=1, help_text="The page.")
    per_page = serializers.IntegerField(
        required=False, min_value=1, max_value=100, default=20, help_text="Items on a page, from 1 to 100."
    )


class TokensView(PrivateView):
    """The user's tokens."""

    permission_classes = FOR_PEOPLE

    @takes(Tokens, operation_id="tokens_list", responses=AccessTokenSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List them, the newest first."""
        rows, asked = _mine(request), self.asked
        if asked.get("user_id", request.user.pk) != request.user.pk:
            rows = rows.none()
        if asked["revoked"] is not None:
            rows = rows.filter(revoked_at__isnull=not asked["revoked"])
        if "search" in asked:
            rows = rows.filter(name__icontains=asked["search"])
        if "state" in asked:
            works = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=Now()))
            rows = rows.filter(works if asked["state"] == "active" else ~works)
        first = (asked["page"] - 1) * asked["per_page"]
        page = rows.order_by("-pk")[first : first + asked["per_page"]]
        return Response(AccessTokenSerializer(page, many=True).data, headers=_headers(asked, rows.count()))


class _OneTokenView(PrivateView):
    def answer(self, token: PersonalAccessToken) -> Response:
        """The token as JSON."""
        return Response(AccessTokenSerializer(token).data)

    def revoke(self, request: Request, token: PersonalAccessToken) -> Response:
        """Revoke it. Raises `PermissionDenied` for a session: pages ask for the password first."""
        if request.auth is None:
            raise PermissionDenied("tokens are revoked with a token, or on the page of tokens")
        token.revoke()
        return Response(status=204)


class TokenView(_OneTokenView):
    """One of the user's tokens."""

    permission_classes = FOR_PEOPLE

    @takes(operation_id="token", responses=AccessTokenSerializer)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  (as the URL names it)
        """Return it."""
        return self.answer(_found(request, id))

    @takes(operation_id="token_revoke", responses={204: None})
    def delete(self, request: Request, id: str) -> Response:  # noqa: A002
        """Revoke it."""
        return self.revoke(request, _found(request, id))


def _mine(request: Request) -> QuerySet[PersonalAccessToken]:
    """The user's tokens; with a token that is limited to one organization, those with the same limit."""
    user = cast(User, request.user)
    mine = PersonalAccessToken.objects.filter(user=user)
    return mine if user.limited_to is None else mine.filter(organization_id=user.limited_to)


def _found(request: Request, key: str) -> PersonalAccessToken:
    found = _mine(request).filter(pk=int(key)).first() if key.isascii() and key.isdigit() and len(key) < 17 else None
    if found is None:
        raise Http404("no such token of theirs")
    return found


def _headers(asked: Any, total: int) -> dict[str, str]:
    page, size = asked["page"], asked["per_page"]
    pages = max(1, -(-total // size))
    return {
        "X-Page": str(page),
        "X-Per-Page": str(size),
        "X-Total": str(total),
        "X-Total-Pages": str(pages),
        "X-Next-Page": str(page + 1) if page < pages else "",
        "X-Prev-Page": str(page - 1) if page > 1 else "",
    }
