"""What the API's description says of refusals: the same for all operations of one kind, so it is added to each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pods.learn import LEARN_PATH

_MESSAGE = {
    "description": "What is wrong: one text, or the texts of each field of the body.",
    "oneOf": [
        {"type": "string"},
        {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    ],
}
COMPONENT = {
    "type": "object",
    "properties": {"message": _MESSAGE, "detail": {"type": "string"}},
    "required": ["message"],
}
ALWAYS = {
    "401": "There is no token, or one of no use.",
    "403": "You see it and may not do this, or the token may only read.",
    "429": "You ask too often; Retry-After says for how many seconds to wait.",
    "503": "A database cannot be reached, or the organization is being moved; Retry-After says when to ask again.",
}
OF_WRITES = {
    "400": "A field is wrong, or the body cannot be read.",
    "409": "Somebody else changes the same thing at this moment.",
    "411": "The body has no Content-Length.",
    "413": "The body is too long.",
    "415": "The body is neither JSON nor a form.",
}
ADMINISTRATION = "/api/v4/admin/"
OF_KEYS = {"404": "There is nothing here, or nothing for you."}
ELSEWHERE = {"308": "Your default organization is another one: Location has the address there."}


Refusals = Callable[[str, str], dict[str, str]]
"""Takes an address and a method in lower case; returns descriptions by status."""

_more: list[Refusals] = []


def describe_with(function: Refusals) -> None:
    """Add the refusals that an application's own endpoints have in common."""
    if function not in _more:
        _more.append(function)


def add_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The description with the refusals of each operation (a postprocessing hook of drf-spectacular)."""
    result["components"]["schemas"]["Refusal"] = COMPONENT
    for path, operations in result["paths"].items():
        if path == LEARN_PATH:
            continue
        for method, operation in operations.items():
            for status, description in _refusals(path, method, result["paths"]).items():
                operation["responses"].setdefault(status, _response(status, description))
    return result


def _refusals(path: str, method: str, paths: dict[str, Any]) -> dict[str, str]:
    refusals = dict(ALWAYS)
    if method != "get":
        refusals |= OF_WRITES
    if "{" in path or path.startswith(ADMINISTRATION):
        refusals |= OF_KEYS
    for function in _more:
        refusals |= function(path, method)
    if path.replace("/api/v4/", "/api/v4/organizations/{id}/", 1) in paths:
        refusals |= ELSEWHERE
    return refusals


def _response(status: str, description: str) -> dict[str, Any]:
    if status.startswith("3"):
        return {"description": description}
    schema = {"$ref": "#/components/schemas/Refusal"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
