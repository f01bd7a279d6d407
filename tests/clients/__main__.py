"""`python -m tests.clients [URL]`: what GitLab's clients get of a running demo cluster, as docs/api.md shows it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import gitlab

from tests.clients.javascript import VERSION, judged_in_node
from tests.clients.judge import Judged, Verdict, judged, table
from tests.clients.world import world_at


def main() -> None:
    """Print the table of each client, then what is wrong or refused."""
    parser = argparse.ArgumentParser(prog="python -m tests.clients", description=__doc__)
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8000", help="a router's address (%(default)s)")
    url: str = parser.parse_args().url
    for name, calls in (
        (f"python-gitlab {gitlab.__version__}", _of_python(url)),
        (f"@gitbeaker/rest {VERSION}", judged_in_node(url)),
    ):
        found = list(calls)
        print(f"{name}\n\n{table(found)}\n")
        for each in found:
            if each.verdict is not Verdict.RIGHT:
                print(f"{each.verdict}: {each.name} {each.told}")


def _of_python(url: str) -> Iterator[Judged]:
    with world_at(url) as world:
        yield from judged(world)


if __name__ == "__main__":
    main()
