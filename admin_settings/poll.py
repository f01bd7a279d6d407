"""Put in force on this pod what the `admin` schema says, soon after its replica shows it.

A thread of its own asks for one row, the version, about twice a second, and
reads the settings when it is another one: no request asks the database for
them. While nothing answers, what is in force stays.
"""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import Error, close_old_connections, connections

from admin_settings.effective import effective
from admin_settings.exceptions import Problem
from admin_settings.in_force import in_force, put_in_force
from admin_settings.last_known import keep, recall
from admin_settings.stored import Stored, Version, read_stored, read_version
from topology import Pod
from topology.databases import REPLICA_SUFFIX
from topology.words import in_words

PAUSE_SECONDS = 0.5
# Short enough that a change is in force within two seconds of the database's return.
LONGEST_PAUSE_SECONDS = 1.5
# More than a try may take.
SILENT_SECONDS = 10.0
PRIMARY = "admin"

logger = logging.getLogger(__name__)


class Known(StrEnum):
    """Where the values in force were read."""

    NOWHERE = "nowhere"
    FILE = "file"
    DATABASE = "database"


@dataclass(frozen=True)
class State:
    """What a pod acts by, and how sure it may be of that."""

    known: Known = Known.NOWHERE
    version: Version = Version()  # noqa: RUF009  it cannot be changed
    problems: tuple[Problem, ...] = ()
    """Stored values that cannot be used, so that what was in force before stays."""
    heard_at: float | None = None
    """When the database answered last, on the monotonic clock."""
    fault: str = ""
    """What went wrong at the last try."""

    def complaints(self) -> Iterator[str]:
        """What is not as it should be, in words."""
        since = self.seconds_since_heard()
        if self.known is Known.NOWHERE:
            yield f"not known, and the {PRIMARY} schema cannot be reached: {self.fault}"
        elif self.fault:
            yield f"version {self.version.number} is in force, the last known: {self.fault}"
        elif since > SILENT_SECONDS:
            yield f"version {self.version.number} is in force, the last known: no answer for {since:.0f} s"
        for problem in self.problems:
            yield f"invalid stored value, so the previous one stays in force: {problem}"

    def seconds_since_heard(self) -> float:
        """How long ago the database answered; infinity for never."""
        return math.inf if self.heard_at is None else time.monotonic() - self.heard_at


class Poller:
    """Keeps one pod's settings as new as its replica is."""

    def __init__(self, pod: Pod, file: Path) -> None:
        self._pod = pod
        self._file = file
        self.state = State()

    def begin(self) -> None:
        """The first settings: those of the database, or of the file while it cannot be reached."""
        stored = None if self.try_once() else recall(self._file)
        if stored is not None:
            self._take(stored, Known.FILE)

    def try_once(self) -> bool:
        """Look at the database once; whether it answered."""
        try:
            self.look()
        except Error as error:
            self.state = replace(self.state, fault=in_words(error))
            connections[_alias()].close()
            return False
        self.state = replace(self.state, heard_at=time.monotonic(), fault="")
        return True

    def look(self) -> None:
        """Put in force what the replica shows, if that is new. Raises `django.db.Error`."""
        version = read_version(_alias())
        if version == self.state.version and self.state.known is Known.DATABASE:
            return
        stored = self._settled(read_stored(_alias()))
        if stored is not None:
            self._take(stored, Known.DATABASE)
            keep(stored, self._pod.name, self._file)

    def go_on(self) -> None:
        """Look again and again; more rarely while nothing answers."""
        pause = PAUSE_SECONDS
        while True:
            time.sleep(pause * random.uniform(0.8, 1.0))  # noqa: S311
            close_old_connections()
            pause = PAUSE_SECONDS if self.try_once() else min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _settled(self, stored: Stored) -> Stored | None:
        """What to act by: what the replica shows, unless the pod has seen something newer. None changes nothing."""
        here, there = self.state.version, stored.version
        if there.number >= here.number and there.changed_at >= here.changed_at:
            return stored
        # This replica is further behind than another one, or a backup was restored. Only the primary can tell.
        try:
            stored = read_stored(PRIMARY)
        except Error:
            connections[PRIMARY].close()
            return None
        return None if stored.version == here and self.state.known is Known.DATABASE else stored

    def _take(self, stored: Stored, known: Known) -> None:
        result = effective(stored, self._pod, in_force())
        put_in_force(result.settings)
        for problem in result.problems:
            if problem not in self.state.problems:
                logger.warning("a stored setting is invalid, its previous value stays in force: %s", problem)
        self.state = replace(self.state, known=known, version=stored.version, problems=result.problems)


def _alias() -> str:
    return PRIMARY + REPLICA_SUFFIX if PRIMARY + REPLICA_SUFFIX in settings.DATABASES else PRIMARY


_running: list[Poller] = []


def start(pod: Pod, file: Path) -> None:
    """Take over the pod's settings now, and go on in a thread that ends with the process.

    Takes as long as the database needs to answer, or its limits to run out.
    """
    poller = Poller(pod, file)
    poller.begin()
    # The thread has connections of its own.
    connections.close_all()
    _running[:] = [poller]
    threading.Thread(target=poller.go_on, name="settings", daemon=True).start()


def state() -> State | None:
    """How sure this process may be of its settings; None where none are polled, in commands."""
    return _running[0].state if _running else None
