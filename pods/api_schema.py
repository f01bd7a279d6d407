"""The OpenAPI description of learn, and the view that stands behind its URL.

Requests of routers never get here: the first middleware answers them.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
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
from users.api.private import AbsentView

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
        """Return OpenAPI 3 as JSON; 503 when another request keeps generating it for too long."""
        if not _describing.acquire(timeout=LONGEST_WAIT_SECONDS):
            return Response(
                {"message": "503 Service Unavailable: try again in a moment."}, 503, headers={"Retry-After": "1"}
            )
        try:
            return Response(_description(), headers={"Content-Disposition": 'inline; filename="openapi.json"'})
        finally:
            _describing.release()


class QuestionSerializer(serializers.Serializer[Any]):
    """A question to learn."""

    method = serializers.ChoiceField(sorted(METHODS), help_text="The method of the request to route.")
    path_info = serializers.CharField(
        max_length=MAX_PATH_BYTES,
        help_text="The path as the client sent it, without the query, escaped once more as a parameter. "
        "Starts with exactly one /, has no segment . or .. (escaped or not) and no NUL.",
    )
    fresh = serializers.ChoiceField(
        ["0", "1"], required=False, help_text="With 1, the pod asks the primary instead of a replica."
    )


class AnswerSerializer(serializers.Serializer[Any]):
    """An answer of learn."""

    path = serializers.CharField(help_text="A whole-segment prefix of path_info, byte for byte as it was asked.")
    pod = serializers.CharField(help_text="The name of the pod that serves it.")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field's own name for something else
        [source.value for source in Source],
        help_text="routable: the name or id in the path decides. fixed: the endpoint decides. "
        "any: every pod can serve it. unknown: no pod has it.",
    )
    exact = serializers.BooleanField(
        required=False, help_text="If true, the answer holds for this path only; else for all paths below it, too."
    )


class RefusalSerializer(serializers.Serializer[Any]):
    """Why learn refused."""

    message = serializers.CharField(help_text="What is wrong, and what is allowed.")
    field = serializers.CharField(required=False, help_text="The name of the wrong parameter.")


def _header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, response=[200], description=description)


def _refused(description: str) -> OpenApiResponse:
    return OpenApiResponse(RefusalSerializer, description=description)


class LearnView(APIView):
    """Which pod serves a path."""

    authentication_classes = ()
    permission_classes = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer as an absent address through a router, which is the only one that asks learn."""
        if is_router(request.META):
            return AbsentView.as_view()(request)
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(
        operation_id="learn",
        summary="Learn which pod serves a path",
        description="Returns the pod that serves a path, and how long and for which prefix a router may remember it. "
        "Only programs that connect to a pod directly can ask; through a router the address is a 404.",
        parameters=[
            QuestionSerializer,
            OpenApiParameter(
                "X-Gitlab-Learn-Secret",
                str,
                OpenApiParameter.HEADER,
                description="The learn secret, if the cluster has one.",
            ),
            _header("Cache-Control", "How many seconds a router may remember the answer (`max-age`)."),
            _header("X-Gitlab-Pod-Cache", "The widest path prefix with the same owner; absent for an exact answer."),
            _header("X-Gitlab-Pod-Epoch", "The epoch of the organization; a greater one is newer."),
            _header(
                "X-Gitlab-Pod-By",
                "With credential, the caller's organization decides, and the named pod is that of visitors.",
            ),
            _header(
                "X-Gitlab-Pod-Preference", "With region, any pod of the region can serve it when the named one cannot."
            ),
        ],
        responses={
            200: AnswerSerializer,
            400: _refused("A parameter is wrong."),
            403: _refused("The learn secret is missing or wrong."),
            503: _refused("No database of the routes schema responds. Retry-After says when to try again."),
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
        """Answer programs that connect to a pod directly."""
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
