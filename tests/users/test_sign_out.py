from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from schemas import positions
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)
URL = "/users/sign_out"


def test_it_works(browser: Client) -> None:
    key = browser.cookies["demo_session"].value
    response = browser.post(URL)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert not Session.objects.using("users").filter(session_key=key).exists()


def test_the_cookie_is_of_no_more_use(browser: Client) -> None:
    key = browser.cookies["demo_session"].value
    browser.post(URL)
    thief = Client()
    thief.cookies["demo_session"] = key
    assert "/users/sign_in" in thief.get("/-/profile")["Location"]


def test_it_asks_first(browser: Client) -> None:
    assert b"<form" in browser.get(URL).content
    assert browser.get("/-/profile").status_code == 200


def test_a_visitor_is_none_the_wiser(visitor: Client) -> None:
    assert visitor.post(URL).status_code == 302


def test_how_long_it_waits_for_replicas_is_a_setting(
    browser: Client, monkeypatch: pytest.MonkeyPatch, steer: Callable[..., None]
) -> None:
    waited: list[float] = []

    def wait(schema: str, position: positions.Position, seconds: float) -> bool:
        waited.append(seconds)
        return True

    monkeypatch.setattr(positions, "wait_for_all_replicas", wait)
    steer(sign_out_wait_seconds=1.5)
    browser.post(URL)
    assert waited == [1.5]
