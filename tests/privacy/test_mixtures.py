"""Nothing of one organization is reachable through another's URLs: paths and ids of both, mixed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import NamedTuple

import httpx
import pytest

from tests.concealment.conftest import Cookie
from tests.databases import database
from tests.running_cluster import RunningCluster

# Most of the time goes by while pods and routers hold what they conceal.
AT_A_TIME = 24


class Theirs(NamedTuple):
    """An organization with what is private in it."""

    organization: str
    group: str
    secret: str
    """Name of a project that the attackers may not see."""
    database: tuple[str, str]


VICTIMS = (
    Theirs("my-organization", "my-company", "my-other-project", ("pods-eu", "pod_eu0_main")),
    Theirs("other-organization", "not-my-company", "not-my-project", ("pods-us", "pod_us1_main")),
)
ATTACKERS = {
    # Who has a home, and an own organization and group with a project.
    "eva": ("eu-makers", "makers", "widgets"),
    "alice": ("other-organization", "alice", "dotfiles"),
    "max": ("my-organization", "my-company", "my-project"),
    "newcomer": ("gitlab-com-public", "gitlab-org", "gitlab"),
    "": ("eu-makers", "makers", "widgets"),
}
CASES = [
    # Each once, and half of them in either region.
    (who, victim, ("us", "eu")[at % 2])
    for at, (who, victim) in enumerate(product(ATTACKERS, VICTIMS))
    # Alice is a member of the other's private project.
    if (who, victim.organization) != ("alice", "other-organization")
]


class Ids(NamedTuple):
    organization: int
    namespace: int
    project: int
    issue: int


def ids_of(cluster: RunningCluster, victim: Theirs) -> Ids:
    with database(cluster, *victim.database) as execute:
        [found] = execute(
            "SELECT p.organization_id, p.namespace_id, p.id, min(i.id) FROM projects p"
            " JOIN issues i ON i.project_id = p.id WHERE p.full_path = %s GROUP BY p.id",
            f"{victim.group}/{victim.secret}",
        )
    return Ids(*found)


def mixtures(mine: tuple[str, str, str], victim: Theirs, ids: Ids) -> list[str]:
    """Addresses of one's own, each with something of theirs in a place where a name or an id may stand."""
    organization, group, project = mine
    secret = f"{victim.group}/{victim.secret}"
    escaped = secret.replace("/", "%2F")
    scoped = f"/organizations/{organization}/-"
    pages = ("dashboard", "projects", "groups", "issues", "merge_requests", "todos", "search", "members", "settings")
    searches = ("search", "search/suggestions.json")
    # Not all of it: what was asked for is repeated.
    begun = victim.secret[:-2]
    keys = (secret, escaped, victim.secret, victim.group, victim.organization, *map(str, ids))
    below = ("", "/-/issues", "/-/issues/1", "/-/edit", "/-/members", f"/-/issues/{ids.issue}")
    return [
        *(f"{scoped}/{page}/{key}" for page, key in product(pages, keys)),
        *(f"{scoped}/{key}" for key in keys),
        *(
            f"{scoped}/{page}?{name}={key}"
            for page, name, key in product(
                pages, ("organization", "organization_id", "project_id", "id"), (victim.organization, ids.project)
            )
        ),
        *(f"/organizations/{victim.organization}/-/{page}" for page in (*pages, *searches)),
        *(
            f"{place}?search={words}"
            for place, words in product(
                (*(f"{scoped}/{each}" for each in searches), *(f"/{each}" for each in searches), "/-/search"),
                (begun, f"{victim.group}/{begun}", victim.group, ids.project, ids.issue),
            )
        ),
        *(
            f"/organizations/{victim.organization}/-/search?search={begun}&kind={kind}"
            for kind in ("projects", "groups", "issues", "merge_requests", "people")
        ),
        *(f"/{group}/{key}{end}" for key, end in product(keys, below)),
        *(f"/{group}/{project}/{key}{end}" for key, end in product(keys, below)),
        *(f"/{group}/{project}/-/issues/{each}" for each in ids),
        *(f"/{group}/{project}/-/{kind}/{key}" for kind, key in product(("tree", "blob", "raw", "issues"), keys)),
        *(f"/{secret}{end}" for end in below),
        *(f"/{secret.upper()}{end}" for end in below),
        f"/{group}/{project}//{secret}",
        f"/{group}%2F..%2F{secret}",
        f"/groups/{group}/-/{secret}",
        f"/-/project/{ids.project}",
        *(f"/api/v4/organizations/{key}/projects" for key in (victim.organization, ids.organization)),
        *(f"/api/v4/organizations/{organization}/projects/{key}" for key in keys),
        *(f"/api/organizations/{organization}/{key}" for key in keys),
        *(f"/api/v4/projects/{key}{end}" for key, end in product((escaped, ids.project), ("", "/issues", "/issues/1"))),
        *(f"/api/v4/projects/{group}%2F{project}/{end}" for end in (f"issues/{ids.issue}", f"fork/{ids.project}")),
        *(f"/api/v4/groups/{key}/projects" for key in (victim.group, ids.namespace)),
        f"/api/v4/issues/{ids.issue}",
    ]


