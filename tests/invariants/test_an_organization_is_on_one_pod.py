"""Invariant 1."""

from __future__ import annotations

import pytest
from django.db import connections

from organizations.models import GITLAB_COM_PUBLIC, Organization
from tests.databases import ALIASES
from tests.invariants.conftest import Refuses, Sql

pytestmark = pytest.mark.django_db(databases=ALIASES)

LIVE = (
    "INSERT INTO routes (path, kind, organization_id, pod_id, entity_type, entity_id, created_at) "
    "VALUES (%s, 'live', %s, %s, 'group', %s, now())"
)


def _versions(sql: Sql, organization: Organization) -> dict[str, str]:
    """Where each row's newest version lies."""
    rows = sql("routes", "SELECT path, ctid::text FROM routes WHERE organization_id = %s", organization.pk)
    return dict(rows)


def test_a_flip_is_one_update_and_touches_top_level_rows_only(sql: Sql, ours: Organization) -> None:
    for number, path in enumerate(("a", "b", "a/x", "a/x/y")):
        sql("routes", LIVE, path, ours.pk, None if "/" in path else "pod_us0", number)
    before = _versions(sql, ours)
    sql("routes", "UPDATE organizations SET pod_id = 'pod_eu0', epoch = epoch + 1 WHERE id = %s", ours.pk)
    after = _versions(sql, ours)
    assert {path for path in before if before[path] != after[path]} == {"a", "b"}
    assert sql("routes", "SELECT DISTINCT pod_id FROM routes WHERE path IN ('a', 'b')") == [("pod_eu0",)]


def test_a_flip_finds_its_rows_by_an_index(sql: Sql, ours: Organization) -> None:
    sql(
        "routes",
        "INSERT INTO routes (path, kind, organization_id, pod_id, entity_type, entity_id, created_at) "
        "SELECT 'name-' || n, 'live', %s, 'pod_us0', 'group', n, now() FROM generate_series(1, 2000) AS n",
        ours.pk,
    )
    sql("routes", "ANALYZE routes")
    plan = sql("routes", "EXPLAIN SELECT FROM routes WHERE organization_id = 1 AND pod_id = 'pod_us0'")
    assert "routes_organization_pod" in str(plan)


def test_a_top_level_route_on_another_pod_than_its_organization_is_refused(
    sql: Sql, ours: Organization, refuses: Refuses
) -> None:
    with refuses("routes", "routes_pod_is_the_organizations"):
        sql("routes", LIVE, "a", ours.pk, "pod_eu0", 1)


def test_one_top_level_route_cannot_be_flipped_alone(sql: Sql, ours: Organization, refuses: Refuses) -> None:
    sql("routes", LIVE, "a", ours.pk, "pod_us0", 1)
    with refuses("routes", "routes_pod_is_the_organizations"):
        sql("routes", "UPDATE routes SET pod_id = 'pod_eu0' WHERE path = 'a'")


def test_a_top_level_route_without_a_pod_is_refused(sql: Sql, ours: Organization, refuses: Refuses) -> None:
    with refuses("routes", "routes_pod_on_top_level"):
        sql("routes", LIVE, "a", ours.pk, None, 1)


def test_a_nested_route_with_a_pod_is_refused(sql: Sql, ours: Organization, refuses: Refuses) -> None:
    sql("routes", LIVE, "a", ours.pk, "pod_us0", 1)
    with refuses("routes", "routes_pod_on_top_level"):
        sql("routes", LIVE, "a/b", ours.pk, "pod_us0", 2)


def test_a_route_without_an_organization_is_refused(sql: Sql, refuses: Refuses) -> None:
    with refuses("routes", "routes_organization_unless_reserved"):
        sql("routes", LIVE, "a", None, "pod_us0", 1)


def test_a_route_of_an_unknown_organization_is_refused(sql: Sql, refuses: Refuses) -> None:
    with refuses("routes", "routes_pod_is_the_organizations"):
        sql("routes", LIVE, "a", 12345, "pod_us0", 1)


def test_a_nested_route_of_an_unknown_organization_is_refused(sql: Sql, ours: Organization, refuses: Refuses) -> None:
    sql("routes", LIVE, "a", ours.pk, "pod_us0", 1)
    with refuses("routes", "routes_descendant_is_of_its_top_level"):
        sql("routes", LIVE, "a/b", 12345, None, 2)


def test_a_nested_route_of_another_organization_is_refused(
    sql: Sql, ours: Organization, theirs: Organization, refuses: Refuses
) -> None:
    sql("routes", LIVE, "a", ours.pk, "pod_us0", 1)
    with refuses("routes", "routes_descendant_is_of_its_top_level"):
        sql("routes", LIVE, "A/b", theirs.pk, None, 2)


def test_a_nested_route_without_its_top_level_is_refused(sql: Sql, ours: Organization, refuses: Refuses) -> None:
    with refuses("routes", "routes_descendant_is_of_its_top_level"):
        sql("routes", LIVE, "a/b", ours.pk, None, 2)


def test_a_move_without_a_new_epoch_is_refused(sql: Sql, ours: Organization, refuses: Refuses) -> None:
    with refuses("routes", "organizations_epoch_grows"):
        sql("routes", "UPDATE organizations SET pod_id = 'pod_eu0' WHERE id = %s", ours.pk)


def test_an_epoch_never_goes_back(sql: Sql, ours: Organization, refuses: Refuses) -> None:
    sql("routes", "UPDATE organizations SET epoch = 7 WHERE id = %s", ours.pk)
    with refuses("routes", "organizations_epoch_grows"):
        sql("routes", "UPDATE organizations SET epoch = 6 WHERE id = %s", ours.pk)


def test_gitlab_com_public_is_there_and_cannot_be_moved(sql: Sql, refuses: Refuses) -> None:
    assert sql("routes", "SELECT path, pod_id FROM organizations WHERE id = 1") == [("gitlab-com-public", "pod_us0")]
    assert sql("main", "SELECT state FROM organization_state WHERE id = 1") == [("active",)]
    with refuses("routes", "organizations_gitlab_com_public_stays"):
        sql("routes", "UPDATE organizations SET pod_id = 'pod_eu0', epoch = 2 WHERE id = %s", GITLAB_COM_PUBLIC)


def test_an_organization_is_never_deleted(sql: Sql, ours: Organization, refuses: Refuses) -> None:
    with refuses("routes", "organizations_are_kept"):
        sql("routes", "DELETE FROM organizations WHERE id = %s", ours.pk)


def test_an_unknown_state_on_a_pod_is_refused(sql: Sql, ours: Organization, refuses: Refuses) -> None:
    with refuses("main", "organization_state_is_known"):
        sql("main", "UPDATE organization_state SET state = 'open' WHERE id = %s", ours.pk)


def test_constraints_on_routes_cannot_be_put_off() -> None:
    with connections["routes"].cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid = 'routes'::regclass AND condeferrable")
        deferrable = {name for (name,) in cursor.fetchall()}
    assert len(deferrable) == 1, "only Django's own, plain foreign key, which the composite ones repeat"
