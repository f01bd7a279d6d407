"""`/search` and `/organizations/<path>/-/search`: projects by name, or by what a search backend finds."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Namespace, Project
from monolith.work import search_backend
from monolith.work.views import search
from organizations.models import Organization
from tests.databases import ALIASES

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
    assert "No matching projects." in dana.get(URL, {"search": "hammer saw"}).text


def test_it_finds_what_one_may_see(mel: Client, olivia: Client, secret: Project) -> None:
    assert "/vault/gold" not in mel.get(URL, {"search": "gold"}).text
    assert "/vault/gold" in olivia.get(URL, {"search": "gold"}).text


def test_legacy_users_search_on_the_global_page(leo: Client, mel: Client, project: Project) -> None:
    assert "No matching projects." in leo.get("/search", {"search": "hammer"}).text
    assert mel.get("/search?search=hammer")["Location"] == f"{URL}?search=hammer"


@pytest.mark.parametrize("words", ["%", "_", "\0", "' OR 1=1", "a" * 200])
def test_odd_words_are_words(mel: Client, project: Project, words: str) -> None:
    answer = mel.get(URL, {"search": words})
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
    assert "No matching projects." in dana.get(URL, {"search": "gold"}).text
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
        for words, of_dana, of_mel in cases:
            found = [
                len(re.findall('href="/(?:tools|vault)/', b.get(URL, {"search": words}).text)) for b in (dana, mel)
            ]
            assert found == [of_dana, of_mel], (words, most)
