"""The user of a request: by session or, in the API, by token. A lagging replica cannot sign anyone out.

Django's `get_user` ends the session when the user's row does not fit it. A row
that is older than the session does not fit, so a misfit is judged again on the
primary.
"""

from __future__ import annotations

from functools import partial
from typing import cast

from django.conf import settings
from django.contrib import auth
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from schemas.pinning import is_pinned, pin
from users.models import PersonalAccessToken, User
from users.power import withhold
from users.sessions import SessionStore
from users.sign_ins import seen

API = "/api/"
# The backend that sessions are created with: the others only decide who may try.
BACKEND = "django.contrib.auth.backends.ModelBackend"


class AuthenticationMiddleware(MiddlewareMixin):
    """Like Django's: `request.user` is looked up on first use."""

    def process_request(self, request: HttpRequest) -> None:
        """Set `request.user`."""
        request.user = cast(User, SimpleLazyObject(partial(person_of, request)))


def person_of(request: HttpRequest) -> User | AnonymousUser:
    """Return the signed-in user; anonymous when only the primary could decide and it cannot be reached."""
    token = token_of(request)
    if token is not None:
        return PersonalAccessToken.user_of(token) or AnonymousUser()
    session = cast(SessionStore, request.session)
    if SESSION_KEY not in session:
        return AnonymousUser()
    user = _fitting(session)
    if user is not None:
        seen(session)
        withhold(request, user)
        return user
    found = _by_the_primary(request)
    if isinstance(found, User):
        withhold(request, found)
    return found


def caller_of(request: HttpRequest) -> User | None:
    """Return whose token or session a request has, as far as `users` says now; None for visitors.

    For what is decided before anything is processed: it writes nothing, and needs no session of the request.
    """
    token = token_of(request)
    if token is not None:
        return PersonalAccessToken.user_of(token, note=False)
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    session = SessionStore(key)
    if key is None or SESSION_KEY not in session:
        return None
    user = _fitting(session)
    if user is None and not is_pinned("users"):
        # As in `person_of`: the row may be older than the session.
        pin("users")
        user = _fitting(session)
    return user


def _by_the_primary(request: HttpRequest) -> User | AnonymousUser:
    """As Django finds them; nobody when a primary that was not asked yet does not answer."""
    if is_pinned("users"):
        return auth.get_user(request)
    pin("users")
    try:
        return auth.get_user(request)
    except (OperationalError, InterfaceError):
        return AnonymousUser()


def token_of(request: HttpRequest) -> str | None:
    """Return the personal access token of a request, valid or not; None outside of the API or without one."""
    if not request.path.startswith(API):
        return None
    token: str | None = request.META.get("HTTP_PRIVATE_TOKEN")
    scheme, _, bearer = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token if token is not None else bearer.strip() if scheme.lower() == "bearer" else None


def _fitting(session: SessionStore) -> User | None:
    """Return the user of a session, if the session's hash matches the row."""
    backend = auth.load_backend(session[BACKEND_SESSION_KEY])
    user = backend.get_user(session[SESSION_KEY])
    if user is None:
        return None
    fits = constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    return user if fits else None
