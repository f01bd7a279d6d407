from __future__ import annotations

from pathlib import Path

import pytest

from topology import Address, PodUnknown, RegionUnknown, TopologyInvalid, load, parse
from topology.places import CHECKOUT

SOUND = """
name = "small"
legacy_pod = "pod_a"
latest_pod = "pod_a"
[regions.us]
[pods.pod_a]
region = "us"
address = "127.0.0.1:8100"
aliases = ["pod_0"]
server = "all"
[servers.all]
region = "us"
[schemas]
users = "all"
routes = "all"
admin = "all"
"""


def refused(text: str) -> str:
    with pytest.raises(TopologyInvalid) as caught:
        parse(text, origin="small.toml")
    return str(caught.value)


@pytest.mark.parametrize("name", ["demo", "single-pod"])
def test_it_loads_the_files_of_the_project(name: str) -> None:
    topology = load(CHECKOUT / "topology" / "examples" / f"{name}.toml")
    assert topology.pod(topology.legacy_pod).name == topology.legacy_pod


def test_it_finds_a_pod_by_alias() -> None:
    assert parse(SOUND).pod("pod_0").name == "pod_a"


def test_it_lists_the_pods_when_one_is_unknown() -> None:
    with pytest.raises(PodUnknown, match=r"no pod 'pod_x'; known: pod_0, pod_a"):
        parse(SOUND).pod("pod_x")


def test_it_lists_the_regions_when_one_is_unknown() -> None:
    with pytest.raises(RegionUnknown, match=r"no region 'eu'; known: us"):
        parse(SOUND).pods_of("eu")


def test_it_names_the_databases_of_a_pod() -> None:
    topology = parse(SOUND)
    assert topology.placement("main", topology.pod("pod_a")).database == "pod_a_main"
    assert topology.placement("routes", topology.pod("pod_a")).database == "routes"


def test_it_moves_every_port_by_the_offset() -> None:
    demo = load(CHECKOUT / "topology" / "examples" / "demo.toml", port_offset=500)
    assert demo.pod("pod_eu1").address == Address("127.0.0.1", 8611)
    assert demo.routers["eu"].statistics.port == 10401
    assert demo.instance == "demo-500"


def test_it_refuses_an_offset_that_leaves_the_range_of_ports() -> None:
    with pytest.raises(TopologyInvalid, match="port offset 60000"):
        load(CHECKOUT / "topology" / "examples" / "demo.toml", port_offset=60_000)


def test_a_loaded_topology_cannot_be_changed() -> None:
    topology = parse(SOUND)
    with pytest.raises(TypeError):
        topology.pods["pod_b"] = topology.pods["pod_a"]  # type: ignore[index]


def test_a_missing_file_says_which_variable_names_it(tmp_path: Path) -> None:
    with pytest.raises(TopologyInvalid, match="PODS_TOPOLOGY"):
        load(tmp_path / "none.toml")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"name = \xfd")
    with pytest.raises(TopologyInvalid, match=r"binary.toml: is not UTF-8 text .* at byte 7"):
        load(tmp_path / "binary.toml")


@pytest.mark.parametrize(
    "was, is_now, told",
    [
        ('region = "us"\naddress', 'region = "mars"\naddress', "pods.pod_a.region: there is no region 'mars'"),
        ("127.0.0.1:8100", "8100", "pods.pod_a.address: '8100' is not an address; write host:port"),
        ("127.0.0.1:8100", "127.0.0.1:99999", "pods.pod_a.address: '127.0.0.1:99999' is not an address"),
        ('latest_pod = "pod_a"', 'latest_pod = "pod_b"', "latest_pod: there is no pod 'pod_b'"),
        ('"pod_0"', '"pod_a"', "pods: 'pod_a' names 2 pods"),
        ('server = "all"', 'server = "some"', "pods.pod_a.schemas.main: there is no database server 'some'"),
        ('server = "all"', 'schemas = "all"', "pods.pod_a.schemas: 'all' input should be a valid dictionary"),
        ('admin = "all"', "", "schemas.admin: missing"),
        ('admin = "all"', 'admin = "all"\nextra = "all"', "schemas.extra: there is no schema 'extra'"),
        ('admin = "all"', 'admin = {server="all", database="users"}', "is already that of schemas.users"),
        ("[schemas]", '[servers.copy]\nregion = "us"\nreplica_of = "nobody"\n[schemas]', "is no other server"),
        ("[schemas]", '[servers.all2]\nregion = "us"\nreplica_of = "all"\nhost="d"\n[schemas]', "both be embedded"),
        ("[regions.us]", "[regions.us]\n[regions.eu]", "regions.eu: the region has no pod"),
        ('name = "small"', 'nome = "small"', "nome: unknown key"),
        ('legacy_pod = "pod_a"', "", "legacy_pod: missing"),
        ("[regions.us]", "[regions.us", "is not valid TOML"),
        ("[schemas]", '[routers.us]\nregion = "us"\ntrusted_hops = -1\n[schemas]', "routers.us.trusted_hops: -1 input"),
        ("[regions.us]", '[regions.us]\n[regions."../eu"]', "regions.../eu.name: '../eu' is not a valid name here"),
        ('server = "all"', 'server = "all"\ndraining = "yes"', "pods.pod_a.draining: 'yes' is not a boolean"),
    ],
)  # fmt: skip
def test_it_says_key_value_and_remedy(was: str, is_now: str, told: str) -> None:
    assert was in SOUND
    message = refused(SOUND.replace(was, is_now, 1))
    assert told in message
    assert message.startswith("small.toml: ")


def test_it_tells_every_problem_at_once() -> None:
    message = refused(SOUND.replace('admin = "all"', "").replace('region = "us"\naddress', 'region = "mars"\naddress'))
    assert len(message.splitlines()) == 3  # the region's pod is gone, too


def test_two_listeners_cannot_share_an_address() -> None:
    router = '[routers.us]\nregion = "us"\naddress = "127.0.0.1:8100"\nstatistics = "127.0.0.1:9900"\n[schemas]'
    assert "is already the address of pods.pod_a.address" in refused(SOUND.replace("[schemas]", router))
