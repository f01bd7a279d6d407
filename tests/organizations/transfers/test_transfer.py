"""Everything below a top-level group goes to another organization, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.models.functions import Now
from django.utils import timezone

from monolith.ci.models import Job
from monolith.namespaces.creation import create_namespace, create_project, rename
from monolith.namespaces.creation import transfer as put_into
from monolith.namespaces.deletion import delete
from monolith.namespaces.models import Namespace, NamespaceMember, Project, ProjectMember
from monolith.work.models import Issue, MergeRequest, Todo
from moves.exceptions import MoveRefused
from moves.models import OrganizationMove
from moves.operating import plan as plan_move
from organizations.closing import NotEmpty, close
from organizations.members.invitations import invite
from organizations.models import GITLAB_COM_PUBLIC, NamespaceTransfer, Organization
from organizations.tenancy.models import OrganizationState
from organizations.transfers import steps
from organizations.transfers.exceptions import Outsiders, TransferRefused
from organizations.transfers.plan import plan
from organizations.transfers.steps import begin, transfer
from routing import claims
from routing.models import Route
from routing.redirects import present_path
from schemas.tenancy import tenant_models
from tests.cast import belong, make_organization, make_person
from tests.databases import ALIASES
from tests.organizations.transfers.conftest import Group
from topology import POD_LOCAL_SCHEMAS
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

Rows = dict[tuple[str, Any], int]
# Of the pod itself: how claims ended. What people looked at stays with the organization in which they did.
NOT_BELOW = {"claim_outcomes", "runners", "burials", "recents"}


def rows() -> Rows:
    """The organization of every row of `main`, `ci` and `routes`, by table and key."""
    found: Rows = {}
    for schema in POD_LOCAL_SCHEMAS:
        for model in tenant_models(schema):
            table = model._meta.db_table
            if table not in NOT_BELOW:
                found |= {(table, pk): of for pk, of in model._base_manager.values_list("pk", "organization_id")}
    names = Route.objects.using("routes").exclude(organization=None)
    return found | {("routes", path): of for path, of in names.values_list("path", "organization_id")}


def changed(before: Rows) -> Rows:
    return {key: of for key, of in rows().items() if of != before.get(key)}


def go(path: str = "tools", organization: str = "acme", *, remove_members: bool = True) -> NamespaceTransfer:
    return transfer(path, organization, asked_by="a test", remove_members=remove_members)


def members_of(organization: Organization, *people: User) -> None:
    for each in people:
        belong(each, organization)


def test_everything_below_goes_and_nothing_else(
    group: Group, acme: Organization, olga: User, alan: User, request: pytest.FixtureRequest
) -> None:
    members_of(acme, olga, alan)
    before_neighbour = rows()
    request.getfixturevalue("neighbour")
    before = rows()
    went = go()
    assert went.state == NamespaceTransfer.State.DONE
    mine = {key for key, of in before_neighbour.items() if of == GITLAB_COM_PUBLIC and not _of_the_pod(key)}
    assert changed(before) == dict.fromkeys(mine, acme.pk)
    assert {table for table, _ in mine} == {
        model._meta.db_table for schema in POD_LOCAL_SCHEMAS for model in tenant_models(schema)
    } - NOT_BELOW | {"routes"}


def _of_the_pod(key: tuple[str, Any]) -> bool:
    return key[0] == "routes" and not str(key[1]).startswith("tools")


def test_nobody_loses_what_they_have_when_all_belong(group: Group, acme: Organization, olga: User, alan: User) -> None:
    members_of(acme, olga, alan)
    go(remove_members=False)
    assert NamespaceMember.objects.get(namespace=group.top).user_id == olga.pk
    assert ProjectMember.objects.get(project=group.private).user_id == alan.pk
    assert Issue.objects.get(pk=group.issue.pk).assignee_id == alan.pk
    assert Todo.objects.filter(user_id=alan.pk).count() == 2


def test_memberships_that_expired_go_with_it(group: Group, acme: Organization, olga: User, alan: User) -> None:
    members_of(acme, olga, alan)
    ended = {"expires_at": timezone.now().date(), "role": "guest", "organization_id": GITLAB_COM_PUBLIC}
    made = [
        NamespaceMember.with_expired.create(namespace=group.inner, user_id=alan.pk, **ended),
        ProjectMember.with_expired.create(project=group.project, user_id=alan.pk, **ended),
    ]
    go()
    assert {type(each).with_expired.get(pk=each.pk).organization_id for each in made} == {acme.pk}


def test_a_job_loses_a_runner_that_stays(group: Group, acme: Organization, olga: User, alan: User) -> None:
    members_of(acme, olga, alan)
    assert plan("tools", "acme").cut == {"jobs.runner_id": 1}
    go()
    assert Job.objects.get(pk=group.job.pk).runner_id is None


def test_it_can_go_back(group: Group, acme: Organization, olga: User, alan: User) -> None:
    members_of(acme, olga, alan)
    before = rows()
    go()
    go("tools", "gitlab-com-public", remove_members=False)
    assert rows() == before


def test_it_goes_on_from_one_organization_to_another(group: Group, acme: Organization) -> None:
    more = make_organization("more")
    go()
    go("tools", "more")
    assert Project.objects.get(pk=group.private.pk).organization_id == more.pk


def test_work_goes_on_afterwards(group: Group, acme: Organization, olga: User, alan: User) -> None:
    members_of(acme, olga, alan)
    go()
    top = Namespace.objects.get(pk=group.top.pk)
    made = create_project(top, "new", name="New")
    renamed = rename(Namespace.objects.get(pk=group.inner.pk), "outer")
    assert (made.organization_id, renamed.full_path) == (acme.pk, "tools/outer")
    assert Route.objects.using("routes").get(path="tools/new").organization_id == acme.pk


@pytest.mark.parametrize("spelled", ["tools", "TOOLS"])
def test_a_path_may_be_spelled_in_any_case(group: Group, acme: Organization, spelled: str) -> None:
    assert go(spelled, "ACME").path == "tools"


# People.


def test_people_who_do_not_belong_are_told_first(group: Group, acme: Organization, olga: User, alan: User) -> None:
    members_of(acme, olga)
    before = rows()
    with pytest.raises(Outsiders) as refused:
        go(remove_members=False)
    assert refused.value.lines == [
        "alan (developer of tools/inner/secret, assigned 1 issue, assigned 1 merge request, 2 to-do items)"
    ]
    assert plan("tools", "acme").outsiders == refused.value.lines
    assert rows() == before
    assert NamespaceTransfer.objects.using("routes").get().state == NamespaceTransfer.State.DROPPED


def test_only_they_are_removed(group: Group, neighbour: Group, acme: Organization, olga: User, alan: User) -> None:
    members_of(acme, olga)
    go()
    assert not ProjectMember.objects.filter(project=group.private).exists()
    assert Issue.objects.get(pk=group.issue.pk).assignee_id is None
    assert MergeRequest.objects.get(pk=group.merge_request.pk).assignee_id is None
    assert NamespaceMember.objects.get(namespace=group.top).user_id == olga.pk
    # What they have elsewhere they keep.
    assert ProjectMember.objects.get(project=neighbour.private).user_id == alan.pk
    assert Issue.objects.get(pk=neighbour.issue.pk).assignee_id == alan.pk
    assert Todo.objects.filter(user_id=alan.pk).count() == 2


def test_who_is_invited_is_told_apart(group: Group, acme: Organization, olga: User, alan: User) -> None:
    members_of(acme, olga)
    invite(acme.pk, "Alan@example.com", "member", olga)
    assert plan("tools", "acme").outsiders[0].endswith("2 to-do items, invited and not yet a member)")


def test_authors_stay_authors(group: Group, acme: Organization, olga: User) -> None:
    go()
    assert Issue.objects.get(pk=group.issue.pk).author_id == olga.pk


def test_long_lists_are_cut_short(group: Group, acme: Organization) -> None:
    for number in range(30):
        group.top.members.create(
            organization_id=GITLAB_COM_PUBLIC, user_id=make_person(f"p{number:02}").pk, role="guest"
        )
    with pytest.raises(Outsiders, match=r"32 of its people do not belong to acme: .*; and 12 more"):
        go(remove_members=False)


# Names.


def test_old_names_of_it_come_along(group: Group, acme: Organization) -> None:
    rename(group.top, "gear")
    go("gear")
    assert set(Route.objects.using("routes").filter(organization_id=acme.pk).values_list("path", flat=True)) == {
        "gear",
        "gear/code",
        "gear/inner",
        "gear/inner/secret",
        "tools",
    }
    assert present_path("tools/inner/secret") == "gear/inner/secret"


def test_a_group_that_was_a_top_level_one_keeps_its_old_name(group: Group, acme: Organization) -> None:
    other = create_namespace(GITLAB_COM_PUBLIC, "once-alone", name="Once alone")
    put_into(other, group.top)
    go()
    assert present_path("once-alone") == "tools/once-alone"
    assert Route.objects.using("routes").get(path="once-alone").organization_id == acme.pk


def test_an_old_path_below_another_name_stays_there_and_ends(
    group: Group, neighbour: Group, acme: Organization
) -> None:
    Project.objects.filter(path="code").update(visibility="private")
    put_into(Project.objects.get(pk=neighbour.project.pk), group.inner)
    put_into(Project.objects.get(pk=group.project.pk), neighbour.inner)
    broken = [("tools-2/code", "tools/inner/code"), ("tools/code", "tools-2/inner/code")]
    assert sorted(plan("tools", "acme").broken) == broken
    go()
    kinds = Route.objects.using("routes").filter(path__in=["tools-2/code", "tools/code"]).order_by("path")
    assert list(kinds.values_list("path", "kind", "organization_id")) == [
        ("tools-2/code", "tombstone", GITLAB_COM_PUBLIC),
        ("tools/code", "tombstone", acme.pk),
    ]


# Epochs.


def test_a_name_never_goes_to_a_smaller_epoch(group: Group, acme: Organization) -> None:
    more = make_organization("more")
    Organization.objects.using("routes").filter(pk=acme.pk).update(epoch=7)
    go()
    go("tools", "more")
    assert Organization.objects.using("routes").get(pk=more.pk).epoch == 7
    for schema in POD_LOCAL_SCHEMAS:
        assert OrganizationState.objects.using(schema).get(pk=more.pk).epoch == 7


def test_what_has_been_moved_does_not_go_back_to_gitlab_com_public(group: Group, acme: Organization) -> None:
    go()
    Organization.objects.using("routes").filter(pk=acme.pk).update(epoch=2)
    with pytest.raises(TransferRefused, match="has been moved to another pod"):
        go("tools", "gitlab-com-public")


# Refusals.


@pytest.mark.parametrize(
    ("path", "organization", "said"),
    [
        ("nothing", "acme", "'nothing' does not exist"),
        ("tools/inner", "acme", "is not a top-level namespace"),
        ("admin", "acme", "is a reserved name"),
        ("old-tools", "acme", "was renamed to 'renamed'"),
        ("gone", "acme", "was deleted"),
        ("claimed", "acme", "is being created or renamed"),
        ("pia", "acme", "is a personal namespace"),
        ("tools", "nowhere", "there is no organization 'nowhere'"),
        ("tools", "gitlab-com-public", "belongs to gitlab-com-public already"),
        ("tools", "far", "is on pod_us0 and far on pod_eu0"),
        ("tools", "closed", "closed is not active: it is Deleted"),
        ("tools", "founded", "founded is not active: it is path reserved"),
    ],
)
@pytest.mark.usefixtures("group", "acme")
def test_refusals_are_in_words(path: str, organization: str, said: str) -> None:
    rename(create_namespace(GITLAB_COM_PUBLIC, "old-tools", name="Old"), "renamed")
    delete(create_namespace(GITLAB_COM_PUBLIC, "gone", name="Gone"))
    claims.claim("claimed", GITLAB_COM_PUBLIC, "group")
    create_namespace(GITLAB_COM_PUBLIC, "pia", name="Pia", kind="user", owner_id=make_person("pia").pk)
    make_organization("far", pod="pod_eu0")
    for path_, state in (("closed", "deleted"), ("founded", "creating")):
        make_organization(path_)
        Organization.objects.using("routes").filter(path=path_).update(state=state)
    for look in (plan, go):
        with pytest.raises(TransferRefused, match=said):
            look(path, organization)
    assert not NamespaceTransfer.objects.using("routes").exists()


@pytest.mark.parametrize("schema", POD_LOCAL_SCHEMAS)
@pytest.mark.parametrize("state", ["fenced", "incoming", "moved"])
def test_an_organization_that_is_being_moved_gets_nothing(
    group: Group, acme: Organization, schema: str, state: str
) -> None:
    OrganizationState.objects.using(schema).filter(pk=acme.pk).update(state=state)
    with pytest.raises(TransferRefused, match=f"acme takes no writes in {schema}"):
        go()


@pytest.mark.parametrize("state", ["planned", "copying", "fencing", "settled"])
def test_an_organization_that_has_a_move_gets_and_gives_nothing(group: Group, acme: Organization, state: str) -> None:
    go()
    OrganizationMove.objects.using("routes").create(
        organization=acme, source="pod_us0", target="pod_eu0", state=state, asked_by="a test"
    )
    for organization in ("acme", "gitlab-com-public"):
        path = "tools" if organization != "acme" else _another_group()
        with pytest.raises(TransferRefused, match="acme is being moved from pod_us0 to pod_eu0"):
            go(path, organization)


def _another_group() -> str:
    return create_namespace(GITLAB_COM_PUBLIC, "another", name="Another").full_path


@pytest.mark.parametrize("state", ["done", "returned", "aborted"])
def test_a_move_that_has_ended_is_no_hindrance(group: Group, acme: Organization, state: str) -> None:
    OrganizationMove.objects.using("routes").create(
        organization=acme, source="pod_us0", target="pod_eu0", state=state, asked_by="a test"
    )
    assert go().state == NamespaceTransfer.State.DONE


def test_an_organization_is_not_moved_while_it_gets_a_namespace(group: Group, acme: Organization) -> None:
    begin("tools", "acme", "a test")
    with pytest.raises(MoveRefused, match="/tools is being transferred from or to acme"):
        plan_move(acme, "pod_eu0", "a test")
    assert not OrganizationMove.objects.using("routes").exists()


def test_a_fence_that_comes_later_is_found_by_the_gate(
    group: Group, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fence(*arguments: object) -> None:
        OrganizationState.objects.using("main").filter(pk=acme.pk).update(state="fenced")

    before = rows()
    monkeypatch.setattr(steps, "_wait_until_quiet", fence)
    with pytest.raises(TransferRefused, match="is being moved"):
        go()
    assert rows() == before


# What the database itself says.


@pytest.mark.parametrize("table", ["namespaces", "projects", "issues"])
def test_a_row_cannot_change_its_organization_otherwise(group: Group, acme: Organization, table: str) -> None:
    with (
        pytest.raises(IntegrityError, match="cannot go from organization"),
        transaction.atomic(using="main"),
        connections["main"].cursor() as cursor,
    ):
        cursor.execute(f"UPDATE {table} SET organization_id = %s", [acme.pk])


def open_transfer(group: Group, target: Organization, **fields: object) -> str:
    begun = begin(group.top.full_path, target.path, "a test")
    NamespaceTransfer.objects.using("routes").filter(pk=begun.pk).update(**fields)
    return str(begun.key)


def take_names(key: str, target: Organization) -> None:
    with transaction.atomic(using="routes"), connections["routes"].cursor() as cursor:
        cursor.execute("SELECT set_config('pods.transfer', %s, true)", [key])
        cursor.execute(
            "UPDATE routes SET organization_id = %s WHERE path = 'tools' OR path LIKE 'tools/%%'", [target.pk]
        )


def test_names_need_the_key_of_an_open_transfer(group: Group, acme: Organization) -> None:
    key = open_transfer(group, acme)
    with pytest.raises(IntegrityError, match="cannot go from organization"):
        take_names("", acme)
    take_names(key, acme)


def test_names_go_to_the_target_of_the_transfer_only(group: Group, acme: Organization) -> None:
    key = open_transfer(group, acme)
    with pytest.raises(IntegrityError, match="cannot go from organization"):
        take_names(key, make_organization("more"))


def test_a_transfer_that_is_over_takes_no_names(group: Group, acme: Organization) -> None:
    key = open_transfer(group, acme, state="done", pod_id=None, ended_at=Now())
    with pytest.raises(IntegrityError, match="cannot go from organization"):
        take_names(key, acme)


def test_an_organization_of_a_transfer_stays_on_its_pod(group: Group, acme: Organization) -> None:
    begin("tools", "acme", "a test")
    with pytest.raises(IntegrityError, match="namespace_transfers_target_stays"), transaction.atomic(using="routes"):
        Organization.objects.using("routes").filter(pk=acme.pk).update(pod_id="pod_eu0", epoch=2)


def test_an_organization_that_gets_a_namespace_is_not_deleted(group: Group, acme: Organization) -> None:
    begin("tools", "acme", "a test")
    with pytest.raises(NotEmpty):
        close(acme)
