"""`/api/v4/groups…`, `/api/v4/namespaces…`, and the groups of an organization."""

from __future__ import annotations

import pytest

from admin_settings.in_force import overridden
from monolith.namespaces.creation import create_namespace, rename
from monolith.namespaces.models import Namespace, NamespaceMember, Project
from organizations.models import Organization
from routing.models import Route
from tests.cast import make_person
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program

pytestmark = pytest.mark.django_db(databases=ALIASES)

ACME = "/organizations/acme/groups"


def paths() -> set[str]:
    return set(Namespace.objects.values_list("full_path", flat=True))


def test_it_creates_a_top_level_group(mel: Program, acme: Organization) -> None:
    answer = mel.post(ACME, {"name": "Big House", "visibility": "internal"})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["full_path"], made["parent_id"], made["visibility"]) == ("big-house", None, "internal")
    assert mel.user
    assert NamespaceMember.objects.get(namespace_id=made["id"]).user_id == mel.user.pk
    assert mel.get(f"/groups/{made['id']}").json() == mel.get("/groups/big-house").json() == made


def test_the_visibility_that_nobody_names_is_a_setting(mel: Program, dana: Program, group: Namespace) -> None:
    with overridden(default_group_visibility="public", default_project_visibility="public"):
        assert mel.post(ACME, {"path": "open"}).json()["visibility"] == "public"
        # Its parent is internal.
        assert dana.post(ACME, {"path": "inner", "parent_id": group.pk}).json()["visibility"] == "internal"
        project = {"path": "saw", "namespace_id": group.pk}
        assert dana.post("/organizations/acme/projects", project).json()["visibility"] == "internal"


def test_it_creates_a_subgroup(dana: Program, group: Namespace) -> None:
    answer = dana.post(ACME, {"path": "inner", "parent_id": group.pk})
    assert answer.json()["full_path"] == "tools/inner"
    assert [each["path"] for each in dana.get("/groups/tools/subgroups").json()] == ["inner"]


def test_a_parent_elsewhere_is_as_one_that_is_not_there(
    olivia: Program, rivals: Organization, open_group: Namespace
) -> None:
    theirs = create_namespace(rivals.pk, "theirs", name="Theirs", visibility="public")
    absent = olivia.post(ACME, {"path": "x", "parent_id": 2**40})
    for elsewhere in (theirs, open_group):
        answer = olivia.post(ACME, {"path": "x", "parent_id": elsewhere.pk})
        assert (answer.status_code, answer.content) == (400, absent.content)
    assert paths() == {"theirs", "open"}


def test_guests_make_no_top_level_group(gus: Program) -> None:
    assert gus.post(ACME, {"path": "x"}).status_code == 403


def test_a_username_is_no_path_of_a_top_level_group(mel: Program) -> None:
    make_person("Somebody")
    answer = mel.post(ACME, {"path": "somebody"})
    assert (answer.status_code, list(answer.json()["message"])) == (400, ["path"])


def test_names_cannot_be_tried_without_end(mel: Program) -> None:
    for number in range(20):
        mel.post(ACME, {"path": f"group-{number}"})
    answer = mel.post(ACME, {"path": "one-more"})
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    assert "one-more" not in paths()


def test_it_changes_and_renames_a_group(dana: Program, project: Project) -> None:
    answer = dana.put("/groups/tools", {"name": "Gear", "path": "gear"})
    assert (answer.status_code, answer.json()["full_path"], answer.json()["name"]) == (200, "gear", "Gear")
    answer = dana.get("/groups/tools/projects")
    assert (answer.status_code, answer["Location"]) == (302, f"/api/v4/groups/{project.namespace_id}/projects")
    assert [each["path_with_namespace"] for each in dana.get("/groups/gear/projects").json()] == ["gear/hammer"]


def test_a_group_does_not_become_less_visible_than_what_is_in_it(dana: Program, project: Project) -> None:
    answer = dana.put("/groups/tools", {"visibility": "private", "path": "gear"})
    assert (answer.status_code, list(answer.json()["message"])) == (400, ["visibility"])
    assert paths() == {"tools"}


def test_it_transfers_a_group_down_and_up_again(olivia: Program, acme: Organization, project: Project) -> None:
    house = create_namespace(acme.pk, "house", name="House", visibility="internal")
    answer = olivia.post("/groups/tools/transfer", {"group_id": house.pk})
    assert (answer.status_code, answer.json()["full_path"]) == (201, "house/tools")
    assert olivia.post(f"/groups/{answer.json()['id']}/transfer").json()["full_path"] == "tools"
    assert paths() == {"house", "tools"}


def test_only_those_make_it_a_top_level_group_who_may_make_one(gus: Program, acme: Organization) -> None:
    assert gus.user
    house = create_namespace(acme.pk, "house", name="House", visibility="internal")
    create_namespace(acme.pk, "room", parent=house, name="Room", visibility="internal")
    assert gus.post("/groups/house%2Froom/transfer").status_code == 403


def test_it_deletes_a_group(dana: Program, project: Project) -> None:
    assert dana.delete("/groups/tools").status_code == 202
    assert paths() == set()
    assert Route.objects.get(path="tools/hammer").kind == "tombstone"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_who_sees_it_and_may_not_is_told_so(mel: Program, rita: Program, group: Namespace, method: str) -> None:
    assert mel.ask(method, "/groups/tools", {}).status_code == 403
    assert rita.ask(method, "/groups/tools", {}).status_code == 404


def test_an_old_path_of_a_group(dana: Program, rita: Program, group: Namespace) -> None:
    rename(group, "gear")
    assert dana.get("/groups/tools").status_code == 302
    assert dana.put("/groups/tools", {"name": "x"}).status_code == 405
    assert rita.put("/groups/tools", {"name": "x"}).status_code == 404


def test_a_users_namespace_is_no_group(mel: Program, acme: Organization) -> None:
    assert mel.user
    own = create_namespace(acme.pk, "mel", name="Mel", kind="user", owner_id=mel.user.pk, visibility="public")
    for address in (f"/groups/{own.pk}", "/groups/mel"):
        assert mel.get(address).status_code == mel.delete(address).status_code == 404
    assert mel.get("/namespaces/mel").json()["kind"] == "user"
    assert [each["full_path"] for each in mel.get("/organizations/acme/namespaces").json()] == ["mel"]


def test_lists_are_of_one_organization(mel: Program, leo: Program, group: Namespace, open_group: Namespace) -> None:
    assert [each["path"] for each in mel.get(ACME).json()] == ["tools"]
    assert [each["path"] for each in leo.get("/groups").json()] == ["open"]
    assert leo.get(ACME).status_code == 404
    assert mel.get("/organizations/acme").json()["name"] == "Acme"
