"""The cast: an organization on this test's pod with its owner mia, its member max, and newcomer, who is in none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from organizations.members.models import Membership
from organizations.models import Organization
from organizations.tenancy.models import OrganizationState
from schemas import pinning
from tests.mailbox import Mails, settle
from users.models import User
from users.sessions import SessionStore

PATH = "my-organization"
PAGE = f"/organizations/{PATH}/-/members"


@pytest.fixture(autouse=True)
def pinned(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Replicas do not show what a test's open transaction wrote."""
    monkeypatch.setattr(pinning, "forget_pins", pinning.pin_this_thread)
    pinning.pin_this_thread()
    yield
    pinning.unpin_this_thread()


def person(username: str, **fields: Any) -> User:
    return User.objects.using("users").create(username=username, email=f"{username}@example.com", **fields)


def browser_of(user: User, **options: Any) -> Client:
    """A browser in which somebody is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    client = Client(**options)
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    return client


def belong(user: User, organization: Organization, role: str = "member") -> Membership:
    return Membership.objects.using("users").create(user=user, organization_id=organization.pk, role=role)


def make_organization(path: str) -> Organization:
    """One that this test's pod serves."""
    organization = Organization.objects.using("routes").create(path=path, name=path.title(), pod_id="pod_us0")
    OrganizationState.objects.using("main").create(id=organization.pk, state="active")
    return organization


@pytest.fixture
def organization() -> Organization:
    return make_organization(PATH)


@pytest.fixture
def other_organization() -> Organization:
    return make_organization("other-organization")


@pytest.fixture
def mia(organization: Organization) -> User:
    mia = person("mia", default_organization_id=organization.pk)
    belong(mia, organization, "owner")
    return mia


@pytest.fixture
def max_(organization: Organization) -> User:
    max_ = person("max", default_organization_id=organization.pk)
    belong(max_, organization)
    return max_


@pytest.fixture
def newcomer() -> User:
    return person("newcomer")


@pytest.fixture
def mails(settings: Any, tmp_path: Path) -> Iterator[Mails]:
    """Where mails are written."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    yield Mails(tmp_path)
    settle()


def sent(mails: Mails) -> list[str]:
    return mails.texts()
