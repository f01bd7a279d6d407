"""Ask a pod, at its own address: is it ready, and what has it counted?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from operations.survey import web
from operations.survey.samples import PodSample
from topology import Pod

METRICS = "/-/metrics"
# A pod waits for a database that does not answer, and then reports which.
READINESS_SECONDS = 3.0
LARGEST_METRICS = 4 * 1024 * 1024
# The metrics that the facts need; a pod has hundreds.
FREE = "pods_disk_free_bytes"
COUNTED = ("pods_requests_total", "pods_learn_seconds", FREE)

# Routers and surveys request these all the time, so they do not count as a pod's requests.
ASKED_BY_MACHINES = frozenset({"readiness", "metrics"})

Own = Callable[[], tuple[int, str, str]]
"""The status and body of this pod's own readiness, and its metrics, without an HTTP request: that would
take one of the pod's threads, which may all be waiting for the survey."""


async def ask(pod: Pod, own: Own | None = None) -> PodSample:
    """Return the pod's sample; a pod that does not answer is a sample with a problem."""
    if own is not None:
        return sample_of(*await asyncio.to_thread(own))
    readiness, metrics = await asyncio.gather(
        web.get(pod.address, web.READINESS, seconds=READINESS_SECONDS),
        web.get(pod.address, METRICS, longest=LARGEST_METRICS),
    )
    if readiness.status == 0:
        return PodSample(problem=f"does not answer: {readiness.body}")
    return sample_of(readiness.status, readiness.body, metrics.body if metrics.status == 200 else "")


def sample_of(status: int, readiness: str, metrics: str) -> PodSample:
    """Return the sample of a readiness answer and metrics."""
    try:
        body: dict[str, Any] = json.loads(readiness)
        degradations = tuple(f"{each['alias']} {each['problem']}" for each in body.get("degradations", ()))
    except (ValueError, TypeError, KeyError, AttributeError):
        return PodSample(problem=f"answered /-/readiness with status {status} and a body that is not a pod's JSON")
    return PodSample(
        ready=status == 200,
        release=str(body.get("release", "")),
        serves=body.get("serves") or {},
        degradations=degradations,
        counters=counters_of(metrics),
    )


def counters_of(metrics: str) -> Mapping[str, float]:
    """Return requests, learn times and free bytes of a Prometheus text, by sample name, and for buckets and disks by
    their label too.
    """
    lines = "".join(f"{line}\n" for line in metrics.splitlines() if line.startswith(COUNTED))
    counters: dict[str, float] = {}
    for family in text_string_to_metric_families(lines):
        for sample in family.samples:
            if sample.labels.get("view") in ASKED_BY_MACHINES:
                continue
            label = sample.labels.get("le") or sample.labels.get("disk")
            name = f"{sample.name}:{label}" if label else sample.name
            counters[name] = counters.get(name, 0.0) + sample.value
    return counters
