"""Trace a request through a cluster: it is really sent, through a router, and every component that saw it reports.

The router reports in its debug headers, learn in its answer, and the pods in their
logs, which name the request by the id that the router gave it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from operations.exceptions import OperationsError
from operations.hints import command
from operations.log_files import last_lines, log_of
from router.secrets import Secrets
from topology import Address, Pod, Router, Topology
from topology.places import Places, router_process
from topology.words import in_words

TIMEOUT_SECONDS = 10.0
# Envoy writes its access log a moment after the response.
LOG_SECONDS = 2.0
LOG_LINES = 400


class NothingTraced(OperationsError):
    """The request got no response, or the routers' debug headers are not available."""


@dataclass(frozen=True)
class Hop:
    """A pod that received the request, with the status of its response and the time it took in milliseconds."""

    pod: str
    status: int
    ms: float


@dataclass(frozen=True)
class Question:
    """Learn's answer for the path, from one pod of the router's region."""

    asked: str
    status: int
    body: str
    headers: dict[str, str]


@dataclass
class Trace:
    """Everything known about one request."""

    method: str
    target: str
    router: str
    cache: str
    """The router's cache result: hit, miss, stale, or misrouted when a pod corrected it."""
    questions: int
    """The number of learn requests that the router sent for this request."""
    pod: str
    """The pod that the router sent the request to, in the end."""
    is_of_pod: bool
    """Whether the response is that pod's; otherwise the router answered by itself."""
    router_hops: int
    """The number of pods that the router sent the request to."""
    status: int
    location: str
    ms: float
    question: Question
    hops: list[Hop] = field(default_factory=list)
    """The pods in order; empty when their logs are not on this machine."""


def path_and_query(url: str) -> str:
    """Return path and query of a path or a whole URL. Raises `NothingTraced`."""
    target = url
    if not url.startswith("/"):
        parts = urlsplit(url)
        target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        if not parts.netloc:
            raise NothingTraced(f"{url!r} is neither a path such as /gitlab-org/gitlab nor a URL")
    if any(letter <= " " or letter == "\x7f" for letter in target):
        raise NothingTraced(f"{target!r} has a space or a control character; escape it, for example as %20")
    return quote(target, safe="%/:?#[]@!$&'()*+,;=~", encoding="utf-8")


def trace(
    topology: Topology, places: Places, secrets: Secrets, router: Router, target: str, *, method: str, cookie: str
) -> Trace:
    """Send one request and return its trace. Raises `NothingTraced`.

    `target` is path and query; `cookie` is the value of the Cookie header, empty to send the request signed out.
    """
    if not secrets.debug:
        raise NothingTraced("routers send debug headers only with a token: set PODS_DEBUG_TOKEN for routers and pods")
    headers = {"X-Gitlab-Debug-Token": secrets.debug} | ({"Cookie": cookie} if cookie else {})
    before = _logged(places, router)
    started = time.monotonic()
    response = _send(router.address, method, target, headers, f"the router of {router.region}")
    passed = time.monotonic() - started
    found = Trace(
        method=method,
        target=target,
        router=router.name,
        cache=response.headers.get("X-Gitlab-Router-Cache", "none"),
        questions=int(response.headers.get("X-Gitlab-Router-Learned", "0")),
        pod=_pod(response),
        # Only a pod itself names its release.
        is_of_pod="X-Gitlab-Pod-Release" in response.headers,
        router_hops=int(response.headers.get("X-Gitlab-Router-Hops", "0")),
        status=response.status_code,
        location=response.headers.get("Location", ""),
        ms=round(1000 * passed, 1),
        question=_ask(topology, secrets, router, method, target),
    )
    request_id = _request_id(places, router, method, target, before)
    if request_id:
        found.hops = list(_hops(topology, places, request_id, found.router_hops))
    return found


def _pod(response: httpx.Response) -> str:
    """The pod that the router chose, or the target that has no healthy pod."""
    told = (response.headers.get(f"X-Gitlab-{name}", "").strip("-") for name in ("Pod", "Router-Target"))
    return next(filter(None, told), "none")


def _send(address: Address, method: str, target: str, headers: dict[str, str], whom: str) -> httpx.Response:
    try:
        with httpx.Client(trust_env=False, timeout=TIMEOUT_SECONDS) as client:
            # The target byte for byte: a URL would be normalized.
            sent = {"target": target.encode("ascii")}
            return client.request(method, f"http://{address}/", headers=headers, extensions=sent)
    except httpx.HTTPError as error:
        raise NothingTraced(
            f"{whom} does not answer at {address} ({in_words(error)}); "
            f"check the cluster with: {command('cluster status')}"
        ) from None


def _ask(topology: Topology, secrets: Secrets, router: Router, method: str, target: str) -> Question:
    """Ask learn as the router does: the first pod of its region that answers, else a pod of another region."""
    path = target.partition("?")[0]
    query = f"/api/v4/pods/learn?method={method}&path_info={quote(path, safe='/')}"
    headers = {"X-Gitlab-Learn-Secret": secrets.learn} if secrets.learn else {}
    for pod in _near_first(topology, router):
        try:
            answer = _send(pod.address, "GET", query, headers, pod.name)
        except NothingTraced:
            continue
        told = {name.lower(): value for name, value in answer.headers.items()}
        return Question(pod.name, answer.status_code, answer.text, told)
    return Question("none", 0, "no pod answers", {})


def _near_first(topology: Topology, router: Router) -> list[Pod]:
    return sorted(topology.pods.values(), key=lambda pod: pod.region != router.region)


def _logged(places: Places, router: Router) -> int:
    path = log_of(places.logs, f"{router_process(router.name)}-access")
    return path.stat().st_size if path.is_file() else 0


def _request_id(places: Places, router: Router, method: str, target: str, since: int) -> str:
    """Return the ID that the router gave the latest such request; empty when its log does not show one."""
    path = log_of(places.logs, f"{router_process(router.name)}-access")
    deadline = time.monotonic() + LOG_SECONDS
    while path.is_file() and time.monotonic() < deadline:
        with path.open("rb") as file:
            file.seek(since)
            lines = [line for line in file.read().split(b"\n")[:-1] if line]
        for entry in map(json.loads, reversed(lines)):
            if (entry["method"], entry["path"]) == (method, target):
                return str(entry["request_id"] or "")
        time.sleep(0.02)
    return ""


def _hops(topology: Topology, places: Places, request_id: str, expected: int) -> Iterator[Hop]:
    """Yield what the pods logged about a request, in time order."""
    deadline = time.monotonic() + LOG_SECONDS
    entries: list[dict[str, Any]] = []
    while len(entries) < expected and time.monotonic() < deadline:
        entries = [entry for pod in topology.pods for entry in _entries(places, pod, request_id)]
        time.sleep(0.02)
    for entry in sorted(entries, key=lambda entry: str(entry["time"])):
        yield Hop(entry["pod"], entry["status"], entry["ms"])


def _entries(places: Places, pod: str, request_id: str) -> Iterator[dict[str, Any]]:
    for line in last_lines(log_of(places.logs, pod), LOG_LINES).splitlines():
        if request_id in line and line.startswith("{"):
            yield json.loads(line)
