"""Fill one pod as a busy one is: an organization with most of its projects, a hundred others, and what people do there.

What few people may see comes last in the order of names, so that a list which walks past all the rest shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from bench.scratch import Scratch
from topology import Pod
from topology.places import SOCKET_PORT

ORGANIZATION = "bench"
OTHERS = 99
VIEWERS = {"owner": "bench-owner", "member": "bench-member", "guest": "bench-guest"}
"""Who looks, by their role in the organization."""
GIANT, POPULAR = "bench-giant", "bench-giant/popular"
"""A group with a tenth of all projects, and the project with a twentieth of all issues; its members see both."""
PER_GROUP, TEAMS = 100, 2

SUPERUSER = "postgres"
USERS = """
INSERT INTO users (username, email, name, password, default_organization_id, is_superuser, is_staff, is_active,
                   date_joined)
SELECT 'bench-' || who, 'bench-' || who || '@example.com', who, '!', %(organization)s, false, false, true, now()
FROM unnest(ARRAY['owner', 'member', 'guest']) who;
INSERT INTO memberships (user_id, organization_id, role, created_at)
SELECT id, %(organization)s, name, now() FROM users WHERE username LIKE 'bench-%%';
"""
ORGANIZATIONS = """
INSERT INTO organizations (path, name, pod_id, epoch, state, created_at)
SELECT CASE n WHEN 0 THEN 'bench' ELSE 'bench-other-' || n END, 'Organization ' || n, %(pod)s, 1, 'active', now()
FROM generate_series(0, %(others)s) n
"""
ROUTES = """
INSERT INTO routes (path, kind, organization_id, pod_id, entity_type, entity_id, created_at)
SELECT path, 'live', organization_id, %(pod)s, 'group', n, now() FROM bench_groups;
INSERT INTO routes (path, kind, organization_id, entity_type, entity_id, created_at)
SELECT g.path || '/project-' || m, 'live', g.organization_id, 'project', g.n * 1000000 + m, now()
FROM bench_groups g CROSS JOIN generate_series(1, %(routes)s / (SELECT count(*) FROM bench_groups)) m
WHERE g.path <> 'bench-giant';
INSERT INTO routes (path, kind, organization_id, entity_type, entity_id, created_at)
SELECT 'bench-giant/popular', 'live', organization_id, 'project', 0, now() FROM bench_groups WHERE path = 'bench-giant';
"""
GROUPS = """
CREATE TEMPORARY TABLE bench_groups AS
SELECT n, 'bench-group-' || lpad(n::text, 6, '0') AS path,
       CASE WHEN n %% 4 = 0 THEN %(organization)s + 1 + n %% %(others)s ELSE %(organization)s END AS organization_id,
       CASE WHEN n <= 0.9 * %(groups)s THEN 'private' WHEN n <= 0.98 * %(groups)s THEN 'internal' ELSE 'public' END
           AS visibility
FROM generate_series(1, %(groups)s) n
UNION ALL SELECT 0, 'bench-giant', %(organization)s, 'internal';
"""
PLACES = """
INSERT INTO organization_state (id, state, epoch)
SELECT %(organization)s + n, 'active', 1 FROM generate_series(0, %(others)s) n;
INSERT INTO namespaces (kind, path, full_path, name, visibility, organization_id, created_at)
SELECT 'group', path, path, path, visibility, organization_id, now() FROM bench_groups;
INSERT INTO namespaces (kind, path, full_path, name, visibility, organization_id, created_at, parent_id)
SELECT 'group', 'team-' || n, g.full_path || '/team-' || n, 'Team ' || n, g.visibility, g.organization_id, now(), g.id
FROM namespaces g CROSS JOIN generate_series(1, %(teams)s) n WHERE g.full_path LIKE 'bench-group-%%';
INSERT INTO projects (path, full_path, name, description, visibility, organization_id, created_at, namespace_id)
SELECT 'project-' || n, g.full_path || '/project-' || n, 'Project ' || n, 'About ' || g.name || n, g.visibility,
       g.organization_id, now(), g.id
FROM namespaces g CROSS JOIN generate_series(1, %(per_group)s / 2) n
WHERE g.full_path LIKE 'bench-group-%%' AND n <= %(per_group)s / (CASE WHEN g.parent_id IS NULL THEN 2 ELSE 4 END);
INSERT INTO projects (path, full_path, name, description, visibility, organization_id, created_at, namespace_id)
SELECT 'project-' || n, g.full_path || '/project-' || n, 'Project ' || n, '',
       CASE WHEN n <= 0.99 * %(giant)s THEN 'private' ELSE 'internal' END, g.organization_id, now(), g.id
FROM namespaces g CROSS JOIN generate_series(1, %(giant)s) n WHERE g.full_path = 'bench-giant';
INSERT INTO projects (path, full_path, name, description, visibility, organization_id, created_at, namespace_id)
SELECT 'popular', g.full_path || '/popular', 'Popular', 'What people look at', 'internal', g.organization_id, now(),
       g.id
FROM namespaces g WHERE g.full_path = 'bench-giant';
INSERT INTO namespace_members (namespace_id, user_id, role, organization_id)
SELECT id, %(member)s, 'developer', organization_id FROM namespaces
WHERE organization_id = %(organization)s AND full_path ~ 'bench-group-[0-9]*[13]01(/team-1)?$' LIMIT 40;
INSERT INTO project_members (project_id, user_id, role, organization_id)
SELECT id, CASE row_number() OVER (ORDER BY id) %% 20 WHEN 0 THEN %(guest)s ELSE %(member)s END, 'developer',
       organization_id
