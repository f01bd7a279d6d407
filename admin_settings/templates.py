"""Templated settings: text in which `{pod_id}` and `{region}` stand for what each pod is.

The seed ("Detailed explanation of Admin Area settings"): "a templated format in
the relevant `application_settings` row which allows it to be dynamic per pod".
Only these names, bare: a template must not reach into objects, and what it
gives must be certain when it is saved. `{{` and `}}` are braces that stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

from topology import Pod

NAMES = ("pod_id", "region")
KNOWN = ", ".join(f"{{{name}}}" for name in NAMES)

_formatter = Formatter()


class TemplateInvalid(ValueError):
    """Text that is no template; the message lists the names that may stand in braces."""


def is_template(text: str) -> bool:
    """Whether any name stands in it, so that pods may get different texts. Raises `TemplateInvalid`."""
    return any(name is not None for _, name in _parts(text))


def fill(text: str, pod: Pod) -> str:
    """The text as one pod gets it. Raises `TemplateInvalid`."""
    values: Mapping[str, str] = {"pod_id": pod.name, "region": pod.region}
    return "".join(literal + (values[name] if name is not None else "") for literal, name in _parts(text))


def _parts(text: str) -> list[tuple[str, str | None]]:
    """Each literal with the name that follows it, if one does."""
    try:
        parts = list(_formatter.parse(text))
    except ValueError:
        raise TemplateInvalid(f"a brace has no partner; write {KNOWN}, and {{{{ or }}}} for a brace itself") from None
    found = []
    for literal, name, form, conversion in parts:
        if form or conversion:
            raise TemplateInvalid(f"{{{name}}} takes neither a format nor a conversion; write {KNOWN}")
        if name is not None and name not in NAMES:
            raise TemplateInvalid(f"there is no {{{name}}}; what may stand in braces is {KNOWN}")
        found.append((literal, name))
    return found
