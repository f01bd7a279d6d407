"""What a pod still does without its databases, and how soon it says what it cannot do."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from monolith.demo_facts import PASSWORD
from tests.databases import Execute
from tests.pods.conftest import Pods, csrf_token
from tests.running_cluster import RunningCluster, eventually

pytestmark = pytest.mark.slow

SOON_SECONDS = 4


def sign_in(pods: Pods, pod: str) -> httpx.Response:
    form = pods.get(pod, "/users/sign_in")
    fields = {"username": "mia", "password": PASSWORD, "csrfmiddlewaretoken": csrf_token(form)}
    return pods.ask("POST", pod, "/users/sign_in", data=fields, cookies=httpx.Cookies(form.cookies))


def test_without_the_primary_people_read_and_writes_are_refused_soon(
    breakable_cluster: RunningCluster, pods: Pods, people: Callable[[str], httpx.Cookies]
) -> None:
    mia = people("mia")
    breakable_cluster.ask("stop", "shared")
    assert pods.get("pod_eu0", "/my-company/my-other-project", cookies=mia).status_code == 200
    started = time.monotonic()
    refused = sign_in(pods, "pod_eu0")
    assert time.monotonic() - started < SOON_SECONDS
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "1"
    assert "<h1>Temporarily unavailable</h1>" in refused.text


def test_without_the_primary_nobody_is_signed_out(breakable_cluster: RunningCluster, pods: Pods) -> None:
    """A session that the replica does not have: nobody knows whether it is gone."""
    breakable_cluster.lag("eu", "60s")
    cookies = pods.sign_in("mia")
    cookies.delete(f"{pods.cluster.topology.instance}_positions")
    breakable_cluster.ask("stop", "shared")

    def is_refused() -> bool:
        answer = pods.get("pod_eu0", "/my-company", cookies=cookies)
        assert "set-cookie" not in answer.headers
        return answer.status_code == 503

    # As soon as the replica is known to be further behind than sessions may be.
    eventually(is_refused)
    breakable_cluster.ask("start", "shared")
    assert eventually(lambda: pods.get("pod_eu0", "/my-company", cookies=cookies).status_code == 200)


def test_without_replica_and_primary_a_pod_shows_what_its_own_database_proves(
    breakable_cluster: RunningCluster, pods: Pods
) -> None:
    for server in ("shared", "shared-eu"):
        breakable_cluster.ask("stop", server)
    assert pods.get("pod_eu1", "/makers/widgets").status_code == 200
    for path in ("/my-company", "/nobodys", "/organizations/eu-makers/-/dashboard"):
        started = time.monotonic()
        assert pods.get("pod_eu1", path).status_code == 503, path
        assert time.monotonic() - started < SOON_SECONDS


def test_without_main_a_page_is_refused_soon(breakable_cluster: RunningCluster, pods: Pods) -> None:
    breakable_cluster.ask("stop", "pods-eu")
    started = time.monotonic()
    assert pods.get("pod_eu1", "/makers/widgets").status_code == 503
    assert time.monotonic() - started < SOON_SECONDS
    assert pods.get("pod_eu1", "/users/sign_in").status_code == 200


def test_a_read_whose_connection_broke_is_tried_again(pods: Pods, users_sql: Execute, eu1_sql: Execute) -> None:
    """As after a server's restart: each thread of the pod has connections that are gone."""
    for sql in (users_sql, eu1_sql):
        for _ in range(4):
            assert pods.get("pod_eu1", "/makers/widgets").status_code == 200
        sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'pods'")
        assert [pods.get("pod_eu1", "/makers/widgets").status_code for _ in range(4)] == [200] * 4


def test_a_statement_that_takes_too_long_is_ended(pods: Pods, eu1_sql: Execute) -> None:
    """A lock on a table that a page reads: the thread is free again after the statement's limit."""
    eu1_sql("BEGIN")
    eu1_sql("LOCK TABLE projects")
    try:
        started = time.monotonic()
        assert pods.get("pod_eu1", "/makers/widgets").status_code == 503
        assert time.monotonic() - started < 10
    finally:
        eu1_sql("ROLLBACK")
    assert pods.get("pod_eu1", "/makers/widgets").status_code == 200
