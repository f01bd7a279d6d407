"""What people see when no pod can be reached, or when what a pod said is not delivered."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from tests.router.running import Response, RunningRouter, eventually
from tests.router.stubs import Answer, Owned, Seen, StubCluster

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(params=["unreachable", "undelivered"])
def path(request: pytest.FixtureRequest, stubs: StubCluster) -> str:
    """An address that nobody serves at the moment."""
    unavailable = f"/{request.param}"
    stubs.owned[unavailable] = Owned("pod_us1")
    if request.param == "unreachable":
        stubs.do(stubs["pod_us1"].stop())
        return unavailable

    async def changing(seen: Seen) -> Answer:
        return Answer(404, {"x-gitlab-pod-conceal": "undelivered", "location": "/elsewhere"}, b"of a pod")

    stubs["pod_us1"].pages[unavailable] = changing
    return unavailable


def is_told_to_come_again(response: Response) -> bool:
    return (response.status, response["retry-after"], response["location"]) == (503, "1", None)


def test_a_browser_gets_a_page_with_the_number_of_the_request(router: RunningRouter, path: str) -> None:
    response = router.send("GET", path, headers=BROWSER)
    assert is_told_to_come_again(response)
    assert response["content-type"] == "text/html; charset=utf-8"
    text = response.body.decode()
    assert "<h1>Temporarily unavailable</h1>" in text
    told = re.search("Quote this request ID when you contact support: (.+)</p>", text)
    assert told
    assert eventually(lambda: told[1] in {line["request_id"] for line in router.access()})
    assert '<main data-method="GET">' in text
    assert "{" not in re.sub(r"<(style|script)>.*?</\1>", "", text, flags=re.DOTALL)


def test_its_policy_allows_its_own_style_and_script_and_nothing_else(router: RunningRouter, path: str) -> None:
    response = router.send("GET", path, headers=BROWSER)
    style, script = (digest_of(element, response.body) for element in (b"style", b"script"))
    assert response["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; connect-src 'self'; "
        "frame-ancestors 'none'"
    )


def digest_of(element: bytes, page: bytes) -> str:
    found = re.search(rb"<" + element + rb">(.*?)</" + element + rb">", page, re.DOTALL)
    assert found
    return base64.b64encode(hashlib.sha256(found[1]).digest()).decode()


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
def test_a_program_gets_a_line(router: RunningRouter, path: str, accept: str) -> None:
    response = router.send("GET", path, headers={"Accept": accept})
    assert is_told_to_come_again(response)
    assert re.fullmatch(rb"The server of this page [a-z ]+\. Please try again\.\n", response.body)


def test_head_gets_neither(router: RunningRouter, path: str) -> None:
    response = router.send("HEAD", path, headers=BROWSER)
    assert is_told_to_come_again(response)
    assert response.body == b""
