"""In every pod, beside the janitor: drive the moves to this pod, and look after gates that stay shut.

`fenced_until` is only an alarm clock. A pod that finds it over asks the primary of `routes` first, and opens the gate
only when the attempt that shut it is over. While `routes` does not answer, the gate stays shut.
"""

from __future__ import annotations

import logging
import threading
import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from django.conf import settings

from moves import fence, record
from moves.databases import Databases
from moves.driver import DUE, Driver, undo
from moves.exceptions import MoveError
from moves.flip import activate
from moves.journey import Journey
from moves.states import State
from moves.tables import SCHEMAS
from schemas.identity import this_topology
from topology import Topology, TopologyError
from topology.places import Places

PAUSE_SECONDS = 1.0
OVERDUE = "SELECT move_id FROM organization_state WHERE state = 'fenced' AND fenced_until < clock_timestamp()"
OPEN = f"""
SELECT id, {DUE}, organization_id, source, state, measured FROM organization_moves AS moves
WHERE target = %s AND state NOT IN ('done', 'returned', 'aborted') ORDER BY created_at
"""  # noqa: S608

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seen:
    """An open move to this pod, as this process read it last. `measured` is what its driver measured."""

    organization_id: int
    source: str
    state: str
    measured: dict[str, Any]


_seen: list[Seen] = []


def moves_here() -> tuple[Seen, ...]:
    """Return the open moves to this process's pod. Asks no database: metrics are read while one is down."""
    return tuple(_seen)


class Watcher:
    """A pod's threads for moves."""

    def __init__(self, pod: str) -> None:
        self.pod = pod
        self.stop = threading.Event()
        self._drivers: dict[uuid.UUID, threading.Thread] = {}

    def start(self) -> None:
        """Watch in a thread of this process until `stop` is set."""
        threading.Thread(target=self._watch, name="moves", daemon=True).start()

    def _watch(self) -> None:
        databases, told = Databases(this_topology(), settings.PLACES), ""
        while not self.stop.wait(PAUSE_SECONDS):
            try:
                self.look(databases)
                told = ""
            except (psycopg.Error, MoveError, TopologyError) as error:
                databases.close()
                if type(error).__name__ != told:
                    logger.warning("moves are looked at again later: %s", error)
                told = type(error).__name__
        databases.close()

    def look(self, databases: Databases) -> None:
        """Start a driver for each open move to this pod that has none here, and rescue overdue gates."""
        rows = databases.routes().run(OPEN, (self.pod,))
        _seen[:] = [Seen(*columns) for _, _, *columns in rows]
        for move_id in [move_id for move_id, due, *_ in rows if due]:
            thread = self._drivers.get(move_id)
            if thread is None or not thread.is_alive():
                driver = Driver(this_topology(), settings.PLACES, move_id, stop=self.stop)
                drive = partial(driver.run, until_it_waits=True)
                thread = threading.Thread(target=drive, name=f"move {move_id}", daemon=True)
                self._drivers[move_id] = thread
                thread.start()
        self._drivers = {key: thread for key, thread in self._drivers.items() if thread.is_alive()}
        overdue = {
            move_id for schema in SCHEMAS for (move_id,) in databases.as_application(self.pod, schema).run(OVERDUE)
        }
        failed: Exception | None = None
        for move_id in sorted(overdue):
            try:
                rescue(this_topology(), settings.PLACES, move_id)
            except (psycopg.Error, MoveError) as error:
                # The others have nothing to do with it.
                failed = error
        if failed:
            raise failed


def rescue(topology: Topology, places: Places, move_id: uuid.UUID) -> None:
    """Open the gate of a fence whose time is over, or finish its flip. Needs no lock: the attempt decides."""
    databases = Databases(topology, places, move_id)
    try:
        journey = Journey(databases, record.load(databases.routes(), move_id))
        undo(journey)
        if journey.move.state in {State.FLIPPED, State.SETTLED}:
            activate(journey)
        elif journey.move.state == State.ABORTED:
            fence.of_source(journey).open()
    finally:
        databases.close()
