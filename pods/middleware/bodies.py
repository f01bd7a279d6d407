"""Refuse bodies that no page accepts; all others are complete before a view runs."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from admin_settings.in_force import in_force
from pods import counters
from pods.drain import drain, take_in
from pods.views.refusals import length_required, too_large, unavailable

KIB = 1024


class BodiesMiddleware:
    """Runs after `OwnershipMiddleware` has decided that this pod owns the path."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response to a request whose body is here; 411, 413 or 503 for every other."""
        return _refused(request) or self.get_response(request)


def _refused(request: HttpRequest) -> HttpResponse | None:
    if _has_no_length(request):
        return length_required(request)
    length = request.META.get("CONTENT_LENGTH") or "0"
    most_kib = in_force().largest_body_kib
    if not length.isdigit() or int(length) <= most_kib * KIB:
        return None if take_in(request) else unavailable(request, "This server is busy receiving other requests.")
    if not drain(request):
        counters.undrained.inc()
    return too_large(request, most_kib)


def _has_no_length(request: HttpRequest) -> bool:
    """Whether a body comes in chunks. Under WSGI nothing tells Django where it ends, and it would read none of it."""
    return "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH")
