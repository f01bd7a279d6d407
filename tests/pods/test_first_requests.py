"""A fresh pod has done by the time it is ready what its first answers would otherwise have to wait for."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from django.db import OperationalError

from pods import warming
from pods.health import NEEDED_FOR_READS, reading
from tests.running_cluster import COMMAND_SECONDS, RunningCluster
from topology.places import CHECKOUT

FRESH_PROCESS = """
import json, sys, threading
from io import BytesIO

from pods.wsgi import application
from django.db import connections
from django.db.backends.signals import connection_created
from routing.lookup import REPLICA, SQL, _all_entity_types

answers, opened = [], []

def note(connection, **rest):
    # Health has a thread and connections of its own.
    if threading.current_thread() is threading.main_thread():
        opened.append(connection.alias)

connection_created.connect(note)

def ask(path, query=""):
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "pod",
        "SERVER_NAME": "pod", "SERVER_PORT": "80", "wsgi.url_scheme": "http", "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr}
    list(application(environ, lambda status, headers: answers.append(status)))

def statements():
    return connections[REPLICA].connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()[0]

ask("/-/readiness")
modules, opened_before, statements_before = set(sys.modules), len(opened), statements()
ask("/api/v4/pods/learn", "method=GET&path_info=/makers/widgets")
statements_after = statements()
for page in ("/users/sign_in", "/makers/widgets", "/makers"):
    ask(page)
print(json.dumps({
    "answers": answers,
    "imported": sorted(set(sys.modules) - modules),
    "connected to": opened[opened_before:],
    "learn's statements": len(SQL) + len(_all_entity_types()),
    "prepared before": statements_before,
    "prepared": statements_after,
}))
"""


def test_the_first_learn_and_the_first_pages_find_everything_ready(cluster: RunningCluster) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FRESH_PROCESS],
        env=cluster.environment | {"POD_ID": "pod_eu1"},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["answers"] == ["200 OK"] * 5
    assert found["imported"] == []
    assert found["connected to"] == []
    assert found["prepared before"] == found["prepared"] == found["learn's statements"]


def test_a_process_is_warm_without_a_database() -> None:
    """pytest-django lets no test at a database that does not ask for it."""
    warming.warm_process()


class Gone:
    """Stands for connections to databases of which none answers, which cannot be had without breaking the servers."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getitem__(self, alias: str) -> Any:
        self.asked.append(alias)
        return self

    def ensure_connection(self) -> None:
        raise OperationalError("gone")


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> Gone:
    gone = Gone()
    monkeypatch.setattr(warming, "connections", gone)
    return gone


def test_a_database_that_has_just_gone_is_asked_alone_and_fails_nobody(gone: Gone) -> None:
    warming.warm_thread(set())
    assert len(gone.asked) == 1


def test_what_is_known_to_be_ill_is_not_asked(gone: Gone) -> None:
    warming.warm_thread({reading(schema) for schema in NEEDED_FOR_READS})
    assert gone.asked == []
