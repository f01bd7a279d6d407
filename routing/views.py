"""What stands behind URLs whose pages this project does not have."""

from __future__ import annotations

from typing import NoReturn

from django.http import Http404, HttpRequest
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def not_built(request: HttpRequest, **arguments: object) -> NoReturn:
    """Raise `Http404`, whatever the method: a form without a CSRF token changes nothing here."""
    raise Http404("this page is not built")
