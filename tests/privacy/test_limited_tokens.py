"""Every address of the API, asked with tokens that are limited to one organization, through both routers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import unquote

import httpx
import pytest

from tests.databases import database
from tests.privacy.api import API
from tests.privacy.test_mixtures import AT_A_TIME
from tests.privacy.visitors import Page
from tests.running_cluster import RunningCluster, eventually

KEYED = [
    page
    for pattern, pages in API.items()
    if pattern.startswith(("/api/v4/projects/<", "/api/v4/groups/<", "/api/v4/organizations/<"))
    for page in pages
]
GROUP_OF = {
    "my-organization": ("my-company", "my-project", "my-other-project", "my-organization"),
    "gitlab-com-public": ("gitlab-org", "gitlab-com-public"),
    "other-organization": ("not-my-company", "alice"),
    "eu-makers": ("eu-makers",),
}
"""By which part of its address one tells whose it is."""
LIMITS = [
    ("mia", "my-organization"),
    ("team-member", "my-organization"),
    ("team-member", "gitlab-com-public"),
    ("root", "gitlab-com-public"),
    ("eva", "eu-makers"),
]
"""Whose token is limited to what. Root sees everything with any other one."""
# One's own, of the request or of the time.
OWN_HEADERS = frozenset({"content-length", "date", "x-request-id", "set-cookie"})


@pytest.fixture(scope="module")
def tokens(cluster: RunningCluster) -> Iterator[dict[tuple[str, str], str]]:
    """A token of each, known everywhere."""
    made = {(who, path): f"glpat-limited-{who}-{path}" for who, path in LIMITS}
    with database(cluster, "shared", "users") as users, database(cluster, "shared", "routes") as routes:
        for (who, path), token in made.items():
            [(organization_id,)] = routes("SELECT id FROM organizations WHERE path = %s", path)
            users(
                "INSERT INTO personal_access_tokens (user_id, name, digest, scope, organization_id, created_at) "
                "SELECT id, 'limited', %s, 'api', %s, now() FROM users WHERE username = %s",
                hashlib.sha256(token.encode()).hexdigest(), organization_id, who,
            )  # fmt: skip
        for region in cluster.topology.routers:
            for token in made.values():
                eventually(partial(_is_known, cluster, region, token))
        yield made
        users("DELETE FROM personal_access_tokens WHERE name = 'limited'")


def test_whose_each_address_is_can_be_told() -> None:
    assert [page.path for page in KEYED if not owners_of(page)] == []


@pytest.mark.slow
@pytest.mark.parametrize("limit", LIMITS, ids="-".join)
@pytest.mark.parametrize("region", ["us", "eu"])
def test_another_organizations_address_is_as_if_absent(
    cluster: RunningCluster, tokens: dict[tuple[str, str], str], limit: tuple[str, str], region: str
) -> None:
    others = [page for page in KEYED if limit[1] not in owners_of(page)]
    assert len(others) > 30

    def wrong(page: Page) -> str:
        got, absent = (_ask(cluster, region, tokens[limit], path, page.method) for path in (page.path, absent_of(page)))
        return "" if _told(got) == _told(absent) else f"{page.method} {page.path}: {_told(got)} {_told(absent)}"

    with ThreadPoolExecutor(AT_A_TIME) as threads:
        assert [each for each in threads.map(wrong, others) if each] == []


@pytest.mark.parametrize("region", ["us", "eu"])
def test_lists_show_the_one_organization(
    cluster: RunningCluster, tokens: dict[tuple[str, str], str], region: str
) -> None:
    for (who, path), token in tokens.items():
        for name in ("projects", "groups", "namespaces", "issues", "merge_requests", "todos"):
            answer = _ask(cluster, region, token, f"/api/v4/{name}?per_page=100")
            named = _ask(cluster, region, token, f"/api/v4/organizations/{path}/{name}?per_page=100")
            assert (answer.status_code, answer.content) == (named.status_code, named.content), (who, path, name)
            assert answer.status_code == 200
        groups = {each["full_path"].partition("/")[0] for each in _ask(cluster, region, token, GROUPS_LIST).json()}
        foreign = {group for other, names in GROUP_OF.items() if other != path for group in names}
        assert not groups & foreign, (who, path)


@pytest.mark.parametrize("region", ["us", "eu"])
def test_graphql_is_asked_of_the_one_organization(
    cluster: RunningCluster, tokens: dict[tuple[str, str], str], region: str
) -> None:
    query = {"query": "{ organization { path } groups(first: 100) { count nodes { fullPath } } }"}
    paths = {path for _, path in LIMITS}
    for (who, path), token in tokens.items():

        def post(address: str, token: str = token) -> httpx.Response:
            return httpx.post(
                f"{cluster.url(region)}{address}", json=query, headers={"PRIVATE-TOKEN": token}, timeout=20
            )

        answer, named = post("/api/graphql"), post(f"/api/organizations/{path}/graphql")
        assert (answer.status_code, answer.content) == (named.status_code, named.content), (who, path)
        assert answer.json()["data"]["organization"] == {"path": path}
        groups = {each["fullPath"].partition("/")[0] for each in answer.json()["data"]["groups"]["nodes"]}
        foreign = {group for other, names in GROUP_OF.items() if other != path for group in names}
        assert not groups & foreign, (who, path)
        absent = post("/api/organizations/no-such-organization/graphql")
        assert absent.status_code == 404
        for other in paths - {path}:
            assert _told(post(f"/api/organizations/{other}/graphql")) == _told(absent), (who, other)


GROUPS_LIST = "/api/v4/groups?per_page=100"


def owners_of(page: Page) -> set[str]:
    """The organizations whose the address may be; several where one begins as another."""
    segments = unquote(page.path).split("/")
    return {organization for organization, names in GROUP_OF.items() if set(names) & set(segments)}


def absent_of(page: Page) -> str:
    """The same address of something that does not exist."""
    path = page.path
    for names in GROUP_OF.values():
        for name in names:
            path = path.replace(f"/{name}", f"/{name[:-1]}q", 1) if f"/{name}" in path else path
    return path


def _ask(cluster: RunningCluster, region: str, token: str, path: str, method: str = "GET") -> httpx.Response:
    url = f"{cluster.url(region)}{path}"
    return httpx.request(method, url, headers={"PRIVATE-TOKEN": token}, timeout=20)


def _is_known(cluster: RunningCluster, region: str, token: str) -> bool:
    return _ask(cluster, region, token, "/api/v4/user").status_code == 200


def _told(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    headers = {name: value for name, value in answer.headers.items() if name.lower() not in OWN_HEADERS}
    return answer.status_code, answer.content, headers
