"""Invariant 7."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import DataError, IntegrityError, connections, transaction
from django.test.utils import CaptureQueriesContext

from monolith.namespaces.models import Namespace
from organizations.models import Organization
from routing import ids
from routing.ids import RANGE_SIZE, IdRangesExhausted, apply_id_range, bounds, lease, pod_of_birth, range_of
from routing.models import MAX_RANGES, IdRange
from tests.databases import ALIASES
from tests.invariants.conftest import Refuses, Sql

pytestmark = pytest.mark.django_db(databases=ALIASES)

TABLES = {
    "main": (
        "namespaces",
        "namespace_members",
        "projects",
        "project_members",
        "issues",
        "merge_requests",
        "notes",
        "history_lines",
        "todos",
        "recents",
        "labels",
        "label_links",
        "milestones",
        "subscriptions",
        "stars",
        "burials",
    ),
    "ci": ("pipelines", "jobs", "runners"),
}


@pytest.fixture(autouse=True)
def _remember_no_ranges() -> Iterator[None]:
    ids.pods_of_birth.forget()
    yield
    ids.pods_of_birth.forget()


def _group(organization: Organization, path: str) -> int:
    namespace = Namespace.objects.create(organization_id=organization.pk, path=path, full_path=path, name="A")
    return int(namespace.pk)


def test_the_legacy_pod_has_range_0_and_each_other_pod_its_own() -> None:
    assert [lease(pod) for pod in ("pod_eu0", "pod_us0", "pod_us1", "pod_eu0")] == [1, 0, 2, 1]


def test_ranges_do_not_overlap_and_javascript_keeps_their_ids() -> None:
    assert bounds(0) == (1, RANGE_SIZE - 1)
    assert bounds(7)[1] + 1 == bounds(8)[0]
    assert bounds(MAX_RANGES - 1)[1] == 2**53 - 1
    assert {range_of(each) for each in bounds(5)} == {5}


def test_every_table_draws_its_ids_from_the_pods_range(ours: Organization, sql: Sql) -> None:
    first, last = bounds(lease("pod_eu0"))
    apply_id_range("pod_eu0", "main", "ci")
    for schema, tables in TABLES.items():
        drawn = {
            table: sql(schema, "SELECT nextval(pg_get_serial_sequence(%s, 'id'))", table)[0][0] for table in tables
        }
        assert all(first <= number <= last for number in drawn.values()), drawn


def test_every_identity_column_is_known() -> None:
    for schema, tables in TABLES.items():
        with connections[schema].cursor() as cursor:
            cursor.execute(
                "SELECT attrelid::regclass::text FROM pg_attribute WHERE attidentity <> '' AND attrelid >= 16384"
            )
            assert {table for (table,) in cursor.fetchall()} - {"django_migrations"} == set(tables)


def test_pods_never_draw_the_same_id(ours: Organization) -> None:
    apply_id_range("pod_us0", "main", "ci")
    here = [_group(ours, f"a{number}") for number in range(3)]
    with transaction.atomic(using="main"):
        Namespace.objects.all().delete()
        apply_id_range("pod_eu0", "main", "ci")
        there = [_group(ours, f"a{number}") for number in range(3)]
        transaction.set_rollback(True, using="main")
    assert not set(here) & set(there)


def test_applying_again_changes_nothing(ours: Organization) -> None:
    assert apply_id_range("pod_eu0", "main", "ci") > 0
    before = _group(ours, "a")
    assert apply_id_range("pod_eu0", "main", "ci") == 0
    assert _group(ours, "b") > before


def test_an_existing_installation_goes_on_after_its_last_id(ours: Organization) -> None:
    before = _group(ours, "a")
    apply_id_range("pod_us0", "main", "ci")
    assert _group(ours, "b") == before + 1


def test_ids_that_came_back_with_a_backup_are_not_drawn_again(ours: Organization) -> None:
    first, _ = bounds(lease("pod_eu0"))
    Namespace.objects.create(id=first + 41, organization_id=ours.pk, path="a", full_path="a", name="A")
    apply_id_range("pod_eu0", "main", "ci")
    assert _group(ours, "b") == first + 42


def test_an_id_that_was_drawn_is_not_drawn_again_though_its_row_is_gone(ours: Organization, sql: Sql) -> None:
    apply_id_range("pod_us0", "main", "ci")
    lost = _group(ours, "a")
    Namespace.objects.filter(pk=lost).delete()
    # As before a migration: the sequence has lost its range, and knows what it drew.
    sql("main", "ALTER SEQUENCE namespaces_id_seq MAXVALUE 9223372036854775807")
    assert apply_id_range("pod_us0", "main", "ci") == 1
    assert _group(ours, "b") == lost + 1


def test_a_full_range_draws_no_more(ours: Organization, sql: Sql) -> None:
    _, last = bounds(lease("pod_eu0"))
    apply_id_range("pod_eu0", "main", "ci")
    sql("main", "SELECT setval(pg_get_serial_sequence('namespaces', 'id'), %s)", last)
    with pytest.raises(DataError, match="reached maximum value"), transaction.atomic(using="main"):
        _group(ours, "a")


def test_one_range_for_two_pods_is_refused() -> None:
    number = lease("pod_eu0")
    with pytest.raises(IntegrityError), transaction.atomic(using="routes"):
        IdRange.objects.create(number=number, pod_id="pod_eu1")


def test_a_range_beyond_2_to_53_is_refused(refuses: Refuses) -> None:
    with refuses("routes", "id_ranges_stay_below_2_to_53"):
        IdRange.objects.create(number=MAX_RANGES, pod_id="pod_eu1")


def test_no_range_is_left() -> None:
    IdRange.objects.create(number=MAX_RANGES - 1, pod_id="pod_gone")
    with pytest.raises(IdRangesExhausted, match="all 8192 are leased"):
        lease("pod_eu0")


def test_an_id_tells_its_pod_of_birth() -> None:
    ranges = {pod: lease(pod) for pod in ("pod_us0", "pod_eu0", "pod_us1")}
    assert {pod: pod_of_birth(bounds(number)[0]) for pod, number in ranges.items()} == {pod: pod for pod in ranges}
    assert {pod: pod_of_birth(bounds(number)[1]) for pod, number in ranges.items()} == {pod: pod for pod in ranges}


@pytest.mark.parametrize("row_id", [-1, 0, 5 * RANGE_SIZE, 2**53, 2**63, 10**30])
def test_an_id_of_no_leased_range_goes_to_the_legacy_pod(row_id: int) -> None:
    assert pod_of_birth(row_id) == "pod_us0"


def test_an_id_that_a_removed_pod_left_behind_goes_to_the_legacy_pod() -> None:
    assert pod_of_birth(bounds(lease("pod_gone"))[0]) == "pod_us0"


def test_made_up_ids_do_not_ask_the_database_again_and_again() -> None:
    with (
        CaptureQueriesContext(connections["routes"]) as primary,
        CaptureQueriesContext(connections["routes_replica"]) as replica,
    ):
        for number in range(100):
            pod_of_birth(number * RANGE_SIZE + 1)
    assert len(primary) + len(replica) == 1


def test_a_range_that_was_leased_meanwhile_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "REFRESH_SECONDS", 0)
    pod_of_birth(1)
    number = lease("pod_eu0")
    assert pod_of_birth(bounds(number)[0]) == "pod_eu0"
