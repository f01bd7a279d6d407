"""Pages for signed-in users."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from users.models import User


def person(request: HttpRequest) -> User:
    """Return the signed-in user; raises `Http404` for visitors, who are then redirected to sign in."""
    user = request.user
    if not isinstance(user, User):
        raise Http404("nobody is signed in")
    return user
