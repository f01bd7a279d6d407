"""Mails that were sent: by a running cluster, by whom they are for; and by this process, as files."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from tests.running_cluster import RunningCluster, eventually
from users.outgoing import outgoing

SOON_SECONDS = 10.0
_LINK = re.compile(r"https?://\S+")


def mailed_link(cluster: RunningCluster, email: str, part: str) -> str:
    """The link with `part` in it, in the newest mail to an address."""

    def found() -> str:
        mails = sorted(cluster.places.mail.glob("*"), key=lambda mail: mail.stat().st_mtime_ns, reverse=True)
        texts = [mail.read_text(encoding="utf-8").replace("=\n", "").replace("=3D", "=") for mail in mails]
        links = [link for text in texts if f"To: {email}" in text for link in _LINK.findall(text) if part in link]
        return links[0] if links else ""

    return eventually(found)


def without_host(link: str) -> str:
    """Path and query of a link."""
    split = urlsplit(link)
    return f"{split.path}?{split.query}" if split.query else split.path


def settle() -> None:
    """Return when every mail that this process was to send is sent or given up."""
    assert outgoing.settle(SOON_SECONDS)


class Mails:
    """A folder of mails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def iterdir(self) -> list[Path]:
        """All that were sent until now, oldest first."""
        settle()
        return sorted(self._folder.iterdir(), key=lambda mail: mail.stat().st_mtime_ns)

    def texts(self) -> list[str]:
        """The same, as they were written."""
        return [path.read_text(encoding="utf-8").replace("=\n", "").replace("=3D", "=") for path in self.iterdir()]

    def to(self, address: str) -> list[str]:
        """Those to an address."""
        return [text for text in self.texts() if f"To: {address}" in text]
