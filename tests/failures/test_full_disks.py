"""A server that has no space left says so in words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import Execute, database
from tests.pods.conftest import Pods, csrf_token
from tests.running_cluster import RunningCluster, eventually

pytestmark = pytest.mark.slow

# As `mdextend` raises it (PostgreSQL manual, appendix A, class 53).
FULL = """
    CREATE FUNCTION pg_temp_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
    END $$
"""


@pytest.fixture
def full(cluster: RunningCluster) -> Iterator[Execute]:
    """The disk of pod_eu0's `main` takes no new issue."""
    with database(cluster, "pods-eu", "pod_eu0_main") as main:
        main(FULL)
        main("CREATE TRIGGER is_full BEFORE INSERT ON issues EXECUTE FUNCTION pg_temp_is_full()")
        try:
            yield main
        finally:
            main("DROP FUNCTION pg_temp_is_full CASCADE")


def test_what_it_cannot_store_is_refused_in_words(cluster: RunningCluster, full: Execute) -> None:
    pods = Pods(cluster)
    mia = pods.sign_in("mia", "pod_eu0")
    path = "/my-company/my-project/-/issues/new"
    form = pods.get("pod_eu0", path, cookies=mia)
    fields = {"title": "Too much", "csrfmiddlewaretoken": csrf_token(form)}
    refused = pods.ask("POST", "pod_eu0", path, data=fields, cookies=mia)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert "The disk of a database is full, so nothing was saved." in refused.text
    assert eventually(lambda: degradations(pods)) == [
        {"alias": alias, "problem": "its disk is full: it cannot store anything"} for alias in ("main", "ci")
    ]
    eventually(lambda: not degradations(pods))


def degradations(pods: Pods) -> list[dict[str, str]]:
    found: list[dict[str, str]] = pods.get("pod_eu0", "/-/readiness", router=False).json()["degradations"]
    return found
