"""A pod that gets what it does not own says whose it is, and processes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.databases import Execute, database
from tests.pods.conftest import Pods
from tests.running_cluster import RunningCluster, eventually

MY_ORGANIZATION = "SELECT id, epoch FROM organizations WHERE path = 'my-organization'"


@pytest.fixture
def organization_id(routes_sql: Execute) -> int:
    number: int = routes_sql(MY_ORGANIZATION)[0][0]
    return number


@pytest.fixture
def epoch(routes_sql: Execute) -> int:
    """The organization's, which grows with each of its moves."""
    number: int = routes_sql(MY_ORGANIZATION)[0][1]
    return number


@contextmanager
def state(sql: Execute, organization_id: int, name: str) -> Iterator[None]:
    """The organization is in this state on its pod, for the time of the block."""
    sql("UPDATE organization_state SET state = %s WHERE id = %s", name, organization_id)
    try:
        yield
    finally:
        sql("UPDATE organization_state SET state = 'active' WHERE id = %s", organization_id)


def test_it_names_the_owner(pods: Pods, epoch: int) -> None:
    answer = pods.get("pod_us1", "/my-company/my-project")
    assert answer.status_code == 421
    assert json.loads(answer.headers["X-Gitlab-Pod-Redirect"]) == {
        "path": "/my-company", "pod": "pod_eu0", "source": "routable", "epoch": epoch,
    }  # fmt: skip
    assert answer.headers["Cache-Control"] == "no-store"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_it_does_so_for_every_method(pods: Pods, method: str) -> None:
    assert pods.ask(method, "pod_us1", "/my-company/my-project").status_code == 421


@pytest.mark.parametrize("size", [1, 100_000, 1024 * 1024])
def test_it_reads_the_body_before(pods: Pods, size: int) -> None:
    before = pods.cluster.metrics("pod_us1")['pods_undrained_total{pod="pod_us1"}']
    answer = pods.ask("POST", "pod_us1", "/my-company/x", content=b"x" * size)
    assert answer.status_code == 421
    assert pods.cluster.metrics("pod_us1")['pods_undrained_total{pod="pod_us1"}'] == before


def test_it_lets_a_body_be_that_no_router_holds(pods: Pods) -> None:
    before = pods.cluster.metrics("pod_us1")['pods_undrained_total{pod="pod_us1"}']
    assert pods.ask("POST", "pod_us1", "/my-company/x", content=b"x" * (1024 * 1024 + 1)).status_code == 421
    assert pods.cluster.metrics("pod_us1")['pods_undrained_total{pod="pod_us1"}'] == before + 1


def test_it_reads_the_raw_path(pods: Pods) -> None:
    """`%2F` is part of the segment: one top-level name that nobody has, and not my-company."""
    answer = pods.get("pod_us0", "/my-company%2Fmy-project")
    told = answer.headers.get("X-Gitlab-Pod-Redirect", '{"path": "/my-company%2Fmy-project"}')
    assert json.loads(told)["path"] == "/my-company%2Fmy-project"


def test_it_believes_no_raw_path_without_the_secret(pods: Pods) -> None:
    forged = {"X-Gitlab-Raw-Path": "/gitlab-org/gitlab", "X-Gitlab-Router-Secret": "guessed"}
    assert pods.get("pod_us1", "/my-company/my-project", router=False, headers=forged).status_code == 421
    assert pods.get("pod_us0", "/my-company/my-project", router=False, headers=forged).status_code == 421


@pytest.mark.parametrize(
    ("pod", "path", "owner"),
    [
        ("pod_us1", "/dashboard", "pod_us0"),
        ("pod_eu0", "/admin", "pod_us0"),
        ("pod_us0", "/admin/pods/pod_eu1/projects", "pod_eu1"),
        ("pod_eu1", "/organizations/my-organization/-/dashboard", "pod_eu0"),
        ("pod_us1", "/-/brand-new-endpoint", "pod_us0"),
    ],
)
def test_it_does_so_for_every_kind_of_path(pods: Pods, pod: str, path: str, owner: str) -> None:
    answer = pods.get(pod, path)
    assert answer.status_code == 421
    assert json.loads(answer.headers["X-Gitlab-Pod-Redirect"])["pod"] == owner


ANY_PODS = {"/users/sign_in": 200, "/-/health": 200, "/assets/pods/pods.css": 200, "/": 200}


