"""Pages for people who are signed in."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from users.models import User


def person(request: HttpRequest) -> User:
    """Who asks; raises `Http404` for a visitor, who is sent to sign-in therefore."""
    user = request.user
    if not isinstance(user, User):
        raise Http404("nobody is signed in")
    return user
