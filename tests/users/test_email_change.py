"""Another mail address: asked for with the password, confirmed by a link in the mail to it, told to the old one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.databases import ALIASES
from tests.mailbox import Mails
from tests.monolith.conftest import shown
from tests.users.conftest import PASSWORD, signed_in
from users.models import EmailChange, User
from users.reauthentication import FIELD

pytestmark = pytest.mark.django_db(databases=ALIASES)
URL = "/-/profile/email"
OLD, NEW = "mia@example.com", "mia@example.org"
LINK = re.compile(r"^\S+(/-/profile/email/confirm/\S+)$", re.MULTILINE)


def email() -> str:
    return User.objects.using("users").get(username="mia").email


def ask(browser: Client, new: str = NEW) -> None:
    assert browser.post(URL, {"email": new})["Location"] == "/-/profile"


def link_to(mails: Mails, address: str = NEW) -> str:
    found = LINK.search(mails.to(address)[-1])
    assert found
    return found[1]


def test_it_works(confirmed: Client, mails: Mails) -> None:
    ask(confirmed)
    link = link_to(mails)
    assert NEW in confirmed.get(link).text
    assert email() == OLD
    assert confirmed.post(link)["Location"] == "/-/profile"
    assert email() == NEW
    assert not EmailChange.objects.using("users").exists()


def test_a_stolen_session_is_asked_for_the_password(browser: Client, mails: Mails) -> None:
    asked = browser.post(URL, {"email": NEW})
    assert "Confirm your password" in asked.text
    assert f'name="email" value="{NEW}"' in asked.text
    assert browser.post(URL, {"email": NEW, FIELD: "wrong"}).status_code == 422
    assert not EmailChange.objects.using("users").exists()
    assert mails.texts() == []
    assert browser.post(URL, {"email": NEW, FIELD: PASSWORD}).status_code == 302
    assert EmailChange.objects.using("users").get().email == NEW


def test_the_old_address_is_told_when_it_is_asked_for_and_when_it_is_done(confirmed: Client, mails: Mails) -> None:
    ask(confirmed)
    [asked] = mails.to(OLD)
    assert f"to {NEW}" in asked
    assert "/-/profile/password" in asked
    confirmed.post(link_to(mails))
    assert f"is {NEW} from now on" in mails.to(OLD)[-1]


def test_until_then_it_resets_no_password(confirmed: Client, visitor: Client, mails: Mails) -> None:
    ask(confirmed)
    before = len(mails.texts())
    visitor.post("/users/password/new", {"email": NEW})
    assert len(mails.texts()) == before


def test_what_waits_is_seen_and_can_be_taken_back(confirmed: Client, mails: Mails) -> None:
    ask(confirmed)
    assert NEW in confirmed.get("/-/profile").text
    # A session is enough to keep what one has.
    assert signed_in().post(f"{URL}/take_back")["Location"] == "/-/profile"
    assert NEW not in signed_in().get("/-/profile").text
    assert confirmed.post(link_to(mails)).status_code == 410
    assert email() == OLD


def test_the_newest_counts(confirmed: Client, mails: Mails) -> None:
    ask(confirmed)
    ask(confirmed, "mimi@example.org")
    assert confirmed.post(link_to(mails)).status_code == 410
    assert confirmed.post(link_to(mails, "mimi@example.org")).status_code == 302
    assert email() == "mimi@example.org"


def test_the_link_works_once_for_whom_it_was_made_and_for_so_long(confirmed: Client, mia: User, mails: Mails) -> None:
    ask(confirmed)
    link = link_to(mails)
    eva = User(username="eva", email="eva@example.com")
    eva.set_password(PASSWORD)
    eva.save(using="users")
    for method in ("get", "post"):
        assert getattr(signed_in("eva"), method)(link).status_code == 410
        assert getattr(Client(), method)(link)["Location"].startswith("/users/sign_in?redirect=")
    EmailChange.objects.using("users").update(expires_at=timezone.now() - timedelta(seconds=1))
    assert confirmed.post(link).status_code == 410
    EmailChange.objects.using("users").update(expires_at=timezone.now() + timedelta(seconds=60))
    assert confirmed.post(link).status_code == 302
    assert confirmed.post(link).status_code == 410


def test_how_long_is_a_setting(confirmed: Client, steer: Callable[..., None]) -> None:
    steer(email_confirmation_hours=1)
    ask(confirmed)
    left = EmailChange.objects.using("users").get().expires_at - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


@pytest.mark.parametrize("token", ["x", "x.y", "00000000000000000000000000000000.x", "ä"])
def test_a_made_up_link_is_refused(browser: Client, token: str) -> None:
    assert browser.get(f"{URL}/confirm/{token}").status_code == 410


def test_nobody_learns_whether_somebody_has_the_address(confirmed: Client, mails: Mails) -> None:
    User.objects.using("users").create(username="eva", email="eva@example.com")
    pages = []
    confirmed.get("/-/profile")
    for address in ("EVA@example.com", "new@example.com"):
        ask(confirmed, address)
        pages.append(re.sub(r"<time.*?</time>", "", shown(confirmed.get("/-/profile")).replace(address, "")))
    assert pages[0] == pages[1]
    [taken] = mails.to("EVA@example.com")
    assert "another account has it already" in taken
    assert not LINK.search(taken)
    assert "mia" not in taken


def test_who_takes_the_address_meanwhile_keeps_it(confirmed: Client, mails: Mails) -> None:
    ask(confirmed)
    User.objects.using("users").create(username="eva", email=NEW)
    assert confirmed.post(link_to(mails)).status_code == 410
    assert email() == OLD


def test_how_often_is_a_setting(confirmed: Client, mails: Mails, steer: Callable[..., None]) -> None:
    steer(email_changes_an_hour=1)
    ask(confirmed)
    refused = confirmed.post(URL, {"email": "another@example.org"})
    assert (refused.status_code, refused["Retry-After"]) == (429, "3600")
    assert len(mails.to(NEW)) == 1
    assert mails.to("another@example.org") == []


@pytest.mark.parametrize("wrong", ["", "x", "a@b.de\nBcc: c@d.de"])
def test_it_refuses_what_is_no_address(confirmed: Client, wrong: str) -> None:
    assert confirmed.post(URL, {"email": wrong}).status_code == 422


@pytest.mark.parametrize("path", [URL, f"{URL}/take_back", f"{URL}/confirm/x"])
def test_it_requires_sign_in(visitor: Client, path: str) -> None:
    assert visitor.post(path, {"email": NEW})["Location"].startswith("/users/sign_in")
