"""A pod announces its release to those who change a shared schema, and hears what was contracted.

Both in one transaction under a lock that a deciding `cluster migrate` holds
alone: either that one sees this pod, or this pod sees what it decided. A pod
whose `admin` schema cannot be reached serves all the same, says so, and tries
again.
"""

from __future__ import annotations

import logging
import random
import socket
import threading
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import Error, connections, transaction
from django.db.models.functions import Now

from operations.models import Contraction, PodAnnouncement
from operations.releases.migrating import can_stand, serves
from schemas.identity import this_pod

SCHEMA = "admin"
# Shared by pods, alone for who decides; the number is the word "rels".
LOCK_KEY = 0x72656C73
HEARTBEAT_SECONDS = 10.0
FIRST_RETRY_SECONDS = 0.5
# A row of a pod that went away without a word is kept so long for people to see.
_FORGET = "DELETE FROM pod_announcements WHERE heard_at < now() - interval '1 day'"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Heard:
    """What came back from the last announcement."""

    unstandable: tuple[Contraction, ...] = ()
    """Contractions after which this release cannot serve."""
    problem: str = ""
    """Why it failed; empty when it did not."""


class Announcer:
    """Announces the pod that this process is, in a thread that takes the announcement back when the process ends."""

    def __init__(self) -> None:
        self._host = socket.gethostname()
        self.heard = Heard()

    def start(self) -> None:
        """Announce it now, and go on in a thread. Takes a few seconds at most when the database does not answer."""
        self.announce(starts=True)
        connections[SCHEMA].close()
        threading.Thread(target=self._go_on, name="announcements").start()

    def announce(self, *, starts: bool = False) -> None:
        """Say that the pod runs, and hear what was contracted; what goes wrong is noted in `heard`."""
        try:
            self.heard = Heard(unstandable=self._announce(starts=starts))
        except Error as error:
            connections[SCHEMA].close()
            problem = str(error).splitlines()[0] if str(error) else repr(error)
            if not self.heard.problem:
                _log.warning("cannot announce this pod, and tries again: %s", problem)
            self.heard = replace(self.heard, problem=problem)

    def withdraw(self) -> None:
        """Say that the pod runs no more. When that fails the announcement expires."""
        try:
            PodAnnouncement.objects.using(SCHEMA).filter(pod_id=this_pod().name, host=self._host).delete()
        except Error as error:
            _log.warning("cannot take back this pod's announcement, which expires now: %s", error)

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
        with transaction.atomic(using=SCHEMA):
            with connections[SCHEMA].cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK_KEY])
                cursor.execute(_FORGET)
            PodAnnouncement.objects.using(SCHEMA).bulk_create(
                [row], update_conflicts=True, unique_fields=["pod_id", "host"], update_fields=news
            )
            decided = Contraction.objects.using(SCHEMA).order_by("app", "name")
            return tuple(each for each in decided if not can_stand(settings.RELEASE, each.since))

    def _go_on(self) -> None:
        """Until the process ends: its main thread does so first, and waits for this one."""
        main = threading.main_thread()
        retry = FIRST_RETRY_SECONDS
        while main.is_alive():
            pause = retry if self.heard.problem else HEARTBEAT_SECONDS
            retry = min(2 * retry, HEARTBEAT_SECONDS) if self.heard.problem else FIRST_RETRY_SECONDS
            # Pods that were started together need not come at the same moment.
            main.join(pause * random.uniform(0.8, 1.2))  # noqa: S311
            if main.is_alive():
                self.announce()
        self.withdraw()
        connections.close_all()


this_pods = Announcer()
