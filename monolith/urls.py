"""Every URL of the product. The last patterns take every path that nothing else takes."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from monolith.graphql.view import GraphQLView
from monolith.namespaces.git import or_git
from monolith.namespaces.views import creation, editing, membership, organization_settings
from monolith.namespaces.views import lists as namespace_lists
from monolith.routing import by_project_id
from monolith.work.dashboards import counts, dashboard, organization_counts, organization_dashboard
from monolith.work.views import lists, search
from monolith.work.views.everywhere import everywhere
from monolith.work.views.home import home
from monolith.work.views.issuables import pages_of
from monolith.work.views.kinds import ISSUES, MERGE_REQUESTS
from monolith.work.views.routables import routable
from organizations import urls as organizations
from organizations.scope import of_gitlab_com_public, of_organization
from routing.declare import (
    Patterns,
    any_pod,
    by_birth,
    by_namespace,
    by_organization,
    exact,
    gitlab_com_public,
    global_page,
    prefix,
    prefixes,
    route,
)
from routing.views import not_built

ORGANIZATION_PAGES: Patterns = [
    route(
        "organizations/<segment:path>/-/dashboard",
        organization_dashboard,
        by_organization("path"),
        name="organization-dashboard",
    ),
    route(
        "organizations/<segment:path>/-/counts.json",
        organization_counts,
        by_organization("path"),
        name="organization-counts",
    ),
    *[
        route(f"organizations/<segment:path>/-/{page}", of_organization(view), by_organization("path"), name=name)
        for page, view, name in (
            ("projects", namespace_lists.projects, "organization-projects"),
            ("projects/new", creation.new_project, "organization-new-project"),
            ("explore", namespace_lists.explore, "organization-explore"),
            ("explore/projects", namespace_lists.explore, "organization-explore-projects"),
            ("groups", creation.groups, "organization-groups"),
            ("groups/new", creation.new_group, "organization-new-group"),
            ("issues", lists.issues, "organization-issues"),
            ("issues/new", lists.choose_project, "organization-new-issue"),
            ("merge_requests", lists.merge_requests, "organization-merge-requests"),
            ("todos", lists.todos, "organization-todos"),
            ("todos/<segment:todo>/done", lists.todo_done, "organization-todo-done"),
            ("search", search.search, "organization-search"),
            ("search/suggestions.json", search.suggestions, "organization-suggestions"),
            ("search/recents/delete", search.delete_recents, "organization-delete-recents"),
            ("settings", organization_settings.organization_settings, "organization-settings"),
            ("settings/delete", organization_settings.delete_organization, "delete-organization"),
        )
    ],
    route(
        "api/organizations/<segment:path>/graphql",
        GraphQLView.as_view(),
        by_organization("path"),
        name="organization-graphql",
    ),
    *organizations.KEYED,
]

explore = of_gitlab_com_public(namespace_lists.explore, for_visitors=True)

GROUPS: Patterns = [
    route("groups", of_gitlab_com_public(creation.groups), gitlab_com_public(), name="groups"),
    *exact("groups/new", gitlab_com_public("groups/new"), of_gitlab_com_public(creation.new_group), name="new-group"),
    *prefix("groups/<routable:full_path>/-", by_namespace("full_path")),
    route("groups/<routable:full_path>", not_built, by_namespace("full_path")),
    # Doubled slashes.
    route("groups/<name:name>/<rest:rest>", not_built, by_namespace("name")),
]

PROJECTS: Patterns = [
    route("projects", not_built, global_page()),
    *exact(
        "projects/new",
        gitlab_com_public("projects/new"),
        of_gitlab_com_public(creation.new_project),
        name="new-project",
    ),
    *prefix("projects/<segment:id>", by_project_id("id")),
]

SNIPPETS: Patterns = [
    route("snippets", not_built, global_page()),
    *exact("snippets/new", global_page()),
    *exact("snippets/explore", global_page()),
    route("snippets/<segment:id>/<rest:rest>", or_git(not_built), by_birth("id")),
    route("snippets/<segment:id>", not_built, by_birth("id")),
    route("-/snippets", not_built, global_page()),
    *exact("-/snippets/new", global_page()),
    *exact("-/snippets/explore", global_page()),
    route("-/snippets/<segment:id>/<rest:rest>", or_git(not_built), by_birth("id")),
    route("-/snippets/<segment:id>", not_built, by_birth("id")),
]

GLOBAL_PAGES: Patterns = [
    route("dashboard/counts.json", counts, gitlab_com_public(), name="counts"),
    *[
        route(
            f"dashboard/{page}",
            of_gitlab_com_public(view),
            global_page(page),
            name=f"dashboard-{page.replace('/', '-')}",
        )
        for page, view in (
            ("projects", namespace_lists.projects),
            ("groups", namespace_lists.groups),
            ("issues", lists.issues),
            ("issues/new", lists.choose_project),
            ("merge_requests", lists.merge_requests),
            ("todos", lists.todos),
        )
    ],
    route(
        "dashboard/todos/<segment:todo>/done",
        of_gitlab_com_public(lists.todo_done),
        gitlab_com_public(),
        name="todo-done",
    ),
    *prefix("dashboard", global_page("dashboard"), dashboard, name="dashboard"),
    *[
        route(f"search/{page}", of_gitlab_com_public(view), gitlab_com_public(), name=name)
        for page, view, name in (
            ("suggestions.json", search.suggestions, "suggestions"),
            ("recents/delete", search.delete_recents, "delete-recents"),
        )
    ],
    route("-/search", everywhere, any_pod(), name="search-everywhere"),
    *prefix("search", global_page("search"), of_gitlab_com_public(search.search), name="search"),
    # The CI/CD catalog shows a project of any organization at its path, so nothing else below /explore is a prefix.
    *prefix("explore/catalog/<routable:full_path>/-", by_namespace("full_path")),
    route("explore/catalog/<routable:full_path>", not_built, by_namespace("full_path")),
    route("explore/catalog/<name:name>/<rest:rest>", not_built, by_namespace("name")),
    route("explore/catalog", not_built, global_page()),
    *prefix("explore/projects", global_page("explore/projects"), explore, name="explore-projects"),
    *prefixes("groups snippets dependencies", global_page(), below="explore/"),
    route("explore", explore, global_page("explore"), name="explore"),
    *prefixes("public import autocomplete abuse_reports ci", global_page()),
]

NAMESPACES: Patterns = [
    # Another form of the page without the suffix, such as /alice.keys.
    route("<formatted:name>", not_built, by_namespace("name")),
    route("<formatted:name>/<rest:rest>", or_git(not_built), by_namespace("name")),
    *[
        route(f"<routable:full_path>/-/{page}", view, by_namespace("full_path"), name=name)
        for page, view, name in (
            *pages_of(ISSUES),
            *pages_of(MERGE_REQUESTS),
            ("subgroups/new", creation.subgroups, "new-subgroup"),
            ("projects/new", creation.projects, "new-project-in-namespace"),
            ("members", membership.members, "routable-members"),
            ("members/<segment:user_id>/role", membership.role, "routable-member-role"),
            ("members/<segment:user_id>/remove", membership.remove, "routable-member-remove"),
            ("edit", editing.edit, "edit"),
            ("edit/settings", editing.save, "edit-settings"),
            ("edit/path", editing.move_path, "edit-path"),
            ("edit/transfer", editing.move_into, "edit-transfer"),
            ("edit/delete", editing.remove, "edit-delete"),
        )
    ],
    *prefix("<routable:full_path>/-", by_namespace("full_path")),
    route("<name:full_path>", routable, by_namespace("full_path"), name="namespace"),
    route("<routable:full_path>", or_git(routable), by_namespace("full_path"), name="routable"),
    # Doubled slashes.
    route("<name:name>/<rest:rest>", not_built, by_namespace("name")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    route("", home, any_pod(), name="home"),
    path("", include("monolith.instance_urls")),
    *ORGANIZATION_PAGES,
    path("api/", include("monolith.api_urls")),
    *GLOBAL_PAGES,
    *GROUPS,
    *PROJECTS,
    *SNIPPETS,
    *NAMESPACES,
]
