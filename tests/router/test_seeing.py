"""What operators see: the access log, the statistics, the rendered configuration."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from operations.survey import router_statistics as statistics
from router import process
from tests.router.running import RunningRouter
from tests.router.stubs import Owned, StubCluster
from topology import Address


def test_the_access_log_holds_the_facts(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/logged"] = Owned("pod_eu0", epoch=1)
    router.send("POST", "/logged/1?a=b", body=b"four")
    router.get("/logged/2")
    stubs.owned["/logged"] = Owned("pod_us1", epoch=2)
    router.get("/logged/3")
    first, second, third = (router.logged(path) for path in ("/logged/1?a=b", "/logged/2", "/logged/3"))
    facts = ("method", "status", "pod", "cache", "hops", "learned")
    assert [first[fact] for fact in facts] == ["POST", 200, "pod_eu0", "miss", "1", "1"]
    assert [second[fact] for fact in facts] == ["GET", 200, "pod_eu0", "hit", "1", "0"]
    assert [third[fact] for fact in facts] == ["GET", 200, "pod_us1", "misrouted", "2", "0"]
    assert first["received_bytes"] == 4
    assert first["duration_ms"] >= 0
    assert first["request_id"] != second["request_id"]


def test_what_was_refused_is_logged_too(router: RunningRouter, stubs: StubCluster) -> None:
    router.get("/refused/../x")
    line = router.logged("/refused/../x")
    assert (line["status"], line["pod"], line["target"]) == (400, None, None)


def test_statistics_count_every_outcome(router: RunningRouter, stubs: StubCluster) -> None:
    before = statistics.read(router.topology.routers["eu"].statistics)
    stubs.owned["/counted"] = Owned("pod_eu0", epoch=1)
    for _ in range(5):
        router.get("/counted")
    stubs.owned["/counted"] = Owned("pod_us1", epoch=2)
    router.get("/counted")
    router.get("/nobody-knows")
    router.get("/x/../y")
    after = statistics.read(router.topology.routers["eu"].statistics)
    counted = {name: value - getattr(before, name) for name, value in vars(after).items()}
    assert counted == {
        "hit": 5,
        "miss": 2,
        "stale": 0,
        "misrouted": 1,
        "learn": 2,
        "learn_failed": 0,
        "negative": 1,
        "refused": 1,
        "undelivered": 0,
        "conceal_shed": 0,
        "lua_errors": 0,
    }
    assert after.requests == after.hit + after.miss
    assert after.hit_rate is not None
    assert 0 < after.hit_rate < 1


def test_statistics_of_a_router_that_does_not_run() -> None:
    with pytest.raises(statistics.StatisticsUnreadable, match="cluster status"):
        statistics.read(Address("127.0.0.1", 1), timeout=1)


def test_prometheus_reads_them(router: RunningRouter, stubs: StubCluster) -> None:
    router.get("/scraped")
    status, body = router.statistics("/-/metrics")
    assert status == 200
    assert b'envoy_vhost_vcluster_upstream_rq_total{envoy_virtual_cluster="miss",envoy_virtual_host="pods"}' in body
    assert b'envoy_http_lua_pods_learn{envoy_http_conn_manager_prefix="router"}' in body


@pytest.mark.parametrize("region", ["us", "eu"])
def test_the_printed_configuration_is_whole_and_valid(
    region: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    with_secret(settings)
    printed = io.StringIO()
    call_command("router", "config", region=region, stdout=printed)
    document = tmp_path / "envoy.json"
    document.write_text(printed.getvalue())
    assert "dynamic_resources" not in json.loads(printed.getvalue())
    command = [str(process.program()), "--mode", "validate", "--config-path", str(document), "--disable-hot-restart"]
    validated = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert validated.returncode == 0, validated.stderr


def test_an_unknown_region_lists_those_with_a_router(settings: object) -> None:
    with_secret(settings)
    with pytest.raises(CommandError, match="regions with a router: us, eu"):
        call_command("router", "config", region="mars")


def test_without_a_secret_it_says_what_to_do(settings: object) -> None:
    with_secret(settings, ())
    with pytest.raises(CommandError, match="PODS_ROUTER_SECRETS"):
        call_command("router", "config", region="eu")


def with_secret(settings: object, secrets: tuple[str, ...] = ("secret",)) -> None:
    environment = settings.ENVIRONMENT.model_copy(update={"router_secrets": secrets})  # type: ignore[attr-defined]
    settings.ENVIRONMENT = environment  # type: ignore[attr-defined]
