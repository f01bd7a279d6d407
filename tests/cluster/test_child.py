"""One process of the supervisor: what ends it, and what is told of that."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cluster import child as module
from cluster.child import Child, Launch, State
from cluster.exceptions import StartFailed

SECONDS = 20.0


class Watched:
    """A child that sleeps; the test says whether it is heard, and reads what is told of it."""

    def __init__(self, folder: Path, *command: str) -> None:
        self.heard, self.lines = True, [""]
        self.told = asyncio.Event()
        launch = Launch(list(command) or ["sleep", "600"], {}, folder)
        self.child = Child(
            "pod_x", "pod", folder, lambda: launch, self.is_ready, is_heard=self.is_heard, hung_seconds=0.05,
            tell=self.tell,
        )  # fmt: skip

    async def is_ready(self) -> bool:
        return self.heard

    async def is_heard(self, seconds: float) -> bool:
        return self.heard

    def tell(self, line: str) -> None:
        self.lines.append(line)
        self.told.set()

    async def line(self, words: str) -> str:
        """The first line with these words."""
        while not (found := [line for line in self.lines if words in line]):
            self.told.clear()
            await asyncio.wait_for(self.told.wait(), SECONDS)
        return found[0]


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LOOK_SECONDS": 0.01, "FIRST_DELAY_SECONDS": 0.001, "START_SECONDS": 0.0}.items():
        monkeypatch.setattr(module, name, value)


def run(folder: Path, test: Callable[[Watched], Awaitable[None]], *command: str) -> None:
    async def whole() -> None:
        watched = Watched(folder, *command)
        try:
            await test(watched)
        finally:
            await watched.child.stop(0.1)

    asyncio.run(whole())


def test_one_that_is_not_heard_is_killed_and_started_again(tmp_path: Path) -> None:
    async def test(watched: Watched) -> None:
        await watched.child.start(SECONDS)
        before = watched.child.pid
        watched.heard = False
        assert await watched.line("did not answer") == (
            "pod_x did not answer for 0.05 s and was killed; restart 1 in 0.001 s"
        )
        watched.heard = True
        again = await watched.line("was started again")
        assert again == f"pod_x was started again as process {watched.child.pid}"
        assert watched.child.pid != before
        report = watched.child.report()
        assert (report["state"], report["restarts"]) == ("running", 1)
        assert report["last_end"] == "did not answer for 0.05 s and was killed"
        assert watched.child.log.read_text() == "".join(f"supervisor: {line}\n" for line in watched.lines[1:])

    run(tmp_path, test)


def test_all_that_descend_from_it_end_with_it(tmp_path: Path) -> None:
    """Also those that are stopped and in a group of their own, as PostgreSQL's are."""
    stopped = "import os,signal; os.setsid(); print(os.getpid(), flush=True); os.kill(os.getpid(), signal.SIGSTOP)"
    parent = f"import subprocess,sys; subprocess.run([sys.executable, '-c', {stopped!r}])"

    async def test(watched: Watched) -> None:
        await watched.child.start(SECONDS)
        while not (pid := watched.child.log.read_text()):
            await asyncio.sleep(0.01)
        process = Path("/proc") / pid.strip()
        watched.heard = False
        await watched.line("did not answer")
        while process.exists() and "Z" not in (process / "stat").read_text().rpartition(")")[2].split()[0]:
            await asyncio.sleep(0.01)

    if sys.platform == "linux":
        run(tmp_path, test, sys.executable, "-c", parent)


def test_one_that_hangs_again_and_again_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CRASHES", 2)

    async def test(watched: Watched) -> None:
        await watched.child.start(SECONDS)
        watched.heard = False
        last = await watched.line("gave up")
        assert last.startswith("pod_x did not answer for 0.05 s and was killed; gave up after 3 starts; start it again")
        assert (watched.child.state, watched.child.restarts) == (State.FAILED, 2)
        delays = [line.rpartition(" in ")[2] for line in watched.lines if " in " in line]
        assert delays == ["0.001 s", "0.002 s"]

    run(tmp_path, test)


def test_a_crash_is_told_with_its_reason(tmp_path: Path) -> None:
    async def test(watched: Watched) -> None:
        await watched.child.start(SECONDS)
        watched.child.kill()
        assert await watched.line("exited") == ("pod_x exited unexpectedly, killed by SIGKILL; restart 1 in 0.001 s")

    run(tmp_path, test)


def test_one_that_cannot_be_started_is_told_in_words(tmp_path: Path) -> None:
    async def test(watched: Watched) -> None:
        with pytest.raises(StartFailed):
            await watched.child.start(SECONDS)
        assert await watched.line("cannot") == (
            f"pod_x cannot be started: there is no such file: {tmp_path / 'nothing'}; restart 1 in 0.001 s"
        )

    run(tmp_path, test, str(tmp_path / "nothing"))
