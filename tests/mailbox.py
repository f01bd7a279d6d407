"""Mails that were sent: by a running cluster, by whom they are for; and by this process, as files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.running_cluster import RunningCluster, eventually
from users import outbox
from users.outgoing import outgoing

SOON_SECONDS = 10.0
_LINK = re.compile(r"https?://\S+")
_END = "-" * 79 + "\n"


def mailed_link(cluster: RunningCluster, email: str, part: str) -> str:
    """The link with `part` in it, in the newest mail to an address."""

    def found() -> str:
        texts = [text for text in texts_in(cluster.places.mail) if f"To: {email}\n" in text]
        links = [link for text in texts for link in _LINK.findall(text) if part in link]
        return links[-1] if links else ""

    return eventually(found)


def without_host(link: str) -> str:
    """Path and query of a link."""
    split = urlsplit(link)
    return f"{split.path}?{split.query}" if split.query else split.path


def texts_in(folder: Path) -> list[str]:
    """All mails in a folder, oldest first. Django puts some of one second into one file."""
    paths = sorted(folder.glob("*"), key=lambda mail: mail.stat().st_mtime_ns)
    files = [path.read_text(encoding="utf-8").replace("=\n", "").replace("=3D", "=") for path in paths]
    return [text.lstrip("\n") for file in files for text in file.split(_END) if text.strip()]


def settle() -> None:
    """Return when every mail that this process was to send is sent or given up."""
    assert outgoing.settle(SOON_SECONDS)


def without_outbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let emails leave at once: what a test's open transaction wrote, no other connection sees."""
    monkeypatch.setattr(outbox, "put", lambda letter, then: then(letter))
    monkeypatch.setattr(outbox, "begin", lambda letter: True)
    monkeypatch.setattr(outbox, "put_back", lambda letter, wait: None)
    monkeypatch.setattr(outbox, "done", lambda letter: None)


@contextmanager
def emails_as_files(settings: Any, folder: Path) -> Iterator[Mails]:
    """Where emails are written that this process sends, without the outbox."""
    settings.SENDS_EMAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = folder
    with pytest.MonkeyPatch.context() as patched:
        without_outbox(patched)
        yield Mails(folder)
        settle()


class Mails:
    """A folder of mails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def texts(self) -> list[str]:
        """All that were sent until now, oldest first."""
        settle()
        return texts_in(self._folder)

    def to(self, address: str) -> list[str]:
        """Those to an address."""
        return [text for text in self.texts() if f"To: {address}\n" in text]
