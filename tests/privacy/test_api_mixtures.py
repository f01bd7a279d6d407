"""Nothing of one organization is read or written through another's API addresses, by any id or path in what is sent."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any, NamedTuple

import httpx
import pytest

from monolith.demo_facts import TOKEN
from tests.databases import database
from tests.patterns import built, pattern_of
from tests.privacy.test_mixtures import AT_A_TIME, VICTIMS, Ids, Theirs, ids_of, says_nothing
from tests.running_cluster import RunningCluster

Request = tuple[str, str, dict[str, Any] | None]

# Who has a home, and in it a group and project of theirs.
ATTACKERS = {"eva": ("eu-makers", "makers", "makers%2Fwidgets"), "max": ("my-organization", "my-company", "")}
CASES = [
    (who, victim, region)
    for (who, victim), region in zip(product(ATTACKERS, VICTIMS), ("us", "eu", "eu", "us"), strict=True)
    if (who, victim.organization) != ("max", "my-organization")
]
API = "/api/v4"
ISSUABLES = ("issues", "merge_requests")
NAMES = ("projects", "groups", "namespaces", "issues", "merge_requests", "todos")
OWNERS = {"my-organization": "mia", "other-organization": "alice"}
"""Who can make something in the victim's secret project."""


class Belongings(NamedTuple):
    """Ids of what belongs to a victim's secret project, and of one of its members."""

    person: int = 999_999_005
    note: int = 999_999_006
    token: int = 999_999_007
    label: int = 999_999_008
    milestone: int = 999_999_009
    thread: str = f"{999_999_010:040x}"


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


def searches(organization: str, victim: Theirs, ids: Ids) -> Iterator[Request]:
    """Lists that look for what is theirs."""
    words = f"search={victim.secret}"
    for key in (organization, victim.organization, ids.organization):
        yield "GET", f"/organizations/{key}/search?scope=projects&{words}", None
        yield "GET", f"/organizations/{key}/events", None
        yield "GET", f"/organizations/{key}/projects?{words}&starred=true", None
    for key in (victim.group, ids.namespace):
        for scope in ("projects", *ISSUABLES):
            yield "GET", f"/groups/{key}/search?scope={scope}&{words}", None
            yield "GET", f"/groups/{key}/{scope}?{words}", None
    for key in (f"{victim.group}%2F{victim.secret}", ids.project):
        for scope in (*ISSUABLES, "milestones"):
            yield "GET", f"/projects/{key}/search?scope={scope}&{words}", None
        yield "GET", f"/projects/{key}/events", None


def marks(mine: str, victim: Theirs, ids: Ids, theirs: Belongings) -> Iterator[Request]:
    """Labels, milestones, stars and threads of theirs: in their project, and asked for below one's own."""
    keys = (f"{victim.group}%2F{victim.secret}", ids.project)
    for key in (*keys, *([mine] if mine else [])):
        yield from _each_way(f"/projects/{key}/labels/{theirs.label}", {"color": "#000000"})
        yield "PUT", f"/projects/{key}/labels", {"label_id": theirs.label, "color": "#000000"}
        yield "DELETE", f"/projects/{key}/labels?label_id={theirs.label}", None
        yield from _each_way(f"/projects/{key}/milestones/{theirs.milestone}", {"title": "stolen"})
        for kind in ISSUABLES:
            yield "GET", f"/projects/{key}/milestones/{theirs.milestone}/{kind}", None
            thread = f"/projects/{key}/{kind}/1/discussions/{theirs.thread}"
            yield "GET", thread, None
            yield "POST", f"{thread}/notes", {"body": "stolen"}
            yield from _each_way(f"{thread}/notes/{theirs.note}", {"body": "stolen"})
            yield "PUT", f"/projects/{key}/{kind}/1", {"milestone_id": theirs.milestone}
    for key in keys:
        yield "GET", f"/projects/{key}/labels", None
        yield "GET", f"/projects/{key}/milestones", None
        yield "POST", f"/projects/{key}/labels", {"name": "stolen", "color": "#000000"}
        yield "POST", f"/projects/{key}/milestones", {"title": "stolen"}
        for button in ("archive", "unarchive", "star", "unstar"):
            yield "POST", f"/projects/{key}/{button}", None
        for kind in ISSUABLES:
            yield "GET", f"/projects/{key}/{kind}/1/discussions", None
            yield "POST", f"/projects/{key}/{kind}/1/discussions", {"body": "stolen"}
            for button in ("subscribe", "unsubscribe"):
                yield "POST", f"/projects/{key}/{kind}/1/{button}", None


