"""The second application on the same engine: what the engine promises holds for it too."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.databases import database
from tests.moved_by_hand import ByHand
from tests.pods.conftest import csrf_token
from tests.running_cluster import RunningCluster, eventually, running_cluster
from topology.places import CHECKOUT

LIBRARY = CHECKOUT / "topology" / "examples" / "library.toml"
SETTINGS = {"DJANGO_SETTINGS_MODULE": "examples.library.settings"}
OUTSIDER = {"PRIVATE-TOKEN": "glpat-demo-conan"}
MEMBER = {"PRIVATE-TOKEN": "glpat-demo-hypatia"}
NOT_COMPARED = {"x-request-id", "date"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def library() -> Iterator[RunningCluster]:
    with running_cluster(topology_file=LIBRARY, environment=SETTINGS) as cluster:
        yield cluster


def learned(cluster: RunningCluster, pod: str, path: str) -> dict[str, object]:
    parameters = {"method": "GET", "path_info": path}
    answer: dict[str, object] = httpx.get(f"{cluster.pod_url(pod)}/api/v4/pods/learn", params=parameters).json()
    return answer


def api(cluster: RunningCluster, path: str, headers: dict[str, str], router: str = "us") -> httpx.Response:
    return httpx.get(f"{cluster.url(router)}/api/v4/{path}", headers=headers, timeout=20)


@pytest.mark.parametrize("pod", ["pod_us0", "pod_eu0"])
def test_every_pod_learns_a_library_by_its_path_and_by_its_id(library: RunningCluster, pod: str) -> None:
    alexandria = api(library, "libraries/alexandria", MEMBER).json()["id"]
    (book,) = api(library, f"libraries/{alexandria}/books", MEMBER).json()
    for asked, path in (
        ("/alexandria/-/books", "/alexandria"),
        (f"/api/v4/libraries/{alexandria}/books", f"/api/v4/libraries/{alexandria}"),
        ("/api/v4/libraries/alexandria", "/api/v4/libraries/alexandria"),
        (f"/api/v4/books/{book['id']}", f"/api/v4/books/{book['id']}"),
        ("/organizations/museion/-/libraries", "/organizations/museion"),
    ):
        assert learned(library, pod, asked) == {"path": path, "pod": "pod_eu0", "source": "routable"}
    assert learned(library, pod, "/city-library")["pod"] == "pod_us0"
    assert learned(library, pod, "/-/libraries")["pod"] == "pod_us0"


def test_the_wrong_pod_names_the_right_one_and_the_router_goes_there(library: RunningCluster) -> None:
    misrouted = httpx.get(f"{library.pod_url('pod_us0')}/alexandria")
    assert misrouted.status_code == 421
    assert json.loads(misrouted.headers["X-Gitlab-Pod-Redirect"])["pod"] == "pod_eu0"
    for router in ("us", "eu"):
        page = httpx.get(f"{library.url(router)}/alexandria", timeout=20)
        assert page.status_code == 200
        assert "<h1>Library of Alexandria</h1>" in page.text


def test_a_private_library_looks_like_an_absent_one(library: RunningCluster) -> None:
    scriptorium = api(library, "libraries/scriptorium", MEMBER).json()["id"]
    # The first use of a token in an hour is noted, and that response brings a cookie.
    api(library, "user", OUTSIDER)
    private, absent = (
        [
            *(api(library, key, OUTSIDER) for key in keys),
            httpx.get(f"{library.url()}/{name}", timeout=20),
        ]
        for name, keys in (
            ("scriptorium", ("libraries/scriptorium", "libraries/scriptorium/books", f"libraries/{scriptorium}")),
            ("scriptoriux", ("libraries/scriptoriux", "libraries/scriptoriux/books", f"libraries/{scriptorium + 99}")),
        )
    )
    assert [each.status_code for each in private] == [404, 404, 404, 302]
    for here, nowhere in zip(private, absent, strict=True):
        assert seen(here) == seen(nowhere)


def seen(answer: httpx.Response) -> tuple[int, str, dict[str, str]]:
    def without_names(text: str) -> str:
        return re.sub(r"scriptoriu[mx]", "<name>", text)

    headers = {name: without_names(value) for name, value in answer.headers.items() if name not in NOT_COMPARED}
    return answer.status_code, without_names(answer.text), headers


def test_people_read_what_they_wrote_though_the_replica_of_their_region_lags(library: RunningCluster) -> None:
    library.lag("eu", "5s")
    try:
        with httpx.Client(base_url=library.url("eu"), timeout=20) as browser:
            signed_in = send(browser, "/users/sign_in", username="hypatia", password="library-demo")
            assert signed_in.headers["location"] == "/"
            libraries = "/organizations/museion/-/libraries"
            made = send(browser, libraries, path="serapeum", name="Serapeum")
            assert made.headers["location"] == "/serapeum"
            assert "<h1>Serapeum</h1>" in browser.get("/serapeum").text
            # The positions travel in a cookie: the other region's pod is no less up to date.
            assert "<h1>Serapeum</h1>" in browser.get(f"{library.url('us')}/serapeum").text
            book = {"shelf": "Annex", "title": "Conics"}
            added = browser.post("/api/v4/libraries/serapeum/books", json=book, headers=MEMBER)
            assert added.status_code == 201
            assert "Conics" in browser.get("/serapeum/-/books").text
    finally:
        library.lag("eu", "0")


def test_the_engines_own_pages_and_the_global_page_work_without_the_monolith(library: RunningCluster) -> None:
    with httpx.Client(base_url=library.url("us"), timeout=20) as browser:
        send(browser, "/users/sign_in", username="hypatia", password="library-demo")
        pages = ("/-/profile", "/-/profile/preferences", "/-/profile/password", "/organizations/museion/-/members")
        assert {page: browser.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)
        notice = browser.get("/organizations/museion/-/libraries").text
        assert "This page shows only data from <strong>Museion</strong>, your default organization." in notice
        for global_page in ("/", "/-/libraries"):
            answer = browser.get(global_page)
            assert (answer.status_code, answer.headers["location"]) == (302, "/organizations/museion/-/libraries")


def send(browser: httpx.Client, page: str, **fields: str) -> httpx.Response:
    form = browser.get(page).text
    code = re.search(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"', form)
    assert code, form
    answer = browser.post(page, data={**fields, "csrfmiddlewaretoken": code[1]})
    assert answer.status_code == 302, answer.text
    return answer


# Makes a library, and is killed where it would call a function of the engine.
MAKE_AND_DIE = """
import os, signal, sys
import django
django.setup()
from examples.library.creation import create_library
from organizations.models import Organization
from routing import claims
from routing.outcomes import conclude

