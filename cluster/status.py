"""What `cluster status` tells: each process as its supervisor sees it, and as it answers itself."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import psycopg

from cluster import control, probe
from cluster.connect import connect
from cluster.ports import router_process
from cluster.replication import ReplicaState, replica_state
from router import statistics
from topology import Address, Server, Topology
from topology.places import Places

Process = dict[str, Any]


def read_status(topology: Topology, places: Places) -> dict[str, Any]:
    """The cluster's state as JSON can hold it: `ready`, `healthy` and `processes`, each with what it answers.

    Raises `NotRunning`.
    """
    status = control.ask(places.control_socket, {"do": "status"})
    processes: list[Process] = status["processes"]
    asyncio.run(_ask_all(topology, places, processes))
    healthy = bool(status["ready"]) and all(process["healthy"] for process in processes)
    return {"name": topology.instance, **status, "healthy": healthy}


def lines_of(status: dict[str, Any]) -> Iterable[str]:
    """The status for people: one line for each process."""
    yield f"{status['name']}: {'ready' if status['ready'] else 'not ready'} (supervisor {status['pid']})"
    for process in status["processes"]:
        since = f"{_duration(time.time() - process['since'])}" if process["since"] else "-"
        restarts = f", restarts: {process['restarts']}" if process["restarts"] else ""
        yield (
            f"{process['name']:<12} {process['kind']:<8} {process['state']:<10} {process['pid'] or '-':>8} {since:>8}  "
            f"{process['says']}{restarts}"
        )


async def _ask_all(topology: Topology, places: Places, processes: list[Process]) -> None:
    pods = {pod.name: pod.address for pod in topology.pods.values()}
    routers = {router_process(router.name): router for router in topology.routers.values()}

    async def ask_one(process: Process) -> None:
        name = process["name"]
        if name in pods:
            await _ask_web(process, pods[name])
        elif name in routers:
            await _ask_web(process, routers[name].address)
            await _ask_router(process, routers[name].statistics)
        elif process["kind"] == "replica":
            await _ask_replica(topology, places, process)
        else:
            await _ask_primary(places, topology.server(name), process)

    await asyncio.gather(*(ask_one(process) for process in processes))


async def _ask_primary(places: Places, server: Server, process: Process) -> None:
    try:
        async with await connect(places, server):
            process["healthy"] = True
    except psycopg.Error:
        process["healthy"] = False
    process["says"] = "accepts writes" if process["healthy"] else "does not answer"


async def _ask_router(process: Process, address: Address) -> None:
    try:
        counted = await asyncio.to_thread(statistics.read, address)
    except statistics.StatisticsUnreadable:
        return
    process["statistics"] = {**asdict(counted), "hit_rate": counted.hit_rate}
    rate = "no hit rate yet" if counted.hit_rate is None else f"{counted.hit_rate:.0%} hits"
    process["says"] += f"; {counted.requests} requests, {rate}, {counted.misrouted} misrouted"


async def _ask_replica(topology: Topology, places: Places, process: Process) -> None:
    server: Server = topology.server(process["name"])
    state = await replica_state(places, topology.server(server.replica_of or ""), server)
    process["replication"] = asdict(state)
    process["healthy"] = state.streaming
    process["says"] = _lag(state)


async def _ask_web(process: Process, address: Address) -> None:
    answer = await probe.get(address, probe.READINESS)
    process["address"] = str(address)
    process["healthy"] = answer.status == 200
    process["says"] = f"{address} {_readiness(answer)}"


def _readiness(answer: probe.Answer) -> str:
    if answer.status == 0:
        return f"does not answer: {answer.body}"
    try:
        degradations = json.loads(answer.body).get("degradations") or []
    except (ValueError, AttributeError):
        degradations = []
    state = "ready" if answer.status == 200 else f"not ready ({answer.status})"
    return f"{state}, but: {', '.join(map(str, degradations))}" if degradations else state


def _lag(state: ReplicaState) -> str:
    asked = f", {state.set_ms} ms of it asked for" if state.set_ms else ""
    if state.set_ms is None:
        return "does not answer"
    if not state.streaming:
        return "does not follow its primary"
    seconds = "?" if state.seconds is None else f"{state.seconds * 1000:.0f}"
    return f"{seconds} ms, {state.bytes_behind} bytes behind{asked}"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f}s"
    return f"{seconds / 60:.0f}min" if seconds < 7200 else f"{seconds / 3600:.0f}h"
