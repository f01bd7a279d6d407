from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.databases import ALIASES
from tests.mailbox import Mails, settle
from tests.users.conftest import PASSWORD, signed_in
from users.models import User
from users.outbox import Letter
from users.outgoing import NotSent
from users.reset_links import ResetCodes

pytestmark = pytest.mark.django_db(databases=ALIASES)
URL = "/-/profile/password"
NEW = "another-long-secret"
LINK = re.compile(r"^(\S+)(/users/password/edit\?reset_password_token=\S+)$", re.M)


def test_it_works(browser: Client) -> None:
    other = signed_in()
    assert browser.post(URL, {"current": PASSWORD, "password": NEW})["Location"] == URL
    assert browser.get(URL).status_code == 200
    assert other.get(URL).status_code == 302
    assert signed_in(password=NEW).get(URL).status_code == 200


@pytest.mark.parametrize(
    ("current", "password", "said"),
    [
        ("wrong", NEW, "The password is incorrect."),
        (PASSWORD, "short", "too short"),
        (PASSWORD, "password1", "too common"),
        (PASSWORD, "mia@example.com", "too similar"),
        (PASSWORD, "", "required"),
    ],
)
def test_it_says_what_is_wrong(browser: Client, current: str, password: str, said: str) -> None:
    response = browser.post(URL, {"current": current, "password": password})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert signed_in().get(URL).status_code == 200


def test_it_can_be_guessed_only_so_often(browser: Client) -> None:
    statuses = {browser.post(URL, {"current": "wrong", "password": NEW}).status_code for _ in range(51)}
    assert statuses == {422, 429}


def test_how_often_is_a_setting(browser: Client, steer: Callable[..., None]) -> None:
    steer(passwords_an_hour=1)
    answers = [browser.post(URL, {"current": "wrong", "password": NEW}) for _ in range(2)]
    assert [(answer.status_code, answer.get("Retry-After")) for answer in answers] == [(422, None), (429, "3600")]


def test_it_requires_sign_in(visitor: Client) -> None:
    assert visitor.get(URL)["Location"].startswith("/users/sign_in")


def link_in(mails: Mails) -> tuple[str, str]:
    """Host and path of the link in the newest mail."""
    newest = mails.texts()[-1]
    found = LINK.search(newest)
    assert found, newest
    return found[1], found[2]


