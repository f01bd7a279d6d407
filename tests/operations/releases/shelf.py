"""The page that both releases have: GET lists what stands on the shelf, POST puts something there."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt


def shelf_by(column: str) -> Callable[[HttpRequest], HttpResponse]:
    """The page of a release that knows the column by this name."""

    @csrf_exempt
    def shelf(request: HttpRequest) -> HttpResponse:
        with connections["routes"].cursor() as cursor:
            if request.method == "POST":
                cursor.execute(f"INSERT INTO shelves ({column}) VALUES (%s)", [request.GET["title"]])
            cursor.execute(f"SELECT {column} FROM shelves ORDER BY id")
            return JsonResponse({"shelf": [title for (title,) in cursor.fetchall()]})

    return shelf
