"""Sessions in the `users` schema, known to every pod. A lagging replica cannot end them.

`SESSION_ENGINE`. Django's own store believes a miss, and its middleware then
deletes the cookie: on a replica that is behind, people would be signed out for
good. Here a miss is confirmed on the primary, and nothing is deleted while that
one cannot be asked. A key carries a code that proves that we made it, so that
made-up cookies cost no query at all.
"""

from __future__ import annotations

import threading
from typing import Any

from cachetools import LRUCache
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from admin_settings.in_force import in_force
from schemas.freshness import demand
from schemas.pinning import is_pinned, pin, use_primary_db
from schemas.together import delete, together

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
RANDOM_LENGTH = 24
CODE_LENGTH = 16  # hexadecimal digits; 40 with the random part, as wide as the column
MOST_GONE = 10_000
FORGOTTEN_AT_ONCE = 10
HOUR_SECONDS = 3600


# Keys that the primary does not have. Keys are random, so they never come back.
_gone: LRUCache[str, None] = LRUCache(MOST_GONE)
_gone_lock = threading.Lock()


class SessionUnconfirmed(OperationalError):
    """It is not known at the moment whether the session exists; try again later."""


class SessionStore(DatabaseStore):
    """A user's session."""

    # Of Django's class, not of its stubs.
    _session: dict[str, Any]
    _session_cache: dict[str, Any]

    _unconfirmed = False
    _has_row = True
    _saved: dict[str, Any] | None = None
    """What the row holds, if this object has written it."""

    def get_session_cookie_age(self) -> int:
        """Return the lifetime of a new session, in seconds."""
        return in_force().session_hours * HOUR_SECONDS

    def _get_new_session_key(self) -> str:
        random = get_random_string(RANDOM_LENGTH, ALPHABET)
        return random + code_of(random)

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key) and is_ours(str(key))

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        """The session's row, by the replica or, when that has none, by the primary; None when it is gone."""
        key = self.session_key
        session: AbstractBaseSession | None
        if key is None or key in _gone:
            self._session_key = None
            return None
        demand("users", in_force().session_replica_seconds)
        if not is_pinned("users"):
            session = self._found(key)
            if session:
                return session
        try:
            with use_primary_db("users"):
                session = self._found(key)
        except (OperationalError, InterfaceError):
            self._unconfirmed = True
            return None
        if session is None:
            with _gone_lock:
                _gone[key] = None
            self._session_key = None
            return None
        # The user's row has to be as new as the session.
        pin("users")
        return session

    def _found(self, key: str) -> AbstractBaseSession | None:
        found: AbstractBaseSession | None = self.model.objects.filter(
            session_key=key, expire_date__gt=timezone.now()
        ).first()
        return found

    def create(self) -> None:
        """A new key; its row comes with `save`, in one statement with all that the session holds by then."""
        self._session_cache = self._session
        self._session_key = self._get_new_session_key()
        self._has_row = False
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Write the row. A single statement, not Django's transaction, which costs two more trips to the primary.

        Raises `UpdateError` when the session had one that is gone: it was ended meanwhile.
        """
        if self.session_key is None:
            self.create()
        new = must_create or not self._has_row
        if not new and self._saved == self._session:
            return
        row = self.create_model_instance(self._session)
        if new:
            row.save(force_insert=True, using="users")
            self._has_row = True
        else:
            mine = Session.objects.using("users").filter(pk=row.pk)
            if not mine.update(session_data=row.session_data, expire_date=row.expire_date):
                raise UpdateError
        self._saved = dict(self._session)

    def confirm(self) -> None:
        """Return when it is known whether there is such a session. Raises `SessionUnconfirmed`."""
        self.keys()
        if self._unconfirmed:
            raise SessionUnconfirmed("the primary of users cannot be reached")

    def delete(self, session_key: str | None = None) -> None:
        """Delete the session, also when the replica does not show it."""
        key = session_key or self.session_key
        if key is not None:
            delete(Session.objects.using("users").filter(pk=key))

    def is_empty(self) -> bool:
        """Whether the cookie may be deleted: not while it is unknown whether the session exists."""
        return not self._unconfirmed and super().is_empty()

    def flush(self) -> None:
        """End the session."""
        if self._unconfirmed:
            self._session_cache = {}
            return
        super().flush()


def forget_expired(most: int = FORGOTTEN_AT_ONCE) -> None:
    """Delete some expired sessions, so that the table does not grow."""
    over = Session.objects.using("users").filter(expire_date__lt=timezone.now()).order_by("expire_date")
    some = over.select_for_update(skip_locked=True).values("pk")[:most]
    with together("users"):
        delete(Session.objects.using("users").filter(pk__in=some))


def code_of(random: str) -> str:
    """The code by which we know a key as one of ours."""
    return salted_hmac("users.sessions", random, algorithm="sha256").hexdigest()[:CODE_LENGTH]


def is_ours(key: str) -> bool:
    """Whether we made this key."""
    random, code = key[:RANDOM_LENGTH], key[RANDOM_LENGTH:]
    return len(code) == CODE_LENGTH and constant_time_compare(code, code_of(random))
