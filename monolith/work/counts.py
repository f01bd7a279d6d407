"""Counts that stop at a limit, however many rows there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet


@dataclass(frozen=True)
class Count:
    """How many rows there are, up to one more than `most`."""

    number: int
    most: int

    @property
    def is_more(self) -> bool:
        """Whether there are more than `most`."""
        return self.number > self.most

    def __str__(self) -> str:
        return f"{self.most}+" if self.is_more else str(self.number)


def counted(rows: QuerySet[Any], most: int) -> Count:
    """Count rows; reads one row more than `most` and no further, from the index that a list of them is read from."""
    return Count(rows.order_by("-pk")[: most + 1].count(), most)


def limit_passed(counts: Iterable[Count]) -> int | None:
    """Return the limit that a count passed, for a page to explain, or None when all counts are exact."""
    return next((count.most for count in counts if count.is_more), None)
