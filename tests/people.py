"""People of the running cluster: those of the demo, whom no test may change, and those that a test makes for itself."""

from __future__ import annotations

from monolith.demo_facts import ORGANIZATIONS, PEOPLE
from tests.databases import database
from tests.running_cluster import RunningCluster

# Who is made like this person has their password too.
MODEL = "max"
MAKE = """
    INSERT INTO users (username, email, name, default_organization_id, password, is_superuser, is_staff, is_active,
        date_joined)
    SELECT %s, %s, %s, %s, password, false, false, true, now() FROM users WHERE username = %s RETURNING id
"""
JOIN = "INSERT INTO memberships (user_id, organization_id, role, created_at) VALUES (%s, %s, 'member', now())"

# What others on the same cluster rely on: that sessions, passwords and tokens of the demo's people hold, who sees what,
# and by which settings pods act. By schema; a statement's value is what it names of the demo.
USERNAMES = [person.username for person in PEOPLE]
PATHS = [organization.path for organization in ORGANIZATIONS]
PROJECTS = [project.path for organization in ORGANIZATIONS for project in organization.projects]
RELIED_ON: dict[str, list[tuple[str, list[list[str]]]]] = {
    "users": [
        (
            """
            SELECT u.username, u.password, u.is_active, u.is_superuser, u.session_generation, u.default_organization_id,
                array(SELECT (organization_id, role)::text FROM memberships WHERE user_id = u.id ORDER BY 1),
                (SELECT revoked_at FROM personal_access_tokens t WHERE t.user_id = u.id AND name = 'demo')
            FROM users u WHERE username = ANY(%s) ORDER BY username
            """,
            [USERNAMES],
        )
    ],
    "routes": [
        ("SELECT path, name, pod_id, state FROM organizations WHERE path = ANY(%s) ORDER BY path", [PATHS]),
        ("SELECT path, kind, organization_id, entity_id FROM routes WHERE path = ANY(%s) ORDER BY path", [PROJECTS]),
    ],
    "admin": [
        ("SELECT name, value::text FROM application_settings ORDER BY name", []),
        ("SELECT pod_id, values::text FROM per_pod_application_settings WHERE values <> '{}' ORDER BY pod_id", []),
    ],
}


def relied_on(cluster: RunningCluster) -> list[tuple[object, ...]]:
    """What every test may take for granted of the cluster that they share."""
    found: list[tuple[object, ...]] = []
    for schema, statements in RELIED_ON.items():
        with database(cluster, "shared", schema) as execute:
            for statement, values in statements:
                found += execute(statement, *values)
    return found


def forget_tries(cluster: RunningCluster) -> None:
    """Let everybody try again what is counted, from wherever they come."""
    with database(cluster, "shared", "users") as execute:
        execute("DELETE FROM rate_limits")
        execute("DELETE FROM axes_accessattempt")


def make_member(cluster: RunningCluster, username: str, organization: str) -> str:
    """Somebody with the demo's password who is at home in an organization of the demo; their username."""
    with database(cluster, "shared", "routes") as execute:
        [(home,)] = execute("SELECT id FROM organizations WHERE path = %s", organization)
    with database(cluster, "shared", "users") as execute:
        [(person,)] = execute(MAKE, username, f"{username}@example.com", username.title(), home, MODEL)
        execute(JOIN, person, home)
    return username
