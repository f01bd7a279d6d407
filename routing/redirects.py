"""Where an old path leads: redirects are a kind of route."""

from __future__ import annotations

from routing.models import Route
from routing.names import key_of

# What was in a namespace that was renamed may have been renamed before, and so on.
MOST_STEPS = 5


def present_path(full_path: str) -> str | None:
    """The present path of what had this one, itself or a namespace above it; None when nothing had.

    The longest old path counts: what was renamed by itself, then what it was in.
    """
    path = full_path
    for _ in range(MOST_STEPS):
        following = _one_step(path)
        if following is None:
            break
        path = following
    return path if path != full_path else None


def _one_step(full_path: str) -> str | None:
    segments = full_path.split("/")
    keys = [key_of("/".join(segments[:length])) for length in range(1, len(segments) + 1)]
    redirects = (
        Route.objects.filter(key__in=keys, kind=Route.Kind.REDIRECT)
        .values_list("key", "redirects_to__path")
        .order_by("key")
    )
    redirect = max(redirects, key=lambda each: len(each[0]), default=None)
    if redirect is None or redirect[1] is None:
        return None
    rest = segments[redirect[0].count("/") + 1 :]
    return "/".join([redirect[1], *rest])
