"""An address of every page: the main ones, which have pictures, and all others that a GET shows."""

from __future__ import annotations

import re

from tests.browser.pages import MAIN_PAGES, MainPage
from tests.browser.person import Person
from tests.patterns import pattern_of
from tests.privacy.admin_area import POD_LISTS, SHARED_LISTS

SCOPED = "/organizations/my-organization/-"
POD = "/admin/pods/pod_us1"
NO_PAGES = {
    "/-/health": "for programs",
    "/-/readiness": "for programs",
    "/-/metrics": "for programs",
    "/-/manifest.json": "for programs",
    "/robots.txt": "for programs",
    **dict.fromkeys(
        ("/favicon.ico", "/favicon.png", "/apple-touch-icon.png", "/apple-touch-icon-precomposed.png"), "a picture"
    ),
    **dict.fromkeys(("/o/new", "/o/<segment:path>", "/o/<segment:path>/<rest:rest>"), "a redirect, for everybody"),
    "/admin/jsi18n": "a script",
    "/admin/pods/<pod:pod>/jsi18n": "a script",
    "/admin/cluster.json": "for the script of /admin/cluster",
    "/admin/moves/<segment:object_id>/progress": "for the script of a move's page",
    "/search/suggestions.json": "for the script of the search box",
    "/organizations/<segment:path>/-/search/suggestions.json": "for the script of the search box",
    "/dashboard/counts.json": "for the script of the top bar",
    "/organizations/<segment:path>/-/counts.json": "for the script of the top bar",
    "/organizations/<segment:path>": "a redirect, for everybody",
    **{
        f"/<routable:full_path>/-/{kind}/<segment:iid>/notes/<segment:note>/{act}": "a test of its own writes a comment"
        for kind in ("issues", "merge_requests")
        for act in ("edit", "delete")
    },
    "/-/invites/<segment:token>": "a link in a mail leads there, which a test of its own follows",
    "/-/profile/email/confirm/<segment:token>": "a link in a mail leads there, which a test of its own follows",
}
"""Patterns that take a GET and need no address in the list, and why. What begins with `API` is for programs too."""
API = "/api/"


def _page(username: str, path: str, status: int = 200) -> MainPage:
    return MainPage(f"{username or 'visitor'} {path}", username, path, status)


def _rows(area: str, rows: dict[str, tuple[str, ...]]) -> list[MainPage]:
    """Each list of the Admin Area, with the page of a row and those of its acts."""
    ends = [(name, end) for name, acts in rows.items() for end in ("", "/{id}", *(f"/{{id}}/{act}" for act in acts))]
    return [_page("root", f"{area}/{name}{end}") for name, end in ends]


MORE_PAGES = (
    *(
        _page("mia", f"/my-company/my-project/-/{end}")
        for end in ("members", "edit", "issues/1/edit", "merge_requests", "merge_requests/new", "merge_requests/1/edit")
    ),
    *(_page("mia", f"/my-company/-/{end}") for end in ("subgroups/new", "projects/new")),
    *(
        _page("mia", f"{SCOPED}/{end}")
        for end in (
            "projects",
            "projects/new",
            "explore",
            "explore/projects",
            "groups",
            "issues",
            "issues/new",
            "merge_requests",
            "search",
            "search?search=project&kind=projects",
            "members?search=max",
            "members/{id}/remove",
        )
    ),
    *(
        _page("team-member", path)
        for path in (
            *(f"/dashboard/{end}" for end in ("projects", "groups", "issues", "issues/new", "merge_requests", "todos")),
            "/search?search=gitlab",
            "/-/search",
            "/explore/projects",
            "/groups",
            "/groups/new",
            "/projects/new",
            # A person's page.
            "/alice",
        )
    ),
    *(_page("newcomer", path) for path in ("/dashboard", "/dashboard/issues", "/users/organizations/new")),
    _page("newcomer", "/users/sign_up/welcome"),
    *(_page("mia", f"/-/profile/{end}") for end in ("account", "password", "confirm")),
    *(_page(username, "/-/graphql-explorer") for username in ("", "mia")),
    _page("", "/users/password/new"),
    # Without a mail's link; a test of its own follows one.
    _page("", "/users/password/edit", 422),
    *_rows("/admin", SHARED_LISTS),
    _page("root", "/admin/moves/start"),
    *_rows(POD, POD_LISTS),
    _page("mia", "/-/profile/account/sign_out", 405),
)


def _each_once() -> tuple[MainPage, ...]:
    main = {(page.username, page.path) for page in MAIN_PAGES}
    return (*MAIN_PAGES, *(page for page in MORE_PAGES if (page.username, page.path) not in main))


EVERY_PAGE = _each_once()


def patterns_of(pages: tuple[MainPage, ...]) -> set[str]:
    """The patterns that have an address among these; one that is refused shows nothing of its page."""
    return {pattern_of(page.path.replace("{id}", "1")) for page in pages if page.status in {200, 422}}


def address(person: Person, path: str) -> str:
    """The path, with the id of something that the list before it links to for `{id}`."""
    before, found, after = path.partition("{id}")
    if not found:
        return path
    assert person.go(before.rstrip("/")) == 200
    links: list[str] = person.page.eval_on_selector_all("a[href]", "all => all.map(each => each.getAttribute('href'))")
    ids = [match[1] for link in links if (match := re.match(rf"{re.escape(before)}([0-9a-f-]*\d[0-9a-f-]*)", link))]
    assert ids, f"nothing that {before.rstrip('/')} links to; it has {links}"
    return before + ids[0] + after
