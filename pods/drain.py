"""Read bodies without standing still: those of requests that are served, and what is left of those that are refused.

A router holds what fits its buffer until all of it is there, and says so:
such a body is read at once. Every other one may come slowly (router/lua/ sees
to its rate; nobody does for those who come straight to a pod). Under Granian a
read that waits cannot be given up: were the response sent meanwhile, the
worker would stand still until the client goes on. So the number of threads
that read such bodies is bounded, and one thread always serves the others.
"""

from __future__ import annotations

import time
from threading import BoundedSemaphore
from typing import cast

from django.conf import settings
from django.http import HttpRequest

from pods.details import PodRequest

# The most that a router holds to send it again.
LARGEST_BYTES = 1024 * 1024
LONGEST_SECONDS = 1.0
PIECE_BYTES = 4096
# Most bodies arrive with their headers and are read at once; a longer wait means a slow client.
TURN_SECONDS = 0.2

_reading = BoundedSemaphore(max(1, settings.ENVIRONMENT.blocking_threads - 1))
_may_wait = settings.ENVIRONMENT.blocking_threads > 1


def take_in(request: HttpRequest) -> bool:
    """Read the body for the view; False when it broke off, or when enough threads wait for slow ones already."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) == 0:
        return True
    if cast(PodRequest, request).pod.whole_body:
        return _read(request)
    if not _may_wait:
        return True
    if not _reading.acquire(timeout=TURN_SECONDS):
        return False
    try:
        return _read(request)
    finally:
        _reading.release()


def _read(request: HttpRequest) -> bool:
    try:
        _ = request.body
    except OSError:
        return False
    return True


def drain(request: HttpRequest) -> bool:
    """Read the body away; False when it is larger than a router holds, of unknown length, too slow, or when
    enough threads drain already.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    left = int(length) if length.isascii() and length.isdigit() else 0
    if "HTTP_TRANSFER_ENCODING" in request.META:
        return False
    if left == 0:
        return True
    if cast(PodRequest, request).pod.whole_body:
        return _read_away(request, left)
    if left > LARGEST_BYTES or not _may_wait or not _reading.acquire(timeout=TURN_SECONDS):
        return False
    try:
        return _read_away(request, left)
    finally:
        _reading.release()


def _read_away(request: HttpRequest, left: int) -> bool:
    deadline = time.monotonic() + LONGEST_SECONDS
    body = request.META["wsgi.input"]
    try:
        while left > 0 and time.monotonic() < deadline:
            piece = body.read(min(left, PIECE_BYTES))
            if not piece:
                break
            left -= len(piece)
    except OSError:
        return False
    return left == 0
