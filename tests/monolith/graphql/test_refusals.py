"""Bad input, each with its answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from monolith.graphql import look
from monolith.graphql.limits import MOST_ALIASES, MOST_CHARACTERS, MOST_COST, MOST_DEPTH, MOST_FIELDS
from monolith.namespaces.models import Project
from tests.cast import signed_in
from tests.databases import ALIASES
from tests.monolith.api.conftest import ROUTER, Program
from tests.monolith.graphql.conftest import ABSENT, ADDRESS, ask, errors, post

pytestmark = pytest.mark.django_db(databases=ALIASES)

SMALL = {"query": "{ currentUser { username } }"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([SMALL, SMALL], "Send one query at a time: a batch is not accepted."),
        ([], "Send one query at a time: a batch is not accepted."),
        ("{ a }", "Send a JSON object with a query."),
        (None, "Send a JSON object with a query."),
        ({}, "query must be a text."),
        ({"query": " "}, "query must be a text."),
        ({"query": {"a": 1}}, "query must be a text."),
        ({**SMALL, "variables": []}, "variables must be an object."),
        ({**SMALL, "variables": "{}"}, "variables must be an object."),
        ({**SMALL, "operationName": 1}, "operationName must be a text."),
        ({**SMALL, "id": "1"}, "Unknown field: id. Send query, variables and operationName."),
        ({"query": "#" * (MOST_CHARACTERS + 1)}, "The query has 10,001 characters, which is more than 10,000."),
    ],
)
def test_bodies_that_are_no_request(dana: Program, body: Any, said: str) -> None:
    answer = post(dana, json.dumps(body))
    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"message": said}]}
    assert answer["Cache-Control"] == "private, no-store"


def test_an_address_takes_no_parameters(dana: Program) -> None:
    answer = Client().post(f"{ADDRESS}?query=x", SMALL, content_type="application/json", headers=dana.headers)
    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"message": "Send everything in the body: the address takes no parameters."}]}


def test_a_body_that_is_no_json(dana: Program) -> None:
    answer = post(dana, "{")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].startswith("JSON parse error")
    assert post(dana, b'{"query": "\\ud800"}').status_code == 400
    form = Client().post(ADDRESS, {"query": "{ a }"}, headers=dana.headers)
    assert form.status_code == 415
    assert form.json()["errors"][0]["message"].startswith("Unsupported media type")


@pytest.mark.parametrize("method", ["get", "put", "delete", "head"])
def test_there_is_only_post(dana: Program, method: str) -> None:
    answer = getattr(Client(), method)(f"{ADDRESS}?query={{currentUser{{id}}}}", headers=dana.headers)
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"


CASES = {
    "syntax error": ("{ projects {", "Syntax Error: Expected Name, found <EOF>."),
    "unknown field": ('{ project(fullPath: "a") { secret } }', "Cannot query field 'secret' on type 'Project'."),
    "no such type of operation": ("subscription { a }", "The subscription operation is not supported by the schema."),
    "deep": (
        '{ project(fullPath: "a") ' + "{ group " * MOST_DEPTH + "{ id }" + "}" * MOST_DEPTH + "}",
        f"This document has {MOST_DEPTH + 2} levels of fields, which is more than {MOST_DEPTH}.",
    ),
    "deep by fragments": (
        '{ project(fullPath: "a") { group { ...F0 } } } '
        + " ".join(f"fragment F{each} on Group {{ parent {{ parent {{ ...F{each + 1} }} }} }}" for each in range(8))
        + " fragment F8 on Group { id }",
        f"This document has 19 levels of fields, which is more than {MOST_DEPTH}.",
    ),
    "wide aliases": (
        "{ " + " ".join(f"a{each}: currentUser {{ id }}" for each in range(MOST_ALIASES + 1)) + " }",
        f"This document has {MOST_ALIASES + 1} aliases, which is more than {MOST_ALIASES}.",
    ),
    "many fields": (
        "{ currentUser { " + "id " * MOST_FIELDS + "} }",
        f"This document has {MOST_FIELDS + 1} fields, which is more than {MOST_FIELDS}.",
    ),
    "many tokens": ("{ projects(" + "first: 1, " * 900 + ") { count } }", "Syntax Error: Document contains more than"),
    "costly": (
        "{ projects(first: 100) { nodes { issues(first: 100) { nodes { notes(first: 100) { nodes { id } } } } } } }",
        f"This query may return 1,020,202 values, which is more than {MOST_COST:,}. Ask for fewer fields or",
    ),
    "a fragment in itself": (
        "{ currentUser { ...A } } fragment A on CurrentUser { id ...A }",
        "Cannot spread fragment 'A' within itself.",
    ),
    "fragments that double": (
        '{ group(fullPath: "a") { ...F0 } } '
        + " ".join(f"fragment F{each} on Group {{ ...F{each + 1} ...F{each + 1} }}" for each in range(60))
        + " fragment F60 on Group { id }",
        "This query may return",
    ),
    "questions about the schema": (
        "{ a: __schema { types { name } } b: __schema { types { name } } c: __schema { types { name } } }",
        "This document has 3 questions about the schema, which is more than 2.",
    ),
    "types in types": (
        "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }",
        "Maximum introspection depth exceeded",
    ),
    "two operations": (
        "query A { currentUser { id } } query B { currentUser { id } }",
        "Name one of the document's operations in operationName.",
    ),
    "gid of another type": (
        '{ issue(id: "gid://gitlab/User/1") { id } }',
        '"gid://gitlab/User/1" does not represent an instance of Issue.',
    ),
    "no gid": ('{ issue(id: "1") { id } }', 'Not a global ID: write it as "gid://gitlab/Issue/42".'),
    "no gid but a number": ("{ issue(id: 1) { id } }", 'Not a global ID: write it as "gid://gitlab/Issue/42".'),
    "huge page": ("{ projects(first: 2000000000) { count } }", "first must be from 1 to 100."),
    "page beyond numbers": (
        "{ projects(first: 20000000000) { count } }",
        "Int cannot represent non 32-bit signed integer value: 20000000000",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_documents_that_are_refused(dana: Program, case: str) -> None:
    query, said = CASES[case]
    [message, *_] = errors(dana, query)
    assert said in message


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("Int", "ten", "Variable '$v' has invalid value: Int cannot represent non-integer value: 'ten'"),
        ("Int", 1.5, "Variable '$v' has invalid value: Int cannot represent non-integer value: 1.5"),
        ("Int", 10**30, "Int cannot represent non 32-bit signed integer value"),
        ("Int", [1], "Int cannot represent non-integer value: [1]"),
    ],
)
def test_variables_of_the_wrong_type(dana: Program, kind: str, value: Any, said: str) -> None:
    [message] = errors(dana, f"query ($v: {kind}) {{ projects(first: $v) {{ count }} }}", v=value)
    assert said in message


def test_variables_cannot_hide_what_a_query_costs(dana: Program) -> None:
    asked = (
        "query ($n: Int = 100) { projects(first: $n) { nodes { issues(first: $n) { nodes { iid title state } } } } }"
    )
    assert "values, which is more than" in errors(dana, asked)[0]
    assert ask(dana, asked, n=20)["projects"]["nodes"] == []


def test_a_nul_is_no_name(dana: Program, project: Project) -> None:
    asked = "query ($p: ID!) { project(fullPath: $p) { id } group(fullPath: $p) { id } }"
    assert ask(dana, asked, p="tools/\0hammer") == {"project": None, "group": None}


def test_a_token_of_nobodys(dana: Program) -> None:
    answer = post(dana, SMALL, **{"PRIVATE-TOKEN": "glpat-no-such-token"})
    assert answer.status_code == 401
    assert answer.json() == {"errors": [{"message": "this token is unknown, expired or revoked"}]}
    # Wherever it is sent.
    assert post(dana, SMALL, ABSENT, **{"PRIVATE-TOKEN": "x"}).status_code == 401


def test_a_session_needs_the_code_of_a_form(dana: Program) -> None:
    assert dana.user
    browser = signed_in(dana.user, enforce_csrf_checks=True)
    headers = {**ROUTER, "X-Gitlab-Raw-Path": ADDRESS}
    refused = browser.post(ADDRESS, SMALL, content_type="application/json", headers=headers)
    assert refused.status_code == 403
    assert refused.json()["errors"][0]["message"].startswith("CSRF Failed")


def test_each_field_at_the_top_counts_as_a_request(dana: Program, steer: Callable[..., None]) -> None:
    steer(api_requests_a_minute=10)
    five = {"query": "{ " + " ".join(f"a{each}: currentUser {{ id }}" for each in range(5)) + " }"}
    assert [post(dana, five).status_code for _ in range(3)] == [200, 200, 429]
    answer = post(dana, SMALL)
    assert answer.json()["errors"][0]["message"].startswith("Request was throttled.")
    assert int(answer["Retry-After"]) <= 60


def test_introspection_is_a_setting(dana: Program, steer: Callable[..., None]) -> None:
    asked = "{ __schema { queryType { name } } }"
    assert ask(dana, asked) == {"__schema": {"queryType": {"name": "Query"}}}
    steer(graphql_introspection=False)
    [said, *_] = errors(dana, asked)
    assert said.startswith("GraphQL introspection has been disabled")
    assert ask(dana, "{ __typename }") == {"__typename": "Query"}


def test_there_is_a_deadline(dana: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    class Late:
        """A clock on which each look takes a second."""

        now = time.monotonic()

        @classmethod
        def monotonic(cls) -> float:
            cls.now += 1
            return cls.now

    monkeypatch.setattr(look, "time", Late)
    answer = post(dana, {"query": "{ a: projects { count } b: projects { count } c: projects { count } }"})
    assert answer.json() == {
        "data": None,
        "errors": [{"message": "The query took longer than 5 seconds. Ask for fewer fields or smaller pages."}],
    }


@pytest.mark.parametrize(("fault", "status"), [(OperationalError("the server closed"), 503), (KeyError("x"), 500)])
def test_faults_are_answered_as_everywhere(
    dana: Program, project: Project, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int
) -> None:
    def fail(*arguments: Any) -> None:
        raise fault

    monkeypatch.setattr("monolith.graphql.query.find_project", fail)
    client = Client(raise_request_exception=False)
    headers = {**ROUTER, "X-Gitlab-Raw-Path": ADDRESS, **dana.headers}
    body = {"query": '{ project(fullPath: "tools/hammer") { id } }'}
    answer = client.post(ADDRESS, body, content_type="application/json", headers=headers)
    assert answer.status_code == status
    assert "x" not in answer.json().get("detail", "")
