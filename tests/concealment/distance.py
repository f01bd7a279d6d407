"""Distance between a router and the pods of another region: what passes arrives later."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from router import clusters, config
from router.limits import Limits
from tests.running_cluster import RunningCluster
from topology import Address, Router, Topology

READ_BYTES = 65536
START_SECONDS = 5


@contextmanager
def far_away(cluster: RunningCluster, router: str, seconds: float) -> Iterator[None]:
    """A router reaches the pods of other regions through a proxy that takes `seconds` there and back.

    The router follows its files, so neither it nor a pod is started again, and it keeps what it remembers.
    """
    topology = cluster.topology
    here = topology.routers[router]
    far = {pod.name: pod.address for pod in topology.pods.values() if pod.region != here.region}
    files = config.files_of(here, cluster.places)
    with _proxies(far, seconds) as near:
        pods = {
            pod.name: pod.model_copy(update={"address": near.get(pod.name, pod.address)})
            for pod in topology.pods.values()
        }
        _describe(topology.model_copy(update={"pods": pods}), here, files)
        try:
            yield
        finally:
            _describe(topology, here, files)


def _describe(topology: Topology, router: Router, files: config.Files) -> None:
    resources = clusters.of_pods(topology, router, Limits())
    config.write_resources(files.clusters, config.CLUSTER_TYPE, resources)


@contextmanager
def _proxies(far: Mapping[str, Address], seconds: float) -> Iterator[dict[str, Address]]:
    near: dict[str, Address] = {}
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def serve() -> None:
        servers = []
        for pod, address in far.items():
            server = await asyncio.start_server(_Proxy(address, seconds / 2).connected, "127.0.0.1")
            near[pod] = Address("127.0.0.1", server.sockets[0].getsockname()[1])
            servers.append(server)
        ready.set()
        await stop.wait()
        for server in servers:
            server.close()
        carrying = asyncio.all_tasks() - {asyncio.current_task()}
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(START_SECONDS)
    try:
        yield near
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(START_SECONDS)
        loop.close()


class _Proxy:
    """Hands on every byte, each half the way later."""

    def __init__(self, far: Address, seconds: float) -> None:
        self._far = far
        self._seconds = seconds

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        with suppress(OSError, asyncio.CancelledError):
            far_reader, far_writer = await asyncio.open_connection(*self._far)
            writers.append(far_writer)
            await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))
        for each in writers:
            each.transport.abort()
            with suppress(OSError):
                await each.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while data := await reader.read(READ_BYTES):
            loop.call_later(self._seconds, writer.write, data)
        await asyncio.sleep(self._seconds)
        writer.close()
