"""Ask all components of a cluster at once, with a time limit for each, and never more than once at a time.

An event loop in a thread asks; callers wait for it at most
as long as the slowest component may take. A component that does not answer is
not asked again until that request has ended.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from operations.survey import pods, routers, servers
from operations.survey.facts import Facts, facts_of
from operations.survey.samples import DatabaseSample, OrganizationsSample, PodSample, RouterSample, Sample, ServerSample
from topology import Pod, Server, Topology
from topology.places import Places
from topology.words import in_words

FRESH_SECONDS = 1.0
# Longer than any request takes to time out.
PART_SECONDS = 3.5
WAIT_SECONDS = 6.0
# For facts that change rarely and cost more: schema versions, numbers of organizations.
LASTING_SECONDS = 10.0
# Rates cover at least FRESH_SECONDS while someone keeps asking, and at most this long after a pause.
RATE_SECONDS = 5.0
LONGEST_RATE_SECONDS = 120.0
MOST_SAMPLES = 10

P = TypeVar("P")
S = TypeVar("S", PodSample, RouterSample, ServerSample, DatabaseSample, OrganizationsSample)


class SurveyLate(Exception):
    """The machine is so busy that the survey did not end in time."""


class Surveyor:
    """Asks the components of a topology, on behalf of a caller in a region.

    `own` is this process's pod (`survey.pods.Own`), which is not asked over HTTP. `late_from_seconds` is
    called each time: from how many seconds behind its primary a replica is lagging.
    """

    own: dict[str, pods.Own]

    def __init__(
        self, topology: Topology, places: Places, *, late_from_seconds: Callable[[], float], region: str = ""
    ) -> None:
        self._topology = topology
        self._places = places
        self._late_from_seconds = late_from_seconds
        self._region = region
        self.own = {}
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._questions: dict[str, asyncio.Task[Any]] = {}
        self._lasting: dict[str, tuple[float, Any]] = {}
        self._samples: deque[Sample] = deque(maxlen=MOST_SAMPLES)
        self._surveying: asyncio.Task[Facts] | None = None
        self._last: Facts | None = None

    def facts(self) -> Facts:
        """Return facts at most a second old, with rates if there is an earlier sample. Raises `SurveyLate`."""
        surveying = asyncio.run_coroutine_threadsafe(self._fresh(), self._running_loop())
        try:
            return surveying.result(WAIT_SECONDS)
        except TimeoutError:
            raise SurveyLate("the survey of the cluster did not finish in time; try again in a moment") from None

    def facts_after(self, seconds: float) -> Facts:
        """Return facts with rates over that many seconds (at least `FRESH_SECONDS`); takes that long. Raises
        `SurveyLate`.
        """
        self.facts()
        time.sleep(max(seconds, FRESH_SECONDS))
        return self.facts()

    def close(self) -> None:
        """End the thread, and cancel every request that has no answer yet."""
        with self._starting:
            loop, self._loop = self._loop, None
        if loop is not None:
            asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result(WAIT_SECONDS)
            loop.call_soon_threadsafe(loop.stop)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run, args=[self._loop], name="survey", daemon=True).start()
            return self._loop

    async def _fresh(self) -> Facts:
        if self._last and time.monotonic() - self._samples[-1].at < FRESH_SECONDS:
            return self._last
        if self._surveying is None or self._surveying.done():
            self._surveying = asyncio.create_task(self._survey())
        return await asyncio.shield(self._surveying)

    async def _survey(self) -> Facts:
        sample = await self._sample()
        while len(self._samples) > 1 and sample.at - self._samples[1].at >= RATE_SECONDS:
            self._samples.popleft()
        before = self._samples[0] if self._samples else None
        if before and sample.at - before.at > LONGEST_RATE_SECONDS:
            before = None
        self._last = facts_of(self._topology, sample, before, late_from_seconds=self._late_from_seconds())
        self._samples.append(sample)
        return self._last

    async def _sample(self) -> Sample:
        databases = {
            each.key: each
            for server in self._topology.servers.values()
            for each in servers.databases_of(self._topology, server)
        }
        found = await asyncio.gather(
            self._all(self._topology.pods, self._ask_pod, PodSample),
            self._all(self._topology.routers, routers.ask, RouterSample),
            self._all(self._topology.servers, self._ask_server, ServerSample),
            self._all(databases, self._ask_database, DatabaseSample, lasting=True),
            self._answer("organizations", self._ask_organizations, OrganizationsSample, lasting=True),
        )
        return Sample(time.monotonic(), *found)

    async def _ask_pod(self, pod: Pod) -> PodSample:
        return await pods.ask(pod, self.own.get(pod.name))

    async def _ask_server(self, server: Server) -> ServerSample:
        return await servers.ask(self._topology, server, self._places)

    async def _ask_database(self, database: servers.Database) -> DatabaseSample:
        return await servers.ask_database(database, self._topology.server(database.server), self._places)

    async def _ask_organizations(self) -> OrganizationsSample:
        return await servers.ask_organizations(self._topology, self._places, self._region)

    async def _all(
        self, parts: Mapping[str, P], ask: Callable[[P], Awaitable[S]], kind: type[S], *, lasting: bool = False
    ) -> dict[str, S]:
        questions = {name: partial(ask, part) for name, part in parts.items()}
        answers = await asyncio.gather(
            *(self._answer(f"{kind.__name__} {name}", ask, kind, lasting=lasting) for name, ask in questions.items())
        )
        return dict(zip(questions, answers, strict=True))

    async def _answer(self, key: str, ask: Callable[[], Awaitable[S]], kind: type[S], *, lasting: bool = False) -> S:
        if lasting and key in self._lasting:
            at, known = self._lasting[key]
            if time.monotonic() - at < LASTING_SECONDS:
                return known  # type: ignore[no-any-return]
        sample = await self._asked(key, ask, kind)
        if lasting and not sample.problem:
            self._lasting[key] = (time.monotonic(), sample)
        return sample

    async def _asked(self, key: str, ask: Callable[[], Awaitable[S]], kind: type[S]) -> S:
        """Return the answer to a request, which may be one that an earlier survey gave up waiting for."""
        if key not in self._questions:
            self._questions[key] = asyncio.ensure_future(ask())
        task = self._questions[key]
        await asyncio.wait({task}, timeout=PART_SECONDS)
        if not task.done():
            return kind(problem=f"no answer within {PART_SECONDS:g} s")
        del self._questions[key]
        # An error in asking one component must not hide the others.
        error = task.exception()
        return kind(problem=f"its answer cannot be read: {in_words(error)}") if error else task.result()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
