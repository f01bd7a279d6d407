"""What a pod knows about a request before it processes it: `request.pod`."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from secrets import compare_digest
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from pods.lost_slashes import with_whole_key
from routing.learn import Answer
from routing.paths import RawPath, parse, parse_bytes, raw_of_path_info
from users.models import User

ROUTER_SECRET = "HTTP_X_GITLAB_ROUTER_SECRET"  # noqa: S105
RAW_PATH = "HTTP_X_GITLAB_RAW_PATH"
EPOCH = "HTTP_X_GITLAB_POD_EPOCH"
DEBUG_TOKEN = "HTTP_X_GITLAB_DEBUG_TOKEN"  # noqa: S105
REQUEST_ID = "HTTP_X_REQUEST_ID"
CLIENT = "HTTP_X_GITLAB_ROUTER_CLIENT"
BODY = "HTTP_X_GITLAB_ROUTER_BODY"
HOPS = "HTTP_X_GITLAB_ROUTER_HOPS"
EPOCH_DIGITS = 18


@dataclass(slots=True)
class Details:
    """One request as its pod sees it."""

    through_router: bool
    """Whether it carries a router's secret: only then are its raw path and epoch trusted."""
    epoch: int
    """The organization's epoch as the router knows it; 0 when it knows none."""
    debug: bool
    """The client may be told which pod answers."""
    request_id: str
    whole_body: bool = False
    """The router has all of the body: reading it does not wait for a client."""
    hops: int = 1
    """Which pod this is of those that the request was sent to, one after the other."""
    arrived: float = field(default_factory=time.monotonic)
    path: RawPath | None = None
    """The path; None until it is parsed, and when it breaks the rules."""
    answer: Answer | None = None
    """Learn's answer for the path; None for requests that are answered without it."""


class PodRequest(HttpRequest):
    """A request with its details."""

    pod: Details
    user: User | AnonymousUser


def details_of(request: HttpRequest) -> Details:
    """Return the details in a request's headers. A router's headers count only with its secret; then `REMOTE_ADDR`
    becomes the client's address.
    """
    meta = request.META
    trusted = is_router(meta)
    if trusted and CLIENT in meta:
        meta["REMOTE_ADDR"] = meta[CLIENT]
    epoch = meta.get(EPOCH, "") if trusted else ""
    return Details(
        through_router=trusted,
        epoch=_number(epoch),
        debug=_may_debug(meta),
        request_id=meta.get(REQUEST_ID, "") if trusted else "",
        whole_body=trusted and meta.get(BODY) == "whole",
        hops=_number(meta.get(HOPS, "")) if trusted else 1,
    )


def is_router(meta: dict[str, Any]) -> bool:
    """Whether a router forwarded the request for a client: it has the raw path and one of the routers' secrets."""
    given = meta.get(ROUTER_SECRET)
    if given is None or RAW_PATH not in meta:
        return False
    told = given.encode("latin-1")
    known = False
    for secret in settings.ENVIRONMENT.router_secrets:
        known |= compare_digest(told, secret.encode())
    return known


def path_of(request: HttpRequest, details: Details) -> RawPath:
    """Return the path as the client sent it, or its best reconstruction without a router. Raises `PathInvalid`."""
    # Granian hands on nothing of a header with bytes beyond ASCII.
    raw = request.META[RAW_PATH] if details.through_router else ""
    if raw:
        return parse_bytes(raw.encode("latin-1"))
    path_info: str = request.META.get("PATH_INFO", "")
    return with_whole_key(parse(raw_of_path_info(path_info.encode("latin-1"))))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= EPOCH_DIGITS else 0


def _may_debug(meta: dict[str, Any]) -> bool:
    token: str | None = settings.ENVIRONMENT.debug_token
    given = meta.get(DEBUG_TOKEN)
    return bool(token and given) and compare_digest(str(given).encode("latin-1"), str(token).encode())
