"""Free space: from when on it is little, and where that is told."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

import manage
from admin_area.cluster.cards import columns
from cluster.status import Status, lines_of
from operations.survey import State
from operations.survey.disks import MIB, complaint, free_bytes
from operations.survey.facts import Facts, facts_of
from operations.survey.pods import counters_of
from operations.survey.samples import PodSample
from tests.operations.survey.test_lag import DEMO_CLUSTER, one_replica_is_behind

METRICS = """
pods_disk_free_bytes{disk="logs",pod="pod_eu0"} 5.36870912e+08
pods_disk_free_bytes{disk="data",pod="pod_eu0"} NaN
"""


def facts(*, free: int | None, problem: str = "") -> Facts:
    """Of a cluster in which one primary has so much left, and a pod half a GiB for its log."""
    sample = one_replica_is_behind()
    server = replace(sample.servers["shared"], free_bytes=free, problem=problem)
    pod = PodSample(ready=True, counters=counters_of(METRICS))
    known = replace(sample, servers={**sample.servers, "shared": server}, pods={**sample.pods, "pod_eu0": pod})
    return facts_of(DEMO_CLUSTER, known, None, late_from_seconds=60)


def line_of(found: Facts, name: str) -> str:
    return next(line for line in lines_of(Status("demo", found, None)) if line.startswith(f"{name} "))


def card_of(found: Facts, name: str) -> str:
    cards = [card for column in columns(found) for tier in column.tiers for card in tier.cards]
    return next(str(card) for card in cards if card.name == name)


@pytest.mark.parametrize(
    ("free", "told", "state", "problems"),
    [
        (None, "", State.HEALTHY, ()),
        (3 * 1024 * MIB, "3.0 GiB free", State.HEALTHY, ()),
        (150 * MIB, "150 MiB free", State.DEGRADED, ("its disk is nearly full: 150 MiB left",)),
        (2 * MIB, "2 MiB free", State.DEGRADED, ("its disk is full: 2 MiB left",)),
    ],
)
def test_a_server_tells_it(free: int | None, told: str, state: State, problems: tuple[str, ...]) -> None:
    found = facts(free=free)
    [server] = [part for part in found.parts if part.name == "shared"]
    assert (server.state, server.problems) == (state, problems)
    for words in (told, *problems):
        assert words in line_of(found, "shared")
        assert words in card_of(found, "shared")


def test_a_server_that_ended_for_it_says_why() -> None:
    found = facts(free=0, problem="does not answer: nothing listens there")
    assert line_of(found, "shared").endswith("does not answer: nothing listens there, its disk is full: 0 MiB left")


def test_a_pod_tells_what_it_knows() -> None:
    found = facts(free=None)
    [pod] = [part for part in found.as_json["regions"][1]["pods"] if part["name"] == "pod_eu0"]
    assert pod["free_bytes"] == {"logs": 512 * MIB}
    assert line_of(found, "pod_eu0").endswith("512 MiB free")
    assert "('Disk of logs', '512 MiB free')" in card_of(found, "pod_eu0")


def test_what_nobody_knows_is_no_complaint(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "nothing") is None
    assert complaint(None) == complaint(float("nan")) == ""


def test_a_command_says_it_in_words() -> None:
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/lock")
    assert manage._in_words(error) == "The disk of /data/lock is full. Free some space, and run the command again."
