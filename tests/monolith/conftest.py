"""A small cast that all tests of pages share, on a pod that has no replicas: everything is in one transaction."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Namespace, Project
from organizations.models import Organization
from tests.cast import make_organization, make_person, signed_in
from tests.databases import REPLICAS

Person = Callable[..., Client]
_TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*')


@pytest.fixture(autouse=True)
def no_replicas(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica does not see what an open transaction wrote."""
    for alias in REPLICAS:
        monkeypatch.delitem(settings.DATABASES, alias)


def shown(page: Any) -> str:
    """A page, but for what differs each time."""
    return _TOKEN.sub(r"\1", page.text)


@pytest.fixture
def acme() -> Organization:
    return make_organization("acme")


@pytest.fixture
def rivals() -> Organization:
    return make_organization("rivals")


@pytest.fixture
def olivia(acme: Organization) -> Client:
    """The owner of Acme."""
    return signed_in(make_person("olivia", acme, "owner"))


@pytest.fixture
def mel(acme: Organization) -> Client:
    """A member of Acme who is in no group."""
    return signed_in(make_person("mel", acme))


@pytest.fixture
def gus(acme: Organization) -> Client:
    """A guest of Acme."""
    return signed_in(make_person("gus", acme, "guest"))


@pytest.fixture
def leo() -> Client:
    """A legacy user."""
    return signed_in(make_person("leo"))


@pytest.fixture
def rita(rivals: Organization) -> Client:
    """Somebody of another organization on the same pod."""
    return signed_in(make_person("rita", rivals, "owner"))


@pytest.fixture
def visitor() -> Client:
    """Nobody."""
    return Client()


@pytest.fixture
def dana(acme: Organization, group: Namespace) -> Client:
    """A member of Acme, and an owner of its group."""
    user = make_person("dana", acme)
    group.members.create(organization_id=acme.pk, user_id=user.pk, role="owner")
    return signed_in(user)


@pytest.fixture
def group(acme: Organization) -> Namespace:
    return create_namespace(acme.pk, "tools", name="Tools", visibility="internal")


@pytest.fixture
def project(group: Namespace) -> Project:
    return create_project(group, "hammer", name="Hammer", visibility="internal")


@pytest.fixture
def secret(acme: Organization) -> Project:
    """A project that only owners of Acme see."""
    group = create_namespace(acme.pk, "vault", name="Vault", visibility="private")
    return create_project(group, "gold", name="Gold", visibility="private")
