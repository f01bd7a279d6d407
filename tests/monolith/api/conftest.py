"""The cast of `tests/monolith`, as programs: with tokens, without cookies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import caches
from django.test import Client

from monolith.namespaces.creation import create_namespace
from monolith.namespaces.models import Namespace, Project
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.tenancy.models import OrganizationState
from tests.cast import make_person
from tests.monolith.conftest import acme, group, no_replicas, project, rivals, secret
from users.models import PersonalAccessToken, User

__all__ = ["acme", "group", "no_replicas", "project", "rivals", "secret"]

JSON = "application/json"
METHODS = frozenset({"get", "head", "post", "put", "patch", "delete", "options"})
API = "/api/v4"
# Only routers keep the escaped slash of a path.
ROUTER = {"X-Gitlab-Router-Secret": "tests-router-secret"}


class Program:
    """Asks the API as somebody, or as nobody."""

    def __init__(self, user: User | None = None, scope: str = "api") -> None:
        self.user = user
        self.headers = {"PRIVATE-TOKEN": PersonalAccessToken.issue(user, "test", scope=scope)} if user else {}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request; a body is sent as JSON."""
        options: dict[str, Any] = {"data": body, "content_type": JSON}
        if body is None:
            options = {"content_type": JSON} if method.lower() == "post" else {}
        raw = f"{API}{path}".partition("?")[0]
        sent = {**ROUTER, "X-Gitlab-Raw-Path": raw, **self.headers, **headers}
        # Each is a program of its own: no cookies.
        return getattr(Client(), method.lower())(f"{API}{path}", headers=sent, **options)

    def __getattr__(self, method: str) -> Callable[..., Any]:
        if method not in METHODS:
            raise AttributeError(method)
        return lambda path, body=None, **headers: self.ask(method, path, body, **headers)


def key(entity: Namespace | Project | str) -> str:
    """The path of a group or project as one segment."""
    return quote(entity if isinstance(entity, str) else entity.full_path, safe="")


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    """Nobody has asked for anything yet."""
    caches["requests"].clear()


@pytest.fixture
def public() -> Organization:
    """GitLab.com Public, served here."""
    OrganizationState.objects.get_or_create(id=GITLAB_COM_PUBLIC, defaults={"state": "active"})
    return Organization.objects.get(pk=GITLAB_COM_PUBLIC)


@pytest.fixture
def open_group(public: Organization) -> Namespace:
    """A group of GitLab.com Public."""
    return create_namespace(public.pk, "open", name="Open", visibility="public")


@pytest.fixture
def olivia(acme: Organization) -> Program:
    """The owner of Acme."""
    return Program(make_person("olivia", acme, "owner"))


@pytest.fixture
def mel(acme: Organization) -> Program:
    """A member of Acme who is in no group."""
    return Program(make_person("mel", acme))


@pytest.fixture
def gus(acme: Organization) -> Program:
    """A guest of Acme."""
    return Program(make_person("gus", acme, "guest"))


@pytest.fixture
def dana(acme: Organization, group: Namespace) -> Program:
    """A member of Acme, and an owner of its group."""
    user = make_person("dana", acme)
    group.members.create(organization_id=acme.pk, user_id=user.pk, role="owner")
    return Program(user)


@pytest.fixture
def leo(public: Organization) -> Program:
    """A legacy user."""
    return Program(make_person("leo"))


@pytest.fixture
def rita(rivals: Organization) -> Program:
    """The owner of another organization on the same pod."""
    return Program(make_person("rita", rivals, "owner"))


@pytest.fixture
def visitor() -> Program:
    """Nobody."""
    return Program()
