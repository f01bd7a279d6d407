"""Changes that somebody chose by hand (`chosen.txt`): each takes away one check of who may do what, whose rows are
shown, or what is newer.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.mutants import changes
from tests.mutants.changes import Change, Key
from tests.mutants.luachanges import LuaChange
from tests.mutants.targets import ROOT

LIST = Path(__file__).parent / "chosen.txt"
# A file, which of several places it is, the text that stands there and the text that is put in its place.
ENTRY = re.compile(r"(?P<file>\S+)(?: \((?P<place>\d+)\))?\n(?P<old>(?:-.*\n)+)(?P<new>(?:\+.*\n)+)")


def chosen() -> list[Change | LuaChange]:
    """Every change of the list; what fits no more is told."""
    listed = re.sub(r"^#.*\n", "", LIST.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = []
    for entry in (each for each in listed.split("\n\n") if each.strip()):
        try:
            found.append(_change(*_entry(entry)))
        except ValueError as error:
            print(error, file=sys.stderr)
    return found


def _entry(text: str) -> tuple[Path, int, str, str]:
    entry = ENTRY.fullmatch(text.strip("\n") + "\n")
    if entry is None:
        raise ValueError(f"{LIST.name} has an entry without a file, lines with - and lines with +:\n{text}")
    old, new = ("\n".join(line[1:] for line in entry[name].splitlines()) for name in ("old", "new"))
    return ROOT / entry["file"], int(entry["place"] or 1), old, new


def _change(path: Path, place: int, old: str, new: str) -> Change | LuaChange:
    text = path.read_text(encoding="utf-8")
    pieces = text.split(old)
    if len(pieces) <= place:
        raise ValueError(f"{path.relative_to(ROOT)} has no {old!r} (place {place}); {LIST.name} is older than it")
    before, after = old.join(pieces[:place]), old.join(pieces[place:])
    line, what = (
        before.count("\n") + 1 + old[: len(old) - len(old.lstrip("\n"))].count("\n"),
        f"{old.strip()!r} became {new.strip()!r}",
    )
    changed = before + new + after
    if path.suffix == ".lua":
        return LuaChange(path, line, changed, what)
    return Change(path, line, _function_at(path, line), what, text=changed)


def _function_at(path: Path, line: int) -> Key:
    """The innermost function that a line is in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: Iterator[tuple[changes.Function, str]] = changes.functions(tree)
    around = [(each, name) for each, name in found if each.lineno <= line <= (each.end_lineno or 0)]
    if not around:
        raise ValueError(f"line {line} of {path.relative_to(ROOT)} is in no function")
    function, name = around[-1]
    return str(path), name, changes.first_line(function)
