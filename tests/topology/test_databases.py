from __future__ import annotations

from pathlib import Path

import pytest

from tests.topology.test_load import SOUND
from topology import Topology, TopologyInvalid, load, parse
from topology.databases import databases_across_pods, databases_of, mover_conninfo
from topology.places import CHECKOUT, Places

PLACES = Places(data=Path("/data"), sockets=Path("/run"))


@pytest.fixture
def demo() -> Topology:
    return load(CHECKOUT / "topology" / "examples" / "demo.toml")


def test_it_gives_a_pod_its_own_main_and_ci_only(demo: Topology) -> None:
    databases = databases_of(demo, demo.pod("pod_eu0"), PLACES)
    assert databases["main"]["NAME"] == "pod_eu0_main"
    assert not [alias for alias in databases if alias.startswith("main_")]


def test_default_is_empty_so_that_an_unplaced_query_fails(demo: Topology) -> None:
    assert databases_of(demo, demo.pod("pod_eu0"), PLACES)["default"] == {}


@pytest.mark.parametrize("pod, replica", [("pod_us0", "shared-us"), ("pod_eu0", "shared-eu")])
def test_shared_schemas_are_written_in_one_region_and_read_in_ones_own(demo: Topology, pod: str, replica: str) -> None:
    databases = databases_of(demo, demo.pod(pod), PLACES)
    for schema in ("users", "routes", "admin"):
        assert databases[schema]["HOST"] == "/run/shared"
        assert databases[f"{schema}_replica"]["HOST"].split(",")[0] == f"/run/{replica}"


def test_reads_fall_back_to_the_primary(demo: Topology) -> None:
    reading = databases_of(demo, demo.pod("pod_eu0"), PLACES)["users_replica"]
    assert reading["HOST"].endswith(",/run/shared")
    assert reading["OPTIONS"]["target_session_attrs"] == "prefer-standby"


def test_a_single_pod_has_no_replica_alias() -> None:
    single = load(CHECKOUT / "topology" / "examples" / "single-pod.toml")
    databases = databases_of(single, single.pod("pod_0"), PLACES)
    assert not [alias for alias in databases if alias.endswith("_replica")]


def test_any_schema_may_have_a_server_and_replicas_of_its_own() -> None:
    text = SOUND.replace(
        "[schemas]", '[servers.r]\nregion = "us"\n[servers.r2]\nreplica_of="r"\nregion="us"\n[schemas]'
    )
    topology = parse(text.replace('routes = "all"', 'routes = "r"'))
    databases = databases_of(topology, topology.pod("pod_a"), PLACES)
    assert databases["routes_replica"]["HOST"] == "/run/r2,/run/r"
    assert "users_replica" not in databases


def test_tools_across_pods_see_every_pod_and_no_plain_main(demo: Topology) -> None:
    databases = databases_across_pods(demo, PLACES)
    assert databases["main_pod_us1"]["NAME"] == "pod_us1_main"
    assert "main" not in databases


def test_an_operators_server_takes_its_password_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    text = SOUND.replace("[servers.all]", '[servers.all]\nhost = "db.example.com"\npassword_env = "DB_PASSWORD"')
    topology = parse(text)
    monkeypatch.delenv("DB_PASSWORD", raising=False)
    with pytest.raises(TopologyInvalid, match=r"servers\.all\.password_env: 'DB_PASSWORD' is not set"):
        databases_of(topology, topology.pod("pod_a"), PLACES)
    monkeypatch.setenv("DB_PASSWORD", "s3cret")
    assert databases_of(topology, topology.pod("pod_a"), PLACES)["users"]["PASSWORD"] == "s3cret"


def test_a_move_connects_to_embedded_servers_as_a_role_of_its_own(demo: Topology) -> None:
    placement = demo.pod("pod_eu0").schemas["ci"]
    found = mover_conninfo(placement, demo.server(placement.server), PLACES)
    assert found == {"host": f"/run/{placement.server}", "port": "5432", "dbname": "pod_eu0_ci", "user": "mover"}


def test_a_move_connects_to_ones_own_servers_with_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    hosted = '[servers.all]\nhost = "db.example.com"\nsslmode = "verify-full"\n'
    without = parse(SOUND.replace("[servers.all]\n", hosted))
    placement = without.pod("pod_a").schemas["main"]
    with pytest.raises(TopologyInvalid, match=r"servers\.all\.move_user: not set"):
        mover_conninfo(placement, without.server("all"), PLACES)
    text = SOUND.replace("[servers.all]\n", f'{hosted}move_user = "mover"\nmove_password_env = "MOVE_PASSWORD"\n')
    topology = parse(text)
    with pytest.raises(TopologyInvalid, match=r"servers\.all\.move_password_env: 'MOVE_PASSWORD' is not set"):
        mover_conninfo(placement, topology.server("all"), PLACES)
    monkeypatch.setenv("MOVE_PASSWORD", "secret")
    found = mover_conninfo(placement, topology.server("all"), PLACES)
    assert (found["host"], found["user"], found["password"]) == ("db.example.com", "mover", "secret")
    assert found["sslmode"] == "verify-full"
