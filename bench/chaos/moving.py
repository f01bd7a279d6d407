"""Plays the operators: starts the planned moves, asks for how they are to end, lets time pass, and breaks things."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.chaos.faults import Aim, Faults, start_again
from bench.chaos.looks import Looks
from bench.chaos.plan import STATES, Ending, Fault, Planned
from bench.chaos.world import Filled
from bench.exceptions import AnswersWrong

LOOK_SECONDS = 0.02
LONGEST_MOVE_SECONDS = 240.0
PAUSED_SECONDS = 1.0
START_AGAIN_SECONDS = 5.0
PLAN = """
INSERT INTO organization_moves (id, organization_id, source, target, cutover, way_back_seconds, asked_by)
SELECT %(move)s, id, pod_id, (array_remove(%(pods)s::text[], pod_id::text))[1 + %(choice)s], %(cutover)s, 86400,
       'chaos' FROM organizations WHERE id = %(organization)s
ON CONFLICT (id) DO NOTHING
"""
STANDS = """
SELECT id::text, state, wanted, certificate IS NOT NULL, coalesce((rehearsal ->> 'clean')::boolean, false), source,
       target, returns_id::text FROM organization_moves WHERE id = ANY (%s) OR returns_id = ANY (%s)
"""
ABORT = """
UPDATE organization_moves SET wanted = 'abort' WHERE id = %s
AND state IN ('planned', 'preparing', 'copying', 'streaming', 'rehearsing', 'fencing')
"""
WANT = "UPDATE organization_moves SET wanted = %s WHERE id = %s"
PAUSE = "UPDATE organization_moves SET paused = %s WHERE id = %s"
CLOSE = "UPDATE organization_moves SET reverse_until = now() WHERE id = %s AND state = 'settled'"
PURGE = "UPDATE organization_moves SET purge_after = now() WHERE id = %s AND state = 'purging'"
EVENTS = """
SELECT to_char(at, 'HH24:MI:SS.MS'), left(move_id::text, 8), who, state, attempt, text FROM organization_move_events
WHERE move_id IN (SELECT id FROM organization_moves WHERE organization_id = %s) ORDER BY id
"""


@dataclass
class Stands:
    """A row of `organization_moves` as it was seen last."""

    id: str
    state: str
    wanted: str | None
    certified: bool
    clean: bool
    source: str
    target: str
    returns: str | None


@dataclass
class UnderWay:
    """A move that has begun."""

    planned: Planned
    filled: Filled
    id: uuid.UUID
    began: float
    faults: list[Fault]
    asked: set[str] = field(default_factory=set)
    paused_at: float = 0.0
    seen: set[str] = field(default_factory=set)


@dataclass
class Operators:
    """All moves of a run."""

    looks: Looks
    faults: Faults
    organizations: list[Filled]
    say: Callable[[str], None]
    under_way: dict[uuid.UUID, UnderWay] = field(default_factory=dict)
    ended: Counter[str] = field(default_factory=Counter)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def _pod(self) -> str:
        return next(iter(self.looks.scratch.topology.pods))

    def run(self, plan: list[Planned], at_once: int, wrong: Callable[[], list[str]]) -> None:
        """Make the moves of a plan, so many at once. Raises `AnswersWrong` when one does not end in time."""
        waiting, looked = list(plan), time.monotonic()
        while (waiting or self.under_way) and not wrong():
            for planned in list(waiting):
                if len(self.under_way) < at_once and self._is_free(planned):
                    waiting.remove(planned)
                    self._start(planned)
            self._look()
            if time.monotonic() - looked > START_AGAIN_SECONDS:
                looked = time.monotonic()
                start_again(self.looks.scratch)
            time.sleep(LOOK_SECONDS)
        for thread in self._threads:
            thread.join()

    def events(self, organization: int) -> list[str]:
        """Everything that happened to an organization."""
        return [" ".join(map(str, row)) for row in self.looks.must(self._pod, "routes", EVENTS, organization)]

    def _is_free(self, planned: Planned) -> bool:
        return all(each.planned.organization != planned.organization for each in self.under_way.values())

    def _start(self, planned: Planned) -> None:
        filled, move = self.organizations[planned.organization], uuid.uuid4()
        values = {
            "move": move,
            "pods": list(self.looks.scratch.topology.pods),
            "choice": planned.choice,
            "cutover": "manual" if planned.manual else "auto",
            "organization": filled.id,
        }
        self.looks.must(self._pod, "routes", PLAN, values)
        self.under_way[move] = UnderWay(planned, filled, move, time.monotonic(), list(planned.faults))
        self.say(str(planned))

    def _look(self) -> None:
        ids = list(self.under_way)
        rows = self.looks.look(self._pod, "routes", STANDS, ids, ids)
        if rows is None:
            return
        stands = [Stands(*row) for row in rows]
        for each in list(self.under_way.values()):
            own = [stand for stand in stands if str(each.id) in {stand.id, stand.returns}]
            # After a roll-back, its return is what goes on.
            own.sort(key=lambda stand: stand.returns is not None)
            if own:
                self._follow(each, own[-1])
            if time.monotonic() - each.began > LONGEST_MOVE_SECONDS:
                told = "\n".join(self.events(each.filled.id))
                raise AnswersWrong(f"{each.planned} has not ended: {own}\n{told}")

    def _follow(self, move: UnderWay, now: Stands) -> None:
        if now.state in {"done", "aborted"}:
            self._end(move, now)
            return
        move.seen.add(now.state)
        self._break(move, now)
        self._wish(move, now)
        if now.state == "purging":
            self.looks.look(self._pod, "routes", PURGE, now.id)

    def _end(self, move: UnderWay, now: Stands) -> None:
        del self.under_way[move.id]
        if now.state == "aborted":
            kind = "aborted" if "abort" in move.asked else "aborted by itself"
        else:
            kind = "rolled back" if now.returns else "done"
        self.ended[kind] += 1
        self.say(f"move {move.planned.number}: {kind} after {time.monotonic() - move.began:.1f} s")

    def _break(self, move: UnderWay, now: Stands) -> None:
        """Begin the faults whose moment has come."""
        reached = STATES.index(now.state) if now.state in STATES else -1
        for fault in list(move.faults):
            if STATES.index(fault.state) <= reached or now.returns:
                move.faults.remove(fault)
                aim = Aim(now.id, now.source, now.target)
                thread = threading.Thread(target=self._fault, args=(fault, aim))
                thread.start()
                self._threads.append(thread)

    def _fault(self, fault: Fault, aim: Aim) -> None:
        time.sleep(fault.delay)
        self.faults.make(fault, aim)

    def _wish(self, move: UnderWay, now: Stands) -> None:
        planned = move.planned
        may_abort = planned.ending is Ending.ABORT and now.state in STATES and "abort" not in move.asked
        if may_abort and STATES.index(now.state) >= STATES.index(planned.abort_at):
            self._ask(move, "abort", ABORT, now.id)
        if planned.pauses and now.state == "copying" and "pause" not in move.asked:
            self._ask(move, "pause", PAUSE, True, now.id)
            move.paused_at = time.monotonic()
        if "pause" in move.asked and "resume" not in move.asked and time.monotonic() - move.paused_at > PAUSED_SECONDS:
            self._ask(move, "resume", PAUSE, False, move.id)
        if planned.manual and now.clean and now.state == "streaming" and "cutover" not in move.asked:
            self._ask(move, "cutover", WANT, "cutover", now.id)
        if now.state == "settled":
            self._settled(move, now)

    def _settled(self, move: UnderWay, now: Stands) -> None:
        returns = move.planned.ending is Ending.ROLLBACK and not now.returns
        if returns and "rollback" not in move.asked and (now.certified or move.planned.at_once):
            self._ask(move, "rollback", WANT, "rollback", now.id)
        elif now.certified and now.wanted is None:
            # Also when the way back was lost, so that the roll-back was refused.
            self.looks.look(self._pod, "routes", CLOSE, now.id)

    def _ask(self, move: UnderWay, what: str, statement: str, *values: object) -> None:
        if self.looks.look(self._pod, "routes", statement, *values) is not None:
            move.asked.add(what)
