"""How hard a move works: a share of the time, so that the neighbours on both servers hardly notice.

The brake is the share: after each chunk it sleeps in proportion to what the chunk took. Feedback only compares pairs,
a probe right after a chunk with one after the pause: an absolute limit would blame the move for everybody's load.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from statistics import median

from moves.databases import Session

SLOWER = 1.5
PAIRS = 8
LOWEST_DUTY = 0.05
RECOVERY = 1.05


class Pace:
    """The brake of one piece of work. `sleep` returns early only by raising."""

    def __init__(
        self,
        duty: float,
        sleep: Callable[[float], None],
        *,
        rate: int | None = None,
        probed: Sequence[Session] = (),
    ) -> None:
        self._wanted = self.duty = duty
        self._sleep = sleep
        self._rate = rate
        self._probed = probed
        self._pairs: deque[tuple[float, float]] = deque(maxlen=PAIRS)

    @property
    def ratio(self) -> float:
        """How much slower the servers answer after a chunk than after a pause; 1.0 until there are enough pairs."""
        if len(self._pairs) < PAIRS:
            return 1.0
        return median(busy for busy, _ in self._pairs) / max(median(idle for _, idle in self._pairs), 1e-6)

    def rest(self, worked: float, rows: int) -> None:
        """Sleep after `worked` seconds of work on so many rows."""
        pause = worked * (1 - self.duty) / self.duty
        if self._rate:
            pause = max(pause, rows / self._rate - worked)
        busy = self._probe()
        self._sleep(pause)
        self._pairs.append((busy, self._probe()))
        if len(self._pairs) == PAIRS:
            self._adjust()

    def _adjust(self) -> None:
        if self.ratio > SLOWER:
            self.duty = max(LOWEST_DUTY, self.duty / 2)
            self._pairs.clear()
        else:
            self.duty = min(self._wanted, self.duty * RECOVERY)

    def _probe(self) -> float:
        """How long the slowest of the servers takes for something small."""
        longest = 0.0
        for session in self._probed:
            started = time.monotonic()
            session.run("SELECT count(*) FROM (SELECT 1 FROM organization_state LIMIT 50) AS few")
            longest = max(longest, time.monotonic() - started)
        return longest
