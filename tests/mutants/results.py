"""What became of the changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.mutants.targets import ROOT

NOT_IN_FORCE = "could not be put in force"
LASTING = ("survived", "no test calls it", NOT_IN_FORCE)


class Told(Protocol):
    """A change, as a report names it."""

    @property
    def path(self) -> Path:
        """The file that is changed."""


@dataclass
class Results:
    """Of one session."""

    tests: int = 0
    left: int | None = None
    """How many changes were tried when the time was up; None when all were."""
    of_files: dict[Path, Counter[str]] = field(default_factory=dict)
    lasting: list[str] = field(default_factory=list)
    names_tests: bool = False
    """Whether to print which test noticed a change."""

    def add(self, change: Told, word: str, by: str = "") -> None:
        """Count a change; what survived is printed at once."""
        self.of_files.setdefault(change.path, Counter())[word] += 1
        if word in LASTING:
            self.lasting.append(f"{word}: {change}")
            print(f"{word}: {change}", flush=True)
        elif self.names_tests:
            print(f"{word} by {by}: {change}", flush=True)

    def report(self) -> str:
        """Killed and survived for each file."""
        lines = [f"{'file':<48} {'killed':>7} {'survived':>9} {'uncalled':>9} {'without force':>14}"]
        total: Counter[str] = Counter()
        for path, counts in sorted(self.of_files.items()):
            total += counts
            lines.append(_line(str(path.relative_to(ROOT)), counts))
        lines.append(_line("all", total))
        if self.left is not None:
            lines.append(f"The time was up after {self.left} changes, which are spread over all files.")
        return "\n".join(lines)


def _line(name: str, counts: Counter[str]) -> str:
    killed, survived, uncalled, without_force = (counts[word] for word in ("killed", *LASTING))
    return f"{name:<48} {killed:>7} {survived:>9} {uncalled:>9} {without_force:>14}"
