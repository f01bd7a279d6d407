"""Pods that take requests in and do not answer: nobody waits for long, and no write is sent twice."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator

import pytest

from router.limits import Limits
from tests.router.running import Response, RunningRouter, eventually
from tests.router.stubs import Answer, Owned, Seen, StubCluster

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def limits() -> Limits:
    return Limits(
        first_byte_seconds=0.5, first_byte_of_write_seconds=1, first_byte_of_many_seconds=0.5, liveness_seconds=0.5
    )


@pytest.fixture(params=["/hung/page", "/api/v4/hung"])
def path(request: pytest.FixtureRequest, stubs: StubCluster) -> str:
    """An address whose pod is alive and never answers it."""
    path: str = request.param
    stubs.owned[path] = Owned("pod_us1")
    stubs["pod_us1"].pages[path] = never
    return path


async def never(seen: Seen) -> Answer:
    await asyncio.Event().wait()
    raise AssertionError


def is_too_late(response: Response) -> bool:
    told = response["retry-after"], response["cache-control"]
    return (response.status, *told) == (504, "1", "no-store")


def seen_by(stubs: StubCluster, path: str) -> list[str]:
    return [pod.name for pod in stubs.pods.values() for seen in pod.begun if seen.target == path]


def test_a_browser_gets_a_page_with_the_number_of_the_request(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/hung"] = Owned("pod_us1")
    stubs["pod_us1"].pages["/hung"] = never
    response = router.send("GET", "/hung", headers=BROWSER)
    assert is_too_late(response)
    assert response["content-type"] == "text/html; charset=utf-8"
    assert response["content-security-policy"]
    text = response.body.decode()
    assert "<p>The server of this page does not answer in time. Please try again in a moment.</p>" in text
    told = re.search("Quote this request ID when you contact support: (.+)</p>", text)
    assert told
    assert eventually(lambda: told[1] in {line["request_id"] for line in router.access()})


@pytest.mark.parametrize("headers", [{}, BROWSER])
def test_a_program_gets_json_or_a_line(router: RunningRouter, path: str, headers: dict[str, str]) -> None:
    response = router.send("GET", path, headers=headers)
    assert is_too_late(response)
    if path.startswith("/api/"):
        assert response["content-type"] == "application/json"
        said = "504 Gateway Timeout: The server of this page does not answer in time. Please try again."
        assert json.loads(response.body) == {"message": said}
    elif not headers:
        assert response.body == b"The server of this page does not answer in time. Please try again.\n"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_it_was_asked_once(router: RunningRouter, stubs: StubCluster, path: str, method: str) -> None:
    assert is_too_late(router.send(method, path, body=None if method == "GET" else b"body"))
    assert seen_by(stubs, path) == ["pod_us1"]


def test_what_has_begun_to_answer_takes_what_it_takes(router: RunningRouter, stubs: StubCluster) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"piece "
            await asyncio.sleep(router.limits.first_byte_seconds)

    async def page(seen: Seen) -> Answer:
        return Answer(stream=pieces())

    stubs.owned["/stream"] = Owned("pod_us1")
    stubs["pod_us1"].pages["/stream"] = page
    assert router.get("/stream").body == b"piece piece piece "


def test_a_write_may_take_longer_than_a_page(router: RunningRouter, stubs: StubCluster) -> None:
    async def page(seen: Seen) -> Answer:
        await asyncio.sleep(router.limits.first_byte_seconds + 0.2)
        return Answer()

    stubs.owned["/write"] = Owned("pod_us1")
    stubs["pod_us1"].pages["/write"] = page
    assert router.send("POST", "/write", body=b"body").status == 200


@pytest.fixture
def preferred(router: RunningRouter, stubs: StubCluster) -> str:
    """An address that the pods of a region share; one of them hangs at it."""
    eventually(lambda: router.statistic("cluster.prefer-pod_eu0.outlier_detection.ejections_active") == 0)
    stubs.owned["/preferred"] = Owned("pod_eu0", "fixed", preference=True)
    stubs["pod_eu0"].pages["/preferred"] = never
    return "/preferred"


def sent_to_the_hung_one(
    router: RunningRouter, stubs: StubCluster, method: str, path: str, body: bytes = b""
) -> tuple[Response, list[str]]:
    """The answer to the first request that the router sends to the pod that hangs, and the pods that were asked."""
    while True:
        for pod in stubs.pods.values():
            pod.begun.clear()
        answer = router.send(method, path, body=body)
        asked = seen_by(stubs, path)
        if "pod_eu0" in asked:
            return answer, asked


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_only_reads_is_asked_of_another_pod(
    router: RunningRouter, stubs: StubCluster, preferred: str, method: str
) -> None:
    answer, asked = sent_to_the_hung_one(router, stubs, method, preferred)
    assert answer.status == 200
    assert asked == ["pod_eu0", "pod_eu1"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_is_not(router: RunningRouter, stubs: StubCluster, preferred: str, method: str) -> None:
    answer, asked = sent_to_the_hung_one(router, stubs, method, preferred, b"body")
    assert is_too_late(answer)
    assert asked == ["pod_eu0"]


def test_a_pod_that_hangs_is_left_alone_until_it_answers(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/of-hung"], stubs.owned["/of-others"] = Owned("pod_us1"), Owned("pod_us0")
    assert router.get("/of-hung").status == 200
    stubs["pod_us1"].hangs = True
    assert router.get("/of-hung").status == 504
    eventually(lambda: router.statistic("cluster.pod_us1.membership_healthy") == 0)
    before = len(seen_by(stubs, "/of-hung"))
    refused = router.send("GET", "/of-hung", headers=BROWSER)
    assert (refused.status, refused["retry-after"]) == (503, "1")
    assert b"The server of this page cannot be reached." in refused.body
    assert len(seen_by(stubs, "/of-hung")) == before, "nobody asks it in vain"
    assert router.get("/of-others").status == 200
    stubs["pod_us1"].hangs = False
    assert eventually(lambda: router.get("/of-hung").status == 200)


def test_a_pod_that_is_not_ready_still_gets_what_it_owns(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/unready"] = Owned("pod_us1")
    stubs["pod_us1"].ready = False
    eventually(lambda: router.statistic("cluster.any-pod.membership_healthy") == 3)
    assert router.get("/unready").status == 200
