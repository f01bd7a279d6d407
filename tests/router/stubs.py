"""Stub pods: servers that answer as pods do, and note what they were asked.

They stand in where a test needs a pod to be slow, to contradict another, or to see bytes as they arrived; the
system tests use real ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs

import h11

T = TypeVar("T")
DRAINED_BYTES = 1024 * 1024


@dataclass
class Seen:
    """One request as a pod saw it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body_bytes: int = 0
    body_sha256: str = ""

    def header(self, name: str) -> str | None:
        """The header's values, joined; None without one."""
        values = [value for key, value in self.headers if key == name]
        return ", ".join(values) if values else None


@dataclass
class Answer:
    """What a stub answers."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    # Sent one by one as they come, chunked; a server-sent stream.
    stream: AsyncIterator[bytes] | None = None


@dataclass
class Owned:
    """A path prefix and who serves it, as learn tells."""

    pod: str
    source: str = "routable"
    exact: bool = False
    max_age: int = 60
    epoch: int | None = None
    prefix: str | None = None
    preference: bool = False
    # By access token, where the caller's organization decides; everybody else's is `pod`.
    callers: dict[str, str] | None = None

    def pod_for(self, seen: Seen) -> str:
        """The pod that serves this request."""
        return self.pod if self.callers is None else self.callers.get(seen.header("private-token") or "", self.pod)


Page = Callable[[Seen], Awaitable[Answer]]


class StubPod:
    """One pod: an address, what it believes, and what it was asked."""

    def __init__(self, name: str, cluster: StubCluster) -> None:
        self.name, self.cluster = name, cluster
        self.port = free_port()
        self.ready = True
        # It takes requests in, and answers none.
        self.hangs = False
        self.owned: dict[str, Owned] | None = None
        self.learn: Page | None = None
        self.pages: dict[str, Page] = {}
        self.learns: list[dict[str, str]] = []
        # Requests whose headers have come; most are served or misrouted in the end.
        self.begun: list[Seen] = []
        # Those whose bodies are still being read.
        self.reading: list[Seen] = []
        self.served: list[Seen] = []
        self.misrouted: list[Seen] = []
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def view(self) -> dict[str, Owned]:
        """What this pod believes: its own table where a test gave it one, else the cluster's."""
        return self.cluster.owned if self.owned is None else self.owned

    def owner(self, path: str) -> tuple[str, Owned] | None:
        """The longest key that covers a path, with its owner."""
        found = [
            (key, owned)
            for key, owned in self.view.items()
            if path == key or (not owned.exact and path.startswith(f"{key}/"))
        ]
        return max(found, key=lambda item: len(item[0]), default=None)

    def owns(self, path: str) -> bool:
        """Whether this pod believes that it serves a path."""
        found = self.owner(path)
        return found is not None and found[1].pod == self.name

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """As kill -9: nobody listens, and open connections break."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, h11.RemoteProtocolError):
                await Exchange(self, reader, writer).run()
        finally:
            self._open.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def answer(self, seen: Seen) -> Answer:
        while self.hangs:
            await asyncio.sleep(0.01)
        path, _, query = seen.target.partition("?")
        if path == "/-/readiness":
            return Answer(200 if self.ready else 503)
        if path == "/-/liveness" and not seen.header("x-gitlab-raw-path"):
            return Answer()
        if path == "/api/v4/pods/learn" and not seen.header("x-gitlab-raw-path"):
            return await self._learned(seen, query)
        if path in self.pages:
            self.served.append(seen)
            return await self.pages[path](seen)
        found = self.owner(path)
        pod = found[1].pod_for(seen) if found else self.name
        if found and pod != self.name and found[1].source != "any" and not found[1].preference:
            self.misrouted.append(seen)
            return self._redirect(*found, pod)
        self.served.append(seen)
        return self._page(seen, found)

    async def _learned(self, seen: Seen, query: str) -> Answer:
        asked = {key: values[0] for key, values in parse_qs(query, encoding="latin-1").items()}
        self.learns.append(asked)
        if self.learn:
            return await self.learn(seen)
        path = asked["path_info"]
        key, owned = self.owner(path) or (path, Owned("pod_us0", "unknown", exact=True, max_age=5))
        body: dict[str, Any] = {"path": key, "pod": owned.pod, "source": owned.source}
        if owned.source == "any":
            body["pod"] = self.name
        if owned.exact:
            body["exact"] = True
        headers = {"cache-control": f"max-age={owned.max_age}"} | _facts(owned)
        if owned.preference:
            headers["x-gitlab-pod-preference"] = "region"
        if owned.callers is not None:
            headers["x-gitlab-pod-by"] = "credential"
        return Answer(200, headers, json.dumps(body).encode("latin-1"))

    def _redirect(self, key: str, owned: Owned, pod: str) -> Answer:
        told: dict[str, Any] = {"path": key, "pod": pod, "source": owned.source}
        if owned.callers is not None:
            told["by"] = "credential"
        if owned.exact:
            told["exact"] = True
        if owned.epoch is not None:
            told["epoch"] = owned.epoch
        return Answer(421, {"x-gitlab-pod-redirect": json.dumps(told)}, b"misrouted")

    def _page(self, seen: Seen, found: tuple[str, Owned] | None) -> Answer:
        body = json.dumps({"pod": self.name, **vars(seen)}).encode()
        headers = {"content-type": "application/json", "date": "Thu, 01 Jan 1970 00:00:00 GMT", "server": self.name}
        return Answer(200, headers | (_facts(found[1]) if found else {}), body)


def _facts(owned: Owned) -> dict[str, str]:
    facts = {}
    if owned.prefix:
        facts["x-gitlab-pod-cache"] = json.dumps({"path_prefix": owned.prefix})
    if owned.epoch is not None:
        facts["x-gitlab-pod-epoch"] = str(owned.epoch)
    return facts


class Exchange:
    """One connection to a stub: requests in, answers out."""

    def __init__(self, pod: StubPod, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pod, self.reader, self.writer = pod, reader, writer
        self.http = h11.Connection(h11.SERVER, max_incomplete_event_size=256 * 1024)

    async def run(self) -> None:
        while True:
            request = await self.event()
            if not isinstance(request, h11.Request):
                return
            headers = [(key.decode(), value.decode("latin-1")) for key, value in request.headers]
            seen = Seen(request.method.decode(), request.target.decode("latin-1"), headers)
            self.pod.begun.append(seen)
            self.pod.reading.append(seen)
            try:
                await self.body(seen)
            finally:
                self.pod.reading.remove(seen)
            await self.send(await self.pod.answer(seen), bodiless=seen.method == "HEAD")
            if self.http.our_state is not h11.DONE:
                return
            self.http.start_next_cycle()

    async def body(self, seen: Seen) -> None:
        digest = hashlib.sha256()
        while isinstance(event := await self.event(), h11.Data):
            digest.update(event.data)
            seen.body_bytes += len(event.data)
        seen.body_sha256 = digest.hexdigest()

    async def event(self) -> Any:
        while (event := self.http.next_event()) is h11.NEED_DATA:
            if self.http.they_are_waiting_for_100_continue:
                self.write(h11.InformationalResponse(status_code=100, headers=[]))
            self.http.receive_data(await self.reader.read(65536))
        return event

    async def send(self, answer: Answer, *, bodiless: bool) -> None:
        length = [] if answer.stream else [("content-length", str(len(answer.body)))]
        self.write(h11.Response(status_code=answer.status, headers=[*answer.headers.items(), *length]))
        if bodiless:
            pass
        elif answer.stream:
            async for part in answer.stream:
                self.write(h11.Data(data=part))
                await self.writer.drain()
        elif answer.body:
            self.write(h11.Data(data=answer.body))
        self.write(h11.EndOfMessage())
        await self.writer.drain()

    def write(self, event: Any) -> None:
        if data := self.http.send(event):
            self.writer.write(data)


class StubCluster:
    """Stub pods on a loop of their own."""

    def __init__(self, *names: str) -> None:
        self.owned: dict[str, Owned] = {}
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.pods = {name: StubPod(name, self) for name in names}
        for pod in self.pods.values():
            self.do(pod.start())

    def __getitem__(self, name: str) -> StubPod:
        return self.pods[name]

    def add(self, name: str) -> StubPod:
        self.pods[name] = StubPod(name, self)
        self.do(self.pods[name].start())
        return self.pods[name]

    def do(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run on the stubs' loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        self.loop.call_soon_threadsafe(function, *arguments)

    @property
    def learns(self) -> list[dict[str, str]]:
        """Every question that any pod was asked."""
        return [learn for pod in self.pods.values() for learn in pod.learns]

    def reset(self) -> None:
        """All pods up, with no beliefs and no memories."""
        self.owned.clear()
        for pod in self.pods.values():
            pod.ready, pod.hangs, pod.owned, pod.learn = True, False, None, None
            for memory in (pod.pages, pod.learns, pod.begun, pod.served, pod.misrouted):
                memory.clear()
            if pod._server is None:
                self.do(pod.start())

    def close(self) -> None:
        for pod in self.pods.values():
            self.do(pod.stop())
        self.do(self._cancel())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    async def _cancel(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def stub_cluster(*names: str) -> Iterator[StubCluster]:
    """Stub pods, stopped at the end."""
    cluster = StubCluster(*names)
    try:
        yield cluster
    finally:
        cluster.close()
