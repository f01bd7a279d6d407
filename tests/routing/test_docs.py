"""docs/learn.md lists everything that can be declared and answered."""

from __future__ import annotations

import inspect

import pytest

from admin_settings.definitions import DEFINITIONS
from routing import checks, declare
from routing.classify import METHODS
from routing.converters import CONVERTERS
from topology.places import CHECKOUT

PAGE = (CHECKOUT / "docs" / "learn.md").read_text()


def declarations() -> list[str]:
    made = [each for each in vars(declare).values() if inspect.isfunction(each) and each.__module__ == declare.__name__]
    return [each.__name__ for each in made if each.__annotations__.get("return") == "Declaration"]


@pytest.mark.parametrize("name", declarations())
def test_every_declaration_is_listed(name: str) -> None:
    assert f"| `{name}(" in PAGE


@pytest.mark.parametrize("converter", CONVERTERS)
def test_every_converter_is_listed(converter: str) -> None:
    assert f"| `<{converter}:…>` |" in PAGE


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_is_listed(method: str) -> None:
    assert f"`{method}`" in PAGE


@pytest.mark.parametrize("name", [name for name in DEFINITIONS if name.startswith("learn_")])
def test_every_life_is_listed_with_its_default(name: str) -> None:
    assert f"| {DEFINITIONS[name].default} s |" in PAGE


def test_every_check_is_listed() -> None:
    source = inspect.getsource(checks)
    assert [number for number in range(1, 9) if f"routing.E00{number}" not in source] == []
    assert "routing.E009" not in source
