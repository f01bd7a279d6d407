"""The cast: mia with her browser, and one of a visitor."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from users.models import User

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


def signed_in(username: str = "mia", password: str = PASSWORD) -> Client:
    """One more browser of somebody."""
    client = Client()
    assert client.post("/users/sign_in", {"username": username, "password": password}).status_code == 302
    return client


@pytest.fixture
def mails(settings: object, tmp_path: Path) -> Path:
    """Where mails are written."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_FILE_PATH = tmp_path  # type: ignore[attr-defined]
    return tmp_path
