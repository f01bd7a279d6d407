"""Who and what is in the demo cluster. Data only: `monolith/demo.py` loads it, docs/demo.md shows it."""

from __future__ import annotations

from dataclasses import dataclass, field

PASSWORD = "pods-demo"  # noqa: S105 (demo data)
TOKEN = "glpat-demo-{username}"  # noqa: S105 (demo data)


@dataclass(frozen=True)
class DemoProject:
    """A project by its full path; every group above it is made too."""

    path: str
    visibility: str = "public"
    members: dict[str, str] = field(default_factory=dict)
    """Who is a member of the project itself, and in which role."""


@dataclass(frozen=True)
class DemoOrganization:
    """An organization, the pod it starts on, its members by role, and what is in it."""

    path: str
    name: str
    pod: str
    members: dict[str, str]
    projects: tuple[DemoProject, ...]
    visibility: str = "public"
    """Of its groups."""
    groups: tuple[str, ...] = ()
    """Groups without a project."""
    private_groups: tuple[str, ...] = ()
    group_members: dict[str, dict[str, str]] = field(default_factory=dict)
    """Path of a group to its members by role."""
    renamed: dict[str, str] = field(default_factory=dict)
    """Old path of a top-level group to its path."""


@dataclass(frozen=True)
class DemoPerson:
    """A person by username, with the path of their default organization."""

    username: str
    name: str
    home: str
    administrator: bool = False
    namespace: bool = False


ORGANIZATIONS = (
    DemoOrganization(
        path="gitlab-com-public",
        name="GitLab.com Public",
        pod="pod_us0",
        members={"root": "owner", "team-member": "member", "newcomer": "member"},
        group_members={"gitlab-org": {"team-member": "developer"}},
        projects=(
            DemoProject("gitlab-org/gitlab"),
            DemoProject("gitlab-org/gitlab-test"),
            DemoProject("gitlab-org/security/products/scanner"),
            DemoProject("0040/packages/maven"),
            DemoProject("root/example."),
        ),
    ),
    DemoOrganization(
        path="my-organization",
        name="My Organization",
        pod="pod_eu0",
        members={"mia": "owner", "max": "member", "team-member": "guest"},
        group_members={"my-company": {"mia": "owner"}},
        visibility="internal",
        groups=("my-company/team",),
        renamed={"old-company": "my-company"},
        projects=(
            DemoProject("my-company/my-project", "internal"),
            DemoProject("my-company/my-other-project", "private", members={"mia": "developer"}),
        ),
    ),
    DemoOrganization(
        path="other-organization",
        name="Other Organization",
        pod="pod_us1",
        members={"alice": "member", "john.doe": "member"},
        group_members={"not-my-company": {"alice": "owner"}},
        private_groups=("not-my-company",),
        projects=(
            DemoProject("alice/dotfiles"),
            DemoProject("john.doe/dotfiles"),
            DemoProject("gitlab-org-foundation/site"),
            DemoProject("administrators/handbook"),
            DemoProject("api-docs/site"),
            DemoProject("users-group/wiki"),
            DemoProject("not-my-company/not-my-project", "private", members={"alice": "developer"}),
        ),
    ),
    DemoOrganization(
        path="eu-makers",
        name="EU Makers",
        pod="pod_eu1",
        members={"eva": "member"},
        group_members={"makers": {"eva": "owner"}},
        projects=(DemoProject("makers/widgets"),),
    ),
)

PEOPLE = (
    DemoPerson("root", "Root", "gitlab-com-public", administrator=True, namespace=True),
    DemoPerson("team-member", "Team Member", "gitlab-com-public"),
    DemoPerson("newcomer", "New Comer", "gitlab-com-public"),
    DemoPerson("mia", "Mia", "my-organization"),
    DemoPerson("max", "Max", "my-organization"),
    DemoPerson("alice", "Alice", "other-organization", namespace=True),
    DemoPerson("john.doe", "John Doe", "other-organization", namespace=True),
    DemoPerson("eva", "Eva", "eu-makers"),
)

ISSUES = (
    ("Write down how this is deployed", "open"),
    ("The build is slow on Mondays", "open"),
    ("Say hello in the readme", "closed"),
)
DESCRIPTION = """\
Nobody but the last one who did it knows how. Let us *write it down*:

- [x] ask who did it last
- [ ] write down the steps, see #2 and !1
- [ ] let somebody else try

| step | where |
| --- | --- |
| build | `make build` |
| deploy | by hand, **for now** |
"""
"""Of the first issue of each project."""
MERGE_REQUESTS = (
    ("Make the build faster", "faster-build", "open"),
    ("Say hello", "say-hello", "closed"),
)
JOBS = (("lint", "success"), ("test", "success"), ("deploy", "pending"))
