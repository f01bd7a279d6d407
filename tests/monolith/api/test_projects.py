"""`/api/v4/projects…`, and the projects of an organization."""

from __future__ import annotations

import pytest

from monolith.namespaces.creation import create_namespace, rename
from monolith.namespaces.models import Namespace, Project
from organizations.models import GITLAB_COM_PUBLIC, Organization
from routing.models import Route
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program, key

pytestmark = pytest.mark.django_db(databases=ALIASES)

ACME = "/organizations/acme/projects"
HAMMER = f"/projects/{key('tools/hammer')}"


def paths() -> set[str]:
    return set(Project.objects.values_list("full_path", flat=True))


def test_it_creates_a_project(dana: Program, group: Namespace) -> None:
    answer = dana.post(ACME, {"name": "Big Saw", "namespace_id": group.pk, "description": "Sharp."})
    assert answer.status_code == 201
    made = answer.json()
    assert made["path_with_namespace"] == "tools/big-saw"
    assert made["namespace"]["full_path"] == "tools"
    assert made["visibility"] == "private"
    assert made["web_url"].endswith("/tools/big-saw")
    assert dana.get(f"/projects/{made['id']}").json() == made
    assert Route.objects.get(path="tools/big-saw").kind == "live"


def test_it_takes_a_form_as_well(dana: Program, group: Namespace) -> None:
    form = "application/x-www-form-urlencoded"
    answer = dana.post(ACME, f"path=saw&namespace_id={group.pk}", **{"Content-Type": form})
    assert answer.status_code == 201, answer.content


def test_without_a_namespace_it_is_in_ones_own(olivia: Program, acme: Organization) -> None:
    assert olivia.user
    create_namespace(acme.pk, "olivia", name="Olivia", kind="user", owner_id=olivia.user.pk, visibility="public")
    answer = olivia.post(ACME, {"path": "notes"})
    assert answer.json()["path_with_namespace"] == "olivia/notes"


def test_without_a_namespace_of_ones_own_it_wants_one(dana: Program, group: Namespace) -> None:
    answer = dana.post(ACME, {"path": "notes"})
    assert answer.status_code == 400
    assert list(answer.json()["message"]) == ["namespace_id"]


def test_a_namespace_elsewhere_is_as_one_that_is_not_there(
    olivia: Program, rita: Program, rivals: Organization, open_group: Namespace
) -> None:
    theirs = create_namespace(rivals.pk, "theirs", name="Theirs", visibility="public")
    absent = olivia.post(ACME, {"path": "x", "namespace_id": 2**40})
    for elsewhere in (theirs, open_group):
        answer = olivia.post(ACME, {"path": "x", "namespace_id": elsewhere.pk})
        assert (answer.status_code, answer.content) == (400, absent.content)
    assert paths() == set()


def test_a_legacy_user_makes_projects_at_the_global_address(leo: Program, open_group: Namespace) -> None:
    assert leo.user
    open_group.members.create(organization_id=GITLAB_COM_PUBLIC, user_id=leo.user.pk, role="maintainer")
    assert leo.post("/projects", {"path": "x", "namespace_id": open_group.pk}).status_code == 201
    assert [each["path"] for each in leo.get("/projects").json()] == ["x"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "name"),
        ({"path": "a/b"}, "path"),
        ({"path": "x.git"}, "path"),
        ({"name": "?"}, "path"),
        ({"path": "x", "visibility": "secret"}, "visibility"),
        ({"path": "x", "namespace_id": "x"}, "namespace_id"),
        ({"path": "x", "namespace_id": 2**64}, "namespace_id"),
        ({"path": "x\0"}, "path"),
    ],
)
def test_what_is_wrong_is_said_by_field(dana: Program, group: Namespace, sent: dict[str, object], field: str) -> None:
    answer = dana.post(ACME, {"namespace_id": group.pk, **sent})
    assert answer.status_code == 400
    assert list(answer.json()["message"]) == [field]


