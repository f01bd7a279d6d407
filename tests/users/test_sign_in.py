from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessAttemptExpiration
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from schemas import positions
from tests.databases import ALIASES
from tests.users.conftest import PASSWORD
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)
URL = "/users/sign_in"
RIGHT = {"username": "mia", "password": PASSWORD}
WRONG = {"username": "mia", "password": "wrong"}


def test_it_works(mia: User, visitor: Client) -> None:
    response = visitor.post(URL, {**RIGHT, "redirect": "/gitlab-org/gitlab?page=2"})
    assert (response.status_code, response["Location"]) == (302, "/gitlab-org/gitlab?page=2")
    assert visitor.get("/-/profile").status_code == 200


@pytest.mark.parametrize("email", ["mia@example.com", "MIA@Example.com"])
def test_it_takes_the_email_address(mia: User, visitor: Client, email: str) -> None:
    assert visitor.post(URL, {**RIGHT, "username": email})["Location"] == "/"


def test_failures_with_the_email_address_count_for_the_username(
    mia: User, visitor: Client, steer: Callable[..., None]
) -> None:
    steer(sign_in_failures=2)
    visitor.post(URL, WRONG)
    visitor.post(URL, {**WRONG, "username": "mia@example.com"})
    assert visitor.post(URL, RIGHT).status_code == 429


def test_an_unknown_email_address_gets_the_same_answer(mia: User, visitor: Client) -> None:
    known, unknown = (
        re.sub(r'value="[^"]*"', "", visitor.post(URL, {**WRONG, "username": f"{name}@example.com"}).text)
        for name in ("mia", "nil")
    )
    assert "Incorrect username or password." in known
    assert known == unknown


def test_it_gives_a_session_that_scripts_cannot_read(mia: User, visitor: Client) -> None:
    visitor.post(URL, RIGHT)
    cookie = visitor.cookies["demo_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_it_sends_on_who_is_signed_in(browser: Client) -> None:
    assert browser.get(f"{URL}?redirect=/a/b")["Location"] == "/a/b"


@pytest.mark.parametrize(
    "redirect",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/users/sign_out",
        "a",
        "/%0a\n",
    ],
)
@pytest.mark.parametrize("where", ["query", "form"])
def test_it_leads_nowhere_else(mia: User, visitor: Client, redirect: str, where: str) -> None:
    sent = {**RIGHT, "redirect": redirect} if where == "form" else RIGHT
    response = visitor.post(URL, sent, query_params={"redirect": redirect} if where == "query" else None)
    assert response["Location"] == "/"


def test_it_does_not_believe_the_host(mia: User, visitor: Client) -> None:
    response = visitor.post(URL, RIGHT, headers={"host": "evil.example"})
    assert response["Location"] == "/"


def test_next_is_not_followed(mia: User, visitor: Client) -> None:
    assert visitor.post(f"{URL}?next=https://evil.example", RIGHT)["Location"] == "/"


@pytest.mark.parametrize("username", ["mia", "nobody"])
def test_it_refuses_known_and_unknown_alike(mia: User, visitor: Client, username: str) -> None:
    response = visitor.post(URL, {"username": username, "password": "wrong"})
    assert response.status_code == 422
    assert "Incorrect username or password." in response.content.decode()


@pytest.mark.parametrize("username", ["mia", "nobody"])
def test_it_locks_a_username_out_after_ten_failures(mia: User, username: str) -> None:
    statuses = [Client().post(URL, {"username": username, "password": "wrong"}).status_code for _ in range(10)]
    assert statuses == [422] * 9 + [429]
    response = Client().post(URL, {"username": username.upper(), "password": PASSWORD})
    assert response.status_code == 429
    assert "Wait 10 minutes" in response.content.decode()
    assert response["Retry-After"] == "600"


