"""The page to read the schema and to try queries: it loads nothing from elsewhere."""

from __future__ import annotations

import json
from functools import cache
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from admin_settings.in_force import in_force
from monolith.graphql.schema import schema


class Example(NamedTuple):
    """A query to begin with."""

    name: str
    query: str
    variables: str = ""


EXAMPLES = (
    Example(
        "Who you are and what waits for you",
        """{
  currentUser {
    username
    name
    todos(first: 10) {
      count
      nodes {
        targetUrl
        createdAt
      }
    }
  }
}
""",
    ),
    Example(
        "The projects that you can see",
        """query ($after: String) {
  projects(first: 20, after: $after) {
    nodes {
      fullPath
      visibility
      group {
        name
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
""",
        json.dumps({"after": None}),
    ),
    Example(
        "The open issues of a project, with their authors and labels",
        """query ($path: ID!) {
  project(fullPath: $path) {
    name
    issues(state: opened, first: 50) {
      count
      nodes {
        id
        reference
        title
        author {
          username
        }
        labels {
          nodes {
            title
          }
        }
      }
    }
  }
}
""",
        json.dumps({"path": "my-company/my-project"}),
    ),
    Example(
        "Comment on an issue",
        """mutation ($input: CreateNoteInput!) {
  createNote(input: $input) {
    errors
    note {
      id
      body
    }
  }
}
""",
        json.dumps({"input": {"noteableId": "gid://gitlab/Issue/1", "body": "Written in GraphQL."}}),
    ),
)


@require_safe
def explorer(request: HttpRequest) -> HttpResponse:
    """Return the page. It sends queries to the address of the viewer's organization."""
    shown = {
        "address": reverse("graphql"),
        "examples": [each._asdict() for each in EXAMPLES],
        "sdl": _definition() if in_force().graphql_introspection else "",
    }
    return render(request, "monolith/graphql_explorer.html", shown)


@cache
def _definition() -> str:
    return schema.as_str()
