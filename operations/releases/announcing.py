"""A pod announces its release to `cluster migrate`, and reads what was contracted.

Both happen in one transaction under a lock that `cluster migrate` holds exclusively
while it decides: either it sees this pod, or this pod sees what it decided. A pod
that cannot reach the `admin` schema keeps serving, reports the problem, and tries
again.
"""

from __future__ import annotations

import logging
import random
import socket
import threading
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import Error, connections
from django.db.models.functions import Now

from operations.models import Contraction, PodAnnouncement
from operations.releases.migrating import can_stand, serves
from schemas.identity import this_pod
from schemas.together import along, insert, together
from topology.words import in_words

SCHEMA = "admin"
# Pods take this lock shared, `cluster migrate` exclusively; the number is the word "rels".
LOCK_KEY = 0x72656C73
HEARTBEAT_SECONDS = 10.0
FIRST_RETRY_SECONDS = 0.5
# The row of a pod that was killed is kept this long for operators to see.
_FORGET = "DELETE FROM pod_announcements WHERE heard_at < now() - interval '1 day'"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Heard:
    """The result of the last announcement."""

    unstandable: tuple[Contraction, ...] = ()
    """Contractions that this release does not support."""
    problem: str = ""
    """Why the announcement failed; empty when it succeeded."""


class Announcer:
    """Announces this process's pod, in a thread that withdraws the announcement when the process ends."""

    def __init__(self) -> None:
        self._host = socket.gethostname()
        self.heard = Heard()

    def start(self) -> None:
        """Announce the pod now, and keep announcing it in a thread. Takes a few seconds when the database does not
        answer.
        """
        self.announce(starts=True)
        connections[SCHEMA].close()
        threading.Thread(target=self._go_on, name="announcements").start()

    def announce(self, *, starts: bool = False) -> None:
        """Write that the pod runs, and read what was contracted; errors are noted in `heard`."""
        try:
            self.heard = Heard(unstandable=self._announce(starts=starts))
        except Error as error:
            connections[SCHEMA].close()
            problem = in_words(error)
            if not self.heard.problem:
                _log.warning("cannot announce this pod, trying again: %s", problem)
            self.heard = replace(self.heard, problem=problem)

    def withdraw(self) -> None:
        """Delete the announcement. If that fails, the announcement expires."""
        try:
            PodAnnouncement.objects.using(SCHEMA).filter(pod_id=this_pod().name, host=self._host).delete()
        except Error as error:
            _log.warning("cannot withdraw this pod's announcement, which will expire: %s", error)

    def _announce(self, *, starts: bool) -> tuple[Contraction, ...]:
        row = PodAnnouncement(
            pod_id=this_pod().name,
            host=self._host,
            release=settings.RELEASE,
            started_at=Now(),
            heard_at=Now(),
            serves=serves(),
        )
        news = ["release", "heard_at", "serves", *(["started_at"] if starts else [])]
        with together(SCHEMA):
            along(SCHEMA, "SELECT pg_advisory_xact_lock_shared(%s)", [LOCK_KEY])
            along(SCHEMA, _FORGET)
            insert(row, unique=["pod_id", "host"], update=news)
            decided = Contraction.objects.using(SCHEMA).order_by("app", "name")
            return tuple(each for each in decided if not can_stand(settings.RELEASE, each.since))

    def _go_on(self) -> None:
        """Announce until the process ends; the main thread ends first and waits for this thread."""
        main = threading.main_thread()
        retry = FIRST_RETRY_SECONDS
        while main.is_alive():
            pause = retry if self.heard.problem else HEARTBEAT_SECONDS
            retry = min(2 * retry, HEARTBEAT_SECONDS) if self.heard.problem else FIRST_RETRY_SECONDS
            # Jitter, so that pods that started together do not announce at the same moment.
            main.join(pause * random.uniform(0.8, 1.2))  # noqa: S311
            if main.is_alive():
                self.announce()
        self.withdraw()
        connections.close_all()


this_pods = Announcer()
