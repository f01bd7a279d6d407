"""What a pod asks of the shared schemas without any visitor: the threads that `pods/worker.py` starts."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db import close_old_connections

from admin_settings import poll
from bench.asks import Ask
from operations.releases import announcing
from routing import janitor
from schemas import freshness
from schemas.identity import this_pod


def unasked() -> Iterator[Ask]:
    """Each as its thread does it again and again, when there is nothing new."""
    pod = this_pod()
    poller = poll.Poller(pod, settings.PLACES.settings_of(pod.name))
    announcer = announcing.Announcer()

    def look(*_: object) -> None:
        close_old_connections()
        poller.try_once()

    def tidy(*_: object) -> None:
        close_old_connections()
        janitor.tidy(pod.name)

    yield Ask(f"every {poll.PAUSE_SECONDS:g} s: are there new settings?", look, status=None)
    yield Ask(
        f"every {freshness.PROOF_SECONDS:g} s: is the replica up to date?",
        lambda *_: freshness.prove("users"),
        status=None,
    )
    yield Ask(
        f"every {announcing.HEARTBEAT_SECONDS:g} s: this pod runs",
        lambda *_: announcer.announce(),
        status=None,
    )
    yield Ask(f"every {janitor.PAUSE_SECONDS:g} s: the janitor", tidy, status=None)
