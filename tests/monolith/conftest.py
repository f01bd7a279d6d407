"""A small cast that all tests of pages share, on a pod that has no replicas: everything is in one transaction."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Namespace, Project
from organizations.members.models import Membership
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.tenancy.models import OrganizationState
from tests.databases import REPLICAS
from users.models import User
from users.sessions import SessionStore

Person = Callable[..., Client]
_TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*')


@pytest.fixture(autouse=True)
def no_replicas(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica does not see what an open transaction wrote."""
    for alias in REPLICAS:
        monkeypatch.delitem(settings.DATABASES, alias)


def make_organization(path: str) -> Organization:
    """An organization that this pod serves."""
    organization = Organization.objects.create(path=path, name=path.title(), pod_id="pod_us0")
    OrganizationState.objects.create(id=organization.pk, state="active")
    return organization


def make_person(username: str, organization: Organization | None = None, role: str = "member") -> User:
    """A person who is at home in an organization; without one, a legacy user."""
    home = organization.pk if organization else GITLAB_COM_PUBLIC
    user: User = User.objects.create_user(username, f"{username}@example.com", default_organization_id=home)
    Membership.objects.create(user=user, organization_id=home, role=role)
    return user


def shown(page: Any) -> str:
    """A page, but for what differs each time."""
    return _TOKEN.sub(r"\1", page.text)


def signed_in(user: User) -> Client:
    """Their browser, with a session as sign-in makes it."""
    client = Client()
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    return client


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
