"""Two pods with servers of their own, no pod processes, and an organization with rows in every table that matters."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from moves.databases import Databases
from moves.driver import Driver
from moves.journey import Tempo
from moves.record import Move, load
from moves.tables import tables_of
from tests.running_cluster import RunningCluster, running_cluster

SOURCE, TARGET = "pod_us0", "pod_eu0"
HURRIED = Tempo(
    chunk_rows=50,
    duty=0.99,
    caught_up_seconds=0.0,
    open_reads_seconds=0.0,
    retry_seconds=0.01,
    compared_rows=200,
)


@pytest.fixture(scope="session")
def empty_cluster() -> Iterator[RunningCluster]:
    """Migrated servers without pods: only what a test drives moves."""
    with running_cluster("--databases-only") as cluster:
        cluster.command("migrate")
        yield cluster


@dataclass
class Scene:
    """An organization on the source, and the databases it may be in."""

    cluster: RunningCluster
    databases: Databases
    organization: int
    source: str = SOURCE
    target: str = TARGET
    moves: list[uuid.UUID] = field(default_factory=list)

    def plan(self, *, source: str | None = None, target: str | None = None, **columns: object) -> uuid.UUID:
        """Write down a move."""
        move = uuid.uuid4()
        values = {
            "id": move,
            "organization_id": self.organization,
            "source": source or self.source,
            "target": target or self.target,
            "asked_by": "tests",
            **columns,
        }
        names = ", ".join(values)
        self.databases.routes().run(
            f"INSERT INTO organization_moves ({names}) VALUES ({', '.join(f'%({name})s' for name in values)})", values
        )
        self.moves.append(move)
        return move

    def driver(self, move: uuid.UUID, watch: Callable[[str], None] | None = None, tempo: Tempo = HURRIED) -> Driver:
        """A driver of a move, as another process would be."""
        return Driver(self.cluster.topology, self.cluster.places, move, tempo=tempo, watch=watch)

    def move(self, move: uuid.UUID) -> Move:
        """Its row."""
        return load(self.databases.routes(), move)

    def drive(self, move: uuid.UUID, *until: str, tempo: Tempo = HURRIED, turns: int = 50) -> Move:
        """Drive until the move is in one of these states."""
        driver = self.driver(move, tempo=tempo)
        for _ in range(turns):
            driver.once()
            if self.move(move).state in until:
                return self.move(move)
        raise AssertionError(f"it is {self.move(move).state}: {self.move(move).error}")

    def ask(self, move: uuid.UUID, wanted: str) -> None:
        """What an operator asks for."""
        self.databases.routes().run("UPDATE organization_moves SET wanted = %s WHERE id = %s", (wanted, move))

    def states(self, schema: str = "main") -> dict[str, tuple[str, int]]:
        """State and epoch by pod."""
        found = {}
        for pod in (self.source, self.target):
            rows = self.databases.pod(pod, schema).run(
                "SELECT state, epoch FROM organization_state WHERE id = %s", (self.organization,)
            )
            if rows:
                found[pod] = rows[0]
        return found

    def owner(self) -> tuple[str, int]:
        """Pod and epoch by routes."""
        ((pod, epoch),) = self.databases.routes().run(
            "SELECT pod_id, epoch FROM organizations WHERE id = %s", (self.organization,)
        )
        return pod, epoch

    def rows(self, pod: str, organization: int | None = None) -> dict[str, list[tuple[object, ...]]]:
        """Everything that a pod has of an organization, by table."""
        found = {}
        for schema in ("main", "ci"):
            for table in tables_of(schema):
                found[str(table)] = self.databases.pod(pod, schema).run(
                    f"SELECT t::text FROM {table.name} t WHERE organization_id = %s ORDER BY 1",
                    (organization or self.organization,),
                )
        return found

    def number_of_rows(self, pod: str) -> int:
        """How many that is."""
        return sum(map(len, self.rows(pod).values()))

    def left_overs(self) -> list[str]:
        """Streams, origins and markers of this scene's moves that are still on a server."""
        found: list[str] = []
        for pod in (self.source, self.target):
            for schema in ("main", "ci"):
                session = self.databases.pod(pod, schema)
                for query in LEFT_OVERS:
                    found += [name for (name,) in session.run(query)]
        names = [move.hex for move in self.moves]
        return [name for name in found if any(each in name for each in names)]


