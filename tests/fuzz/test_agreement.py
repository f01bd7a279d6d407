"""Router, learn and pods read every path alike, whatever somebody sends."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

import httpx
import pytest

from tests.fuzz.generated import Case, cases
from tests.fuzz.wire import Wire, request, send_all
from tests.running_cluster import RunningCluster, eventually, running_cluster
from topology import Pod

pytestmark = pytest.mark.slow
REGION = "eu"
BATCH = 4_000
SEEDS = range(2, 27)
# A page that every pod serves, and that conceals something.
ANY_PODS = "/users/password/new"
# So few that nothing queues for longer than routers wait for learn.
AT_THE_ROUTER, AT_EACH_POD = 24, 2
# Below what a router hides in every spelling (docs/router.md).
HIDDEN = re.compile(rb"/+(api/+v4/+pods/+learn|-/+metrics)", re.IGNORECASE)


class Said(NamedTuple):
    """What each of them made of a case."""

    learn: Wire
    router: Wire
    pod: str
    """That was sent the request without asking learn first."""
    straight: Wire


@pytest.fixture(scope="module")
def hasty_cluster() -> Iterator[RunningCluster]:
    """Answers that conceal something are held for a few milliseconds only: here nobody looks at time."""
    with running_cluster() as cluster:
        done = cluster.manage("settings", "set", "conceal_ms", "10")
        assert done.returncode == 0, done.stderr
        eventually(lambda: {budget(cluster, pod) for pod in cluster.topology.pods} == {"10"})
        yield cluster


def budget(cluster: RunningCluster, pod: str) -> str:
    """The time budget that a pod names to routers."""
    secret = json.loads(cluster.places.secrets.read_text(encoding="utf-8"))["router_secrets"][0]
    headers = {"X-Gitlab-Router-Secret": secret, "X-Gitlab-Raw-Path": ANY_PODS}
    answer = httpx.get(f"{cluster.pod_url(pod)}{ANY_PODS}", headers=headers, timeout=20)
    return answer.headers["X-Gitlab-Pod-Conceal"]


def test_router_learn_and_pods_agree(hasty_cluster: RunningCluster) -> None:
    _agree(hasty_cluster, seed=1, number=3_000)


@pytest.mark.parametrize("seed", SEEDS)
def test_they_agree_on_a_hundred_thousand(hasty_cluster: RunningCluster, seed: int) -> None:
    assert len(SEEDS) * BATCH == 100_000
    _agree(hasty_cluster, seed=seed, number=BATCH)


def _agree(cluster: RunningCluster, *, seed: int, number: int) -> None:
    asked = cases(seed, number)
    said = asyncio.run(_ask(cluster, asked))
    problems = [
        f"{problem}: {case.method} {case.target!r} {case.headers!r}"
        for case, each in zip(asked, said, strict=True)
        for problem in _problems(cluster, case, each)
    ]
    assert not problems, f"seed {seed}: {len(problems)} of {number}\n" + "\n".join(problems[:20])


async def _ask(cluster: RunningCluster, asked: list[Case]) -> list[Said]:
    secrets = json.loads(cluster.places.secrets.read_text(encoding="utf-8"))
    debug = (b"X-Gitlab-Debug-Token", secrets["debug_token"].encode())
    trusted = (b"X-Gitlab-Router-Secret", secrets["router_secrets"][0].encode())
    topology = cluster.topology
    near, pods = topology.pods_of(REGION), list(topology.pods.values())
    learned, routed, straight = await asyncio.gather(
        _in_turn(near, [_question(case) for case in asked]),
        send_all(
            topology.routers[REGION].address,
            [request(case.method, case.target, (*case.headers, debug)) for case in asked],
            connections=AT_THE_ROUTER,
        ),
        _in_turn(pods, [_straight(case, trusted) for case in asked]),
    )
    return [
        Said(learn, router, pods[number % len(pods)].name, answer)
        for number, (learn, router, answer) in enumerate(zip(learned, routed, straight, strict=True))
    ]


async def _in_turn(pods: Sequence[Pod], requests: list[bytes]) -> list[Wire]:
    """Each request to the next of the pods."""
    answers = await asyncio.gather(
        *(
            send_all(pod.address, requests[first :: len(pods)], connections=AT_EACH_POD)
            for first, pod in enumerate(pods)
        )
    )
    return [answers[number % len(pods)][number // len(pods)] for number in range(len(requests))]


def _question(case: Case) -> bytes:
    path = quote_from_bytes(case.path, safe="/").encode()
    return request("GET", b"/api/v4/pods/learn?method=" + case.method.encode() + b"&path_info=" + path)


def _straight(case: Case, trusted: tuple[bytes, bytes]) -> bytes:
    """As a router sends it, to whichever pod; with a method for which no page is made."""
    return request("OPTIONS", b"/", (trusted, (b"X-Gitlab-Raw-Path", case.path)))


def _problems(cluster: RunningCluster, case: Case, said: Said) -> Iterator[str]:
    for who, wire in (("router", said.router), ("learn", said.learn), (said.pod, said.straight)):
        if wire.status == 0 or wire.status >= 500:
            yield f"{who} answers {wire.status}"
    if _is_no_request_target(case.target):
        if said.router.status != 400:
            yield f"the router answers {said.router.status} to what is no request target"
        return
    if said.learn.status == 400:
        if (said.router.status, said.straight.status) != (400, 400):
            yield f"learn refuses, router {said.router.status}, {said.pod} {said.straight.status}"
        return
    if _is_hidden(case.path):
        if said.router.status != 404 or said.router.header("X-Gitlab-Pod"):
            yield f"the router answers {said.router.status} where it hides something"
        return
    if said.learn.status == 200:
        yield from _disagreements(cluster, said)
    else:
        yield f"learn answers {said.learn.status}"


def _disagreements(cluster: RunningCluster, said: Said) -> Iterator[str]:
    answer = json.loads(said.learn.body)
    # While the pods of the region are too busy to say that they are ready, another region's serve what any pod may.
    everywhere = answer["source"] == "any" or said.learn.header("X-Gitlab-Pod-Preference") is not None
    served = said.router.header("X-Gitlab-Pod")
    if served not in (set(cluster.topology.pods) if everywhere else {answer["pod"]}):
        yield f"learn names {answer}, {served} served: {said.router.status} {said.router.body[:60]!r}"
    if said.straight.status == 400:
        yield f"{said.pod} refuses what learn does not"
    elif said.straight.status == 421:
        owner = json.loads(said.straight.header("X-Gitlab-Pod-Redirect") or "{}").get("pod")
        if everywhere or owner != answer["pod"] or owner == said.pod:
            yield f"learn names {answer}, {said.pod} sends on to {owner}"
    elif not everywhere and said.pod != answer["pod"]:
        yield f"learn names {answer}, {said.pod} serves with {said.straight.status}"


def _is_no_request_target(target: bytes) -> bool:
    """HTTP has no such bytes in a target (RFC 9112, 3.2): they come escaped, or not at all."""
    path, _, query = target.partition(b"?")
    visible = all(0x21 <= byte <= 0x7E for byte in target)
    return not visible or any(byte in b"<>`#" for byte in path) or any(byte in b'<>"#' for byte in query)


def _is_hidden(path: bytes) -> bool:
    return HIDDEN.match(unquote_to_bytes(unquote_to_bytes(path))) is not None
