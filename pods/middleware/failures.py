"""Answer 503 at once when a database is down, and retry a read whose connection broke."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase

from organizations.members.roles import is_about_the_last_owner
from pods import counters
from pods.outage import close_broken, is_outage
from pods.views.refusals import ONE_OWNER, busy, conflict, moving, reason_of, unavailable
from schemas import pinning
from schemas.gate import was_shut
from users.hashing import HashersBusy

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_log = logging.getLogger(__name__)


class DatabaseFailuresMiddleware:
    """Catches what views raise when a server dies, restarts, or takes longer than its limit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The view's response."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Retry a read whose connection broke, else answer 503; 409 for what would leave an organization without an
        owner; None for what is no database's fault.
        """
        if is_about_the_last_owner(exception):
            return conflict(request, ONE_OWNER)
        if was_shut(exception):
            # The view began before the fence was shut. What it wrote was rolled back.
            counters.not_active.inc()
            return moving(request)
        if isinstance(exception, HashersBusy):
            return busy(request, may_be_sent_again=not exception.began)
        if not is_outage(exception):
            return None
        close_broken()
        match = request.resolver_match
        if request.method in SAFE_METHODS and match and not pinning.written_servers():
            try:
                response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
            except (OperationalError, InterfaceError) as error:
                exception = error
                close_broken()
            else:
                counters.database_failures.labels(counters.POD, "retried").inc()
                return response
        _log.warning("a database failed %s %s: %s", request.method, request.path, exception)
        counters.database_failures.labels(counters.POD, "unavailable").inc()
        return unavailable(request, reason_of(exception))
