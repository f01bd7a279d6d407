"""The organizations that move, and those that must not notice: made by SQL, and summed up."""

from __future__ import annotations

from dataclasses import dataclass

from bench.chaos.looks import Looks

OWNER = "mia"
SCHEMAS = ("ci", "main")
ORGANIZATION = """
INSERT INTO organizations (path, name, pod_id, epoch, state, created_at)
VALUES (%s, %s, %s, 1, 'active', now()) RETURNING id
"""
ROUTE = """
INSERT INTO routes (path, kind, organization_id, pod_id, entity_type, entity_id, created_at)
VALUES (%s, 'live', %s, %s, %s, %s, now())
"""
MEMBERSHIP = """
INSERT INTO memberships (user_id, organization_id, role, created_at)
SELECT id, %s, 'owner', now() FROM users WHERE username = %s
"""
STATE = "INSERT INTO organization_state (id, state, epoch) VALUES (%s, 'active', 1)"
NAMESPACE = """
INSERT INTO namespaces (organization_id, kind, path, full_path, name, visibility, created_at)
VALUES (%s, 'group', %s, %s, %s, 'private', now()) RETURNING id
"""
PROJECT = """
INSERT INTO projects (organization_id, namespace_id, path, full_path, name, description, visibility, created_at,
                      last_issue)
VALUES (%s, %s, 'p', %s, 'p', '', 'private', now(), %s) RETURNING id
"""
ISSUES = """
INSERT INTO issues (organization_id, project_id, iid, title, description, state, author_id, created_at)
SELECT %s, %s, n, 'filled ' || n, repeat('d', 100), 'open', 0, now() FROM generate_series(1, %s) n RETURNING id
"""
NOTES = """
INSERT INTO notes (organization_id, issue_id, author_id, text, created_at)
SELECT organization_id, id, 0, 'filled', now() FROM issues WHERE organization_id = %s
"""
JOBS = """
WITH made AS (INSERT INTO pipelines (organization_id, project_id, ref, created_at)
    SELECT %s, %s, 'main', now() FROM generate_series(1, 20) RETURNING id, organization_id)
INSERT INTO jobs (organization_id, pipeline_id, name, state, created_at)
SELECT organization_id, id, 'test', 'pending', now() FROM made
"""
GATED = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'organization_gate_insert' ORDER BY 1"
TRIGGERS = (
    "SELECT tgrelid::regclass::text || ' ' || tgname || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"
)
SUM = (
    "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM {} t WHERE organization_id <> ALL (%s)"
)
COUNT = "SELECT count(*) FROM {} WHERE organization_id = %s"


@dataclass(frozen=True)
class Filled:
    """An organization with one project of so many issues, each with a comment."""

    id: int
    path: str
    born: str
    """The pod on which it began."""
    first_issue: int
    issues: int

    @property
    def project(self) -> str:
        """The project's path."""
        return f"{self.path}/p"

    def number_of(self, issue: int) -> int:
        """An issue's number in the project, by its id."""
        return issue - self.first_issue + 1


def fill(looks: Looks, path: str, pod: str, issues: int) -> Filled:
    """Make one organization on a pod."""
    ((organization,),) = looks.must(pod, "routes", ORGANIZATION, path, path, pod)
    looks.must(pod, "users", MEMBERSHIP, organization, OWNER)
    for schema in SCHEMAS:
        looks.must(pod, schema, STATE, organization)
    ((namespace,),) = looks.must(pod, "main", NAMESPACE, organization, path, path, path)
    ((project,),) = looks.must(pod, "main", PROJECT, organization, namespace, f"{path}/p", issues)
    ids = [issue for (issue,) in looks.must(pod, "main", ISSUES, organization, project, issues)]
    looks.must(pod, "main", NOTES, organization)
    looks.must(pod, "ci", JOBS, organization, project)
    looks.must(pod, "routes", ROUTE, path, organization, pod, "group", namespace)
    looks.must(pod, "routes", ROUTE, f"{path}/p", organization, None, "project", project)
    return Filled(organization, path, pod, min(ids), issues)


def tables(looks: Looks, pod: str, schema: str) -> list[str]:
    """The tables of a pod whose rows belong to organizations."""
    return [name for (name,) in looks.must(pod, schema, GATED)]


def sums(looks: Looks, written: list[int]) -> dict[tuple[str, str, str], tuple[int, str]]:
    """Number and hash of all rows of every pod that belong to others than these organizations."""
    found = {}
    for pod in looks.scratch.topology.pods:
        for schema in SCHEMAS:
            for table in tables(looks, pod, schema):
                ((count, total),) = looks.must(pod, schema, SUM.format(table), written)
                found[pod, schema, table] = count, total
    return found


def triggers(looks: Looks) -> dict[tuple[str, str], list[str]]:
    """Every trigger of every pod."""
    return {
        (pod, schema): sorted(text for (text,) in looks.must(pod, schema, TRIGGERS))
        for pod in looks.scratch.topology.pods
        for schema in SCHEMAS
    }


def rows_on(looks: Looks, pod: str, organization: int) -> dict[str, int]:
    """How many rows a pod has of an organization, by table; without the empty ones."""
    found = {}
    for schema in SCHEMAS:
        for table in tables(looks, pod, schema):
            ((count,),) = looks.must(pod, schema, COUNT.format(table), organization)
            if count:
                found[f"{schema}.{table}"] = count
    return found
