"""`/search` and `/organizations/<path>/-/search`: projects by name, or by what a search backend finds."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Namespace, Project
from monolith.work import search, search_backend, words
from monolith.work.issuables import change, open_issuable
from monolith.work.models import Issue, MergeRequest
from organizations.models import Organization
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)
URL = "/organizations/acme/-/search"
Steer = Callable[..., None]
NO_ANSWER = "Search is temporarily unavailable."


class Backend(ThreadingHTTPServer):
    """A search backend, which notes what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.answer: bytes = b'{"project_ids": []}'
        self.status = 200
        self.asked: list[tuple[str, str | None]] = []
        self.released = threading.Event()
        self.released.set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/find?pod=pod_us0"

    def finds(self, *projects: Project) -> None:
        self.answer = json.dumps({"project_ids": [project.pk for project in projects]}).encode()


class _Answer(BaseHTTPRequestHandler):
    server: Backend

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        self.server.released.wait(30)
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *parts: object) -> None:
        pass


@contextmanager
def running(server: Backend) -> Iterator[Backend]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def backend(steer: Steer) -> Iterator[Backend]:
    with running(Backend()) as server:
        steer(search_address=server.address, search_seconds=10)
        yield server


def test_it_works(dana: Client, project: Project) -> None:
    assert 'role="search"' in dana.get(URL).text
    page = dana.get(URL, {"search": "HAM tools"}).text
    assert 'href="/tools/hammer"' in page
    assert "No matching results." in dana.get(URL, {"search": "hammer saw"}).text


def test_it_finds_what_one_may_see(mel: Client, olivia: Client, secret: Project) -> None:
    assert "/vault/gold" not in mel.get(URL, {"search": "gold"}).text
    assert "/vault/gold" in olivia.get(URL, {"search": "gold"}).text


def test_legacy_users_search_on_the_global_page(leo: Client, mel: Client, project: Project) -> None:
    assert "No matching results." in leo.get("/search", {"search": "hammer"}).text
    assert mel.get("/search?search=hammer")["Location"] == f"{URL}?search=hammer"


ODD = ["%", "_", "\0", "\x1b[31m\n", "' OR 1=1", "a" * 200, "!(a & b) | c:*", "<->", "'", "\\", "\u202e", "😀", "-- x"]


@pytest.mark.parametrize("kind", ["", "projects", "groups", "issues", "merge_requests", "people", "nonsense"])
@pytest.mark.parametrize("asked", ODD)
def test_odd_words_are_words(mel: Client, project: Project, asked: str, kind: str) -> None:
    open_issuable(Issue, project, User.objects.get(username="mel"), title="Nails")
    answer = mel.get(URL, {"search": asked, "kind": kind})
    assert answer.status_code == 200
    assert "/tools/hammer" not in answer.text


def test_it_finds_nothing_of_another_organization(
    mel: Client, rivals: Organization, project: Project, backend: Backend, steer: Steer
) -> None:
    group = create_namespace(rivals.pk, "theirs", name="Theirs", visibility="public")
    theirs = create_project(group, "hammer", name="Hammer", visibility="public")
    backend.finds(theirs, project)
    with_backend = mel.get(URL, {"search": "hammer"}).text
    steer(search_address="")
    for page in (with_backend, mel.get(URL, {"search": "hammer"}).text):
        assert 'href="/tools/hammer"' in page
        assert "/theirs/hammer" not in page


def test_too_many_words_are_refused_and_not_cut(mel: Client, project: Project, backend: Backend) -> None:
    answer = mel.get(URL, {"search": "hammer" + "a" * 195})
    assert answer.status_code == 422
    assert "Search for at most 200 characters. You entered 201." in answer.text
    assert f'value="hammer{"a" * 195}"' in answer.text
    assert backend.asked == []


def test_a_backend_is_asked_when_there_is_one(
    dana: Client, acme: Organization, project: Project, backend: Backend, steer: Steer
) -> None:
    steer(search_token="sesame")
    backend.finds(project)
    assert 'href="/tools/hammer"' in dana.get(URL, {"search": "nails & co"}).text
    assert backend.asked == [
        (f"/find?pod=pod_us0&search=nails+%26+co&organization_id={acme.pk}", "Bearer sesame"),
    ]


