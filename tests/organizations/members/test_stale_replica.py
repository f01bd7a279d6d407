"""A role that was just taken away is gone for whoever changes something, though the region's replica still shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.db.models import QuerySet

from organizations.members.models import Membership
from organizations.models import Organization
from schemas import freshness, pinning
from tests.cast import belong, make_organization, person, signed_in
from tests.databases import ALIASES
from users.models import User

# The replica of these tests shows what is committed.
pytestmark = pytest.mark.django_db(databases=ALIASES, transaction=True)


@pytest.fixture
def pinned(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is pinned here: a page reads the replica, which is young enough for sessions."""
    monkeypatch.setattr(freshness, "is_proven", lambda schema, seconds: True)
    pinning.forget_pins()
    yield
    pinning.forget_pins()


@pytest.fixture
def organization() -> Organization:
    return make_organization("acme")


@pytest.mark.parametrize("act", ["role", "remove"])
def test_who_is_no_owner_any_more_changes_nothing(organization: Organization, act: str) -> None:
    eva, mia, max_ = person("eva"), person("mia"), person("max")
    for user, role in ((eva, "owner"), (mia, "owner"), (max_, "member")):
        belong(user, organization, role)
    browser = signed_in(mia)
    page = f"/organizations/acme/-/members/{max_.pk}/{act}"
    with transaction.atomic(using="users"):
        role_of(mia).update(role="member")
        # Not committed yet: the replica shows an owner.
        assert role_of(mia, "users_replica").get().role == "owner"
        assert browser.post(page, {"role": "guest"}).status_code == 403
        role_of(mia).update(role="owner")
    assert role_of(max_).get().role == "member"
    assert browser.post(page, {"role": "guest"}).status_code == 302


def role_of(user: User, alias: str = "users") -> QuerySet[Membership]:
    return Membership.objects.using(alias).filter(user=user)
