"""`envoy.yaml`, with its `${name}`s filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DOCUMENT = Path(__file__).with_name("envoy.yaml")
_NAME = re.compile(r"\$\{(\w+)\}")


class _Omitted:
    """The key whose value this is does not appear."""


OMITTED = _Omitted()


def part(name: str, values: Mapping[str, Any]) -> Any:
    """One top-level part of the document. A `${name}` that is all of a text keeps its value's type."""
    return _filled(_document()[name], values)


@cache
def _document() -> Mapping[str, Any]:
    document: Mapping[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return document


def _filled(node: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(node, dict):
        filled = {key: _filled(value, values) for key, value in node.items()}
        return {key: value for key, value in filled.items() if value is not OMITTED}
    if isinstance(node, list):
        return [_filled(each, values) for each in node]
    if not isinstance(node, str):
        return node
    whole = _NAME.fullmatch(node)
    return values[whole[1]] if whole else _NAME.sub(lambda found: str(values[found[1]]), node)
