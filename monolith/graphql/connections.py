"""Lists in pages, as GitLab's: `nodes`, `edges`, `pageInfo`, `count`; `first` and `after`, or `last` and `before`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import strawberry
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, OuterRef, QuerySet
from graphql import GraphQLError
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from monolith.graphql.fields import Decorator, field
from monolith.graphql.look import look
from monolith.graphql.siblings import of_all, together
from monolith.namespaces.seen import Seen

PER_PAGE = 20
MOST_PER_PAGE = 100
MOST_COUNTED = 1000
LONGEST_CURSOR = 2048
# Ids stay below 2^53.
MOST_DIGITS = 16
# Follows every path in the order of characters.
_AFTER_ALL = "\x7f"

Node = TypeVar("Node")


@strawberry.type(description="Where a page of a list ends, and whether there are more.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="An item of a list with its cursor.")
class Edge(Generic[Node]):
    cursor: str
    node: Node


@dataclass(frozen=True)
class Window:
    """Which part of a list is asked for."""

    size: int
    cursor: str | None
    backwards: bool


@dataclass
class Page:
    """The rows of a page, and whether there are more."""

    rows: list[Any]
    window: Window
    more: bool
    key: Callable[[Any], object]

    def cursor(self, row: Any) -> str:
        """Where a list continues after a row."""
        return base64.urlsafe_b64encode(str(self.key(row)).encode()).decode()

    def info(self) -> PageInfo:
        """What is before and behind this page."""
        beyond, before = self.more, self.window.cursor is not None
        if self.window.backwards:
            beyond, before = before, beyond
        start, end = (self.cursor(some[0]) if some else None for some in (self.rows[:1], self.rows[-1:]))
        return PageInfo(has_next_page=beyond, has_previous_page=before, start_cursor=start, end_cursor=end)


@strawberry.type(description="One page of a list.")
class Connection(Generic[Node]):
    page: strawberry.Private[Page]
    counted: strawberry.Private[Callable[[], int]]

    @field(description="The items of this page.")
    def nodes(self) -> list[Node]:
        return self.page.rows

    @field(description="The items of this page, each with its cursor.")
    def edges(self) -> list[Edge[Node]]:
        return [Edge(cursor=self.page.cursor(row), node=row) for row in self.page.rows]

    @field(description="Where this page ends.")
    def page_info(self) -> PageInfo:
        return self.page.info()

    @field(description=f"How many items the whole list has; null if more than {MOST_COUNTED:,}.")
    def count(self) -> int | None:
        number = self.counted()
        return number if number <= MOST_COUNTED else None


def window(first: int | None, after: str | None, last: int | None, before: str | None) -> Window:
    """Return the part of a list that the arguments name. Raises `GraphQLError`."""
    backwards = last is not None or before is not None
    if backwards and (first is not None or after is not None):
        raise GraphQLError("Use first and after, or last and before.")
    name, size, cursor = ("last", last, before) if backwards else ("first", first, after)
    if size is not None and not 1 <= size <= MOST_PER_PAGE:
        raise GraphQLError(f"{name} must be from 1 to {MOST_PER_PAGE}.")
    return Window(PER_PAGE if size is None else size, None if cursor is None else _read(cursor), backwards)


class Paged(FieldExtension):
    """Gives a list's field the arguments of GitLab's connections, and its resolver the `page` that they name."""

    def apply(self, field: StrawberryField) -> None:
        """Replace the resolver's argument."""
        others = [each for each in field.arguments if each.python_name != "page"]
        field.arguments = [*others, *(_argument(*each) for each in PAGE_ARGUMENTS)]

    def resolve(self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **given: Any) -> Any:
        """Return what the resolver makes of the page."""
        page = window(*(given.pop(name, None) for name, _, _ in PAGE_ARGUMENTS))
        return next_(source, info, page=page, **given)


PAGE_ARGUMENTS: list[tuple[str, Any, str]] = [
    ("first", int, f"How many items, from 1 to {MOST_PER_PAGE}; {PER_PAGE} if not given."),
    ("after", str, "Only items after this cursor."),
    ("last", int, "How many items from the end of the list."),
    ("before", str, "Only items before this cursor."),
]


def _argument(name: str, kind: Any, description: str) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(kind | None),
        description=description,
        default=None,
    )


def paged(*, description: str) -> Decorator:
    """As `field`, for a resolver that takes a `page`."""
    return field(description=description, extensions=(Paged(),))


@dataclass(frozen=True)
class Order:
    """The column of a list's order, which is unique within the list, and whether the highest comes first."""

    column: str = "pk"
    falling: bool = True

    def narrow(self, rows: QuerySet[Any], part: Window) -> QuerySet[Any]:
        """Return the rows of a page and one more, the nearest to the cursor first. Raises `GraphQLError`."""
        falling = self.falling != part.backwards
        if part.cursor is not None:
            rows = rows.filter(**{f"{self.column}__{'lt' if falling else 'gt'}": self.value(part.cursor)})
        return rows.order_by(f"{'-' if falling else ''}{self.column}")[: part.size + 1]

    def value(self, cursor: str) -> Any:
        """Return what a cursor says of the column. Raises `GraphQLError`."""
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= MOST_DIGITS):
            raise _no_cursor()
        return int(cursor)

    def key(self, row: Any) -> object:
        """Return where a list continues after a row."""
        return getattr(row, self.column)

    def page(self, found: Sequence[Any], part: Window) -> Page:
        """Return the page of what `narrow` has found."""
        return _page(found, part, self.key)


