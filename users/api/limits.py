"""How much of the API one person, or one address without a person, may ask for.

Each pod counts by itself: a count that all pods share would be a write per request.
"""

from __future__ import annotations

import time

from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from admin_settings.in_force import in_force
from users.models import User
from users.networks import network_of

WINDOW_SECONDS = 60


class RequestsAMinute(BaseThrottle):
    """Counted in windows that begin with each minute, in the bounded cache `requests` of this process."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count one more request; False when it is one too many."""
        user = request.user
        if isinstance(user, User):
            who, most = f"person:{user.pk}", in_force().api_requests_a_minute
        else:
            network = network_of(request._request)
            who, most = f"network:{network}", in_force().api_requests_a_minute_of_an_address
        key, counts = f"{who}:{int(time.time() // WINDOW_SECONDS)}", caches["requests"]
        counts.add(key, 0, 2 * WINDOW_SECONDS)
        try:
            return counts.incr(key) <= most
        except ValueError:
            # Ten thousand others came in between, and it was forgotten.
            return True

    def wait(self) -> float:
        """The seconds until the next window: `Retry-After`."""
        return WINDOW_SECONDS - time.time() % WINDOW_SECONDS
