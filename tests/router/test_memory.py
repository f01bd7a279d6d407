"""Clients that send half of their bodies hold memory within a bound, and not for long."""

from __future__ import annotations

import pytest

from bench.half_sent import HalfSent
from router.limits import Limits
from tests.router.running import RunningRouter, eventually
from tests.router.stubs import Owned, StubCluster

MIB = 1024 * 1024
BUFFER = 256 * 1024
ACTIVE = "http.router.downstream_rq_active"


@pytest.fixture(scope="module")
def limits() -> Limits:
    return Limits(arrival_seconds=3, heap_bytes=96 * MIB)


def flood(router: RunningRouter, connections: int) -> list[HalfSent]:
    port = router.ports["people"]
    return [HalfSent(port, size=BUFFER - 1024, announced=BUFFER) for _ in range(connections)]


def test_one_connection_begins_so_many_bodies_and_no_more(router: RunningRouter, stubs: StubCluster) -> None:
    [attacker] = flood(router, 1)
    assert attacker.bodies == router.limits.streams_per_connection == 32
    attacker.close()


def test_half_sent_bodies_are_given_up_while_their_client_stays(router: RunningRouter, stubs: StubCluster) -> None:
    attackers = flood(router, 2)
    assert router.statistic(ACTIVE) > 32
    eventually(lambda: router.statistic(ACTIVE) == 0)
    for attacker in attackers:
        attacker.close()


def test_a_flood_ends_the_largest_streams_and_passes(router: RunningRouter, stubs: StubCluster) -> None:
    """By how much it goes beyond the bound depends on the machine: Envoy looks ten times a second."""
    stubs.owned["/served"] = Owned("pod_eu0")
    attackers = flood(router, 30)
    # Statistics are 503 too while nothing new is begun.
    eventually(lambda: router.get("/served").status == 200)
    for attacker in attackers:
        attacker.close()
    assert router.statistic("envoy.overload_actions.reset_high_memory_stream.count") > 0
    eventually(lambda: router.statistic("server.memory_allocated") < 32 * MIB, seconds=30)


def test_free_memory_goes_back(router: RunningRouter) -> None:
    """That it does is what `bench router-memory` measures, since it takes a minute; here, that Envoy was told."""
    bootstrap = router.files.bootstrap.read_text()
    assert '"memory_allocator_manager"' in bootstrap
    assert '"envoy.overload_actions.shrink_heap"' in bootstrap
