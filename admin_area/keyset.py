"""Lists of a million rows: each page is read from an index, from where the one before ended, and nothing is counted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, Func, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest

if TYPE_CHECKING:
    from admin_area.listing import Listing

AFTER = "after"
MAX_ID = 2**63 - 1
LAST_CHARACTER = "\U0010ffff"


class Key:
    """What a list is ordered and continued by: one indexed expression, unique."""

    def __init__(
        self,
        expression: Combinable | str = "pk",
        *,
        descending: bool = False,
        parse: Callable[[str], object] | None = None,
    ) -> None:
        """`parse` makes a key of the text in a query, and raises `IncorrectLookupParameters`; the primary key is a
        number unless it says otherwise.
        """
        self._expression = F(expression) if isinstance(expression, str) else expression
        self._descending = descending
        self._parse = parse or (_number if self._expression == F("pk") else str)

    @property
    def ordering(self) -> str:
        """For `order_by`, on rows that have `list_key`."""
        return "-list_key" if self._descending else "list_key"

    def ordered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows in the order of the key, which each has as `list_key`."""
        keyed: QuerySet[Any] = rows.annotate(list_key=self._expression).order_by(self.ordering)
        return keyed

    def after(self, rows: QuerySet[Any], key: str) -> QuerySet[Any]:
        """Those of `ordered` that follow a key. Raises `IncorrectLookupParameters`."""
        if "\0" in key:
            raise IncorrectLookupParameters(f"{AFTER} contains a NUL character")
        following: QuerySet[Any] = rows.filter(**{f"list_key__{'lt' if self._descending else 'gt'}": self._parse(key)})
        return following

    @staticmethod
    def beginning(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Those of `ordered` whose key begins with a text; a range, which an index serves under any plan."""
        return rows.filter(list_key__gte=text, list_key__lt=text + LAST_CHARACTER)


class Lowered(Func):
    """PostgreSQL's `lower(…)`, as the indexes of names have it."""

    function = "lower"
    arity = 1


class KeysetChangeList(ChangeList):
    """A page of a list; `next_query` leads to the page after it."""

    model_admin: Listing
    next_query: str | None = None
    first_query: str | None = None
    """The query of the first page; None on the first page itself."""

    def get_filters_params(self, params: Any = None) -> Any:
        """All but where the page begins."""
        found = super().get_filters_params(params)
        found.pop(AFTER, None)
        return found

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """By the key only, so that the page after this one can be found."""
        return [self.model_admin.key.ordering]

    def get_ordering_field_columns(self) -> Any:
        """Offer no other order: one without an index would read the whole table."""
        return {}

    def get_results(self, request: HttpRequest) -> None:
        """Read one row more than is shown, to know whether there is a page after this one."""
        rows = self.queryset
        after = request.GET.get(AFTER)
        if after is not None:
            rows = self.model_admin.key.after(rows, after)
            self.first_query = self.get_query_string(remove=[AFTER])
        found: list[Any] = list(rows[: self.list_per_page + 1])
        self.result_list = found[: self.list_per_page]
        if len(found) > self.list_per_page:
            self.next_query = self.get_query_string({AFTER: found[self.list_per_page - 1].list_key})
        self.result_count = len(self.result_list)
        self.show_full_result_count = False
        self.full_result_count = None
        self.show_admin_actions = False
        self.can_show_all = self.multi_page = False
        self.model_admin.prepare(self.result_list)

    def url_for_result(self, result: Any) -> str:
        """The row's page."""
        return self.model_admin.address_of(result)

    @property
    def title(self) -> str:
        """The list's name; Django would say what to select."""
        return self.model_admin.label

    @title.setter
    def title(self, given: str) -> None: ...


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= MAX_ID):
        raise IncorrectLookupParameters(f"{AFTER}={text!r} is not a number")
    return int(text)


def moment(text: str) -> datetime:
    """Parse a key that is a time with its zone. Raises `IncorrectLookupParameters`."""
    with suppress(ValueError):
        found = datetime.fromisoformat(text)
        if found.tzinfo:
            return found
    raise IncorrectLookupParameters(f"{AFTER}={text!r} is not a time with its zone")
