"""`/api/v4/admin/cluster`: the facts of the cluster page, for an administrator's scripts."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from pydantic import TypeAdapter
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from admin_area.access import is_administrator
from admin_area.cluster.watch import surveyor
from operations.survey import Facts, SurveyLate
from users.api.inputs import takes
from users.api.private import PrivateView

RETRY_SECONDS = 1


def schema_of_facts() -> dict[str, Any]:
    """The facts as an OpenAPI 3.0 schema, which has no references of its own and no type `null`."""
    document = TypeAdapter(Facts).json_schema(mode="serialization")
    schema: dict[str, Any] = _plain(document, document.pop("$defs"))
    return schema


def _plain(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_plain(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _plain(definitions[node["$ref"].rpartition("/")[2]], definitions)
    known = [each for each in node.get("anyOf", ()) if each != {"type": "null"}]
    if len(known) == 1:
        rest = {key: value for key, value in node.items() if key != "anyOf"}
        return {**_plain(known[0], definitions), **rest, "nullable": True}
    return {key: _plain(value, definitions) for key, value in node.items()}


class ClusterView(PrivateView):
    """Every component of the cluster."""

    permission_classes = (IsAuthenticated,)

    @takes(
        operation_id="cluster",
        summary="Get the health of the cluster",
        description="Returns the health of every component in the cluster. Facts are at most one second old; rates are "
        "since the previous request. The legacy pod serves it. 404 unless you are an administrator.",
        responses={(200, "application/json"): schema_of_facts()},
    )
    def get(self, request: Request) -> Response:
        """Return the facts of the last second; rates are since the previous request, two minutes ago at most."""
        if not is_administrator(request):
            raise Http404("for administrators only")
        try:
            return Response(surveyor().facts().as_json)
        except SurveyLate as error:
            return Response({"message": str(error)}, 503, headers={"Retry-After": str(RETRY_SECONDS)})
