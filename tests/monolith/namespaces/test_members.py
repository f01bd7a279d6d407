"""`/-/members` and below: who is a member of a group or project, and as what."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from monolith.namespaces import creation, membership
from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.membership import NobodyToAdd, add, change_role, remove
from monolith.namespaces.models import Namespace, NamespaceMember, Project, ProjectMember
from monolith.namespaces.policy import Level
from organizations.members.exceptions import LastOwner
from organizations.members.models import Membership
from organizations.members.roles import end_membership
from organizations.models import Organization
from tests.cast import make_person, signed_in
from tests.databases import ALIASES
from tests.monolith.conftest import shown
from tests.visitor import below_header
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

GROUP = "/tools/-/members"
PROJECT = "/tools/hammer/-/members"


def id_of(client: Client) -> int:
    return int(client.session["_auth_user_id"])


def roles(entity: Namespace | Project) -> dict[str, str]:
    people = User.objects.in_bulk(list(entity.members.values_list("user_id", flat=True)))
    return {people[user_id].username: role for user_id, role in entity.members.values_list("user_id", "role")}


def listed(client: Client, page: str) -> list[str]:
    text = re.sub(r"<select.*?</select>", "", client.get(page).text, flags=re.DOTALL)
    return re.findall(r'<li class="member">\s*<span>([^<]+)</span>', text)


def test_it_works(dana: Client, mel: Client, project: Project) -> None:
    answer = dana.post(GROUP, {"username": "Mel", "role": "maintainer"})
    assert answer["Location"] == GROUP
    assert roles(project.namespace) == {"dana": "owner", "mel": "maintainer"}
    assert listed(dana, GROUP) == ["dana", "mel"] or listed(dana, GROUP) == ["mel", "dana"]
    assert mel.get("/tools/-/edit").status_code == 200


def test_it_shows_those_from_above_and_where_they_come_from(dana: Client, mel: Client, project: Project) -> None:
    dana.post(PROJECT, {"username": "mel", "role": "developer"})
    assert listed(dana, PROJECT) == ["mel", "dana"]
    assert 'Owner of <a href="/tools/-/members">tools</a>' in dana.get(PROJECT).text
    assert dana.post(f"{PROJECT}/{id_of(dana)}/remove").status_code == 422


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        ("guest", []),
        ("developer", ["/tools/hammer/-/merge_requests/new"]),
        ("maintainer", ["/tools/hammer/-/merge_requests/new", "/tools/hammer/-/edit"]),
    ],
)
def test_each_role_goes_so_far(dana: Client, mel: Client, project: Project, role: str, pages: list[str]) -> None:
    dana.post(PROJECT, {"username": "mel", "role": role})
    asked = ["/tools/hammer/-/merge_requests/new", "/tools/hammer/-/edit"]
    assert [page for page in asked if mel.get(page).status_code == 200] == pages
    assert mel.post("/tools/hammer/-/edit/delete", {"confirm": "tools/hammer"}).status_code == 403
    assert 'action="/tools/hammer/-/edit/delete"' not in mel.get("/tools/hammer/-/edit").text


def test_the_highest_role_counts(dana: Client, mel: Client, project: Project) -> None:
    dana.post(GROUP, {"username": "mel", "role": "maintainer"})
    dana.post(PROJECT, {"username": "mel", "role": "guest"})
    assert mel.get("/tools/hammer/-/edit").status_code == 200


def test_members_see_what_is_private(olivia: Client, mel: Client, secret: Project) -> None:
    assert mel.get("/vault/gold").status_code == 404
    olivia.post("/vault/gold/-/members", {"username": "mel", "role": "guest"})
    assert mel.get("/vault/gold").status_code == 200
    olivia.post(f"/vault/gold/-/members/{id_of(mel)}/remove")
    assert mel.get("/vault/gold").status_code == 404


def test_who_leaves_a_private_project_is_led_home(olivia: Client, mel: Client, secret: Project) -> None:
    olivia.post("/vault/gold/-/members", {"username": "mel", "role": "guest"})
    assert mel.post(f"/vault/gold/-/members/{id_of(mel)}/remove")["Location"] == "/"


def test_it_changes_a_role(dana: Client, mel: Client, project: Project) -> None:
    dana.post(PROJECT, {"username": "mel", "role": "guest"})
    assert dana.post(f"{PROJECT}/{id_of(mel)}/role", {"role": "developer"})["Location"] == PROJECT
    assert roles(project) == {"mel": "developer"}
    assert dana.post(f"{PROJECT}/{id_of(mel)}/role", {"role": "king"}).status_code == 422
    assert dana.post(f"{PROJECT}/999999/role", {"role": "guest"}).status_code == 422


def test_a_group_keeps_an_owner(dana: Client, mel: Client, group: Namespace) -> None:
    for answer in (
        dana.post(f"{GROUP}/{id_of(dana)}/remove"),
        dana.post(f"{GROUP}/{id_of(dana)}/role", {"role": "guest"}),
    ):
        assert answer.status_code == 422
        assert "at least one owner" in answer.text
    dana.post(GROUP, {"username": "mel", "role": "owner"})
    assert dana.post(f"{GROUP}/{id_of(dana)}/remove").status_code == 302
    assert roles(group) == {"mel": "owner"}


def test_what_is_in_a_group_has_its_owners(dana: Client, group: Namespace, acme: Organization) -> None:
    inner = create_namespace(acme.pk, "inner", parent=group, name="Inner", made_by=id_of(dana), visibility="internal")
    assert dana.post(f"/tools/inner/-/members/{id_of(dana)}/remove").status_code == 302
    assert roles(inner) == {}


def test_nobody_gives_more_than_they_have(dana: Client, mel: Client, project: Project, acme: Organization) -> None:
    make_person("zoe", acme)
    dana.post(GROUP, {"username": "mel", "role": "maintainer"})
    assert mel.post(GROUP, {"username": "zoe", "role": "owner"}).status_code == 422
    assert mel.post(f"{GROUP}/{id_of(mel)}/role", {"role": "owner"}).status_code == 422
    for action, fields in (("remove", {}), ("role", {"role": "guest"})):
        answer = mel.post(f"{GROUP}/{id_of(dana)}/{action}", fields)
        assert "Only members with the role owner or higher" in answer.text
    assert roles(project.namespace) == {"dana": "owner", "mel": "maintainer"}


def test_developers_decide_nothing(dana: Client, mel: Client, project: Project) -> None:
    dana.post(PROJECT, {"username": "mel", "role": "developer"})
    assert listed(mel, PROJECT) == ["mel", "dana"]
    assert "Add a member" not in mel.get(PROJECT).text
    assert mel.post(PROJECT, {"username": "dana", "role": "guest"}).status_code == 403
    assert mel.post(f"{GROUP}/{id_of(dana)}/remove").status_code == 403
    assert roles(project) == {"mel": "developer"}


@pytest.mark.parametrize("username", ["rita", "leo", "nobody-at-all", "gone"])
def test_members_are_people_of_the_organization(
    dana: Client, rita: Client, leo: Client, group: Namespace, acme: Organization, username: str
) -> None:
    User.objects.filter(pk=make_person("gone", acme).pk).update(is_active=False)
    answer = dana.post(GROUP, {"username": username, "role": "guest"})
    assert answer.status_code == 422
    assert "No one with this username can be added." in answer.text


def test_everybody_may_work_in_gitlab_com_public(leo: Client, rita: Client) -> None:
    group = create_namespace(1, "commons", name="Commons", made_by=id_of(leo), visibility="public")
    assert leo.post("/commons/-/members", {"username": "rita", "role": "developer"}).status_code == 302
    assert roles(group) == {"leo": "owner", "rita": "developer"}
    assert "rganization" not in below_header(leo.get("/commons/-/members").text)


def test_it_adds_once(dana: Client, group: Namespace) -> None:
    answer = dana.post(GROUP, {"username": "dana", "role": "guest"})
    assert "dana is already a member." in answer.text
    assert roles(group) == {"dana": "owner"}


def test_guests_of_the_organization_report_whatever_their_role(dana: Client, gus: Client, project: Project) -> None:
    dana.post(PROJECT, {"username": "gus", "role": "maintainer"})
    assert gus.get("/tools/hammer/-/edit").status_code == 403
    assert gus.post(f"{PROJECT}/{id_of(gus)}/remove").status_code == 302


def test_strangers_and_visitors_find_nothing(rita: Client, visitor: Client, project: Project) -> None:
    assert rita.get(PROJECT).status_code == 404
    assert visitor.get(PROJECT)["Location"] == f"/users/sign_in?redirect={PROJECT}"


def test_visitors_of_what_is_public_sign_in_first(visitor: Client, acme: Organization) -> None:
    create_namespace(acme.pk, "shop", name="Shop", visibility="public")
    assert visitor.get("/shop/-/members").status_code == 302


def test_it_wants_an_id(dana: Client, project: Project) -> None:
    assert dana.post(f"{GROUP}/dana/remove").status_code == 404
    assert dana.get(f"{GROUP}/{id_of(dana)}/remove").status_code == 405


def test_new_projects_are_for_maintainers(dana: Client, mel: Client, group: Namespace) -> None:
    dana.post(GROUP, {"username": "mel", "role": "developer"})
    assert 'value="tools"' not in mel.get("/organizations/acme/-/projects/new").text
    dana.post(f"{GROUP}/{id_of(mel)}/role", {"role": "maintainer"})
    assert 'value="tools"' in mel.get("/organizations/acme/-/projects/new").text


@pytest.mark.django_db(databases=ALIASES, transaction=True)
def test_two_owners_who_leave_at_the_same_moment(acme: Organization, group: Namespace) -> None:
    owners = [make_person(name, acme) for name in ("ann", "ben")]
    for owner in owners:
        add(group, owner.username, "owner", by=Level.OWN)

    def leave(owner: User) -> bool:
        try:
            remove(group, owner.pk, by=Level.OWN, leaving=True)
        except LastOwner:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(leave, owners)) == [False, True]
    assert len(roles(group)) == 1


@pytest.mark.django_db(databases=ALIASES, transaction=True)
def test_who_is_removed_from_the_organization_meanwhile_keeps_nothing(acme: Organization, group: Namespace) -> None:
    for name in ("ann", "ben", "cid", "dee"):
        person = make_person(name, acme)

        def do(what: str, person: User = person) -> None:
            try:
                if what == "add":
                    add(group, person.username, "developer", by=Level.OWN)
                else:
                    end_membership(acme.pk, person.pk)
            except NobodyToAdd:
                pass
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(do, ("add", "remove")))
    assert not Membership.objects.filter(organization_id=acme.pk).exists()
    assert not NamespaceMember.objects.exists()


def test_a_project_that_was_renamed_meanwhile_is_looked_for_again(
    dana: Client, mel: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(entity: Project) -> Project:
        Project.objects.filter(pk=entity.pk).update(path="axe", full_path="tools/axe")
        return creation.hold(entity)

    monkeypatch.setattr(membership, "hold", late)
    answer = dana.post(PROJECT, {"username": "mel", "role": "guest"})
    assert answer.status_code == 422
    assert "renamed or deleted in the meantime" in answer.text
    assert not ProjectMember.objects.exists()


def test_long_lists_come_in_pages(dana: Client, group: Namespace, acme: Organization) -> None:
    NamespaceMember.objects.bulk_create(
        NamespaceMember(organization_id=acme.pk, namespace=group, user_id=user_id, role="guest")
        for user_id in range(10**6, 10**6 + 60)
    )
    assert len(listed(dana, GROUP)) == 50
    assert len(listed(dana, f"{GROUP}?page=2")) == 11
    assert "a former member" in dana.get(GROUP).text


def test_it_changes_what_the_rows_say(acme: Organization, group: Namespace) -> None:
    person = make_person("pat", acme)
    project = create_project(group, "saw", name="Saw")
    add(project, "pat", "guest", by=Level.OWN)
    change_role(project, person.pk, "maintainer", by=Level.MAINTAIN)
    assert signed_in(person).get("/tools/saw/-/edit").status_code == 200


def test_whoever_makes_many_try_usernames_is_stopped(leo: Client, steer: Callable[..., None]) -> None:
    steer(people_an_hour=1)
    create_namespace(1, "commons", name="Commons", made_by=id_of(leo), visibility="public")
    make_person("lena")
    page = "/commons/-/members"
    assert leo.post(page, {"username": "nobody-at-all", "role": "guest"}).status_code == 422
    answers = [leo.post(page, {"username": name, "role": "guest"}) for name in ("lena", "nobody-at-all")]
    assert [(answer.status_code, answer["Retry-After"]) for answer in answers] == [(429, "3600")] * 2
    assert shown(answers[0]).replace("lena", "nobody-at-all") == shown(answers[1])
