"""A pod's database was restored: names and organizations agree with `routes` again, and ids are new."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections

from monolith.ci.models import Pipeline
from monolith.namespaces.creation import create_namespace, create_project, rename, transfer
from monolith.namespaces.models import Namespace, NamespaceMember, Project, Role
from operations.reconcile.guards import PodRuns, keep_from_starting, let_start, refuse_running
from operations.reconcile.names import reconcile_names
from operations.reconcile.numbers import lease_another_range, lost_numbers
from operations.reconcile.organizations import follow_routes
from operations.releases.announcing import Announcer
from organizations.models import Organization
from organizations.tenancy.models import OrganizationState
from routing import ids, marks
from routing.ids import apply_id_range, bounds, lease, range_of
from routing.marks import Marker
from routing.models import IdRange, Route
from routing.outcomes.restored import after_restore
from tests.cast import belong, make_organization, make_person
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)
POD = "pod_us0"


@pytest.fixture
def acme() -> Iterator[Organization]:
    apply_id_range(POD, "main", "ci")
    yield make_organization("acme")
    ids.pods_of_birth.forget()


def kinds() -> dict[str, str]:
    return dict(Route.objects.exclude(kind="reserved").values_list("path", "kind"))


def forget(*entities: Namespace | Project) -> None:
    """As a restore to before they were made does."""
    for entity in entities:
        type(entity).objects.filter(pk=entity.pk).delete()


def test_a_lost_project_leads_nowhere_and_nobody_gets_its_name(acme: Organization) -> None:
    group = create_namespace(acme.pk, "tools", name="Tools")
    lost = rename(create_project(group, "before", name="Lost"), "lost")
    forget(lost)
    assert list(reconcile_names(POD)) == [
        f"/tools/lost (project {lost.pk}) is lost; 2 names, with redirects to it, lead nowhere and are kept from others"
    ]
    assert kinds() == {"tools": "live", "tools/before": "tombstone", "tools/lost": "tombstone"}
    assert list(reconcile_names(POD)) == []


def test_a_lost_group_takes_along_what_is_lost_in_it(acme: Organization) -> None:
    group = create_namespace(acme.pk, "tools", name="Tools")
    inside = create_project(group, "inside", name="Inside")
    forget(inside, group)
    assert list(reconcile_names(POD)) == [
        f"/tools (group {group.pk}) is lost; 2 names, with redirects to it, lead nowhere and are kept from others",
        f"/tools/inside (project {inside.pk}) is lost",
    ]


def test_what_was_renamed_has_its_old_name_and_the_new_one_redirects(acme: Organization) -> None:
    group = create_namespace(acme.pk, "old", name="Tools")
    create_project(group, "site", name="Site")
    rename(group, "new")
    Namespace.objects.update(path="old", full_path="old")
    Project.objects.update(full_path="old/site")
    assert list(reconcile_names(POD)) == ["/old has its name again"]
    assert kinds() == {"old": "live", "new": "redirect", "old/site": "live"}


def test_what_lay_in_a_lost_group_is_found_where_it_was(acme: Organization) -> None:
    home = create_namespace(acme.pk, "home", name="Home")
    site = create_project(home, "site", name="Site")
    lost = create_namespace(acme.pk, "lost", name="Lost")
    transfer(site, lost)
    Project.objects.update(namespace=home, full_path="home/site")
    forget(lost)
    told = list(reconcile_names(POD))
    assert told[0] == "/home/site has its name again"
    assert told[1].startswith(f"/lost (group {lost.pk}) is lost; 2 names")
    assert kinds() == {"home": "live", "home/site": "live", "lost": "tombstone", "lost/site": "tombstone"}


def test_what_was_deleted_since_is_back_without_a_name(acme: Organization) -> None:
    group = create_namespace(acme.pk, "tools", name="Tools")
    Route.objects.filter(path="tools").update(
        kind="tombstone", entity_type=None, entity_id=None, expires_at="2100-01-01T00:00Z"
    )
    [told] = reconcile_names(POD)
    assert told.startswith("/tools is back, and was deleted after the backup: delete it again; or keep it")
    assert Namespace.objects.filter(pk=group.pk).exists()


def test_a_users_lost_namespace_is_made_again(acme: Organization) -> None:
    newt = make_person("newt")
    lost = create_namespace(acme.pk, "newt", kind="user", owner_id=newt.pk, name="newt")
    forget(lost)
    assert list(reconcile_names(POD)) == [f"/newt (user {lost.pk}) was lost, and was made again without content"]
    made = Namespace.objects.get(full_path="newt")
    assert (made.owner_id, made.pk == lost.pk) == (newt.pk, False)
    assert Route.objects.get(path="newt").entity_id == made.pk
    assert list(reconcile_names(POD)) == []


def test_every_table_of_both_databases_gives_ids_of_a_range_that_none_gave(acme: Organization) -> None:
    drawn = create_namespace(acme.pk, "tools", name="Tools").pk
    before = lease(POD)
    told = lease_another_range(POD)
    number = lease(POD)
    assert number == before + 1
    assert f"19 tables of {POD} give ids from {bounds(number)[0]} to {bounds(number)[1]}" in told
    assert range_of(create_namespace(acme.pk, "more", name="More").pk) == number
    assert range_of(Pipeline.objects.create(organization_id=acme.pk, project_id=1, ref="main").pk) == number
    assert ids.pod_of_birth(drawn) == POD
    assert list(IdRange.objects.order_by("number").values_list("number", "pod_id")) == [(before, POD), (number, POD)]


def test_ids_that_were_given_since_are_listed_for_each_table(acme: Organization) -> None:
    kept = create_namespace(acme.pk, "kept", name="Kept")
    lost = create_namespace(acme.pk, "lost", name="Lost")
    Marker(POD).round()
    forget(lost)
    with connections["main"].cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('namespaces', 'id'), %s)", [kept.pk])
    assert list(lost_numbers(POD)) == [
        f"main: of namespaces, rows with ids after {kept.pk} up to {lost.pk} may be lost"
    ]


def test_the_pod_does_not_start_before_it_is_done(acme: Organization) -> None:
    Marker(POD).round()
    keep_from_starting(POD)
    assert [each.schema for each in marks.older(POD)] == ["main", "ci"]
    let_start(POD)
    assert list(marks.older(POD)) == []


def test_a_pod_that_runs_is_refused(acme: Organization) -> None:
    Announcer().announce(starts=True)
    refuse_running(["pod_eu0"])
    with pytest.raises(PodRuns, match=rf"these pods still run.*{POD}"):
        refuse_running([POD])


def test_an_organization_that_came_since_is_served_in_both_databases(acme: Organization) -> None:
    for schema in ("main", "ci"):
        OrganizationState.objects.using(schema).filter(pk=acme.pk)._raw_delete(schema)
    [told] = follow_routes(POD)
    assert told.startswith(f"organization acme ({acme.pk}) is served again: it came after the backup, and everything")
    states = {schema: OrganizationState.objects.using(schema).get(pk=acme.pk).state for schema in ("main", "ci")}
    assert states == dict.fromkeys(("main", "ci"), "active")
    assert list(follow_routes(POD)) == []


def test_an_organization_that_was_moved_away_since_is_not_served(acme: Organization) -> None:
    Organization.objects.filter(pk=acme.pk).update(pod_id="pod_eu0", epoch=2)
    assert list(follow_routes(POD)) == [f"organization acme ({acme.pk}) is on pod_eu0, so {POD} does not serve it"]
    state = OrganizationState.objects.get(pk=acme.pk)
    assert (state.state, state.epoch) == ("moved", 2)


def test_pipelines_of_lost_projects_are_forgotten(acme: Organization) -> None:
    group = create_namespace(acme.pk, "tools", name="Tools")
    kept, lost = (create_project(group, path, name=path) for path in ("kept", "lost"))
    for project in (kept, lost):
        Pipeline.objects.create(organization_id=acme.pk, project_id=project.pk, ref="main")
    forget(lost)
    assert list(after_restore()) == [f"pipelines of project {lost.pk}, which is lost or deleted, were deleted from ci"]
    assert list(Pipeline.objects.values_list("project_id", flat=True)) == [kept.pk]


def test_who_left_the_organization_since_is_in_no_group_of_it(acme: Organization) -> None:
    group = create_namespace(acme.pk, "tools", name="Tools")
    stayed, left = make_person("stayed"), make_person("left")
    belong(stayed, acme)
    for person in (stayed, left):
        NamespaceMember.objects.create(organization_id=acme.pk, namespace=group, user_id=person.pk, role=Role.DEVELOPER)
    assert list(after_restore()) == [
        f"user {left.pk} is no member of organization {acme.pk} any more; 1 memberships of groups and projects ended"
    ]
    assert list(NamespaceMember.objects.values_list("user_id", flat=True)) == [stayed.pk]
