"""Pods and routers as the supervisor's children."""

from __future__ import annotations

import sys
from collections.abc import Callable

import router.config
import router.process
from cluster import router_drain
from cluster.child import Child, Launch
from cluster.exceptions import StartFailed
from operations.survey import web as http
from operations.survey.pods import METRICS
from router.secrets import RouterSecretMissing, Secrets
from settings.environment import EnvironmentInvalid, read_environment, with_made_secrets
from topology import Address, Pod, Router, Topology
from topology.places import CHECKOUT, Places, router_process

READY_SECONDS = 60.0
POD_STOP_SECONDS = 10.0
ROUTER_STOP_SECONDS = 5.0


def pod_child(pod: Pod, places: Places, environment: dict[str, str]) -> Child:
    """Return a pod's child process, which serves as in production; ready when its readiness says so."""
    launch = Launch(
        command=[sys.executable, "-m", "pods.serve"],
        environment={**environment, "POD_ID": pod.name, "PODS_TETHER": "1"},
        folder=CHECKOUT,
        grace=POD_STOP_SECONDS,
    )
    return _child(pod.name, "pod", places, pod.address, lambda: launch, heard_at=http.READINESS)


def router_child(topology: Topology, region: Router, places: Places, environment: dict[str, str]) -> Child:
    """Return a router's child process; its files are rewritten at each start. Ready when a pod answers through it."""

    def launch() -> Launch:
        try:
            settings = with_made_secrets(read_environment(), places.secrets)
            files = router.config.write(topology, region, places, Secrets.of(settings))
            command = router.process.command(files)
        except (EnvironmentInvalid, RouterSecretMissing, router.process.EnvoyMissing) as error:
            raise StartFailed(str(error)) from None
        return Launch(command, environment, CHECKOUT, grace=ROUTER_STOP_SECONDS, before_stop=finish)

    async def finish() -> str:
        try:
            await router_drain.drain(places.envoy_admin(region.name))
        except router_drain.NotDrained as error:
            return f"is being stopped although {error}"
        return ""

    # Hidden by every router, which answers by itself, whatever its pods do.
    return _child(router_process(region.name), "router", places, region.address, launch, heard_at=METRICS)


def _child(
    name: str, kind: str, places: Places, address: Address, launch: Callable[[], Launch], *, heard_at: str
) -> Child:
    async def is_ready() -> bool:
        return (await http.get(address, http.READINESS)).status == 200

    async def is_heard(seconds: float) -> bool:
        return not (await http.get(address, heard_at, seconds=seconds)).is_silent

    return Child(name=name, kind=kind, logs=places.logs, launch=launch, is_ready=is_ready, is_heard=is_heard)
