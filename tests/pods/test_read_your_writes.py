"""People read their own writes on whichever pod comes next, however late its replica is."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.databases import Execute, database
from tests.pods.conftest import Pods
from tests.running_cluster import RunningCluster, eventually

PRIVATE = "/my-company/my-other-project"


@pytest.fixture
def lagging(breakable_cluster: RunningCluster) -> Iterator[RunningCluster]:
    """The replica of eu is half a minute late."""
    breakable_cluster.lag("eu", "30s")
    yield breakable_cluster
    breakable_cluster.lag("eu", "0")


def cookie(pods: Pods, kind: str) -> str:
    return f"{pods.cluster.topology.instance}_{kind}"


def catch_up(cluster: RunningCluster) -> None:
    """Until the replica of eu shows all that the primary has."""
    with database(cluster, "shared", "users") as primary, database(cluster, "shared-eu", "users") as replica:
        [(end,)] = primary("SELECT pg_current_wal_flush_lsn()")
        eventually(lambda: replica("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", end)[0][0])


def test_it_works(lagging: RunningCluster, pods: Pods) -> None:
    cookies = pods.sign_in("mia", pod="pod_us0")
    before = pods.cluster.metrics("pod_eu0")['pods_pinned_total{pod="pod_eu0"}']
    assert pods.get("pod_eu0", PRIVATE, cookies=cookies).status_code == 200
    assert pods.cluster.metrics("pod_eu0")['pods_pinned_total{pod="pod_eu0"}'] == before + 1


def test_a_caught_up_replica_is_read(pods: Pods) -> None:
    cookies = pods.sign_in("mia", pod="pod_eu0")
    catch_up(pods.cluster)
    before = pods.cluster.metrics("pod_eu0")['pods_pinned_total{pod="pod_eu0"}']
    assert pods.get("pod_eu0", PRIVATE, cookies=cookies).status_code == 200
    assert pods.cluster.metrics("pod_eu0")['pods_pinned_total{pod="pod_eu0"}'] == before


def test_a_session_that_the_replica_lacks_is_not_ended(lagging: RunningCluster, pods: Pods) -> None:
    """Without the token, as in another browser window that got its cookies a moment earlier."""
    cookies = pods.sign_in("mia")
    cookies.delete(cookie(pods, "positions"))
    answer = pods.get("pod_eu0", PRIVATE, cookies=cookies)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


def test_an_older_user_row_ends_no_session(lagging: RunningCluster, pods: Pods, users_sql: Execute) -> None:
    """The session is newer than the row, as after a change of the password: only the primary has both."""
    cookies = pods.sign_in("max")
    users_sql("UPDATE users SET is_active = is_active WHERE username = 'max'")
    cookies.delete(cookie(pods, "positions"))
    assert pods.get("pod_eu0", "/my-company", cookies=cookies).status_code == 200
    assert pods.get("pod_eu0", "/my-company", cookies=cookies).status_code == 200


def test_a_made_up_session_asks_nobody(lagging: RunningCluster, pods: Pods) -> None:
    cookies = httpx.Cookies({cookie(pods, "session"): "a" * 40})
    answer = pods.get("pod_eu0", PRIVATE, cookies=cookies)
    assert answer.status_code == 302


def test_a_forged_token_counts_for_nothing(lagging: RunningCluster, pods: Pods) -> None:
    before = pods.cluster.metrics("pod_eu0")['pods_pinned_total{pod="pod_eu0"}']
    for token in ("shared.1.ffffffffff:1tXYZ:AAAA", "x", "", "shared.1"):
        assert (
            pods.get("pod_eu0", PRIVATE, cookies=httpx.Cookies({cookie(pods, "positions"): token})).status_code == 302
        )
    assert pods.cluster.metrics("pod_eu0")['pods_pinned_total{pod="pod_eu0"}'] == before


def test_a_namespace_made_a_moment_ago_is_no_404(lagging: RunningCluster, pods: Pods, routes_sql: Execute) -> None:
    """Routes that the replica lacks: with the token the pod asks the primary before it says that there is nothing."""
    routes_sql(
        "INSERT INTO routes (path, kind, created_at, organization_id, pod_id, expires_at)"
        " SELECT 'just-made', 'tombstone', now(), id, pod_id, now() + '1 day'"
        " FROM organizations WHERE path = 'eu-makers'"
    )
    cookies = pods.sign_in("mia")
    stale = pods.get("pod_eu0", "/just-made").headers.get("X-Gitlab-Pod-Redirect", "")
    assert '"source": "routable"' not in stale
    told = pods.get("pod_eu0", "/just-made", cookies=cookies)
    assert told.status_code == 421
    assert '"pod": "pod_eu1", "source": "routable"' in told.headers["X-Gitlab-Pod-Redirect"]


WRITE = """
import json, time
from django.http import HttpResponse
from django.test import RequestFactory
from pods.middleware.positions import PositionsMiddleware
from users.models import User

def write(request):
    User.objects.filter(username="mia").update(name="Mia")
    return HttpResponse()

started = time.monotonic()
response = PositionsMiddleware(write)(RequestFactory().post("/"))
print(json.dumps({"seconds": time.monotonic() - started, "cookies": list(response.cookies)}))
from pods import counters
print([sample.labels["outcome"] for sample in counters.waits.collect()[0].samples if sample.name.endswith("total")])
"""


def test_who_sends_no_cookies_waits_for_the_replica(cluster: RunningCluster) -> None:
    done = cluster.manage("shell", "-c", WRITE, pod="pod_eu0")
    assert "['caught up']" in done.stdout, done.stderr


def test_they_do_not_wait_for_ever(lagging: RunningCluster) -> None:
    done = lagging.manage("shell", "-c", WRITE, pod="pod_eu0")
    assert "['too slow']" in done.stdout, done.stderr
    assert '"seconds": 2.' in done.stdout or '"seconds": 1.9' in done.stdout
