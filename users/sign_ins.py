"""Sign-ins: a row for each session, so that users see their sessions and can end one.

When a session was last used is noted at most once in `NOTED_AFTER`, and never by
a primary that cannot be reached: reading a page writes nothing before it is sent.
"""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from cachetools import TTLCache
from django.contrib import auth
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.models import Session
from django.db import InterfaceError, OperationalError
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from schemas.afterwards import afterwards
from schemas.positions import announce
from schemas.together import delete, insert, together
from users.lockout import address_of
from users.models import SignIn, User
from users.sessions import FORGOTTEN_AT_ONCE, SessionStore, forget_expired

NOTED_AFTER = timedelta(hours=1)
MOST_KNOWN = 10_000
MOST_LISTED = 50
LONGEST_BROWSER = 255

# In this order: each names itself after those below it, too.
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
_SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux")


# The sessions whose row this process has looked at lately.
_looked_at: TTLCache[str, None] = TTLCache(MOST_KNOWN, NOTED_AFTER.total_seconds())
_looked_at_lock = threading.Lock()


def _is_due(key: str) -> bool:
    """Return whether to look at a session's row again; if so, it counts as done."""
    with _looked_at_lock:
        if key in _looked_at:
            return False
        _looked_at[key] = None
    return True


@dataclass(frozen=True)
class Listed:
    """A session as its user sees it."""

    sign_in: SignIn
    is_this_one: bool

    @property
    def browser(self) -> str:
        """Such as `Firefox on Linux`."""
        return called(self.sign_in.browser)


def sign_in(request: HttpRequest, user: User, backend: str | None = None) -> None:
    """Start a session of a user, in one trip to the primary."""
    with together("users"):
        auth.login(request, user, backend)
        forget_expired()
        request.session.save()


def sign_out(request: HttpRequest) -> None:
    """End the session of a request, in one trip to the primary."""
    with together("users"):
        auth.logout(request)


@receiver(user_logged_in, dispatch_uid="users.sign_ins")
def note(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Record a new session."""
    session = cast(SessionStore, request.session)
    if session.session_key is None:
        session.create()
    now = timezone.now()
    record = SignIn(
        user=user,
        session_key=str(session.session_key),
        browser=request.META.get("HTTP_USER_AGENT", "")[:LONGEST_BROWSER],
        address=address_of(request),
        last_seen_at=now,
        expires_at=session.get_expiry_date(),
    )
    over = SignIn.objects.using("users").filter(expires_at__lt=now).order_by("expires_at")
    some = over.select_for_update(skip_locked=True).values("pk")[:FORGOTTEN_AT_ONCE]
    with together("users"):
        insert(record)
        delete(SignIn.objects.using("users").filter(pk__in=some))


@receiver(user_logged_out, dispatch_uid="users.sign_ins")
def forget(request: HttpRequest, **kwargs: Any) -> None:
    """Delete the record of a session."""
    delete(SignIn.objects.using("users").filter(session_key=request.session.session_key or ""))


def carry_on(old_key: str | None, new_key: str | None) -> None:
    """Move the record of a session to its new key."""
    SignIn.objects.filter(session_key=old_key or "").update(session_key=new_key)


def seen(session: SessionStore) -> None:
    """Note that a session is being used."""
    key = session.session_key
    if key is None or not _is_due(key):
        return
    long_ago = timezone.now() - NOTED_AFTER
    with suppress(OperationalError, InterfaceError):
        noted = SignIn.objects.filter(session_key=key).values_list("last_seen_at", flat=True).first()
        if noted is not None and noted < long_ago:
            fresh = {"last_seen_at": timezone.now(), "expires_at": session.get_expiry_date()}
            afterwards(lambda: SignIn.objects.filter(session_key=key, last_seen_at__lt=long_ago).update(**fresh))


def sessions_of(user: User, session: SessionStore) -> list[Listed]:
    """Return a user's sessions, the current one first, then by last use."""
    mine = list(SignIn.objects.filter(user=user).order_by("-last_seen_at")[:MOST_LISTED])
    alive = Session.objects.filter(pk__in=[each.session_key for each in mine], expire_date__gt=timezone.now())
    fitting = {row.session_key for row in alive if _fits(row, user)}
    listed = [Listed(each, each.session_key == session.session_key) for each in mine if each.session_key in fitting]
    return sorted(listed, key=lambda each: not each.is_this_one)


def end(user: User, sign_in_id: int) -> str | None:
    """End one of a user's sessions, everywhere by the time the response arrives. Return its key, or None when they have
    none with this id.
    """
    announce("users")
    found = SignIn.objects.using("users").filter(user=user, pk=sign_in_id).first()
    if found is None:
        return None
    with together("users"):
        SessionStore().delete(found.session_key)
        delete(SignIn.objects.using("users").filter(pk=found.pk))
    return found.session_key


def called(browser: str) -> str:
    """Return a browser's common name, by its User-Agent."""
    by = next((name for sign, name in _BROWSERS.items() if re.search(rf"\b{sign}/", browser)), "A browser")
    on = next((name for name in _SYSTEMS if name in browser), "")
    return f"{by} on {on}" if on else by


def _fits(row: Session, user: User) -> bool:
    """Whether a session is newer than the last change of password and the last sign-out everywhere."""
    digest = SessionStore().decode(row.session_data).get(HASH_SESSION_KEY, "")
    return constant_time_compare(digest, user.get_session_auth_hash())
