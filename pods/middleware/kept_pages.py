"""Pages that a browser must not keep: what a user saw while signed in must not reappear after they signed out.

A browser shows a page again when one goes back, without asking, unless it was told not to store it
(RFC 9111, 5.2.2.5; browsers heed it for the pages that they keep in memory too).
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import has_vary_header

NOBODY_KEEPS_IT = "private, no-store"


class KeptPagesMiddleware:
    """Lets nobody keep what a session decided, unless the view said something else.

    Stands before Django's session middleware, which tells by `Vary` whether anybody looked at the session: asking
    for the person here could need a database that cannot be reached.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response, with `Cache-Control` where it depends on a session."""
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and has_vary_header(response, "Cookie"):
            response.headers.setdefault("Cache-Control", NOBODY_KEEPS_IT)
        return response
