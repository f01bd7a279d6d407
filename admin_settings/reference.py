"""The settings reference, docs/settings-reference.md, made from the definitions of the settings."""

from __future__ import annotations

import json
from collections.abc import Iterator

from admin_settings.definition import Definition, Group
from admin_settings.definitions import DEFINITIONS
from admin_settings.texts import number

BEGIN = "<!-- settings: written by `manage.py settings_reference --write` -->"
END = "<!-- end of settings -->"


class ReferenceMissing(Exception):
    """The page has no place for the reference."""


def reference() -> str:
    """One table for each group, as Markdown."""
    return "\n".join(line for group in Group for line in _table(group))


def with_reference(page: str) -> str:
    """Return a page's text with the part between its markers rewritten. Raises `ReferenceMissing`."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ReferenceMissing(f"the page needs the lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{reference()}\n{END}{after}"


def _table(group: Group) -> Iterator[str]:
    yield f"## {group.value}\n"
    yield "| setting | what it does | default | values |"
    yield "| --- | --- | --- | --- |"
    for each in DEFINITIONS.values():
        if each.group is group:
            yield f"| `{each.name}` | {each.description}{_remarks(each)} | {_default(each)} | {_values(each)} |"
    yield ""


def _default(definition: Definition) -> str:
    value = definition.default
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in ("", (), {}):
        return "empty"
    return f"`{value}`" if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else json.dumps(value)


def _values(definition: Definition) -> str:
    if definition.choices:
        return ", ".join(f"`{choice}`" for choice in definition.choices)
    if definition.least is not None and definition.most is not None:
        return f"{number(definition.least)} to {number(definition.most)} {definition.unit}"
    return definition.unit


def _remarks(definition: Definition) -> str:
    said = {
        "may contain `{pod_id}` and `{region}`": definition.templated,
        "one value for all pods": not definition.per_pod,
        "secret": definition.secret,
        "asks for the password again": definition.dangerous,
    }
    remarks = "; ".join(words for words, holds in said.items() if holds)
    return f" *{remarks[:1].upper()}{remarks[1:]}.*" if remarks else ""
