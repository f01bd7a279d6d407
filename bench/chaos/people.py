"""People who write through the routers, most of all into the chunk under way, and the ledger of what was acknowledged.

A row whose last write was not acknowledged is never written again: it may have either value, and nobody could say
which came last.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from bench.chaos.looks import Looks
from bench.chaos.world import OWNER, Filled

WRITERS = 4
PAUSE_SECONDS, PATIENCE_SECONDS = 0.03, 20.0
CHUNK = 500
ELSEWHERE = 0.15
"""Share of the writes to organizations that may not be moving."""
DELETED = None
MOVING = """
SELECT organization_id, (SELECT copied_to FROM organization_move_tables t
    WHERE t.move_id = m.id AND schema = 'main' AND t.name = 'issues' AND NOT done)
FROM organization_moves m WHERE state NOT IN ('planned', 'done', 'returned', 'aborted', 'purging', 'settled')
"""


@dataclass
class Ledger:
    """What must be there at the end."""

    titles: dict[tuple[int, int], str | None] = field(default_factory=dict)
    """Of an organization's issue, by its number: the last that was acknowledged; None after its deletion."""
    perhaps: dict[tuple[int, int], str | None] = field(default_factory=dict)
    """What nobody acknowledged: the title is this, or the one before."""
    opened: dict[str, tuple[int, bool]] = field(default_factory=dict)
    """New issues by their title, which nobody else has: the organization, and whether it was acknowledged."""
    comments: dict[str, tuple[int, int, bool]] = field(default_factory=dict)
    """The same with the number of the issue."""
    statuses: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0

    def is_open(self, key: tuple[int, int]) -> bool:
        """Whether a row may be written: it is there, and everything about it is known."""
        return key not in self.perhaps and self.titles.get(key, "") is not DELETED


class Writer:
    """One of them. Rows are shared out by their number, so that each has one writer."""

    def __init__(self, looks: Looks, organizations: dict[int, Filled], ledger: Ledger, number: int, seed: int) -> None:
        self.looks = looks
        self._organizations = organizations
        self._ledger = ledger
        self._number = number
        self._draw = random.Random(f"{seed} writer {number}")  # noqa: S311
        self._turn = 0
        routers = list(looks.scratch.topology.routers.values())
        self._address = routers[number % len(routers)].address
        self._moving: list[tuple[int, str | None]] = []
        self._looked = 0.0

    def write(self, client: httpx.Client) -> None:
        """Do one thing somewhere."""
        self._turn += 1
        filled, frontier = self._where()
        number = self._issue(filled, frontier)
        what = self._draw.random()
        if what < 0.25:
            self._open(client, filled)
        elif number is None:
            return
        elif what < 0.5:
            self._comment(client, filled, number)
        elif what < 0.6:
            self._set(client, filled, number, DELETED)
        else:
            self._set(client, filled, number, f"w{self._number}-{self._turn}")

    def _where(self) -> tuple[Filled, int]:
        """An organization, mostly one that moves, and the number of the issue that was copied last."""
        if time.monotonic() - self._looked > 0.05:
            rows = self.looks.look(next(iter(self.looks.scratch.topology.pods)), "routes", MOVING)
            self._moving = [(each, at) for each, at in rows or self._moving if each in self._organizations]
            self._looked = time.monotonic()
        if not self._moving or self._draw.random() < ELSEWHERE:
            return self._draw.choice(list(self._organizations.values())), 0
        organization, copied_to = self._draw.choice(self._moving)
        filled = self._organizations[organization]
        return filled, max(0, filled.number_of(int(copied_to))) if copied_to else 0

    def _issue(self, filled: Filled, frontier: int) -> int | None:
        """One of this writer's, in the chunk after the frontier."""
        start = frontier if frontier < filled.issues else 0
        own = [
            number
            for number in range(start + 1, min(start + CHUNK, filled.issues) + 1)
            if number % WRITERS == self._number and self._ledger.is_open((filled.id, number))
        ]
        return self._draw.choice(own) if own else None

    def _open(self, client: httpx.Client, filled: Filled) -> None:
        title = f"opened w{self._number}-{self._turn}"
        done = self._send(client.post, filled, "", {"title": title})
        self._ledger.opened[title] = filled.id, done

    def _comment(self, client: httpx.Client, filled: Filled, number: int) -> None:
        text = f"comment w{self._number}-{self._turn}"
        done = self._send(client.post, filled, f"/{number}/notes", {"body": text})
        self._ledger.comments[text] = filled.id, number, done

    def _set(self, client: httpx.Client, filled: Filled, number: int, title: str | None) -> None:
        key, where = (filled.id, number), f"/{number}"
        if title is DELETED:
            done = self._send(client.delete, filled, where, None)
        else:
            done = self._send(client.put, filled, where, {"title": title})
        if done:
            self._ledger.titles[key] = title
        else:
            self._ledger.perhaps[key] = title

    def _send(
        self, method: Callable[..., httpx.Response], filled: Filled, path: str, body: dict[str, str | None] | None
    ) -> bool:
        """Send a request; return whether it was acknowledged."""
        url = f"http://{self._address}/api/v4/projects/{quote(filled.project, safe='')}/issues{path}"
        try:
            response = method(url, **({"json": body} if body else {}))
        except httpx.HTTPError as error:
            self._ledger.statuses[type(error).__name__] += 1
            return False
        self._ledger.statuses[str(response.status_code)] += 1
        self._ledger.acknowledged += response.is_success
        return response.is_success


@contextmanager
def at_work(looks: Callable[[], Looks], organizations: dict[int, Filled], seed: int) -> Iterator[Ledger]:
    """People write for the time of the block; their ledger."""
    ledger, stop = Ledger(), threading.Event()
    threads = [
        threading.Thread(target=_write, args=(Writer(looks(), organizations, ledger, number, seed), stop))
        for number in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield ledger
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _write(writer: Writer, stop: threading.Event) -> None:
    headers = {"PRIVATE-TOKEN": f"glpat-demo-{OWNER}"}
    with closing(writer.looks), httpx.Client(headers=headers, timeout=PATIENCE_SECONDS) as client:
        while not stop.wait(PAUSE_SECONDS):
            writer.write(client)
