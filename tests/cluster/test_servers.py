"""The embedded servers: what they are made of, and what they survive."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cluster.exceptions import DiskTooSmall, ServerBroken
from cluster.folders import MIB, check_disk
from cluster.making import is_made
from cluster.postgres import STANDBY_SIGNAL, EmbeddedServer
from cluster.programs import VERSION
from cluster.replication import LagInvalid, parse_lag
from tests.cluster.processes import processes_of
from tests.running_cluster import RunningCluster, eventually
from topology import Server
from topology.places import SOCKET_PORT

pytestmark = pytest.mark.slow


def query(cluster: RunningCluster, server: str, statement: str, *, database: str = "postgres") -> Any:
    """The first column of the first row."""
    socket = cluster.places.server_socket(cluster.topology.server(server))
    with psycopg.connect(
        host=str(socket), port=SOCKET_PORT, user="postgres", dbname=database, autocommit=True, connect_timeout=5
    ) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def test_every_schema_has_its_database_where_the_topology_says(servers: RunningCluster) -> None:
    def databases(server: str) -> set[str]:
        found = query(servers, server, "SELECT array_agg(datname::text) FROM pg_database WHERE NOT datistemplate")
        return set(found) - {"postgres"}

    assert databases("shared") == {"users", "routes", "admin"}
    assert databases("pods-us") == {"pod_us0_main", "pod_us0_ci", "pod_us1_main", "pod_us1_ci"}
    assert databases("pods-eu") == {"pod_eu0_main", "pod_eu0_ci", "pod_eu1_main", "pod_eu1_ci"}


def test_servers_listen_on_sockets_only(servers: RunningCluster) -> None:
    assert query(servers, "shared", "SHOW listen_addresses") == ""


def test_the_application_is_no_superuser(servers: RunningCluster) -> None:
    assert query(servers, "shared", "SELECT rolsuper FROM pg_roles WHERE rolname = 'pods'") is False


def test_replicas_follow_their_primary(servers: RunningCluster) -> None:
    query(servers, "shared", "CREATE TABLE follows (x int)", database="routes")
    position = query(servers, "shared", "SELECT pg_current_wal_flush_lsn()::text")
    replayed = f"SELECT pg_last_wal_replay_lsn() >= '{position}'"
    for replica in ("shared-us", "shared-eu"):
        eventually(partial(query, servers, replica, replayed))
        assert query(servers, replica, "SELECT count(*) FROM follows", database="routes") == 0


def test_lag_delays_a_region_and_can_be_taken_back(servers: RunningCluster) -> None:
    query(servers, "shared", "CREATE TABLE lags (x int)", database="routes")
    servers.command("lag", "eu", "2s")
    eventually(lambda: query(servers, "shared-eu", "SHOW recovery_min_apply_delay") == "2s")
    query(servers, "shared", "INSERT INTO lags VALUES (1)", database="routes")

    def seen(replica: str) -> bool:
        there = query(servers, replica, "SELECT to_regclass('lags') IS NOT NULL", database="routes")
        return bool(there and query(servers, replica, "SELECT count(*) FROM lags", database="routes"))

    eventually(lambda: seen("shared-us"), 1)
    assert not seen("shared-eu")
    assert servers.processes()["shared-eu"]["state"] == "running"
    eu = servers.part("shared-eu")
    assert eu["replication"]["asked_lag_ms"] == 2000

    servers.command("lag", "eu", "0")
    eventually(lambda: seen("shared-eu"), 1.5)


@pytest.mark.parametrize("time", ["soon", "-1s", "1h", "500 ms", "11min", ""])
def test_a_lag_that_is_none_says_what_would_be_one(time: str) -> None:
    with pytest.raises(LagInvalid, match="for example 500ms"):
        parse_lag(time)


@pytest.mark.parametrize(("time", "milliseconds"), [("0", 0), ("500ms", 500), ("2s", 2000), ("10min", 600_000)])
def test_a_lag_has_a_unit(time: str, milliseconds: int) -> None:
    assert parse_lag(time) == milliseconds


def test_a_lag_names_the_regions(servers: RunningCluster) -> None:
    done = servers.command("lag", "mars", "1s", check=False)
    assert done.returncode == 1
    assert "this topology has no region 'mars'; known: us, eu" in done.stderr


@pytest.mark.parametrize("name", ["shared", "shared-eu", "pods-us"])
def test_a_killed_server_is_back_with_its_data(servers: RunningCluster, name: str) -> None:
    before = servers.kill(name)
    eventually(lambda: servers.pid(name) not in {None, before})
    servers.wait_until_healthy()
    assert query(servers, name, "SELECT count(*) FROM pg_database WHERE NOT datistemplate") > 1


def test_a_server_that_was_stopped_stays_so_until_it_is_started(servers: RunningCluster) -> None:
    servers.command("stop", "shared-us")
    assert servers.processes()["shared-us"]["state"] == "stopped"
    assert servers.command("status", check=False).returncode == 1
    servers.command("start", "shared-us")
    servers.wait_until_healthy()
    assert servers.command("status").returncode == 0


def test_a_replica_whose_slot_is_lost_is_made_anew(servers: RunningCluster) -> None:
    before = servers.pid("shared-eu")
    receiver = query(servers, "shared-eu", "SELECT pid FROM pg_stat_wal_receiver")
    os.kill(receiver, signal.SIGSTOP)
    try:
        sender = "SELECT active_pid FROM pg_replication_slots WHERE slot_name = 'shared_eu'"
        query(servers, "shared", f"SELECT pg_terminate_backend(({sender}), 2000)")
        query(servers, "shared", "SELECT pg_drop_replication_slot('shared_eu')")
    finally:
        os.kill(receiver, signal.SIGCONT)
    eventually(lambda: servers.pid("shared-eu") not in {None, before}, 30)
    servers.wait_until_healthy()
    assert "creating it again" in servers.log("shared-eu", 200)


def test_a_stopped_replica_whose_slot_is_lost_is_made_anew(servers: RunningCluster) -> None:
    servers.ask("stop", "shared-us")
    query(servers, "shared", "SELECT pg_drop_replication_slot('shared_us')")
    query(servers, "shared", "CREATE TABLE made_meanwhile (x int)", database="users")
    servers.ask("start", "shared-us")
    servers.wait_until_healthy()
    assert query(servers, "shared-us", "SELECT count(*) FROM made_meanwhile", database="users") == 0


def test_a_name_that_is_none_lists_those_that_are(servers: RunningCluster) -> None:
    done = servers.command("stop", "pod_nope", check=False)
    assert done.returncode == 1
    assert "this cluster has no process 'pod_nope'; its processes are: shared, shared-us" in done.stderr


def test_too_little_disk_is_told_before_anything_starts(servers: RunningCluster) -> None:
    with pytest.raises(DiskTooSmall, match=r"has 10 MiB free, but 5 database servers need \d+ MiB; free some space"):
        check_disk(servers.topology, servers.places, free=lambda folder: 10 * MIB)


def test_enough_disk_is_no_news(servers: RunningCluster) -> None:
    check_disk(servers.topology, servers.places, free=lambda folder: 10_000 * MIB)


def test_a_supervisor_killed_while_it_makes_servers_leaves_nothing_half_made(folder: Any) -> None:
    cluster = RunningCluster(folder)
    supervisor = cluster.spawn("--databases-only")
    eventually(lambda: list(cluster.places.data.glob("postgres/.*.making")))
    supervisor.kill()
    supervisor.wait(10)
    eventually(lambda: not processes_of(cluster))
    try:
        cluster.up("--databases-only")
        cluster.wait_until_healthy()
        assert not list(cluster.places.data.glob("postgres/.*.making"))
    finally:
        cluster.down()
        shutil.rmtree(cluster.places.sockets)


def test_a_replica_with_missing_files_is_made_anew_and_a_primary_is_not(folder: Any) -> None:
    cluster = RunningCluster(folder)
    try:
        cluster.up("--databases-only")
        cluster.down()
        data = {name: cluster.places.server_data(server) for name, server in cluster.topology.servers.items()}
        (data["shared-us"] / "PG_VERSION").unlink()
        cluster.up("--databases-only")
        cluster.wait_until_healthy()
        cluster.down()

        (data["pods-eu"] / "PG_VERSION").unlink()
        assert cluster.spawn("--databases-only").wait(60) == 1
        assert "is damaged: PostgreSQL files are missing" in cluster.log("supervisor")
        assert (data["pods-eu"] / "global" / "pg_control").is_file()
        assert not processes_of(cluster)
    finally:
        cluster.down()
        shutil.rmtree(cluster.places.sockets, ignore_errors=True)


def test_a_primary_with_the_files_of_a_replica_is_refused(tmp_path: Path) -> None:
    """Of a topology that was changed before the replica was promoted: beginning a primary's life is not our choice."""
    (tmp_path / "global").mkdir()
    for name, text in (("PG_VERSION", VERSION), ("global/pg_control", ""), (STANDBY_SIGNAL, "")):
        (tmp_path / name).write_text(text)
    nothing: Any = None
    server = EmbeddedServer(Server(name="shared-us", region="us"), tmp_path, tmp_path, None, nothing, nothing, False)
    with pytest.raises(ServerBroken, match=r"promote it before you change the topology"):
        is_made(server)
    assert is_made(replace(server, primary_socket=tmp_path))
