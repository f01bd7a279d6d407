"""Each command runs through, with sizes that say nothing about cost."""

from __future__ import annotations

import re
import socket

import pytest

from bench.__main__ import BENCHMARKS, main
from topology.places import CHECKOUT

PAGE = CHECKOUT / "docs" / "bench.md"

PORTS = (8000, 8010, 8011, 8012, 8020, 8100, 8101, 8150, 8300, 8350, 9900)


@pytest.fixture(name="port_offset")
def _port_offset() -> str:
    """Where nothing else listens, beyond the ports of the tests' own clusters."""
    return next(str(offset) for offset in range(20_000, 22_500, 500) if all(is_free(port + offset) for port in PORTS))


def is_free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.mark.slow
def test_router_memory_prints_its_table(port_offset: str, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--attackers", "1", "--connections", "5", "--back-seconds", "0.1"]
    main(["router-memory", *sizes, "--port-offset", port_offset])
    printed = capsys.readouterr().out
    for row in ("idle", "1 HTTP/2 connections, 32 half-sent bodies", "5 connections"):
        assert f"| {row}" in printed


@pytest.mark.slow
def test_router_prints_its_table(port_offset: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["router", "--rounds", "1", "--seconds", "0.05", "--entries", "200", "--port-offset", port_offset])
    printed = capsys.readouterr().out
    for row in ("Envoy, bare", "router, hit", "router, miss"):
        assert f"| {row}" in printed
    assert "200 prefixes" in printed


@pytest.mark.slow
def test_learn_prints_its_table(port_offset: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["learn", "--rounds", "1", "--routes", "100", "200", "--port-offset", port_offset])
    printed = capsys.readouterr().out
    for row in ("floor, 100 routes", "learn, 200 routes"):
        assert f"| {row}" in printed


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_is_documented_with_its_table(name: str) -> None:
    assert f"python -m bench {name}" in PAGE.read_text()


@pytest.mark.slow
def test_pages_prints_its_table(port_offset: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["pages", "--quick", "--rounds", "1", "--port-offset", port_offset])
    printed = capsys.readouterr().out
    for row in ("dashboard", "counts in the top bar", "issues of a project", "search: few", "sign-in"):
        assert re.search(rf"\| {row} +\| +\d+ \| +\d+ \|", printed), printed


@pytest.mark.slow
def test_move_prints_its_table_and_loses_nothing(port_offset: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["move", "--moves", "1", "--rows", "50", "--port-offset", port_offset])
    [row] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| move 1")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    lost, doubled = cells[-3:-1]
    assert (lost, doubled) == ("0", "0")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_twenty_moves_under_faults_lose_nothing(port_offset: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["chaos-moves", "--moves", "20", "--seed", "1", "--port-offset", port_offset])
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    row = dict(
        zip(*([cell.strip() for cell in line.strip("|").split("|")] for line in (lines[0], lines[2])), strict=True)
    )
    ended = {name: int(row[name]) for name in ("done", "rolled back", "aborted")}
    assert sum(ended.values()) == 20
    assert min(ended.values()) > 0
    assert int(row["acknowledged writes"].replace(",", "")) > 100
    assert (row["lost"], row["doubled"]) == ("0", "0")


def test_ports_that_do_not_exist_are_told() -> None:
    with pytest.raises(SystemExit, match="port offset 99999"):
        main(["router", "--port-offset", "99999"])


@pytest.mark.slow
def test_hung_prints_its_table(port_offset: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["hung", "--stop", "shared-eu", "--seconds", "1", "--port-offset", port_offset])
    printed = capsys.readouterr().out
    for row in ("public page of pod_us0", "signing in", "learn of pod_eu0", "readiness of pod_eu0"):
        assert re.search(rf"\| shared-eu \| +{row} \| +\d", printed), printed


@pytest.mark.slow
def test_sign_ins_prints_its_table(port_offset: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["sign-ins", "--people", "1", "--seconds", "1", "--port-offset", port_offset])
    printed = capsys.readouterr().out
    for row in ("one pod", "the region's router, two pods"):
        assert re.search(rf"\| {row} +\| +1 \| +\d+\.\d \|", printed), printed


@pytest.mark.slow
def test_writes_prints_its_table(port_offset: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["writes", "--distance", "5ms", "--rounds", "1", "--port-offset", port_offset])
    printed = capsys.readouterr().out
    assert "users writes" in printed
    # The pod's own pages, those of the legacy pod, calls, and what nobody asks for: every other row was asked as well.
    for row in ("sign in", "Admin Area: change a setting", "learn, fresh=1", "POST a group", "every 0.5 s"):
        assert f"| {row}" in printed
