"""Other stores that an organization has rows or files in: search indexes now, repositories and uploads later.

A store is registered once (`with_other_stores`), and does its part at each step of every move. Each call may be
repeated; what raises keeps the move where it is, and it is tried again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moves.record import Move


class OtherStore:
    """A store that does nothing at any step; override what it needs."""

    name = "store"

    def prepare(self, move: Move) -> None:
        """Make room on the target, and empty it."""

    def copy(self, move: Move) -> None:
        """Copy everything while the source goes on changing."""

    def catch_up(self, move: Move) -> bool:
        """Copy what has changed since; return whether the target is close enough behind for the fence."""
        return True

    def fence(self, move: Move) -> None:
        """Copy the rest: nothing changes now. People wait meanwhile, at most `max_pause_ms` for all stores."""

    def verify(self, move: Move) -> list[str]:
        """Return what differs between source and target, in words."""
        return []

    def flip(self, move: Move) -> None:
        """The target serves now."""

    def purge(self, move: Move) -> None:
        """Delete what the source has."""


class RebuiltIndex(OtherStore):
    """An index that is made again from the target's rows, such as one for search: when they are there, and once more
    after the flip for what has changed in between.
    """

    def __init__(self, name: str, rebuild: Callable[[str, int], None], drop: Callable[[str, int], None]) -> None:
        """Take the functions that make and that drop the index of an organization, called with the pod's name and the
        organization's id.
        """
        self.name = name
        self._rebuild = rebuild
        self._drop = drop

    def copy(self, move: Move) -> None:
        """Build it on the target."""
        self._rebuild(move.target, move.organization_id)

    def flip(self, move: Move) -> None:
        """Build it again."""
        self._rebuild(move.target, move.organization_id)

    def purge(self, move: Move) -> None:
        """Drop it on the source."""
        self._drop(move.source, move.organization_id)


_stores: list[OtherStore] = []


def with_other_stores(store: OtherStore) -> None:
    """Register a store for every move from now on."""
    if store not in _stores:
        _stores.append(store)


def each(step: Callable[[OtherStore], object]) -> None:
    """Call a step of every store, in the order in which they were registered."""
    for store in _stores:
        step(store)


def registered() -> tuple[OtherStore, ...]:
    """Return the stores."""
    return tuple(_stores)
