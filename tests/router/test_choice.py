"""Which pod is asked and which pod serves, while pods fall ill, come and go."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from router import config
from tests.router.running import SECRETS, Response, RunningRouter, eventually, topology_of
from tests.router.stubs import Answer, Owned, Seen, StubCluster


@pytest.fixture(autouse=True)
def _healthy(router: RunningRouter, stubs: StubCluster) -> None:
    """Each test begins when the router has seen all pods well."""
    healthy(router, "learn-pods", 4)
    healthy(router, "prefer-pod_eu0", 4)
    healthy(router, "any-pod", 4)


def healthy(router: RunningRouter, cluster: str, count: int) -> None:
    eventually(lambda: router.statistic(f"cluster.{cluster}.membership_healthy") == count)


def served_by(router: RunningRouter, path: str, times: int = 20) -> set[str | None]:
    responses = [router.debug(path) for _ in range(times)]
    assert {response.status for response in responses} == {200}
    return {response["x-gitlab-pod"] for response in responses}


def test_any_is_learned_once_and_served_by_every_pod_of_the_region(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/any"] = Owned("", "any", exact=True)
    assert served_by(router, "/any") == {"pod_eu0", "pod_eu1"}
    assert len(stubs.learns) == 1


def test_any_leaves_out_a_pod_that_is_not_ready(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/any"] = Owned("", "any", exact=True)
    stubs["pod_eu0"].ready = False
    healthy(router, "any-pod", 3)
    assert served_by(router, "/any") == {"pod_eu1"}


def test_any_goes_to_the_other_region_when_the_own_has_no_ready_pod(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/any"] = Owned("", "any", exact=True)
    stubs["pod_eu0"].ready = stubs["pod_eu1"].ready = False
    healthy(router, "any-pod", 2)
    assert served_by(router, "/any") == {"pod_us0", "pod_us1"}


def test_any_costs_nobody_an_error_while_one_pod_is_left(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/any"] = Owned("", "any", exact=True)
    router.get("/any")
    for pod in ("pod_eu0", "pod_eu1", "pod_us1"):
        stubs.do(stubs[pod].stop())
    assert served_by(router, "/any") == {"pod_us0"}


def test_learn_goes_to_the_other_region_when_the_own_has_no_pod(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/far"] = Owned("pod_us1")
    for pod in ("pod_eu0", "pod_eu1"):
        stubs.do(stubs[pod].stop())
    # At once, by trying another, and when the health check has seen it, without trying.
    assert router.debug("/far/1")["x-gitlab-pod"] == "pod_us1"
    healthy(router, "learn-pods", 2)
    assert router.debug("/other/2").status == 200


def test_the_pods_of_a_region_share_what_only_prefers_its_first(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/users"] = Owned("pod_eu0", "fixed", preference=True)
    assert served_by(router, "/users/sign_in") == {"pod_eu0", "pod_eu1"}
    stubs["pod_eu0"].ready = False
    healthy(router, "prefer-pod_eu0", 3)
    assert served_by(router, "/users/sign_in") == {"pod_eu1"}
    stubs["pod_eu1"].ready = False
    healthy(router, "prefer-pod_eu0", 2)
    assert served_by(router, "/users/sign_in") == {"pod_us0", "pod_us1"}
    stubs["pod_eu0"].ready = True
    healthy(router, "prefer-pod_eu0", 3)
    assert served_by(router, "/users/sign_in") == {"pod_eu0"}


def test_a_preferred_pod_that_just_died_costs_nobody_an_error(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/users"] = Owned("pod_eu0", "fixed", preference=True)
    router.get("/users/sign_in")
    stubs.do(stubs["pod_eu0"].stop())
    assert served_by(router, "/users/sign_in", times=5) == {"pod_eu1"}


def test_a_fixed_pod_is_strict(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/admin"] = Owned("pod_us0", "fixed")
    assert served_by(router, "/admin/users") == {"pod_us0"}
    stubs.do(stubs["pod_us0"].stop())
    assert router.get("/admin/users").status == 503


def test_an_ill_owner_is_still_asked(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/owned"] = Owned("pod_eu1")
    stubs["pod_eu1"].ready = False
    healthy(router, "learn-pods", 3)
    assert served_by(router, "/owned", times=3) == {"pod_eu1"}


def test_a_pod_that_breaks_connections_is_ejected(router: RunningRouter, stubs: StubCluster) -> None:
    async def breaks(seen: Seen) -> Answer:
        raise ConnectionError

    stubs["pod_eu0"].learn = breaks
    ejected = router.statistic("cluster.learn-pods.outlier_detection.ejections_enforced_total")
    for number in range(30):
        assert router.get(f"/ejecting-{number}").status == 200
    assert router.statistic("cluster.learn-pods.outlier_detection.ejections_enforced_total") > ejected
    for number in range(10):
        before = len(stubs["pod_eu0"].learns)
        assert router.get(f"/ejected-{number}").status == 200
        if not router.statistic("cluster.learn-pods.outlier_detection.ejections_active"):
            break
        assert len(stubs["pod_eu0"].learns) == before
    # A health check that succeeds lets it in again.
    eventually(lambda: router.statistic("cluster.learn-pods.outlier_detection.ejections_active") == 0, 30)


def test_pods_come_drain_and_go_while_requests_flow(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/kept"] = Owned("pod_eu1", max_age=3600)
    router.get("/kept")
    stopping = threading.Event()

    def flow() -> list[Response]:
        responses = []
        while not stopping.is_set():
            responses.append(router.debug("/kept/x"))
        return responses

    with ThreadPoolExecutor(2) as clients:
        flows = [clients.submit(flow) for _ in range(2)]
        try:
            _come_drain_and_go(router, stubs)
        finally:
            stopping.set()
        responses = [response for flow in flows for response in flow.result()]
    assert {(r.status, r["x-gitlab-pod"], r["x-gitlab-router-cache"]) for r in responses} == {(200, "pod_eu1", "hit")}


def _come_drain_and_go(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.add("pod_eu2")
    rewrite(router, stubs)
    healthy(router, "learn-pods", 5)
    stubs.owned["/new"] = Owned("pod_eu2")
    eventually(lambda: router.debug("/new")["x-gitlab-pod"] == "pod_eu2")
    stubs.owned["/any-new"] = Owned("", "any")
    eventually(lambda: "pod_eu2" in served_by(router, "/any-new"))

    rewrite(router, stubs, draining=("pod_eu2",))
    healthy(router, "learn-pods", 4)
    assert served_by(router, "/new", times=3) == {"pod_eu2"}
    assert served_by(router, "/any-new") == {"pod_eu0", "pod_eu1"}

    gone = stubs.pods.pop("pod_eu2")
    rewrite(router, stubs)
    stubs.owned["/new"] = Owned("pod_eu0")
    eventually(lambda: router.debug("/new")["x-gitlab-pod"] == "pod_eu0")
    stubs.do(gone.stop())


def rewrite(router: RunningRouter, stubs: StubCluster, *, draining: tuple[str, ...] = ()) -> None:
    changed = topology_of(stubs, ports=router.ports, draining=draining)
    config.write(changed, changed.routers["eu"], router.places, SECRETS, limits=router.limits)
