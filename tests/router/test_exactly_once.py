"""Each request is processed by one pod, once, or not at all."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator

import pytest

from router.limits import Limits
from tests.router.running import RunningRouter
from tests.router.stubs import Answer, Owned, Page, Seen, StubCluster

BIG = b"0123456789abcdef" * 65536


@pytest.fixture(scope="module")
def limits() -> Limits:
    return Limits(buffer_bytes=64 * 1024)


def parts(data: bytes, size: int = 8192) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def processed(stubs: StubCluster, path: str) -> list[tuple[str, str]]:
    """Pod and hash of each body that was processed."""
    return [
        (pod.name, seen.body_sha256)
        for pod in stubs.pods.values()
        for seen in pod.served
        if seen.target.startswith(path)
    ]


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_it_follows_a_misrouted_answer_and_mends_the_entry(
    router: RunningRouter, stubs: StubCluster, method: str
) -> None:
    path, body = f"/moved-{method.lower()}", None if method == "GET" else b"the body"
    stubs.owned[path] = Owned("pod_eu0", epoch=1)
    router.get(path)
    stubs.owned[path] = Owned("pod_us1", epoch=2)
    stubs["pod_eu0"].served.clear()
    first, second = router.debug(f"{path}/x", method, body=body), router.debug(f"{path}/y")
    assert (first.status, first["x-gitlab-pod"]) == (200, "pod_us1")
    assert (first["x-gitlab-router-cache"], first["x-gitlab-router-hops"]) == ("misrouted", "2")
    assert processed(stubs, f"{path}/x") == [("pod_us1", digest(body or b""))]
    assert (second["x-gitlab-router-cache"], second["x-gitlab-router-hops"]) == ("hit", "1")
    assert ["x-gitlab-pod-epoch", "2"] in second.json["headers"]
    assert len(stubs.learns) == 1


def test_a_chunked_body_is_sent_again_while_the_buffer_holds_it(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/chunked"] = Owned("pod_us1")
    for pod in ("pod_eu0", "pod_eu1"):
        stubs[pod].owned = {"/chunked": Owned("pod_eu0")}
    stubs["pod_eu0"].owned = {"/chunked": Owned("pod_us1")}
    stubs["pod_eu0"].learn = stubs["pod_eu1"].learn = says("/chunked", "pod_eu0")
    body = BIG[: 32 * 1024]
    response = router.send("POST", "/chunked", body=parts(body))
    assert response.status == 200
    assert processed(stubs, "/chunked") == [("pod_us1", digest(body))]


def test_a_body_that_comes_slowly_keeps_no_pod_waiting(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/slowly"] = Owned("pod_eu0")
    for known in (False, True):
        with socket.create_connection(("127.0.0.1", router.ports["people"]), timeout=10) as client:
            client.sendall(b"POST /slowly HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhello")
            # Envoy has read the beginning by the time that it has served somebody else.
            assert router.get("/slowly").status == 200
            assert [seen.method for seen in stubs["pod_eu0"].served] == ["GET"], known
            client.sendall(b"world")
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert [seen.body_bytes for seen in stubs["pod_eu0"].served] == [0, 10]
        stubs["pod_eu0"].served.clear()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_beyond_the_buffer_asks_instead_of_trusting_the_cache(
    router: RunningRouter, stubs: StubCluster, chunked: bool
) -> None:
    path = f"/big-{chunked}"
    stubs.owned[path] = Owned("pod_eu0")
    router.get(path)
    stubs.owned[path] = Owned("pod_us1")
    response = router.debug(path, "PUT", body=parts(BIG) if chunked else BIG)
    assert (response.status, response["x-gitlab-router-hops"]) == (200, "1")
    assert sorted(learn.get("fresh", "") for learn in stubs.learns) == ["", "1"]
    assert ("pod_us1", digest(BIG)) in processed(stubs, path)
    assert router.debug(path)["x-gitlab-pod"] == "pod_us1"


def test_a_body_that_cannot_be_sent_again_is_not_delivered(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/lost"] = Owned("pod_us1")
    for pod in stubs.pods.values():
        pod.learn = says("/lost", "pod_eu0")
    response = router.send("PUT", "/lost", body=BIG)
    assert (response.status, response["retry-after"]) == (503, "1")
    assert response["x-gitlab-pod-redirect"] is None
    assert processed(stubs, "/lost") == []
    # The entry that misled is mended all the same.
    assert router.debug("/lost/x")["x-gitlab-pod"] == "pod_us1"


def test_two_pods_that_differ_play_no_ping_pong(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/pingpong"] = Owned("pod_eu0", epoch=3)
    stubs["pod_eu0"].owned = {"/pingpong": Owned("pod_eu1", epoch=3)}
    stubs["pod_eu1"].owned = {"/pingpong": Owned("pod_eu0", epoch=3)}
    for pod in stubs.pods.values():
        pod.learn = says("/pingpong", "pod_eu0", epoch=3)
    response = router.send("POST", "/pingpong", body=b"once")
    assert (response.status, response["retry-after"]) == (503, "1")
    assert response["x-gitlab-pod-moved"] is None
    assert [len(stubs[pod].misrouted) for pod in ("pod_eu0", "pod_eu1")] == [1, 1]
    assert processed(stubs, "/pingpong") == []


def test_an_older_epoch_is_not_followed(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/older"] = Owned("pod_eu0", epoch=5)
    router.get("/older")
    stubs["pod_eu0"].owned = {"/older": Owned("pod_us1", epoch=4)}
    response = router.send("POST", "/older/x", body=b"")
    assert response.status == 503
    assert [len(pod.misrouted) for pod in stubs.pods.values()].count(1) == 1
    stubs["pod_eu0"].owned = None
    assert router.debug("/older/y")["x-gitlab-router-cache"] == "hit"


def test_a_redirect_without_an_epoch_is_followed(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/released"] = Owned("pod_eu0", epoch=5)
    router.get("/released")
    stubs.owned["/released"] = Owned("pod_us1")
    assert router.debug("/released/x")["x-gitlab-pod"] == "pod_us1"
    assert router.debug("/released/y")["x-gitlab-router-cache"] == "hit"


def test_it_follows_two_hops_and_no_third(router: RunningRouter, stubs: StubCluster) -> None:
    believes = {"pod_eu0": ("pod_eu1", 2), "pod_eu1": ("pod_us0", 3), "pod_us0": ("pod_us1", 4)}
    for name, (next_pod, epoch) in believes.items():
        stubs[name].owned = {"/chain": Owned(next_pod, epoch=epoch), "/short": Owned(next_pod, epoch=epoch)}
    stubs["pod_us0"].owned = {"/chain": Owned("pod_us1", epoch=4), "/short": Owned("pod_us0", epoch=3)}
    stubs.owned["/chain"] = Owned("pod_us1", epoch=4)
    for pod in stubs.pods.values():
        pod.learn = says("/short", "pod_eu0", epoch=1)
    short = router.debug("/short", "POST", body=b"once")
    assert (short.status, short["x-gitlab-pod"], short["x-gitlab-router-hops"]) == (200, "pod_us0", "3")
    for pod in stubs.pods.values():
        pod.learn = says("/chain", "pod_eu0", epoch=1)
    long = router.send("POST", "/chain", body=b"once")
    assert (long.status, long["retry-after"]) == (503, "1")
    assert processed(stubs, "/chain") == []
    # The last word is remembered.
    assert router.debug("/chain/x")["x-gitlab-pod"] == "pod_us1"


def test_a_redirect_to_a_pod_that_is_none_leads_nowhere(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/evil"] = Owned("pod_eu0")
    stubs["pod_eu0"].owned = {"/evil": Owned("evil.example:80")}
    response = router.get("/evil")
    assert (response.status, response["retry-after"]) == (503, "1")


@pytest.mark.parametrize("status", [421, 500, 502, 503])
def test_what_a_pod_answers_itself_is_not_sent_again(router: RunningRouter, stubs: StubCluster, status: int) -> None:
    path = f"/answered-{status}"
    stubs.owned[path] = Owned("pod_eu0")

    async def fails(seen: Seen) -> Answer:
        return Answer(status, {"x-gitlab-pod-redirect": '{"pod": "pod_us1"}'} if status != 421 else {}, b"its own")

    stubs["pod_eu0"].pages[path] = fails
    response = router.send("POST", path, body=b"once")
    assert (response.status, response.body) == (status, b"its own")
    assert len(processed(stubs, path)) == 1


def test_a_pod_that_dies_while_it_works_is_not_asked_again(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/dies"] = Owned("pod_eu0")

    async def dies(seen: Seen) -> Answer:
        await stubs["pod_eu0"].stop()
        return Answer(200)

    stubs["pod_eu0"].pages["/dies"] = dies
    response = router.send("POST", "/dies", body=b"once")
    assert (response.status, response["retry-after"]) == (503, "1")
    assert len(processed(stubs, "/dies")) == 1


def test_a_pod_that_is_down_is_503_with_retry_after(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/down"] = Owned("pod_us1")
    stubs.do(stubs["pod_us1"].stop())
    response = router.send("POST", "/down", body=b"once")
    assert (response.status, response["retry-after"]) == (503, "1")
    stubs.reset()
    stubs.owned["/down"] = Owned("pod_us1")
    assert router.send("POST", "/down", body=b"once").status == 200


def says(path: str, pod: str, *, epoch: int | None = None) -> Page:
    """A learn that answers the same to everybody."""

    async def learn(seen: Seen) -> Answer:
        headers = {"cache-control": "max-age=60"} | ({"x-gitlab-pod-epoch": str(epoch)} if epoch else {})
        return Answer(200, headers, json.dumps({"path": path, "pod": pod, "source": "routable"}).encode())

    return learn
