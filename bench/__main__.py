"""`python -m bench [name]`: one benchmark, or without a name all of them."""

from __future__ import annotations

import argparse
import sys
from types import ModuleType

from bench import cache_simulation, learn, router, writes

BENCHMARKS: dict[str, ModuleType] = {
    "cache-simulation": cache_simulation,
    "learn": learn,
    "writes": writes,
    "router": router,
}


def main(arguments: list[str]) -> None:
    """Run and print what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = parser.add_subparsers(dest="name", metavar="name")
    for name, module in BENCHMARKS.items():
        purpose = (module.__doc__ or "").split("\n\n")[0]
        module.add_arguments(names.add_parser(name, help=purpose, description=purpose))
    options = parser.parse_args(arguments)
    for name in [options.name] if options.name else list(BENCHMARKS):
        chosen = options if options.name else parser.parse_args([name])
        print(f"## {name}\n\n{BENCHMARKS[name].run(chosen)}\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