FROM projects WHERE organization_id = %(organization)s AND path = 'project-7' ORDER BY full_path LIMIT 60;
"""
# One in 400 for each viewer, so that each of them has a thousand: most of a member's are where they were once.
# The others are for nobody, whose id is 0.
WORK = """
CREATE TEMPORARY TABLE bench_projects AS
SELECT id, organization_id, row_number() OVER (ORDER BY id) AS number, full_path = 'bench-giant/popular' AS popular
FROM projects WHERE full_path LIKE 'bench-%%';
CREATE UNIQUE INDEX ON bench_projects (number);
CREATE TEMPORARY TABLE bench_work AS
SELECT n, p.id AS project_id, p.organization_id, 10 + n / %(projects)s AS iid,
       CASE n %% 3 WHEN 0 THEN 'closed' ELSE 'open' END AS state,
       CASE n %% 400 WHEN 0 THEN %(owner)s WHEN 1 THEN %(member)s WHEN 2 THEN %(guest)s ELSE 0 END AS assignee_id
FROM generate_series(1, 19 * %(issues)s / 20) n JOIN bench_projects p ON p.number = 1 + n %% %(projects)s
UNION ALL
SELECT 1 + 19 * %(issues)s / 20 + n, p.id, p.organization_id, %(issues)s + n,
       CASE n %% 3 WHEN 0 THEN 'closed' ELSE 'open' END,
       CASE n %% 400 WHEN 0 THEN %(owner)s WHEN 1 THEN %(member)s WHEN 2 THEN %(guest)s ELSE 0 END
FROM generate_series(0, %(issues)s / 20 - 1) n JOIN bench_projects p ON p.popular;
INSERT INTO issues (iid, title, description, state, author_id, assignee_id, created_at, organization_id, project_id)
SELECT iid, 'Issue ' || n, 'It is about ' || n, state, 0, assignee_id, now(), organization_id, project_id
FROM bench_work ORDER BY n;
INSERT INTO merge_requests (iid, title, description, state, author_id, assignee_id, created_at, organization_id,
                            project_id, source_branch, target_branch)
SELECT iid, 'Merge request ' || n, 'It is about ' || n, state, 0, assignee_id, now(), organization_id, project_id,
       'branch-' || n, 'main'
FROM bench_work WHERE n %% 2 = 0 ORDER BY n;
INSERT INTO todos (user_id, state, created_at, organization_id, issue_id)
SELECT assignee_id, CASE WHEN state = 'open' THEN 'pending' ELSE 'done' END, now(), organization_id, id
FROM issues WHERE assignee_id > 0 OR id %% 2 = 0;
INSERT INTO notes (author_id, text, created_at, organization_id, issue_id)
SELECT 0, 'Comment ' || n, now(), i.organization_id, i.id
FROM issues i JOIN bench_projects p ON p.id = i.project_id CROSS JOIN generate_series(1, 30) n
WHERE p.popular AND i.iid = %(issues)s;
UPDATE projects p SET last_issue = 2 * %(issues)s, last_merge_request = 2 * %(issues)s
FROM bench_projects b WHERE b.id = p.id;
"""
TABLES = "organization_state namespaces namespace_members projects project_members issues merge_requests todos notes"


@dataclass(frozen=True)
class Crowd:
    """How many there are of what."""

    projects: int
    issues: int
    routes: int

    @property
    def groups(self) -> int:
        """Top-level groups; each has a hundred projects, half of them in its subgroups."""
        return max(1, self.projects * 9 // 10 // PER_GROUP)


def values_of(crowd: Crowd, pod: str) -> dict[str, object]:
    """Return what the statements are given; those of `users` and `main` need the organization and its people, too."""
    values: dict[str, object] = {"pod": pod, "others": OTHERS, "teams": TEAMS, "per_group": PER_GROUP}
    values |= {"projects": crowd.projects, "issues": crowd.issues, "routes": crowd.routes, "groups": crowd.groups}
    return values | {"giant": crowd.projects // 10}


def fill(scratch: Scratch, pod: Pod, crowd: Crowd) -> None:
    """Add so many rows to a pod and to the shared schemas, past the triggers, which would take minutes."""
    values = values_of(crowd, pod.name)
    with connected(scratch, pod, "routes") as routes:
        _run(routes, ORGANIZATIONS, values)
        values["organization"] = _number(routes, "SELECT id FROM organizations WHERE path = 'bench'")
        _run(routes, GROUPS + ROUTES, values)
        _settle(routes, "organizations routes")
    with connected(scratch, pod, "users") as users:
        _run(users, USERS, values)
        for role, name in VIEWERS.items():
            values[role] = _number(users, f"SELECT id FROM users WHERE username = '{name}'")  # noqa: S608
    with connected(scratch, pod, "main") as main:
        _run(main, GROUPS + PLACES + WORK, values)
        _settle(main, TABLES)


@contextmanager
def connected(scratch: Scratch, pod: Pod, schema: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A superuser's session on a pod's schema or on a shared one's primary, past all triggers."""
    placement = scratch.topology.placement(schema, pod)
    socket = scratch.places.server_socket(scratch.topology.server(placement.server))
    with psycopg.connect(
        host=str(socket), port=SOCKET_PORT, dbname=placement.database, user=SUPERUSER, autocommit=True
    ) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


def _run(connection: psycopg.Connection[tuple[Any, ...]], statements: str, values: dict[str, object]) -> None:
    cursor = psycopg.ClientCursor(connection)
    cursor.execute(statements.encode(), values)


def _number(connection: psycopg.Connection[tuple[Any, ...]], query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def _settle(connection: psycopg.Connection[tuple[Any, ...]], tables: str) -> None:
    """Do what autovacuum would do in the long run."""
    for table in tables.split():
        connection.execute(f"VACUUM ANALYZE {table}".encode())
