"""What people see while a process hangs: it is stopped with SIGSTOP, so that it accepts connections and never answers.

Each kind of process of the demo cluster in turn, under traffic at both routers and at the pods themselves.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

from bench.exceptions import AnswersWrong
from bench.freezing import frozen
from bench.scratch import Scratch, scratch_cluster
from bench.tables import Cell, markdown, percent
from monolith.demo_facts import PASSWORD
from topology import Address
from topology.places import CHECKOUT

DEMO = CHECKOUT / "topology" / "examples" / "demo.toml"
STOPPED = ("shared", "shared-us", "shared-eu", "pods-us", "pods-eu", "pod_eu1", "router-eu")
SECONDS = 10.0
# By then everybody is to have an answer, of whatever kind.
AIM_SECONDS = 2.0
PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 60.0
WELL_SECONDS = 60.0
SIGN_IN = "/users/sign_in"
_CSRF = re.compile(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"')


class Client:
    """A browser or program that asks one address, with cookies."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """The status and the text of an answer. Raises `OSError` and `HTTPException`."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection(self._address.host, self._address.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, urlencode(fields) if fields else None, headers)
            response = connection.getresponse()
            self._keep(response)
            return response.status, response.read().decode(errors="replace")
        finally:
            connection.close()

    def sign_in(self, username: str) -> int:
        """The status of the form's answer, or of the form when it does not come."""
        status, form = self.ask("GET", SIGN_IN)
        found = _CSRF.search(form)
        if found is None:
            return status
        fields = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": found[1]}
        return self.ask("POST", SIGN_IN, fields)[0]

    def _keep(self, response: HTTPResponse) -> None:
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value


@dataclass
class Kind:
    """Requests of one kind, and what became of those that began while something hung."""

    name: str
    addresses: Sequence[Address]
    path: str = ""
    """Empty: sign in, form and all."""
    username: str = ""
    wanted: int = 200
    statuses: Counter[str] = field(default_factory=Counter)
    in_time: int = 0
    """Answered as usual, and within `AIM_SECONDS`."""
    longest: float = 0.0

    def row(self, stopped: str) -> list[Cell]:
        """Of the report."""
        others = ", ".join(f"{number} x {kind}" for kind, number in self.statuses.items() if kind != str(self.wanted))
        count = self.statuses.total()
        share = percent(self.in_time / count) if count else ""
        return [stopped, self.name, count, share, f"{self.longest:.1f}", others]

    def note(self, status: str, seconds: float) -> None:
        """Count an answer."""
        self.statuses[status] += 1
        self.longest = max(self.longest, seconds)
        self.in_time += status == str(self.wanted) and seconds <= AIM_SECONDS

    def clients(self) -> list[Client]:
        """One for each address, signed in where the kind wants it."""
        found = [Client(address) for address in self.addresses]
        for client in found:
            if self.username and self.path and (status := client.sign_in(self.username)) != 302:
                raise AnswersWrong(f"signing in as {self.username}: {status}")
        return found

    def once(self, client: Client) -> str:
        """Send one request; its status, or what went wrong with the connection."""
        try:
            if self.path:
                return str(client.ask("GET", self.path)[0])
            return str(Client(client._address).sign_in(self.username))
        except (OSError, HTTPException) as error:
            return type(error).__name__


def kinds_of(scratch: Scratch) -> list[Kind]:
    """What people and machines ask for, at both routers or at the pods' own addresses."""
    routers = [router.address for router in scratch.topology.routers.values()]
    pods = {name: [pod.address] for name, pod in scratch.topology.pods.items()}
    learn = "/api/v4/pods/learn?method=GET&path_info=/makers/widgets"
    return [
        Kind("public page of pod_us0", routers, "/gitlab-org/gitlab"),
        Kind("public page of pod_eu1", routers, "/makers/widgets"),
        Kind("signed-in page of pod_us0", routers, "/gitlab-org/gitlab", "alice"),
        Kind("signed-in page of pod_eu0", routers, "/my-company/my-project", "mia"),
        Kind("form to sign in", routers, SIGN_IN),
        Kind("signing in", routers, username="mia", wanted=302),
        Kind("learn of pod_us1", pods["pod_us1"], learn),
        Kind("learn of pod_eu0", pods["pod_eu0"], learn),
        Kind("readiness of pod_us1", pods["pod_us1"], "/-/readiness"),
        Kind("readiness of pod_eu0", pods["pod_eu0"], "/-/readiness"),
    ]


@contextmanager
def traffic(kinds: Sequence[Kind], counting: threading.Event) -> Iterator[None]:
    """A client of each kind requests each address again and again during the block; what begins while
    `counting` is set is counted.
    """
    stop = threading.Event()

    def go_on(kind: Kind, client: Client) -> None:
        while not stop.wait(PAUSE_SECONDS):
            counted, started = counting.is_set(), time.monotonic()
            status = kind.once(client)
            if counted:
                kind.note(status, time.monotonic() - started)

    threads = [threading.Thread(target=go_on, args=(kind, each)) for kind in kinds for each in kind.clients()]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def hang(scratch: Scratch, name: str, seconds: float) -> list[list[Cell]]:
    """The rows of one process. Raises `AnswersWrong` when the cluster does not get well afterwards."""
    pid, kinds, counting = scratch.process(name), kinds_of(scratch), threading.Event()
    with traffic(kinds, counting):
        time.sleep(1)
        with frozen(pid):
            counting.set()
            time.sleep(seconds)
            counting.clear()
    wait_until_well(scratch)
    return [kind.row(name) for kind in kinds]


def wait_until_well(scratch: Scratch) -> None:
    """Until everything is answered as it should be, twice in a row."""
    deadline, well = time.monotonic() + WELL_SECONDS, 0
    while well < 2:
        answers: dict[tuple[str, Address], bool] = {}
        for kind in kinds_of(scratch):
            try:
                answers |= {(kind.name, each._address): kind.once(each) == str(kind.wanted) for each in kind.clients()}
            except (AnswersWrong, OSError, HTTPException):
                answers[kind.name, kind.addresses[0]] = False
        well = well + 1 if all(answers.values()) else 0
        if not well and time.monotonic() > deadline:
            ill = [name for (name, _), is_well in answers.items() if not is_well]
            raise AnswersWrong(f"not well {WELL_SECONDS:g} s later: {', '.join(ill)}")


@contextmanager
def demo_cluster(port_offset: int) -> Iterator[Scratch]:
    """The demo cluster, in a folder of its own, once everything answers. Raises `ClusterNotUp` and `AnswersWrong`."""
    with (
        tempfile.TemporaryDirectory(prefix="pods-bench-") as folder,
        scratch_cluster(DEMO, Path(folder), port_offset=port_offset, options=()) as scratch,
    ):
        wait_until_well(scratch)
        yield scratch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `bench hung`."""
    parser.add_argument("--stop", nargs="+", default=STOPPED, metavar="NAME", help="processes of the demo cluster")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for which each hangs")
    parser.add_argument("--port-offset", type=int, default=6000, help="tells this cluster from others")


def run(options: argparse.Namespace) -> str:
    """The report of `bench hung`."""
    with demo_cluster(options.port_offset) as scratch:
        rows = [row for name in options.stop for row in hang(scratch, name, options.seconds)]
        return markdown(["hangs", "what", "requests", f"as usual in {AIM_SECONDS:g} s", "longest s", "else"], rows)