LEFT_OVERS = (
    "SELECT pubname::text FROM pg_publication",
    "SELECT slot_name::text FROM pg_replication_slots WHERE database = current_database()",
    "SELECT subname::text FROM pg_subscription",
    "SELECT roname FROM pg_replication_origin",
    "SELECT replace(move_id::text, '-', '') || ' ' || kind FROM move_marker",
    "SELECT replace(move_id::text, '-', '') || ' ' || name FROM move_checkpoint",
)


@pytest.fixture(scope="session")
def all_databases(empty_cluster: RunningCluster) -> Iterator[Databases]:
    """Sessions of the tests themselves."""
    databases = Databases(empty_cluster.topology, empty_cluster.places)
    yield databases
    databases.close()


@pytest.fixture
def scene(empty_cluster: RunningCluster, all_databases: Databases) -> Iterator[Scene]:
    """An organization with a thousand rows on the source."""
    scene = make_scene(empty_cluster, all_databases)
    yield scene
    finish(scene)


def make_scene(cluster: RunningCluster, databases: Databases, issues: int = 300, source: str = SOURCE) -> Scene:
    """A new organization with rows."""
    path = f"o{uuid.uuid4().hex[:12]}"
    ((organization,),) = databases.routes().run(
        "INSERT INTO organizations (path, name, pod_id, epoch, state, created_at) "
        "VALUES (%s, %s, %s, 1, 'active', now()) RETURNING id",
        (path, path, source),
    )
    databases.routes().run(
        "INSERT INTO routes (path, kind, pod_id, entity_type, entity_id, organization_id, created_at) "
        "VALUES (%s, 'live', %s, 'group', %s, %s, now())",
        (path, source, organization, organization),
    )
    for schema in ("ci", "main"):
        databases.pod(source, schema).run(
            "INSERT INTO organization_state (id, state, epoch) VALUES (%s, 'active', 1)", (organization,)
        )
    main, ci = databases.pod(source, "main"), databases.pod(source, "ci")
    values = {"organization": organization, "path": path, "issues": issues}
    for statement in FILL:
        main.run(statement, values)
    ci.run(
        "WITH made AS (INSERT INTO pipelines (organization_id, project_id, ref, created_at) "
        "SELECT %(organization)s, 1, 'main', now() FROM generate_series(1, 20) RETURNING id) "
        "INSERT INTO jobs (organization_id, pipeline_id, name, state, created_at) "
        "SELECT %(organization)s, id, 'test', 'pending', now() FROM made",
        values,
    )
    return Scene(cluster, databases, organization, source=source)


NAMESPACE = """
    INSERT INTO namespaces (organization_id, kind, path, full_path, name, visibility, created_at)
    VALUES (%(organization)s, 'group', %(path)s, %(path)s, %(path)s, 'private', now())
"""
PROJECT = """
    INSERT INTO projects (organization_id, namespace_id, path, full_path, name, description, visibility, created_at)
    SELECT organization_id, id, 'p', path || '/p', 'P', '', 'private', now() FROM namespaces
    WHERE organization_id = %(organization)s
"""
ISSUES = """
    INSERT INTO issues (organization_id, project_id, iid, title, description, state, author_id, created_at)
    SELECT p.organization_id, p.id, n, 't' || n, repeat('d', 50), 'open', 1, now()
    FROM projects p, generate_series(1, %(issues)s) n WHERE organization_id = %(organization)s
"""
NOTES = """
    INSERT INTO notes (organization_id, issue_id, author_id, text, created_at)
    SELECT organization_id, id, 1, 'first', now() FROM issues WHERE organization_id = %(organization)s
"""
OUTCOMES = """
    INSERT INTO claim_outcomes (organization_id, claim_key, outcome, created_at)
    SELECT %(organization)s, gen_random_uuid(), 'dead', now() FROM generate_series(1, 70)
"""
RECENTS = """
    INSERT INTO recents (organization_id, user_id, kind, entity_id, viewed_at)
    SELECT organization_id, 1, 'issue', id, now() FROM issues WHERE organization_id = %(organization)s AND iid <= 20
"""
FILL = (NAMESPACE, PROJECT, ISSUES, NOTES, OUTCOMES, RECENTS)


def finish(scene: Scene) -> None:
    """Let no move of the scene go on, nor leave anything that is in another test's way."""
    for move in scene.moves:
        state = scene.move(move).state
        if state in {"settled", "purging"}:
            scene.databases.routes().run(
                "UPDATE organization_moves SET reverse_until = now(), purge_after = now() WHERE id = %s", (move,)
            )
            scene.drive(move, "done")
        elif state not in {"done", "aborted", "returned"}:
            scene.ask(move, "abort")
            scene.drive(move, "aborted")
