from __future__ import annotations

import time

import pytest
from django.test import Client

from admin_settings.in_force import in_force
from tests.admin_area.conftest import PASSWORD
from tests.databases import ALIASES
from users.reauthentication import FIELD

pytestmark = pytest.mark.django_db(databases=ALIASES)
URL = "/admin/users"
ASKED = "Confirm your password"


def is_asked(browser: Client, **sent: str) -> bool:
    return ASKED in browser.post(URL, sent).content.decode()


def test_it_asks_before_anything_changes(admin: Client) -> None:
    assert ASKED not in admin.get(URL).content.decode()
    assert is_asked(admin)


def test_it_says_which_pod_serves(admin: Client) -> None:
    assert "Served by pod_us0 in us" in admin.post(URL, {}).content.decode()


def test_it_goes_on_with_what_was_sent(admin: Client) -> None:
    shown = admin.post(URL, {"one": ["1", "<2>"], "two": "3"}).content.decode()
    for kept in ('name="one" value="1"', 'name="one" value="&lt;2&gt;"', 'name="two" value="3"'):
        assert kept in shown


def test_the_right_password_is_enough_for_minutes(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_asked(admin, **{FIELD: PASSWORD})
    assert not is_asked(admin)
    later = time.time() + in_force().confirmation_minutes * 60
    monkeypatch.setattr(time, "time", lambda: later)
    assert is_asked(admin)


def test_a_wrong_password_is_asked_again(admin: Client) -> None:
    response = admin.post(URL, {FIELD: "wrong", "kept": "yes"})
    assert response.status_code == 422
    assert 'name="kept" value="yes"' in response.content.decode()
    assert "wrong" not in response.content.decode()
    assert is_asked(admin)


def test_it_limits_tries(admin: Client) -> None:
    statuses = {admin.post(URL, {FIELD: "wrong"}).status_code for _ in range(in_force().passwords_an_hour)}
    assert statuses == {422}
    refused = admin.post(URL, {FIELD: PASSWORD})
    assert (refused.status_code, refused["Retry-After"]) == (429, "3600")


def test_another_session_is_asked_by_itself(proven: Client, root: object) -> None:
    other = Client()
    assert other.post("/users/sign_in", {"username": "root", "password": PASSWORD}).status_code == 302
    assert not is_asked(proven)
    assert is_asked(other)
