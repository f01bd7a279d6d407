"""`manage.py admin`: the first administrator."""

from __future__ import annotations

import io
import sys

import pytest
from django.core.management import CommandError, call_command

from routing.models import Route
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)
PASSWORD = "correct horse battery"
COMPLETE = ("ada", "--email", "ada@example.com", "--password-stdin")


def create(monkeypatch: pytest.MonkeyPatch, *arguments: str, password: str = PASSWORD) -> str:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    said = io.StringIO()
    call_command("admin", "create", *arguments, stdout=said)
    return said.getvalue()


def test_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    assert create(monkeypatch, *COMPLETE) == "ada was created and is an administrator.\n"
    made = User.objects.get(username="ada")
    assert (made.is_superuser, made.is_staff, made.email, made.name) == (True, True, "ada@example.com", "ada")
    assert made.check_password(PASSWORD)


def test_the_username_is_claimed_for_the_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    create(monkeypatch, *COMPLETE)
    claimed = Route.objects.get(path="ada")
    assert (claimed.kind, claimed.entity_type) == ("claim", "user")


@pytest.mark.parametrize(
    ("arguments", "password", "said"),
    [
        ((), PASSWORD, "there is no terminal to ask at; add USERNAME, --email EMAIL, --password-stdin"),
        (("ada",), PASSWORD, "there is no terminal to ask at; add --email EMAIL, --password-stdin"),
        (("a b", *COMPLETE[1:]), PASSWORD, "The username 'a b' is not valid"),
        (("a" * 256, *COMPLETE[1:]), PASSWORD, "is not valid"),
        (("admin", *COMPLETE[1:]), PASSWORD, "The username 'admin' is reserved"),
        (("ada", "--email", "ada", "--password-stdin"), PASSWORD, "The email address 'ada' is not valid."),
        (COMPLETE, "12345678", "This password is too common."),
        (COMPLETE, "", "This password is too short."),
    ],
)
def test_what_is_wrong_is_said(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], password: str, said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        create(monkeypatch, *arguments, password=password)
    assert not User.objects.exists()
    assert not Route.objects.exclude(kind="reserved").exists()


class Terminal(io.StringIO):
    """What somebody types."""

    def isatty(self) -> bool:
        return True


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    answers = iter(lines)
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    monkeypatch.setattr("users.management.commands.admin.getpass", lambda question: next(answers))


def test_at_a_terminal_it_asks_for_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "ada", "ada@example.com", PASSWORD, PASSWORD)
    call_command("admin", "create", stdout=io.StringIO())
    assert User.objects.get(username="ada").check_password(PASSWORD)


def test_a_wrong_username_is_said_before_a_password_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "a b", "ada")
    with pytest.raises(CommandError) as caught:
        call_command("admin", "create")
    assert "'a b' is not valid" in str(caught.value)
    assert "'ada' is not valid" in str(caught.value)


def test_two_passwords_that_differ_create_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "ada@example.com", PASSWORD, "another")
    with pytest.raises(CommandError, match=r"The two passwords differ\."):
        call_command("admin", "create", "ada")
    assert not User.objects.exists()


def test_a_username_and_an_address_that_are_taken_are_both_said(monkeypatch: pytest.MonkeyPatch) -> None:
    create(monkeypatch, *COMPLETE)
    with pytest.raises(CommandError) as caught:
        create(monkeypatch, "ADA", "--email", "Ada@example.com", "--password-stdin")
    assert "There is a user 'ADA' already. To make them an administrator, run: manage.py admin appoint ADA" in str(
        caught.value
    )
    assert "'Ada@example.com' belongs to another user" in str(caught.value)


def test_a_name_that_a_group_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    create(monkeypatch, *COMPLETE)
    User.objects.all().delete()
    with pytest.raises(CommandError, match="The username 'ada' is taken"):
        create(monkeypatch, *COMPLETE)


def test_somebody_is_appointed(mia: User) -> None:
    said = io.StringIO()
    call_command("admin", "appoint", "Mia", stdout=said)
    assert said.getvalue() == "mia is an administrator.\n"
    mia.refresh_from_db()
    assert mia.is_superuser
    with pytest.raises(CommandError, match=r"there is no user 'nobody'; create one with: manage.py admin create"):
        call_command("admin", "appoint", "nobody")