def test_nothing_is_more_visible_than_what_it_is_in(dana: Program, group: Namespace) -> None:
    answer = dana.post(ACME, {"path": "x", "namespace_id": group.pk, "visibility": "public"})
    assert answer.status_code == 400
    assert list(answer.json()["message"]) == ["visibility"]


def test_a_path_that_is_taken(dana: Program, project: Project) -> None:
    answer = dana.post(ACME, {"path": "Hammer", "namespace_id": project.namespace_id})
    assert answer.status_code == 400
    assert answer.json()["message"] == {"path": ["This path is taken. Choose another one."]}


def test_it_changes_a_project(dana: Program, project: Project) -> None:
    answer = dana.put(HAMMER, {"name": "Mallet", "description": "Soft."})
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["description"]) == ("Mallet", "Soft.")
    assert dana.put(HAMMER, {"visibility": "private"}).json()["description"] == "Soft."


def test_it_renames_a_project(dana: Program, project: Project) -> None:
    answer = dana.put(HAMMER, {"path": "mallet", "name": "Mallet"})
    assert answer.json()["path_with_namespace"] == "tools/mallet"
    assert answer.json()["name"] == "Mallet"


def test_it_respells_a_project_and_a_group(dana: Program, project: Project) -> None:
    assert dana.put(HAMMER, {"path": "Hammer"}).json()["path_with_namespace"] == "tools/Hammer"
    assert dana.put("/groups/tools", {"path": "TOOLS"}).json()["full_path"] == "TOOLS"
    assert dana.get(f"/projects/{project.pk}").json()["path_with_namespace"] == "TOOLS/Hammer"
    assert set(Route.objects.filter(key__startswith="tools").values_list("path", "kind", "entity_id")) == {
        ("TOOLS", "live", project.namespace_id),
        ("TOOLS/Hammer", "live", project.pk),
    }


def test_capitals_make_no_other_name_free(dana: Program, project: Project, group: Namespace) -> None:
    dana.post(ACME, {"path": "saw", "namespace_id": group.pk})
    answer = dana.put(HAMMER, {"path": "SAW"})
    assert (answer.status_code, list(answer.json()["message"])) == (400, ["path"])
    # An old path of its own is no other name, in any spelling.
    dana.put(HAMMER, {"path": "mallet"})
    assert dana.put(f"/projects/{project.pk}", {"path": "HAMMER"}).json()["path"] == "HAMMER"


def test_a_path_that_is_not_to_be_had_changes_nothing(dana: Program, project: Project, group: Namespace) -> None:
    dana.post(ACME, {"path": "saw", "namespace_id": group.pk})
    assert dana.put(HAMMER, {"path": "saw", "name": "Saw"}).status_code == 400
    assert dana.get(HAMMER).json()["name"] == "Hammer"


def test_it_transfers_a_project(olivia: Program, acme: Organization, project: Project) -> None:
    house = create_namespace(acme.pk, "house", name="House", visibility="internal")
    for number, into in enumerate((house.pk, "tools", "house")):
        answer = olivia.put(f"/projects/{project.pk}/transfer", {"namespace": into})
        assert answer.status_code == 200
        assert answer.json()["path_with_namespace"] == ("tools/hammer" if number == 1 else "house/hammer")


def test_it_transfers_nothing_into_another_organization(
    dana: Program, rivals: Organization, project: Project, secret: Project
) -> None:
    assert dana.user
    theirs = create_namespace(rivals.pk, "theirs", name="Theirs", visibility="public")
    theirs.members.create(organization_id=rivals.pk, user_id=dana.user.pk, role="owner")
    answers = [
        dana.put(f"{HAMMER}/transfer", {"namespace": into}) for into in ("theirs", theirs.pk, "vault", "absent", 2**40)
    ]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.content for answer in answers}) == 1


def test_it_deletes_a_project(dana: Program, project: Project) -> None:
    assert dana.delete(HAMMER).status_code == 202
    assert dana.get(HAMMER).status_code == 404
    assert Route.objects.get(path="tools/hammer").kind == "tombstone"


