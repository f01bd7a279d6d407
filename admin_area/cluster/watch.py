"""The survey that this pod makes of its cluster when an administrator looks."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from admin_settings.in_force import in_force
from operations.survey import Surveyor
from schemas.identity import this_pod, this_topology


@cache
def surveyor() -> Surveyor:
    """Return this process's surveyor: requests within the same second get the same facts."""
    return Surveyor(
        this_topology(),
        settings.PLACES,
        late_from_seconds=lambda: in_force().replica_lag_seconds,
        region=this_pod().region,
    )
