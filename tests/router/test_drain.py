"""A router that is to be stopped ends what it has begun, and takes nothing new."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cluster import router_drain as drain
from router.limits import Limits
from tests.router.running import RunningRouter, eventually, running_router
from tests.router.stubs import Answer, Owned, Seen, StubCluster


@pytest.fixture
def router(_stubs: StubCluster) -> Iterator[RunningRouter]:
    """One for each test: nobody comes back from this."""
    with tempfile.TemporaryDirectory() as folder, running_router(_stubs, Path(folder), Limits()) as router:
        yield router


class SlowPage:
    """A page that answers when it is told to."""

    def __init__(self, stubs: StubCluster) -> None:
        self._stubs, self._go_on = stubs, asyncio.Event()
        stubs.owned["/slow"] = Owned("pod_eu0")
        stubs["pod_eu0"].pages["/slow"] = self._page

    def is_asked(self) -> bool:
        return any(seen.target == "/slow" for seen in self._stubs["pod_eu0"].served)

    def answer(self) -> None:
        self._stubs.call(self._go_on.set)

    async def _page(self, seen: Seen) -> Answer:
        await self._go_on.wait()
        return Answer(200, {}, b"at last")


def is_refused(router: RunningRouter) -> bool:
    try:
        router.get("/new")
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        # It stood in the listener's queue when that was closed.
        return False
    return False


def test_what_was_begun_is_finished_and_new_requests_are_refused(router: RunningRouter, stubs: StubCluster) -> None:
    page = SlowPage(stubs)
    with ThreadPoolExecutor(2) as threads:
        request = threads.submit(router.get, "/slow")
        eventually(page.is_asked)
        draining = threads.submit(asyncio.run, drain.drain(router.places.envoy_admin("eu"), seconds=60))
        eventually(lambda: is_refused(router))
        assert not draining.done()
        page.answer()
        draining.result(60)
        answer = request.result(60)
    assert (answer.status, answer.body, answer["connection"]) == (200, b"at last", "close")


def test_it_does_not_wait_for_ever(router: RunningRouter, stubs: StubCluster) -> None:
    page = SlowPage(stubs)
    with ThreadPoolExecutor(1) as threads:
        request = threads.submit(router.get, "/slow")
        eventually(page.is_asked)
        with pytest.raises(drain.NotDrained, match=r"requests are still open after 0\.5 s"):
            asyncio.run(drain.drain(router.places.envoy_admin("eu"), seconds=0.5))
        page.answer()
        request.result(60)


def test_a_router_without_requests_is_drained_at_once(router: RunningRouter) -> None:
    asyncio.run(drain.drain(router.places.envoy_admin("eu")))


def test_one_that_does_not_run_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(drain.NotDrained, match="its admin socket does not answer: it is not running"):
        asyncio.run(drain.drain(tmp_path / "nobody"))
