from __future__ import annotations

import pytest
from django.test import Client

from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)
URL = "/-/profile"


def test_it_works(browser: Client) -> None:
    response = browser.post(URL, {"name": "Mia M.", "email": "mia@example.org"})
    assert (response.status_code, response["Location"]) == (302, URL)
    mia = User.objects.using("users").get()
    assert (mia.name, mia.email) == ("Mia M.", "mia@example.org")
    assert "Your profile was saved." in browser.get(URL).content.decode()


def test_it_refuses_an_address_that_somebody_has(browser: Client) -> None:
    User.objects.using("users").create(username="eva", email="eva@example.com")
    response = browser.post(URL, {"name": "Mia", "email": "EVA@example.com"})
    assert response.status_code == 422
    assert "An account with this email address already exists" in response.content.decode()


def test_names_are_text(browser: Client) -> None:
    browser.post(URL, {"name": "<script>alert(1)</script>", "email": "mia@example.com"})
    assert "<script>" not in browser.get(URL).content.decode()


def test_it_changes_nothing_else(browser: Client) -> None:
    browser.post(URL, {"name": "Mia", "email": "mia@example.com", "username": "root", "is_superuser": "on"})
    mia = User.objects.using("users").get()
    assert (mia.username, mia.is_superuser) == ("mia", False)


def test_it_requires_sign_in(visitor: Client) -> None:
    assert visitor.get(URL)["Location"] == "/users/sign_in?redirect=/-/profile"
