"""Requests to the pods of the running cluster, as a router sends them or straight to a pod's own address."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from monolith.demo_facts import PASSWORD
from tests.databases import Execute, database
from tests.running_cluster import RunningCluster


class Pods:
    """A client of the pods; with `router=True` it has a router's secret and tells the raw path."""

    def __init__(self, cluster: RunningCluster) -> None:
        self.cluster = cluster
        self.secret: str = json.loads(cluster.places.secrets.read_text(encoding="utf-8"))["router_secrets"][0]

    def get(self, pod: str, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", pod, path, **options)

    def ask(
        self,
        method: str,
        pod: str,
        path: str,
        *,
        router: bool = True,
        headers: dict[str, str] | None = None,
        cookies: httpx.Cookies | None = None,
        **options: Any,
    ) -> httpx.Response:
        sent = dict(headers or {})
        if router:
            sent |= {"X-Gitlab-Router-Secret": self.secret, "X-Gitlab-Raw-Path": path.partition("?")[0]}
        with httpx.Client(cookies=cookies, timeout=20) as client:
            return client.request(method, f"{self.cluster.pod_url(pod)}{path}", headers=sent, **options)

    def sign_in(self, username: str, pod: str = "pod_us0") -> httpx.Cookies:
        """The cookies of somebody who is signed in, token of positions included."""
        cookies = httpx.Cookies()
        form = self.get(pod, "/users/sign_in")
        cookies.update(form.cookies)
        fields = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": csrf_token(form)}
        answer = self.ask("POST", pod, "/users/sign_in", data=fields, cookies=cookies)
        assert answer.status_code == 302, answer.text
        cookies.update(answer.cookies)
        return cookies


def csrf_token(form: httpx.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"', form.text)
    assert found, form.text
    return found[1]


@pytest.fixture(scope="session")
def pods(cluster: RunningCluster) -> Pods:
    return Pods(cluster)


@pytest.fixture(scope="session")
def people(pods: Pods) -> Callable[[str], httpx.Cookies]:
    """The cookies of a person of the demo, signed in once."""
    known: dict[str, httpx.Cookies] = {}

    def signed_in(username: str) -> httpx.Cookies:
        if username not in known:
            known[username] = pods.sign_in(username)
        return known[username]

    return signed_in


@pytest.fixture
def routes_sql(cluster: RunningCluster) -> Iterator[Execute]:
    with database(cluster, "shared", "routes") as execute:
        yield execute


@pytest.fixture
def eu0_sql(cluster: RunningCluster) -> Iterator[Execute]:
    """On `main` of pod_eu0."""
    with database(cluster, "pods-eu", "pod_eu0_main") as execute:
        yield execute


@pytest.fixture
def users_sql(cluster: RunningCluster) -> Iterator[Execute]:
    with database(cluster, "shared", "users") as execute:
        yield execute


@pytest.fixture
def eu1_sql(cluster: RunningCluster) -> Iterator[Execute]:
    """On `main` of pod_eu1."""
    with database(cluster, "pods-eu", "pod_eu1_main") as execute:
        yield execute
