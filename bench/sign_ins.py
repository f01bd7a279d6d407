"""How many people can sign in within a second, at one pod and at the router of a region of two pods."""

from __future__ import annotations

import argparse
import threading
import time
from collections import Counter
from http.client import HTTPException

from bench.exceptions import AnswersWrong
from bench.hung import Client, demo_cluster
from bench.tables import Cell, markdown
from topology import Address

REGION = "eu"
OWNERS = ("mia", "eva", "max", "newcomer")
SIGNED_IN, REFUSED = 302, 503
FORM = "/users/sign_in"
PAUSE_SECONDS = 0.05
# What a refused client is told.
RETRY_AFTER_SECONDS = 1.0


def measure(where: str, address: Address, people: int, seconds: float) -> list[Cell]:
    """A row: so many people sign in over and over at an address, while a visitor opens a page there. Raises
    `AnswersWrong` when nobody gets in.
    """
    stop, statuses = threading.Event(), Counter[int]()
    took: list[float] = []
    pages: list[float] = []

    def sign_in(username: str) -> None:
        while not stop.is_set():
            started = time.perf_counter()
            status = _status(address, username)
            statuses[status] += 1
            if status == SIGNED_IN:
                took.append(time.perf_counter() - started)
            elif status == REFUSED:
                stop.wait(RETRY_AFTER_SECONDS)

    def look() -> None:
        while not stop.wait(PAUSE_SECONDS):
            started = time.perf_counter()
            Client(address).ask("GET", FORM)
            pages.append(time.perf_counter() - started)

    asking = [threading.Thread(target=sign_in, args=(OWNERS[number % len(OWNERS)],)) for number in range(people)]
    threads = [*asking, threading.Thread(target=look)]
    started = time.perf_counter()
    for each in threads:
        each.start()
    time.sleep(seconds)
    stop.set()
    for each in threads:
        each.join()
    lasted = time.perf_counter() - started
    if not took:
        raise AnswersWrong(f"nobody could sign in at {where}: {dict(statuses)}")
    others = statuses.total() - len(took) - statuses[REFUSED]
    refused = f"{statuses[REFUSED] / lasted:.1f}"
    return [where, people, f"{len(took) / lasted:.1f}", refused, others or "", _median(took), _median(pages)]


def _status(address: Address, username: str) -> int:
    """Of a sign-in; 0 without an answer."""
    try:
        return Client(address).sign_in(username)
    except (OSError, HTTPException):
        return 0


def _median(seconds: list[float]) -> str:
    return f"{sorted(seconds)[len(seconds) // 2] * 1000:.0f}" if seconds else ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `bench sign-ins`."""
    parser.add_argument("--people", nargs="+", type=int, default=(1, 2, 4, 8), help="who sign in at the same time")
    parser.add_argument("--seconds", type=float, default=8.0, help="for each row")
    parser.add_argument("--port-offset", type=int, default=6000, help="tells this cluster from others")


def run(options: argparse.Namespace) -> str:
    """The report of `bench sign-ins`."""
    with demo_cluster(options.port_offset) as scratch:
        described = scratch.topology
        router = next(each for each in described.routers.values() if each.region == REGION)
        places = {"one pod": described.first_pod_of(REGION).address, "the region's router, two pods": router.address}
        rows = [
            measure(where, address, people, options.seconds)
            for where, address in places.items()
            for people in options.people
        ]
    headers = ["asked", "people", "sign-ins/s", "refused/s", "else", "ms to sign in", "ms for the form meanwhile"]
    return markdown(headers, rows)
