"""What the API lets each role of a group or project do, and what it refuses the next lower one."""

from __future__ import annotations

import pytest

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Namespace, Project
from monolith.work.models import Issue, Todo
from organizations.models import Organization
from tests.cast import belong, make_person
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program, key

pytestmark = pytest.mark.django_db(databases=ALIASES)

HAMMER = f"/projects/{key('tools/hammer')}"


def member(acme: Organization, group: Namespace, role: str) -> Program:
    """A member of Acme with a role in its group."""
    user = make_person(role, acme)
    group.members.create(organization_id=acme.pk, user_id=user.pk, role=role)
    return Program(user)


@pytest.mark.parametrize("address", ["/groups/tools", HAMMER])
def test_maintainers_change_the_name_and_owners_the_path(
    acme: Organization, group: Namespace, project: Project, address: str
) -> None:
    maintainer, owner = member(acme, group, "maintainer"), member(acme, group, "owner")
    assert maintainer.put(address, {"name": "Gear"}).status_code == 200
    assert maintainer.put(address, {"path": "gear"}).status_code == 403
    assert maintainer.delete(address).status_code == 403
    assert maintainer.get(address).status_code == 200
    assert owner.put(address, {"path": "gear"}).status_code == 200


@pytest.mark.parametrize(("kind", "where"), [("groups", "parent_id"), ("projects", "namespace_id")])
def test_maintainers_make_groups_and_projects_in_a_group_and_developers_do_not(
    acme: Organization, group: Namespace, kind: str, where: str
) -> None:
    address, sent = f"/organizations/acme/{kind}", {"path": "inner", where: group.pk}
    developer, maintainer = member(acme, group, "developer"), member(acme, group, "maintainer")
    refused, absent = developer.post(address, sent), developer.post(address, sent | {where: 2**40})
    assert (refused.status_code, refused.content) == (400, absent.content)
    assert maintainer.post(address, sent).status_code == 201


@pytest.mark.parametrize("transferred", ["group", "project"])
def test_nothing_is_moved_into_a_group_that_one_does_not_maintain(
    acme: Organization, group: Namespace, project: Project, transferred: str
) -> None:
    owner = member(acme, group, "owner")
    assert owner.user
    house = create_namespace(acme.pk, "house", name="House", visibility="internal")
    house.members.create(organization_id=acme.pk, user_id=owner.user.pk, role="developer")

    def move() -> int:
        if transferred == "group":
            return int(owner.post("/groups/tools/transfer", {"group_id": house.pk}).status_code)
        return int(owner.put(f"{HAMMER}/transfer", {"namespace": "house"}).status_code)

    assert move() == 400
    house.members.update(role="maintainer")
    assert move() == (201 if transferred == "group" else 200)


@pytest.mark.parametrize(
    ("method", "address", "sent"),
    [
        ("PUT", "/groups/tools", {"path": "taken"}),
        ("PUT", HAMMER, {"path": "saw"}),
        ("POST", "/groups/tools%2Finner/transfer", {}),
        ("PUT", f"{HAMMER}/transfer", {"namespace": "house"}),
    ],
)
def test_names_are_tried_by_no_change_without_end(
    olivia: Program, acme: Organization, group: Namespace, project: Project, method: str, address: str, sent: object
) -> None:
    """What is taken, somebody's or not, is told only so often."""
    create_namespace(acme.pk, "taken", name="Taken", visibility="private")
    create_namespace(acme.pk, "inner", name="Inner", visibility="private")
    create_namespace(acme.pk, "inner", parent=group, name="Inner", visibility="internal")
    house = create_namespace(acme.pk, "house", name="House", visibility="internal")
    for place, path in ((group, "saw"), (house, "hammer")):
        create_project(place, path, name=path, visibility="private")
    statuses = [olivia.ask(method, address, sent).status_code for _ in range(21)]
    assert statuses == [400] * 20 + [429]


def test_everybody_makes_groups_in_gitlab_com_public_and_visitors_none(leo: Program, visitor: Program) -> None:
    assert leo.post("/groups", {"path": "mine"}).status_code == 201
    assert visitor.post("/groups", {"path": "ours"}).status_code == 401


def test_private_subgroups_are_listed_for_those_who_see_them(
    mel: Program, dana: Program, acme: Organization, group: Namespace
) -> None:
    create_namespace(acme.pk, "attic", parent=group, name="Attic", visibility="private")
    for address in ("/groups/tools/subgroups", "/organizations/acme/groups", "/organizations/acme/namespaces"):
        seen = {program: {each["path"] for each in program.get(address).json()} for program in (mel, dana)}
        assert "attic" not in seen[mel], address
        assert "attic" in seen[dana], address


def test_all_done_means_those_of_one_organization(mel: Program, acme: Organization, rivals: Organization) -> None:
    assert mel.user
    belong(mel.user, rivals)
    todos = {}
    for organization, path in ((acme, "ours"), (rivals, "theirs")):
        there = create_namespace(organization.pk, path, name=path, visibility="internal")
        project = create_project(there, "x", name="X", visibility="internal")
        issue = Issue.objects.create(
            organization_id=organization.pk, project=project, iid=1, author_id=mel.user.pk, title="x"
        )
        todos[path] = Todo.objects.create(organization_id=organization.pk, issue=issue, user_id=mel.user.pk)
    assert mel.post("/organizations/acme/todos/mark_as_done").status_code == 204
    assert {path: Todo.objects.get(pk=todo.pk).state for path, todo in todos.items()} == {
        "ours": "done",
        "theirs": "pending",
    }
