"""What an organization works with: groups, projects and all pages below their paths.

The last patterns take every path that no other app takes, so this is included last.
"""

from __future__ import annotations

from projects import views
from projects.dashboards import dashboard
from routing.declare import (
    Patterns,
    by_birth,
    by_namespace,
    by_project_id,
    exact,
    gitlab_com_public,
    global_page,
    prefix,
    prefixes,
    route,
)
from routing.views import not_built

GROUPS: Patterns = [
    route("groups", not_built, gitlab_com_public()),
    *exact("groups/new", gitlab_com_public()),
    *prefix("groups/<routable:full_path>/-", by_namespace("full_path")),
    route("groups/<routable:full_path>", not_built, by_namespace("full_path")),
    # Doubled slashes.
    route("groups/<name:name>/<rest:rest>", not_built, by_namespace("name")),
]

PROJECTS: Patterns = [
    route("projects", not_built, global_page()),
    *exact("projects/new", gitlab_com_public()),
    *prefix("projects/<segment:id>", by_project_id("id")),
    *prefix("-/project/<segment:id>", by_project_id("id")),
    *prefix("-/p/<segment:id>", by_project_id("id")),
]

SNIPPETS: Patterns = [
    route("snippets", not_built, global_page()),
    *exact("snippets/new", global_page()),
    *exact("snippets/explore", global_page()),
    *prefix("snippets/<segment:id>", by_birth("id")),
    route("-/snippets", not_built, global_page()),
    *exact("-/snippets/new", global_page()),
    *exact("-/snippets/explore", global_page()),
    *prefix("-/snippets/<segment:id>", by_birth("id")),
]

GLOBAL_PAGES: Patterns = prefix("dashboard", global_page(), dashboard, name="dashboard") + prefixes(
    "explore public search import autocomplete abuse_reports ci s", global_page()
)

NAMESPACES: Patterns = [
    # Another form of the page without the suffix, such as /alice.keys.
    *prefix("<formatted:name>", by_namespace("name")),
    route("<routable:full_path>/-/issues", views.issues, by_namespace("full_path"), name="issues"),
    route("<routable:full_path>/-/issues/<segment:iid>", views.issue, by_namespace("full_path"), name="issue"),
    *prefix("<routable:full_path>/-", by_namespace("full_path")),
    route("<name:full_path>", views.routable, by_namespace("full_path"), name="namespace"),
    route("<routable:full_path>", views.routable, by_namespace("full_path"), name="routable"),
    # Doubled slashes.
    route("<name:name>/<rest:rest>", not_built, by_namespace("name")),
]

urlpatterns = [*GLOBAL_PAGES, *GROUPS, *PROJECTS, *SNIPPETS, *NAMESPACES]
