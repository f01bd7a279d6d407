"""Read what is left of a request's body before it is refused, so that the refusal reaches a router.

A router sends the request on to its owner only when it has the whole body
itself. Under Granian a read that waits cannot be given up: were the response
sent meanwhile, the worker would stand still until the client goes on. So the
number of threads that drain is bounded, and one thread always serves.
"""

from __future__ import annotations

import time
from threading import BoundedSemaphore

from django.conf import settings
from django.http import HttpRequest

# The most that a router holds to send it again.
LARGEST_BYTES = 1024 * 1024
LONGEST_SECONDS = 1.0
PIECE_BYTES = 4096

_draining = BoundedSemaphore(max(1, settings.ENVIRONMENT.blocking_threads - 1))
_may_drain = settings.ENVIRONMENT.blocking_threads > 1


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
    if left > LARGEST_BYTES or not _may_drain or not _draining.acquire(blocking=False):
        return False
    try:
        deadline = time.monotonic() + LONGEST_SECONDS
        body = request.META["wsgi.input"]
        while left > 0 and time.monotonic() < deadline:
            piece = body.read(min(left, PIECE_BYTES))
            if not piece:
                break
            left -= len(piece)
        return left == 0
    except OSError:
        return False
    finally:
        _draining.release()
