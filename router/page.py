"""The page of a router itself, for browsers: no pod can be reached, or what one said is not delivered."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

DOCUMENT = Path(__file__).with_name("unavailable.html")


def page() -> str:
    """The page with `{reason}` and `{request_id}` in it. Both are the router's own words: nothing is escaped."""
    return DOCUMENT.read_text(encoding="utf-8")


def in_envoys_format(reason: str) -> str:
    """The page as Envoy fills it in: `%` has a meaning there."""
    return page().replace("%", "%%").replace("{reason}", reason).replace("{request_id}", "%REQ(x-request-id)%")


def policy() -> str:
    """Its Content-Security-Policy: nothing but its own style (CSP level 2, hash-source)."""
    style = page().partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
