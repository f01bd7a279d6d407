"""Whatever dies and comes back in whatever order: one pod serves at most, epochs only grow, and nothing is lost.

A machine draws what happens: a driver works until a statement at which it is killed; another is stopped at a statement
and goes on much later, when others have taken over; people write; operators change their minds; a gate's alarm rings;
and the way back closes.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from moves.databases import Databases
from moves.driver import LOCK_CLASS
from moves.states import TERMINAL
from moves.watching import rescue
from schemas.gate import SHUT
from tests.moves.conftest import Scene, finish, make_scene
from tests.running_cluster import RunningCluster

pytestmark = pytest.mark.slow

# A whole move is some three hundred statements.
STATEMENTS = st.integers(1, 400)
MOST_ZOMBIES = 2


class Killed(BaseException):
    """The driver's process is gone, and its sessions with it."""


class Zombie:
    """A driver that is stopped at a statement, as by SIGSTOP, and goes on when it is told to."""

    def __init__(self, scene: Scene, move: UUID, at: int) -> None:
        self.move = move
        self._left = at
        self._go_on, self.stopped = threading.Event(), threading.Event()
        self.driver = scene.driver(move, watch=self._watch)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        while self.thread.is_alive() and not self.stopped.wait(0.01):
            pass

    @property
    def is_stopped(self) -> bool:
        """Whether it waits in the middle of something."""
        return self.thread.is_alive()

    def go_on(self) -> None:
        """As after SIGCONT."""
        self.driver.stop.set()
        self._go_on.set()
        self.thread.join(60)
        assert not self.thread.is_alive()

    def _run(self) -> None:
        self.driver.once()

    def _watch(self, text: str) -> None:
        self._left -= 1
        if self._left == 0:
            self.stopped.set()
            self._go_on.wait(60)


