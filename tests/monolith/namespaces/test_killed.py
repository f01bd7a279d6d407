"""Whatever is killed or fails on the way, at any step, is done or not done; the janitor leaves nothing in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.db import connections

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.personal import name_of_somebody_new
from monolith.work.models import Issue, Note, Todo
from organizations.models import Organization
from routing.janitor import tidy
from routing.models import Route
from routing.outcomes.models import Burial
from tests.cast import make_organization
from tests.databases import ALIASES
from tests.running_cluster import eventually
from topology.places import CHECKOUT
from users.models import User

pytestmark = [pytest.mark.django_db(databases=ALIASES, transaction=True), pytest.mark.slow]

MOST_STEPS = 60

Worker = subprocess.Popen[str]


@pytest.fixture
def worker() -> Iterator[Worker]:
    """Whose children are killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.monolith.namespaces.dying"],
        cwd=CHECKOUT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    databases = {alias: connections[alias].settings_dict for alias in ALIASES if not alias.endswith("_replica")}
    process.stdin.write(json.dumps(databases, default=str) + "\n")
    process.stdin.flush()
    with process:
        yield process
        process.stdin.close()


def attempt(worker: Worker, how: str, do: str, paths: list[str], step: int) -> str:
    """What became of a child that was to be killed, or to fail, at this step."""
    assert worker.stdin
    assert worker.stdout
    worker.stdin.write(json.dumps({"do": do, "paths": paths, "how": how, "step": step}) + "\n")
    worker.stdin.flush()
    return str(worker.stdout.readline()).strip()


def make_home(organization: Organization, number: int) -> None:
    """A group with a subgroup, projects and issues, and another group beside it."""
    tools = create_namespace(organization.pk, f"tools{number}", name="x", visibility="internal")
    inner = create_namespace(organization.pk, "inner", parent=tools, name="x", visibility="internal")
    create_project(inner, "saw", name="x")
    hammer = create_project(tools, "hammer", name="x")
    create_namespace(organization.pk, f"house{number}", name="x", visibility="internal")
    issue = Issue.objects.create(organization_id=organization.pk, project=hammer, iid=1, title="x", author_id=1)
    Note.objects.create(organization_id=organization.pk, issue=issue, author_id=1, text="x")
    Todo.objects.create(organization_id=organization.pk, issue=issue, user_id=1)


def entities() -> dict[str, tuple[str, int]]:
    """Type and id of each by its path."""
    projects = {project.full_path: ("project", project.pk) for project in Project.objects.all()}
    return projects | {group.full_path: (str(group.kind), group.pk) for group in Namespace.objects.all()}


def live_routes() -> dict[str, tuple[str, int]]:
    """The same, as routes says."""
    rows = Route.objects.using("routes").filter(kind="live").values_list("path", "entity_type", "entity_id")
    return {path: (str(entity_type), int(entity_id or 0)) for path, entity_type, entity_id in rows}


def is_tidy() -> bool:
    """Whether nothing is left to do, an hour later. The killed one's transaction may hold its locks a moment longer."""
    Route.objects.using("routes").filter(kind="claim").update(expires_at="2020-01-01T00:00Z")
    tidy("pod_us0")
    return not Burial.objects.exists() and not Route.objects.using("routes").filter(kind="claim").exists()


@pytest.mark.parametrize("how", ["kill", "fail"])
@pytest.mark.parametrize(
    ("do", "arguments", "gone", "made"),
    [
        ("create a group", ["house{n}", "new{n}"], [], ["new{n}"]),
        ("create a subgroup", ["tools{n}", "new"], [], ["tools{n}/new"]),
        ("create a project", ["tools{n}", "new"], [], ["tools{n}/new"]),
        ("rename", ["tools{n}/hammer", "axe"], ["tools{n}/hammer"], ["tools{n}/axe"]),
        (
            "rename",
            ["tools{n}", "gear{n}"],
            ["tools{n}", "tools{n}/inner", "tools{n}/inner/saw", "tools{n}/hammer"],
            ["gear{n}", "gear{n}/inner", "gear{n}/inner/saw", "gear{n}/hammer"],
        ),
        ("transfer", ["tools{n}/hammer", "house{n}"], ["tools{n}/hammer"], ["house{n}/hammer"]),
        (
            "transfer",
            ["tools{n}/inner", "house{n}"],
            ["tools{n}/inner", "tools{n}/inner/saw"],
            ["house{n}/inner", "house{n}/inner/saw"],
        ),
        ("delete", ["tools{n}/hammer"], ["tools{n}/hammer"], []),
        ("delete", ["tools{n}"], ["tools{n}", "tools{n}/inner", "tools{n}/inner/saw", "tools{n}/hammer"], []),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value).replace("{n}", "") or "nothing",
)
def test_it_is_done_or_not_done(
    worker: Worker, how: str, do: str, arguments: list[str], gone: list[str], made: list[str]
) -> None:
    organization = make_organization("acme")
    done: list[bool] = []
    for step in range(MOST_STEPS):
        # What was not done can be done in the same home.
        home = sum(done)
        if done[-1:] != [False]:
            make_home(organization, home)
        before = entities()
        after = set(before) - {path.format(n=home) for path in gone} | {path.format(n=home) for path in made}
        fate = attempt(worker, how, do, [argument.format(n=home) for argument in arguments], step)
        assert fate in ({"killed", "finished"} if how == "kill" else {"failed", "survived", "finished"})
        eventually(is_tidy)
        found = entities()
        assert set(found) in (set(before), after), f"{how} at step {step}"
        assert live_routes() == found, f"{how} at step {step}"
        done.append(set(found) == after)
        if fate == "finished":
            break
    assert fate == "finished"
    # At first it is not done, and from some step on it is.
    assert done == sorted(done)
    assert (done[0], done[-1]) == (False, True)
    assert done.index(True) > 2


def people() -> set[str]:
    return set(User.objects.using("users").values_list("username", flat=True))


@pytest.mark.parametrize("how", ["kill", "fail"])
@pytest.mark.parametrize("do", ["sign up", "make their namespace"])
def test_there_is_a_person_with_their_namespace_or_neither(worker: Worker, how: str, do: str) -> None:
    for step in range(MOST_STEPS):
        username = f"newt{step}"
        if do == "make their namespace":
            with name_of_somebody_new(username):
                User.objects.using("users").create(username=username, email=f"{username}@example.com")
        fate = attempt(worker, how, do, [username], step)
        assert fate in ({"killed", "finished"} if how == "kill" else {"failed", "survived", "finished"})
        eventually(is_tidy)
        found = {path for path, (kind, _) in entities().items() if kind == "user"}
        assert found == people(), f"{how} at step {step}"
        assert live_routes() == entities(), f"{how} at step {step}"
        if fate == "finished":
            break
    assert fate == "finished"
    assert username in people()
    assert step > 3
    if do == "sign up":
        assert "newt0" not in people()
