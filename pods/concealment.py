"""Responses that must not reveal whether something is absent or private.

Both get one and the same response (`pods/views/refusals.py`), marked with
`X-Gitlab-Pod-Conceal` and the time budget. A router holds it until that has passed,
without a pod's thread. Without a router the pod does so itself, in a bounded
number of threads; beyond that it answers at once, since a pod that pads has
none left to serve.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from admin_settings.in_force import in_force
from pods import counters
from pods.details import Details

CONCEAL_HEADER = "X-Gitlab-Pod-Conceal"
# What pods say of a private name to routers, which keep it to themselves.
FOR_ROUTERS = ("X-Gitlab-Pod-Cache", "X-Gitlab-Pod-Epoch")
MISROUTED = 421

_padding = BoundedSemaphore(max(1, settings.ENVIRONMENT.blocking_threads - 1))


def mark(response: HttpResponseBase) -> None:
    """Mark a response that must not reveal whether something is absent or private."""
    response[CONCEAL_HEADER] = str(in_force().conceal_ms)


def concealed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A decorator: the time of this view's responses does not reveal what the view found."""

    @wraps(view)
    def look(request: HttpRequest, *given: Any, **arguments: Any) -> HttpResponse:
        response = view(request, *given, **arguments)
        mark(response)
        return response

    return look


def conceal(details: Details, response: HttpResponseBase) -> None:
    """Leave a marked response to the router, or hold it here until its budget has passed."""
    if _refuses(details, response):
        mark(response)
    if details.through_router or CONCEAL_HEADER not in response:
        return
    for header in (CONCEAL_HEADER, *FOR_ROUTERS):
        del response[header]
    left = details.arrived + in_force().conceal_directly_ms / 1000 - time.monotonic()
    if left <= 0:
        counters.paddings.labels(counters.POD, "late").inc()
    elif _padding.acquire(blocking=False):
        try:
            time.sleep(left)
        finally:
            _padding.release()
        counters.paddings.labels(counters.POD, "padded").inc()
    else:
        counters.paddings.labels(counters.POD, "shed").inc()


def _refuses(details: Details, response: HttpResponseBase) -> bool:
    """Whether the request was refused before anybody looked for what it asks for: the same for each name, but
    sooner where the router knows the name.
    """
    refused = 400 <= response.status_code < 500 and response.status_code != MISROUTED
    return refused and details.answer is not None and details.answer.question.lookup is not None
