"""The first middleware: answers liveness and learn at once; adds details, log and metrics to all other requests."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from pods import asked_address, counters
from pods.concealment import conceal
from pods.details import RAW_PATH, Details, PodRequest, details_of, is_router
from pods.learn import LEARN_PATH, respond
from pods.request_log import log_request

LIVENESS_PATH = "/-/liveness"
TOO_MANY = 429
# No limit is shorter; a view that knows better sets its own.
SECONDS_TO_WAIT = 60
QUIET_VIEWS = frozenset({"readiness", "metrics"})


class ArrivalMiddleware:
    """Stands before everything that asks a database or writes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response, logged and counted."""
        path_info = request.path_info
        if path_info == LIVENESS_PATH and request.META.get(RAW_PATH, LIVENESS_PATH) == LIVENESS_PATH:
            return HttpResponse("alive\n", content_type="text/plain")
        # A client's request that a router forwards is handled like any page, and ends as not found.
        if path_info == LEARN_PATH and not is_router(request.META):
            return respond(request)
        cast(PodRequest, request).pod = details = details_of(request)
        token = asked_address.begin(request) if details.through_router else None
        try:
            response = self.get_response(request)
        finally:
            if token:
                asked_address.end(token)
        if response.status_code == TOO_MANY:
            response.headers.setdefault("Retry-After", str(SECONDS_TO_WAIT))
        conceal(details, response)
        if details.debug:
            response["X-Gitlab-Pod"] = counters.POD
            response["X-Gitlab-Pod-Release"] = settings.RELEASE
        _count(request, details, response)
        return response


def _count(request: HttpRequest, details: Details, response: HttpResponseBase) -> None:
    seconds = time.monotonic() - details.arrived
    match = request.resolver_match
    view = (match.view_name or match.route) if match else ""
    counters.requests.labels(counters.POD, view, f"{response.status_code // 100}xx").inc()
    counters.request_seconds.observe(seconds)
    # Routers ask several times a second; what changes is in the metrics.
    if view not in QUIET_VIEWS:
        log_request(request, details, response, seconds)