def people(group: str, mine: str, victim: Theirs, ids: Ids, theirs: Belongings) -> Iterator[Request]:
    """A member of theirs, with their token."""
    yield "GET", f"/users/{theirs.person}", None
    yield "GET", f"/personal_access_tokens/{theirs.token}", None
    yield "DELETE", f"/personal_access_tokens/{theirs.token}", None
    for key in (f"{victim.group}%2F{victim.secret}", ids.project, *([mine] if mine else [])):
        yield "GET", f"/projects/{key}/members/all/{theirs.person}", None
    for key in (victim.group, ids.namespace, group):
        yield "GET", f"/groups/{key}/members/all/{theirs.person}", None


def below(group: str, mine: str, victim: Theirs, ids: Ids, theirs: Belongings) -> Iterator[Request]:
    """What is in theirs, with and without its own number, and what is theirs asked for below one's own."""
    person, note = theirs.person, theirs.note
    escaped = f"{victim.group}%2F{victim.secret}"
    member = {"access_level": 50}
    for key, kind in product((escaped, ids.project), ISSUABLES):
        yield "GET", f"/projects/{key}/{kind}/1", None
        yield "PUT", f"/projects/{key}/{kind}/1", {"title": "stolen"}
        yield "GET", f"/projects/{key}/{kind}/1/notes", None
        yield "POST", f"/projects/{key}/{kind}/1/notes", {"body": "stolen"}
        yield "POST", f"/projects/{key}/{kind}/1/todo", None
        yield from _each_way(f"/projects/{key}/{kind}/1/notes/{note}", {"body": "stolen"})
    for key in (escaped, ids.project):
        yield "POST", f"/projects/{key}/merge_requests", {"title": "stolen", "source_branch": "stolen"}
        yield from _each_way(f"/projects/{key}/members/{person}", member)
    for key in (victim.group, ids.namespace):
        yield "GET", f"/groups/{key}/members/all", None
        yield "PUT", f"/groups/{key}", {"name": "stolen", "path": "stolen", "visibility": "public"}
        yield "POST", f"/groups/{key}/members", {"username": "eva", "access_level": 50}
        yield from _each_way(f"/groups/{key}/members/{person}", member)
    for key in (victim.organization, ids.organization):
        yield "GET", f"/organizations/{key}", None
        yield "POST", f"/organizations/{key}/todos/mark_as_done", None
    # A small number may be that of an issue of one's own.
    for kind, number in product(ISSUABLES, (each for each in (*ids, note) if each > 1000)) if mine else ():
        yield "PUT", f"/projects/{mine}/{kind}/{number}", {"title": "stolen"}
        yield "POST", f"/projects/{mine}/{kind}/{number}/notes", {"body": "stolen"}
        yield "POST", f"/projects/{mine}/{kind}/{number}/todo", None
        yield from _each_way(f"/projects/{mine}/{kind}/1/notes/{number}", {"body": "stolen"})
    for place in (f"/groups/{group}", *([f"/projects/{mine}"] if mine else [])):
        yield from _each_way(f"{place}/members/{person}", member)
    for each in ids:
        yield "POST", "/projects", {"path": "stolen", "namespace_id": each}
        yield "POST", "/groups", {"path": "stolen", "parent_id": each}


def _each_way(path: str, body: dict[str, Any]) -> Iterator[Request]:
    yield "GET", path, None
    yield "PUT", path, body
    yield "DELETE", path, None


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


def mixtures(organization: str, group: str, mine: str, victim: Theirs, ids: Ids, theirs: Belongings) -> list[Request]:
    """All of these."""
    return [
        *reads(organization, victim, ids),
        *searches(organization, victim, ids),
        *marks(mine, victim, ids, theirs),
        *people(group, mine, victim, ids, theirs),
        *below(group, mine, victim, ids, theirs),
        *writes(organization, group, mine, victim, ids),
    ]


