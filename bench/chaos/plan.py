"""What happens to each move: drawn from a seed, so that a run can be repeated."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

STATES = (
    "planned",
    "preparing",
    "copying",
    "streaming",
    "rehearsing",
    "fencing",
    "flipped",
    "settled",
    "purging",
)
"""In the order in which a move goes through them."""


class Do(StrEnum):
    """What is done to a victim."""

    KILL = "kill -9"
    STOP = "SIGSTOP"
    END = "end"
    """PostgreSQL ends a session."""
    LAG = "lag"


class Victim(StrEnum):
    """To whom, seen from a move."""

    DRIVER = "driver"
    SOURCE_POD = "source pod"
    TARGET_POD = "target pod"
    SOURCE_SERVER = "source server"
    TARGET_SERVER = "target server"
    SHARED = "primary of routes"
    ROUTER = "router"
    SENDER = "walsender"
    SESSIONS = "driver's sessions"
    REPLICAS = "replicas of a region"


class Ending(StrEnum):
    """What an operator wants of a move."""

    DONE = "done"
    ROLLBACK = "rolled back"
    ABORT = "aborted"


# How often each is drawn, compared with the others.
FAULTS: dict[tuple[Do, Victim], int] = {
    (Do.KILL, Victim.DRIVER): 5,
    (Do.STOP, Victim.DRIVER): 5,
    (Do.END, Victim.SESSIONS): 3,
    (Do.END, Victim.SENDER): 3,
    (Do.STOP, Victim.SENDER): 3,
    (Do.KILL, Victim.SENDER): 1,
    (Do.KILL, Victim.SOURCE_POD): 2,
    (Do.KILL, Victim.TARGET_POD): 2,
    (Do.STOP, Victim.SOURCE_POD): 1,
    (Do.KILL, Victim.SOURCE_SERVER): 1,
    (Do.KILL, Victim.TARGET_SERVER): 1,
    (Do.STOP, Victim.SOURCE_SERVER): 1,
    (Do.STOP, Victim.TARGET_SERVER): 1,
    (Do.KILL, Victim.SHARED): 1,
    (Do.STOP, Victim.SHARED): 1,
    (Do.KILL, Victim.ROUTER): 1,
    (Do.STOP, Victim.ROUTER): 1,
    (Do.LAG, Victim.REPLICAS): 1,
}
ENDINGS = {Ending.DONE: 6, Ending.ROLLBACK: 2, Ending.ABORT: 2}
LONGEST_DELAY_SECONDS, LONGEST_STOP_SECONDS = 0.4, 4.0


@dataclass(frozen=True)
class Fault:
    """One fault: a moment after the move is first seen in `state`, or beyond it."""

    do: Do
    victim: Victim
    state: str
    delay: float
    seconds: float
    """How long a process stands still, or lags."""
    choice: int
    """Which, where there are several."""

    @property
    def kind(self) -> str:
        """As the report counts it."""
        return f"{self.do} {self.victim}"

    def __str__(self) -> str:
        return f"{self.kind} at {self.state} + {self.delay * 1000:.0f} ms, for {self.seconds:.1f} s"


@dataclass(frozen=True)
class Planned:
    """One move: which organization, where to, what the operator wants, and what breaks."""

    number: int
    organization: int
    choice: int
    """Of the other pods."""
    ending: Ending
    abort_at: str
    manual: bool
    """Whether the operator asks for the cut-over."""
    pauses: bool
    at_once: bool
    """Whether a roll-back is asked for before the certificate is there."""
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return f"move {self.number} of organization {self.organization}, {self.ending}: " + (
            "; ".join(map(str, self.faults)) or "no fault"
        )


def planned(seed: int, moves: int, organizations: int, faults: float) -> list[Planned]:
    """Return the plan of a seed: each organization moves in turn, with so many faults a move on average."""
    return [
        _move(random.Random(f"{seed} {number}"), number, organizations, faults)  # noqa: S311
        for number in range(moves)
    ]


def _move(draw: random.Random, number: int, organizations: int, faults: float) -> Planned:
    (ending,) = draw.choices(list(ENDINGS), list(ENDINGS.values()))
    how_many = int(faults) + (draw.random() < faults % 1)
    return Planned(
        number=number,
        organization=number % organizations,
        choice=draw.randrange(3),
        ending=ending,
        abort_at=draw.choice(STATES[1:6]),
        manual=draw.random() < 0.2,
        pauses=draw.random() < 0.1,
        at_once=draw.random() < 0.5,
        faults=tuple(_fault(draw) for _ in range(how_many)),
    )


def _fault(draw: random.Random) -> Fault:
    ((do, victim),) = draw.choices(list(FAULTS), list(FAULTS.values()))
    return Fault(
        do=do,
        victim=victim,
        state=draw.choice(STATES[1:]),
        delay=draw.uniform(0, LONGEST_DELAY_SECONDS),
        seconds=draw.uniform(0.5, LONGEST_STOP_SECONDS),
        choice=draw.randrange(100),
    )
