"""`GET /api/v4/pods/learn` over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from pods.learn import LEARN_PATH, respond
from pods.wsgi import application
from tests.databases import ALIASES
from tests.routing.asking import get, reply

pytestmark = [pytest.mark.django_db(databases=ALIASES), pytest.mark.usefixtures("routes")]


def test_it_works() -> None:
    found = get("GET", "/gitlab-org/gitlab-test/-/issues")
    assert found.status == 200
    assert found.body == {"path": "/gitlab-org/gitlab-test", "pod": "pod_us0", "source": "routable"}
    assert found.headers == {
        "Content-Type": "application/json",
        "Cache-Control": "max-age=60",
        "X-Gitlab-Pod-Cache": '{"path_prefix": "/gitlab-org/"}',
        "X-Gitlab-Pod-Epoch": "1",
    }


def test_it_says_exact() -> None:
    found = get("GET", "/-/profile")
    assert found.body == {"path": "/-/profile", "pod": "pod_us0", "source": "fixed", "exact": True}
    assert "X-Gitlab-Pod-Cache" not in found.headers


def test_it_says_preference() -> None:
    assert get("GET", "/users/sign_in").headers["X-Gitlab-Pod-Preference"] == "region"


def test_it_keeps_escapes_and_case() -> None:
    found = get("GET", "/My%2Dcompany/a%20b+c")
    assert found.body["path"] == "/My%2Dcompany"
    assert found.headers["X-Gitlab-Pod-Cache"] == '{"path_prefix": "/My%2Dcompany/"}'


def test_it_gives_no_header_that_cannot_carry_the_prefix() -> None:
    found = get("GET", "/grün/x")
    assert found.body["path"] == "/grün"
    assert "X-Gitlab-Pod-Cache" not in found.headers


def test_it_takes_unescaped_bytes_as_they_are() -> None:
    request = RequestFactory().get(LEARN_PATH)
    request.META["QUERY_STRING"] = "method=GET&path_info=/grün%20x/y".encode().decode("latin-1")
    assert reply(respond(request)).body["path"] == "/grün x"


def test_it_takes_a_path_that_is_escaped_once_only() -> None:
    response = respond(RequestFactory().get(f"{LEARN_PATH}?path_info=/my-company/my-project&method=GET"))
    assert reply(response).body["pod"] == "pod_eu0"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("method=GET", "path_info"),
        ("path_info=/a", "method"),
        ("method=&path_info=/a", "method"),
        ("method=get&path_info=/a", "method"),
        ("method=GET&path_info=", "path_info"),
        ("method=GET&path_info=a", "path_info"),
        ("method=GET&path_info=//a", "path_info"),
        ("method=GET&path_info=/a/..", "path_info"),
        ("method=GET&path_info=/a/%252e%252e", "path_info"),
        ("method=GET&path_info=/a%00", "path_info"),
        ("method=GET&path_info=/a%ff", "path_info"),
        ("method=GET&path_info=/a&path_info=/b", "path_info"),
        ("method=GET&path_info=/a&fresh=maybe", "fresh"),
        ("method=GET&path_info=/" + "a" * 5000, "path_info"),
        ("method=GET&path_info=/" + "a" * 20000, "path_info"),
        ("", "method"),
    ],
)
def test_it_refuses_and_names_the_parameter(query: str, field: str) -> None:
    found = reply(respond(RequestFactory().get(f"{LEARN_PATH}?{query}")))
    assert (found.status, found.body["field"]) == (400, field)
    assert found.body["message"].startswith(field)
    assert found.headers["Cache-Control"] == "no-store"


def test_it_rejects_post() -> None:
    response = respond(RequestFactory().post(LEARN_PATH))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@pytest.fixture
def secret(settings: Settings) -> str:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"learn_secret": "s3cret"})
    return "s3cret"


def test_it_wants_the_secret_where_one_is_configured(secret: str) -> None:
    assert get("GET", "/my-company").status == 403
    assert get("GET", "/my-company", headers={"X-Gitlab-Learn-Secret": "s3cre"}).status == 403
    assert get("GET", "/my-company", headers={"X-Gitlab-Learn-Secret": secret}).status == 200


def test_it_reconnects_when_its_connection_broke() -> None:
    assert get("GET", "/my-company").status == 200
    with connections["routes_replica"].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with connections["users"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert get("GET", "/my-company").status == 200


def test_it_reads_id_ranges_once_more_when_the_connection_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not a real break: an open transaction could not go on after one.
    told: Iterator[str | OperationalError] = iter(
        [OperationalError("gone"), "pod_eu1", OperationalError("gone"), OperationalError("gone")]
    )
    monkeypatch.setattr("routing.learn.renew_connections", lambda: None)

    def pod_of_birth(row_id: int) -> str:
        found = next(told)
        if isinstance(found, str):
            return found
        raise found

    monkeypatch.setattr("routing.learn.pod_of_birth", pod_of_birth)
    assert get("GET", "/api/v4/jobs/17").body["pod"] == "pod_eu1"
    assert get("GET", "/api/v4/jobs/17").status == 503


@pytest.fixture
def lose(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """`lose(alias)`: its connection is broken, and its server is nowhere."""

    def nowhere(alias: str) -> None:
        connections[alias].ensure_connection()
        connections[alias].connection.close()
        monkeypatch.setitem(connections[alias].settings_dict, "HOST", "/nowhere")

    yield nowhere
    monkeypatch.undo()
    for alias in ALIASES:
        connections[alias].close()


def test_it_asks_the_primary_when_the_replica_is_gone(lose: Callable[[str], None]) -> None:
    get("GET", "/my-company")
    lose("routes_replica")
    assert get("GET", "/my-company").body["pod"] == "pod_eu0"


def test_it_says_when_to_ask_again_when_no_server_answers(lose: Callable[[str], None]) -> None:
    get("GET", "/my-company")
    lose("routes_replica")
    lose("routes")
    found = get("GET", "/my-company")
    assert (found.status, found.headers["Retry-After"]) == (503, "1")


def test_it_reads_on_when_a_fresh_answer_cannot_be_had(lose: Callable[[str], None]) -> None:
    lose("routes")
    assert get("GET", "/my-company", fresh="1").status == 503
    assert get("GET", "/my-company").body["pod"] == "pod_eu0"


def test_it_answers_what_needs_no_row_when_no_server_answers(lose: Callable[[str], None]) -> None:
    lose("routes_replica")
    lose("routes")
    assert get("GET", "/users/sign_in").status == 200
    assert get("GET", "/dashboard").status == 200


def test_it_replies_alike_with_and_without_django(client: Client) -> None:
    query = "method=GET&path_info=/my-company/my-project"
    environ = RequestFactory().get(f"{LEARN_PATH}?{query}").environ
    started: list[Any] = []
    body = b"".join(application(environ, lambda *head: started.append(head)))
    response = client.get(f"{LEARN_PATH}?{query}")
    [(status, headers)] = started
    assert (status, body) == ("200 OK", response.content)
    assert set(dict(headers).items()) - {("Content-Length", str(len(body)))} <= set(response.headers.items())


def test_it_answers_head_without_a_body() -> None:
    environ = RequestFactory().head(f"{LEARN_PATH}?method=GET&path_info=/my-company").environ
    assert b"".join(application(environ, lambda *head: None)) == b""


def test_it_is_not_reached_through_a_router(client: Client) -> None:
    router = {"X-Gitlab-Router-Secret": "tests-older-router-secret"}
    asked = f"{LEARN_PATH}?method=GET&path_info=/my-company"
    assert client.get(asked, headers=router).status_code == 200
    assert client.get(asked, headers={**router, "X-Gitlab-Raw-Path": LEARN_PATH}).status_code == 404
    assert client.get(asked, headers={"X-Gitlab-Raw-Path": LEARN_PATH}).status_code == 200


@hypothesis_settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80))
def test_any_bytes_get_an_answer_or_a_400(path_info: bytes) -> None:
    query = "method=GET&path_info=/" + "".join(f"%{byte:02x}" for byte in path_info)
    assert respond(RequestFactory().get(f"{LEARN_PATH}?{query}")).status_code in {200, 400}


@hypothesis_settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_any_query_gets_an_answer_or_a_400(query: str) -> None:
    request = RequestFactory().get(LEARN_PATH)
    request.META["QUERY_STRING"] = query
    assert respond(request).status_code in {200, 400}