where = {"record_alive": conclude, "settle": claims}[sys.argv[1]]
setattr(where, sys.argv[1], lambda *arguments, **named: os.kill(os.getpid(), signal.SIGKILL))
create_library(Organization.objects.using("routes").get(path="museion").pk, sys.argv[2], "x", is_public=True)
"""


@pytest.mark.parametrize(("killed_at", "kinds", "status"), [("settle", [("live",)], 200), ("record_alive", [], 302)])
def test_a_claim_is_settled_whatever_was_killed(
    library: RunningCluster, killed_at: str, kinds: list[tuple[str]], status: int
) -> None:
    path = f"killed-at-{killed_at.replace('_', '-')}"
    maker = subprocess.run(
        [sys.executable, "-c", MAKE_AND_DIE, killed_at, path],
        env=library.environment | {"POD_ID": "pod_eu0"},
        cwd=CHECKOUT,
        check=False,
    )
    assert maker.returncode == -signal.SIGKILL
    with database(library, "shared", "routes") as execute:
        assert execute("SELECT kind FROM routes WHERE path = %s", path) == [("claim",)]
        execute("UPDATE routes SET expires_at = now() WHERE path = %s AND kind = 'claim'", path)
        janitor = library.manage("janitor", pod="pod_eu0")
        assert janitor.returncode == 0, janitor.stderr
        assert execute("SELECT kind FROM routes WHERE path = %s", path) == kinds
    assert httpx.get(f"{library.url()}/{path}", timeout=20).status_code == status


def test_a_library_from_before_there_were_pods_gets_its_name_and_keeps_its_id(library: RunningCluster) -> None:
    with database(library, "pods", "pod_us0_main") as execute:
        execute(
            "INSERT INTO libraries (id, organization_id, path, name, is_public) OVERRIDING SYSTEM VALUE "
            "VALUES (700, 1, 'old-library', 'Old Library', true)"
        )
    naming = library.manage("janitor", "--lost-names", pod="pod_us0")
    assert "/old-library is named again" in naming.stdout, naming.stderr
    assert api(library, "libraries/700", OUTSIDER, router="eu").json()["path"] == "old-library"
    assert learned(library, "pod_eu0", "/api/v4/libraries/700")["pod"] == "pod_us0"


MAKE_LIBRARY = """
import django
django.setup()
from examples.library.creation import add_book, create_library
from organizations.models import Organization

