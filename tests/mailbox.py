"""The mails that a running cluster has written, by whom they are for."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tests.running_cluster import RunningCluster, eventually

_LINK = re.compile(r"https?://\S+")


def mailed_link(cluster: RunningCluster, email: str, part: str) -> str:
    """The link with `part` in it, in the newest mail to an address."""

    def found() -> str:
        mails = sorted(cluster.places.mail.iterdir(), key=lambda mail: mail.stat().st_mtime_ns, reverse=True)
        texts = [mail.read_text(encoding="utf-8").replace("=\n", "").replace("=3D", "=") for mail in mails]
        links = [link for text in texts if f"To: {email}" in text for link in _LINK.findall(text) if part in link]
        return links[0] if links else ""

    return eventually(found)


def without_host(link: str) -> str:
    """Path and query of a link."""
    split = urlsplit(link)
    return f"{split.path}?{split.query}" if split.query else split.path
