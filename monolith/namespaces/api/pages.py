"""Lists in pages: `?page=2&per_page=50`, or `?pagination=keyset` for a list of any length. `Link` (RFC 8288) has the
next page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.encoding import iri_to_uri
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.seen import Seen
from pods import asked_address
from users.api.private import PrivateView

PER_PAGE = 20
MOST_PER_PAGE = 100
LAST_PAGE = 1000
# Ids stay below 2^53.
MOST_ID = 2**53
# As GitLab: longer lists are not counted.
MOST_COUNTED = 10_000

FOR_LONGER_LISTS = " Use pagination=keyset for longer lists."
KEYSET = "keyset"
OFFSET = "offset"
ORDERS = ("asc", "desc")
BY_ID = "id"

Show = Callable[[Sequence[Any]], Any]


class Number(serializers.IntegerField):
    """A whole number in digits, within bounds."""

    def __init__(self, least: int, most: int, *, more: str = "", **options: Any) -> None:
        self.least, self.most, self.more = least, most, more
        super().__init__(required=False, min_value=least, max_value=most, **options)

    def to_internal_value(self, data: Any) -> int:
        """Return the number; raises `ValidationError`."""
        text = data if isinstance(data, str) else ""
        if not (text.isascii() and text.isdigit() and len(text) < 17 and self.least <= int(text) <= self.most):
            raise serializers.ValidationError([f"Must be a number from {self.least} to {self.most}.{self.more}"])
        return int(text)


class Choice(serializers.ChoiceField):
    """One of a few words."""

    def __init__(self, choices: Sequence[str], **options: Any) -> None:
        super().__init__(choices=[*choices], required=False, **options)

    def to_internal_value(self, data: Any) -> str:
        """Return the word; raises `ValidationError`."""
        if not isinstance(data, str) or data not in self.choices:
            raise serializers.ValidationError([f"Must be {' or '.join(self.choices)}."])
        return data


def page_number(last: int = LAST_PAGE, more: str = "") -> Number:
    """The parameter `page`; `more` is what to do about a number that is too high."""
    return Number(
        1,
        last,
        more=more,
        default=1,
        help_text=f"Number of the page, from 1 to {last}; 1 if not given. A page beyond the end is empty.",
    )


class Numbered(serializers.Serializer[Any]):
    """What lists take that have no ids."""

    page = page_number()
    per_page = Number(
        1,
        MOST_PER_PAGE,
        default=PER_PAGE,
        help_text=f"Items on a page, from 1 to {MOST_PER_PAGE}; {PER_PAGE} if not given.",
    )
    pagination = Choice([OFFSET], default=OFFSET, help_text="This list has numbered pages only.")


class Listed(Numbered):
    """What all other lists take."""

    page = page_number(more=FOR_LONGER_LISTS)
    pagination = Choice(
        [KEYSET, OFFSET],
        default=OFFSET,
        help_text="With keyset, the list is in the order of ids, however long it is. `Link` has the next page.",
    )
    sort = Choice(ORDERS, help_text="The direction: asc starts with the first or oldest item, desc with the last.")
    id_after = Number(0, MOST_ID, help_text="Only items with a greater id.")
    id_before = Number(1, MOST_ID, help_text="Only items with a smaller id.")


class ByPath(Listed):
    """A list of namespaces, in the order of their paths."""

    order_by = Choice(["path", BY_ID], default="path", help_text="The order; path if not given.")


def page_of(
    view: PrivateView, rows: QuerySet[Any, Any] | Seen[Any], show: Show, *, orders: dict[str, str] | None = None
) -> Response:
    """Return the page of `rows` that the request asks for, as `show` makes them.

    `orders` are the columns by the values that `order_by` takes, beside the id, which is the default, from last to
    first. Without any, the rows keep their order. Raises `ValidationError` for parameters that do not go together.
    """
    asked, request = view.asked, view.request
    rows = rows.filter(_within(asked)) if {"id_after", "id_before"} & asked.keys() else rows
    size = asked["per_page"]
    if asked["pagination"] == KEYSET:
        by_id = rows.rows if isinstance(rows, Seen) else rows
        if asked.get("order_by", BY_ID) != BY_ID and "order_by" in view.sent:
            raise ValidationError({"order_by": ["With pagination=keyset, the order is that of ids."]})
        if asked.get("sort", "asc") == "asc":
            return _by_key(request, by_id.order_by("pk"), show, size, "id_after")
        return _by_key(request, by_id.order_by("-pk"), show, size, "id_before")
    return _by_number(request, _ordered(rows, asked, orders or {}), show, size, asked["page"])


def _within(asked: Any) -> Q:
    after, before = asked.get("id_after"), asked.get("id_before")
    condition = Q() if after is None else Q(pk__gt=after)
    return condition if before is None else condition & Q(pk__lt=before)


def _ordered(
    rows: QuerySet[Any, Any] | Seen[Any], asked: Any, orders: dict[str, str]
) -> QuerySet[Any, Any] | Seen[Any]:
    """Return the rows in the order that was asked for."""
    order, sort = asked.get("order_by"), asked.get("sort")
    if isinstance(rows, Seen):
        if order == BY_ID:
            return rows.rows.order_by("-pk" if sort == "desc" else "pk")
        if sort == "desc":
            raise ValidationError({"sort": ["Must be asc in the order of paths."]})
        return rows
    if not orders:
        return rows.reverse() if sort and _is_ascending(rows) != (sort == "asc") else rows
    column = orders.get(order or BY_ID, "pk")
    return rows.order_by(column, "pk") if sort == "asc" else rows.order_by(f"-{column}", "-pk")


def _is_ascending(rows: QuerySet[Any, Any]) -> bool:
    return not str(next(iter(rows.query.order_by), "")).startswith("-")


def _by_number(request: Request, rows: QuerySet[Any, Any] | Seen[Any], show: Show, size: int, number: int) -> Response:
    first = rows.first(number * size + 1) if isinstance(rows, Seen) else rows
    found = list(first[(number - 1) * size : number * size + 1])
    following = number + 1 if len(found) > size else None
    total = _total(rows, number, size, len(found))
    links = {"prev": number - 1 if number > 1 else None, "next": following, "first": 1}
    if total is not None:
        links["last"] = max(1, -(-total // size))
    headers = {
        "X-Page": str(number),
        "X-Per-Page": str(size),
        "X-Next-Page": str(following or ""),
        "X-Prev-Page": str(links["prev"] or ""),
        "Link": ", ".join(_link(request, name, page=page, per_page=size) for name, page in links.items() if page),
    }
    if total is not None:
        headers |= {"X-Total": str(total), "X-Total-Pages": str(links["last"])}
    return Response(show(found[:size]), headers=headers)


def _total(rows: QuerySet[Any, Any] | Seen[Any], number: int, size: int, found: int) -> int | None:
    """Return how many rows there are; None when there are more than `MOST_COUNTED`, and for what is put together from
    several lists: to count those would be to read them all.
    """
    if 0 < found <= size or (found == 0 and number == 1):
        return (number - 1) * size + found
    if isinstance(rows, Seen):
        return None
    total = rows.order_by()[: MOST_COUNTED + 1].count()
    return total if total <= MOST_COUNTED else None


def _by_key(request: Request, rows: QuerySet[Any, Any], show: Show, size: int, edge: str) -> Response:
    """Return the first of the rows, with a link to the next ones: `edge` is the parameter for the last id of a page."""
    found = list(rows[: size + 1])
    shown, headers = found[:size], {"X-Per-Page": str(size)}
    if len(found) > size:
        headers["Link"] = _link(request, "next", **{edge: _key_of(shown[-1]), "per_page": size})
    return Response(show(shown), headers=headers)


def _key_of(row: Any) -> int:
    key: int = row["pk"] if isinstance(row, dict) else row.pk
    return key


def _link(request: Request, name: str, **changed: int) -> str:
    query = request.query_params.copy()
    for parameter, value in changed.items():
        query[parameter] = str(value)
    return f'<{asked_address.site()}{iri_to_uri(request._request.path)}?{query.urlencode()}>; rel="{name}"'
