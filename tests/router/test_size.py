"""The router stays small enough to be read at one sitting."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from topology.places import CHECKOUT

# A thousand before the router remembered where callers belong (router/lua/callers.lua).
MOST_LINES = 1_150


def lines_of_python(path: Path) -> int:
    """Lines that are neither blank, nor comments, nor docstrings."""
    text = path.read_text()
    prose = {line for node in ast.walk(ast.parse(text)) for line in _prose(node)}
    lines = enumerate(text.splitlines(), start=1)
    return sum(bool(line.strip()) and line.strip()[0] != "#" and number not in prose for number, line in lines)


def _prose(node: ast.AST) -> Iterator[int]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def lines_of_lua(path: Path) -> int:
    """Lines that are neither blank nor comments."""
    return sum(bool(line.strip()) and not line.strip().startswith("--") for line in path.read_text().splitlines())


def test_python_and_lua_together_are_stay_small() -> None:
    router = CHECKOUT / "router"
    python = sum(map(lines_of_python, router.rglob("*.py")))
    lua = sum(map(lines_of_lua, router.rglob("*.lua")))
    assert 100 < lua < python + lua < MOST_LINES
