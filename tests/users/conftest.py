"""The cast: mia with her browser, and one of a visitor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from tests.mailbox import Mails, emails_as_files
from users.models import User
from users.reauthentication import FIELD

PASSWORD = "a-long-secret"


@pytest.fixture
def mia() -> User:
    """A person."""
    return User.objects.using("users").create(
        username="mia", name="Mia", email="mia@example.com", password=make_password(PASSWORD)
    )


@pytest.fixture
def visitor() -> Client:
    """A browser in which nobody is signed in."""
    return Client()


@pytest.fixture
def browser(mia: User) -> Client:
    """Mia's browser, signed in."""
    return signed_in()


@pytest.fixture
def confirmed(browser: Client) -> Client:
    """The same, with the password confirmed."""
    assert browser.post("/-/profile/confirm", {FIELD: PASSWORD}).status_code == 302
    return browser


def signed_in(username: str = "mia", password: str = PASSWORD) -> Client:
    """One more browser of somebody."""
    client = Client()
    assert client.post("/users/sign_in", {"username": username, "password": password}).status_code == 302
    return client


@pytest.fixture
def mails(settings: Any, tmp_path: Path) -> Iterator[Mails]:
    """Mails, as files."""
    with emails_as_files(settings, tmp_path) as mails:
        yield mails
