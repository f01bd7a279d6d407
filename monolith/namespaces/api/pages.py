"""Lists in pages: `?page=2&per_page=50`, or `?pagination=keyset` for a list of any length. `Link` (RFC 8288) has the
next page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.encoding import iri_to_uri
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.seen import Seen
from pods import asked_address

PER_PAGE = 20
MOST_PER_PAGE = 100
LAST_PAGE = 1000
# Ids stay below 2^53.
MOST_ID = 2**53

KEYSET = "keyset"
OFFSET = "offset"
ORDERS = ("asc", "desc")

Show = Callable[[Sequence[Any]], Any]

OFFSET_PARAMETERS = [
    OpenApiParameter(
        "page",
        int,
        description=f"Number of the page, from 1 to {LAST_PAGE}; 1 if not given. A page beyond the end is empty.",
    ),
    OpenApiParameter(
        "per_page", int, description=f"Items on a page, from 1 to {MOST_PER_PAGE}; {PER_PAGE} if not given."
    ),
]
"""What lists take that have no ids."""
PARAMETERS = [
    *OFFSET_PARAMETERS,
    OpenApiParameter(
        "pagination",
        str,
        enum=[KEYSET, OFFSET],
        description="With keyset, the list is in the order of ids, however long it is. `Link` has the next page.",
    ),
    OpenApiParameter(
        "sort", str, enum=[*ORDERS], description="With keyset: asc starts with the oldest item, desc with the newest."
    ),
    OpenApiParameter("id_after", int, description="With keyset and asc: only items with a greater id."),
    OpenApiParameter("id_before", int, description="With keyset and desc: only items with a smaller id."),
]
"""What all other lists take."""


def page_of(request: Request, rows: QuerySet[Any, Any] | Seen[Any], show: Show, *, has_keys: bool = True) -> Response:
    """Return one page of `rows`, as `show` makes them; `has_keys` says that they can be read in the order of their ids.

    Raises `ValidationError`, which names the parameter, for a value that the parameter does not take.
    """
    size = _number(request, "per_page", PER_PAGE, MOST_PER_PAGE)
    number = _number(request, "page", 1, LAST_PAGE, more=" Use pagination=keyset for longer lists." if has_keys else "")
    pagination = choice(request, "pagination", (OFFSET, KEYSET), OFFSET)
    order = choice(request, "sort", ORDERS, "asc")
    after, before = _number(request, "id_after", 0, MOST_ID, least=0), _number(request, "id_before", MOST_ID, MOST_ID)
    if has_keys and pagination == KEYSET:
        by_id = rows.rows if isinstance(rows, Seen) else rows
        if order == "asc":
            return _by_key(request, by_id.filter(pk__gt=after).order_by("pk"), show, size, "id_after")
        return _by_key(request, by_id.filter(pk__lt=before).order_by("-pk"), show, size, "id_before")
    ordered = rows.first(number * size + 1) if isinstance(rows, Seen) else rows
    return _by_number(request, ordered, show, size, number)


def choice(request: Request, name: str, choices: Sequence[str], default: str) -> str:
    """Return the choice that the parameter names, or the default one. Raises `ValidationError` for any other."""
    given: str = request.query_params.get(name, default)
    if given not in choices:
        raise ValidationError({name: [f"Must be {' or '.join(choices)}."]})
    return given


def _by_number(request: Request, rows: QuerySet[Any, Any], show: Show, size: int, number: int) -> Response:
    found = list(rows[(number - 1) * size : number * size + 1])
    following = number + 1 if len(found) > size else None
    links = {"prev": number - 1 if number > 1 else None, "next": following, "first": 1}
    headers = {
        "X-Page": str(number),
        "X-Per-Page": str(size),
        "X-Next-Page": str(following or ""),
        "Link": ", ".join(_link(request, name, page=page, per_page=size) for name, page in links.items() if page),
    }
    return Response(show(found[:size]), headers=headers)


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


def _number(request: Request, name: str, default: int, most: int, *, least: int = 1, more: str = "") -> int:
    given = request.query_params.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and len(given) < 17 and least <= int(given) <= most):
        raise ValidationError({name: [f"Must be a number from {least} to {most}.{more}"]})
    return int(given)
