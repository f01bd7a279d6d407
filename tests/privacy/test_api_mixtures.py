"""Nothing of one organization is read or written through another's API addresses, by any id or path in what is sent."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import httpx
import pytest

from cluster.demo_facts import TOKEN
from tests.pods.conftest import database
from tests.privacy.test_mixtures import VICTIMS, Ids, Theirs, ids_of
from tests.running_cluster import RunningCluster

Request = tuple[str, str, dict[str, Any] | None]

# Who has a home, and in it a group and project of theirs.
ATTACKERS = {"eva": ("eu-makers", "makers", "makers%2Fwidgets"), "max": ("my-organization", "my-company", "")}
CASES = [
    (who, victim, region)
    for (who, victim), region in zip(product(ATTACKERS, VICTIMS), ("us", "eu", "eu", "us"), strict=True)
    if (who, victim.organization) != ("max", "my-organization")
]
NAMES = ("projects", "groups", "namespaces", "issues", "merge_requests", "todos")


def reads(organization: str, victim: Theirs, ids: Ids) -> Iterator[Request]:
    """Lists and things of one's own, asked for with what is theirs."""
    escaped = f"{victim.group}%2F{victim.secret}"
    for page in NAMES:
        yield "GET", f"/organizations/{victim.organization}/{page}", None
        yield "GET", f"/organizations/{ids.organization}/{page}", None
        for each in ids:
            yield "GET", f"/organizations/{organization}/{page}?scope=all&id_after={each - 1}&pagination=keyset", None
            yield "GET", f"/organizations/{organization}/{page}/{each}", None
    for key in (escaped, ids.project):
        for end in ("", "/issues", "/issues/1", "/issues/1/notes", "/merge_requests", "/members", "/members/all"):
            yield "GET", f"/projects/{key}{end}", None
    for number in (ids.namespace, ids.project):
        for end in ("", "/projects", "/subgroups", "/members"):
            yield "GET", f"/groups/{number}{end}", None
        yield "GET", f"/namespaces/{number}", None


def writes(organization: str, group: str, mine: str, victim: Theirs, ids: Ids) -> Iterator[Request]:
    """Something of one's own made in, moved into or given to what is theirs; and what is theirs changed."""
    secret = f"{victim.group}/{victim.secret}"
    for each in ids:
        yield "POST", f"/organizations/{organization}/projects", {"path": "stolen", "namespace_id": each}
        yield "POST", f"/organizations/{organization}/groups", {"path": "stolen", "parent_id": each}
        yield "POST", f"/groups/{group}/transfer", {"group_id": each}
        yield "POST", f"/todos/{each}/mark_as_done", None
    for into in (victim.group, secret, ids.namespace, ids.project):
        if mine:
            yield "PUT", f"/projects/{mine}/transfer", {"namespace": into}
    for key in (secret.replace("/", "%2F"), ids.project):
        yield "PUT", f"/projects/{key}", {"name": "stolen", "path": "stolen", "visibility": "public"}
        yield "PUT", f"/projects/{key}/transfer", {"namespace": group}
        yield "POST", f"/projects/{key}/issues", {"title": "stolen"}
        yield "PUT", f"/projects/{key}/issues/1", {"title": "stolen"}
        yield "POST", f"/projects/{key}/issues/1/notes", {"body": "stolen"}
        yield "DELETE", f"/projects/{key}/issues/1", None
        yield "DELETE", f"/projects/{key}/merge_requests/1", None
        yield "POST", f"/projects/{key}/members", {"username": "eva", "access_level": 50}
        yield "DELETE", f"/projects/{key}", None
    for end, body in (("projects", {"path": "stolen"}), ("groups", {"path": "stolen"})):
        yield "POST", f"/organizations/{victim.organization}/{end}", body
    yield "DELETE", f"/groups/{ids.namespace}", None


@pytest.mark.slow
@pytest.mark.parametrize(("who", "victim", "region"), CASES, ids=lambda value: getattr(value, "organization", value))
def test_no_mixture_reads_or_writes_anything(cluster: RunningCluster, who: str, victim: Theirs, region: str) -> None:
    organization, group, mine = ATTACKERS[who]
    ids = ids_of(cluster, victim)
    before = _rows(cluster, victim)
    with httpx.Client(
        base_url=f"{cluster.url(region)}/api/v4", headers={"PRIVATE-TOKEN": TOKEN.format(username=who)}, timeout=20
    ) as client:
        for method, path, body in (*reads(organization, victim, ids), *writes(organization, group, mine, victim, ids)):
            answer = client.request(method, path, json=body) if body is not None else client.request(method, path)
            assert victim.secret not in answer.text, f"{method} {path}: {answer.text}"
            assert victim.secret not in answer.headers.get("location", "")
            if method != "GET":
                assert answer.status_code in {400, 403, 404}, f"{method} {path} {body}: {answer.status_code}"
    assert _rows(cluster, victim) == before


def _rows(cluster: RunningCluster, victim: Theirs) -> list[Any]:
    """What is in the victim's group, and how much there is of what somebody could have added."""
    below = "SELECT id, name, full_path, visibility FROM projects WHERE full_path LIKE %s ORDER BY id"
    with database(cluster, *victim.database) as execute:
        found = execute(below, f"{victim.group}/%")
        for table in (
            "issues",
            "merge_requests",
            "notes",
            "todos",
            "project_members",
            "namespace_members",
            "namespaces",
            "projects",
        ):
            found += execute(f"SELECT count(*) FROM {table} WHERE organization_id = {_organization(victim)}")
        found += execute("SELECT count(*) FROM todos WHERE state = 'pending'")
    return found


def _organization(victim: Theirs) -> str:
    return f"(SELECT organization_id FROM namespaces WHERE full_path = '{victim.group}')"
