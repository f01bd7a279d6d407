"""Small changes of the router's Lua, as texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.targets import ROOT

REPLACED = (
    (r" and ", " or "),
    (r" or ", " and "),
    (r"\bnot ", ""),
    (r" == ", " ~= "),
    (r" ~= ", " == "),
    (r" < ", " <= "),
    (r" <= ", " < "),
    (r" > ", " >= "),
    (r" >= ", " > "),
    (r" \+ ", " - "),
    (r" - ", " + "),
    (r"\btrue\b", "false"),
    (r"\bfalse\b", "true"),
)
# A statement of its own: a call of a method or function, or an assignment to what is there already.
STATEMENT = re.compile(r"^(\s+)([\w.]+[:.]\w+\(.*\)|\w[\w.]* = .*)$")
INLINE = re.compile(r"(?<=then ).*(?= end$)")
# What they do shows in no answer.
UNSEEN = re.compile(r"handle:stats\(\)|recordValue|UNSEEN")


@dataclass(frozen=True)
class LuaChange:
    """One changed line of a file."""

    path: Path
    line: int
    text: str
    """The whole file with the change."""
    what: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} {self.what}"


def changes_of(path: Path) -> list[LuaChange]:
    """Every change of a file."""
    lines = path.read_text(encoding="utf-8").split("\n")
    found = []
    for at, line in enumerate(lines):
        for changed, what in _ways(line):
            text = "\n".join([*lines[:at], changed, *lines[at + 1 :]])
            found.append(LuaChange(path, at + 1, text, what))
    return found


def _ways(line: str) -> Iterator[tuple[str, str]]:
    code = line.split("--", maxsplit=1)[0]
    if not code.strip() or UNSEEN.search(code):
        return
    for pattern, other in REPLACED:
        for match in re.finditer(pattern, code):
            yield (
                line[: match.start()] + other + line[match.end() :],
                f"{match[0].strip()!r} became {other.strip()!r}: {code.strip()}",
            )
    statement = STATEMENT.match(code)
    if statement and not code.rstrip().endswith(("{", ",", "function(name)")):
        yield statement[1], f"gone: {code.strip()}"
    inline = INLINE.search(code)
    if inline and "return" not in inline[0]:
        yield code[: inline.start()] + code[inline.end() :], f"gone: {inline[0]}"
