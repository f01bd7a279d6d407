"""Lists in pieces: `?page=2&per_page=50`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

PER_PAGE = 20
MOST_PER_PAGE = 100
LAST_PAGE = 1000


def page_of(request: Request, rows: QuerySet[Any], serializer: type[Any]) -> Response:
    """One page of `rows`; `X-Next-Page` says which is the next, and is empty on the last."""
    number, size = _number(request, "page", 1, LAST_PAGE), _number(request, "per_page", PER_PAGE, MOST_PER_PAGE)
    found = list(rows[(number - 1) * size : number * size + 1])
    following = str(number + 1) if len(found) > size and number < LAST_PAGE else ""
    headers = {"X-Page": str(number), "X-Per-Page": str(size), "X-Next-Page": following}
    return Response(serializer(found[:size], many=True).data, headers=headers)


def _number(request: Request, name: str, default: int, most: int) -> int:
    given = request.query_params.get(name, "")
    return min(max(int(given), 1), most) if given.isascii() and given.isdigit() and len(given) < 9 else default
