"""Read a topology file into a `Topology`, or say what is wrong with it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from topology.exceptions import TopologyInvalid
from topology.model import POD_LOCAL_SCHEMAS, Address, Topology
from topology.validate import contradictions


def load(path: Path, *, port_offset: int = 0) -> Topology:
    """The cluster that a TOML file describes, with every embedded port moved by `port_offset`.

    Raises `TopologyInvalid` with one line for each thing that is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TopologyInvalid(
            f"{path}: cannot be read ({error.strerror}); set PODS_TOPOLOGY to a topology file"
        ) from None
    except UnicodeDecodeError as error:
        raise TopologyInvalid(f"{path}: is not UTF-8 text ({error.reason} at byte {error.start})") from None
    return parse(text, origin=str(path), port_offset=port_offset)


def parse(text: str, *, origin: str = "topology", port_offset: int = 0) -> Topology:
    """As `load`, for the text of a file; `origin` opens each line of an error."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TopologyInvalid(f"{origin}: is not valid TOML: {error}") from None
    try:
        topology = Topology.model_validate(_with_names(document))
    except ValidationError as error:
        raise TopologyInvalid("\n".join(f"{origin}: {line}" for line in _lines(error))) from None
    problems = contradictions(topology)
    if problems:
        raise TopologyInvalid("\n".join(f"{origin}: {line}" for line in problems))
    return _moved(topology, port_offset) if port_offset else topology


def _with_names(document: dict[str, Any]) -> dict[str, Any]:
    """The document with each table told its own name, and short forms of placements written out."""
    full = dict(document)
    for kind in ("regions", "pods", "routers", "servers"):
        tables = full.get(kind)
        if isinstance(tables, dict):
            full[kind] = {
                name: {**table, "name": name} if isinstance(table, dict) else table for name, table in tables.items()
            }
    if isinstance(full.get("schemas"), dict):
        full["schemas"] = {schema: _placement(where, schema) for schema, where in full["schemas"].items()}
    if isinstance(full.get("pods"), dict):
        full["pods"] = {name: _with_placements(name, pod) for name, pod in full["pods"].items()}
    return full


def _with_placements(name: str, pod: Any) -> Any:
    if not isinstance(pod, dict):
        return pod
    pod = dict(pod)
    server = pod.pop("server", None)
    own = pod.get("schemas", {})
    if isinstance(own, dict):
        placements = dict.fromkeys(POD_LOCAL_SCHEMAS, server) if server is not None else {}
        placements |= own
        pod["schemas"] = {schema: _placement(where, f"{name}_{schema}") for schema, where in placements.items()}
    return pod


def _placement(where: Any, database: str) -> Any:
    if isinstance(where, str):
        return {"server": where, "database": database}
    if isinstance(where, dict):
        return {"database": database, **where}
    return where


def _lines(error: ValidationError) -> list[str]:
    lines: list[str] = []
    for problem in error.errors(include_url=False):
        key = ".".join(str(part) for part in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "missing":
            lines.append(f"{key}: missing")
        elif problem["type"] == "extra_forbidden":
            lines.append(f"{key}: unknown key; docs/configuration.md lists the keys")
        elif problem["type"] == "string_pattern_mismatch":
            lines.append(
                f"{key}: {problem['input']!r} is not a valid name here; it must match {problem['ctx']['pattern']}"
            )
        elif problem["type"] == "bool_type":
            lines.append(f"{key}: {problem['input']!r} is not a boolean; write true or false, without quotes")
        else:
            lines.append(f"{key}: {problem['input']!r} {message[:1].lower()}{message[1:]}")
    return lines


def _moved(topology: Topology, by: int) -> Topology:
    def moved(address: Address) -> Address:
        if not 0 < address.port + by < 65536:
            raise TopologyInvalid(f"port offset {by}: moves {address} outside of 1 to 65535; choose a smaller offset")
        return Address(address.host, address.port + by)

    pods = {n: pod.model_copy(update={"address": moved(pod.address)}) for n, pod in topology.pods.items()}
    routers = {
        n: router.model_copy(update={"address": moved(router.address), "statistics": moved(router.statistics)})
        for n, router in topology.routers.items()
    }
    return topology.model_copy(
        update={"pods": MappingProxyType(pods), "routers": MappingProxyType(routers), "port_offset": by}
    )
