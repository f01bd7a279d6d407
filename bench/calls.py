"""What programs ask of a pod: learn, and the API with a token (docs/api.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpResponse
from django.test import RequestFactory

from bench.asks import Ask, Browser
from bench.people import MADE, call, made, person, unused
from pods.learn import LEARN_PATH, reply
from users.models import PersonalAccessToken

ORGANIZATION, GROUP = "/organizations/my-organization", "/groups/my-company"
PROJECT = "/projects/my-company%2Fmy-project"
COMMENTED = f"{PROJECT}/issues/1"
DELETED, ACCEPTED = 204, 202


def calls() -> Iterator[Ask]:
    """Each as a client of its own would."""
    yield Ask("learn", lambda *_: _learn())
    yield Ask("learn, fresh=1", lambda *_: _learn("&fresh=1"))
    yield from _reads()
    yield from _writes()
    yield from _ends()


def _reads() -> Iterator[Ask]:
    for name, path in {
        "GET the user": "/user",
        "GET projects": f"{ORGANIZATION}/projects",
        "GET a project": PROJECT,
        "GET a project's issues": f"{PROJECT}/issues",
        "GET a project's members": f"{PROJECT}/members/all",
        "GET what is yours to do": f"{ORGANIZATION}/todos",
    }.items():
        yield Ask(name, _calling("GET", path))
    yield Ask("GET the user, first in an hour", _calling("GET", "/user"), prepare=_not_used_lately)
    yield Ask("GET with a token of no use", _with_useless_token, status=401)


def _writes() -> Iterator[Ask]:
    yield Ask("POST a group", lambda browser, _: call(browser, "POST", f"{ORGANIZATION}/groups", path=unused()), MADE)
    yield Ask(
        "POST a project",
        lambda browser, group: call(browser, "POST", f"{ORGANIZATION}/projects", path=unused(), namespace_id=group),
        MADE,
        lambda browser: call(browser, "GET", GROUP).json()["id"],
    )
    yield Ask("POST an issue", _calling("POST", f"{PROJECT}/issues", title="Bench"), MADE)
    branches = {"source_branch": "bench", "target_branch": "main"}
    yield Ask("POST a merge request", _calling("POST", f"{PROJECT}/merge_requests", title="Bench", **branches), MADE)
    yield Ask("POST a comment", _calling("POST", f"{COMMENTED}/notes", body="Bench"), MADE)
    yield Ask("PUT an issue: close it", _calling("PUT", COMMENTED, state_event="close"))
    yield Ask("PUT a project: its description", _calling("PUT", PROJECT, description="Bench"))
    yield Ask("PUT a group: its path", _on("PUT", "/groups/{id}", lambda: {"path": unused()}), prepare=_group)
    developer = {"username": "max", "access_level": 30}
    yield Ask("POST a member of a project", _calling("POST", f"{PROJECT}/members", **developer), MADE, _without_max)


def _ends() -> Iterator[Ask]:
    member = {"username": "max", "access_level": 30}

    def with_max(browser: Browser) -> Any:
        _without_max(browser)
        return made(f"{PROJECT}/members", **member)

    yield Ask("DELETE a member of a project", _on("DELETE", f"{PROJECT}/members/{{id}}"), DELETED, with_max)
    yield Ask(
        "DELETE a comment",
        _on("DELETE", f"{COMMENTED}/notes/{{id}}"),
        DELETED,
        lambda _: made(f"{COMMENTED}/notes", body="Bench"),
    )
    yield Ask("DELETE a project", _on("DELETE", "/projects/{id}"), ACCEPTED, _project)
    yield Ask("DELETE a group", _on("DELETE", "/groups/{id}"), ACCEPTED, _group)


def _calling(method: str, path: str, **fields: Any) -> Callable[[Browser, Any], Any]:
    return lambda browser, _: call(browser, method, path, **fields)


def _on(
    method: str, path: str, fields: Callable[[], dict[str, str]] = dict
) -> Callable[[Browser, dict[str, Any]], Any]:
    """A call about what was made beforehand."""
    return lambda browser, it: call(browser, method, path.format(**it), **fields())


def _learn(more: str = "") -> HttpResponse:
    """As a worker answers: before Django sees the request."""
    query = f"method=GET&path_info=/my-company/my-project{more}"
    found = reply(RequestFactory().get(f"{LEARN_PATH}?{query}").META)
    return HttpResponse(found.body, status=found.status)


def _with_useless_token(browser: Browser, _: object) -> Any:
    token = {"private-token": unused("glpat-nobody-has-this-one")}
    return browser.get("/api/v4/user", headers=token)


def _group(_: Browser) -> Any:
    return made(f"{ORGANIZATION}/groups", path=unused())


def _project(browser: Browser) -> Any:
    return made(f"{ORGANIZATION}/projects", path=unused(), namespace_id=_group(browser)["id"])


def _without_max(browser: Browser) -> None:
    call(browser, "DELETE", f"{PROJECT}/members/{person('max').pk}")


def _not_used_lately(_: Browser) -> None:
    PersonalAccessToken.objects.using("users").update(last_used_at=None)
