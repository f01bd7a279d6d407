"""Values as people write them, in forms and commands."""

from __future__ import annotations

import json
from typing import Any

from admin_settings.definition import Definition


def written(value: Any) -> str:
    """Return a stored value as a user would type it; empty when nothing is set."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value)


def read(definition: Definition, text: str) -> Any:
    """Parse a typed value: JSON, except for text settings; not validated."""
    if isinstance(definition.default, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def bounds(definition: Definition) -> str:
    """What a value may be, in words; empty when its unit says it all."""
    least, most = definition.least, definition.most
    if isinstance(definition.default, str):
        return f"At most {number(most)} characters." if most is not None else ""
    return f"From {number(least)} to {number(most)}." if least is not None and most is not None else ""


def number(value: float) -> str:
    """Every digit of a number, the thousands set apart: `1,000,000`, `0.25`."""
    return f"{int(value):,}" if value == int(value) else f"{value:,}"
