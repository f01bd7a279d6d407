"""docs/promotion.md, step by step: the primary of the shared schemas is lost for good, a replica takes its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cluster.external import on_servers_of
from tests.databases import database
from tests.failures.conftest import RETRY, ROW, row_of
from tests.failures.traffic import Clicks, traffic
from tests.pods.conftest import csrf_token
from tests.running_cluster import RunningCluster, eventually, running_cluster
from tests.visitor import SIGN_IN, Visitor
from topology.places import CHECKOUT, SOCKET_PORT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SIGN_UP = "/users/sign_up"
PROFILE = "/-/profile"
PAGE = CHECKOUT / "docs" / "promotion.md"
# Where groups are made: of GitLab.com Public, and of an organization in Europe.
PUBLIC, EUROPE = "/groups", "/organizations/europe/-/groups"
READERS = [
    Clicks(router, path, pod)
    for router in ("us", "eu")
    for path, pod in (("/ann-group", "pod_us0"), ("/eve-group", "pods in `eu`"))
]
LOST_GROUP = "eve-lost"
BEFORE = "before the promotion"
LOST, REPLICAS = "shared", ("shared-us", "shared-eu")
LAST_ID = "SELECT max(id) FROM {}"
SECRETS = dict.fromkeys(("PODS_SECRET_KEY", "PODS_ROUTER_SECRETS", "PODS_ROUTE_HASH_KEY"), "of the operator's own")
PATIENCE_SECONDS = 60.0
WHAT = "that primary lost, a replica promoted, and the pods restarted on another topology file"


@dataclass(frozen=True)
class Operated:
    """Pods and routers, and the servers beneath them that are an operator's own."""

    cluster: RunningCluster
    servers: RunningCluster

    def ask(self, server: str, statement: str, *values: object, schema: str = "postgres") -> Any:
        """The first column of the first row, as the superuser."""
        with database(self.servers, server, schema) as execute:
            rows = execute(statement, *values)
        return rows[0][0] if rows else None

    def let_them_catch_up(self) -> None:
        """Until both replicas show all that the primary has."""
        end = self.ask(LOST, "SELECT pg_current_wal_flush_lsn()")
        has_it = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
        for replica in REPLICAS:
            eventually(partial(self.ask, replica, has_it, end), PATIENCE_SECONDS)

    def cut_off(self) -> None:
        """From now on no replica receives anything: what is written is lost with the primary."""
        for replica in REPLICAS:
            self.ask(replica, "ALTER SYSTEM SET primary_conninfo = ''")
            self.ask(replica, "SELECT pg_reload_conf()")
            eventually(partial(self.ask, replica, "SELECT count(*) = 0 FROM pg_stat_wal_receiver"), PATIENCE_SECONDS)

    def lose_the_primary(self) -> None:
        """Killed, and without the file that it could start again with."""
        data = self.servers.places.server_data(self.servers.topology.server(LOST))
        (data / "global" / "pg_control").unlink()
        self.servers.kill(LOST)
        self.servers.ask("stop", LOST)


@pytest.fixture
def operated(tmp_path: Path) -> Iterator[Operated]:
    with running_cluster("--databases-only") as servers:
        topology_file = on_servers_of(servers, tmp_path / "external.toml")
        with running_cluster(topology_file=topology_file, environment=SECRETS) as cluster:
            yield Operated(cluster, servers)


def test_after_a_promotion_everything_goes_on(operated: Operated, request: pytest.FixtureRequest) -> None:
    cluster = operated.cluster
    with Visitor(cluster, "us") as ann, Visitor(cluster, "eu") as eve:
        before = life_before(operated, ann, eve)
        operated.cut_off()
        make_group(eve, EUROPE, LOST_GROUP)
        with traffic(cluster, READERS) as clicks:
            operated.lose_the_primary()
            with Visitor(cluster, "eu") as late:
                refused = late.fill_in(late.get(SIGN_IN), "ann")
                assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
            clicks.go_on(20)
            promoted = promote(operated)
            clicks.go_on(20)
            assert clicks.failed() == {}, "what is read does not need the primary"
            write_topology(cluster.topology_file, promoted)
            restart_pods(cluster)
            clicks.wait_for_good(4, PATIENCE_SECONDS)
        assert set(clicks.failed()) <= {RETRY}, "pods that were restarted"
        request.node.user_properties.append((ROW, row_of(WHAT, clicks)))
        assert_all_is_well(cluster)
        assert_life_goes_on(cluster, ann, eve)
        name_what_is_lost(cluster, eve)
    assert_signing_out_holds_everywhere(cluster)
    assert_settings_travel(cluster)
    for name, last in before.items():
        assert operated.ask(promoted, LAST_ID.format(name), schema=name) > last + 10_000, "ids are not given twice"


def life_before(operated: Operated, ann: Visitor, eve: Visitor) -> dict[str, int]:
    """What two people make, until both replicas have it; the last ids of `users` and `routes`."""
    sign_up(ann, "ann")
    make_group(ann, PUBLIC, "ann-group")
    sign_up(eve, "eve")
    make_organization(eve, "europe")
    make_group(eve, EUROPE, "eve-group")
    set_message(operated.cluster, BEFORE)
    operated.let_them_catch_up()
    return {name: operated.ask(LOST, LAST_ID.format(name), schema=name) for name in ("users", "routes")}


