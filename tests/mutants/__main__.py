"""`python -m tests.mutants [group…]`: which changes of the code does no test notice?"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from fnmatch import fnmatch

import pytest

from tests.mutants.results import Results
from tests.mutants.runner import Runner
from tests.mutants.targets import GROUPS, ROOT


def main(arguments: list[str]) -> None:
    """Try the changes of the groups that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("group", nargs="?", choices=sorted(GROUPS), help="default: all, one after the other")
    parser.add_argument("--minutes", type=float, default=30, help="for each group (default: 30)")
    parser.add_argument("--files", nargs="+", default=["*"], help="only files that match, such as '*policy.py'")
    parser.add_argument("--what", default="", help="only changes whose line in the report fits this regular expression")
    parser.add_argument("--tests", nargs="+", help="these tests instead of the group's")
    parser.add_argument("--longest", type=float, default=2, help="seconds that a test may take (default: 2)")
    options = parser.parse_args(arguments)
    if options.group is None:
        _each_group(options)
        return
    group = GROUPS[options.group]
    named = [(path, str(path.relative_to(ROOT))) for path in group.paths()]
    files = [path for path, name in named if any(fnmatch(name, pattern) for pattern in options.files)]
    results = Results()
    # Whoever ends it early sees what was found so far.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    quiet = ["-n", "0", "-q", "-p", "no:cacheprovider", "--no-header", "--no-summary", "-p", "no:randomly"]
    pytest.main([*quiet, *(options.tests or group.tests)], plugins=[Runner(files, options, results)])
    print(f"\n{options.group}, by {results.tests} tests\n{results.report()}")


def _each_group(options: argparse.Namespace) -> None:
    for name in GROUPS:
        command = [sys.executable, "-m", "tests.mutants", name, "--what", options.what, "--files", *options.files]
        subprocess.run([*command, "--minutes", str(options.minutes), "--longest", str(options.longest)], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
