from __future__ import annotations

import pytest
from django.test import Client

from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)
URL = "/-/profile"


def test_it_works(browser: Client) -> None:
    response = browser.post(URL, {"name": "Mia M."})
    assert (response.status_code, response["Location"]) == (302, URL)
    assert User.objects.using("users").get().name == "Mia M."
    assert "Your profile was saved." in browser.get(URL).content.decode()


def test_names_are_text(browser: Client) -> None:
    browser.post(URL, {"name": "<script>alert(1)</script>", "email": "mia@example.com"})
    assert "<script>" not in browser.get(URL).content.decode()


def test_it_changes_nothing_else(browser: Client) -> None:
    browser.post(URL, {"name": "Mia", "email": "x@example.com", "username": "root", "is_superuser": "on"})
    mia = User.objects.using("users").get()
    assert (mia.username, mia.email, mia.is_superuser) == ("mia", "mia@example.com", False)


def test_it_requires_sign_in(visitor: Client) -> None:
    assert visitor.get(URL)["Location"] == "/users/sign_in?redirect=/-/profile"