def promote(operated: Operated) -> str:
    """What the page says, with its own SQL; the replica that was promoted."""
    [skip_ids] = re.findall(r"```sql\n(DO .*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    received = "SELECT pg_last_wal_receive_lsn() - '0/0'"
    promoted, other = sorted(REPLICAS, key=lambda each: operated.ask(each, received), reverse=True)
    assert operated.ask(promoted, "SELECT pg_promote()")
    for schema in ("users", "routes", "admin"):
        operated.ask(promoted, skip_ids, schema=schema)
    operated.ask(promoted, "SELECT pg_create_physical_replication_slot(%s, true)", other.replace("-", "_"))
    socket = operated.servers.places.server_socket(operated.servers.topology.server(promoted))
    upstream = f"host={socket} port={SOCKET_PORT} user=replicator application_name={other}"
    operated.ask(other, f"ALTER SYSTEM SET primary_conninfo = '{upstream}'")
    operated.ask(other, "SELECT pg_reload_conf()")
    follows = "SELECT received_tli > 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'"
    eventually(partial(operated.ask, other, follows), PATIENCE_SECONDS)
    return promoted


def write_topology(file: Path, promoted: str) -> None:
    """The lost server is gone, the promoted one is the primary of all that it had, and the other follows it."""
    head, *parts = re.split(r"(?m)^(?=\[)", file.read_text(encoding="utf-8"))
    kept = [part for part in parts if not part.startswith(f"[servers.{LOST}]")]
    changed = [
        re.sub(r"replica_of = .+\n", "", part) if part.startswith(f"[servers.{promoted}]") else part for part in kept
    ]
    text = head + "".join(changed)
    file.write_text(text.replace(f'"{LOST}"', f'"{promoted}"'), encoding="utf-8")


def restart_pods(cluster: RunningCluster) -> None:
    """One after the other, each when the one before serves."""
    for pod in cluster.topology.pods:
        cluster.ask("stop", pod)
        cluster.ask("start", pod)
        eventually(partial(is_ready, f"{cluster.pod_url(pod)}/-/readiness"), PATIENCE_SECONDS)


def is_ready(url: str) -> bool:
    try:
        return httpx.get(url, timeout=20).status_code == 200
    except httpx.TransportError:
        return False


def assert_all_is_well(cluster: RunningCluster) -> None:
    cluster.wait_until_healthy()
    for pod in cluster.topology.pods:
        readiness = httpx.get(f"{cluster.pod_url(pod)}/-/readiness", timeout=20).json()
        assert readiness["degradations"] == []


def assert_life_goes_on(cluster: RunningCluster, ann: Visitor, eve: Visitor) -> None:
    """For people who were signed in before, with positions in the log of the server that is lost."""
    for visitor in (ann, eve):
        for visitor.region in ("us", "eu"):
            assert visitor.get(PROFILE).status_code == 200
    make_group(ann, PUBLIC, "ann-later")
    make_group(eve, EUROPE, "eve-later")
    pages = ("/ann-group", "/ann-later", "/eve-group", "/eve-later")
    for visitor in (ann, eve):
        for visitor.region in ("eu", "us"):
            assert {path: visitor.get(path).status_code for path in pages} == dict.fromkeys(pages, 200)
    with Visitor(cluster, "eu") as new:
        sign_up(new, "newcomer")


def name_what_is_lost(cluster: RunningCluster, eve: Visitor) -> None:
    """The group's name is lost, and its pod has it."""
    assert eve.get(f"/{LOST_GROUP}").status_code == 404
    # The first of the region's two empty pods.
    done = cluster.manage("janitor", "--lost-names", pod="pod_eu0")
    assert done.stdout == f"/{LOST_GROUP} is named again\n", done.stderr
    eventually(lambda: eve.get(f"/{LOST_GROUP}").status_code == 200, PATIENCE_SECONDS)


def sign_up(visitor: Visitor, username: str) -> None:
    fields = {"name": username, "username": username, "email": f"{username}@example.com", "password": "pods-demo"}
    assert visitor.submit(SIGN_UP, SIGN_UP, **fields).status_code == 302


def make_organization(visitor: Visitor, path: str) -> None:
    """In the visitor's region."""
    form = visitor.get("/organizations/new")
    fields = {"name": path, "path": path, "csrfmiddlewaretoken": csrf_token(form)}
    made = visitor.post("/users/organizations/new", fields)
    assert made.status_code == 302, made.text
    assert visitor.follow(made).status_code == 200


def make_group(visitor: Visitor, where: str, path: str) -> None:
    """A public one, which is there as soon as the answer is."""
    made = visitor.submit(f"{where}/new", where, name=path, path=path, visibility="public")
    assert visitor.follow(made).status_code == 200


def assert_signing_out_holds_everywhere(cluster: RunningCluster) -> None:
    """Somebody signs in anew, and ends the session in the other region."""
    session = f"{cluster.topology.instance}_session"
    with Visitor(cluster, "us") as here, Visitor(cluster, "eu") as there:
        here.sign_in("ann")
        there.cookies.set(session, here.cookies[session])
        assert there.get(PROFILE).status_code == 200
        here.submit("/users/sign_out", "/users/sign_out")
        assert [there.get(PROFILE).status_code for _ in range(5)] == [302] * 5


def assert_settings_travel(cluster: RunningCluster) -> None:
    """What was set before is in force, and what is set now will be."""
    forms = [f"{cluster.pod_url(pod)}{SIGN_IN}" for pod in cluster.topology.pods]
    assert [says(form, BEFORE) for form in forms] == [True] * len(forms)
    set_message(cluster, "after the promotion")
    for form in forms:
        eventually(partial(says, form, "after the promotion"), PATIENCE_SECONDS)


def set_message(cluster: RunningCluster, message: str) -> None:
    done = cluster.manage("settings", "set", "maintenance_message", message)
    assert done.returncode == 0, done.stderr


def says(url: str, text: str) -> bool:
    return text in httpx.get(url, timeout=20).text