WRITES = [
    ("PUT", HAMMER, {"name": "x"}),
    ("PUT", f"{HAMMER}/transfer", {"namespace": "tools"}),
    ("DELETE", HAMMER, None),
    ("POST", f"{HAMMER}/merge_requests", {"title": "x", "source_branch": "x", "target_branch": "main"}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_who_sees_it_and_may_not_is_told_so(
    mel: Program, gus: Program, project: Project, method: str, path: str, body: object
) -> None:
    for program in (mel, gus):
        answer = program.ask(method, path, body)
        assert answer.status_code == 403
        assert answer.json()["message"] == "403 Forbidden"
    assert paths() == {"tools/hammer"}


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_what_is_private_and_what_is_absent_are_the_same(
    mel: Program, rita: Program, visitor: Program, secret: Project, method: str, path: str, body: object
) -> None:
    there, absent = (path.replace(key("tools/hammer"), key(each)) for each in ("vault/gold", "vault/dust"))
    for program in (mel, rita, visitor):
        answers = [program.ask(method, each, body) for each in (there, absent)]
        assert answers[0].status_code == (404 if program.user else 401)
        assert answers[0].content == answers[1].content
        headers = [str(each.headers).replace("gold", "<name>").replace("dust", "<name>") for each in answers]
        assert headers[0] == headers[1]


def test_get_of_an_old_path_leads_to_the_address_by_id(dana: Program, mel: Program, project: Project) -> None:
    rename(project, "mallet")
    for program in (dana, mel):
        answer = program.get(f"{HAMMER}/issues?page=2")
        assert answer.status_code == 302
        assert answer["Location"] == f"/api/v4/projects/{project.pk}/issues?page=2"


def test_other_methods_of_an_old_path_are_not_allowed(dana: Program, project: Project) -> None:
    rename(project, "mallet")
    assert dana.put(HAMMER, {"name": "x"}).status_code == 405
    assert dana.post(f"{HAMMER}/issues", {"title": "x"}).status_code == 405
    assert dana.put(f"/projects/{project.pk}", {"name": "x"}).status_code == 200


def test_an_old_path_is_not_there_for_those_who_do_not_see_the_present_one(
    mel: Program, rita: Program, secret: Project
) -> None:
    rename(secret, "silver")
    for program in (mel, rita):
        for method in ("get", "put"):
            answers = [program.ask(method, f"/projects/{key(each)}", {}) for each in ("vault/gold", "vault/dust")]
            assert answers[0].status_code == 404
            assert answers[0].content == answers[1].content


def test_another_spelling_works_as_it_is(dana: Program, project: Project) -> None:
    assert dana.put(f"/projects/{key('TOOLS/Hammer')}", {"name": "x"}).status_code == 200


def test_a_list_is_of_one_organization(olivia: Program, leo: Program, project: Project, open_group: Namespace) -> None:
    assert [each["path"] for each in olivia.get(ACME).json()] == ["hammer"]
    assert leo.get("/projects").json() == []
    assert leo.get(ACME).status_code == 404


def test_lists_link_to_what_comes_next(dana: Program, group: Namespace) -> None:
    for path in "abc":
        dana.post(ACME, {"path": path, "namespace_id": group.pk})
    answer = dana.get(f"{ACME}?per_page=2")
    assert 'per_page=2&page=2>; rel="next"' in answer["Link"]
    assert 'rel="next"' not in dana.get(f"{ACME}?per_page=2&page=2")["Link"]


def test_all_of_a_list_can_be_read_by_ids(dana: Program, group: Namespace) -> None:
    ids = [dana.post(ACME, {"path": path, "namespace_id": group.pk}).json()["id"] for path in "abcde"]
    for sort, expected in (("asc", ids), ("desc", ids[::-1])):
        following, read = f"{ACME}?pagination=keyset&per_page=2&sort={sort}", []
        while following:
            answer = dana.get(following)
            read += [each["id"] for each in answer.json()]
            link = answer.headers.get("Link", "")
            following = link.partition("/api/v4")[2].partition(">")[0]
        assert read == expected
