"""The first page of each area: how much there is, and whether all is well."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.test import Client

from admin_area import glance
from organizations.models import Organization
from tests.admin_area.conftest import text_of
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)


def numbers(admin: Client, path: str) -> dict[str, str]:
    """What the page counts, and how many there are."""
    page = admin.get(path).content.decode()
    return {label.strip(): count for count, label in re.findall(r"<strong>([^<]+)</strong>([^<]+)</a></li>", page)}


def test_it_counts_what_people_can_use(admin: Client, acme: Organization) -> None:
    before = numbers(admin, "/admin")
    Organization.objects.create(path="gone", name="Gone", pod_id="pod_us0", state=Organization.State.DELETED)
    User.objects.create(username="one-more", email="one-more@example.com")
    after = numbers(admin, "/admin")
    assert after["organizations"] == before["organizations"] == str(Organization.objects.filter(state="active").count())
    assert (int(after["users"]), after["moves under way"]) == (int(before["users"]) + 1, "0")


def test_a_pod_counts_what_is_in_its_own_databases(admin: Client, project: Any) -> None:
    assert numbers(admin, "/admin/pods/pod_us0") == {"groups": "1", "projects": "1", "runners": "0", "jobs": "0"}


def test_it_stops_counting(admin: Client, acme: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    assert numbers(admin, "/admin")["organizations"] == "2"
    monkeypatch.setattr(glance, "MOST_COUNTED", 2)
    assert numbers(admin, "/admin")["organizations"] == "2"
    monkeypatch.setattr(glance, "MOST_COUNTED", 1)
    assert numbers(admin, "/admin")["organizations"] == "1+"


def test_a_database_that_cannot_be_read_hides_only_its_own_numbers(admin: Client, acme: Organization) -> None:
    def fail(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if "COUNT(*)" in sql:
            raise OperationalError("the server is down")
        return execute(sql, parameters, many, context)

    with connections["routes"].execute_wrapper(fail):
        found = numbers(admin, "/admin")
    assert (found["organizations"], found["moves under way"]) == ("unknown", "unknown")
    assert int(found["users"]) > 0


def test_it_tells_the_state_of_the_cluster_and_leads_to_the_rest(admin: Client) -> None:
    for path in ("/admin", "/admin/pods/pod_us0"):
        page = admin.get(path).content.decode()
        # No pods and routers run beside this test.
        told = text_of(page).partition("The cluster in detail")[0]
        assert "pod_us1, eu, pod_eu0 and pod_eu1 are down" in told
        assert "healthy" not in told
        assert 'href="/admin/cluster"' in page
        assert 'class="brand" href="/"' in page
        assert 'href="/-/profile"' in page
