"""`python -m tests.mutants [group…]`: which changes of the code does no test notice?"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.mutants.levels import LOOKS
from tests.mutants.results import Results
from tests.mutants.runner import Runner
from tests.mutants.targets import GROUPS, ROOT
from tests.mutants.texts import chosen


def main(arguments: list[str]) -> None:
    """Try the changes of the groups that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("group", nargs="?", choices=sorted(GROUPS), help="default: all, one after the other")
    parser.add_argument("--chosen", action="store_true", help="the changes that were chosen by hand, of all groups")
    parser.add_argument("--minutes", type=float, default=30, help="for each group (default: 30)")
    parser.add_argument("--files", nargs="+", default=["*"], help="only files that match, such as '*policy.py'")
    parser.add_argument("--what", default="", help="only changes whose line in the report fits this regular expression")
    parser.add_argument("--tests", nargs="+", help="these tests instead of the group's")
    parser.add_argument("--longest", type=float, default=2, help="seconds that a test may take (default: 2)")
    options = parser.parse_args(arguments)
    if options.chosen:
        files = {path for path in (*(change.path for change in chosen()), LOOKS) if _fits(path, options)}
        tests = sorted({test for group in GROUPS.values() for test in group.tests})
        _run("chosen by hand", sorted(files), tests, options)
    elif options.group:
        group = GROUPS[options.group]
        _run(options.group, [path for path in group.paths() if _fits(path, options)], group.tests, options)
    else:
        _each_group(options)


def _run(name: str, files: list[Path], tests: Sequence[str], options: argparse.Namespace) -> None:
    results = Results(names_tests=options.chosen)
    # Whoever ends it early sees what was found so far.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    quiet = ["-n", "0", "-q", "-p", "no:cacheprovider", "--no-header", "--no-summary", "-p", "no:randomly"]
    pytest.main([*quiet, *(options.tests or tests)], plugins=[Runner(files, options, results)])
    print(f"\n{name}, by {results.tests} tests\n{results.report()}")


def _fits(path: Path, options: argparse.Namespace) -> bool:
    return any(fnmatch(str(path.relative_to(ROOT)), pattern) for pattern in options.files)


def _each_group(options: argparse.Namespace) -> None:
    for name in GROUPS:
        command = [sys.executable, "-m", "tests.mutants", name, "--what", options.what, "--files", *options.files]
        subprocess.run([*command, "--minutes", str(options.minutes), "--longest", str(options.longest)], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
