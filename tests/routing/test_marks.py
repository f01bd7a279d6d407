"""A database that is older than it was is noticed."""

from __future__ import annotations

import pytest
from django.db import connections

from monolith.namespaces.models import Namespace
from organizations.models import Organization
from routing import marks
from routing.ids import apply_id_range
from routing.marks import LOST_BY_PROMOTION, Marker
from tests.cast import make_organization
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)
POD = "pod_us0"


@pytest.fixture
def ours() -> Organization:
    apply_id_range(POD, "main", "ci")
    return make_organization("ours")


def said() -> dict[str, int]:
    return {schema: each.mark for schema, each in marks.said_of(POD).items()}


def draw(organization: Organization, path: str) -> int:
    made = Namespace.objects.create(organization_id=organization.pk, path=path, full_path=path, name="A")
    return int(made.pk)


def set_back(schema: str, mark: int) -> None:
    """As after a restore."""
    with connections[schema].cursor() as cursor:
        cursor.execute(f"SELECT setval('{marks.SEQUENCE}', %s)", [mark])


def test_both_databases_are_marked_in_routes_too(ours: Organization) -> None:
    assert Marker(POD).round() == []
    assert said() == {schema: look.mark for schema in ("main", "ci") if (look := marks.look(schema))}


def test_a_new_id_raises_the_mark_and_is_known_to_routes(ours: Organization) -> None:
    marker = Marker(POD)
    marker.round()
    before = said()
    drawn = draw(ours, "a")
    marker.round()
    assert {schema: mark - before[schema] for schema, mark in said().items()} == {"main": 1, "ci": 0}
    assert marks.said_of(POD)["main"].drawn["namespaces_id_seq"] == drawn


def test_nothing_new_raises_no_mark(ours: Organization) -> None:
    marker = Marker(POD)
    marker.round()
    before = said()
    assert (marker.round(), said()) == ([], before)


@pytest.mark.parametrize("schema", ["main", "ci"])
def test_a_restored_database_is_older(ours: Organization, schema: str) -> None:
    marker = Marker(POD)
    marker.round()
    assert list(marks.older(POD)) == []
    set_back(schema, said()[schema] - 1)
    [found] = marks.older(POD)
    assert (found.pod, found.schema) == (POD, schema)
    assert f"the database '{schema}' of {POD} is older than its lease in routes says" in found.problem
    remedy = f"Stop the pod, then run: manage.py cluster reconcile {POD} (docs/backups.md)"
    assert found.remedy("manage.py {}".format) == remedy
    assert marker.round() == [found]
    assert said()[schema] == found_mark(schema) + 1, "a pod that found out changes nothing"


def found_mark(schema: str) -> int:
    look = marks.look(schema)
    assert look
    return look.mark


def test_a_new_database_in_the_place_of_a_lost_one_is_older(ours: Organization) -> None:
    Marker(POD).round()
    with connections["main"].cursor() as cursor:
        cursor.execute(f"DROP SEQUENCE {marks.SEQUENCE}")
    [found] = marks.older(POD)
    assert "this one has none" in found.problem


def test_what_a_crash_leaves_is_not_older(ours: Organization) -> None:
    Marker(POD).round()
    marks.raise_mark("main")
    assert list(marks.older(POD)) == []


def test_routes_that_a_promotion_set_back_by_seconds_are_not_older(ours: Organization) -> None:
    Marker(POD).round()
    set_back("main", said()["main"] + LOST_BY_PROMOTION)
    assert list(marks.older(POD)) == []


def test_restored_routes_are_older(ours: Organization) -> None:
    Marker(POD).round()
    set_back("main", said()["main"] + LOST_BY_PROMOTION + 1)
    [found] = marks.older(POD)
    assert found.schema == "routes"
    assert found.mended_by == "cluster reconcile --shared"


def test_a_pod_that_never_ran_is_not_older(ours: Organization) -> None:
    assert list(marks.older(POD)) == []
