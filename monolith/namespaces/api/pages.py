"""Lists in pieces: `?page=2&per_page=50`, or `?pagination=keyset` for all of a long one, with what comes next as a
`Link` (RFC 8288).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.encoding import iri_to_uri
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

PER_PAGE = 20
MOST_PER_PAGE = 100
LAST_PAGE = 1000
# Ids stay below 2^53.
MOST_ID = 2**53

Show = Callable[[Sequence[Any]], Any]

OFFSET_PARAMETERS = [
    OpenApiParameter("page", int, description=f"From 1; at most {LAST_PAGE}."),
    OpenApiParameter("per_page", int, description=f"At most {MOST_PER_PAGE}; {PER_PAGE} if not given."),
]
"""What lists take that have no ids."""
PARAMETERS = [
    *OFFSET_PARAMETERS,
    OpenApiParameter(
        "pagination",
        str,
        enum=["keyset"],
        description="keyset: in the order of ids; `Link` says how to go on, however long the list is.",
    ),
    OpenApiParameter("sort", str, enum=["asc", "desc"], description="With keyset: from the oldest, or the newest."),
    OpenApiParameter("id_after", int, description="With keyset and asc: only what has a greater id."),
    OpenApiParameter("id_before", int, description="With keyset and desc: only what has a smaller id."),
]
"""What all other lists take."""


def page_of(request: Request, rows: QuerySet[Any, Any], show: Show, *, has_keys: bool = True) -> Response:
    """One page of `rows`, as `show` makes them; `has_keys` says that they can be read in the order of their ids."""
    size = _number(request, "per_page", PER_PAGE, MOST_PER_PAGE)
    if has_keys and request.query_params.get("pagination") == "keyset":
        return _by_key(request, rows, show, size)
    number = _number(request, "page", 1, LAST_PAGE)
    found = list(rows[(number - 1) * size : number * size + 1])
    following = number + 1 if len(found) > size and number < LAST_PAGE else None
    links = {"prev": number - 1 if number > 1 else None, "next": following, "first": 1}
    headers = {
        "X-Page": str(number),
        "X-Per-Page": str(size),
        "X-Next-Page": str(following or ""),
        "Link": ", ".join(_link(request, name, page=page, per_page=size) for name, page in links.items() if page),
    }
    return Response(show(found[:size]), headers=headers)


def _by_key(request: Request, rows: QuerySet[Any, Any], show: Show, size: int) -> Response:
    """From the greatest or smallest id, or from the one where the page before ended."""
    newest_first = request.query_params.get("sort") == "desc"
    name = "id_before" if newest_first else "id_after"
    edge = _number(request, name, MOST_ID if newest_first else 0, MOST_ID, least=0)
    beyond = rows.filter(pk__lt=edge) if newest_first else rows.filter(pk__gt=edge)
    found = list(beyond.order_by("-pk" if newest_first else "pk")[: size + 1])
    shown, headers = found[:size], {"X-Per-Page": str(size)}
    if len(found) > size:
        headers["Link"] = _link(request, "next", **{name: _key_of(shown[-1]), "per_page": size})
    return Response(show(shown), headers=headers)


def _key_of(row: Any) -> int:
    key: int = row["pk"] if isinstance(row, dict) else row.pk
    return key


def _link(request: Request, name: str, **changed: int) -> str:
    query = request.query_params.copy()
    for parameter, value in changed.items():
        query[parameter] = str(value)
    return f'<{settings.EXTERNAL_URL}{iri_to_uri(request._request.path)}?{query.urlencode()}>; rel="{name}"'


def _number(request: Request, name: str, default: int, most: int, least: int = 1) -> int:
    given = request.query_params.get(name, "")
    return min(max(int(given), least), most) if given.isascii() and given.isdigit() and len(given) < 17 else default
