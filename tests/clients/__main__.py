"""`python -m tests.clients [URL]`: what python-gitlab gets of a running demo cluster, as the table of docs/api.md."""

from __future__ import annotations

import argparse

from tests.clients.judge import Verdict, judged, table
from tests.clients.world import world_at


def main() -> None:
    """Print the table, then what is wrong or refused."""
    parser = argparse.ArgumentParser(prog="python -m tests.clients", description=__doc__)
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8000", help="a router's address (%(default)s)")
    with world_at(parser.parse_args().url) as world:
        found = list(judged(world))
    print(table(found))
    for each in found:
        if each.verdict is not Verdict.RIGHT:
            print(f"{each.verdict}: {each.name} {each.told}")


if __name__ == "__main__":
    main()
