"""Pages of HTML lists, each read from where the one before ended: `?after=<key>`, and `?before=<key>` to go back.

Nothing is counted, and a page far down costs as much as the first one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest

PER_PAGE = 50
AFTER, BEFORE = "after", "before"
LONGEST_KEY = 1024
# Numbers in keys stay below this one, which every column can be compared with.
_BEYOND = 2**63 - 1

Row = TypeVar("Row")


class Ordered(Protocol[Row]):
    """Rows in an order that they can be continued in."""

    def first(self, most: int, *, after: str = "", before: str = "") -> Iterable[Row]:
        """Return the first rows whose key follows `after`, or the last ones before `before`, the nearest first."""
        ...

    def key(self, row: Row) -> str:
        """Return what a list continues after."""
        ...


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page, and the queries that lead to its neighbors; empty where there is none."""

    rows: list[Row]
    next: str = ""
    previous: str = ""

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


def keyset_page(request: HttpRequest, ordered: Ordered[Row], size: int = PER_PAGE) -> Page[Row]:
    """Return the page that the query names; the first one when it names none, or one that has no rows any more."""
    before, after = (_key(request, name) for name in (BEFORE, AFTER))
    page = _page_before(ordered, before, size) if before else _page_after(ordered, after, size)
    return page if page.rows or not (before or after) else _page_after(ordered, "", size)


@dataclass(frozen=True)
class ByNumber(Generic[Row]):
    """Rows by one column of numbers, the highest first, or the lowest if `rising`."""

    rows: QuerySet[Any]
    column: str = "pk"
    rising: bool = False

    def first(self, most: int, *, after: str = "", before: str = "") -> Iterable[Row]:
        """Return the rows from the highest number down, or up from the one after `before`; the other way if rising."""
        up = self.rising != bool(before)
        edge = before or after
        following = {f"{self.column}__{'gt' if up else 'lt'}": number_in(edge)} if edge else {}
        return self.rows.filter(**following).order_by(self.column if up else f"-{self.column}")[:most]

    def key(self, row: Any) -> str:
        """Return the number."""
        return str(getattr(row, self.column))


@dataclass(frozen=True)
class OneAfterAnother(Generic[Row]):
    """Lists one after the other, by name: those of the first list, then those of the second."""

    lists: dict[str, Ordered[Row]]
    name_of: Callable[[Row], str]

    def first(self, most: int, *, after: str = "", before: str = "") -> Iterable[Row]:
        """Return rows of the list that the key is in, then of those that follow or precede it."""
        at, _, key = (before or after).partition(".")
        names = [*self.lists][::-1] if before else [*self.lists]
        names = names[names.index(at) :] if at in names else names
        found: list[Row] = []
        for name in names:
            edge = {BEFORE if before else AFTER: key} if name == at else {}
            # Without an edge, a list that is read upwards begins below its last row.
            upwards = {BEFORE: "0"} if before and not edge else {}
            found += self.lists[name].first(most - len(found), **edge, **upwards)
            if len(found) >= most:
                break
        return found

    def key(self, row: Row) -> str:
        """Return the name of the list and the key in it."""
        name = self.name_of(row)
        return f"{name}.{self.lists[name].key(row)}"


def by_state(rows: QuerySet[Any], states: Iterable[str], column: str) -> OneAfterAnother[Any]:
    """Return rows in the order of their states, then by the column, the highest first."""
    return OneAfterAnother({state: ByNumber(rows.filter(state=state), column) for state in states}, _state_of)


def number_in(key: str) -> int:
    """Return the number that a key is; what is none is beyond all numbers."""
    return int(key) if key.isascii() and key.isdigit() and len(key) < len(str(_BEYOND)) else _BEYOND


def _state_of(row: Any) -> str:
    return str(row.state)


def _key(request: HttpRequest, name: str) -> str:
    key = request.GET.get(name, "")
    return "" if "\0" in key or len(key) > LONGEST_KEY else key


def _page_after(ordered: Ordered[Row], after: str, size: int) -> Page[Row]:
    found = list(ordered.first(size + 1, after=after))
    return _page(ordered, found[:size], has_next=len(found) > size, has_previous=bool(after))


def _page_before(ordered: Ordered[Row], before: str, size: int) -> Page[Row]:
    found = list(ordered.first(size + 1, before=before))
    return _page(ordered, found[:size][::-1], has_next=True, has_previous=len(found) > size)


def _page(ordered: Ordered[Row], rows: list[Row], *, has_next: bool, has_previous: bool) -> Page[Row]:
    if not rows:
        return Page(rows)
    next_ = urlencode({AFTER: ordered.key(rows[-1])}) if has_next else ""
    return Page(rows, next_, urlencode({BEFORE: ordered.key(rows[0])}) if has_previous else "")
