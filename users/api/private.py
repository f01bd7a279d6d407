"""Answers that depend on who asks."""

from __future__ import annotations

from typing import Any

from django.utils.cache import add_never_cache_headers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class PrivateView(APIView):
    """An endpoint whose answers nobody keeps: the address is the same for everybody, the answer is not."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """The response, not to be stored."""
        final = super().finalize_response(request, response, *args, **kwargs)
        add_never_cache_headers(final)
        return final
