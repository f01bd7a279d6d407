"""No query for each row: what one row of a list is asked for is read for all rows of that list at once.

GraphQL resolves field by field and row by row. Rows that were read together know each other, so the first one that is
asked for its author reads the authors of all. What was read so is together again, however deep.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

import strawberry

from monolith.graphql.look import look

Row = TypeVar("Row")
Load = Callable[[list[Any]], Mapping[Any, Any]]
"""Takes rows; returns what was asked for by their ids."""
_NAME = "_siblings"


class Siblings:
    """Rows that were read together, and what has been read of them since."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows
        self.read: dict[Hashable, Mapping[Any, Any]] = {}


def together(rows: Iterable[Row]) -> list[Row]:
    """Return the rows; what one of them is asked for will be read for all."""
    listed = list(rows)
    siblings = Siblings(listed)
    for row in listed:
        setattr(row, _NAME, siblings)
    return listed


def of_all(info: strawberry.Info, row: Any, name: Hashable, load: Load) -> Any:
    """Return what is asked of a row, read for all its siblings the first time; None where `load` found nothing."""
    if not hasattr(row, _NAME):
        together([row])
    siblings: Siblings = getattr(row, _NAME)
    if name not in siblings.read:
        look(info)
        siblings.read[name] = load(siblings.rows)
    return siblings.read[name].get(row.pk)


def are_many(row: Any) -> bool:
    """Whether a row was read together with others."""
    siblings = getattr(row, _NAME, None)
    return siblings is not None and len(siblings.rows) > 1
