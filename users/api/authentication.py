"""Who asks the API: by token, or from a page of ours by session."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from users.authentication import token_of
from users.models import User


class TokenOrSession(BaseAuthentication):
    """What `users.authentication` found out. A session counts only with the form's own code (CSRF), a token without."""

    def authenticate(self, request: Request) -> tuple[User, str | None] | None:
        """The person and their token; None for visitors. Raises `AuthenticationFailed` for a token of no use."""
        token, user = token_of(request._request), request._request.user
        if token is not None:
            if not isinstance(user, User):
                raise AuthenticationFailed("this token is unknown, expired or revoked")
            return user, token
        if not isinstance(user, User):
            return None
        SessionAuthentication().enforce_csrf(request)
        return user, None

    def authenticate_header(self, request: Request) -> str:
        """What makes the refusal a 401 (RFC 9110, 11.6.1)."""
        return "Bearer"
