"""Acts of administrators while one database fails, at each of its statements in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from django.contrib.admin.models import LogEntry
from django.db import OperationalError, connections
from django.test import Client

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Project
from organizations.members.models import Membership
from organizations.models import Organization
from routing.janitor import tidy
from routing.models import Route
from tests.cast import make_person
from tests.databases import ALIASES, PRIMARIES
from users.models import PersonalAccessToken, User

pytestmark = [pytest.mark.django_db(databases=ALIASES, transaction=True), pytest.mark.slow]
POD = "/admin/pods/pod_us0"
MOST_STATEMENTS = 40


class Case(NamedTuple):
    """An act on a row of its own, and what tells that it was done."""

    path: str
    given: dict[str, str]
    is_done: Callable[[], bool]


def _deactivate(acme: Organization, name: str) -> Case:
    user = make_person(name)
    PersonalAccessToken.issue(user, "robot")
    return Case(f"/admin/users/{user.pk}/deactivate", {}, lambda: not User.objects.get(pk=user.pk).is_active)


def _revoke(acme: Organization, name: str) -> Case:
    user = make_person(name)
    PersonalAccessToken.issue(user, "robot")
    row = user.access_tokens.get()
    return Case(f"/admin/tokens/{row.pk}/revoke", {}, lambda: user.access_tokens.get().revoked_at is not None)


def _home(acme: Organization, name: str) -> Case:
    user = make_person(name)
    Membership.objects.create(user=user, organization_id=acme.pk, role="member")
    is_done: Callable[[], bool] = lambda: User.objects.get(pk=user.pk).default_organization_id == acme.pk  # noqa: E731
    return Case(f"/admin/users/{user.pk}/home", {"path": "acme"}, is_done)


def _reserve(acme: Organization, name: str) -> Case:
    return Case("/admin/names/reserve", {"name": name}, lambda: Route.objects.filter(key=name).exists())


def _rename(acme: Organization, name: str) -> Case:
    project = _project(acme, name)
    return Case(
        f"{POD}/projects/{project.pk}/rename",
        {"path": "after"},
        lambda: Project.objects.get(pk=project.pk).path == "after",
    )


def _delete(acme: Organization, name: str) -> Case:
    project = _project(acme, name)
    return Case(
        f"{POD}/projects/{project.pk}/delete",
        {"confirm": project.full_path},
        lambda: not Project.objects.filter(pk=project.pk).exists(),
    )


def _project(acme: Organization, name: str) -> Project:
    group = create_namespace(acme.pk, name, name=name, visibility="internal")
    return create_project(group, "before", name="Before", visibility="internal")


@contextmanager
def failing(alias: str, at: int) -> Iterator[list[int]]:
    """The database fails from its statement number `at` on; the list is empty when it was never reached."""
    seen = 0
    reached: list[int] = []

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen > at:
            reached.append(seen)
            raise OperationalError("the server is gone")
        return execute(*arguments)

    with connections[alias].execute_wrapper(count):
        yield reached


@pytest.mark.parametrize("alias", PRIMARIES)
@pytest.mark.parametrize("make", [_deactivate, _revoke, _home, _reserve, _rename, _delete])
def test_it_is_done_with_a_line_in_the_audit_log_or_not_done(
    proven: Client, acme: Organization, make: Callable[[Organization, str], Case], alias: str
) -> None:
    for at in range(MOST_STATEMENTS):
        case = make(acme, f"name{at}")
        before = LogEntry.objects.count()
        with failing(alias, at) as reached:
            status = proven.post(case.path, case.given).status_code
        if not reached:
            assert status == 302
            break
        assert status in {302, 503}, status
        if case.is_done() or status == 302:
            assert LogEntry.objects.count() == before + 1
        Route.objects.filter(kind="claim").update(expires_at="2020-01-01T00:00Z")
        tidy("pod_us0")
        _names_and_entities_agree()
        if not case.is_done():
            assert proven.post(case.path, case.given).status_code == 302
            assert case.is_done()
    else:
        raise AssertionError("the act has no end")
    assert case.is_done()
    _names_and_entities_agree()


@pytest.mark.parametrize(
    ("down", "page", "status"),
    [
        ("main", "/admin/users", 200),
        ("ci", "/admin/names", 200),
        ("routes", "/admin", 200),
        ("routes", "/admin/tokens", 200),
        ("main", f"{POD}", 200),
        ("main", f"{POD}/projects", 503),
        ("main", f"{POD}/runners", 200),
        ("ci", f"{POD}/projects", 200),
        ("ci", f"{POD}/jobs", 503),
    ],
)
def test_pages_need_only_what_they_show(admin: Client, down: str, page: str, status: int) -> None:
    assert admin.get(page).status_code == 200
    with failing(down, 0):
        response = admin.get(page)
    assert response.status_code == status
    assert ("Retry-After" in response) == (status == 503)


def _names_and_entities_agree() -> None:
    live = set(Route.objects.filter(kind="live", entity_type="project").values_list("path", "entity_id"))
    assert live == set(Project.objects.values_list("full_path", "pk"))
    assert not Route.objects.filter(kind="claim").exists()
