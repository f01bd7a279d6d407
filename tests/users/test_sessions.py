"""What the session store does before it believes a miss. A lagging replica itself is in tests/pods."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from cachetools import LRUCache
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import OperationalError, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from schemas import pinning
from tests.databases import ALIASES
from tests.users.conftest import PASSWORD
from users import sessions
from users.models import User
from users.sessions import SessionStore, is_ours


@pytest.fixture(autouse=True)
def unpinned() -> Iterator[None]:
    pinning.forget_pins()
    yield
    pinning.forget_pins()


def made() -> SessionStore:
    """A session in an open transaction: the primary has it, the replica's alias does not see it."""
    session = SessionStore()
    session["color"] = "blue"
    session.save()
    pinning.forget_pins()
    return session


def test_a_key_proves_that_it_is_ours() -> None:
    key = SessionStore()._get_new_session_key()
    assert len(key) == 40
    assert is_ours(key)
    assert not is_ours(key[:-1] + ("0" if key[-1] != "0" else "1"))
    assert not is_ours("a" * 40)
    assert not is_ours("")


def test_a_made_up_key_asks_no_database() -> None:
    session = SessionStore("a" * 40)
    assert session.session_key is None
    assert session.get("color") is None
    assert session.is_empty()


@pytest.mark.django_db(databases=ALIASES)
def test_how_long_it_lasts_is_a_setting(mia: User, visitor: Client, steer: Callable[..., None]) -> None:
    steer(session_hours=3)
    response = visitor.post("/users/sign_in", {"username": "mia", "password": PASSWORD})
    assert response.cookies["demo_session"]["max-age"] == 3 * 3600
    left = Session.objects.using("users").get().expire_date - timezone.now()
    assert timedelta(hours=2, minutes=50) < left <= timedelta(hours=3)


@pytest.mark.django_db(databases=ALIASES)
def test_how_old_a_replica_may_be_is_a_setting(monkeypatch: pytest.MonkeyPatch, steer: Callable[..., None]) -> None:
    demanded: list[tuple[str, float]] = []
    monkeypatch.setattr(sessions, "demand", lambda *asked: demanded.append(asked))
    steer(session_replica_seconds=1.5)
    SessionStore(SessionStore()._get_new_session_key()).get("color")
    assert demanded == [("users", 1.5)]


@pytest.mark.django_db(databases=ALIASES)
def test_signing_in_writes_the_session_once(mia: User, visitor: Client) -> None:
    with CaptureQueriesContext(connections["users"]) as asked:
        visitor.post("/users/sign_in", {"username": "mia", "password": PASSWORD})
    written = [query["sql"] for query in asked if re.match(r'(INSERT INTO|UPDATE) "django_session"', query["sql"])]
    assert len(written) == 1
    assert visitor.cookies["demo_session"].value in written[0]


@pytest.mark.django_db(databases=ALIASES)
def test_who_goes_on_under_another_key_leaves_nothing_under_the_old(mia: User) -> None:
    old = made()
    new = SessionStore(old.session_key)
    new.cycle_key()
    new["shape"] = "round"
    new.save()
    row = Session.objects.using("users").get()
    assert row.session_key == new.session_key != old.session_key
    assert row.get_decoded() == {"color": "blue", "shape": "round"}


@pytest.mark.django_db(databases=ALIASES)
def test_a_session_that_was_ended_meanwhile_is_not_written_again() -> None:
    session = made()
    Session.objects.using("users").all().delete()
    session["color"] = "red"
    with pytest.raises(UpdateError):
        session.save()
    assert not Session.objects.using("users").exists()


@pytest.mark.django_db(databases=ALIASES)
def test_a_miss_on_the_replica_is_confirmed_on_the_primary() -> None:
    again = SessionStore(made().session_key)
    assert again["color"] == "blue"
    assert pinning.is_pinned("users")


@pytest.mark.django_db(databases=ALIASES)
def test_a_session_that_is_gone_is_looked_for_once() -> None:
    key = made().session_key
    Session.objects.using("users").all().delete()
    pinning.forget_pins()
    assert SessionStore(key).get("color") is None
    assert key in sessions._gone
    assert SessionStore(key).session_key == key
    gone = SessionStore(key)
    assert gone.get("color") is None
    assert gone.is_empty()


@pytest.mark.django_db(databases=ALIASES)
def test_nothing_is_deleted_while_the_primary_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    key = made().session_key
    found = SessionStore._found

    def primary_is_gone(self: SessionStore, key: str) -> object:
        if pinning.is_pinned("users"):
            raise OperationalError("gone")
        return found(self, key)

    monkeypatch.setattr(SessionStore, "_found", primary_is_gone)
    session = SessionStore(key)
    assert session.get("color") is None
    assert not session.is_empty()
    session.flush()
    assert Session.objects.using("users").filter(session_key=key).exists()


@pytest.mark.django_db(databases=ALIASES)
def test_an_expired_session_is_gone() -> None:
    session = made()
    session.set_expiry(-1)
    session.save()
    pinning.forget_pins()
    assert SessionStore(session.session_key).get("color") is None


@pytest.mark.django_db(databases=ALIASES)
def test_what_is_known_to_be_gone_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sessions._gone.maxsize == sessions.MOST_GONE
    monkeypatch.setattr(sessions, "_gone", LRUCache(3))
    keys = [made().session_key for _ in range(5)]
    Session.objects.all().delete()
    for key in keys:
        SessionStore(key).load()
    assert [key for key in keys if key in sessions._gone] == keys[-3:]
