"""What people and programs ask of a pod, with its shared primaries near and far: statements, round trips and time.

Runs in a process that is the pod (`bench/far_pod.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.conf import settings
from django.test import Client

from bench.distance import Distance
from bench.exceptions import AnswersWrong
from bench.statements import counted
from organizations.models import Organization
from projects.creation import create_namespace, create_project
from projects.models import Namespace, Project
from schemas import freshness

RUNS = 3
PROJECT, FOREIGN = "/my-company/my-project", "/gitlab-org/gitlab"
# Learn is no page: it is asked directly.
DIRECT = {"x-gitlab-router-secret": ""}
LEARN = f"/api/v4/pods/learn?method=GET&path_info={PROJECT}"


class Browser(Client):
    """A browser behind a router, so that nothing is padded by the pod itself."""

    def generic(self, method: str, path: str, *args: Any, **options: Any) -> Any:  # type: ignore[override]
        """The response to any request."""
        told = {
            "x-gitlab-router-secret": settings.ENVIRONMENT.router_secrets[0],
            "x-gitlab-raw-path": path.partition("?")[0],
        }
        options["headers"] = told | (options.get("headers") or {})
        return super().generic(method, path, *args, **options)


@dataclass(frozen=True)
class Visit:
    """One page or call: its statements by "schema kind", its round trips to the shared primaries, and its time in
    seconds without and with the distance.
    """

    name: str
    statements: dict[str, int]
    trips: int
    near: float
    far: float


@dataclass(frozen=True)
class Ask:
    """Something to ask of the pod. `prepare` is done before each run, and not measured."""

    name: str
    do: Callable[[Browser], Any]
    expected: int | None = 200
    prepare: Callable[[Browser], Any] = lambda _: None


def asks() -> Iterator[Ask]:
    """What people and programs ask for, each as a client of its own would."""
    yield Ask("visitor: GET /users/sign_in", lambda client: client.get("/users/sign_in"))
    yield Ask("visitor: GET a private project", lambda client: client.get(PROJECT), expected=302)
    yield Ask("POST /users/sign_in", _sign_in, expected=302)
    yield Ask("the first page after it", lambda client: client.get(PROJECT), prepare=_sign_in)
    for name, path in {
        "GET /organizations/…/-/dashboard": "/organizations/my-organization/-/dashboard",
        "GET a group": "/my-company",
        "GET a project": PROJECT,
        "GET a project's issues": f"{PROJECT}/-/issues",
    }.items():
        yield Ask(name, _getting(path), prepare=_signed_in_long_ago)
    yield Ask("GET what is on another pod", _getting(FOREIGN), expected=421, prepare=_signed_in_long_ago)
    yield Ask("POST /users/sign_out", lambda client: client.post("/users/sign_out"), 302, _signed_in_long_ago)
    yield Ask("API: learn", lambda client: client.get(LEARN, headers=DIRECT))
    yield Ask("API: learn, fresh=1", lambda client: client.get(f"{LEARN}&fresh=1", headers=DIRECT))
    yield Ask("create a group", lambda _: _create_group(), expected=None)
    yield Ask("create a project", lambda _: _create_project(), expected=None)


def _getting(path: str) -> Callable[[Browser], Any]:
    return lambda client: client.get(path)


def _sign_in(client: Browser) -> Any:
    return client.post("/users/sign_in", {"username": "mia", "password": "pods-demo"})


def _signed_in_long_ago(client: Browser) -> None:
    """Signed in, on a replica that has replayed it."""
    _sign_in(client)
    time.sleep(0.2)
    client.cookies.pop(settings.POSITIONS_COOKIE_NAME, None)


def _create_group() -> Namespace:
    organization = Organization.objects.get(path="my-organization")
    return create_namespace(organization.pk, f"bench-{time.monotonic_ns()}", name="Bench")


def _create_project() -> Project:
    group = Namespace.objects.get(full_path="my-company")
    return create_project(group, f"bench-{time.monotonic_ns()}", name="Bench")


def visit(ask: Ask, distance: Distance, seconds: float) -> Visit:
    """Ask once to open connections, then near and far, and count in the last of the near runs."""
    near = [_timed(ask, distance, 0.0) for _ in range(1 + RUNS)][1:]
    far = [_timed(ask, distance, seconds) for _ in range(RUNS)]
    _, statements, trips = near[-1]
    return Visit(ask.name, statements, trips, median(each[0] for each in near), median(each[0] for each in far))


def _timed(ask: Ask, distance: Distance, seconds: float) -> tuple[float, dict[str, int], int]:
    client = Browser()
    distance.seconds = 0.0
    # A pod does so in a thread of its own, twice a second.
    freshness.prove("users")
    ask.prepare(client)
    distance.seconds = seconds
    distance.round_trips.clear()
    with counted() as found:
        started = time.perf_counter()
        answer = ask.do(client)
        took = time.perf_counter() - started
    if ask.expected and answer.status_code != ask.expected:
        raise AnswersWrong(f"{ask.name}: {answer.status_code}, not {ask.expected}: {answer.content[:500]!r}")
    return took, {f"{schema} {kind}": count for (schema, kind), count in found.items()}, distance.round_trips.total()
