"""The address under which this request reached the cluster: what responses name, so that a client stays where it is."""

from __future__ import annotations

from contextvars import ContextVar, Token

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest

# Envoy writes it: the scheme of the connection, or what a trusted proxy before it says.
SCHEME = "HTTP_X_FORWARDED_PROTO"

Asked = HttpRequest | None
_asked: ContextVar[Asked] = ContextVar("asked", default=None)


def begin(request: HttpRequest) -> Token[Asked]:
    """Remember a request that a router sent; give what is returned to `end`."""
    return _asked.set(request)


def end(token: Token[Asked]) -> None:
    """Forget it."""
    _asked.reset(token)


def site() -> str:
    """Scheme and host for links: what the operator configured, else what the client of a router asked, else
    `EXTERNAL_URL`. For responses to the same client only: anybody may send any Host, so mails use `EXTERNAL_URL`.
    """
    request = _asked.get()
    if request is None or settings.ENVIRONMENT.external_url:
        return str(settings.EXTERNAL_URL)
    scheme = "https" if request.META.get(SCHEME) == "https" else "http"
    try:
        return f"{scheme}://{request.get_host()}"
    except DisallowedHost:
        return str(settings.EXTERNAL_URL)
