"""`python -m bench [name]`: one benchmark, or without a name all of them, within eight minutes."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from types import ModuleType

from bench import cache_simulation, chaos_moves, crowded, hung, learn, move, router, router_memory, sign_ins, writes
from bench.exceptions import BenchError
from topology import TopologyError

BENCHMARKS: dict[str, ModuleType] = {
    "cache-simulation": cache_simulation,
    "chaos-moves": chaos_moves,
    "hung": hung,
    "learn": learn,
    "move": move,
    "pages": crowded,
    "router": router,
    "router-memory": router_memory,
    "sign-ins": sign_ins,
    "writes": writes,
}

# They measure no cost, and take minutes.
ONLY_BY_NAME = {"chaos-moves", "hung", "move", "router-memory", "sign-ins"}


def main(arguments: list[str]) -> None:
    """Run and print what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = parser.add_subparsers(dest="name", metavar="name")
    for name, module in BENCHMARKS.items():
        purpose = (module.__doc__ or "").split("\n\n")[0]
        module.add_arguments(names.add_parser(name, help=purpose, description=purpose))
    options = parser.parse_args(arguments)
    print(f"Measured on {machine()}.", flush=True)
    failures = []
    for name in [options.name] if options.name else [each for each in BENCHMARKS if each not in ONLY_BY_NAME]:
        chosen = options if options.name else parser.parse_args([name])
        print(f"\n## {name}\n", flush=True)
        try:
            print(BENCHMARKS[name].run(chosen), flush=True)
        except (BenchError, TopologyError) as error:
            failures.append(f"{name}: {error}")
    if failures:
        sys.exit("\n".join(failures))


def machine() -> str:
    """What the figures depend on, and no name of anything."""
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    return f"{os.cpu_count()} cores, {platform.machine()}, {system}, Python {platform.python_version()}"


if __name__ == "__main__":
    main(sys.argv[1:])
