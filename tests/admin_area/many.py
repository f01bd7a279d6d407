"""Many rows in every table that has a list."""

from __future__ import annotations

from typing import Any

from django.db import connections

from schemas.postgresql.connection import OF_COMMANDS

FILL: dict[str, tuple[str, ...]] = {
    "users": (
        """
        INSERT INTO users (username, email, name, password, default_organization_id, is_superuser, is_staff, is_active,
                           date_joined, session_generation)
        SELECT 'person' || n, 'person' || n || '@example.com', 'Person ' || n, '', 1, false, false, n % 1000 <> 0,
               now(), 0
        FROM generate_series({first}, {last}) n
        """,
        """
        INSERT INTO personal_access_tokens (user_id, name, digest, scope, created_at)
        SELECT id, 'robot', encode(sha256(username::bytea), 'hex'), 'api', now()
        FROM users WHERE username LIKE 'person%'
        ON CONFLICT DO NOTHING
        """,
        """
        INSERT INTO memberships (user_id, organization_id, role, created_at)
        SELECT id, 1000 + id, 'owner', now() FROM users WHERE username LIKE 'person%'
        ON CONFLICT DO NOTHING
        """,
        """
        INSERT INTO django_admin_log (user_id, content_type_id, object_id, object_repr, action_flag, change_message,
                                      action_time)
        SELECT id, (SELECT min(id) FROM django_content_type), '1', 'something', 2, 'done', now()
        FROM users WHERE username LIKE 'person%'
        ON CONFLICT DO NOTHING
        """,
    ),
    "routes": (
        """
        INSERT INTO organizations (path, name, pod_id, epoch, state, created_at)
        SELECT 'many' || n, 'Many', 'pod_us0', 1, 'active', now() FROM generate_series({first}, {last}) n
        """,
        """
        INSERT INTO routes (path, kind, organization_id, pod_id, entity_type, entity_id, created_at)
        SELECT path, 'live', id, pod_id, 'group', id, now() FROM organizations WHERE path LIKE 'many%'
        ON CONFLICT DO NOTHING
        """,
        """
        INSERT INTO routes (path, kind, created_at)
        SELECT 'kept' || n, 'reserved', now() FROM generate_series(1, 200) n
        ON CONFLICT DO NOTHING
        """,
        """
        INSERT INTO routes (path, kind, organization_id, pod_id, redirects_to_id, created_at)
        SELECT 'old-' || path, 'redirect', organization_id, pod_id, id, now()
        FROM routes WHERE path LIKE 'many%' AND id % 100 = 0
        ON CONFLICT DO NOTHING
        """,
        """
        INSERT INTO organization_moves (id, organization_id, source, target, state, created_at)
        SELECT gen_random_uuid(), id, pod_id, 'pod_us1', 'done', now() + id * interval '1 second'
        FROM organizations WHERE path LIKE 'many%'
        """,
    ),
    "admin": (
        """
        INSERT INTO setting_changes (version, changed_at, actor, name, pod_id, was, became)
        SELECT n, now(), 'root', CASE n % 1000 WHEN 0 THEN 'session_hours' ELSE 'invitation_days' END, '', '1', '2'
        FROM generate_series({first}, {last}) n
        """,
    ),
    "main": (
        "INSERT INTO organization_state (id, state, epoch) VALUES (77, 'active', 1) ON CONFLICT DO NOTHING",
        """
        INSERT INTO namespaces (organization_id, kind, path, full_path, name, visibility, created_at)
        SELECT 77, 'group', 'many' || n, 'many' || n, 'Many', 'public', now() FROM generate_series({first}, {last}) n
        """,
        """
        INSERT INTO projects (organization_id, namespace_id, path, full_path, name, description, visibility, created_at)
        SELECT 77, id, 'one', full_path || '/one', 'One', '', 'public', now() FROM namespaces WHERE organization_id = 77
        ON CONFLICT DO NOTHING
        """,
    ),
    "ci": (
        """
        INSERT INTO organization_state (id, state, epoch)
        SELECT 77 + n, 'active', 1 FROM generate_series(0, {last}) n ON CONFLICT DO NOTHING
        """,
        """
        INSERT INTO runners (organization_id, description, active, created_at)
        SELECT 77 + n, 'runner', true, now() FROM generate_series({first}, {last}) n
        """,
        """
        INSERT INTO pipelines (organization_id, project_id, ref, created_at)
        SELECT 77, n, 'main', now() FROM generate_series({first}, {last}) n
        """,
        """
        INSERT INTO jobs (organization_id, pipeline_id, name, state, created_at)
        SELECT 77, id, 'test', 'success', now() FROM pipelines WHERE organization_id = 77
        """,
    ),
}
TABLES = {
    "users",
    "personal_access_tokens",
    "memberships",
    "django_admin_log",
    "organizations",
    "routes",
    "namespaces",
    "projects",
    "runners",
    "pipelines",
    "jobs",
    "setting_changes",
    "organization_moves",
}


def fill(first: int = 1, last: int = 20_000) -> None:
    """Add the rows of these numbers to each, and let the planner know."""
    for alias in FILL:
        # A pod's limits are for requests; here one database waits while the others are filled.
        with connections[alias].cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SET LOCAL statement_timeout = 0")
    for alias, statements in FILL.items():
        with connections[alias].cursor() as cursor:
            connection: Any = connections[alias].connection
            limits, connection.limits = connection.limits, OF_COMMANDS
            for statement in (*statements, "ANALYZE"):
                cursor.execute(statement.replace("{first}", str(first)).replace("{last}", str(last)))
            connection.limits = limits
