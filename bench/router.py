"""What a router costs: CPU, throughput and added latency, cached and missed, and memory by the entry.

Everything is measured turn by turn, in front of the same stub pods, as ratios to Envoy without our Lua.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path

import topology
from bench import proxies, stub_pod
from bench.arrivals import Arrivals, added, arrivals, kept_up
from bench.cpu import resident_bytes
from bench.exceptions import AnswersWrong
from bench.load import Generators, Load, generators, get
from bench.measure import Sample, Subject, interleaved, middle, ratio
from bench.processes import running
from bench.tables import Cell, markdown, percent, times
from router.config import files_of, render, write
from router.limits import Limits
from router.process import command
from router.secrets import Secrets
from topology import Topology
from topology.places import places_of
from users.routable_tokens import make

STUBS = Path(__file__).with_name("stubs.toml")
SECRETS = Secrets("bench-router-secret", debug="bench-debug")
# Entries must outlive the filling of the cache.
LIMITS = Limits(life_seconds=3600, credential_life_seconds=3600)
NAMES = 1_000
TOKEN_PREFIX = "glpat-"  # noqa: S105
GENERATORS = 2
# Of each generator: enough for a worker that never sleeps, since waking up is not what is compared.
CONNECTIONS = 32
SAMPLED = 1_000
# Requests that arrive in each second of an open loop, whose turns are so many times as long: a percentile needs many.
RATE = 2_000
LONGER = 4
DIRECT, NGINX, BARE, NO_LUA, LEAST_LUA, HIT, KEYLESS, MISS = ORDER = (
    "stub pod, no proxy", "nginx, proxy_pass", "Envoy, bare", "Envoy, our bootstrap without Lua",
    "Envoy, Lua that sets a header", "router, hit", "router, credential entry", "router, miss",
)  # fmt: skip


Turns = dict[str, list[Arrivals]]

PLAIN = {NO_LUA: proxies.without_lua, LEAST_LUA: proxies.least_lua, BARE: proxies.bare}


@dataclass(frozen=True)
class Proxies:
    """Port and process of everything that is measured; the process is 0 where its CPU does not count."""

    ports: dict[str, int]
    processes: dict[str, int]


@dataclass(frozen=True)
class Held:
    """What filling the cache did: bytes of resident memory for each entry, and how many of a sample still hit."""

    entries: int
    bytes_per_entry: float
    hits: float


@contextmanager
def all_proxies(folder: Path, port_offset: int) -> Iterator[Proxies]:
    """Stub pods, and before them the router, Envoy twice without it, and nginx where it is installed."""
    stubs = topology.load(STUBS, port_offset=port_offset)
    pods = [pod.address.port for pod in stubs.pods.values()]
    stub = [sys.executable, "-m", "bench.stub_pod", ",".join(stubs.pods), *map(str, pods)]
    ports = {DIRECT: pods[0]}
    processes = {}
    with ExitStack() as stack:

        def start(name: str, line: list[str], port: int) -> None:
            ports[name] = port
            processes[name] = stack.enter_context(running(line, port=port, log=folder / f"{len(ports)}.log"))

        # Two processes share the ports, so that the stubs are never what is waited for.
        for _ in range(2):
            start(DIRECT, stub, pods[0])
        for name, line, port in _envoys(stubs, folder):
            start(name, line, port)
        for name in (KEYLESS, MISS):
            ports[name], processes[name] = ports[HIT], processes[HIT]
        nginx = proxies.nginx_command(folder, port=8020 + port_offset, upstream=pods[0])
        if nginx:
            start(NGINX, nginx, 8020 + port_offset)
        yield Proxies(ports, processes)


def _envoys(stubs: Topology, folder: Path) -> Iterator[tuple[str, list[str], int]]:
    """Name, command and port of the router, and of Envoy without it."""
    [router] = stubs.routers.values()
    pod = next(iter(stubs.pods))
    places = places_of(stubs, folder)
    places.sockets.mkdir(mode=0o700, exist_ok=True)
    yield HIT, command(write(stubs, router, places, SECRETS, limits=LIMITS)), router.address.port
    files = files_of(router, places)
    whole = render(stubs, router, places, SECRETS, limits=LIMITS)
    for number, (name, plain) in enumerate(PLAIN.items()):
        port = router.address.port + 10 + number
        bootstrap = plain(whole, port=port, admin=places.sockets / f"plain-{number}", pod=pod)
        file = folder / f"plain-{number}.json"
        file.write_text(json.dumps(bootstrap).replace("/dev/stdout", str(folder / f"plain-{number}-access.log")))
        yield name, command(replace(files, bootstrap=file)), port


def _known(port: int, seconds: float, connections: int, rate: float = 0) -> Callable[[int], Load]:
    requests = [get(f"/group-{number}/project/-/issues") for number in range(NAMES)]
    share = rate / GENERATORS
    return lambda _round: Load("127.0.0.1", port, requests, connections=connections, seconds=seconds, rate=share)


def _keyless(port: int, seconds: float, connections: int, rate: float = 0) -> Callable[[int], Load]:
    """Callers with a token each, all of whom the router has sent to the last pod before."""
    tokens = [make(TOKEN_PREFIX, {"o": 1, "u": number}) for number in range(NAMES)]
    requests = [get(f"{stub_pod.KEYLESS}/projects", Private_Token=token) for token in tokens]
    share = rate / GENERATORS
    return lambda _round: Load("127.0.0.1", port, requests, connections=connections, seconds=seconds, rate=share)


def _unknown(port: int, count: int, connections: int, names: str, rate: float = 0) -> Callable[[int], Load]:
    """Names that nobody has asked for, in every round others."""

    def load(number: int) -> Load:
        requests = [get(f"/{names}-{number}-{each}/project") for each in range(count)]
        share = count // min(GENERATORS, connections)
        every = rate / GENERATORS
        return Load("127.0.0.1", port, requests, connections=connections, seconds=60, count=share, rate=every)

    return load


def measure(found: Proxies, senders: Generators, *, seconds: float, rounds: int) -> dict[str, list[Sample]]:
    """Samples of each subject under load from several connections, then with `(alone)` from one at a time."""
    samples: dict[str, list[Sample]] = {}
    for suffix, connections in (("", CONNECTIONS), (" (alone)", 1)):
        subjects = []
        for name, port in found.ports.items():
            count = int((1_500 if suffix else 6_000) * seconds)
            if name == MISS:
                load = _unknown(port, count, connections, "alone" if suffix else "new")
            else:
                load = (_keyless if name == KEYLESS else _known)(port, seconds, connections)
            subjects.append(Subject(name + suffix, load, {"proxy": found.processes[name]}))
        samples |= interleaved(subjects, senders, rounds=rounds)
    return samples


def arriving(found: Proxies, senders: Generators, *, seconds: float, rounds: int, rate: float) -> Turns:
    """What each subject does with so many requests a second, which do not wait for one another."""
    loads = {
        name: _unknown(port, int(rate * seconds), CONNECTIONS, "arriving", rate)
        if name == MISS
        else (_keyless if name == KEYLESS else _known)(port, seconds, CONNECTIONS, rate)
        for name, port in found.ports.items()
    }
    return arrivals(loads, senders, rounds=rounds)


def fill(found: Proxies, senders: Generators, entries: int) -> Held:
    """Fill the router's cache with so many prefixes by asking for each once, and ask for some of them again."""
    pid, port = found.processes[HIT], found.ports[HIT]
    before = resident_bytes(pid)
    batch = 50_000
    for start in range(0, entries, batch):
        part = min(batch, entries - start)
        senders.send(_unknown(port, part, CONNECTIONS, "held")(start)).expect(200)
    used = resident_bytes(pid) - before
    step = max(1, entries // SAMPLED)
    names = [f"/held-{each // batch * batch}-{each % batch}/project" for each in range(0, entries, step)]
    return Held(entries, used / entries, _share_of_hits(port, names))


def _share_of_hits(port: int, paths: list[str]) -> float:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    hits = 0
    for path in paths:
        connection.request("GET", path, headers={"X-Gitlab-Debug-Token": SECRETS.debug})
        answer = connection.getresponse()
        answer.read()
        told = answer.headers["X-Gitlab-Router-Cache"]
        if told is None:
            raise AnswersWrong("the router does not tell hits from misses; has the debug token changed its name?")
        hits += told == "hit"
    connection.close()
    return hits / len(paths)


def report(samples: dict[str, list[Sample]], turns: Turns, held: Held | None, rate: float) -> str:
    """The table of the costs, who could not keep up, and what the cache holds."""
    rows = [_row(name, samples, turns) for name in ORDER if name in samples]
    headers = ["", "CPU µs a request", "CPU ratio", "requests/s", "throughput ratio", "added µs, alone"]
    headers += [f"added p50 µs, {rate:,.0f}/s", f"added p99 µs, {rate:,.0f}/s"]
    text = markdown(headers, rows)
    keyless = ratio(samples[KEYLESS], samples[HIT], lambda s: s.cpu)
    text += f"\n\nA request without a key costs the router {times(keyless)} of a hit when its credential has an entry."
    if behind := kept_up(turns, rate):
        text += f"\n\n{behind}"
    if held:
        text += (
            f"\n\n{held.entries:,} prefixes: {held.bytes_per_entry:.0f} bytes of resident memory each; "
            f"{percent(held.hits)} of a sample of them hit afterwards."
        )
    return text


def _row(name: str, samples: dict[str, list[Sample]], turns: Turns) -> list[Cell]:
    floor, direct = samples[NO_LUA], samples[f"{DIRECT} (alone)"]
    alone = middle(samples[f"{name} (alone)"], lambda s: s.latency) - middle(direct, lambda s: s.latency)
    return [
        name,
        f"{middle(samples[name], lambda s: s.cpu):.0f}",
        times(ratio(samples[name], floor, lambda s: s.cpu)),
        f"{middle(samples[name], lambda s: s.per_second):,.0f}",
        times(ratio(samples[name], floor, lambda s: s.per_second)),
        f"{alone:.0f}",
        f"{added(turns[name], turns[DIRECT], lambda turn: turn.p50):.0f}",
        f"{added(turns[name], turns[DIRECT], lambda turn: turn.p99):.0f}",
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `bench router`."""
    parser.add_argument("--full", action="store_true", help="fill the cache with a million prefixes, not 100,000")
    parser.add_argument("--entries", type=int, help="prefixes to fill the cache with")
    parser.add_argument("--seconds", type=float, default=0.3, help="of each turn")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--rate", type=float, default=RATE, help="requests a second of the open loop")
    parser.add_argument("--port-offset", type=int, default=6000, help="added to every port")


def run(options: argparse.Namespace) -> str:
    """The report of `bench router`."""
    entries = options.entries if options.entries is not None else (1_000_000 if options.full else 100_000)
    with (
        tempfile.TemporaryDirectory(prefix="pods-bench-") as folder,
        generators(GENERATORS) as senders,
        all_proxies(Path(folder), options.port_offset) as found,
    ):
        samples = measure(found, senders, seconds=options.seconds, rounds=options.rounds)
        seconds = LONGER * options.seconds
        turns = arriving(found, senders, seconds=seconds, rounds=options.rounds, rate=options.rate)
        held = fill(found, senders, entries) if entries else None
        return report(samples, turns, held, options.rate)
