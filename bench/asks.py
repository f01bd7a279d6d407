"""Something to ask of a pod, and what it takes with the shared primaries near and far: statements, round trips, time.

Runs in a process that is the pod (`bench/far_pod.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from django.test.client import Client, ClientHandler

from bench.distance import Distance
from bench.exceptions import AnswersWrong, NotMeasurable
from bench.statements import counted
from schemas import freshness

NEAR_POD, LEGACY_POD = "pod_eu0", "pod_us0"
CATCH_UP_SECONDS = 30


class Browser(Client):
    """A client that sends requests through a router, so that the pod itself pads nothing."""

    # One for all of them, as in a pod: making it takes longer than a page.
    _handler = ClientHandler(enforce_csrf_checks=False)

    def __init__(self) -> None:
        super().__init__()
        self.handler = self._handler

    def generic(self, method: str, path: str, *args: Any, **options: Any) -> Any:  # type: ignore[override]
        """The response to any request."""
        told = {
            "x-gitlab-router-secret": settings.ENVIRONMENT.router_secrets[0],
            "x-gitlab-raw-path": path.partition("?")[0],
        }
        options["headers"] = told | (options.get("headers") or {})
        # As a server does when a request begins, and Django's client does not: connections are to be checked again.
        close_old_connections()
        return super().generic(method, path, *args, **options)


@dataclass(frozen=True)
class Ask:
    """Something to ask of a pod. `prepare` is done before each run and not measured; `do` is given what it returns."""

    name: str
    do: Callable[[Browser, Any], Any]
    status: int | None = 200
    """Of the answer; None where `do` is no request."""
    prepare: Callable[[Browser], Any] = lambda _: None
    pod: str = NEAR_POD
    afterwards: bool = False
    """Whether the browser brings along how far the log was when it wrote; the replica shows that by then."""


@dataclass(frozen=True)
class Visit:
    """What was found: statements by "schema kind" and round trips to the shared primaries, at the distance; seconds
    without and with it.
    """

    name: str
    statements: dict[str, int]
    trips: int
    near: float
    far: float


@dataclass(frozen=True)
class _Run:
    seconds: float
    statements: dict[str, int]
    trips: int


def visit(ask: Ask, distance: Distance, seconds: float, rounds: int) -> Visit:
    """Ask so many times near, then far. The quickest run of each counts: the first one opens connections, and what
    else the machine does only adds. Raises `AnswersWrong`, `NotMeasurable`.
    """
    near = [_run(ask, distance, 0.0) for _ in range(rounds)]
    far = [_run(ask, distance, seconds) for _ in range(rounds)]
    last = far[-1]
    times = (min(run.seconds for run in runs) for runs in (near, far))
    return Visit(ask.name, last.statements, last.trips, *times)


def _run(ask: Ask, distance: Distance, seconds: float) -> _Run:
    browser = Browser()
    distance.seconds = 0.0
    catch_up()
    prepared = ask.prepare(browser)
    if not ask.afterwards:
        browser.cookies.pop(settings.POSITIONS_COOKIE_NAME, None)
    catch_up()
    distance.seconds = seconds
    distance.round_trips.clear()
    with counted() as found:
        started = time.perf_counter()
        answer = ask.do(browser, prepared)
        took = time.perf_counter() - started
    if ask.status and answer.status_code != ask.status:
        raise AnswersWrong(f"{ask.name}: {answer.status_code}, not {ask.status}: {answer.content[-500:]!r}")
    statements = {f"{schema} {kind}": count for (schema, kind), count in found.items()}
    return _Run(took, statements, distance.round_trips.total())


def catch_up() -> None:
    """Return when the replica shows everything and is known to, as a pod's own thread finds out twice a second."""
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while not freshness.prove("users"):
        if time.monotonic() > deadline:
            raise NotMeasurable(f"a replica is {CATCH_UP_SECONDS} s behind; is the machine too busy? Try again later")
        time.sleep(0.01)
