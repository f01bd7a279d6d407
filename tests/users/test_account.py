from __future__ import annotations

import pytest
from django.test import Client

from organizations.members.models import Membership
from tests.databases import ALIASES
from tests.users.conftest import PASSWORD, signed_in
from users.models import PersonalAccessToken, User

pytestmark = pytest.mark.django_db(databases=ALIASES)
URL = "/-/profile/account"


def is_signed_in(client: Client) -> bool:
    return client.get("/-/profile").status_code == 200


def test_it_works(browser: Client) -> None:
    assert b"Sign out everywhere" in browser.get(URL).content


def test_signing_out_everywhere_ends_all_sessions(browser: Client) -> None:
    other = signed_in()
    assert browser.post(f"{URL}/sign_out")["Location"] == "/users/sign_in"
    assert not is_signed_in(browser)
    assert not is_signed_in(other)
    assert is_signed_in(signed_in())


def test_it_ends_nobody_elses(browser: Client, mia: User) -> None:
    eva = User(username="eva", email="eva@example.com")
    eva.set_password(PASSWORD)
    eva.save(using="users")
    other = signed_in("eva")
    browser.post(f"{URL}/sign_out")
    assert is_signed_in(other)


def test_deactivation_ends_sessions_and_tokens(browser: Client, mia: User) -> None:
    token = PersonalAccessToken.issue(mia, "laptop")
    other = signed_in()
    assert browser.post(f"{URL}/deactivate", {"password": PASSWORD})["Location"] == "/users/sign_in"
    assert not is_signed_in(browser)
    assert not is_signed_in(other)
    assert PersonalAccessToken.user_of(token) is None


def test_deactivation_wants_the_password(browser: Client) -> None:
    response = browser.post(f"{URL}/deactivate", {"password": "wrong"})
    assert response.status_code == 422
    assert is_signed_in(browser)


def test_an_organization_keeps_an_owner_who_is_active(browser: Client, mia: User) -> None:
    eva = User.objects.using("users").create(username="eva", email="eva@example.com", is_active=False)
    for owner in (mia, eva):
        Membership.objects.using("users").create(user=owner, organization_id=7, role="owner")
    answer = browser.post(f"{URL}/deactivate", {"password": PASSWORD})
    assert answer.status_code == 422
    assert "only owner of an organization" in answer.text
    assert is_signed_in(browser)
    User.objects.using("users").filter(pk=eva.pk).update(is_active=True)
    assert browser.post(f"{URL}/deactivate", {"password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("path", [URL, f"{URL}/sign_out", f"{URL}/deactivate"])
def test_it_requires_sign_in(visitor: Client, path: str) -> None:
    response = visitor.get(path) if path == URL else visitor.post(path)
    assert response["Location"].startswith("/users/sign_in?redirect=")


def test_it_rejects_get(browser: Client) -> None:
    assert browser.get(f"{URL}/sign_out").status_code == 405
    assert is_signed_in(browser)
