"""Organizations and routes as the demo cluster has them, committed, so that the replica's alias sees them too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections, transaction

from organizations.models import GITLAB_COM_PUBLIC, Organization
from routing.ids import pods_of_birth
from routing.models import IdRange, Route
from routing.reserved import reserve_words

MY_PROJECT = 2 * 2**40 + 7
MY_COMPANY = 2 * 2**40 + 3
PODS_OF_RANGES = {0: "pod_us0", 1: "pod_us1", 2: "pod_eu0", 3: "pod_eu1"}
ORGANIZATIONS = {
    "my-organization": "pod_eu0",
    "other-organization": "pod_us1",
    "eu-makers": "pod_eu1",
    "Closed-Organization": "pod_eu1",
}
TOP_LEVEL = {
    "gitlab-com-public": ["gitlab-org", "0040", "root"],
    "my-organization": ["my-company"],
    "other-organization": ["alice", "john.doe", "Gitlab-Org-Foundation", "administrators", "api-docs", "users-group"],
    "eu-makers": ["makers"],
    "Closed-Organization": ["closed-company"],
}


@pytest.fixture(scope="package")
def routes(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Organization]]:
    """The rows, made once for all tests of this folder."""
    with django_db_blocker.unblock():
        with transaction.atomic("routes"):
            organizations = _organizations()
            for path, names in TOP_LEVEL.items():
                for number, name in enumerate(names):
                    _live(organizations[path], name, "group", organizations[path].pk * 1000 + number)
            _others(organizations)
            Organization.objects.using("routes").filter(path="Closed-Organization").update(state="deleted")
        pods_of_birth.forget()
        reserve_words()
        yield organizations
        with transaction.atomic("routes"), connections["routes"].cursor() as cursor:
            # Triggers keep names for good.
            for table in ("routes", "organizations"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute("DELETE FROM routes WHERE kind <> 'reserved' OR path = 'next-word'")
            cursor.execute("DELETE FROM organizations WHERE id <> %s", [GITLAB_COM_PUBLIC])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in ("routes", "organizations"):
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute("DELETE FROM id_ranges")
        pods_of_birth.forget()


def _organizations() -> dict[str, Organization]:
    public, _ = Organization.objects.using("routes").get_or_create(
        pk=GITLAB_COM_PUBLIC, defaults={"path": "gitlab-com-public", "name": "GitLab.com Public", "pod_id": "pod_us0"}
    )
    made = {
        path: Organization.objects.using("routes").create(path=path, name=path, pod_id=pod)
        for path, pod in ORGANIZATIONS.items()
    }
    for number, pod in PODS_OF_RANGES.items():
        IdRange.objects.using("routes").get_or_create(number=number, defaults={"pod_id": pod})
    return {"gitlab-com-public": public, **made}


def _others(organizations: dict[str, Organization]) -> None:
    """One row of each other kind, and what lies below a top-level name."""
    mine = organizations["my-organization"]
    top_level = Route.objects.using("routes").get(path="my-company")
    Route.objects.using("routes").filter(pk=top_level.pk).update(entity_id=MY_COMPANY)
    _live(mine, "my-company/my-project", "project", MY_PROJECT)
    _live(organizations["Closed-Organization"], "closed-company/secret", "project", 55)
    _row(mine, "old-company", "redirect", redirects_to=top_level)
    _row(mine, "buried-company", "tombstone", expires_at="2100-01-01T00:00Z")
    claim = "00000000-0000-4000-8000-000000000001"
    _row(mine, "coming-company", "claim", entity_type="group", claim_key=claim, expires_at="2100-01-01T00:00Z")
    Route.objects.using("routes").create(path="next-word", kind="reserved")


def _live(organization: Organization, path: str, entity_type: str, entity_id: int) -> None:
    _row(organization, path, "live", entity_type=entity_type, entity_id=entity_id)


def _row(organization: Organization, path: str, kind: str, **more: Any) -> None:
    pod = None if "/" in path else organization.pod_id
    Route.objects.using("routes").create(path=path, kind=kind, organization=organization, pod_id=pod, **more)
