"""A pod that has not begun a request because its organization is being moved gets it again; nobody else does."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from router.limits import Limits
from tests.router.running import RunningRouter, eventually
from tests.router.stubs import Answer, Owned, Seen, StubCluster

BODY = b"comment=" + b"x" * 1000
BIG = b"0123456789abcdef" * 16384
FENCED = Answer(503, {"x-gitlab-pod-fenced": "1", "retry-after": "1"}, b"being moved")


@pytest.fixture(scope="module")
def limits() -> Limits:
    return Limits(buffer_bytes=64 * 1024)


def fenced(stubs: StubCluster, pod: str, path: str, times: int, then: Answer | None = None) -> list[Seen]:
    """A pod that refuses the first requests for a path; those that it began."""
    begun: list[Seen] = []
    refused: list[Seen] = []

    async def page(seen: Seen) -> Answer:
        if len(refused) < times:
            refused.append(seen)
            return FENCED
        begun.append(seen)
        return then or Answer(201, {}, b"made")

    stubs[pod].pages[path] = page
    return begun


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET"])
@pytest.mark.parametrize("times", [1, 4])
def test_a_fenced_request_is_sent_again_with_its_body(
    router: RunningRouter, stubs: StubCluster, method: str, times: int
) -> None:
    path, body = f"/fenced-{method.lower()}-{times}", None if method in {"GET", "DELETE"} else BODY
    stubs.owned[path] = Owned("pod_eu0", epoch=1)
    begun = fenced(stubs, "pod_eu0", path, times)
    response = router.debug(path, method, body=body)
    assert (response.status, response.body) == (201, b"made")
    assert response["x-gitlab-router-hops"] == "1"
    assert [seen.body_sha256 for seen in begun] == [hashlib.sha256(body or b"").hexdigest()]
    assert response.seconds * 1000 >= sum(Limits().fenced_ms[:times])


def test_it_is_told_in_the_end_that_it_has_to_come_again(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/shut"] = Owned("pod_eu0", epoch=1)
    begun = fenced(stubs, "pod_eu0", "/shut", 99)
    response = router.send("POST", "/shut", body=BODY)
    assert (response.status, response.body, response["retry-after"]) == (503, b"being moved", "1")
    assert response["x-gitlab-pod-fenced"] is None
    assert router.logged("/shut")["attempts"] == 1 + len(Limits().fenced_ms)
    assert begun == []


def test_a_body_that_is_gone_is_not_waited_for(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/large"] = Owned("pod_eu0", epoch=1)
    begun = fenced(stubs, "pod_eu0", "/large", 1)
    response = router.send("POST", "/large", body=BIG)
    assert (response.status, response["retry-after"]) == (503, "1")
    assert response["x-gitlab-pod-fenced"] is None
    assert router.logged("/large")["attempts"] == 1
    assert begun == []


def test_it_goes_on_to_the_new_owner_and_waits_there_until_that_one_serves(
    router: RunningRouter, stubs: StubCluster
) -> None:
    stubs.owned["/flipped"] = Owned("pod_eu0", epoch=1)
    router.get("/flipped/before")
    path = "/flipped/comment"
    stubs.owned["/flipped"] = Owned("pod_us1", epoch=2)
    redirect = '{"path": "/flipped", "pod": "pod_us1", "source": "routable", "epoch": 2}'
    here = fenced(stubs, "pod_eu0", path, 2, Answer(421, {"x-gitlab-pod-redirect": redirect}, b""))
    there = fenced(stubs, "pod_us1", path, 2)
    response = router.debug(path, "POST", body=BODY)
    assert (response.status, response["x-gitlab-pod"], response["x-gitlab-router-hops"]) == (201, "pod_us1", "2")
    assert len(here) == 1
    assert [(seen.body_sha256, seen.header("x-gitlab-pod-epoch")) for seen in there] == [
        (hashlib.sha256(BODY).hexdigest(), "2")
    ]
    after = router.debug("/flipped/after")
    assert (after["x-gitlab-pod"], after["x-gitlab-router-cache"]) == ("pod_us1", "hit")


def test_who_is_fenced_keeps_nobody_else_waiting(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned |= {"/waits": Owned("pod_eu0", epoch=1), "/passes": Owned("pod_eu0", epoch=1)}
    begun = fenced(stubs, "pod_eu0", "/waits", 99)
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(router.send, "POST", "/waits", body=BODY)
        eventually(lambda: stubs["pod_eu0"].served)
        assert router.send("POST", "/passes", body=BODY).status == 200
        assert not waiting.done()
        assert waiting.result().status == 503
    assert begun == []


@pytest.mark.parametrize("status", [200, 404, 500])
def test_only_a_refusal_is_sent_again(router: RunningRouter, stubs: StubCluster, status: int) -> None:
    path = f"/odd-{status}"
    stubs.owned[path] = Owned("pod_eu0", epoch=1)
    begun = fenced(stubs, "pod_eu0", path, 0, Answer(status, {"x-gitlab-pod-fenced": "1"}, b"done"))
    response = router.send("POST", path, body=BODY)
    assert (response.status, response.body) == (status, b"done")
    assert response["x-gitlab-pod-fenced"] is None
    assert len(begun) == 1


def test_a_client_cannot_spend_the_waits(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/forged"] = Owned("pod_eu0", epoch=1)
    fenced(stubs, "pod_eu0", "/forged", 2)
    forged = {"X-Gitlab-Router-Waited": "9", "X-Gitlab-Pod-Fenced": "1"}
    assert router.send("POST", "/forged", headers=forged, body=BODY).status == 201
