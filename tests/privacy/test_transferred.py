"""A group of GitLab.com Public goes to an organization: who sees what before, and with the very next request after."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.databases import database
from tests.people import make_member
from tests.running_cluster import RunningCluster
from tests.visitor import Visitor
from topology.places import CHECKOUT

pytestmark = pytest.mark.slow

POD = "pod_us0"
MAKE = """
import json, sys
import django
django.setup()
from monolith.namespaces.creation import create_namespace, create_project, rename
from monolith.work.issuables import open_issuable
from monolith.work.models import Issue
from users.models import PersonalAccessToken, User

path, lea, lin, *others = sys.argv[1:]
people = {each: User.objects.get(username=each) for each in (lea, lin, *others)}
for name in (path, f"{path}-2"):
    top = create_namespace(1, f"old-{name}", name=name, visibility="public", made_by=people[lin].pk)
    for project, visibility in (("open", "public"), ("inside", "internal"), ("secret", "private")):
        made = create_project(top, project, name=project, visibility=visibility)
        for each in (lea, lin):
            made.members.create(organization_id=1, user_id=people[each].pk, role="developer")
    open_issuable(Issue, made, people[lin], title="A secret issue", assignee_id=people[lea].pk)
    rename(top, name)
print(json.dumps({each: PersonalAccessToken.issue(people[each], "api") for each in people}))
"""
CLEAN_UP = """
import sys
import django
django.setup()
from monolith.namespaces.deletion import delete
from monolith.namespaces.models import Namespace
delete(Namespace.objects.get(full_path=sys.argv[1]))
"""
PROJECTS = ("open", "inside", "secret")
ASKED, HIDDEN, SEEN = 302, 404, 200
BEFORE = {
    "visitor": (SEEN, ASKED, ASKED),
    # A member of the projects who does not belong to the organization, and one who does.
    "lea": (SEEN, SEEN, SEEN),
    "lin": (SEEN, SEEN, SEEN),
    # Somebody else of GitLab.com Public; a member and an owner of the organization.
    "leo": (SEEN, SEEN, HIDDEN),
    "rob": (SEEN, HIDDEN, HIDDEN),
    "rita": (SEEN, HIDDEN, HIDDEN),
}
AFTER = {
    "visitor": (SEEN, ASKED, ASKED),
    "lea": (SEEN, HIDDEN, HIDDEN),
    "lin": (SEEN, SEEN, SEEN),
    "leo": (SEEN, HIDDEN, HIDDEN),
    "rob": (SEEN, SEEN, HIDDEN),
    "rita": (SEEN, SEEN, SEEN),
}


@dataclass
class Cast:
    """People by their part, with a browser in each region, and the paths."""

    cluster: RunningCluster
    group: str
    organization: str
    names: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    browsers: dict[tuple[str, str], Visitor] = field(default_factory=dict)

    def seen(self, group: str) -> dict[str, set[tuple[int, ...]]]:
        """What everybody gets of the projects of a group: by the pages, and by the API, in both regions."""
        found: dict[str, set[tuple[int, ...]]] = {}
        for (part, region), browser in self.browsers.items():
            pages = tuple(browser.get(f"/{group}/{project}").status_code for project in PROJECTS)
            found.setdefault(part, set()).add(pages)
            if part in self.tokens:
                headers = {"PRIVATE-TOKEN": self.tokens[part]}
                with Visitor(self.cluster, region) as program:
                    asked = [program.get(f"/api/v4/projects/{group}%2F{project}", **headers) for project in PROJECTS]
                found[part].add(tuple(each.status_code for each in asked))
        return found

    def lists(self, part: str, page: str) -> bool:
        """Whether a list shows the group."""
        return f'href="/{self.group}"' in self.browsers[part, "us"].get(page).text


def run(cluster: RunningCluster, script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=cluster.environment | {"POD_ID": POD, "DJANGO_SETTINGS_MODULE": "settings.base"},
        cwd=CHECKOUT,
        timeout=60,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def cast(cluster: RunningCluster) -> Iterator[Cast]:
    mark = uuid.uuid4().hex[:8]
    cast = Cast(cluster, f"group-{mark}", f"receiver-{mark}")
    names = {part: f"{part}-{mark}" for part in BEFORE if part != "visitor"}
    founder = make_member(cluster, f"founder-{mark}", "gitlab-com-public")
    made = cluster.manage("organization", "create", cast.organization, "--owner", founder, "--pod", POD)
    assert made.returncode == 0, made.stderr
    cluster.manage("janitor", pod=POD)
    for part in ("lea", "lin", "leo"):
        make_member(cluster, names[part], "gitlab-com-public")
    for part in ("rob", "rita"):
        make_member(cluster, names[part], cast.organization)
    with database(cluster, "shared", "routes") as execute:
        [(organization,)] = execute("SELECT id FROM organizations WHERE path = %s", cast.organization)
    with database(cluster, "shared", "users") as execute:
        execute(
            "UPDATE memberships SET role = 'owner' WHERE user_id = (SELECT id FROM users WHERE username = %s)",
            names["rita"],
        )
        execute(
            "INSERT INTO memberships (user_id, organization_id, role, created_at) "
            "SELECT id, %s, 'member', now() FROM users WHERE username = %s",
            organization,
            names["lin"],
        )
    said = run(cluster, MAKE, cast.group, names["lea"], names["lin"], *[names[each] for each in ("leo", "rob", "rita")])
    by_name = json.loads(said)
    cast.tokens = {part: by_name[name] for part, name in names.items()}
    cast.names = names
    with ExitStack() as until_the_end:
        for part in BEFORE:
            for region in ("us", "eu"):
                cast.browsers[part, region] = browser = until_the_end.enter_context(Visitor(cluster, region))
                if part != "visitor":
                    browser.sign_in(names[part])
        yield cast
    run(cluster, CLEAN_UP, f"{cast.group}-2")
    with database(cluster, "shared", "routes") as execute:
        execute("UPDATE organizations SET state = 'deleted' WHERE id = %s", organization)


def each_is(expected: Mapping[str, tuple[int, ...]]) -> dict[str, set[tuple[int, ...]]]:
    return {part: {statuses} for part, statuses in expected.items()}


def transfer(cast: Cast, *options: str) -> Any:
    return cast.cluster.manage("organization", "transfer-namespace", cast.group, cast.organization, *options)


def test_everybody_sees_the_difference_at_once(cast: Cast) -> None:
    neighbour = f"{cast.group}-2"
    assert cast.seen(cast.group) == each_is(BEFORE)
    assert cast.seen(neighbour) == each_is(BEFORE)
    assert cast.lists("leo", "/dashboard/groups")

    told = transfer(cast, "--dry-run")
    assert told.returncode == 0, told.stderr
    assert f"/{cast.group} would go from gitlab-com-public to {cast.organization}, with:" in told.stdout
    assert "         3 projects\n" in told.stdout
    line = f"{cast.names['lea']} (developer of {cast.group}/open, developer of {cast.group}/inside, "
    assert f"  {line}" in told.stdout
    refused = transfer(cast)
    assert refused.returncode == 1
    assert f"1 of its people do not belong to {cast.organization}: {line}" in refused.stderr
    assert cast.seen(cast.group) == each_is(BEFORE)

    done = transfer(cast, "--remove-members")
    assert done.stdout == f"{cast.group} and everything in it belong to {cast.organization} now\n", done.stderr
    assert cast.seen(cast.group) == each_is(AFTER)
    assert cast.seen(neighbour) == each_is(BEFORE)
    assert not cast.lists("leo", "/dashboard/groups")
    assert cast.lists("rob", f"/organizations/{cast.organization}/-/groups")

    # Old names lead there still, those who may see what is there.
    for part, location in (("rita", f"/{cast.group}/secret"), ("leo", "")):
        answer = cast.browsers[part, "eu"].get(f"/old-{cast.group}/secret")
        assert answer.headers.get("location", "") == location
