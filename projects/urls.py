"""What an organization works with: groups, projects and all pages below their paths.

The last patterns take every path that no other app takes, so this is included last.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from routing.declare import by_birth, by_namespace, by_project_id, exact, gitlab_com_public, prefix, route
from routing.views import not_built

GROUPS: list[URLPattern | URLResolver] = [
    route("groups", not_built, gitlab_com_public()),
    *exact("groups/new", gitlab_com_public()),
    *prefix("groups/<routable:full_path>/-", by_namespace("full_path")),
    route("groups/<routable:full_path>", not_built, by_namespace("full_path")),
    *prefix("groups/<name:name>", by_namespace("name")),
]

PROJECTS: list[URLPattern | URLResolver] = [
    route("projects", not_built, gitlab_com_public()),
    *exact("projects/new", gitlab_com_public()),
    *prefix("projects/<segment:id>", by_project_id("id")),
    *prefix("-/project/<segment:id>", by_project_id("id")),
    *prefix("-/p/<segment:id>", by_project_id("id")),
]

SNIPPETS: list[URLPattern | URLResolver] = [
    route("snippets", not_built, gitlab_com_public()),
    *exact("snippets/new", gitlab_com_public()),
    *exact("snippets/explore", gitlab_com_public()),
    *prefix("snippets/<segment:id>", by_birth("id")),
    route("-/snippets", not_built, gitlab_com_public()),
    *exact("-/snippets/new", gitlab_com_public()),
    *exact("-/snippets/explore", gitlab_com_public()),
    *prefix("-/snippets/<segment:id>", by_birth("id")),
]

GLOBAL_PAGES: list[URLPattern | URLResolver] = [
    *(
        each
        for path in ("dashboard", "explore", "public", "search", "import", "autocomplete", "abuse_reports", "ci", "s")
        for each in prefix(path, gitlab_com_public())
    ),
]

NAMESPACES: list[URLPattern | URLResolver] = [
    # Another form of the page without the suffix, such as /alice.keys.
    *prefix("<formatted:name>", by_namespace("name")),
    *prefix("<routable:full_path>/-", by_namespace("full_path")),
    route("<name:full_path>", not_built, by_namespace("full_path")),
    route("<routable:full_path>", not_built, by_namespace("full_path")),
    # Doubled slashes.
    route("<name:name>/<rest:rest>", not_built, by_namespace("name")),
]

urlpatterns = [*GLOBAL_PAGES, *GROUPS, *PROJECTS, *SNIPPETS, *NAMESPACES]