@pytest.mark.parametrize("pod", ["pod_us0", "pod_us1", "pod_eu0", "pod_eu1"])
def test_every_pod_serves_what_any_pod_may(pods: Pods, pod: str) -> None:
    found = {path: pods.get(pod, path).status_code for path in ANY_PODS}
    assert found == ANY_PODS


def test_an_owner_names_what_routers_may_remember(pods: Pods) -> None:
    answer = pods.get("pod_us0", "/gitlab-org/gitlab")
    assert answer.status_code == 200
    assert json.loads(answer.headers["X-Gitlab-Pod-Cache"]) == {"path_prefix": "/gitlab-org/"}
    assert answer.headers["X-Gitlab-Pod-Epoch"] == "1"


@pytest.mark.parametrize("path", ["/", "/dashboard", "/users/sign_in", "/-/brand-new-endpoint", "/-/health"])
def test_nothing_is_remembered_of_global_pages(pods: Pods, path: str) -> None:
    assert "X-Gitlab-Pod-Cache" not in pods.get("pod_us0", path).headers


def test_a_path_that_breaks_the_rules_is_told_as_learn_tells_it(pods: Pods) -> None:
    answer = pods.get("pod_us0", "/x", headers={"X-Gitlab-Raw-Path": "/my-company/%2e%2e/admin"}, router=False)
    assert answer.status_code != 400
    sent = {"X-Gitlab-Router-Secret": pods.secret, "X-Gitlab-Raw-Path": "/my-company/%2e%2e/admin"}
    answer = pods.get("pod_us0", "/x", headers=sent, router=False)
    assert answer.status_code == 400
    assert answer.json()["field"] == "path_info"


def test_rows_prove_nothing_while_an_organization_is_being_moved(
    pods: Pods, eu0_sql: Execute, organization_id: int
) -> None:
    for name in ("incoming", "moved"):
        with state(eu0_sql, organization_id, name):
            answer = pods.get("pod_eu0", "/my-company/my-project")
            assert answer.status_code == 503, name
            assert answer.headers["Retry-After"] == "1"
            # What comes in is served in a moment; what has left is not, whatever `routes` says.
            assert answer.headers.get("X-Gitlab-Pod-Fenced") == ("1" if name == "incoming" else None)
    assert pods.get("pod_eu0", "/my-company/my-project").status_code == 302


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_fenced_organization_is_read(pods: Pods, eu0_sql: Execute, organization_id: int, method: str) -> None:
    cookies = pods.sign_in("mia")
    open_ = pods.ask(method, "pod_eu0", "/my-company/my-project", cookies=cookies)
    with state(eu0_sql, organization_id, "fenced"):
        fenced = pods.ask(method, "pod_eu0", "/my-company/my-project", cookies=cookies)
    assert fenced.status_code == open_.status_code != 503
    assert "X-Gitlab-Pod-Fenced" not in fenced.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/my-company/my-project/-/issues/new", "/api/v4/projects/my-company%2Fmy-project"])
def test_nothing_is_begun_that_may_write_to_a_fenced_organization(
    pods: Pods, eu0_sql: Execute, organization_id: int, method: str, path: str
) -> None:
    before = pods.cluster.metrics("pod_eu0")['pods_undrained_total{pod="pod_eu0"}']
    with state(eu0_sql, organization_id, "fenced"):
        answer = pods.ask(method, "pod_eu0", path, content=b"x" * 100_000)
    assert (answer.status_code, answer.headers["Retry-After"], answer.headers["X-Gitlab-Pod-Fenced"]) == (503, "1", "1")
    assert "This organization is being moved." in answer.text
    assert "ry again in a moment." in answer.text
    assert "set-cookie" not in answer.headers
    assert pods.cluster.metrics("pod_eu0")['pods_undrained_total{pod="pod_eu0"}'] == before


