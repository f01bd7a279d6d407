"""A real Envoy in front of stub pods, and a client that sends exactly the bytes it is told."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import topology
from router import config, process
from router.limits import Limits
from router.secrets import Secrets
from tests.router.stubs import StubCluster, free_port
from topology.places import Places

SECRETS = Secrets(router="router-secret", learn="learn-secret", debug="see-everything")
DEBUG = {"X-Gitlab-Debug-Token": SECRETS.debug}


def eventually(happens: Callable[[], Any], seconds: float = 10) -> Any:
    """What `happens` returns as soon as that is true; fails after some seconds."""
    end = time.monotonic() + seconds
    while not (found := happens()):
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.01)
    return found


def topology_of(
    stubs: StubCluster, *, ports: Mapping[str, int], draining: tuple[str, ...] = (), trusted_hops: int = 0
) -> topology.Topology:
    """Two regions; a pod's region is what its name says."""
    pods = "\n".join(
        f'[pods.{pod.name}]\nregion = "{pod.name[4:6]}"\naddress = "127.0.0.1:{pod.port}"\nserver = "one"\n'
        f"draining = {str(pod.name in draining).lower()}\n" + ('aliases = ["pod_0"]\n' if pod.name == "pod_us0" else "")
        for pod in stubs.pods.values()
    )
    return topology.parse(
        f"""
        name = "stubs"
        legacy_pod = "pod_us0"
        latest_pod = "pod_us0"
        [regions.us]
        [regions.eu]
        [servers.one]
        region = "us"
        [schemas]
        users = "one"
        routes = "one"
        admin = "one"
        [routers.eu]
        region = "eu"
        address = "127.0.0.1:{ports["people"]}"
        statistics = "127.0.0.1:{ports["statistics"]}"
        trusted_hops = {trusted_hops}
        {pods}"""
    )


@dataclass
class Response:
    """A response with its headers as they stood on the wire."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    seconds: float

    def __getitem__(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class RunningRouter:
    """A router of region `eu`."""

    topology: topology.Topology
    places: Places
    limits: Limits
    stubs: StubCluster
    child: subprocess.Popen[bytes]
    files: config.Files
    ports: dict[str, int] = field(default_factory=dict)

    def send(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        timeout: float = 20,
    ) -> Response:
        """One request on a connection of its own, its target as given. A body that is no bytes goes chunked."""
        started = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["people"], timeout=timeout)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            chunked = body is not None and not isinstance(body, bytes)
            if chunked:
                connection.putheader("Transfer-Encoding", "chunked")
            elif body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(message_body=body, encode_chunked=chunked)
            answer = connection.getresponse()
            content = answer.read()
            return Response(answer.status, answer.getheaders(), content, time.monotonic() - started)
        finally:
            connection.close()

    def get(self, target: str, **headers: str) -> Response:
        return self.send("GET", target, headers=headers)

    def debug(self, target: str, method: str = "GET", **options: Any) -> Response:
        """As one who may see the routing."""
        return self.send(method, target, headers=DEBUG, **options)

    def raw(self, data: bytes) -> Response:
        """What comes back for these bytes."""
        started = time.monotonic()
        with socket.create_connection(("127.0.0.1", self.ports["people"]), timeout=20) as client:
            client.sendall(data)
            answer = http.client.HTTPResponse(client)
            answer.begin()
            return Response(answer.status, answer.getheaders(), answer.read(), time.monotonic() - started)

    def statistic(self, name: str) -> int:
        """The value of one of Envoy's counters, 0 as long as it does not exist."""
        _, text = self.statistics(f"/-/statistics?format=json&filter=^{name}$")
        return sum(stat.get("value", 0) for stat in json.loads(text)["stats"])

    def statistics(self, target: str, method: str = "GET") -> tuple[int, bytes]:
        """Status and body of a page of the statistics listener."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["statistics"], timeout=5)
        try:
            connection.request(method, target)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def access(self) -> list[dict[str, Any]]:
        """The lines of the access log so far."""
        if not self.files.access_log.exists():
            return []
        return [json.loads(line) for line in self.files.access_log.read_text().splitlines()]

    def logged(self, path: str) -> dict[str, Any]:
        """The access log's line of the last request for a path."""
        lines = eventually(lambda: [line for line in self.access() if line["path"] == path])
        return dict(lines[-1])


@contextmanager
def running_router(
    stubs: StubCluster, folder: Path, limits: Limits, *, trusted_hops: int = 0
) -> Iterator[RunningRouter]:
    """A router that is ready, stopped at the end."""
    ports = {"people": free_port(), "statistics": free_port()}
    description = topology_of(stubs, ports=ports, trusted_hops=trusted_hops)
    places = Places(data=folder / "data", sockets=folder / "s")
    places.sockets.mkdir()
    files = config.write(description, description.routers["eu"], places, SECRETS, limits=limits)
    with (folder / "envoy.log").open("wb") as log:
        child = subprocess.Popen(process.command(files), stdout=log, stderr=log)
    router = RunningRouter(description, places, limits, stubs, child, files, ports)
    try:
        eventually(lambda: _ready(router))
        yield router
    finally:
        child.terminate()
        child.wait(10)


def _ready(router: RunningRouter) -> bool:
    assert router.child.poll() is None, (router.places.data.parent / "envoy.log").read_text()
    try:
        return router.statistics("/-/readiness")[0] == 200
    except OSError:
        return False