FORGED = {
    "X-Gitlab-Raw-Path": "/{secret}",
    "X-Gitlab-Pod": "pod_eu0",
    "X-Gitlab-Pod-Epoch": "999999",
    "X-Gitlab-Router-Secret": "guess",
    "X-Gitlab-Organization": "{organization}",
    "X-Original-URL": "/{secret}",
    "X-Rewrite-URL": "/{secret}",
    "X-HTTP-Method-Override": "PUT",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("who", "victim", "region"), CASES, ids=lambda value: getattr(value, "organization", value or "visitor")
)
def test_no_mixture_shows_anything(
    cluster: RunningCluster, cookie: Cookie, who: str, victim: Theirs, region: str
) -> None:
    asked = mixtures(ATTACKERS[who], victim, ids_of(cluster, victim))
    assert len(asked) > 150
    with httpx.Client(base_url=cluster.url(region), headers={"Cookie": cookie(who)}, timeout=20) as client:

        def leak(path: str) -> str:
            answer = client.get(path)
            wrong = says_nothing(answer) or _leaks(answer, path, victim)
            return f"{path}: {answer.status_code} {answer.text}" if wrong else ""

        with ThreadPoolExecutor(AT_A_TIME) as threads:
            assert list(filter(None, threads.map(leak, asked))) == []


@pytest.mark.slow
@pytest.mark.parametrize("header", FORGED)
@pytest.mark.parametrize("victim", VICTIMS, ids=lambda victim: victim.organization)
def test_no_forged_header_shows_anything(cluster: RunningCluster, cookie: Cookie, victim: Theirs, header: str) -> None:
    value = FORGED[header].format(secret=f"{victim.group}/{victim.secret}", organization=victim.organization)
    for path in ("/makers/widgets", "/organizations/eu-makers/-/dashboard", f"/{victim.group}/{victim.secret}"):
        answer = httpx.get(cluster.url("eu") + path, headers={"Cookie": cookie("eva"), header: value}, timeout=20)
        assert not _leaks(answer, path, victim), answer.text
        plain = httpx.get(cluster.url("eu") + path, headers={"Cookie": cookie("eva")}, timeout=20)
        assert (answer.status_code, answer.text) == (plain.status_code, plain.text)


def says_nothing(answer: httpx.Response) -> bool:
    """Whether somebody asked too much or too soon to learn what they would be shown."""
    return answer.status_code == 429 or answer.status_code >= 500


def _leaks(answer: httpx.Response, path: str, victim: Theirs) -> bool:
    """Whether an answer shows something of theirs, or leads to it. What was asked for may be repeated."""
    location = answer.headers.get("location", "")
    to_sign_in_or_home = location.startswith(("/users/sign_in", "/dashboard", "/organizations/"))
    if answer.is_redirect and not to_sign_in_or_home:
        return victim.secret in location
    return answer.status_code < 300 and victim.secret in answer.text


def test_the_test_would_see_a_leak(cluster: RunningCluster, cookie: Cookie) -> None:
    for who, victim in zip(("mia", "alice"), VICTIMS, strict=True):
        path = f"/{victim.group}/{victim.secret}"
        answer = httpx.get(cluster.url("us") + path, headers={"Cookie": cookie(who)}, timeout=20)
        assert _leaks(answer, path, victim)