class ByPath(Order):
    """The order of paths, of rows with the alias `key`."""

    def value(self, cursor: str) -> str:
        """Return the path."""
        return cursor

    def key(self, row: Any) -> str:
        """Return the path in lower case."""
        return str(row.full_path).lower()


NEWEST, OLDEST, BY_PATH = Order(), Order(falling=False), ByPath("key", falling=False)


def listed(info: strawberry.Info, rows: QuerySet[Any], order: Order, part: Window) -> Connection[Any]:
    """Return a page of a list that has no parent."""
    look(info)
    page = order.page(list(order.narrow(rows, part)), part)
    return Connection(page=_known(page), counted=lambda: _count(info, rows))


def listed_by_path(info: strawberry.Info, seen: Seen[Any], part: Window) -> Connection[Any]:
    """Return a page of groups or projects in the order of their paths."""
    look(info)
    cursor = part.cursor or ""
    edge = {"before": cursor or _AFTER_ALL} if part.backwards else {"after": cursor}
    page = _page(list(seen.first(part.size + 1, **edge)), part, seen.key)

    def count() -> int:
        look(info)
        return seen.first(MOST_COUNTED + 1).count()

    return Connection(page=_known(page), counted=count)


@dataclass(frozen=True)
class Below:
    """Rows that refer to the rows of another list by the column `link`."""

    link: str
    rows: QuerySet[Any]
    order: Order

    @property
    def of_each(self) -> QuerySet[Any]:
        """Those of one parent, within a query of the parents."""
        return self.rows.filter(**{self.link: OuterRef("pk")})


def listed_below(info: strawberry.Info, parent: Any, below: Below, part: Window, name: Hashable) -> Connection[Any]:
    """Return a page of what is below a row, read for all its siblings in two queries.

    `name` stands for the condition of the rows.
    """
    rows, order = below.rows, below.order

    def load(parents: list[Any]) -> Mapping[Any, Page]:
        found = order.narrow(below.of_each, part).values("pk")
        ids = dict(_of_parents(parents).annotate(found=ArraySubquery(found)).values_list("pk", "found"))
        all_ids = [each for some in ids.values() for each in some]
        look(info)
        by_id = {row.pk: row for row in rows.filter(pk__in=all_ids)} if all_ids else {}
        together(by_id.values())
        # What was deleted between the two queries is left out.
        return {pk: order.page([by_id[each] for each in some if each in by_id], part) for pk, some in ids.items()}

    def count_all(parents: list[Any]) -> Mapping[Any, int]:
        some = below.of_each.order_by().values("pk")[: MOST_COUNTED + 1]
        return dict(_of_parents(parents).annotate(number=_Cardinality(ArraySubquery(some))).values_list("pk", "number"))

    page = of_all(info, parent, (name, part), load) or order.page([], part)
    return Connection(page=page, counted=lambda: of_all(info, parent, (name, "count"), count_all) or 0)


def listed_here(rows: Sequence[Any], part: Window) -> Connection[Any]:
    """Return a page of rows that have been read already, in the order of their ids."""
    number = None if part.cursor is None else OLDEST.value(part.cursor)
    ordered = sorted(rows, key=lambda row: row.pk, reverse=part.backwards)
    found = [row for row in ordered if number is None or (row.pk < number if part.backwards else row.pk > number)]
    return Connection(page=OLDEST.page(found[: part.size + 1], part), counted=lambda: len(rows))


class _Cardinality(Func):
    function = "cardinality"
    arity = 1
    output_field = IntegerField()


def _of_parents(parents: list[Any]) -> QuerySet[Any]:
    rows: QuerySet[Any] = type(parents[0])._default_manager.filter(pk__in=[each.pk for each in parents])
    return rows


def _count(info: strawberry.Info, rows: QuerySet[Any]) -> int:
    look(info)
    return rows.order_by()[: MOST_COUNTED + 1].count()


def _page(found: Sequence[Any], part: Window, key: Callable[[Any], object]) -> Page:
    shown = list(found[: part.size])
    return Page(shown[::-1] if part.backwards else shown, part, len(found) > part.size, key)


def _known(page: Page) -> Page:
    together(page.rows)
    return page


def _read(cursor: str) -> str:
    try:
        key = base64.b64decode(cursor[:LONGEST_CURSOR].encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise _no_cursor() from error
    if not key or "\0" in key:
        raise _no_cursor()
    return key


def _no_cursor() -> GraphQLError:
    return GraphQLError("The cursor is not one of this list: take it from pageInfo or edges.")
