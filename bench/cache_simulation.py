"""Does a second level of the router's cache, in a cookie, pay? (The seed's Cons: "The router cache may need to be
very large".)

The simulation counts, and measures only what checking the cookie costs; `bench router` and `bench learn` measure
what a miss costs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from bench.cookie import check_microseconds, cookie_bytes
from bench.tables import Cell, markdown, percent
from bench.visits import Population, Visits, visits
from router.limits import Limits

EXPONENTS = (0.6, 0.8, 1.0, 1.2)
SIZES = (10_000, 100_000, 1_000_000)
KEPT_FOR_EVER = None
BYTES_PER_ENTRY = 200
REQUESTS = 3_000_000
FULL_REQUESTS = 24_000_000
SIMULATIONS_AT_A_TIME = 4


@dataclass(frozen=True)
class Model:
    """One run. `life` is in seconds, `rate` in requests per second at one router."""

    population: Population
    requests: int
    warm_up: int
    rate: int
    life: int
    prefixes: int
    seed: int
    sizes: Sequence[int] = SIZES


@dataclass(frozen=True)
class Outcome:
    """Shares of the requests after the warm-up. `cookie_saves` is the part of all requests that misses the cache
    and is named in the visitor's cookie; `entries` is how many the cache held at the end.
    """

    exponent: float
    size: int
    life: int | None
    hits: float
    cookie_saves: float
    entries: int

    @property
    def hits_with_cookie(self) -> float:
        """The share that needs no pre-flight when both levels are there."""
        return self.hits + self.cookie_saves


def through_cache(seen: Visits, *, size: int, life_in_requests: int | None, warm_up: int) -> tuple[int, int, int]:
    """Hits and misses-named-in-the-cookie after the warm-up, and the entries held at the end.

    The router's own cache: two generations of half the size, every answer renews the life of the entry it came by.
    """
    half = size // 2
    young: dict[int, int] = {}
    old: dict[int, int] = {}
    life = life_in_requests or len(seen.namespaces)
    hits = saved = 0
    for now, namespace in enumerate(seen.namespaces):
        last = young.get(namespace)
        if last is None:
            last = old.get(namespace)
            if len(young) >= half:
                old, young = young, {}
        young[namespace] = now
        if now >= warm_up:
            if last is not None and now - last <= life:
                hits += 1
            elif seen.in_cookie[now]:
                saved += 1
    return hits, saved, len(young.keys() | old.keys())


def simulate(model: Model, exponent: float) -> list[Outcome]:
    """Every cache of the model, fed with the same visits."""
    seen = visits(
        model.population,
        exponent=exponent,
        requests=model.requests,
        prefixes=model.prefixes,
        seed=model.seed,
    )
    counted = model.requests - model.warm_up
    outcomes = []
    for life in (model.life, KEPT_FOR_EVER):
        for size in model.sizes:
            life_in_requests = life * model.rate if life else None
            hits, saved, entries = through_cache(
                seen, size=size, life_in_requests=life_in_requests, warm_up=model.warm_up
            )
            outcomes.append(Outcome(exponent, size, life, hits / counted, saved / counted, entries))
    return outcomes


def simulate_all(model: Model, exponents: Sequence[float]) -> list[Outcome]:
    """`simulate` for each exponent, a few at a time."""
    with ProcessPoolExecutor(min(SIMULATIONS_AT_A_TIME, len(exponents))) as executor:
        return [outcome for part in executor.map(simulate, [model] * len(exponents), exponents) for outcome in part]


def report(model: Model, outcomes: Sequence[Outcome]) -> str:
    """The table of hit rates, and what the model was."""
    people = 1 - model.population.share_of_clients - model.population.share_of_crawlers
    rows: list[list[Cell]] = [
        [
            f"{outcome.exponent}",
            f"{outcome.life} s" if outcome.life else "until pushed out",
            outcome.size,
            f"{outcome.size * BYTES_PER_ENTRY / 1e6:.0f} MB",
            percent(outcome.hits),
            percent(outcome.hits_with_cookie),
            f"{outcome.cookie_saves * 1000:.0f}",
            f"{people * cookie_bytes():.0f} KB",
        ]
        for outcome in outcomes
    ]
    headers = [
        "Zipf exponent", "an entry lives", "entries", "memory", "hits", "with cookie", "pre-flights saved per 1,000",
        "cookie bytes per 1,000",
    ]  # fmt: skip
    return (
        f"{model.requests:,} requests ({model.warm_up:,} of them warm-up) at {model.rate:,} per second to "
        f"{model.population.namespaces:,} namespaces by {model.population.people:,} people, a cookie of "
        f"{model.prefixes} prefixes, seed {model.seed}\n\n{markdown(headers, rows)}\n\n"
        f"The cookie is {cookie_bytes()} bytes on each request of a person, and its check takes "
        f"{check_microseconds():.1f} µs in LuaJIT."
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `bench cache-simulation`."""
    parser.add_argument("--full", action="store_true", help="eight times the requests: the table of docs/bench.md")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=int, default=1_000, help="requests per second at one router")
    parser.add_argument("--life", type=int, default=Limits().life_seconds, help="seconds that an unused entry lives")
    parser.add_argument("--prefixes", type=int, default=4, help="prefixes in the cookie")
    parser.add_argument("--exponents", type=float, nargs="+", default=EXPONENTS)
    parser.add_argument("--requests", type=int, help="requests in all; two thirds of them warm the cache up")


def run(options: argparse.Namespace) -> str:
    """The report of `bench cache-simulation`."""
    requests = options.requests or (FULL_REQUESTS if options.full else REQUESTS)
    model = Model(
        population=Population(),
        requests=requests,
        warm_up=requests * 2 // 3,
        rate=options.rate,
        life=options.life,
        prefixes=options.prefixes,
        seed=options.seed,
    )
    return report(model, simulate_all(model, options.exponents))
