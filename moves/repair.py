"""After a promotion of `routes` that lost what was committed last: make it agree with the pods again.

A pod that serves an organization was told so by a flip, so the highest epoch of those that serve is true. A target
that still waits was never told: its source serves on. Attempts that a pod has seen are never used again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from moves import fence, record
from moves.databases import Databases, Session
from moves.journey import Journey
from moves.states import BEFORE_FLIP, State
from moves.tables import SCHEMAS
from topology import Topology
from topology.places import Places


class Found(NamedTuple):
    """What one pod's `main` says of an organization."""

    pod: str
    organization_id: int
    state: str
    epoch: int
    move_id: UUID | None
    attempt: int


def repair(topology: Topology, places: Places, who: str) -> Iterator[str]:
    """Make routes and the pods agree, and yield what was done. May be repeated."""
    databases = Databases(topology, places)
    try:
        found = [each for pod in topology.pods for each in _states(databases, pod)]
        for each in found:
            if each.state == "active":
                yield from _owner(databases.routes(), each, who)
        for each in found:
            yield from _attempt(databases, each, who)
    finally:
        databases.close()


def _states(databases: Databases, pod: str) -> Iterator[Found]:
    rows = databases.pod(pod, SCHEMAS[-1]).run("SELECT id, state, epoch, move_id, attempt FROM organization_state")
    for row in rows:
        yield Found(pod, *row)


def _owner(routes: Session, active: Found, who: str) -> Iterator[str]:
    """Give an organization to the pod that serves it with a higher epoch than routes knows."""
    with routes.transaction():
        rows = routes.run(
            "UPDATE organizations SET pod_id = %s, epoch = %s WHERE id = %s AND epoch < %s AND state = 'active' "
            "RETURNING path",
            (active.pod, active.epoch, active.organization_id, active.epoch),
        )
        if not rows:
            return
        yield f"{rows[0][0]}: {active.pod} serves it with epoch {active.epoch}, and routes says so again"
        if active.move_id:
            yield from _flip_again(routes, active, who)


def _flip_again(routes: Session, active: Found, who: str) -> Iterator[str]:
    """Let the row of the move follow, if it is not lost too."""
    known = routes.run("SELECT 1 FROM organization_moves WHERE id = %s AND target = %s", (active.move_id, active.pod))
    if not known or active.move_id is None:
        yield f"move {active.move_id} is lost; its streams are in the janitor's log of both pods: drop them by hand"
        return
    move = record.load(routes, active.move_id)
    if move.state not in BEFORE_FLIP - {State.ABORTING}:
        return
    attempt = max(active.attempt, move.attempt)
    paths: dict[str, list[State]] = {
        State.PLANNED: [State.PREPARING, State.COPYING, State.STREAMING, State.FENCING],
        State.PREPARING: [State.COPYING, State.STREAMING, State.FENCING],
        State.COPYING: [State.STREAMING, State.FENCING],
        State.STREAMING: [State.FENCING],
        State.REHEARSING: [State.STREAMING, State.FENCING],
        State.FENCING: [],
    }
    for number, state in enumerate(paths[move.state], start=1):
        move = record.advance(routes, move, state, who, "lost by a promotion", attempt=attempt + number)
    record.advance(routes, move, State.FLIPPED, who, "lost by a promotion", flipped_epoch=active.epoch, wanted=None)
    yield f"move {active.move_id} goes on after its flip"


def _attempt(databases: Databases, found: Found, who: str) -> Iterator[str]:
    """Let a move before its flip use no attempt again that a pod has seen, and open the gate."""
    if found.move_id is None or found.state not in {"fenced", "active"}:
        return
    routes = databases.routes()
    if not routes.run("SELECT 1 FROM organization_moves WHERE id = %s AND source = %s", (found.move_id, found.pod)):
        if found.state == "fenced":
            yield f"organization {found.organization_id} is fenced on {found.pod} by a move that routes has lost"
            yield f"  {_open_unknown(databases, found)}"
        return
    move = record.load(routes, found.move_id)
    if move.state not in BEFORE_FLIP:
        return
    if move.attempt < found.attempt:
        to = State(move.state)
        move = record.advance(routes, move, to, who, "attempts lost by a promotion", attempt=found.attempt)
        yield f"move {move.id}: attempt {found.attempt} was lost and is not used again"
    if found.state == "fenced" and move.state not in {State.REHEARSING, State.FENCING}:
        fence.of_source(Journey(databases, move)).open()
        yield f"organization {found.organization_id}: {found.pod} takes writes again"


def _open_unknown(databases: Databases, found: Found) -> str:
    """Open a gate whose move is lost, if routes says that this pod owns the organization."""
    owned = databases.routes().run(
        "SELECT 1 FROM organizations WHERE id = %s AND pod_id = %s AND epoch = %s",
        (found.organization_id, found.pod, found.epoch),
    )
    if not owned:
        return "another pod owns it, so it stays shut"
    for schema in SCHEMAS:
        databases.pod(found.pod, schema).run(
            "UPDATE organization_state SET state = 'active', fenced_until = NULL WHERE id = %s AND state = 'fenced'",
            (found.organization_id,),
        )
    return "the pod owns it and takes writes again"