def forget(client: Client, email: str = "mia@example.com", **headers: str) -> str:
    response = client.post("/users/password/new", {"email": email}, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_a_forgotten_one_is_reset_by_mail(browser: Client, visitor: Client, mails: Mails) -> None:
    forget(visitor, "MIA@example.com")
    _, path = link_in(mails)
    assert "mia" in visitor.get(path).content.decode()
    assert visitor.post(path, {"password": NEW})["Location"] == "/users/sign_in"
    assert browser.get(URL).status_code == 302
    assert signed_in(password=NEW)


def test_the_link_works_once(mia: User, visitor: Client, mails: Mails) -> None:
    forget(visitor)
    _, path = link_in(mails)
    visitor.post(path, {"password": NEW})
    assert visitor.get(path).status_code == 422
    assert visitor.post(path, {"password": "a-third-secret"}).status_code == 422


def test_the_link_does_not_lead_to_the_host_of_the_request(mia: User, visitor: Client, mails: Mails) -> None:
    forget(visitor, host="evil.example")
    assert link_in(mails)[0] == "http://127.0.0.1:8000"


def test_nobody_learns_who_has_an_address(mia: User, visitor: Client, mails: Mails) -> None:
    known, unknown = forget(visitor), forget(visitor, "nobody@example.com")
    assert known.replace("mia@", "nobody@") == unknown
    router = {"X-Gitlab-Router-Secret": "tests-router-secret", "X-Gitlab-Raw-Path": "/users/password/new"}
    assert (
        visitor.post("/users/password/new", {"email": "x@example.com"}, headers=router)["X-Gitlab-Pod-Conceal"] == "150"
    )
    assert len(mails.texts()) == 1


def test_nobody_learns_it_from_a_mail_server_that_is_down(
    mia: User, visitor: Client, mails: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(letter: Letter) -> None:
        raise NotSent("connection refused")

    monkeypatch.setattr("users.outgoing._hand_over", refuse)
    assert forget(visitor).replace("mia@", "nobody@") == forget(visitor, "nobody@example.com")
    settle()


def test_no_response_waits_for_a_mail_server(
    mia: User, visitor: Client, mails: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, tried = threading.Event(), []

    def hang(letter: Letter) -> None:
        tried.append(answered.wait(10))

    monkeypatch.setattr("users.outgoing._hand_over", hang)
    forget(visitor)
    answered.set()
    settle()
    assert tried == [True]


def test_it_does_the_same_whether_somebody_has_the_address_or_not(mia: User, visitor: Client, mails: Mails) -> None:
    queries: dict[str, list[str]] = {}
    for email in ("mia@example.com", "mio@example.com"):
        forget(visitor, email)
        with CaptureQueriesContext(connections["users"]) as captured:
            forget(visitor, email)
        queries[email] = [re.sub(r"'[^']*'", "", each["sql"]) for each in captured.captured_queries]
    assert queries["mia@example.com"] == queries["mio@example.com"]


def test_somebody_gets_five_mails_an_hour(mia: User, visitor: Client, mails: Mails) -> None:
    for _ in range(7):
        forget(visitor)
    sent = sum(text.count("reset_password_token") for text in mails.texts())
    assert sent == 5


def test_how_many_mails_somebody_gets_is_a_setting(
    mia: User, visitor: Client, mails: Mails, steer: Callable[..., None]
) -> None:
    steer(reset_mails_an_hour=1)
    forget(visitor)
    forget(visitor)
    assert len(mails.texts()) == 1


def test_how_often_an_address_asks_is_a_setting(visitor: Client, steer: Callable[..., None]) -> None:
    steer(resets_an_hour_of_an_address=1)
    forget(visitor, "nobody@example.com")
    refused = visitor.post("/users/password/new", {"email": "no-one@example.com"})
    assert (refused.status_code, refused["Retry-After"]) == (429, "3600")


def test_how_long_the_link_works_is_a_setting(
    mia: User, visitor: Client, mails: Mails, steer: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    forget(visitor)
    _, path = link_in(mails)
    later = datetime.now() + timedelta(hours=2)  # noqa: DTZ005  as Django's own
    monkeypatch.setattr(ResetCodes, "_now", lambda self: later)
    assert visitor.get(path).status_code == 200
    steer(password_reset_hours=1)
    assert visitor.get(path).status_code == 422


def test_the_mail_is_from_whom_the_settings_say(
    mia: User, visitor: Client, mails: Mails, steer: Callable[..., None]
) -> None:
    steer(mail_sender="us@pods.example", password_reset_hours=1)
    assert "The link works for 1 hour." in forget(visitor)
    mail = mails.texts()[0]
    assert "From: us@pods.example" in mail
    assert "within 1 hour:" in mail


@pytest.mark.parametrize("token", ["", "x", "MQ.x", "MQ", "_.x", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5.x", "\x00", "ä.ä"])
def test_a_made_up_link_is_refused(mia: User, visitor: Client, token: str) -> None:
    assert visitor.get("/users/password/edit", {"reset_password_token": token}).status_code == 422


def test_who_was_deactivated_gets_no_link_and_an_old_one_is_refused(mia: User, visitor: Client, mails: Mails) -> None:
    forget(visitor)
    _, path = link_in(mails)
    User.objects.using("users").filter(pk=mia.pk).update(is_active=False)
    assert visitor.get(path).status_code == 422
    token = path.partition("=")[2]
    sent = {"reset_password_token": token, "password": NEW}
    assert visitor.post("/users/password/edit", sent).status_code == 422
    assert User.objects.using("users").get(pk=mia.pk).check_password(PASSWORD)
    forget(visitor)
    assert len(mails.texts()) == 1
