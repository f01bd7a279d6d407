"""Envoy's route configuration: which header value leads to which cluster, and what the Lua filter must know."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict

from router import clusters
from router.clusters import Json
from router.limits import Limits
from router.secrets import Secrets
from router.template import part
from topology import Topology

NAME = "pods"


def route_configuration(topology: Topology, secrets: Secrets, limits: Limits) -> Json:
    """The routes of a router, as JSON. Envoy takes a new version of them while it runs, and the cache stays."""
    values = {
        **asdict(limits),
        "targets": _targets(topology),
        "debug": secrets.debug,
        "any": clusters.ANY,
        "preferring": "|".join(clusters.preferences(topology).values()),
    }
    names = ["plainly_arriving_route", "plainly_reading_route", "arriving_route", "slow_route"]
    for name in ("streamed_route", "choosing_route", "preferring_route", "reading_route", "route"):
        names += [f"debug_{name}", name] if secrets.debug else [name]
    routes = [part(name, values) for name in names]
    # A percent sign would open one of Envoy's own substitutions.
    secret = secrets.router.replace("%", "%%")
    context = _context(topology, secrets)
    configuration: Json = part("route_configuration", {"routes": routes, "secret": secret, "context": context})
    return configuration


def _credential_key(secrets: Secrets) -> str:
    """By which the Lua hashes credentials: 64 bits that follow from the secret and do not tell it."""
    return hmac.new(secrets.router.encode(), b"credential entries", hashlib.sha256).hexdigest()[:16]


def _targets(topology: Topology) -> Json:
    targets = dict(topology.pod_names)
    targets |= {name: name for name in (clusters.ANY, *clusters.preferences(topology).values())}
    return {target: part("target", {"cluster": cluster}) for target, cluster in sorted(targets.items())}


def _context(topology: Topology, secrets: Secrets) -> dict[str, str]:
    fields = {
        "pods": " ".join(f"{spelling}={pod}" for spelling, pod in sorted(topology.pod_names.items())),
        "preferred": " ".join(f"{pod}={cluster}" for pod, cluster in clusters.preferences(topology).items()),
        "any": clusters.ANY,
        "latest": topology.latest_pod,
        "learn_secret": secrets.learn,
        # The cookie by which pods know a caller (settings/base.py).
        "session": f"{topology.instance}_session",
        "credential_key": _credential_key(secrets),
    }
    version = hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]
    return {**fields, "version": version}
