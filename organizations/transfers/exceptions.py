"""Why a namespace is not transferred."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMED = 20


class TransferRefused(Exception):
    """The namespace cannot be transferred; the message says why and what to do."""


class TransferBusy(TransferRefused):
    """Something in the namespace is changing at this moment. Nothing was transferred; try again."""


class Outsiders(TransferRefused):
    """People who do not belong to the target have something in the namespace; an operator decides about it."""

    def __init__(self, target: str, lines: Sequence[str]) -> None:
        more = f"; and {len(lines) - MOST_NAMED} more" if len(lines) > MOST_NAMED else ""
        super().__init__(
            f"{len(lines)} of its people do not belong to {target}: {'; '.join(lines[:MOST_NAMED])}{more}. "
            f"Invite them to {target} first, or choose to remove them from the namespace"
        )
        self.lines = lines
