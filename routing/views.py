"""What stands behind URLs whose pages this project does not have."""

from __future__ import annotations

from typing import NoReturn

from django.http import Http404, HttpRequest


def not_built(request: HttpRequest, **arguments: object) -> NoReturn:
    """The owner's answer to a page that is not built: the one 404."""
    raise Http404("this page is not built")
