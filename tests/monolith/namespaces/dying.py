"""A process whose children do one thing each, and are killed by SIGKILL, or meet an error, at step n of it.

A step is a statement or a commit on `main`, `ci`, `routes` or `users`. Reads one job a line, a JSON object with `do`,
`paths`, `how` (`kill` or `fail`) and `step`; writes what became of the child: `killed`, `failed`, `survived` the error,
or `finished` without reaching the step.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import django
from django.conf import settings
from django.db import OperationalError, connections

Operation = Callable[..., Any]

FINISHED, FAILED, SURVIVED, BROKEN = 0, 3, 4, 5
FATES = {FINISHED: "finished", FAILED: "failed", SURVIVED: "survived"}


class Step:
    """Counts down to the step at which it happens."""

    def __init__(self, left: int, how: str) -> None:
        self._left = left
        self._how = how

    @property
    def happened(self) -> bool:
        """Whether the step was reached."""
        return self._left < 0

    def count(self) -> None:
        """One step; raises `OperationalError`, or does not return."""
        self._left -= 1
        if self._left == -1:
            if self._how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OperationalError("this step fails")


def serve() -> None:
    """Do what standard input asks for, until it ends."""
    # Else each child imports all of it again.
    operations = _operations()
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            _work(job, operations)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        fate = "killed" if killed else FATES.get(os.waitstatus_to_exitcode(status), "broken")
        sys.stdout.write(f"{fate}\n")
        sys.stdout.flush()


def _work(job: dict[str, Any], operations: Mapping[str, Operation]) -> NoReturn:
    step = Step(job["step"], job["how"])
    try:
        _watch(step.count)
        operations[job["do"]](*job["paths"])
    except OperationalError:
        os._exit(FAILED)
    except BaseException:
        traceback.print_exc()
        os._exit(BROKEN)
    os._exit(SURVIVED if step.happened else FINISHED)


def _watch(count: Callable[[], None]) -> None:
    for alias in ("main", "ci", "routes", "users"):
        connection: Any = connections[alias]
        connection.ensure_connection()
        connection.execute_wrappers.append(_counting(count))
        connection._commit = _committing(count, connection._commit)


def _counting(count: Callable[[], None]) -> Callable[..., Any]:
    def wrapper(execute: Callable[..., Any], *arguments: Any) -> Any:
        count()
        return execute(*arguments)

    return wrapper


def _committing(count: Callable[[], None], commit: Callable[[], Any]) -> Callable[[], Any]:
    def wrapper() -> Any:
        count()
        return commit()

    return wrapper


def _operations() -> dict[str, Operation]:
    from monolith.namespaces.creation import create_namespace, create_project, rename, transfer  # noqa: PLC0415
    from monolith.namespaces.deletion import delete  # noqa: PLC0415
    from monolith.namespaces.models import Namespace, Project  # noqa: PLC0415
    from monolith.namespaces.personal import name_of_somebody_new  # noqa: PLC0415
    from organizations.transfers import steps  # noqa: PLC0415
    from routing.outcomes.conclude import decide_handed_over  # noqa: PLC0415
    from users.models import User  # noqa: PLC0415

    def entity(path: str) -> Namespace | Project:
        return Project.objects.filter(full_path=path).first() or Namespace.objects.get(full_path=path)

    def group(path: str) -> Namespace:
        return Namespace.objects.get(full_path=path)

    def sign_up(username: str) -> None:
        with name_of_somebody_new(username):
            User.objects.create(username=username)

    return {
        "sign up": sign_up,
        "make their namespace": lambda username: decide_handed_over(username, "pod_us0"),
        "create a group": lambda beside, path: create_namespace(
            group(beside).organization_id, path, made_by=1, name="x"
        ),
        "create a subgroup": lambda parent, path: create_namespace(
            group(parent).organization_id, path, parent=group(parent), name="x"
        ),
        "create a project": lambda parent, path: create_project(group(parent), path, name="x"),
        "rename": lambda path, new: rename(entity(path), new),
        "transfer": lambda path, into: transfer(entity(path), group(into) if into else None),
        "transfer to an organization": lambda path, organization: steps.transfer(
            path, organization, asked_by="a test", remove_members=True
        ),
        "delete": lambda path: delete(entity(path)),
    }


if __name__ == "__main__":
    settings.DATABASES.update(json.loads(sys.stdin.readline()))
    django.setup()
    serve()
