"""The OpenAPI description of learn, and the view that stands behind its URL.

Requests of routers never get here: the first middleware answers them.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from pods.details import is_router
from pods.learn import respond
from pods.middleware.content_policy import HEADER as CONTENT_POLICY
from routing.classify import METHODS
from routing.declare import Source
from routing.paths import MAX_PATH_BYTES

# Swagger UI puts styles into its page; its scripts are files.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)


# drf-spectacular loads its extensions on first use, into state that all threads share.
_describing = Lock()
LONGEST_WAIT_SECONDS = 5.0


@cache
def _description() -> dict[str, Any]:
    """The same for everybody, as long as the process lives."""
    described: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return described


class SchemaDocument(SpectacularJSONAPIView):
    """The description as a document, made once, by one thread."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """OpenAPI 3 as JSON; 503 when somebody else has it made for longer than one should wait."""
        if not _describing.acquire(timeout=LONGEST_WAIT_SECONDS):
            return Response(
                {"message": "503 Service Unavailable: try again in a moment."}, 503, headers={"Retry-After": "1"}
            )
        try:
            return Response(_description(), headers={"Content-Disposition": 'inline; filename="openapi.json"'})
        finally:
            _describing.release()


class QuestionSerializer(serializers.Serializer[Any]):
    """What learn is asked."""

    method = serializers.ChoiceField(sorted(METHODS), help_text="Of the request that is to be routed.")
    path_info = serializers.CharField(
        max_length=MAX_PATH_BYTES,
        help_text="Its path as the client sent it, without the query, escaped once more as a parameter. "
        "Starts with exactly one /, has no segment . or .. (escaped or not) and no NUL.",
    )
    fresh = serializers.ChoiceField(["0", "1"], required=False, help_text="1 asks the primary instead of a replica.")


class AnswerSerializer(serializers.Serializer[Any]):
    """What learn answers."""

    path = serializers.CharField(help_text="A whole-segment prefix of path_info, byte for byte as it was asked.")
    pod = serializers.CharField(help_text="The name of the pod that serves it.")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field's own name for something else
        [source.value for source in Source],
        help_text="routable: found by what the path names. fixed: the endpoint names its pod. "
        "any: every pod serves it alike. unknown: nobody knows it.",
    )
    exact = serializers.BooleanField(
        required=False, help_text="True when only that very path may be remembered; else what is below it, too."
    )


class RefusalSerializer(serializers.Serializer[Any]):
    """Why there is no answer."""

    message = serializers.CharField(help_text="What is wrong, and what would be right.")
    field = serializers.CharField(required=False, help_text="The parameter that is wrong.")


def _header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, response=[200], description=description)


def _refused(description: str) -> OpenApiResponse:
    return OpenApiResponse(RefusalSerializer, description=description)


class LearnView(APIView):
    """Which pod serves a path."""

    authentication_classes = ()
    permission_classes = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Through a router there is no such page; the 404 is the one that every absent page gets."""
        if is_router(request.META):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(
        operation_id="learn",
        summary="Learn which pod serves a path",
        parameters=[
            QuestionSerializer,
            OpenApiParameter(
                "X-Gitlab-Learn-Secret", str, OpenApiParameter.HEADER, description="Where the cluster has one."
            ),
            _header("Cache-Control", "max-age: for how many seconds the answer may be remembered."),
            _header("X-Gitlab-Pod-Cache", "The widest path prefix with the same owner; none for an exact answer."),
            _header("X-Gitlab-Pod-Epoch", "Of the organization; a greater one is newer."),
            _header("X-Gitlab-Pod-Preference", "region: any pod of the region will do when the named one is ill."),
        ],
        responses={
            200: AnswerSerializer,
            400: _refused("A parameter is wrong."),
            403: _refused("The learn secret is missing or wrong."),
            503: _refused("No server of the routes schema answers; Retry-After says when to ask again."),
        },
        examples=[
            OpenApiExample(
                "prefix",
                {"path": "/gitlab-org/gitlab-test", "pod": "pod_us0", "source": "routable"},
                response_only=True,
                status_codes=["200"],
            ),
            OpenApiExample(
                "exact",
                {"path": "/-/profile", "pod": "pod_us0", "source": "fixed", "exact": True},
                response_only=True,
                status_codes=["200"],
            ),
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        """The answer, for those who come straight to a pod."""
        return respond(request._request)


class SchemaPage(SpectacularSwaggerSplitView):
    """The description as a page to browse, which loads nothing from elsewhere."""

    # Nothing to say to OPTIONS: REST framework would put what it says into the page's template.
    metadata_class = None

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """The page with the policy that Swagger UI needs."""
        response.headers[CONTENT_POLICY] = PAGE_POLICY
        finished: Response = super().finalize_response(request, response, *args, **kwargs)
        return finished
