"""The page of a router itself, for browsers: no pod can be reached, or what one said is not delivered."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

DOCUMENT = Path(__file__).with_name("unavailable.html")


def page() -> str:
    """The page with `{reason}`, `{request_id}` and `{method}` in it: nothing is escaped, since a method is a token."""
    return DOCUMENT.read_text(encoding="utf-8")


def in_envoys_format(reason: str) -> str:
    """The page as Envoy fills it in: `%` has a meaning there."""
    words = {"{reason}": reason, "{request_id}": "%REQ(x-request-id)%", "{method}": "%REQ(:method)%"}
    found = page().replace("%", "%%")
    for word, value in words.items():
        found = found.replace(word, value)
    return found


def policy() -> str:
    """Its Content-Security-Policy: nothing but its own style and script, which asks this site only (CSP level 2)."""
    return (
        f"default-src 'none'; style-src 'sha256-{_digest('style')}'; script-src 'sha256-{_digest('script')}'; "
        "connect-src 'self'; frame-ancestors 'none'"
    )


def _digest(element: str) -> str:
    text = page().partition(f"<{element}>")[2].partition(f"</{element}>")[0]
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
