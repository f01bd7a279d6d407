"""Answers that tell whether somebody exists are counted, and whoever has had too many gets none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.databases import ALIASES
from tests.monolith.conftest import shown
from tests.users.conftest import PASSWORD, signed_in
from users.limits import may_ask_who
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)
SIGN_UP = {"name": "Newt", "username": "newt", "email": "newt@example.com", "password": "a-long-secret"}


def asked(client: Client, page: str, address: str) -> bool:
    """Whether one more answer is within the limit."""
    return may_ask_who(client.get(page, REMOTE_ADDR=address).wsgi_request)


def test_visitors_are_counted_by_their_network(visitor: Client, steer: Callable[..., None]) -> None:
    steer(sign_ups_an_hour=1)
    # One line has the first two.
    addresses = ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")
    assert [asked(visitor, "/users/sign_in", each) for each in addresses] == [True, False, True]


def test_people_are_counted_wherever_they_are(browser: Client, steer: Callable[..., None]) -> None:
    steer(people_an_hour=1)
    assert [asked(browser, "/-/profile", each) for each in ("192.0.2.1", "192.0.2.2")] == [True, False]


@pytest.mark.parametrize(("field", "value"), [("username", "mia"), ("email", "mia@example.com")])
def test_sign_up_tells_nothing_beyond_the_limit(
    mia: User, visitor: Client, steer: Callable[..., None], field: str, value: str
) -> None:
    steer(sign_ups_an_hour=1)
    assert visitor.post("/users/sign_up", {**SIGN_UP, field: value}).status_code == 422
    known = visitor.post("/users/sign_up", {**SIGN_UP, field: value})
    unknown = visitor.post("/users/sign_up", SIGN_UP)
    assert (known.status_code, unknown.status_code) == (429, 429)
    assert shown(known).replace(f'value="{value}"', f'value="{SIGN_UP[field]}"') == shown(unknown)


@pytest.mark.parametrize("addresses", [("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::2")])
def test_resets_of_one_line_are_counted_together(
    visitor: Client, steer: Callable[..., None], addresses: tuple[str, str]
) -> None:
    steer(resets_an_hour_of_an_address=1)
    form = {"email": "x@example.com"}
    answers = [visitor.post("/users/password/new", form, REMOTE_ADDR=each) for each in addresses]
    assert [answer.status_code for answer in answers] == [200, 429]


@pytest.mark.parametrize(
    ("path", "form", "field"),
    [
        ("/-/profile/password", {"password": "another-long-secret"}, "current"),
        ("/-/profile/account/deactivate", {}, "password"),
    ],
)
def test_a_password_is_not_tried_beyond_the_limit(
    browser: Client, steer: Callable[..., None], path: str, form: dict[str, str], field: str
) -> None:
    steer(passwords_an_hour=1)
    assert "password is incorrect" in browser.post(path, {**form, field: "wrong"}).text
    answers = [browser.post(path, {**form, field: password}) for password in ("wrong", PASSWORD)]
    assert [answer.status_code for answer in answers] == [429, 429]
    assert "password is incorrect" not in answers[0].text
    assert signed_in().get("/-/profile").status_code == 200
