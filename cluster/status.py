"""The output of `cluster status`: each process as its supervisor sees it, and each component as it answers itself."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from admin_settings.in_commands import as_far_as_known
from cluster import control, lock
from operations.survey import Facts, State, Surveyor
from operations.survey.disks import in_units
from operations.survey.facts import PodFacts, RouterFacts, ServerFacts, summary_of
from topology import Topology
from topology.places import Places, router_process

Process = dict[str, Any]
Part = PodFacts | RouterFacts | ServerFacts


@dataclass(frozen=True)
class Status:
    """A cluster's state. `supervisor` is the supervisor's own report, None when there is no supervisor."""

    name: str
    facts: Facts
    supervisor: dict[str, Any] | None

    @property
    def healthy(self) -> bool:
        """Whether no component is down and every replica is connected to its primary."""
        if self.supervisor and not self.supervisor["ready"]:
            return False
        return all(_is_healthy(part) for part in self.parts.values())

    @property
    def parts(self) -> dict[str, Part]:
        """The components of the topology by process name, those first that the supervisor started. Where it was told
        to start no pods and routers, those are left out that do not run.
        """
        named = {_process_name(part): part for part in self.facts.parts}
        first = {name: named[name] for name in self.processes if name in named}
        if self.supervisor and self.supervisor["databases_only"]:
            named = {name: part for name, part in named.items() if _is_expected(part)}
        return first | named

    @property
    def processes(self) -> dict[str, Process]:
        """The supervisor's report on each process, by name."""
        told = self.supervisor["processes"] if self.supervisor else []
        return {process["name"]: process for process in told}

    @property
    def as_json(self) -> dict[str, Any]:
        """Return the status as values that JSON can hold."""
        parts = self.parts
        processes = [
            {**process, "healthy": _is_healthy(parts[name]), "says": says(parts[name])}
            for name, process in self.processes.items()
            if name in parts
        ]
        return {
            "name": self.name,
            "healthy": self.healthy,
            "ready": bool(self.supervisor and self.supervisor["ready"]),
            "pid": self.supervisor["pid"] if self.supervisor else None,
            "processes": processes,
            "cluster": self.facts.as_json,
        }


def read_status(topology: Topology, places: Places, *, seconds: float) -> Status | None:
    """Return the state of a cluster, with rates over `seconds`; None when no supervisor runs and nothing answers.

    Raises `NotRunning` and `SurveyLate`.
    """
    supervised = lock.is_held(places)
    # The legacy pod shows the cluster page; with its thresholds, both agree.
    legacy = topology.pod(topology.legacy_pod)
    acts_by = as_far_as_known(legacy, places.settings_of(legacy.name))
    with closing(Surveyor(topology, places, late_from_seconds=lambda: acts_by.replica_lag_seconds)) as surveyor:
        facts = surveyor.facts()
        if not supervised and all(part.state is State.DOWN for part in facts.parts):
            return None
        if seconds:
            facts = surveyor.facts_after(seconds)
    supervisor = control.ask(places.control_socket, {"do": "status"}) if supervised else None
    return Status(topology.instance, facts, supervisor)


def lines_of(status: Status) -> Iterable[str]:
    """Yield the status for people, one line per component."""
    yield f"{status.name}: {_summary(status)} ({_of_supervisor(status.supervisor)})"
    for name, part in status.parts.items():
        yield f"{name:<12} {_kind(part):<8} {_of_process(status.processes.get(name))}  {says(part)}"
    for name, process in status.processes.items():
        if name not in status.parts:
            yield f"{name:<12} {process['kind']:<8} {_of_process(process)}  no longer in the topology"


def _summary(status: Status) -> str:
    if status.supervisor and not status.supervisor["ready"]:
        return "starting or stopping"
    said = summary_of((name, part.state) for name, part in status.parts.items())
    return f"{said[:1].lower()}{said[1:]}"


