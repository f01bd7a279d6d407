"""Access tokens through the API: make one, look at the one that is used, revoke it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from django.http import Http404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from admin_settings.in_force import in_force
from users.api.inputs import takes
from users.api.private import FOR_PEOPLE, PrivateView
from users.models import PersonalAccessToken, User
from users.reauthentication import is_fresh
from users.tokens import MOST_TOKENS, limits_of, tokens_that_work

MOST_ID = 2**53
UNCONFIRMED = "Confirm your password at /-/profile/confirm, then send the request again; or use an access token."


class AccessTokenSerializer(serializers.ModelSerializer[PersonalAccessToken]):
    """An access token, without its secret."""

    scopes = serializers.SerializerMethodField()
    revoked = serializers.SerializerMethodField()
    active = serializers.SerializerMethodField()
    expires_at = serializers.SerializerMethodField(help_text="The last day, as in GitLab.")

    class Meta:
        model = PersonalAccessToken
        fields = (
            *("id", "name", "revoked", "created_at", "scopes", "user_id", "last_used_at", "active", "expires_at"),
            "organization_id",
        )

    def get_scopes(self, token: PersonalAccessToken) -> list[str]:
        """Its one scope."""
        return [token.scope]

    def get_revoked(self, token: PersonalAccessToken) -> bool:
        """Whether it was revoked."""
        return token.revoked_at is not None

    def get_active(self, token: PersonalAccessToken) -> bool:
        """Whether it still works."""
        return token.revoked_at is None and (token.expires_at is None or token.expires_at > timezone.now())

    def get_expires_at(self, token: PersonalAccessToken) -> date | None:
        """The day on which it expires."""
        return token.expires_at.date() if token.expires_at else None


class MadeTokenSerializer(AccessTokenSerializer):
    """An access token with its secret, which is told once."""

    token = serializers.CharField()

    class Meta:
        model = PersonalAccessToken
        fields = (*AccessTokenSerializer.Meta.fields, "token")


class NewAccessToken(serializers.Serializer[Any]):
    """A new access token of your own."""

    name = serializers.CharField(max_length=255)
    scopes = serializers.ListField(child=serializers.ChoiceField(PersonalAccessToken.Scope.choices), allow_empty=False)
    expires_at = serializers.DateField(
        required=False,
        help_text="It expires at the beginning of this day (UTC); if not given, as late as is allowed.",
    )
    organization_id = serializers.IntegerField(
        min_value=1,
        max_value=MOST_ID,
        required=False,
        allow_null=True,
        help_text="The id of one of your organizations: the token sees nothing of any other.",
    )


class UserAccessTokensView(PrivateView):
    """One's own tokens."""

    permission_classes = FOR_PEOPLE

    @takes(
        body=NewAccessToken,
        operation_id="create_access_token",
        summary="Create an access token",
        description="Creates an access token for you and returns it; it cannot be read again. With `organization_id`, "
        "the token sees nothing of any other organization. A limited token creates only tokens with the same limit, "
        "and no token creates one that outlives itself. 403 for a session that has not confirmed its password.",
        responses={201: MadeTokenSerializer},
    )
    def post(self, request: Request) -> Response:
        """Create one."""
        user, maker = cast(User, request.user), _used(request)
        if maker is None and not is_fresh(request._request):
            raise PermissionDenied(UNCONFIRMED)
        fields = self.given()
        if tokens_that_work(user).using("users").count() >= MOST_TOKENS:
            raise ValidationError({"name": [f"You already have {MOST_TOKENS} tokens, which is the limit."]})
        organization_id = _limit(user, fields.get("organization_id"))
        lifetime = _lifetime(fields.get("expires_at"), maker)
        scope = "api" if "api" in fields["scopes"] else "read_api"
        token = PersonalAccessToken.issue(user, fields["name"], lifetime, scope, organization_id)
        made = PersonalAccessToken.objects.using("users").get(digest=PersonalAccessToken.digest_of(token))
        made.token = token  # type: ignore[attr-defined]
        return Response(MadeTokenSerializer(made).data, 201)


class UsedTokenView(PrivateView):
    """The token of the request. One that only reads may revoke itself, too."""

    permission_classes = (IsAuthenticated,)

    @takes(
        operation_id="used_access_token",
        summary="Get the access token in use",
        description="Returns the access token that the request is sent with. 404 for a session.",
        responses=AccessTokenSerializer,
    )
    def get(self, request: Request) -> Response:
        """Return it."""
        return Response(AccessTokenSerializer(_used_or_absent(request)).data)

    @takes(
        operation_id="revoke_used_access_token",
        summary="Revoke the access token in use",
        description="Revokes the access token that the request is sent with. 404 for a session.",
        responses={204: None},
    )
    def delete(self, request: Request) -> Response:
        """Revoke it."""
        _used_or_absent(request).revoke()
        return Response(status=204)


def _used(request: Request) -> PersonalAccessToken | None:
    """The row of the request's token; None for a session."""
    if request.auth is None:
        return None
    digest = PersonalAccessToken.digest_of(str(request.auth))
    return PersonalAccessToken.objects.filter(digest=digest).first()


def _used_or_absent(request: Request) -> PersonalAccessToken:
    used = _used(request)
    if used is None:
        raise Http404("a session has no token")
    return used


def _limit(user: User, asked: int | None) -> int | None:
    """The organization to limit a new token to. Raises `ValidationError`."""
    if user.limited_to is not None and asked in {None, user.limited_to}:
        return user.limited_to
    if asked is not None and (user.limited_to is not None or asked not in limits_of(user)):
        raise ValidationError({"organization_id": ["Give the id of one of your organizations."]})
    return asked


def _lifetime(expires: date | None, maker: PersonalAccessToken | None) -> timedelta:
    """How long a new token works. Raises `ValidationError`."""
    now = timezone.now()
    latest = now + timedelta(days=in_force().access_token_days)
    if maker is not None and maker.expires_at is not None:
        latest = min(latest, maker.expires_at)
    ends = datetime.combine(expires, time(), UTC) if expires else latest
    if not now < ends <= latest:
        raise ValidationError({"expires_at": [f"Must be a day after today, and at the latest {latest.date()}."]})
    return ends - now
