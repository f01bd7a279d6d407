"""The page of access tokens offers a limit to one organization to those who belong to one."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from organizations.members.models import Membership
from organizations.models import Organization
from tests.cast import make_organization, make_person, person, signed_in
from tests.databases import ALIASES
from users.models import PersonalAccessToken, User

pytestmark = pytest.mark.django_db(databases=ALIASES)
URL = "/-/profile/personal_access_tokens"
SENT = {"name": "laptop", "scope": "api", "days": "7"}


@pytest.fixture
def makers() -> Organization:
    return make_organization("makers")


@pytest.fixture
def mia(makers: Organization) -> User:
    return make_person("mia", makers)


@pytest.fixture
def browser(mia: User) -> Client:
    return signed_in(mia, confirmed=True)


def token_of(page: str) -> str:
    found = re.search(r'value="(glpat-[^"]+)"', page)
    assert found, page
    return found[1]


def test_it_works(browser: Client, makers: Organization) -> None:
    page = browser.get(URL).content.decode()
    assert f'<option value="{makers.pk}">Makers</option>' in page
    made = browser.post(URL, {**SENT, "organization": makers.pk})
    user = PersonalAccessToken.user_of(token_of(made.content.decode()))
    assert user is not None
    assert user.limited_to == makers.pk
    assert "<td>Makers</td>" in browser.get(URL).content.decode()


def test_it_need_not_be_chosen(browser: Client) -> None:
    user = PersonalAccessToken.user_of(token_of(browser.post(URL, SENT).content.decode()))
    assert user is not None
    assert user.limited_to is None
    assert "<td>all</td>" in browser.get(URL).content.decode()


@pytest.mark.parametrize("choice", ["theirs", "0", "-1", "x", "99999999999999999999"])
def test_only_ones_own_can_be_chosen(browser: Client, choice: str) -> None:
    chosen = make_organization("theirs").pk if choice == "theirs" else choice
    assert browser.post(URL, {**SENT, "organization": chosen}).status_code == 422
    assert not PersonalAccessToken.objects.exists()


def test_one_that_was_left_is_not_named(browser: Client, mia: User, makers: Organization) -> None:
    browser.post(URL, {**SENT, "organization": makers.pk})
    make_others = make_organization("others")
    Membership.objects.filter(user=mia).update(organization_id=make_others.pk)
    page = browser.get(URL).content.decode()
    assert "<td>one that you do not belong to</td>" in page
    assert "Makers" not in page


def test_people_of_gitlab_com_public_are_not_asked() -> None:
    page = signed_in(person("leo"), confirmed=True).get(URL).content.decode()
    assert 'name="scope"' in page
    assert 'name="organization"' not in page
    assert '<th scope="col">Organization</th>' not in page
