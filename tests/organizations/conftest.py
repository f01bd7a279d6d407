"""An organization on this test's pod, and who belongs to it."""

from __future__ import annotations

import pytest
from django.test import Client

from organizations.members.models import Membership
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.tenancy.models import OrganizationState
from tests.invariants.conftest import make_organization
from tests.users.conftest import mia, signed_in
from users.models import User

__all__ = ["mia"]


@pytest.fixture
def makers() -> Organization:
    """An organization here."""
    OrganizationState.objects.using("main").get_or_create(id=GITLAB_COM_PUBLIC, defaults={"state": "active"})
    return make_organization("makers")


@pytest.fixture
def member(mia: User, makers: Organization) -> User:
    """Mia belongs to it, and is at home there."""
    Membership.objects.using("users").create(user=mia, organization_id=makers.pk, role="member")
    mia.default_organization_id = makers.pk
    mia.save(using="users")
    return mia


@pytest.fixture
def browser(mia: User) -> Client:
    """Mia's browser, signed in."""
    return signed_in()
