"""A response that must not tell absent from private: the same on the wire, and after the same time."""

from __future__ import annotations

import asyncio
import socket
import statistics
from concurrent.futures import ThreadPoolExecutor

import pytest

from router.limits import Limits
from tests.router.lua import lua
from tests.router.running import Response, RunningRouter
from tests.router.stubs import Answer, Owned, Page, Seen, StubCluster

BUDGET_MS = 100


@pytest.fixture(scope="module")
def limits() -> Limits:
    return Limits(conceal_ms=BUDGET_MS, waiting_concealed=8)


def not_found(delay_seconds: float = 0, budget: str = "100") -> Page:
    async def page(seen: Seen) -> Answer:
        await asyncio.sleep(delay_seconds)
        return Answer(404, {"content-type": "text/html", "x-gitlab-pod-conceal": budget}, b"not found")

    return page


PAUSES = """function(started, now, ends)
    local asked, received = {}, {["x-gitlab-pod-conceal"] = "100", ["x-request-start"] = started}
    local function headers() return {get = function(_, name) return received[name] end} end
    local handle = {
        headers = headers,
        requestHeaders = headers,
        timestamp = function() return now end,
        httpCall = function(_, _, pause)
            asked[#asked + 1] = pause["x-envoy-fault-delay-request"]
            now = ends[#asked]
            return {[":status"] = "204"}
        end,
    }
    require("response").handle(handle, {}, {least_conceal_ms = 10, longest_conceal_ms = 5000, conceal_ms = 100})
    return table.concat(asked, " ")
end"""


@pytest.mark.parametrize(
    ("now", "ends", "pauses"),
    [
        (2_000, [2_100], "100"),
        (2_030, [2_100], "70"),
        (2_100, [2_200], "100"),
        (2_130, [2_205], "70"),
        # The clock was put back meanwhile.
        (1_500, [1_600], "100"),
        # The pauses end too early, as those of a busy router do.
        (2_030, [2_097, 2_100], "70 3"),
        (2_030, [2_097, 2_099, 2_101], "70 3 1"),
        # The clock is put back while the response waits.
        (2_030, [1_000], "70"),
    ],
)
def test_the_response_waits_until_the_budget_is_used_up(now: int, ends: list[int], pauses: str) -> None:
    """By the milliseconds that the router asks for; the request came at 2,000."""
    runtime = lua()
    assert runtime.eval(PAUSES)("t=2.000", now, runtime.table_from(ends)) == pauses


def wire(response: Response) -> tuple[int, list[str], bytes]:
    """Everything but the time of day."""
    names = [name if name.lower() == "date" else f"{name}: {value}" for name, value in response.headers]
    return response.status, names, response.body


def test_it_waits_until_the_budget_is_used_up(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/private"] = Owned("pod_eu0")
    stubs["pod_eu0"].pages["/private"] = not_found()
    seconds = [router.get("/private").seconds for _ in range(5)]
    assert min(seconds) >= BUDGET_MS / 1000 - 0.002
    assert statistics.median(seconds) < BUDGET_MS / 1000 + 0.05
    assert router.get("/private")["x-gitlab-pod-conceal"] is None


def test_the_pod_names_the_budget(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/private-for-long"] = Owned("pod_eu0")
    stubs["pod_eu0"].pages["/private-for-long"] = not_found(budget="400")
    assert router.get("/private-for-long").seconds >= 0.398


@pytest.mark.parametrize("budget", ["1", "9", "5001", "99999999", "-1", "1e3", "soon"])
def test_a_budget_beyond_its_bounds_is_the_usual_one(router: RunningRouter, stubs: StubCluster, budget: str) -> None:
    stubs.owned["/private-for-how-long"] = Owned("pod_eu0")
    stubs["pod_eu0"].pages["/private-for-how-long"] = not_found(budget=budget)
    answer = router.get("/private-for-how-long")
    assert answer.status == 404
    assert answer.seconds >= BUDGET_MS / 1000 - 0.002


def test_what_takes_longer_waits_for_another_budget(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/slow-private"] = Owned("pod_eu0")
    stubs["pod_eu0"].pages["/slow-private"] = not_found(delay_seconds=BUDGET_MS / 1000 * 1.3)
    assert router.get("/slow-private").seconds >= 2 * BUDGET_MS / 1000 - 0.002


def test_absent_and_private_look_and_last_alike(router: RunningRouter, stubs: StubCluster) -> None:
    """Private: far away, with a stale entry, so two hops. Absent: near, one hop. First requests and second ones."""
    seen: dict[str, list[Response]] = {"private": [], "absent": []}
    for number in range(8):
        gone, secret = f"/absent-{number}", f"/private-{number}"
        stubs.owned[secret] = Owned("pod_eu0", epoch=1)
        router.get(f"{secret}/warm")
        stubs.owned |= {secret: Owned("pod_us1", epoch=2), gone: Owned("pod_eu1", "unknown")}
        stubs["pod_us1"].pages[secret] = not_found(delay_seconds=0.03)
        stubs["pod_eu1"].pages[gone] = not_found()
        for _ in range(2):
            for kind, path in (("private", secret), ("absent", gone)):
                seen[kind].append(router.get(path))
    assert len({str(wire(response)) for responses in seen.values() for response in responses}) == 1
    private, absent = (statistics.median(response.seconds for response in seen[kind]) for kind in seen)
    assert abs(private - absent) < 0.004


def test_beyond_the_cap_nothing_is_told(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/flooded"] = Owned("pod_eu0")
    stubs["pod_eu0"].pages["/flooded"] = not_found()
    with ThreadPoolExecutor(24) as clients:
        responses = list(clients.map(lambda _: router.get("/flooded"), range(48)))
    shed = [response for response in responses if response.status == 503]
    assert shed
    assert {response.status for response in responses} == {404, 503}
    assert {(r.body, r["retry-after"], r["content-length"]) for r in shed} == {
        (b"Too many requests at the moment. Please try again.\n", "1", "51")
    }
    assert router.statistic("http.router.lua.pods.conceal_shed") == len(shed)
    assert router.get("/flooded").status == 404


def test_what_is_shed_has_no_body_for_head(router: RunningRouter, stubs: StubCluster) -> None:
    """Its bytes would be taken for the next response of the connection."""

    async def bodiless(seen: Seen) -> Answer:
        return Answer(404, {"x-gitlab-pod-conceal": "100"})

    def head(_: int) -> bytes:
        with socket.create_connection(("127.0.0.1", router.ports["people"]), timeout=20) as client:
            client.sendall(b"HEAD /flooded-heads HTTP/1.1\r\nHost: pods\r\nConnection: close\r\n\r\n")
            return b"".join(iter(lambda: client.recv(65536), b""))

    stubs.owned["/flooded-heads"] = Owned("pod_eu0")
    stubs["pod_eu0"].pages["/flooded-heads"] = bodiless
    with ThreadPoolExecutor(24) as clients:
        answers = list(clients.map(head, range(48)))
    assert {answer.split()[1] for answer in answers} == {b"404", b"503"}
    assert {answer.partition(b"\r\n\r\n")[2] for answer in answers} == {b""}
