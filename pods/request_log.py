"""One JSON line for each request on standard output."""

from __future__ import annotations

import json

import structlog
from django.http import HttpRequest, HttpResponseBase

from pods import log_output
from pods.counters import POD
from pods.details import Details

LONGEST_PATH = 1024

_log = structlog.wrap_logger(
    log_output.requests,
    processors=[
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.JSONRenderer(serializer=json.dumps),
    ],
    wrapper_class=structlog.BoundLogger,
    cache_logger_on_first_use=True,
)


def log_request(request: HttpRequest, details: Details, response: HttpResponseBase, seconds: float) -> None:
    """Write the line: what was asked as it was sent, without the query, and what came of it; time in milliseconds."""
    raw = details.path.raw if details.path else request.path_info
    _log.info(
        "request",
        method=request.method,
        path=raw[:LONGEST_PATH],
        status=response.status_code,
        pod=POD,
        ms=round(seconds * 1000, 2),
        source=details.answer.source.value if details.answer else "",
        owner=details.answer.pod if details.answer else "",
        router=details.through_router,
        request_id=details.request_id,
    )
