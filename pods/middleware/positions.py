"""Read your own writes, across pods: the token of log positions comes with a request and leaves with a response."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from admin_settings.in_force import in_force
from pods import counters
from schemas import pinning, positions, saved
from schemas.afterwards import collected, finish

# RFC 9110, 8.6.
WITHOUT_LENGTH = frozenset({204, 304})

_log = logging.getLogger(__name__)


class PositionsMiddleware:
    """Runs outside of everything that reads or writes a schema, including sessions."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response, with a new token when the request wrote."""
        token = request.COOKIES.get(settings.POSITIONS_COOKIE_NAME)
        brought = positions.in_this_topology(positions.read(token))
        pinning.forget_pins()
        saved.forget()
        positions.expect(brought)
        try:
            with collected() as left_to_do:
                response = self.get_response(request)
            _conclude(request, response, brought)
            if left_to_do:
                _when_sent(response, partial(finish, left_to_do))
            _measure(response)
            return response
        finally:
            pinning.forget_pins()
            saved.forget()
            positions.expect({})


def _conclude(request: HttpRequest, response: HttpResponseBase, brought: Mapping[str, positions.Position]) -> None:
    """Do what is left after the writes of a request. They are done, so nothing here may fail it."""
    if positions.were_behind():
        counters.pinned.inc()
    written: dict[str, positions.Position] = {}
    try:
        written = positions.of_writes()
        _tell_everywhere(written)
        if written:
            _give(request, response, {**brought, **written})
    except Exception:
        _log.exception("what a request wrote may not be seen by the next one at once")
        if positions.announced():
            time.sleep(in_force().sign_out_wait_seconds)


def _when_sent(response: HttpResponseBase, job: Callable[[], None]) -> None:
    """Have the server call `job` when it has sent the response (PEP 3333: it closes what it iterated over)."""
    # Django's own way to close what a response holds, request and files.
    response._resource_closers.append(job)  # type: ignore[attr-defined]
    response.left_to_do = True  # type: ignore[attr-defined]


def _measure(response: HttpResponseBase) -> None:
    """Give the response its length. A server sends one without a length that leaves work in chunks, which would show
    that a token or session comes to this pod for the first time; so all have it, in the same place.
    """
    if isinstance(response, HttpResponse) and response.status_code not in WITHOUT_LENGTH:
        response.setdefault("Content-Length", str(len(response.content)))


def _tell_everywhere(written: dict[str, positions.Position]) -> None:
    """Hold the response until what ends sessions is seen everywhere, or until pods no longer believe a replica that
    does not show it.
    """
    for schema in positions.announced():
        server = pinning.server_of(schema)
        if server not in pinning.written_servers() & positions.replicated_servers():
            continue
        position, told = written.get(server), False
        if position is None:
            # The primary died after the commit.
            time.sleep(in_force().sign_out_wait_seconds)
        else:
            told = positions.wait_for_all_replicas(schema, position, in_force().sign_out_wait_seconds)
        counters.waits.labels(counters.POD, "told everywhere" if told else "not told in time").inc()


def _give(request: HttpRequest, response: HttpResponseBase, known: dict[str, positions.Position]) -> None:
    """Hand over the token; who sends no cookies will not bring it back, so their response waits for the replica."""
    if not request.COOKIES:
        caught_up = positions.wait_for_replica(known, in_force().write_wait_seconds)
        counters.waits.labels(counters.POD, "caught up" if caught_up else "too slow").inc()
    response.set_cookie(
        settings.POSITIONS_COOKIE_NAME,
        positions.issue(known),
        max_age=positions.POSITION_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.POSITIONS_COOKIE_SECURE,
    )
