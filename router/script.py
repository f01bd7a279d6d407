"""The Lua of a router, joined from its modules: Envoy takes one text for each filter."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from router import page
from router.limits import Limits

FOLDER = Path(__file__).resolve().parent / "lua"
# In the order in which they need each other.
MODULES = ("paths", "store", "cache", "answers", "contexts", "callers", "learn", "bodies", "request", "response")


def modules(*names: str) -> str:
    """Lua that makes `require` find the named modules of this package."""
    return "\n".join(f'package.preload["{name}"] = function(...)\n{read(name)}\nend' for name in names)


def downstream(limits: Limits) -> str:
    """The filter between client and router, with its bounds written in front."""
    settings = _settings(limits, page=quoted(page.page()), page_policy=quoted(page.policy()))
    return f"{modules(*MODULES)}\n{settings}\n{read('filter')}"


def streamed(limits: Limits) -> str:
    """The filter that watches how fast a body comes which the router does not hold."""
    return f"{_settings(limits)}\n{read('streamed')}"


def _settings(limits: Limits, **others: str) -> str:
    values = [f"{name} = {_value(value)}" for name, value in (asdict(limits) | others).items()]
    return f"SETTINGS = {{ {', '.join(values)} }}"


def _value(value: object) -> str:
    return f"{{ {', '.join(map(str, value))} }}" if isinstance(value, tuple) else str(value)


def quoted(text: str) -> str:
    """A text as Lua writes it, line breaks and quotes included; it has no `]==]`."""
    return f"[==[\n{text}]==]"


def upstream(limits: Limits) -> str:
    """The filter between router and pod."""
    return f"{_settings(limits)}\n{read('upstream')}"


def read(name: str) -> str:
    """The text of one Lua file."""
    return (FOLDER / f"{name}.lua").read_text(encoding="utf-8")
