"""What the calls of a client work on: a group in `my-organization` of the demo, which is deleted afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gitlab

TOKEN = "glpat-demo-{username}"


class World:
    """Mia, who owns everything here, and what she has made."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.path = f"clients-{secrets.token_hex(4)}"
        self.mia = self.client("mia")
        self.me: Any = self.mia.http_get("/user")
        self.group: Any = self.mia.groups.create({"name": "Clients", "path": self.path, "visibility": "internal"})
        self.project: Any = self.mia.projects.create(
            {"name": "Calls", "namespace_id": self.group.id, "visibility": "internal", "description": "For clients."}
        )
        self.max_id: int = self.client("max").http_get("/user")["id"]  # type: ignore[index]
        self.issue: Any = self.project.issues.create({"title": "First", "description": "About the first thing."})
        self.secret: Any = self.project.issues.create({"title": "Secret", "confidential": True})
        self.request: Any = self.project.mergerequests.create(
            {"title": "Change", "source_branch": "change", "target_branch": "main"}
        )
        self.note: Any = self.issue.notes.create({"body": "A comment."})
        self.label: Any = self.project.labels.create({"name": "bug", "color": "#ff0000"})
        self.milestone: Any = self.project.milestones.create({"title": "Soon", "due_date": "2030-01-31"})
        self.thread: Any = self.issue.discussions.create({"body": "A question."})

    def client(self, username: str) -> gitlab.Gitlab:
        """python-gitlab as somebody."""
        return gitlab.Gitlab(self.url, private_token=TOKEN.format(username=username), timeout=30)


@contextmanager
def world_at(url: str) -> Iterator[World]:
    """A world for the time of the block."""
    world = World(url)
    try:
        yield world
    finally:
        world.group.delete()
