"""The shared schemas were restored: they agree with the pods again."""

from __future__ import annotations

import pytest
from django.db import connections

from monolith.namespaces.creation import create_namespace
from monolith.namespaces.models import Namespace
from operations.reconcile.names import reconcile_names
from operations.reconcile.numbers import record_ranges
from operations.reconcile.organizations import follow_pod
from organizations.models import Organization
from organizations.tenancy.models import OrganizationState
from organizations.tenancy.serving import serve
from routing.ids import apply_id_range, lease
from routing.models import IdRange, Route
from tests.cast import make_organization
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)
POD = "pod_us0"


@pytest.fixture
def acme() -> Organization:
    return make_organization("acme")


def test_an_organization_is_where_it_was_moved(acme: Organization) -> None:
    Organization.objects.filter(pk=acme.pk).update(pod_id="pod_eu0", epoch=2)
    OrganizationState.objects.filter(pk=acme.pk).update(epoch=3)
    assert list(follow_pod(POD)) == [f"organization acme ({acme.pk}) is on {POD}, where it was moved"]
    acme.refresh_from_db()
    assert (acme.pod_id, acme.epoch) == (POD, 3)
    assert list(follow_pod(POD)) == []


def test_an_older_state_of_a_pod_moves_nothing(acme: Organization) -> None:
    Organization.objects.filter(pk=acme.pk).update(pod_id="pod_eu0", epoch=2)
    assert list(follow_pod(POD)) == []


def test_a_lost_organization_is_told() -> None:
    serve(12345)
    [told] = follow_pod(POD)
    assert told.startswith(f"organization 12345 of {POD} is lost: ")


def test_a_lost_lease_is_written_again() -> None:
    apply_id_range(POD, "main", "ci")
    number = lease(POD)
    IdRange.objects.all().delete()
    assert list(record_ranges(POD)) == [f"range {number} of ids is leased to {POD} again"]
    assert lease(POD) == number
    assert list(record_ranges(POD)) == []


def test_a_range_that_another_pod_got_meanwhile_is_given_up() -> None:
    apply_id_range(POD, "main", "ci")
    number = lease(POD)
    IdRange.objects.update(pod_id="pod_eu0")
    [told] = record_ranges(POD)
    assert told.startswith(f"range {number} of ids was leased to pod_eu0 meanwhile; 19 tables of {POD} give ids from ")
    assert lease(POD) == number + 1
    with connections["main"].cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('namespaces', 'id')) >> 40")
        assert cursor.fetchone() == (number + 1,)


def test_lost_names_are_back_and_names_of_what_was_deleted_are_kept(acme: Organization) -> None:
    Namespace.objects.create(organization_id=acme.pk, path="kept", full_path="kept", name="Kept")
    deleted = create_namespace(acme.pk, "deleted", name="Deleted")
    Namespace.objects.filter(pk=deleted.pk).delete()
    told = list(reconcile_names(POD))
    assert told[0] == "/kept has its name again"
    assert told[1].startswith("/deleted (group ")
    assert dict(Route.objects.exclude(kind="reserved").values_list("path", "kind")) == {
        "kept": "live",
        "deleted": "tombstone",
    }