def test_it_is_not_trusted_with_who_sees_what(dana: Client, rita: Client, secret: Project, backend: Backend) -> None:
    backend.finds(secret)
    assert "No matching results." in dana.get(URL, {"search": "gold"}).text
    assert "/vault/gold" not in rita.get("/organizations/rivals/-/search", {"search": "gold"}).text


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b"{}", b'{"project_ids": ["1"]}', b'{"project_ids": [true]}', b"x" * 100_000, b"\xff"]
)
def test_it_says_when_a_backend_answers_nonsense(dana: Client, backend: Backend, answer: bytes) -> None:
    backend.answer = answer
    page = dana.get(URL, {"search": "hammer"})
    assert (page.status_code, page["Retry-After"]) == (503, "1")
    assert NO_ANSWER in page.text


def test_it_says_when_a_backend_is_ill(dana: Client, backend: Backend) -> None:
    backend.status = 500
    assert dana.get(URL, {"search": "hammer"}).status_code == 503


def test_it_says_when_nobody_is_there(dana: Client, steer: Steer) -> None:
    with running(Backend()) as gone:
        steer(search_address=gone.address)
    assert NO_ANSWER in dana.get(URL, {"search": "hammer"}).text


def test_its_patience_is_a_setting(dana: Client, backend: Backend, steer: Steer) -> None:
    steer(search_seconds=0.1)
    backend.released.clear()
    assert dana.get(URL, {"search": "hammer"}).status_code == 503


def test_who_waits_leaves_threads_for_all_else(dana: Client, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_backend, "_waiting", threading.BoundedSemaphore(1))
    with search_backend._waiting:
        assert dana.get(URL, {"search": "hammer"}).status_code == 503
    assert backend.asked == []


def test_it_requires_login(visitor: Client) -> None:
    assert visitor.get(URL)["Location"].startswith("/users/sign_in")
    assert visitor.get("/search")["Location"].startswith("/users/sign_in")


