"""Rate limits, counted for all pods together on the primary of `users`."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.db import connections
from django.http import HttpRequest, HttpResponse

from admin_settings.in_force import in_force
from schemas import saved
from users.models import User
from users.networks import network_of

HOUR = timedelta(hours=1)
# Each new count deletes some expired ones, so that the table stays as small as an hour's visitors.
SWEPT_AT_ONCE = 10
# One statement is one trip to the primary. The row that is being counted is not for the broom, expired or not.
_COUNT = """
    WITH counted AS (
        INSERT INTO rate_limits AS known (key, tries, ends_at)
        VALUES (%(key)s, 1, now() + make_interval(secs => %(seconds)s))
        ON CONFLICT (key) DO UPDATE SET
            tries = CASE WHEN known.ends_at > now() THEN least(known.tries + 1, %(most)s + 1) ELSE 1 END,
            ends_at = CASE WHEN known.ends_at > now() THEN known.ends_at ELSE excluded.ends_at END
        RETURNING tries
    ), swept AS (
        DELETE FROM rate_limits WHERE key IN (
            SELECT key FROM rate_limits
            WHERE ends_at <= now() AND key <> %(key)s AND (SELECT tries FROM counted) = 1
            ORDER BY ends_at LIMIT %(swept)s FOR UPDATE SKIP LOCKED)
    )
    SELECT tries FROM counted
"""
TOO_MANY_QUESTIONS = "You have looked up too many people. Wait an hour, then try again."


def is_within(what: str, who: str, most: int, within: timedelta = HOUR) -> bool:
    """Count one more attempt of `who` (an address or a name); False after `most` attempts until
    `within` has passed since the first.
    """
    with saved.uncounted(), connections["users"].cursor() as cursor:
        cursor.execute(
            _COUNT,
            {"key": _key(what, who), "seconds": within.total_seconds(), "most": most, "swept": SWEPT_AT_ONCE},
        )
        (tries,) = cursor.fetchone()
    return bool(tries <= most)


def may_ask_who(request: HttpRequest) -> bool:
    """Count one more answer that reveals whether an account has a username or email address; False when it is over the
    limit.

    Of a person by the setting `people_an_hour`, of a network where nobody is signed in by `sign_ups_an_hour`. Ask
    before anything is looked up: a client over the limit gets no answer.
    """
    user = request.user
    if isinstance(user, User):
        return is_within("who", f"person:{user.pk}", in_force().people_an_hour)
    return is_within("who", f"network:{network_of(request)}", in_force().sign_ups_an_hour)


def is_exhausted(what: str, who: str, most: int) -> bool:
    """Whether `is_within` has counted `most` tries already; counts none."""
    with connections["users"].cursor() as cursor:
        cursor.execute(
            "SELECT tries >= %s FROM rate_limits WHERE key = %s AND ends_at > now()", [most, _key(what, who)]
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def told_when(response: HttpResponse, wait: timedelta = HOUR) -> HttpResponse:
    """Add `Retry-After` to the response for a client over a limit; its page says the same to people."""
    response["Retry-After"] = str(int(wait.total_seconds()))
    return response


def _key(what: str, who: str) -> str:
    return hashlib.sha256(f"{what}:{who}".encode()).hexdigest()
