"""The driver: takes a move from state to state until it is done or waits for an operator.

Any number may run; one at a time has the lock of a move, on the target. What a driver began and did not finish is
undone before the flip, and finished after it. A driver that was stopped in the middle does no harm when it goes on: its
sessions were ended, and its attempt is over.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress

import psycopg

from moves import certificate, fence, record
from moves.catch_up import catch_up, is_close, make_way_back
from moves.copy import copy, warn_of_log
from moves.databases import LOCK, Databases
from moves.exceptions import Differs, Lost, MoveError, StreamLost
from moves.flip import CutOver, cut_over, settle
from moves.journey import Interrupted, Journey, Tempo
from moves.prepare import empty_target, prepare
from moves.purge import begin_purge, drop_streams, forget_markers, purge
from moves.rehearse import rehearse
from moves.roll_back import roll_back, way_back_is_open
from moves.states import BEFORE_FLIP, TERMINAL, State, Wanted
from moves.tables import SCHEMAS
from moves.verify import Comparison, Snapshots, compare, connect_snapshots
from topology import Topology
from topology.places import Places

# The first key of the advisory lock on the target's `main`, the word "driv"; the second is a hash of the move.
LOCK_CLASS = 0x64726976
# While nobody says when to cut over.
WATCH_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 10.0
# States in which a move waits for hours.
WAITING = frozenset({State.PLANNED, State.SETTLED, State.PURGING})
POLL_SECONDS = 2.0
# A rehearsal that is older is made again before the cut-over.
REHEARSED_SECONDS = 900
# Every time costs the neighbours another copy.
MOST_RESTARTS = 5
# How often the way back of a settled move is looked at.
LOOK_SECONDS = 60

logger = logging.getLogger(__name__)


class Driver:
    """Drives one move, by one tenure after the other."""

    def __init__(
        self,
        topology: Topology,
        places: Places,
        move_id: uuid.UUID,
        *,
        tempo: Tempo | None = None,
        stop: threading.Event | None = None,
        watch: Callable[[str], None] | None = None,
    ) -> None:
        self._topology, self._places = topology, places
        self.move_id = move_id
        self._tempo = tempo or Tempo()
        self.stop = stop or threading.Event()
        self._watch = watch
        self._made: CutOver | None = None
        self._failed = False

    def run(self, *, until_it_waits: bool = False) -> str:
        """Drive until the move has ended or this process does, or until it waits; return the state."""
        state, pause = "unknown", self._tempo.retry_seconds
        while not self.stop.is_set():
            if self._is_due(state):
                state = self.once()
            if state in TERMINAL or (until_it_waits and state in WAITING and not self._failed):
                return state
            pause = min(pause * 2, LONGEST_RETRY_SECONDS) if self._failed else self._tempo.retry_seconds
            self.stop.wait(max(pause, POLL_SECONDS) if state in WAITING else pause)
        return state

    def _is_due(self, state: str) -> bool:
        """Whether a tenure has something to do: a settled move waits for a day, and its driver holds nothing then."""
        if state not in WAITING or self._failed:
            return True
        databases = Databases(self._topology, self._places, self.move_id)
        try:
            query = f"SELECT 1 FROM organization_moves AS moves WHERE id = %s AND {DUE}"  # noqa: S608
            return bool(databases.routes().run(query, (self.move_id,)))
        except psycopg.Error:
            return False
        finally:
            databases.close()

    def once(self) -> str:
        """Have one tenure: go on until the move waits, ends, or something fails. Return the state, or `busy` when
        another driver has the lock.
        """
        self._failed = False
        databases = Databases(self._topology, self._places, self.move_id)
        databases.watch = self._watch
        journey: Journey | None = None
        try:
            journey = Journey(databases, record.load(databases.routes(), self.move_id), self._tempo, self.stop)
            if journey.move.state in TERMINAL:
                return journey.move.state
            if not _take_lock(journey):
                return "busy"
            self._go_on(journey)
        except Interrupted:
            pass
        except Lost as lost:
            logger.warning("move %s: %s", self.move_id, lost)
        except (psycopg.Error, MoveError) as error:
            self._failed = True
            logger.warning("move %s is tried again: %s", self.move_id, error)
            _tell(databases, journey, error)
        finally:
            self._close(databases)
        return journey.move.state if journey else "unknown"

    def _close(self, databases: Databases) -> None:
        """End the tenure; snapshots of a cut-over live in its sessions."""
        self._made = None
        databases.close()

    def _go_on(self, journey: Journey) -> None:
        undo(journey)
        steps: dict[str, Callable[[Journey], bool]] = {
            State.PLANNED: self._plan,
            State.PREPARING: self._prepare,
            State.COPYING: self._copy,
            State.STREAMING: self._stream,
            State.FLIPPED: self._settle,
            State.SETTLED: self._wait_for_the_end,
            State.PURGING: self._purge,
            State.ABORTING: self._abort,
        }
        while journey.move.state not in TERMINAL:
            journey.look()
            if journey.move.state in BEFORE_FLIP - {State.ABORTING}:
                if journey.move.wanted == Wanted.ABORT:
                    journey.advance(State.ABORTING, "aborts", wanted=None)
                elif is_deleted(journey):
                    journey.advance(State.ABORTING, "aborts: the organization was deleted")
            if not steps[journey.move.state](journey):
                return

    def _plan(self, journey: Journey) -> bool:
        if journey.move.paused or not is_next(journey):
            return False
        return self._prepare(journey)

    def _prepare(self, journey: Journey) -> bool:
        if journey.move.paused:
            return False
        prepare(journey)
        return True

    def _copy(self, journey: Journey) -> bool:
        try:
            copy(journey)
        except StreamLost as lost:
            _begin_again(journey, lost)
        return True

    def _stream(self, journey: Journey) -> bool:
        try:
            return self._follow(journey)
        except StreamLost as lost:
            if journey.move.is_return:
                raise
            _begin_again(journey, lost)
        except Differs as differs:
            journey.tell(f"source and target differ after the rows were copied again: {differs}")
            journey.advance(State.ABORTING, f"aborts: {differs}")
        return True

    def _follow(self, journey: Journey) -> bool:
        make_way_back(journey)
        if journey.move.paused:
            return False
        catch_up(journey)
        while not (step := self._next_step(journey)):
            is_close(journey)
            journey.rest(WATCH_SECONDS)
            journey.look()
        if step == Wanted.REHEARSE:
            rehearse(journey)
            self._failed = bool(journey.move.error)
        else:
            self._made = cut_over(journey)
            self._failed = self._made is None
        return not self._failed

    def _next_step(self, journey: Journey) -> Wanted | None:
        move = journey.move
        due = move.wanted == Wanted.CUTOVER or is_time(journey)
        never = not (move.rehearsal or {}).get("clean")
        if move.wanted == Wanted.REHEARSE or (not move.is_return and (never or (due and not is_rehearsed(journey)))):
            return Wanted.REHEARSE
        return Wanted.CUTOVER if due else None

    def _settle(self, journey: Journey) -> bool:
        settle(journey, self._made)
        return True

    def _wait_for_the_end(self, journey: Journey) -> bool:
        if journey.move.wanted == Wanted.ROLLBACK:
            roll_back(journey)
            return False
        if journey.move.certificate is None or journey.move.wanted == Wanted.VERIFY:
            self._certify(journey)
        ((over,),) = journey.routes.run(
            "SELECT reverse_until <= clock_timestamp() FROM organization_moves WHERE id = %s", (journey.move.id,)
        )
        if over:
            begin_purge(journey)
        elif not way_back_is_open(journey):
            journey.complain("the reverse stream is lost: this move cannot be rolled back any more")
        else:
            warn_of_log(journey, *map(journey.back, SCHEMAS))
        journey.breathe()
        return bool(over)

    def _purge(self, journey: Journey) -> bool:
        ((over,),) = journey.routes.run(
            "SELECT purge_after <= clock_timestamp() FROM organization_moves WHERE id = %s", (journey.move.id,)
        )
        if over:
            purge(journey)
        return bool(over)

    def _abort(self, journey: Journey) -> bool:
        abort(journey)
        return True

    def _certify(self, journey: Journey) -> None:
        """Compare the snapshots of the cut-over, or, when their driver is gone, both sides over the way back."""
        made, self._made = self._made, None
        found, how = None, "not compared: its driver died, and the way back is lost"
        if made and journey.move.certificate is None:
            found, how = compare(journey, made.snapshots), "at the moment of the cut-over"
            made.snapshots.close()
        elif way_back_is_open(journey):
            found, how = compare_later(journey)
        told = certificate.make(journey, found, how)
        record.update(journey.routes, journey.move, certificate=told)
        if found and not found.equal:
            journey.complain("source and target differ; look at the certificate, and roll back")
        journey.grant(Wanted.VERIFY)


# Of the open moves, those with which a driver has something to do now.
DUE = f"""
(wanted IS NOT NULL OR state NOT IN ('planned', 'settled', 'purging')
 OR (state = 'planned' AND NOT paused AND NOT EXISTS (SELECT FROM organization_moves AS others
     WHERE others.state IN ('preparing', 'copying')
       AND (others.source, others.target) = (moves.source, moves.target)))
 OR (state = 'settled' AND (certificate IS NULL OR reverse_until <= clock_timestamp()
     OR coalesce(heartbeat_at < clock_timestamp() - interval '{LOOK_SECONDS} s', true)))
 OR (state = 'purging' AND purge_after <= clock_timestamp()))