def _of_supervisor(supervisor: dict[str, Any] | None) -> str:
    return f"supervisor {supervisor['pid']}" if supervisor else "no supervisor on this machine"


def says(part: Part) -> str:
    """Describe a component in one line."""
    if part.state is State.DOWN:
        address = () if isinstance(part, ServerFacts) else (part.address,)
        return ", ".join([*address, *part.problems])
    match part:
        case PodFacts():
            facts = _of_pod(part)
        case RouterFacts():
            facts = _of_router(part)
        case ServerFacts():
            facts = _of_server(part)
    said = ", ".join(facts)
    return f"{said}; problems: {', '.join(part.problems)}" if part.problems else said


def _of_pod(pod: PodFacts) -> list[str]:
    facts = [pod.address, "ready", f"release {pod.release}" if pod.release else ""]
    facts.append(_counted(pod.organizations, "organization"))
    if pod.requests_per_second is not None:
        facts.append(f"{pod.requests_per_second:.1f} requests/s")
    if pod.learn.per_second is not None:
        facts.append(f"{pod.learn.per_second:.1f} learn/s")
    if pod.learn.mean_ms is not None:
        facts.append(f"{pod.learn.mean_ms:.1f} ms each")
    if pod.free_bytes:
        facts.append(in_units(min(pod.free_bytes.values())))
    return list(filter(None, facts))


def _of_router(router: RouterFacts) -> list[str]:
    rate = "no hit rate yet" if router.hit_rate is None else f"{router.hit_rate:.0%} hits"
    facts = [router.address, "accepts connections"]
    if router.requests is not None:
        facts += [f"{router.requests} requests", rate, f"{router.pods_reached} of {router.pods_known} pods ready"]
    if router.learned_per_second is not None:
        facts.append(f"{router.learned_per_second:.1f} learn/s")
    return facts


def _of_server(server: ServerFacts) -> list[str]:
    free = [] if server.free_bytes is None else [in_units(server.free_bytes)]
    return [*_of_role(server), *free]


def _of_role(server: ServerFacts) -> list[str]:
    if server.replication is None:
        return ["accepts writes"]
    behind = server.replication
    late = f"lagging from {behind.late_from_seconds:g} s"
    if behind.bytes_behind is None:
        return ["lag unknown", late]
    seconds = "?" if behind.seconds is None else f"{behind.seconds * 1000:.0f}"
    asked = [f"{behind.asked_lag_ms} ms of it configured"] if behind.asked_lag_ms else []
    return [f"{seconds} ms behind", f"{behind.bytes_behind} bytes behind", *asked, late]


def _of_process(process: Process | None) -> str:
    if process is None:
        return f"{'elsewhere':<10} {'-':>8} {'-':>8}"
    since = _duration(time.time() - process["since"]) if process["since"] else "-"
    state = f"{process['state']:<10} {process['pid'] or '-':>8} {since:>8}"
    if not process["restarts"]:
        return state
    ago = _duration(time.time() - process["last_end_at"])
    return f"{state}  restarts: {process['restarts']} (last {ago} ago: {process['last_end']})"


def _is_expected(part: Part) -> bool:
    return isinstance(part, ServerFacts) or part.state is not State.DOWN


def _is_healthy(part: Part) -> bool:
    if isinstance(part, ServerFacts) and part.replication and not part.replication.streams:
        return False
    return part.state is not State.DOWN


def _process_name(part: Part) -> str:
    return router_process(part.name) if isinstance(part, RouterFacts) else part.name


def _kind(part: Part) -> str:
    match part:
        case PodFacts():
            return "pod"
        case RouterFacts():
            return "router"
        case ServerFacts():
            return part.role


def _counted(number: int | None, what: str) -> str:
    if number is None:
        return f"{what}s unknown"
    return f"{number} {what}{'' if number == 1 else 's'}"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f}s"
    return f"{seconds / 60:.0f}min" if seconds < 7200 else f"{seconds / 3600:.0f}h"
