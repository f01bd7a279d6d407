"""A token that is limited to one organization sees nothing of others, not even what is public."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Namespace, Project
from monolith.work.models import Issue
from organizations.members.models import Membership
from organizations.models import GITLAB_COM_PUBLIC, Organization
from pods.concealment import FOR_ROUTERS
from routing.absent import pod_of_absent
from tests.cast import belong, make_person
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program, key
from users.models import PersonalAccessToken, User

pytestmark = pytest.mark.django_db(databases=ALIASES)
LISTS = ("projects", "groups", "namespaces", "issues", "merge_requests", "todos")


def limited(user: User, organization: Organization) -> Program:
    program = Program()
    token = PersonalAccessToken.issue(user, "limited", organization_id=organization.pk)
    program.user, program.headers = user, {"PRIVATE-TOKEN": token}
    # The first use is noted, after a response that therefore tells its length.
    assert program.get("/user").status_code == 200
    return program


@pytest.fixture
def both(acme: Organization, rivals: Organization, public: Organization) -> User:
    """Somebody who owns two organizations, and is at home in one of them."""
    user = make_person("both", acme, "owner")
    belong(user, rivals, "owner")
    return user


@pytest.fixture
def theirs(rivals: Organization) -> Project:
    """A public project of the other organization."""
    group = create_namespace(rivals.pk, "rivalry", name="Rivalry", visibility="public")
    return create_project(group, "app", name="App", visibility="public")


@pytest.fixture
def open_project(open_group: Namespace) -> Project:
    """A public project of GitLab.com Public."""
    return create_project(open_group, "app", name="App", visibility="public")


def _absent(kind: str) -> str:
    """A name that nobody has and that this pod answers for."""
    names = (f"no-such-{number}" for number in count())
    return next(name for name in names if pod_of_absent(kind, name) == "pod_us0")


ABSENT, ABSENT_ORG = _absent("name"), _absent("organization")


def same(one: Any, other: Any) -> bool:
    return _told(one) == _told(other)


def _told(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    """What a client gets: routers keep what is theirs."""
    headers = {name: value for name, value in answer.items() if name not in FOR_ROUTERS}
    return answer.status_code, answer.content, headers


@pytest.mark.parametrize("end", ["", "/issues", "/issues/1", "/members", "/members/all", "/issues/1/notes"])
def test_an_address_of_another_organization_is_as_if_absent(
    both: User, acme: Organization, theirs: Project, open_project: Project, end: str
) -> None:
    program, anybody = limited(both, acme), Program(both)
    for project in (theirs, open_project):
        Issue.objects.create(
            organization_id=project.organization_id, project=project, iid=1, title="Hello", author_id=both.pk
        )
        for name in (key(project), str(project.pk)):
            assert anybody.get(f"/projects/{name}{end}").status_code == 200
            absent = program.get(f"/projects/{ABSENT}%2Fapp{end}")
            assert absent.status_code == 404
            assert same(program.get(f"/projects/{name}{end}"), absent)


def test_groups_namespaces_and_organizations_too(both: User, acme: Organization, theirs: Project) -> None:
    program, group = limited(both, acme), theirs.namespace
    for path in (f"groups/{group.pk}", "groups/rivalry", "groups/rivalry/projects", "namespaces/rivalry"):
        assert Program(both).get(f"/{path}").status_code == 200
        assert same(program.get(f"/{path}"), program.get(f"/groups/{ABSENT}"))
    for name in ("rivals", theirs.organization_id):
        for end in ("", *(f"/{each}" for each in LISTS)):
            assert same(program.get(f"/organizations/{name}{end}"), program.get(f"/organizations/{ABSENT_ORG}{end}"))


def test_lists_are_of_its_organization(
    both: User, acme: Organization, rivals: Organization, project: Project, theirs: Project, open_project: Project
) -> None:
    for organization, own in ((acme, project), (rivals, theirs)):
        program = limited(both, organization)
        assert [each["id"] for each in program.get("/projects").json()] == [own.pk]
        assert [each["id"] for each in program.get(f"/organizations/{organization.pk}/projects").json()] == [own.pk]
        for name in LISTS:
            assert program.get(f"/{name}").status_code == 200
    assert [each["id"] for each in Program(both).get("/projects").json()] == [project.pk]


def test_it_writes_nothing_elsewhere(both: User, acme: Organization, theirs: Project, open_project: Project) -> None:
    program = limited(both, acme)
    for project in (theirs, open_project):
        at, absent = f"/projects/{project.pk}", f"/projects/{ABSENT}%2Fapp"
        assert same(program.post(f"{at}/issues", {"title": "x"}), program.post(f"{absent}/issues", {"title": "x"}))
        assert same(program.put(at, {"name": "x"}), program.put(absent, {"name": "x"}))
        assert same(program.delete(at), program.delete(absent))
        # A body that names a place in another organization.
        for path, field in (("projects", "namespace_id"), ("groups", "parent_id")):
            there = program.post(f"/{path}", {"path": "x", field: project.namespace_id})
            nowhere = program.post(f"/{path}", {"path": "x", field: 2**50})
            assert there.status_code == nowhere.status_code == 400
            assert there.content == nowhere.content
    assert Project.objects.filter(pk__in=[theirs.pk, open_project.pk], name="App").count() == 2
    assert not Issue.objects.exists()


def test_what_is_created_is_in_its_organization(both: User, rivals: Organization) -> None:
    made = limited(both, rivals).post("/groups", {"path": "made", "visibility": "private"})
    assert made.status_code == 201
    assert Namespace.objects.get(pk=made.json()["id"]).organization_id == rivals.pk


def test_it_says_whose_it_is(both: User, acme: Organization) -> None:
    assert limited(both, acme).get("/user").json()["username"] == "both"


def test_it_has_no_power_of_an_administrator(acme: Organization, project: Project, theirs: Project) -> None:
    root = make_person("root")
    root.is_superuser = True
    root.save()
    program = limited(root, acme)
    assert Program(root).get("/admin/cluster").status_code == 200
    assert program.get("/admin/cluster").status_code == 404
    assert program.get(f"/projects/{theirs.pk}").status_code == 404
    # Root does not belong to it.
    assert program.get("/projects").status_code == 404
    assert program.put(f"/projects/{project.pk}", {"name": "x"}).status_code != 200


def test_one_of_an_organization_that_was_left_sees_no_list(acme: Organization, rivals: Organization) -> None:
    user = make_person("two", acme)
    belong(user, rivals)
    program = limited(user, rivals)
    assert program.get("/groups").json() == []
    Membership.objects.filter(user=user, organization_id=rivals.pk).delete()
    assert program.get("/groups").status_code == 404


def test_one_of_a_deleted_organization_sees_nothing(both: User, rivals: Organization) -> None:
    program = limited(both, rivals)
    Organization.objects.filter(pk=rivals.pk).update(state="deleted")
    assert program.get("/groups").status_code == 404
    assert program.get("/user").status_code == 200


def test_one_of_gitlab_com_public_sees_that_alone(both: User, open_project: Project, theirs: Project) -> None:
    program = limited(both, Organization.objects.get(pk=GITLAB_COM_PUBLIC))
    assert program.get(f"/projects/{open_project.pk}").status_code == 200
    assert program.get(f"/projects/{theirs.pk}").status_code == 404
    assert [each["id"] for each in program.get("/projects").json()] == [open_project.pk]
    assert program.get("/organizations/acme").status_code == 404
