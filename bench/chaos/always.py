"""What must be true at every moment: at most one pod serves an organization, and epochs only grow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.chaos.looks import Looks
from bench.chaos.world import SCHEMAS

LOOK_SECONDS = 0.1
OPEN = """
SELECT organization_id, source, target FROM organization_moves WHERE state NOT IN ('planned', 'done', 'returned',
'aborted', 'settled', 'purging')
"""
STATE = "SELECT state, epoch FROM organization_state WHERE id = %s"
EPOCH = "SELECT epoch FROM organizations WHERE id = %s"


@dataclass
class Always:
    """What was seen so far, and what was wrong with it."""

    looks: Looks
    wrong: list[str] = field(default_factory=list)
    seen: int = 0
    _epochs: dict[tuple[str, str, int], int] = field(default_factory=dict)

    def look(self) -> None:
        """Look at every organization that moves now."""
        for organization, source, target in self.looks.look(next(iter(self._pods)), "routes", OPEN) or []:
            for schema in SCHEMAS:
                self._one_serves(schema, organization, source, target)
            rows = self.looks.look(source, "routes", EPOCH, organization)
            if rows:
                self._grows("routes", "routes", organization, rows[0][0])
            self.seen += 1

    @property
    def _pods(self) -> dict[str, object]:
        return dict(self.looks.scratch.topology.pods)

    def _one_serves(self, schema: str, organization: int, source: str, target: str) -> None:
        """The source is looked at before the target and after it: only if it served all the time, both served."""
        before, other, after = (self._serves(pod, schema, organization) for pod in (source, target, source))
        if before is not None and before == after and other is not None:
            self.wrong.append(
                f"organization {organization}: {source} serves {schema} with epoch {before}, "
                f"and {target} with epoch {other}"
            )

    def _serves(self, pod: str, schema: str, organization: int) -> int | None:
        """The epoch with which a pod serves."""
        rows = self.looks.look(pod, schema, STATE, organization)
        if not rows:
            return None
        state, epoch = rows[0]
        self._grows(pod, schema, organization, epoch)
        return int(epoch) if state == "active" else None

    def _grows(self, pod: str, schema: str, organization: int, epoch: int) -> None:
        key = pod, schema, organization
        if epoch < self._epochs.get(key, 0):
            self.wrong.append(
                f"organization {organization}: epoch {epoch} in {schema} of {pod} follows {self._epochs[key]}"
            )
        self._epochs[key] = epoch


@contextmanager
def always(looks: Callable[[], Looks]) -> Iterator[Always]:
    """Look for the time of the block."""
    found, stop = Always(looks()), threading.Event()

    def go_on() -> None:
        while not stop.wait(LOOK_SECONDS):
            found.look()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()
        found.looks.close()