def test_the_lock_out_is_as_the_settings_say(mia: User, steer: Callable[..., None]) -> None:
    steer(sign_in_failures=3, lock_out_minutes=1)
    answers = [Client().post(URL, WRONG) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert "Wait a minute" in answers[-1].content.decode()
    assert answers[-1]["Retry-After"] == "60"
    AccessAttempt.objects.using("users").update(attempt_time=timezone.now() - timedelta(seconds=61))
    AccessAttemptExpiration.objects.using("users").update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().post(URL, RIGHT).status_code == 302


def test_it_leads_to_sign_up_while_that_is_open(visitor: Client, steer: Callable[..., None]) -> None:
    assert "/users/sign_up" in visitor.get(URL).content.decode()
    steer(sign_up_open=False)
    assert "/users/sign_up" not in visitor.get(URL).content.decode()
    assert "/users/sign_up" in visitor.get(URL, {"redirect": "/-/invites/x"}).content.decode()


def test_a_success_forgets_the_failures(mia: User, visitor: Client) -> None:
    for _ in range(3):
        for _ in range(9):
            visitor.post(URL, WRONG)
        assert Client().post(URL, RIGHT).status_code == 302


def test_it_locks_an_address_out_that_tries_many_usernames(mia: User, steer: Callable[..., None]) -> None:
    steer(failed_sign_ins_an_hour_of_an_address=3)

    def sign_in(address: str, **sent: str) -> int:
        return Client(REMOTE_ADDR=address).post(URL, sent).status_code

    spray = [sign_in(f"2001:db8::{at}", username=f"name{at}", password="Winter-2026") for at in range(4)]
    assert spray == [422, 422, 422, 429]
    refused = Client(REMOTE_ADDR="2001:db8::ffff").post(URL, RIGHT)
    assert refused.status_code == 429
    assert "from your network" in refused.content.decode()
    assert refused["Retry-After"] == "3600"
    assert sign_in("2001:db8:0:1::1", **RIGHT) == 302
    assert sign_in("192.0.2.1", **RIGHT) == 302


def test_successes_do_not_count_for_an_address(mia: User, steer: Callable[..., None]) -> None:
    steer(failed_sign_ins_an_hour_of_an_address=1)
    assert [Client().post(URL, RIGHT).status_code for _ in range(3)] == [302] * 3


def test_it_rejects_a_form_that_is_not_ours(mia: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(URL, RIGHT).status_code == 403
    assert "demo_session" not in strict.cookies


def test_a_form_with_too_many_fields_is_refused_and_writes_no_fault(
    visitor: Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert visitor.post("/users/sign_in", {f"field{number}": "x" for number in range(300)}).status_code == 400
    assert caplog.records == []


def test_who_is_deactivated_cannot(mia: User, visitor: Client) -> None:
    User.objects.using("users").update(is_active=False)
    assert visitor.post(URL, RIGHT).status_code == 422


def test_it_rejects_put(visitor: Client) -> None:
    assert visitor.put(URL).status_code == 405


def test_it_forgets_sessions_that_are_over(mia: User, visitor: Client) -> None:
    Session.objects.using("users").create(session_key="old", session_data="", expire_date="2020-01-01T00:00Z")
    visitor.post(URL, RIGHT)
    assert [each.session_key for each in Session.objects.using("users").all()] == [
        visitor.cookies["demo_session"].value
    ]


def test_with_https_cookies_are_sent_over_https_only() -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "POSITIONS_COOKIE_SECURE", "CSRF_TRUSTED_ORIGINS")
    show = f"from django.conf import settings; print([getattr(settings, name) for name in {names}])"
    environment = os.environ | {"PODS_EXTERNAL_URL": "https://pods.example", "DJANGO_SETTINGS_MODULE": "settings.base"}
    done = subprocess.run([sys.executable, "-c", show], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[True, True, True, ['https://pods.example']]"


def test_how_long_it_waits_for_who_keeps_no_cookies_is_a_setting(
    mia: User, monkeypatch: pytest.MonkeyPatch, steer: Callable[..., None]
) -> None:
    waited: list[float] = []

    def wait(known: Mapping[str, positions.Position], seconds: float) -> bool:
        waited.append(seconds)
        return True

    monkeypatch.setattr(positions, "wait_for_replica", wait)
    steer(write_wait_seconds=0.25)
    Client().post(URL, RIGHT)
    assert waited == [0.25]
