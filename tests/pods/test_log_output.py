"""Log lines that cannot be written fail nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from operations.survey.disks import MIB
from pods import disks, log_output
from pods.log_output import Output
from tests.pods.conftest import Pods
from tests.running_cluster import RunningCluster, eventually
from topology.places import CHECKOUT


@contextmanager
def opened(path: Path, flags: int = os.O_WRONLY | os.O_CREAT) -> Iterator[int]:
    descriptor = os.open(path, flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def test_a_line_is_written_whole(tmp_path: Path) -> None:
    with opened(tmp_path / "log") as descriptor:
        output = Output(descriptor)
        output.info("one \N{SNOWMAN} \ud800")
        assert (output.lost, output.fault()) == (0, "")
        assert output.free_bytes() > 0
    assert (tmp_path / "log").read_bytes() == "one \N{SNOWMAN} \\ud800\n".encode()


def test_a_full_disk_loses_lines_and_nothing_else() -> None:
    with opened(Path("/dev/full"), os.O_WRONLY) as descriptor:
        output = Output(descriptor)
        for _ in range(3):
            output.info("line")
        assert (output.lost, output.fault()) == (3, "the disk is full")


def test_a_line_after_half_a_one_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    with opened(tmp_path / "log") as descriptor:
        output = Output(descriptor)
        monkeypatch.setattr(os, "write", lambda to, data: write(to, data[:4]))
        output.info("half a line")
        monkeypatch.undo()
        output.info("a whole one")
    assert (tmp_path / "log").read_text() == "half\na whole one\n"
    assert (output.lost, output.fault()) == (1, "the disk is full")


def test_a_pipe_that_nobody_reads_holds_nobody() -> None:
    reading, writing = os.pipe()
    try:
        output = Output(writing)
        while not output.lost:
            # Less than what a pipe takes in one piece.
            output.info("x" * 4000)
        assert output.fault() == "nobody reads it"
    finally:
        os.close(reading)
        os.close(writing)


def test_a_disk_that_is_nearly_full_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disks, "WATCHED", {"logs": lambda: 3.0 * MIB, "data": lambda: float("nan")})
    monkeypatch.setattr(log_output, "fault", lambda: "")
    assert list(disks.complaints()) == [("logs", "disk is full: 3 MiB left")]


@pytest.mark.slow
def test_a_pod_whose_log_disk_is_full_serves_and_says_so(breakable_cluster: RunningCluster, pods: Pods) -> None:
    """Pages, and a write whose answer is the true one."""
    breakable_cluster.ask("stop", "pod_eu1")
    with Path("/dev/full").open("wb") as full:
        pod = subprocess.Popen(
            [sys.executable, "-m", "pods.serve"],
            env=breakable_cluster.environment | {"POD_ID": "pod_eu1"},
            cwd=CHECKOUT,
            stdout=full,
            stderr=full,
        )
    try:
        eventually(lambda: _is_ready(pods))
        assert pods.get("pod_eu1", "/makers/widgets").status_code == 200
        assert pods.sign_in("mia", "pod_eu1")
        degradations = eventually(lambda: pods.get("pod_eu1", "/-/readiness", router=False).json()["degradations"])
        [(disk, problem)] = [(each["alias"], each["problem"]) for each in degradations]
        assert disk == "logs"
        assert problem.endswith("the disk is full")
        assert breakable_cluster.metrics("pod_eu1")['pods_log_lines_lost{pod="pod_eu1"}'] >= 3
    finally:
        pod.terminate()
        pod.wait(20)


def _is_ready(pods: Pods) -> bool:
    try:
        return pods.get("pod_eu1", "/-/readiness", router=False).status_code == 200
    except httpx.TransportError:
        return False
