from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from organizations.members.models import Membership
from organizations.models import Organization
from tests.cast import belong, person, signed_in
from tests.databases import ALIASES
from tests.organizations.conftest import PAGE
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)


def change(browser: Client, user: User, role: str, page: str = PAGE) -> Any:
    return browser.post(f"{page}/{user.pk}/role", {"role": role})


def role_of(user: User) -> str:
    return Membership.objects.using("users").get(user=user).role


@pytest.mark.parametrize("role", ["owner", "member", "guest"])
def test_it_works(mia: User, max_: User, role: str) -> None:
    browser = signed_in(mia)
    answer = change(browser, max_, role)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert role_of(max_) == role
    assert "The role was changed." in browser.get(PAGE).content.decode()


# The database's refusal ends a transaction.
@pytest.mark.django_db(databases=ALIASES, transaction=True)
def test_the_last_owner_stays_one(mia: User, max_: User) -> None:
    answer = change(signed_in(mia), mia, "guest")
    assert answer.status_code == 422
    assert "at least one owner" in answer.content.decode()
    assert role_of(mia) == "owner"


def test_an_owner_may_step_back_when_there_is_another(mia: User, max_: User) -> None:
    browser = signed_in(mia)
    change(browser, max_, "owner")
    assert change(browser, mia, "member").status_code == 302
    assert role_of(mia) == "member"
    assert change(browser, max_, "guest").status_code == 403


@pytest.mark.parametrize("role", ["", "admin", "OWNER"])
def test_it_refuses_an_unknown_role(mia: User, max_: User, role: str) -> None:
    assert change(signed_in(mia), max_, role).status_code == 422
    assert role_of(max_) == "member"


def test_it_says_that_somebody_is_no_member_any_more(mia: User, newcomer: User) -> None:
    answer = change(signed_in(mia), newcomer, "owner")
    assert answer.status_code == 422
    assert "no longer a member" in answer.content.decode()


def test_members_of_another_organization_are_out_of_reach(mia: User, other_organization: Organization) -> None:
    alice = person("alice")
    belong(alice, other_organization)
    assert change(signed_in(mia), alice, "guest").status_code == 422
    assert role_of(alice) == "member"


@pytest.mark.parametrize("role", ["member", "guest"])
def test_only_owners_may(mia: User, max_: User, role: str) -> None:
    Membership.objects.using("users").filter(user=max_).update(role=role)
    assert change(signed_in(max_), max_, "owner").status_code == 403
    assert role_of(max_) == role


@pytest.mark.parametrize("user_id", ["x", "-1", "9" * 30, "²"])
def test_ids_that_are_none_are_not_there(mia: User, user_id: str) -> None:
    assert signed_in(mia).post(f"{PAGE}/{user_id}/role", {"role": "guest"}).status_code == 404


def test_it_rejects_get(mia: User) -> None:
    assert signed_in(mia).get(f"{PAGE}/{mia.pk}/role").status_code == 405


def test_it_rejects_what_other_sites_send(mia: User, max_: User) -> None:
    browser = signed_in(mia, enforce_csrf_checks=True)
    assert change(browser, max_, "owner").status_code == 403


def test_it_requires_login(client: Client, mia: User) -> None:
    assert change(client, mia, "guest").status_code == 302
    assert role_of(mia) == "owner"
