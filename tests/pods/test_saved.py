"""What fails after a commit does not undo it: nothing that pods add to a write fails it, and nobody is told that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from pods.middleware.positions import PositionsMiddleware
from pods.views.refusals import FULL, FULL_LATER, SAVED, reason_of, server_error, unavailable
from schemas import positions, saved
from tests.databases import ALIASES

WRITE = "INSERT INTO django_migrations (app, name, applied) VALUES ('saved', 'x', now())"


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    saved.forget()
    yield
    saved.forget()


@pytest.fixture
def execute() -> Iterator[Callable[[str], None]]:
    """Runs a statement on `main`; what it left is removed."""

    def run(statement: str) -> None:
        with connections["main"].cursor() as cursor:
            cursor.execute(statement)

    yield run
    run("DELETE FROM django_migrations WHERE app = 'saved'")


@pytest.mark.django_db(databases=ALIASES, transaction=True)
def test_what_is_committed_is_known(execute: Callable[[str], None]) -> None:
    for reading in ("SELECT 1", "(SELECT 1) UNION (SELECT 2)", "\n    (\n (SELECT 1))"):
        execute(reading)
        with transaction.atomic(using="main"):
            execute(reading)
    with suppress(ZeroDivisionError), transaction.atomic(using="main"):
        execute(WRITE)
        _ = 1 / 0
    assert not saved.is_anything()
    with transaction.atomic(using="main"):
        with transaction.atomic(using="main"):
            execute(WRITE)
        assert not saved.is_anything()
    assert saved.is_anything()


@pytest.mark.django_db(databases=ALIASES, transaction=True)
def test_a_write_without_a_transaction_is_saved_at_once(execute: Callable[[str], None]) -> None:
    execute(WRITE)
    assert saved.is_anything()


@pytest.mark.django_db(databases=ALIASES, transaction=True)
def test_what_nobody_asked_for_does_not_count(execute: Callable[[str], None]) -> None:
    with saved.uncounted():
        execute(WRITE)
    assert not saved.is_anything()
    execute("DELETE FROM django_migrations WHERE app = 'saved'")
    with saved.uncounted():
        pass
    assert saved.is_anything()


@pytest.mark.django_db(databases=ALIASES, transaction=True)
def test_a_commit_that_breaks_off_may_have_saved(
    execute: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(wrapper: BaseDatabaseWrapper) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patched, suppress(OperationalError), transaction.atomic(using="main"):
        execute(WRITE)
        patched.setattr(BaseDatabaseWrapper, "_commit", broken)
    assert saved.is_anything()


def answers() -> list[str]:
    """What people and programs are told when the database fails, and when we do."""
    asked = [RequestFactory().post(path) for path in ("/my-company", "/api/v4/projects")]
    told = [answer for each in asked for answer in (unavailable(each, "It is down."), server_error(each))]
    return [answer.content.decode() for answer in told]


def test_nobody_is_told_that_nothing_was_changed_when_something_may_have_been() -> None:
    page, fault, *_ = answers()
    assert "It is down. Nothing was changed. Please try again in a moment." in page
    assert "and it has been logged. Please try again in a moment." in fault
    assert not any(SAVED in text for text in answers())
    saved.note()
    assert all(SAVED in text for text in answers())
    assert not any("ry again" in text for text in answers())


def test_a_full_disk_is_told_without_it() -> None:
    """Also one that has no room for another connection."""
    full = OperationalError("connection failed: FATAL:  could not write init file: No space left on device")
    assert reason_of(full) == FULL
    saved.note()
    assert reason_of(full) == FULL_LATER


@pytest.mark.parametrize("step", ["of_writes", "wait_for_all_replicas", "issue"])
def test_what_follows_a_commit_fails_no_request(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError(step)

    def view(request: HttpRequest) -> HttpResponse:
        positions.announce("users")
        return HttpResponse(status=302)

    monkeypatch.setattr(positions, "of_writes", lambda: {"shared": positions.Position(1, 1)})
    monkeypatch.setattr(positions, "wait_for_all_replicas", lambda *arguments: True)
    monkeypatch.setattr("pods.middleware.positions.pinning.written_servers", lambda: frozenset({"shared"}))
    monkeypatch.setattr("pods.middleware.positions.time.sleep", lambda seconds: None)
    monkeypatch.setattr(positions, "wait_for_replica", lambda *arguments: True)
    monkeypatch.setattr(positions, step, broken)
    assert PositionsMiddleware(view)(RequestFactory().post("/")).status_code == 302
