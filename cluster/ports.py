"""Check that the ports of a cluster are free, before anything starts."""

from __future__ import annotations

import asyncio
import errno
import socket
import time

from cluster.exceptions import PortTaken
from topology import Address, Topology
from topology.places import router_process

# The ports of a killed cluster are free again within a moment.
PATIENCE_SECONDS = 2.0
RETRY_SECONDS = 0.1


def listeners_of(topology: Topology) -> dict[str, list[Address]]:
    """Return the addresses that each process listens at."""
    listeners = {pod.name: [pod.address] for pod in topology.pods.values()}
    for router in topology.routers.values():
        listeners[router_process(router.name)] = [router.address, router.statistics]
    return listeners


async def check_ports(listeners: dict[str, list[Address]], *, patience: float = PATIENCE_SECONDS) -> None:
    """Raise `PortTaken` with every address that another program still uses after `patience` seconds."""
    deadline = time.monotonic() + patience
    while problems := [
        problem for name, held in listeners.items() for each in held if (problem := _problem(name, each))
    ]:
        if time.monotonic() >= deadline:
            raise PortTaken(
                "\n".join(problems)
                + "\nStop the program that listens there, or move every port of this cluster, for example with: "
                "--port-offset 100"
            )
        await asyncio.sleep(RETRY_SECONDS)


def _problem(name: str, address: Address) -> str | None:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"{name} needs {address}, but another program already listens there"
            return f"{name} needs {address}, which this machine cannot provide: {error.strerror or error}"
    return None