class Machine(RuleBasedStateMachine):
    """One organization, and all that happens to it."""

    cluster: RunningCluster
    databases: Databases

    @initialize()
    def begin(self) -> None:
        """An organization of its own, and a move."""
        self.scene = make_scene(self.cluster, self.databases, issues=60)
        self.move = self.scene.plan(way_back_seconds=3600)
        self.zombies: list[Zombie] = []
        self.ledger: dict[int, str] = {}
        self.epoch = 1
        self.epochs: dict[tuple[str, str], int] = {}
        self.writes = 0

    @rule()
    def a_driver_works(self) -> None:
        """Until the move waits for somebody."""
        self.scene.driver(self.move).once()
        self._follow()

    @rule(at=STATEMENTS)
    def a_driver_is_killed(self, at: int) -> None:
        """Before or after any statement."""
        left = [at]

        def watch(text: str) -> None:
            left[0] -= 1
            # What is dead cleans nothing up.
            if left[0] <= 0:
                raise Killed

        with suppress(Killed):
            self.scene.driver(self.move, watch=watch).once()
        self._follow()

    @precondition(lambda self: len(self.zombies) < MOST_ZOMBIES)
    @rule(at=STATEMENTS, keeps_its_lock=st.booleans())
    def a_driver_is_stopped(self, at: int, keeps_its_lock: bool) -> None:
        """Its lock is lost, as after its time-out, so that others take over; or they find it busy."""
        zombie = Zombie(self.scene, self.move, at)
        if zombie.is_stopped:
            self.zombies.append(zombie)
            if not keeps_its_lock:
                self._take_its_lock(zombie)
        self._follow()

    @precondition(lambda self: self.zombies)
    @rule()
    def the_lock_of_a_stopped_driver_is_lost(self) -> None:
        """Later than it was stopped."""
        for zombie in self.zombies:
            self._take_its_lock(zombie)

    @precondition(lambda self: self.zombies)
    @rule(which=st.integers(0, 9))
    def a_stopped_driver_goes_on(self, which: int) -> None:
        """Much later than it thinks."""
        self.zombies.pop(which % len(self.zombies)).go_on()
        self._follow()

    @rule()
    def the_way_back_closes(self) -> None:
        """And those who read the source's rows have finished."""
        for column, state in (("reverse_until", "settled"), ("purge_after", "purging")):
            self.databases.routes().run(
                f"UPDATE organization_moves SET {column} = now() WHERE id = %s AND state = %s", (self.move, state)
            )

    @rule()
    def somebody_writes(self) -> None:
        """On both pods: one of them lets them, or none."""
        written = []
        for pod in (self.scene.source, self.scene.target):
            self.writes += 1
            number, text = self.writes % 60 + 1, f"w{self.writes}"
            try:
                changed = self.databases.pod(pod, "main").change(
                    "UPDATE issues SET title = %s WHERE organization_id = %s AND iid = %s",
                    (text, self.scene.organization, number),
                )
            except psycopg.OperationalError as error:
                if error.sqlstate not in {SHUT, "55P03"}:
                    raise
                continue
            if changed:
                written.append(pod)
                self.ledger[number] = text
        assert len(written) <= 1

    @rule()
    def the_alarm_rings(self) -> None:
        """Some pod finds that a gate has been shut for too long."""
        rescue(self.cluster.topology, self.cluster.places, self.move)
        self._follow()

    @rule(wanted=st.sampled_from(["abort", "rollback", "rehearse"]))
    def an_operator_asks(self, wanted: str) -> None:
        """For something that may come too late."""
        self.scene.ask(self.move, wanted)

    @invariant()
    def one_pod_serves_at_most_with_the_newest_epoch(self) -> None:
        """In both schemas."""
        for schema in ("main", "ci"):
            states = self.scene.states(schema)
            active = [epoch for state, epoch in states.values() if state == "active"]
            assert len(active) <= 1
            assert all(epoch == max(each for _, each in states.values()) for epoch in active)

    @invariant()
    def epochs_only_grow(self) -> None:
        """In routes; and no pod serves with one that routes does not know."""
        _, epoch = self.scene.owner()
        assert epoch >= self.epoch
        self.epoch = epoch
        for schema in ("main", "ci"):
            for pod, (_, each) in self.scene.states(schema).items():
                assert self.epochs.get((pod, schema), 0) <= each <= epoch
                self.epochs[pod, schema] = each

    @invariant()
    def a_fence_has_a_move_that_is_open(self) -> None:
        """Nobody is kept from writing by a move that has ended."""
        if any(state == "fenced" for state, _ in self.scene.states().values()) and not self.zombies:
            assert self.scene.move(self.move).state not in TERMINAL

    def teardown(self) -> None:
        """It comes to an end whatever has happened, and everything that was acknowledged is there."""
        if not hasattr(self, "scene"):
            return
        while self.zombies:
            self.zombies.pop().go_on()
        self._follow()
        final = self.scene.drive(self.move, "settled", "aborted", "returned", "done")
        self._follow()
        if self.scene.move(self.move).state not in TERMINAL:
            final = self.scene.drive(self.move, "settled", "aborted", "done")
        pod, _ = self.scene.owner()
        assert self.scene.states()[pod][0] == "active"
        titles: dict[int, str] = dict(
            self.databases.pod(pod, "main").run(
                "SELECT iid, title FROM issues WHERE organization_id = %s", (self.scene.organization,)
            )
        )
        assert len(titles) == 60
        assert {number: titles[number] for number in self.ledger} == self.ledger
        if final.state == "done":
            assert self.scene.number_of_rows(final.source) == 0
        if final.state == "settled":
            assert self.scene.rows(self.scene.source) == self.scene.rows(self.scene.target)
        finish(self.scene)
        assert self.scene.left_overs() == []

    def _follow(self) -> None:
        """After a roll-back, the return is what goes on."""
        rows = self.databases.routes().run("SELECT id FROM organization_moves WHERE returns_id = %s", (self.move,))
        if rows:
            self.move = rows[0][0]
            self.scene.moves.append(self.move)

    def _take_its_lock(self, zombie: Zombie) -> None:
        pod = self.scene.move(zombie.move).target
        self.databases.pod(pod, "main").run(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s "
            "AND objid = (hashtext(%s)::bigint & 4294967295)::oid",
            (LOCK_CLASS, str(zombie.move)),
        )


def test_nothing_is_lost_and_one_pod_serves(empty_cluster: RunningCluster, all_databases: Databases) -> None:
    machine: Any = type("MachineHere", (Machine,), {"cluster": empty_cluster, "databases": all_databases})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=10,
            stateful_step_count=10,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
