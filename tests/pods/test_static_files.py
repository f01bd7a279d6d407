"""Stylesheets and scripts: pages name them by their content, and browsers keep them for good."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from django.contrib.staticfiles.storage import staticfiles_storage

from pods import hashed_files
from tests.pods.conftest import Pods

LINKED = re.compile(r'(?:href|src)="(/assets/[^"]+)"')
HASHED = re.compile(r"\.[0-9a-f]{12}\.(css|js|png|svg)\Z")
FOR_GOOD = "max-age=315360000, public, immutable"
OF_ANOTHER_RELEASE = "/assets/pods/pods.0123456789ab.css"


@pytest.mark.parametrize(
    "name",
    [
        "pods/pods.css",
        "monolith/counts.js",
        "admin/css/base.css",
        "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css",
    ],
)
def test_a_name_with_the_hash_is_kept_for_good_and_one_without_for_a_minute(pods: Pods, name: str) -> None:
    hashed, plain = (pods.get("pod_us0", path) for path in (staticfiles_storage.url(name), f"/assets/{name}"))
    assert HASHED.search(staticfiles_storage.url(name))
    assert (hashed.status_code, hashed.headers["Cache-Control"]) == (200, FOR_GOOD)
    assert (plain.status_code, plain.headers["Cache-Control"]) == (200, "max-age=60, public")
    assert hashed.content == plain.content


def test_the_hash_of_another_release_gets_this_ones_file_which_is_not_kept(
    pods: Pods,
) -> None:
    ours = pods.get("pod_us0", OF_ANOTHER_RELEASE)
    assert (ours.status_code, ours.headers["Cache-Control"]) == (200, "no-store")
    assert ours.headers["Content-Type"].startswith("text/css")
    assert ours.content == pods.get("pod_us0", "/assets/pods/pods.css").content


@pytest.mark.parametrize(
    "path",
    [
        "/assets/pods/absent.0123456789ab.css",
        "/assets/pods/pods.0123456789AB.css",
        "/assets/pods/pods.0123456789ab",
        "/assets/pods.0123456789ab/pods.css",
        "/gitlab-org/pods.0123456789ab.css",
    ],
)
def test_other_paths_are_no_static_files(pods: Pods, path: str) -> None:
    assert pods.get("pod_us0", path).status_code == 302


def test_another_content_has_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def named_after(text: str) -> str:
        file = tmp_path / "page.css"
        file.write_text(text, encoding="utf-8")
        monkeypatch.setattr(hashed_files, "find", lambda name: str(file))
        return hashed_files.HashedFilesStorage().url("page.css")

    assert named_after("p { color: red }") == named_after("p { color: red }") != named_after("p { color: blue }")


def test_a_template_that_names_no_file_is_told_so() -> None:
    with pytest.raises(ValueError, match=r"no app has a static file 'pods/absent\.css'"):
        staticfiles_storage.url("pods/absent.css")


@pytest.mark.parametrize(("page", "who"), [("/-/profile", "mia"), ("/api/docs", "mia"), ("/admin/", "root")])
def test_what_a_page_of_one_pod_names_every_pod_has(
    pods: Pods, people: Callable[[str], httpx.Cookies], page: str, who: str
) -> None:
    shown = pods.get("pod_us0", page, cookies=people(who))
    linked = set(LINKED.findall(shown.text))
    assert linked, shown.text
    for path in linked:
        assert HASHED.search(path), path
        for other in ("pod_us1", "pod_eu0"):
            file = pods.get(other, path)
            assert (file.status_code, file.headers["Cache-Control"]) == (200, FOR_GOOD), (other, path)


def test_a_file_that_no_release_has_is_not_remembered_as_absent(
    pods: Pods, people: Callable[[str], httpx.Cookies]
) -> None:
    for cookies, status in ((None, 302), (people("mia"), 404)):
        absent = pods.get("pod_eu1", "/assets/pods/absent.0123456789ab.css", cookies=cookies)
        assert (absent.status_code, absent.headers["Cache-Control"]) == (status, "no-store")
