"""People who go on clicking while something breaks, and what became of each click."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import httpx

from tests.running_cluster import RunningCluster, eventually

CLICKS_A_SECOND = 8
PATIENCE_SECONDS = 15.0
OK = "ok"


@dataclass(frozen=True, eq=False)
class Clicks:
    """Somebody who asks one router for one path, over and over."""

    router: str
    path: str
    pod: str
    """That owns the path; empty when any of the region will do."""
    cookies: httpx.Cookies | None = None
    expected: int = 200


class Click(NamedTuple):
    """One request. `kind` is "ok", a status, or the class of what went wrong with the connection."""

    who: Clicks
    at: float
    seconds: float
    kind: str


@dataclass
class Traffic:
    """All clicks since the start, in the order of their answers."""

    everybody: Sequence[Clicks]
    clicks: list[Click] = field(default_factory=list)

    def failed(self, *, pods: Sequence[str] | None = None, routers: Sequence[str] | None = None) -> Counter[str]:
        """Failures by kind, of those who asked for something of these pods at these routers."""
        return Counter(
            click.kind
            for click in list(self.clicks)
            if click.kind != OK
            and (pods is None or click.who.pod in pods)
            and (routers is None or click.who.router in routers)
        )

    def slowest(self) -> float:
        """Seconds that the slowest answer took."""
        return max(click.seconds for click in self.clicks)

    def outage(self) -> float:
        """Seconds between the first and the last failure's start; 0.0 without any."""
        failures = [click.at for click in self.clicks if click.kind != OK]
        return max(failures) - min(failures) if failures else 0.0

    def go_on(self, clicks: int) -> None:
        """Until so many more were answered."""
        wanted = len(self.clicks) + clicks
        eventually(lambda: len(self.clicks) >= wanted)

    def wait_for_good(self, clicks: int, seconds: float = 60.0) -> None:
        """Until each of them has had so many good answers in a row, from now on."""
        deadline, since = time.monotonic() + seconds, len(self.clicks)
        while not self._well(clicks, since):
            last = Counter(click.kind for click in self.clicks[-50:])
            assert time.monotonic() < deadline, f"not healthy after {seconds:g} s: {last}"
            time.sleep(0.05)

    def _well(self, clicks: int, since: int) -> bool:
        latest: dict[Clicks, list[str]] = {who: [] for who in self.everybody}
        for click in self.clicks[since:]:
            latest[click.who].append(click.kind)
        return all(kinds[-clicks:] == [OK] * clicks for kinds in latest.values())


@contextmanager
def traffic(cluster: RunningCluster, everybody: Sequence[Clicks]) -> Iterator[Traffic]:
    """A thread for each of them for the time of the block; all is well when the block begins."""
    found, stop = Traffic(everybody), threading.Event()
    threads = [threading.Thread(target=_click, args=(cluster, who, found, stop)) for who in everybody]
    for thread in threads:
        thread.start()
    try:
        found.wait_for_good(2)
        found.clicks.clear()
        yield found
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS + 5)


def _click(cluster: RunningCluster, who: Clicks, found: Traffic, stop: threading.Event) -> None:
    url = f"{cluster.url(who.router)}{who.path}"
    with httpx.Client(timeout=PATIENCE_SECONDS, verify=False, cookies=who.cookies) as client:
        while not stop.wait(1 / CLICKS_A_SECOND):
            started = time.monotonic()
            kind = _kind(client, url, who.expected)
            found.clicks.append(Click(who, started, time.monotonic() - started, kind))


def _kind(client: httpx.Client, url: str, expected: int) -> str:
    try:
        response = client.get(url)
    except httpx.HTTPError as error:
        return type(error).__name__
    if response.status_code == expected:
        return OK
    retry = " with Retry-After" if "retry-after" in response.headers else ""
    return f"{response.status_code}{retry}"
