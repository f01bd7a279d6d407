"""Who may be given an issue: nobody learns by it who else is in the cluster."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.membership import add
from monolith.namespaces.models import Project
from monolith.namespaces.policy import Level
from monolith.work.assignees import NotAssignable, assignable, assignee_of
from monolith.work.models import Issue
from organizations.members.viewer import viewer_of
from organizations.models import GITLAB_COM_PUBLIC, Organization
from tests.cast import make_person, signed_in
from tests.databases import ALIASES
from tests.monolith.conftest import shown
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)
TITLE = {"title": "Too heavy"}


@pytest.fixture
def leon() -> User:
    """A legacy user with a public project of their own."""
    return make_person("leon")


@pytest.fixture
def commons(leon: User) -> Project:
    """Leon's public project in GitLab.com Public."""
    group = create_namespace(GITLAB_COM_PUBLIC, "commons", name="Commons", made_by=leon.pk, visibility="public")
    return create_project(group, "garden", name="Garden", visibility="public")


def may_get_it(user: User, project: Project, by: User) -> bool:
    """Whether `by` may give it to somebody: the same by username and by id."""
    viewer = viewer_of(by)
    found: set[int | None] = set()
    ways: tuple[Callable[[], int | None], ...] = (
        lambda: assignee_of(user.username, project, viewer),
        lambda: assignable(user.pk, project, viewer),
    )
    for give in ways:
        try:
            found.add(give())
        except NotAssignable:
            found.add(None)
    assert found in ({user.pk}, {None})
    return found == {user.pk}


def test_a_public_project_of_ones_own_lists_nobody(leon: User, commons: Project, acme: Organization) -> None:
    make_person("mel", acme)
    make_person("olive", acme, "owner")
    make_person("lea")
    make_person("gone")
    User.objects.filter(username="gone").update(is_active=False)
    make_person("root")
    User.objects.filter(username="root").update(is_superuser=True)
    browser = signed_in(leon)
    path = "/commons/garden/-/issues/new"
    unknown = browser.post(path, TITLE | {"assignee": "nobody-at-all"})
    assert unknown.status_code == 422
    for name in ("mel", "olive", "lea", "gone", "root"):
        answer = browser.post(path, TITLE | {"assignee": name})
        assert answer.status_code == 422
        assert shown(answer).replace(f'value="{name}"', 'value="nobody-at-all"') == shown(unknown)
    assert not Issue.objects.exists()


def test_members_of_the_project_and_its_groups_and_oneself_get_it(leon: User, commons: Project) -> None:
    lea, lena, lou = (make_person(name) for name in ("lea", "lena", "lou"))
    add(commons, "lea", "guest", by=Level.OWN)
    add(commons.namespace, "lena", "developer", by=Level.OWN)
    assert may_get_it(lea, commons, leon)
    assert may_get_it(lena, commons, leon)
    assert may_get_it(leon, commons, leon)
    assert may_get_it(lou, commons, lou)
    assert not may_get_it(lou, commons, leon)


def test_the_owner_of_a_users_namespace_gets_what_is_in_it(leon: User) -> None:
    own = create_namespace(GITLAB_COM_PUBLIC, "leon", name="Leon", kind="user", owner_id=leon.pk, visibility="public")
    dotfiles = create_project(own, "dotfiles", name="Dotfiles", visibility="public")
    assert may_get_it(leon, dotfiles, make_person("lea"))


def test_colleagues_get_what_they_see(acme: Organization, project: Project, secret: Project) -> None:
    mel, gus, olive = make_person("mel", acme), make_person("gus", acme, "guest"), make_person("olive", acme, "owner")
    for by, user in product((mel, gus, olive), repeat=2):
        assert may_get_it(user, project, by)
    assert not may_get_it(mel, secret, olive)
    assert may_get_it(olive, secret, olive)


def test_outsiders_give_it_to_members_only(acme: Organization, rivals: Organization) -> None:
    group = create_namespace(acme.pk, "open", name="Open", visibility="public")
    project = create_project(group, "door", name="Door", visibility="public")
    mel, max_ = make_person("mel", acme), make_person("max", acme)
    rita = make_person("rita", rivals, "owner")
    add(project, "max", "developer", by=Level.OWN)
    assert may_get_it(max_, project, rita)
    assert not may_get_it(mel, project, rita)
    assert may_get_it(mel, project, max_)


def test_who_has_it_keeps_it_when_it_is_edited(leon: User, commons: Project) -> None:
    lea = make_person("lea")
    add(commons, "lea", "developer", by=Level.OWN)
    browser = signed_in(leon)
    browser.post("/commons/garden/-/issues/new", TITLE | {"assignee": "lea"})
    commons.members.all().delete()
    edit = "/commons/garden/-/issues/1/edit"
    assert browser.post(edit, {"title": "Lighter", "assignee": "lea"}).status_code == 302
    assert Issue.objects.get().assignee_id == lea.pk
    browser.post(edit, {"title": "Lighter", "assignee": ""})
    assert browser.post(edit, TITLE | {"assignee": "lea"}).status_code == 422


def test_the_same_is_asked_whoever_it_is(leon: User, commons: Project, acme: Organization) -> None:
    make_person("mel", acme)
    asked = []
    viewer = viewer_of(leon)
    for username in ("mel", "nobody-at-all"):
        with (
            CaptureQueriesContext(connections["main"]) as main,
            CaptureQueriesContext(connections["users"]) as users,
            pytest.raises(NotAssignable),
        ):
            assignee_of(username, commons, viewer)
        asked.append([re.sub(r"\d+|'[^']*'", "", each["sql"]) for each in (*main, *users)])
    assert asked[0] == asked[1]
    assert asked[0]