"""


def _begin_again(journey: Journey, lost: StreamLost) -> None:
    """Copy everything again, unless that has been tried often enough."""
    restarts = journey.move.restarts
    if restarts >= MOST_RESTARTS:
        journey.advance(State.ABORTING, f"aborts: {lost}, and the copy has begun again {restarts} times already")
    else:
        journey.advance(State.PREPARING, f"{lost}; the copy begins again", restarts=restarts + 1)


def compare_later(journey: Journey) -> tuple[Comparison, str]:
    """Compare both sides at a moment in which the target's gate is shut for a few milliseconds."""
    journey.advance(
        State(journey.move.state), "compares both sides over the way back", attempt=journey.move.attempt + 1
    )
    gate = fence.of_target(journey)
    snapshots = Snapshots(gate)
    connect_snapshots(gate)
    try:
        gate.shut()
        snapshots.of_writer()
        gate.arrive()
        snapshots.of_reader()
    finally:
        gate.open()
    try:
        return compare(journey, snapshots), "after the cut-over, over the reverse stream"
    finally:
        snapshots.close()


def undo(journey: Journey) -> None:
    """Undo what a driver before this one may have begun: shut gates are opened again, before the flip."""
    move = journey.move
    if move.state in {State.REHEARSING, State.FENCING}:
        journey.advance(State.STREAMING, "the driver before this one did not finish")
    if journey.move.state in {State.COPYING, State.STREAMING, State.ABORTING}:
        fence.of_source(journey).open()
    elif journey.move.state == State.SETTLED:
        fence.of_target(journey).open()


