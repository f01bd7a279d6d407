"""`manage.py trace /path --region eu --as mia`: follow a request through the cluster, hop by hop."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from operations.exceptions import OperationsError
from operations.impersonate import session_of
from operations.trace import Trace, path_and_query, trace
from router.management.commands.router import router_of
from router.secrets import RouterSecretMissing, Secrets
from routing.learn import learn
from routing.lookup import RoutesUnreachable
from routing.management.commands.learn import explain
from routing.paths import PathInvalid, parse

# Requests that change nothing.
METHODS = ("GET", "HEAD", "OPTIONS")
TOO_LATE = 504
CACHE = {
    "hit": "the pod was in the router's cache",
    "miss": "the router asked learn",
    "stale": "learn did not answer, so the router used an expired cache entry",
    "misrouted": "the cached pod does not own the path and named the owner",
    "none": "the router sent the request to no pod",
}


class Command(BaseCommand):
    """Sends the request for real."""

    help = "Send a request through a router and show every hop it takes."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the request, the region where it enters, and the user who sends it."""
        parser.add_argument("url", metavar="URL", help="a path, or a whole URL (its host is ignored)")
        parser.add_argument("--region", help="region of the router to use (default: the first router's)")
        parser.add_argument(
            "--as",
            dest="person",
            metavar="USERNAME",
            help="send the request signed in as this user (default: signed out)",
        )
        parser.add_argument("--method", choices=METHODS, default="GET")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the trace. Errors are one message and exit code 1."""
        try:
            traced = _traced(options)
        except (OperationsError, RouterSecretMissing) as error:
            raise CommandError(str(error)) from None
        why = _why(traced)
        if options["json"]:
            self.stdout.write(json.dumps(asdict(traced) | {"explained": why}, indent=2))
            return
        for line in (*_way(traced, options["person"]), *_learned(traced, why), *_answered(traced)):
            self.stdout.write(line)


def _traced(options: dict[str, Any]) -> Trace:
    topology, places = settings.TOPOLOGY, settings.PLACES
    if not topology.routers:
        raise CommandError(f"{topology.instance} has no router: its single pod serves every request")
    router = router_of(topology, options["region"] or next(iter(topology.routers.values())).region)
    target, person = path_and_query(options["url"]), options["person"]
    with session_of(person) if person else nullcontext("") as cookie:
        return trace(
            topology, places, Secrets.of(settings.ENVIRONMENT), router, target, method=options["method"], cookie=cookie
        )


def _why(found: Trace) -> dict[str, object]:
    """Explain learn's answer: the same logic on the same rows, read from the primary."""
    try:
        path = parse(found.target.partition("?")[0])
        asked = settings.TOPOLOGY.pods.get(found.question.asked)
        return explain(learn(path, asked=asked))
    except (PathInvalid, RoutesUnreachable) as error:
        return {"why": str(error)}


def _way(found: Trace, person: str | None) -> Iterator[str]:
    router = settings.TOPOLOGY.routers[found.router]
    yield f"{found.method} {found.target} as {person or 'nobody'}, through router {router.name} at {router.address}"
    yield f"  router {router.name:<9} {found.cache}: {CACHE.get(found.cache, 'as the router reported')}"


def _learned(found: Trace, why: dict[str, object]) -> Iterator[str]:
    question = found.question
    yield f"  learn            {question.asked} says {question.status} {question.body}"
    for name in ("cache-control", "x-gitlab-pod-cache", "x-gitlab-pod-epoch"):
        if name in question.headers:
            yield f"                   {name}: {question.headers[name]}"
    for name in ("pattern", "declared", "key", "row", "alias", "why"):
        if name in why:
            yield f"    {name:<14} {why[name]}"


def _answering(found: Trace) -> str:
    if found.is_of_pod:
        return found.pod
    if found.pod == "none":
        return "the router"
    failed = "did not answer in time" if found.status == TOO_LATE else "did not answer"
    return f"the router, because {found.pod} {failed},"


def _answered(found: Trace) -> Iterator[str]:
    for hop in found.hops:
        meaning = "misrouted; the pod named the owner" if hop.status == 421 else "serves"
        yield f"  {hop.pod:<16} {hop.status} after {hop.ms:g} ms: {meaning}"
    hops = f"{found.router_hops} hop{'' if found.router_hops == 1 else 's'}"
    yield f"  answer           {found.status} of {_answering(found)} after {found.ms:g} ms and {hops}"
    if found.location:
        yield f"                   redirects to {found.location}"
