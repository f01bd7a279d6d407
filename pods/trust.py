"""Which requests came through a router of this cluster: those that carry its secret."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import compare_digest
from typing import Any

from django.conf import settings


def through_router(meta: Mapping[str, Any]) -> bool:
    """Whether a request that a client sent came through a router.

    Only then do its other `X-Gitlab-` headers count. A router's own question to
    learn carries no raw path, and is no client's.
    """
    return "HTTP_X_GITLAB_RAW_PATH" in meta and has_router_secret(meta)


def has_router_secret(meta: Mapping[str, Any]) -> bool:
    """Whether a request carries one of the secrets that are accepted; all are compared, in constant time."""
    given = str(meta.get("HTTP_X_GITLAB_ROUTER_SECRET", "")).encode()
    accepted: tuple[str, ...] = settings.ENVIRONMENT.router_secrets
    matches = [compare_digest(given, secret.encode()) for secret in accepted]
    return True in matches
