"""The error responses in the API's description: all operations of one kind have the same ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pods.learn import LEARN_PATH

_MESSAGE = {
    "description": "What is wrong: a text, or the texts of each wrong field or parameter.",
    "oneOf": [
        {"type": "string"},
        {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    ],
}
COMPONENT = {
    "type": "object",
    "description": "An error.",
    "properties": {"message": _MESSAGE, "detail": {"type": "string", "description": "More about the error."}},
    "required": ["message"],
}
ALWAYS = {
    "401": "The token is missing or invalid.",
    "403": "You can see it and may not do this, or the token can only read.",
    "429": "You have sent too many requests. Retry-After says how many seconds to wait.",
    "503": "A database does not respond, or the organization is being moved. Retry-After says when to try again.",
}
OF_WRITES = {
    "400": "A parameter or field is unknown or invalid, or the body cannot be read.",
    "409": "Another request is changing the same entity.",
    "411": "The body has no Content-Length.",
    "413": "The body is too large.",
    "415": "The body is neither JSON nor a form.",
}
OF_READS = {"400": "A parameter is unknown or invalid."}
ADMINISTRATION = "/api/v4/admin/"
OF_KEYS = {"404": "It does not exist or you cannot see it."}


Refusals = Callable[[str, str], dict[str, str]]
"""Takes an address and a method in lower case; returns descriptions by status."""

_more: list[Refusals] = []
_texts: list[Callable[[dict[str, Any]], None]] = []
_introductions: list[str] = []


def describe_with(function: Refusals) -> None:
    """Add the refusals that an application's own endpoints have in common."""
    if function not in _more:
        _more.append(function)


def describe_operations_with(function: Callable[[dict[str, Any]], None]) -> None:
    """Let an application write the summaries and descriptions of its own operations, by address and method."""
    if function not in _texts:
        _texts.append(function)


def introduce_with(text: str) -> None:
    """Add a paragraph, in Markdown, to what stands above all operations."""
    if text not in _introductions:
        _introductions.append(text)


def add_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The description with the refusals of each operation (a postprocessing hook of drf-spectacular)."""
    result["components"]["schemas"]["Refusal"] = COMPONENT
    result["info"]["description"] = "\n\n".join([result["info"]["description"], *_introductions])
    for describe in _texts:
        describe(result["paths"])
    for path, operations in result["paths"].items():
        if path == LEARN_PATH:
            continue
        for method, operation in operations.items():
            for status, description in _refusals(path, method, result["paths"]).items():
                operation["responses"].setdefault(status, _response(status, description))
    return result


def _refusals(path: str, method: str, paths: dict[str, Any]) -> dict[str, str]:
    refusals = ALWAYS | (OF_READS if method == "get" else OF_WRITES)
    if "{" in path or path.startswith(ADMINISTRATION):
        refusals |= OF_KEYS
    for function in _more:
        refusals |= function(path, method)
    return refusals


def _response(status: str, description: str) -> dict[str, Any]:
    if status.startswith("3"):
        return {"description": description}
    schema = {"$ref": "#/components/schemas/Refusal"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
