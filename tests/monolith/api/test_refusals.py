"""What is wrong with a request as such: told in one shape, and before anything is looked up."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.views import APIView

from admin_settings.in_force import overridden
from monolith.namespaces.models import Project
from monolith.work.models import Issue
from organizations.models import Organization
from tests.cast import signed_in
from tests.databases import ALIASES
from tests.monolith.api.conftest import JSON, ROUTER, Program, key
from tests.patterns import each_view
from users.api.inputs import UNKNOWN

Steer = Callable[..., None]

pytestmark = pytest.mark.django_db(databases=ALIASES)

HAMMER = f"/projects/{key('tools/hammer')}"
ISSUES = f"{HAMMER}/issues"
ABSENT = f"/projects/{key('tools/absent')}/issues"


def test_without_a_token_nothing_is_changed(visitor: Program, project: Project) -> None:
    for path in (ISSUES, ABSENT):
        answer = visitor.post(path, {"title": "x"})
        assert (answer.status_code, answer.json()["message"]) == (401, "401 Unauthorized")
        assert answer["WWW-Authenticate"] == "Bearer"


def test_a_session_counts_with_the_code_of_our_own_forms_only(mel: Program, project: Project) -> None:
    assert mel.user
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = signed_in(mel.user).cookies
    path = f"/api/v4/projects/{project.pk}/issues"
    assert browser.get(path).status_code == 200
    answer = browser.post(path, {"title": "x"}, content_type=JSON)
    assert (answer.status_code, answer.json()["message"]) == (403, "403 Forbidden")
    assert not Issue.objects.exists()


def test_nothing_that_a_session_can_change_is_exempt_from_the_csrf_check() -> None:
    exempt = {pattern for pattern, view in each_view() if getattr(view, "csrf_exempt", False)}
    pages = {pattern for pattern in exempt if not pattern.startswith("/api/")}
    # It takes GET and HEAD only, and answers what Git asks.
    assert pages == {"/<routable:full_path>"}
    # Each of these checks it for sessions (users/api/authentication.py).
    views = [getattr(view, "cls", None) for pattern, view in each_view() if pattern in exempt - pages]
    assert all(view is not None and issubclass(view, APIView) for view in views)


def test_a_token_for_reading_reads_only(acme: Organization, dana: Program, project: Project) -> None:
    assert dana.user
    reader = Program(dana.user, scope="read_api")
    assert reader.get(HAMMER).status_code == 200
    for path in (ISSUES, ABSENT):
        answer = reader.post(path, {"title": "x"})
        assert answer.status_code == 403
        assert (answer.json()["error"], answer.json()["scope"]) == ("insufficient_scope", "api")
    assert not Issue.objects.exists()


@pytest.mark.parametrize("path", [ISSUES, ABSENT])
def test_a_method_that_is_not_taken(dana: Program, visitor: Program, project: Project, path: str) -> None:
    for method in ("patch", "options"):
        answer = dana.ask(method, path)
        assert (answer.status_code, answer.json()["message"]) == (405, "405 Method Not Allowed")
        assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize("path", [ISSUES, ABSENT, "/todos/mark_as_done", "/user"])
def test_a_wrong_method_is_405_without_a_token_and_with_one_that_may_only_read(
    leo: Program, visitor: Program, project: Project, path: str
) -> None:
    assert leo.user
    for program in (visitor, Program(leo.user, scope="read_api")):
        answer = program.patch(path, {})
        assert (answer.status_code, answer.json()["message"]) == (405, "405 Method Not Allowed")
        assert "POST" in answer["Allow"] or path == "/user"


# Not built, below a key, beside one, by id, and without any pattern.
NOT_BUILT = [
    "/runners/5",
    "/projects/1/branches",
    "/runners",
    "/users/1/keys",
    "/templates/x/y",
    "/nonsense",
    "/../v5/x",
]


@pytest.mark.parametrize("path", NOT_BUILT)
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
def test_an_address_that_is_not_built_is_404_whatever_the_method(
    leo: Program, visitor: Program, project: Project, path: str, method: str
) -> None:
    assert leo.user
    url = f"/api/v4{path}".replace("/v4/..", "")
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = signed_in(leo.user).cookies
    routed = {**ROUTER, "X-Gitlab-Raw-Path": url}
    tokens = [{}, *(Program(leo.user, scope=scope).headers for scope in ("api", "read_api"))]
    strict = Client(enforce_csrf_checks=True)
    answers = [strict.generic(method.upper(), url, headers={**routed, **token}) for token in tokens]
    answers.append(browser.generic(method.upper(), url, headers=routed))
    for answer in answers:
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
        assert (answer.content, answer["Cache-Control"]) == (b'{"message": "404 Not Found"}', "no-store")
    refused = strict.generic(method.upper(), url, headers={**routed, "PRIVATE-TOKEN": "glpat-wrong"})
    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")
    assert refused.json()["message"] == "401 Unauthorized"


def test_guesses_at_absent_addresses_are_counted(
    visitor: Program, monkeypatch: pytest.MonkeyPatch, steer: Steer
) -> None:
    monkeypatch.setattr("users.api.limits.time.time", lambda: 1_000_000.0)
    steer(api_requests_a_minute_of_an_address=1)
    guesses = [{"PRIVATE-TOKEN": f"glpat-{number}"} for number in range(2)]
    assert [visitor.get("/nonsense", **guess).status_code for guess in guesses] == [401, 429]


def test_head_is_get_without_its_body(dana: Program, project: Project) -> None:
    assert dana.head(HAMMER).status_code == 200
    assert dana.head(HAMMER).content == b""
    assert dana.head(f"/projects/{key('tools/absent')}").status_code == 404


@pytest.mark.parametrize("path", [ISSUES, ABSENT])
def test_a_body_that_is_too_long(dana: Program, project: Project, path: str) -> None:
    body = "x" * 64 * 1024
    with overridden(largest_body_kib=64):
        answer = dana.post(path, {"title": body})
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert dana.post(path, f"title={body}", **form).status_code == 413
    assert (answer.status_code, answer.json()["message"][:3]) == (413, "413")


def test_a_body_of_another_kind(dana: Program, project: Project) -> None:
    answer = dana.post(ISSUES, "<title>x</title>", **{"Content-Type": "application/xml"})
    assert (answer.status_code, answer.json()["message"]) == (415, "415 Unsupported Media Type")


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[1]", b'"x"', b"null", b'{"title": NaN}', b"[" * 100_000])
def test_a_body_that_cannot_be_read(dana: Program, project: Project, body: bytes) -> None:
    answer = dana.post(ISSUES, body, **{"Content-Type": JSON})
    assert answer.status_code == 400
    assert "message" in answer.json()


@pytest.mark.parametrize("text", ["\\ud800", "\\u0000", "\\u202e"])
def test_text_that_nobody_can_read(dana: Program, project: Project, text: str) -> None:
    for path, field in (
        ("/organizations/acme/projects", "namespace_id"),
        ("/groups/tools/members", "access_level"),
        (ISSUES, "title"),
        (HAMMER, "visibility"),
    ):
        sent = f'{{"{field}": "{text}{text}"}}'
        method = "put" if path == HAMMER else "post"
        answer = dana.ask(method, path, sent.encode(), **{"Content-Type": JSON})
        assert answer.status_code == (201 if "202e" in text and path == ISSUES else 400)


def test_a_form_with_too_many_fields(dana: Program, project: Project) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = dana.post(ISSUES, "&".join(f"field{number}=x" for number in range(300)), **form)
    assert (answer.status_code, answer.json()["message"]) == (400, "400 Bad Request")


def test_whatever_is_accepted_the_answer_is_json(dana: Program, project: Project) -> None:
    assert dana.get(f"{HAMMER}?format=xml").json() == {"message": {"format": [UNKNOWN]}}
    assert dana.get(HAMMER, Accept="text/html").json()["message"] == "406 Not Acceptable"


def test_who_asks_too_often_waits(
    dana: Program, mel: Program, visitor: Program, project: Project, monkeypatch: pytest.MonkeyPatch, steer: Steer
) -> None:
    steer(api_requests_a_minute=2, api_requests_a_minute_of_an_address=1)
    monkeypatch.setattr("users.api.limits.time.time", lambda: 1_000_000.0)
    assert [dana.get(HAMMER).status_code for _ in range(3)] == [200, 200, 429]
    answer = dana.get(f"/projects/{key('tools/absent')}")
    assert (answer.status_code, answer.json()["message"]) == (429, "429 Too Many Requests")
    assert 0 < int(answer["Retry-After"]) <= 60
    assert mel.get(HAMMER).status_code == 200
    assert [visitor.get(HAMMER).status_code for _ in range(2)] == [404, 429]


def test_guesses_at_tokens_are_counted(visitor: Program, monkeypatch: pytest.MonkeyPatch, steer: Steer) -> None:
    steer(api_requests_a_minute_of_an_address=1)
    monkeypatch.setattr("users.api.limits.time.time", lambda: 1_000_000.0)
    guesses = [{"PRIVATE-TOKEN": f"glpat-{number}"} for number in range(2)]
    assert [visitor.get("/user", **guess).status_code for guess in guesses] == [401, 429]
