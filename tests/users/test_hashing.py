"""Passwords are hashed beside the pages, so many at a time; one more is refused before anything else is done."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client

from tests.databases import ALIASES
from tests.running_cluster import eventually
from tests.users.conftest import PASSWORD
from users import hashing
from users.hashing import HashersBusy, Turns
from users.models import RateLimit, User

URL = "/users/sign_in"
RESEND = "X-Gitlab-Pod-Fenced"


@contextmanager
def all_taken(turns: Turns, at_once: int) -> Iterator[None]:
    """So many hashes are going on, and go on until the block ends."""
    go_on = threading.Event()

    def slow(password: str) -> str:
        assert go_on.wait(60)
        return password

    hashing_now = [threading.Thread(target=turns.take, args=(slow, "x")) for _ in range(at_once)]
    for each in hashing_now:
        each.start()
    try:
        assert eventually(lambda: turns.are_taken)
        yield
    finally:
        go_on.set()
        for each in hashing_now:
            each.join()


def test_one_more_than_may_be_is_refused_at_once_and_then_has_a_turn() -> None:
    turns = Turns(2)
    with all_taken(turns, 2), pytest.raises(HashersBusy):
        turns.take(str.upper, "abc")
    assert turns.take(str.upper, "abc") == "ABC"
    assert not turns.are_taken


def test_a_hash_that_fails_gives_its_turn_back() -> None:
    turns = Turns(1)

    def fail(password: str) -> str:
        raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            turns.take(fail, "x")
    assert not turns.are_taken


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux has a priority for each thread")
def test_it_stands_back_behind_pages() -> None:
    def niceness(which: str) -> str:
        return str(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert Turns(1).take(niceness, "") == str(hashing.NICENESS)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def test_it_is_djangos_argon2() -> None:
    ours, djangos = hashing.Hasher(), Argon2PasswordHasher()
    encoded = ours.encode("a password", "some-salt-and-more")
    assert djangos.verify("a password", encoded)
    assert ours.verify("a password", encoded)
    assert not ours.verify("another password", encoded)
    assert ours.algorithm == djangos.algorithm


@pytest.mark.django_db(databases=ALIASES)
class TestPages:
    @pytest.fixture
    def full(self, monkeypatch: pytest.MonkeyPatch, mia: User) -> Callable[[], Any]:
        """A pod on which all threads are taken, from when it is called on."""
        turns = Turns(1)
        monkeypatch.setattr(hashing, "turns", turns)
        return lambda: all_taken(turns, 1)

    @pytest.mark.parametrize("username", ["mia", "nobody-has-this-name"])
    @pytest.mark.parametrize("password", [PASSWORD, "wrong"])
    def test_a_sign_in_too_many_is_the_same_for_everybody_and_counts_for_nothing(
        self, full: Callable[[], Any], visitor: Client, username: str, password: str
    ) -> None:
        with full():
            response = visitor.post(URL, {"username": username, "password": password})
        assert response.status_code == 503
        assert response["Retry-After"] == "1"
        assert response[RESEND] == "1", "a router may send it again"
        assert not RateLimit.objects.using("users").exists()
        assert "demo_session" not in visitor.cookies

    def test_pages_are_served_meanwhile(self, full: Callable[[], Any], visitor: Client, browser: Client) -> None:
        with full():
            assert visitor.get(URL).status_code == 200
            assert browser.get("/-/profile").status_code == 200

    @pytest.mark.parametrize(
        ("path", "fields"),
        [
            ("/-/profile/password", {"current": PASSWORD, "password": "correct horse battery"}),
            ("/-/profile/account/deactivate", {"password": PASSWORD}),
            ("/-/profile/confirm", {"reauthentication_password": PASSWORD}),
        ],
    )
    def test_whatever_needs_the_password_is_refused_alike(
        self, full: Callable[[], Any], browser: Client, path: str, fields: dict[str, str]
    ) -> None:
        with full():
            response = browser.post(path, fields)
        assert (response.status_code, response["Retry-After"], response[RESEND]) == (503, "1", "1")
        assert not RateLimit.objects.using("users").exists()

    def test_one_that_finds_no_thread_when_it_has_begun_is_not_sent_again(
        self, visitor: Client, monkeypatch: pytest.MonkeyPatch, mia: User
    ) -> None:
        def busy(*_: object, **__: object) -> bool:
            raise HashersBusy(began=True)

        monkeypatch.setattr("django.contrib.auth.hashers.MD5PasswordHasher.verify", busy)
        response = visitor.post(URL, {"username": "mia", "password": PASSWORD})
        assert (response.status_code, response["Retry-After"]) == (503, "1")
        assert RESEND not in response