def test_a_view_that_hits_the_fence_and_has_saved_nothing_is_sent_again(
    pods: Pods, eu0_sql: Execute, organization_id: int, routes_sql: Execute
) -> None:
    """`main` still serves; the gate of the table is shut, as for a request that was a moment too early."""
    token = {"PRIVATE-TOKEN": "glpat-demo-mia"}
    issues = "/api/v4/projects/my-company%2Fmy-project/issues"
    eu0_sql(SHUT_FOR_TABLES)
    try:
        answer = pods.ask("POST", "pod_eu0", issues, headers=token, json={"title": "too early"})
        group = {"name": "Too Early", "path": "too-early"}
        made = pods.ask("POST", "pod_eu0", "/api/v4/organizations/my-organization/groups", headers=token, json=group)
    finally:
        eu0_sql("DROP TRIGGER a_test ON issues; DROP TRIGGER a_test ON namespaces; DROP FUNCTION shut_for_a_test()")
    for each in (answer, made):
        assert (each.status_code, each.headers["Retry-After"]) == (503, "1")
        assert each.headers["X-Gitlab-Pod-Fenced"] == "1"
        said = "503 Service Unavailable: This organization is being moved. Try again in a moment."
        assert each.json() == {"message": said}
    assert eu0_sql("SELECT 1 FROM issues WHERE title = 'too early'") == []
    # The name is nobody's at once, and the second try gets it.
    assert routes_sql("SELECT kind FROM routes WHERE key = 'too-early'") == []


SHUT_FOR_TABLES = """
CREATE FUNCTION shut_for_a_test() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'organization % takes no writes here', NEW.organization_id USING ERRCODE = '55M01';
END $$;
CREATE TRIGGER a_test BEFORE INSERT ON issues FOR EACH ROW EXECUTE FUNCTION shut_for_a_test();
CREATE TRIGGER a_test BEFORE INSERT ON namespaces FOR EACH ROW EXECUTE FUNCTION shut_for_a_test();
"""


def test_a_pod_tells_where_a_row_is_that_it_made(
    pods: Pods, eu0_sql: Execute, organization_id: int, epoch: int
) -> None:
    """By the row, while its copy lies here; by its id afterwards. The organization's own pod serves it."""
    [(todo,)] = eu0_sql("SELECT min(id) FROM todos WHERE organization_id = %s", organization_id)
    path = f"/api/v4/todos/{todo}/mark_as_done"
    served = pods.ask("POST", "pod_eu0", path)
    assert served.status_code == 401
    with database(pods.cluster, "pods-us", "pod_us1_main") as us1_sql:
        us1_sql("INSERT INTO departed_ids (kind, id, organization_id) VALUES ('todos', %s, %s)", todo, organization_id)
        try:
            told = pods.ask("POST", "pod_us1", path)
        finally:
            us1_sql("DELETE FROM departed_ids WHERE kind = 'todos' AND id = %s", todo)
    assert told.status_code == 421
    assert json.loads(told.headers["X-Gitlab-Pod-Redirect"]) == {
        "path": f"/api/v4/todos/{todo}", "pod": "pod_eu0", "source": "routable", "epoch": epoch,
    }  # fmt: skip


def test_a_pod_with_an_older_view_asks_the_primary(
    breakable_cluster: RunningCluster, pods: Pods, routes_sql: Execute, epoch: int
) -> None:
    """The organization's epoch grows; the replica of eu does not know yet."""
    organization = "UPDATE organizations SET epoch = %s WHERE path = 'my-organization'"
    breakable_cluster.lag("eu", "30s")
    try:
        routes_sql(organization, epoch + 4)
        old = pods.get("pod_eu0", "/my-company/my-project")
        assert old.headers["X-Gitlab-Pod-Epoch"] == f"{epoch}"
        told = pods.get("pod_eu0", "/my-company/my-project", headers={"X-Gitlab-Pod-Epoch": f"{epoch + 4}"})
        assert told.headers["X-Gitlab-Pod-Epoch"] == f"{epoch + 4}"
    finally:
        # An epoch never goes back; here it does, past the trigger, since other tests go on with the cluster.
        routes_sql("SET session_replication_role = replica")
        routes_sql(organization, epoch)
        breakable_cluster.lag("eu", "0")
        eventually(lambda: pods.get("pod_eu0", "/my-company/x").headers["X-Gitlab-Pod-Epoch"] == f"{epoch}")


def test_a_forged_epoch_costs_a_look_at_the_primary_and_nothing_else(pods: Pods, epoch: int) -> None:
    answer = pods.get("pod_eu0", "/my-company/my-project", headers={"X-Gitlab-Pod-Epoch": "999999999999999999"})
    assert answer.status_code == 302
    assert answer.headers["X-Gitlab-Pod-Epoch"] == f"{epoch}"
