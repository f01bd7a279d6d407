"""The cast: an organization on this test's pod with its owner mia, its member max, and newcomer, who is in none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from organizations.models import Organization
from schemas import pinning
from tests.cast import belong, make_organization, person
from tests.mailbox import Mails, emails_as_files
from users.models import User

PATH = "my-organization"
PAGE = f"/organizations/{PATH}/-/members"


@pytest.fixture(autouse=True)
def pinned(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Replicas do not show what a test's open transaction wrote."""
    monkeypatch.setattr(pinning, "forget_pins", pinning.pin_this_thread)
    pinning.pin_this_thread()
    yield
    pinning.unpin_this_thread()


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
    with emails_as_files(settings, tmp_path) as mails:
        yield mails


def sent(mails: Mails) -> list[str]:
    return mails.texts()
