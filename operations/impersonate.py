"""A short session as a given user, for operators who want to see what that user sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import DatabaseError

from operations.exceptions import OperationsError
from operations.hints import command
from topology.words import in_words
from users.authentication import BACKEND
from users.models import User
from users.sessions import SessionStore

LIFETIME = timedelta(minutes=1)


class PersonUnknown(OperationsError):
    """No active user has this username."""


class SessionImpossible(OperationsError):
    """The primary of the users schema does not answer."""


@contextmanager
def session_of(username: str) -> Iterator[str]:
    """Yield a `Cookie` header value that is signed in as `username`; the session ends with the block.

    Raises `PersonUnknown`, `SessionImpossible`.
    """
    session = _made(username)
    try:
        yield f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
    finally:
        with suppress(DatabaseError):
            session.delete()


def _made(username: str) -> SessionStore:
    try:
        return _session(username)
    except DatabaseError as error:
        raise SessionImpossible(
            f"cannot sign in as a user: the users schema does not answer ({in_words(error)}); "
            f"check the cluster with: {command('cluster status')}"
        ) from None


def _session(username: str) -> SessionStore:
    user = User.objects.using("users").filter(username__iexact=username, is_active=True).first()
    if user is None:
        raise PersonUnknown(f"there is no active user {username!r}")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.set_expiry(LIFETIME)
    session.save()
    return session