def test_every_address_is_in_a_mixture() -> None:
    """Of those with a place for a path or an id."""
    ids, sent = Ids(999_999_001, 999_999_002, 999_999_003, 999_999_004), set()
    for (organization, group, mine), victim in product(ATTACKERS.values(), VICTIMS):
        for method, path, _ in mixtures(organization, group, mine, victim, ids, Belongings()):
            sent.add((method, pattern_of(f"{API}{path}")))
    there = {
        (method, pattern)
        for pattern, methods in built().items()
        for method in methods - {"HEAD"}
        if pattern.startswith(f"{API}/") and "<" in pattern
    }
    assert sorted(there - sent) == [], "ask for what is theirs by each"


@pytest.fixture(scope="module")
def belongings(cluster: RunningCluster) -> Iterator[dict[Theirs, Belongings]]:
    """What each victim's secret project has besides the demo's: a label, a milestone and a thread, named as it is."""
    made = {victim: _made(cluster, victim) for victim in VICTIMS}
    yield made
    for victim, theirs in made.items():
        with _owner(cluster, victim) as owner:
            for end in (
                f"labels/{theirs.label}",
                f"milestones/{theirs.milestone}",
                f"issues/1/discussions/{theirs.thread}/notes/{theirs.note}",
            ):
                owner.delete(end).raise_for_status()


@pytest.mark.slow
@pytest.mark.parametrize(("who", "victim", "region"), CASES, ids=lambda value: getattr(value, "organization", value))
def test_no_mixture_reads_or_writes_anything(
    cluster: RunningCluster, belongings: dict[Theirs, Belongings], who: str, victim: Theirs, region: str
) -> None:
    organization, group, mine = ATTACKERS[who]
    ids = ids_of(cluster, victim)
    asked = mixtures(organization, group, mine, victim, ids, belongings[victim])
    before = _rows(cluster, victim)
    with httpx.Client(
        base_url=f"{cluster.url(region)}/api/v4",
        headers={"PRIVATE-TOKEN": TOKEN.format(username=who)},
        timeout=20,
        follow_redirects=True,
    ) as client:

        def wrong(request: Request) -> str:
            method, path, body = request
            answer = client.request(method, path, json=body) if body is not None else client.request(method, path)
            locations = [each.headers.get("location", "") for each in (*answer.history, answer)]
            shows = victim.secret in answer.text or any(victim.secret in location for location in locations)
            changes = method != "GET" and answer.status_code not in {400, 403, 404}
            told = f"{method} {path} {body}: {answer.status_code} {locations} {answer.text}"
            return told if shows or changes or says_nothing(answer) else ""

        with ThreadPoolExecutor(AT_A_TIME) as threads:
            assert list(filter(None, threads.map(wrong, asked))) == []
    assert _rows(cluster, victim) == before


def _owner(cluster: RunningCluster, victim: Theirs) -> httpx.Client:
    """The owner of the victim's secret project, at the project's address."""
    return httpx.Client(
        base_url=f"{cluster.url('eu')}{API}/projects/{victim.group}%2F{victim.secret}",
        headers={"PRIVATE-TOKEN": TOKEN.format(username=OWNERS[victim.organization])},
        timeout=20,
    )


def _made(cluster: RunningCluster, victim: Theirs) -> Belongings:
    with _owner(cluster, victim) as owner:
        label = owner.post("labels", json={"name": victim.secret, "color": "#112233"}).raise_for_status().json()
        milestone = owner.post("milestones", json={"title": victim.secret}).raise_for_status().json()
        thread = owner.post("issues/1/discussions", json={"body": victim.secret}).raise_for_status().json()
    note = thread["notes"][0]
    with database(cluster, "shared", "users") as execute:
        [(token,)] = execute(
            "SELECT min(id) FROM personal_access_tokens WHERE user_id = %s AND revoked_at IS NULL", note["author"]["id"]
        )
    return Belongings(note["author"]["id"], note["id"], token, label["id"], milestone["id"], thread["id"])


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
            "labels",
            "label_links",
            "milestones",
            "subscriptions",
            "stars",
        ):
            found += execute(f"SELECT count(*) FROM {table} WHERE organization_id = {_organization(victim)}")
        found += execute("SELECT count(*) FROM todos WHERE state = 'pending'")
    return found


def _organization(victim: Theirs) -> str:
    return f"(SELECT organization_id FROM namespaces WHERE full_path = '{victim.group}')"