def test_rare_and_frequent_words_find_the_same(
    dana: Client, mel: Client, group: Namespace, secret: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        create_project(
            group, f"saw-{number:02}", name=f"Säge {number}", visibility="private" if number % 2 else "internal"
        )
    cases = [
        ("saw", 12, 6),
        ("SAW tools", 12, 6),
        ("säGE", 12, 6),
        ("säge 1", 3, 1),
        ("aw-0", 10, 5),
        ("ol", 12, 6),
        ("gold", 0, 0),
    ]
    for most in (1000, 0):
        monkeypatch.setattr(search, "MOST_RARE", most)
        for asked, of_dana, of_mel in cases:
            found = [
                len(re.findall('href="/(?:tools|vault)/', b.get(URL, {"search": asked, "kind": "projects"}).text))
                for b in (dana, mel)
            ]
            assert found == [of_dana, of_mel], (asked, most)


def titles(browser: Client, asked: str, kind: str = "issues") -> list[str]:
    """What is found, in order."""
    return re.findall(r'class="title" href="[^"]*">([^<]*)<', browser.get(URL, {"search": asked, "kind": kind}).text)


@pytest.mark.parametrize(("model", "kind"), [(Issue, "issues"), (MergeRequest, "merge_requests")])
@pytest.mark.parametrize("most", [1000, 0])
def test_issues_and_merge_requests_are_found_by_their_words(
    dana: Client, project: Project, model: Any, kind: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "MOST_RARE", most)
    author = User.objects.get(username="dana")
    branches: dict[str, Any] = {"source_branch": "b"} if model is MergeRequest else {}
    open_issuable(model, project, author, title="The handle is too short", **branches)
    open_issuable(model, project, author, title="Größe", description="Short-lived: see src/handle.py", **branches)
    for asked, found in {
        "handle": ["Größe", "The handle is too short"],
        "HAND sho": ["Größe", "The handle is too short"],
        "too-short": ["The handle is too short"],
        "grö": ["Größe"],
        "src/handle.py": ["Größe"],
        "andle": [],
        "handle saw": [],
        "&": [],
    }.items():
        assert titles(dana, asked, kind) == found, asked


def test_what_is_changed_is_found_as_it_is_now(dana: Client, project: Project) -> None:
    author = User.objects.get(username="dana")
    issue = open_issuable(Issue, project, author, title="Rusty")
    change(issue, author, title="Oiled")
    assert (titles(dana, "rusty"), titles(dana, "oiled")) == ([], ["Oiled"])


@pytest.mark.parametrize("most", [1000, 0])
def test_what_one_may_not_see_changes_neither_the_results_nor_their_number(
    mel: Client, olivia: Client, project: Project, secret: Project, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (search, words):
        monkeypatch.setattr(module, "MOST_RARE", most)
    author = User.objects.get(username="olivia")
    seen = [open_issuable(Issue, project, author, title=f"Leak {number}").title for number in range(4)]
    before = [mel.get(URL, {"search": "leak", "kind": kind}).content for kind in ("", "issues")]
    # Newer than what is seen, and so many that they would be all of the first ones.
    for number in range(60):
        open_issuable(Issue, secret, author, title=f"Leak of gold {number}")
    assert [mel.get(URL, {"search": "leak", "kind": kind}).content for kind in ("", "issues")] == before
    assert titles(mel, "leak") == seen[::-1]
    assert (titles(mel, "gold"), len(titles(olivia, "gold"))) == ([], 50)


@pytest.mark.parametrize("page", [URL, f"{URL}/suggestions.json"])
def test_queries_do_not_tell_what_one_may_not_see(mel: Client, project: Project, secret: Project, page: str) -> None:
    open_issuable(Issue, secret, User.objects.get(username="mel"), title="Gold leaks")
    counts = []
    for asked in ("gold", "lead"):
        with CaptureQueriesContext(connections["main"]) as queries:
            assert "/vault/" not in mel.get(page, {"search": asked}).text
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_no_word_of_another_organization_is_looked_at(
    mel: Client, rita: Client, rivals: Organization, project: Project
) -> None:
    theirs = create_project(create_namespace(rivals.pk, "theirs", name="Theirs", visibility="public"), "p", name="P")
    open_issuable(Issue, theirs, User.objects.get(username="rita"), title="Hammers")
    open_issuable(Issue, project, User.objects.get(username="mel"), title="Hammer")
    assert titles(mel, "hammer") == ["Hammer"]
    assert "Hammers" in rita.get("/organizations/rivals/-/search", {"search": "hammer"}).text


def test_texts_of_any_length_can_be_written_and_found(dana: Client, project: Project) -> None:
    author = User.objects.get(username="dana")
    for text in ("x" * 300_000, " ".join(f"{number:x}" for number in range(200_000)), "ß" * 5000, "\u0300 " * 9000):
        open_issuable(Issue, project, author, title="Long", description=text)
    assert len(titles(dana, "long")) == 4
    assert titles(dana, "x" * 200) == ["Long"]


def test_groups_are_found(dana: Client, mel: Client, group: Namespace, secret: Project) -> None:
    assert titles(mel, "too", "groups") == ["tools"]
    assert titles(mel, "vault", "groups") == []


def test_people_of_the_organization_are_found_by_those_who_belong_to_it(
    dana: Client, mel: Client, gus: Client, rita: Client, leo: Client, project: Project
) -> None:
    User.objects.filter(username="mel").update(name="Melanie 100%")
    assert titles(gus, "ELA", "people") == titles(dana, "100%", "people") == ["mel"]
    assert titles(dana, "rit", "people") == titles(dana, "leo", "people") == []
    assert "mel" in dana.get("/organizations/acme/-/members?search=mel").text
    assert "No matching members." in dana.get("/organizations/acme/-/members?search=nobody%00").text
    # Nobody can list the people of GitLab.com Public.
    assert "No matching people." in leo.get("/search", {"search": "leo", "kind": "people"}).text


def test_some_of_each_kind_are_shown_together(dana: Client, project: Project) -> None:
    author = User.objects.get(username="dana")
    for number in range(5):
        open_issuable(Issue, project, author, title=f"Hammer {number}")
    assert "More issues" not in dana.get(URL, {"search": "hammer"}).text
    open_issuable(Issue, project, author, title="Hammer 5")
    page = dana.get(URL, {"search": "hammer"}).text
    assert re.findall("<h2>(.*)</h2>", page) == ["Projects", "Issues"]
    assert page.count("/tools/hammer/-/issues/") == 5
    assert f'<a href="{URL}?search=hammer&amp;kind=issues">More issues</a>' in page
    assert len(titles(dana, "hammer")) == 6
