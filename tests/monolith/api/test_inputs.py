"""Nothing that is sent is dropped silently: what an endpoint does not take is 400, and told by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.urls import get_resolver

from monolith.namespaces.api.ignored import IGNORED, OF_GROUPS, OF_PROJECTS
from monolith.namespaces.api.pages import Choice, Number
from monolith.namespaces.models import Namespace, Project
from routing.index import Endpoint, endpoints
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program, key
from tests.patterns import each_view
from topology.places import CHECKOUT
from users.api.inputs import UNKNOWN, Takes
from users.api.private import AbsentView, PrivateView

pytestmark = pytest.mark.django_db(databases=ALIASES)

HAMMER = f"/projects/{key('tools/hammer')}"
ISSUES = f"{HAMMER}/issues"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NOT_OURS = {"learn", "openapi", "openapi-page"}


class Operation(NamedTuple):
    """One method of an endpoint."""

    method: str
    path: str
    takes: Takes


def _operations() -> Iterator[Operation]:
    """Every method of every REST endpoint that the URL configuration has; GraphQL names what it takes in its schema."""
    for pattern, view in each_view():
        cls = getattr(view, "cls", None)
        if not pattern.startswith("/api/v4/") or cls is None or not issubclass(cls, PrivateView) or cls is AbsentView:
            continue
        made = cls(**view.view_initkwargs)  # type: ignore[attr-defined]
        for method in ("get", "post", "put", "delete"):
            if hasattr(made, method):
                made.request = type("Request", (), {"method": method.upper()})
                yield Operation(method, pattern, made.taken())


OPERATIONS = list(_operations())
LISTS = [each for each in OPERATIONS if each.takes.query().fields]
CHANGES = [each for each in OPERATIONS if each.method == "put"]


def test_every_endpoint_of_the_api_is_walked_over() -> None:
    found = [each for each in endpoints(get_resolver()) if isinstance(each, Endpoint)]
    built = {each for each in found if each.tokens[:2] == ["api", "v4"] and each.view != "routing.views.not_built"}
    walked = {each.path for each in OPERATIONS}
    assert {"/" + "/".join(each.tokens) for each in built if each.name not in NOT_OURS} == walked
    assert len(OPERATIONS) > 60


@pytest.fixture
def ask(leo: Program, dana: Program, olivia: Program, project: Project, public: Any) -> Any:
    """Ask an operation, as somebody who is not sent elsewhere."""
    dana.post(ISSUES, {"title": "x"})
    todo = dana.post(f"{ISSUES}/1/todo").json()["id"]
    ids: dict[str, Any] = {"projects": project.pk, "groups": project.namespace_id, "namespaces": project.namespace_id}
    ids |= {"organizations": "acme", "todos": todo}

    def ask(operation: Operation, query: str = "", body: Any = None, **headers: str) -> Any:
        segments = operation.path.removeprefix("/api/v4/").split("/")
        for at, segment in enumerate(segments):
            if segment.startswith("<"):
                segments[at] = str(ids[segments[0]] if at == 1 and segments[0] in ids else 1)
        address = "/" + "/".join(segments)
        is_global = "<" not in operation.path
        who = leo if is_global else dana
        return who.ask(operation.method, address + query, body, **headers)

    return ask


def message(answer: Any) -> Any:
    assert answer.status_code == 400, (answer.status_code, answer.content)
    return answer.json()["message"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method} {each.path}")
def test_an_unknown_name_is_refused_by_name(ask: Any, operation: Operation) -> None:
    told = {"bogus": [UNKNOWN]}
    assert message(ask(operation, "?bogus=1")) == told
    assert message(ask(operation, "?bogus[]=1")) == told
    if operation.method != "get":
        assert message(ask(operation, body={"bogus": None})) == told
        assert message(ask(operation, body="bogus=1", **FORM)) == told


@pytest.mark.parametrize("operation", LISTS, ids=lambda each: each.path)
def test_a_wrong_value_of_a_parameter_is_refused_by_name(ask: Any, operation: Operation) -> None:
    required = {name for name, field in operation.takes.query().fields.items() if field.required}
    for name, field in operation.takes.query().fields.items():
        if isinstance(field, Choice | Number):
            for wrong in ("", "bogus", "-1", "%00", "a&" + name + "=b"):
                told = message(ask(operation, f"?{name}={wrong}"))
                # What is required is missing as well.
                assert {each for each in told if each == name or each not in required} == {name}
                assert told.keys() <= {name, *required}


@pytest.mark.parametrize("operation", CHANGES, ids=lambda each: each.path)
def test_a_change_of_nothing_is_told(operation: Operation) -> None:
    """Each has either a field that it needs, or says that one is missing."""
    needed = [each for each in operation.takes.body().fields.values() if each.required]
    assert needed or getattr(operation.takes.body, "at_least_one", False)


def test_a_change_of_nothing_is_refused_in_the_words_of_gitlab(dana: Program, project: Project) -> None:
    answer = dana.put("/groups/tools", {})
    assert message(answer) == "name, path, visibility, description are missing, at least one parameter must be provided"
    assert answer.json()["error"] == answer.json()["message"]
    dana.post(ISSUES, {"title": "x"})
    for path in (HAMMER, f"{ISSUES}/1"):
        assert message(dana.put(path, {})).endswith("are missing, at least one parameter must be provided")


def test_fields_may_stand_in_the_query(dana: Program, project: Project) -> None:
    assert dana.post(f"{ISSUES}?title=From%20the%20query").json()["title"] == "From the query"
    assert dana.put(f"{ISSUES}/1?title=Changed&state_event=close").json()["state"] == "closed"
    answer = dana.put(f"{ISSUES}/1?title=query", {"title": "body", "description": "both"})
    assert (answer.json()["title"], answer.json()["description"]) == ("body", "both")


def test_a_field_that_is_given_twice_is_refused(dana: Program, project: Project) -> None:
    assert [*message(dana.post(f"{ISSUES}?title=a&title=b"))] == ["title"]


@pytest.mark.parametrize("body", [b"[1]", b'"x"', b"null", b"1"])
def test_a_body_that_is_no_object(dana: Program, project: Project, body: bytes) -> None:
    assert [*message(dana.post(ISSUES, body, **{"Content-Type": "application/json"}))] == ["body"]


@pytest.mark.parametrize("path", [HAMMER, "/groups/tools/projects", "/groups/tools"])
def test_what_has_no_meaning_here_is_ignored_by_name(dana: Program, project: Project, path: str) -> None:
    plain = dana.get(path)
    ignored = OF_GROUPS if path == "/groups/tools" else OF_PROJECTS
    for name in ignored:
        assert dana.get(f"{path}?{name}=true").json() == plain.json()


def test_what_is_ignored_is_listed_in_the_docs() -> None:
    rows = {(of, name, reason) for of, names in IGNORED.items() for name, reason in names.items()}
    page = (CHECKOUT / "docs" / "api.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| ([A-Z]+ of [a-z ]+) \| `(\w+)` \| (.+?) \|$", page, re.MULTILINE)) == rows
    taken = {id(names): of for of, names in IGNORED.items()}
    used = [getattr(each, "ignored", None) for taken in OPERATIONS for each in (taken.takes.query, taken.takes.body)]
    assert {taken[id(names)] for names in used if names} == set(IGNORED)


def test_what_is_wrong_is_told_whether_the_address_names_something_or_not(
    dana: Program, project: Project, secret: Project, group: Namespace
) -> None:
    answers = [dana.get(f"/projects/{each}/issues?bogus=1") for each in (project.pk, secret.pk, key("tools/absent"))]
    assert {(answer.status_code, answer.content) for answer in answers} == {(400, answers[0].content)}


def test_the_direction_and_the_bounds_of_ids_count_in_every_list(dana: Program, project: Project) -> None:
    for title in "abc":
        dana.post(ISSUES, {"title": title})

    def titles(query: str) -> list[str]:
        return [each["title"] for each in dana.get(f"{ISSUES}?{query}").json()]

    ids = {each["title"]: each["id"] for each in dana.get(ISSUES).json()}
    assert titles("") == ["c", "b", "a"]
    assert titles("sort=asc") == ["a", "b", "c"]
    assert titles("order_by=created_at&sort=desc") == ["c", "b", "a"]
    assert titles(f"id_after={ids['a']}&sort=asc") == ["b", "c"]
    assert titles(f"id_before={ids['c']}") == ["b", "a"]
    assert [*message(dana.get("/groups/tools/projects?sort=desc"))] == ["sort"]
    assert [*message(dana.get("/groups/tools/projects?pagination=keyset&order_by=path"))] == ["order_by"]


def test_lists_are_counted(dana: Program, project: Project) -> None:
    for title in "abc":
        dana.post(ISSUES, {"title": title})
    answer = dana.get(f"{ISSUES}?per_page=2")
    assert (answer["X-Total"], answer["X-Total-Pages"], answer["X-Next-Page"], answer["X-Prev-Page"]) == (
        *("3", "2", "2"),
        "",
    )
    answer = dana.get(f"{ISSUES}?per_page=2&page=2")
    assert (answer["X-Total"], answer["X-Total-Pages"], answer["X-Next-Page"], answer["X-Prev-Page"]) == (
        *("3", "2", ""),
        "1",
    )


def test_a_list_that_is_too_long_is_not_counted(
    dana: Program, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monolith.namespaces.api.pages.MOST_COUNTED", 2)
    for title in "abc":
        dana.post(ISSUES, {"title": title})
    answer = dana.get(f"{ISSUES}?per_page=1")
    assert not answer.has_header("X-Total")
    assert 'rel="last"' not in answer["Link"]
