"""First request: one learn. The next: none. And what happens when nobody answers."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from router.limits import Limits
from tests.router.running import SECRETS, RunningRouter, eventually
from tests.router.stubs import Answer, Owned, Seen, StubCluster


@pytest.fixture(scope="module")
def limits() -> Limits:
    return Limits(stale_seconds=600, quiet_seconds=1, learn_ms=600, learn_try_ms=150, confirmed_seconds=299)


def test_it_works(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/works"] = Owned("pod_eu0")
    first, second = router.debug("/works/project/-/issues?page=2"), router.debug("/works/other")
    assert first.json["pod"] == second.json["pod"] == "pod_eu0"
    assert (first["x-gitlab-router-cache"], second["x-gitlab-router-cache"]) == ("miss", "hit")
    assert (first["x-gitlab-router-learned"], second["x-gitlab-router-learned"]) == ("1", "0")
    assert stubs.learns == [{"method": "GET", "path_info": "/works/project/-/issues"}]


def test_it_learns_each_namespace_once(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned |= {"/one": Owned("pod_us0"), "/two": Owned("pod_eu1")}
    served = [router.get(path).json["pod"] for path in ("/one/a", "/two/a", "/one/b", "/two/b", "/one")]
    assert served == ["pod_us0", "pod_eu1", "pod_us0", "pod_eu1", "pod_us0"]
    assert sorted(learn["path_info"] for learn in stubs.learns) == ["/one/a", "/two/a"]


def test_it_remembers_the_widest_prefix(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/wide/project"] = Owned("pod_eu1", prefix="/wide/")
    router.get("/wide/project/-/issues")
    stubs.owned["/wide"] = Owned("pod_eu1")
    assert router.debug("/wide/other")["x-gitlab-router-cache"] == "hit"


def test_it_remembers_what_a_response_says_of_its_pods_paths(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/told/once"] = Owned("pod_eu1", exact=True)

    async def page(seen: Seen) -> Answer:
        return Answer(200, {"x-gitlab-pod-cache": '{"path_prefix": "/told/"}', "x-gitlab-pod-epoch": "2"})

    stubs["pod_eu1"].pages["/told/once"] = page
    first = router.get("/told/once")
    assert (first["x-gitlab-pod-cache"], first["x-gitlab-pod-epoch"]) == (None, None)
    stubs.owned["/told"] = Owned("pod_eu1")
    second = router.debug("/told/other")
    assert second["x-gitlab-router-cache"] == "hit"
    assert ["x-gitlab-pod-epoch", "2"] in second.json["headers"]


def test_no_lua_runs_for_a_response_that_says_nothing_new(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/quiet"] = Owned("pod_eu1")

    async def page(seen: Seen) -> Answer:
        return Answer(200, {"x-gitlab-pod-cache": '{"path_prefix": "/quiet/"}'})

    async def concealed(seen: Seen) -> Answer:
        return Answer(404, {"x-gitlab-pod-cache": '{"path_prefix": "/quiet/"}', "x-gitlab-pod-conceal": "10"})

    stubs["pod_eu1"].pages |= {"/quiet/a": page, "/quiet/b": concealed}

    def runs(path: str) -> int:
        before = router.statistic("http.router.lua.pods.executions")
        router.get(path)
        return router.statistic("http.router.lua.pods.executions") - before

    # Once for the request, once for the response.
    assert runs("/quiet/a") == 2
    assert runs("/quiet/a") == runs("/quiet/a") == 1
    assert runs("/quiet/b") == 2


@pytest.mark.parametrize("prefix", ["/", "/els", "/elsewhere", "//", ""])
def test_it_keeps_no_prefix_that_does_not_cover_the_request(
    router: RunningRouter, stubs: StubCluster, prefix: str
) -> None:
    path = f"/prefixed-{len(prefix)}"
    stubs.owned[path] = Owned("pod_eu1", exact=True, prefix=prefix)
    router.get(path)
    assert router.debug(f"{path}/below")["x-gitlab-router-cache"] == "miss"
    assert router.debug(f"/els{path}")["x-gitlab-router-cache"] == "miss"
    assert router.debug(f"/elsewhere{path}")["x-gitlab-router-cache"] == "miss"


def test_an_exact_answer_holds_for_one_path(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned |= {"/-/exact": Owned("pod_eu0", "fixed", exact=True), "/-/exact/more": Owned("pod_us1", exact=True)}
    assert [router.debug(path)["x-gitlab-router-cache"] for path in ("/-/exact", "/-/exact?a", "/-/exact/more")] == [
        "miss",
        "hit",
        "miss",
    ]


def test_what_nobody_knows_goes_to_the_latest_pod_and_is_remembered_briefly(
    router: RunningRouter, stubs: StubCluster
) -> None:
    negative = router.statistic("http.router.lua.pods.negative")
    first, second = router.debug("/-/brand-new"), router.debug("/-/brand-new")
    assert (first["x-gitlab-pod"], second["x-gitlab-router-cache"]) == ("pod_us0", "hit")
    assert router.statistic("http.router.lua.pods.negative") == negative + 1


def test_an_expired_entry_is_learned_again(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/brief"] = Owned("pod_eu0", max_age=1)
    assert [router.debug("/brief")["x-gitlab-router-cache"] for _ in range(2)] == ["miss", "hit"]
    eventually(lambda: router.debug("/brief")["x-gitlab-router-cache"] == "miss")
    assert len(stubs.learns) == 2


def test_many_at_once_ask_once(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/herd"] = Owned("pod_eu0")
    arrived = asyncio.Event()
    answer_now = asyncio.Event()

    async def slow(seen: Seen) -> Answer:
        stubs.loop.call_later(0.05, answer_now.set)
        arrived.set()
        await answer_now.wait()
        return Answer(
            200, {"cache-control": "max-age=60"}, b'{"path": "/herd", "pod": "pod_eu0", "source": "routable"}'
        )

    for pod in stubs.pods.values():
        pod.learn = slow
    with ThreadPoolExecutor(20) as clients:
        responses = list(clients.map(lambda n: router.get(f"/herd/{n}"), range(40)))
    assert {response.json["pod"] for response in responses} == {"pod_eu0"}
    assert len(stubs.learns) == 1


def test_a_client_that_leaves_does_not_hold_up_those_who_wait(router: RunningRouter, stubs: StubCluster) -> None:
    async def never(seen: Seen) -> Answer:
        await asyncio.sleep(60)
        return Answer(500)

    for pod in stubs.pods.values():
        pod.learn = never
    with pytest.raises(TimeoutError):
        router.send("GET", "/left/behind", timeout=0.05)
    eventually(lambda: stubs.learns)
    stubs.reset()
    stubs.owned["/left"] = Owned("pod_eu1")
    assert router.get("/left/behind").json["pod"] == "pod_eu1"


def test_it_asks_the_pods_of_its_region(router: RunningRouter, stubs: StubCluster) -> None:
    for number in range(20):
        router.get(f"/region-{number}")
    asked = {pod.name for pod in stubs.pods.values() if pod.learns}
    assert asked == {"pod_eu0", "pod_eu1"}


def test_learn_is_asked_with_its_secret_and_without_what_marks_a_clients_request(
    router: RunningRouter, stubs: StubCluster
) -> None:
    asked: list[Seen] = []

    async def note(seen: Seen) -> Answer:
        asked.append(seen)
        return Answer(200, {"cache-control": "max-age=1"}, b'{"path": "/s", "pod": "pod_eu0", "source": "routable"}')

    for pod in stubs.pods.values():
        pod.learn = note
    router.send("POST", "/s/a%2Fb%20c//d;e?secret=query", body=b"")
    assert asked[0].target == "/api/v4/pods/learn?method=POST&path_info=/s/a%252Fb%2520c//d%3Be"
    assert asked[0].header("x-gitlab-learn-secret") == SECRETS.learn
    assert asked[0].header("x-gitlab-raw-path") is None
    assert asked[0].header("x-gitlab-router-secret") is None
    assert asked[0].header("x-forwarded-for") is None


def test_a_pod_that_fails_or_hangs_is_asked_once_and_another_answers(router: RunningRouter, stubs: StubCluster) -> None:
    async def fails(seen: Seen) -> Answer:
        return Answer(500)

    async def hangs(seen: Seen) -> Answer:
        await asyncio.sleep(5)
        return Answer(500)

    for number, sick in enumerate((fails, hangs)):
        for attempt in range(4):
            stubs.reset()
            stubs.owned[f"/sick-{number}"] = Owned("pod_us1", max_age=0)
            stubs["pod_eu0"].learn = sick
            response = router.debug(f"/sick-{number}/{attempt}")
            assert (response["x-gitlab-pod"], response.status) == ("pod_us1", 200)
            assert response.seconds < 0.6
            assert len(stubs.learns) <= 2


def test_learns_refusal_is_the_routers(router: RunningRouter, stubs: StubCluster) -> None:
    refusal = {"message": "path_info is not UTF-8", "field": "path_info"}

    async def refuse(seen: Seen) -> Answer:
        return Answer(400, {}, json.dumps(refusal).encode())

    for pod in stubs.pods.values():
        pod.learn = refuse
    response = router.get("/bytes-%FF")
    assert (response.status, response.json) == (400, refusal)
    assert response["content-type"] == "application/json"


def test_a_stale_entry_serves_while_learn_cannot_be_reached(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/stale"] = Owned("pod_eu1", max_age=1)
    router.get("/stale")

    async def fails(seen: Seen) -> Answer:
        return Answer(503)

    for pod in stubs.pods.values():
        pod.learn = fails
    stale = eventually(lambda: (r := router.debug("/stale"))["x-gitlab-router-cache"] == "stale" and r)
    assert stale["x-gitlab-pod"] == "pod_eu1"
    stubs.reset()
    stubs.owned["/stale"] = Owned("pod_eu1")
    eventually(lambda: router.debug("/stale")["x-gitlab-router-cache"] == "miss")


def test_without_an_answer_the_latest_pod_serves_and_redirects(router: RunningRouter, stubs: StubCluster) -> None:
    async def fails(seen: Seen) -> Answer:
        return Answer(503)

    stubs.owned["/unlearned"] = Owned("pod_eu1")
    for pod in stubs.pods.values():
        pod.learn = fails
    failed = router.statistic("http.router.lua.pods.learn_failed")
    response = router.debug("/unlearned/x", "POST", body=b"once")
    assert (response["x-gitlab-pod"], response["x-gitlab-router-cache"]) == ("pod_eu1", "misrouted")
    assert response["x-gitlab-router-learned"] == "1"
    assert [seen.target for seen in stubs["pod_us0"].misrouted] == ["/unlearned/x"]
    assert router.statistic("http.router.lua.pods.learn_failed") == failed + 1
    # Pods that do not answer are left alone for a moment.
    for number in range(6):
        router.get(f"/unlearned-{number}")
    asked = len(stubs.learns)
    assert router.debug("/unlearned-too")["x-gitlab-router-learned"] == "0"
    assert len(stubs.learns) == asked