museion = Organization.objects.using("routes").get(path="museion").pk
add_book(create_library(museion, "pergamon", "Library of Pergamon"), "Parchment", "Altars")
"""


def test_a_library_goes_to_another_organization_with_its_books(library: RunningCluster) -> None:
    environment = library.environment | {"POD_ID": "pod_eu0"}
    subprocess.run([sys.executable, "-c", MAKE_LIBRARY], env=environment, cwd=CHECKOUT, check=True)
    library.manage("organization", "create", "attalids", "--owner", "conan", "--pod", "pod_eu0")
    library.manage("janitor", pod="pod_eu0")
    books = "libraries/pergamon/books"
    assert [api(library, books, each).status_code for each in (MEMBER, OUTSIDER)] == [200, 404]
    done = library.manage("organization", "transfer-namespace", "pergamon", "attalids")
    assert done.returncode == 0, done.stderr
    assert [api(library, books, each).status_code for each in (MEMBER, OUTSIDER)] == [404, 200]
    assert [book["title"] for book in api(library, books, OUTSIDER).json()] == ["Altars"]


def test_a_write_that_meets_the_fence_may_be_sent_again(library: RunningCluster) -> None:
    """A book on a new shelf, and a library with its claim: nothing of either is left."""
    museion = ByHand(library, "museion")
    with httpx.Client(base_url=library.pod_url("pod_eu0"), timeout=20) as browser:
        send(browser, "/users/sign_in", username="hypatia", password="library-demo")
        libraries = "/organizations/museion/-/libraries"
        code = csrf_token(browser.get(libraries))
        fields = {"path": "fenced-library", "name": "x", "csrfmiddlewaretoken": code}
        book = {"shelf": "Fenced", "title": "On Walls"}
        writes: dict[str, Callable[[], httpx.Response]] = {
            "shelves": lambda: browser.post("/api/v4/libraries/alexandria/books", json=book, headers=MEMBER),
            "libraries": lambda: browser.post(libraries, data=fields),
        }
        for table, write in writes.items():
            with ThreadPoolExecutor(1) as thread:
                with museion.stopped("pod_eu0", "INSERT", table) as stands_still:
                    answer = thread.submit(write)
                    assert eventually(stands_still)
                    museion.put("pod_eu0", "fenced")
                refused = answer.result()
            assert (refused.status_code, refused.headers["X-Gitlab-Pod-Fenced"]) == (503, "1")
            with museion.shared("routes") as routes:
                assert routes("SELECT 1 FROM routes WHERE path = 'fenced-library'") == []
            museion.put("pod_eu0", "active")
            assert write().status_code == {"shelves": 201, "libraries": 302}[table]
    with museion.session("pod_eu0", "main") as main:
        counted = main.execute(
            "SELECT (SELECT count(*) FROM shelves WHERE name = 'Fenced'), count(*) FROM libraries "
            "WHERE path = 'fenced-library'"
        ).fetchall()
    assert counted == [(1, 1)]


def test_its_organizations_move_though_it_says_nothing_of_moving(library: RunningCluster) -> None:
    def command(*arguments: str) -> str:
        done = library.manage("move", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def is_certified() -> bool:
        (move,) = json.loads(command("status", "museion", "--json"))
        return bool(move["is_certified"] and move["is_equal"])

    books = api(library, "libraries/alexandria/books", MEMBER).json()
    command("start", "museion", "pod_us0")
    eventually(is_certified, 60)
    eventually(lambda: learned(library, "pod_us0", "/alexandria")["pod"] == "pod_us0")
    for router in ("us", "eu"):
        assert api(library, "libraries/alexandria/books", MEMBER, router).json() == books
    command("rollback", "museion")
    eventually(lambda: learned(library, "pod_us0", "/alexandria")["pod"] == "pod_eu0", 60)
    eventually(is_certified, 60)
    assert api(library, "libraries/alexandria/books", MEMBER).json() == books