def abort(journey: Journey) -> None:
    """Leave the source as if nothing had happened, and nothing on the target."""
    move = journey.move
    fence.of_source(journey).open()
    drop_streams(journey)
    for schema in SCHEMAS:
        found = journey.target(schema).run(
            "SELECT 1 FROM organization_state WHERE id = %s AND move_id = %s AND state = 'incoming'",
            (move.organization_id, move.id),
        )
        if found:
            empty_target(journey, schema)
            journey.target(schema).run(
                "UPDATE organization_state SET state = 'moved' WHERE id = %s AND move_id = %s AND state = 'incoming'",
                (move.organization_id, move.id),
            )
    forget_markers(journey)
    journey.advance(State.ABORTED, f"{move.source} serves on; {move.target} has nothing of the organization")


def is_next(journey: Journey) -> bool:
    """Whether no other move between these pods is being copied."""
    rows = journey.routes.run(
        "SELECT 1 FROM organization_moves WHERE id <> %s AND state IN ('preparing', 'copying') "
        "AND (source, target) = (%s, %s)",
        (journey.move.id, journey.move.source, journey.move.target),
    )
    return not rows


def is_deleted(journey: Journey) -> bool:
    """Whether the organization was deleted since the move was asked for."""
    ((state,),) = journey.routes.run("SELECT state FROM organizations WHERE id = %s", (journey.move.organization_id,))
    return bool(state == "deleted")


def is_rehearsed(journey: Journey) -> bool:
    """Whether a rehearsal found both sides equal, not long ago."""
    rehearsal = journey.move.rehearsal or {}
    if not rehearsal.get("clean"):
        return False
    ((fresh,),) = journey.routes.run(
        "SELECT clock_timestamp() - %s::timestamptz < %s * interval '1 second'",
        (rehearsal["at"], REHEARSED_SECONDS),
    )
    return bool(fresh)


def is_time(journey: Journey) -> bool:
    """Whether the move cuts over by itself now."""
    if journey.move.is_return:
        return True
    ((due,),) = journey.routes.run(
        "SELECT cutover = 'auto' AND coalesce(cutover_at <= clock_timestamp(), true) "
        "FROM organization_moves WHERE id = %s",
        (journey.move.id,),
    )
    return bool(due)


def _take_lock(journey: Journey) -> bool:
    """Become the only driver, and end what the one before has left running."""
    session = journey.databases.pod(journey.move.target, SCHEMAS[-1], LOCK)
    ((taken,),) = session.run(f"SELECT pg_try_advisory_lock({LOCK_CLASS}, hashtext(%s))", (str(journey.move.id),))
    if taken:
        for pod in (journey.move.target, journey.move.source):
            for schema in SCHEMAS:
                journey.databases.end_others(pod, schema)
        journey.look()
    return bool(taken)


def _tell(databases: Databases, journey: Journey | None, error: Exception) -> None:
    """Say why it does not go on, where operators look."""
    if journey is None:
        return
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    with suppress(psycopg.Error, MoveError):
        if databases.routes().info.transaction_status.name != "IDLE":
            databases.routes().run("ROLLBACK")
        journey.complain(text)
